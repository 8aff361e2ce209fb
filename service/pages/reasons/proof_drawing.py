"""Lay out a proof as a drawing: what is proved at the top, its premises in layers below it.

A step that several others rest on is drawn once. The same proof always gives the same drawing.
Lengths are in CSS pixels.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Protocol

# The measures of a box; a column is as wide as a Latin letter, and a Chinese character is two.
_COLUMNS: Final = 34
_MAX_LINES: Final = 5
_WIDTH: Final = 262
_LINE: Final = 18
_PADDING: Final = 12
# The gaps between boxes of a layer and between layers, and the place that an edge takes in a layer.
_GAP: Final = 22
_RISE: Final = 44
_LANE: Final = 16
_WORD: Final = re.compile(r"[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+")


class DrawnStep(Protocol):
    """A step of a proof, named by its `anchor`; a repeated step has the anchor of the first."""

    @property
    def anchor(self) -> str:
        """The name of the step."""

    @property
    def premises(self) -> Sequence["DrawnStep"]:
        """The steps that it rests on; none if it is repeated."""


@dataclass(frozen=True)
class Box:
    """A step as a box: the place of its upper left corner, and its lines."""

    anchor: str
    x: float
    y: float
    height: float
    lines: Sequence[str]
    width: float = _WIDTH

    @property
    def baselines(self) -> list[tuple[float, str]]:
        """The lines of text, each with its place; the first line is left to the status."""
        start = self.y + _PADDING + 2 * _LINE - 5
        return [(start + index * _LINE, line) for index, line in enumerate(self.lines)]


@dataclass(frozen=True)
class Edge:
    """An arrow from a premise to the step that rests on it; `path` is that of an SVG path."""

    premise: str
    conclusion: str
    path: str


@dataclass(frozen=True)
class Drawing:
    """Boxes and edges with the size of the whole."""

    boxes: Sequence[Box]
    edges: Sequence[Edge]
    width: float
    height: float


# The upper and the lower end of a layer.
_Band = tuple[float, float]


@dataclass(eq=False)
class _Place:
    """The place of a box in its layer, or of an edge that passes through the layer."""

    anchor: str
    width: float
    above: list["_Place"] = field(default_factory=list)
    center: float = 0


def draw(root: DrawnStep, texts: Mapping[str, str]) -> Drawing:
    """Draw a proof; `texts` has the text of each step by its anchor."""
    premises = _premises_by_step(root)
    layers, ways = _place_in_layers(premises)
    _center(layers)
    lines = {anchor: wrap(texts[anchor]) for anchor in premises}
    boxes, bands, bottom = dict[str, Box](), dict[int, _Band](), 1 - _RISE
    for layer in layers:
        top = bottom = bottom + _RISE
        for place in layer:
            if place.anchor:
                text = lines[place.anchor]
                height = 2 * _PADDING + _LINE * (1 + len(text))
                left = place.center - _WIDTH / 2
                boxes[place.anchor] = Box(place.anchor, left, top, height, text)
                bottom = max(bottom, top + height)
        bands |= {id(place): (top, bottom) for place in layer}
    edges = [
        Edge(premise, conclusion, _curve(way, [bands[id(place)] for place in way], boxes))
        for (premise, conclusion), way in ways.items()
    ]
    width = max(box.x + _WIDTH for box in boxes.values()) + 1
    return Drawing([*boxes.values()], edges, width, bottom + 1)


def _premises_by_step(root: DrawnStep) -> dict[str, list[str]]:
    """Return the premises of each step, in an order in which each step precedes its premises."""
    premises: dict[str, list[str]] = {}
    finished: list[str] = []

    def visit(step: DrawnStep) -> None:
        if step.anchor not in premises:
            premises[step.anchor] = list(dict.fromkeys(one.anchor for one in step.premises))
            for premise in reversed(step.premises):
                visit(premise)
            finished.append(step.anchor)

    visit(root)
    return {anchor: premises[anchor] for anchor in reversed(finished)}


def _place_in_layers(
    premises: Mapping[str, Sequence[str]],
) -> tuple[list[list[_Place]], dict[tuple[str, str], list[_Place]]]:
    """Put each step one layer below the lowest step that rests on it, near the ones above it.

    The second value has the places that each edge passes, from the premise up to the conclusion.
    """
    depths = dict.fromkeys(premises, 0)
    for anchor, several in premises.items():
        for premise in several:
            depths[premise] = max(depths[premise], depths[anchor] + 1)
    places = {anchor: _Place(anchor, _WIDTH) for anchor in premises}
    members: defaultdict[int, list[_Place]] = defaultdict(list)
    for anchor, depth in depths.items():
        members[depth].append(places[anchor])
    ways = {}
    for conclusion, several in premises.items():
        for premise in several:
            way = [places[conclusion]]
            for depth in range(depths[conclusion] + 1, depths[premise]):
                way.append(_Place("", _LANE, [way[-1]]))
                members[depth].append(way[-1])
            places[premise].above.append(way[-1])
            ways[premise, conclusion] = [places[premise], *reversed(way)]
    layers = []
    for depth in sorted(members):
        layers.append(sorted(members[depth], key=_mean_of_above))
        # The order of this layer decides that of the next one.
        _spread(layers[-1])
    return layers, ways


def _mean_of_above(place: _Place) -> float:
    return sum(each.center for each in place.above) / len(place.above) if place.above else 0


def _spread(layer: Sequence[_Place]) -> None:
    """Place the members of a layer beside each other, with their middle at 0."""
    width = sum(place.width + _GAP for place in layer) - _GAP
    left = -width / 2
    for place in layer:
        place.center = left + place.width / 2
        left += place.width + _GAP


def _center(layers: Sequence[Sequence[_Place]]) -> None:
    """Move all layers to the right, so that the leftmost place begins at 1."""
    left = min(place.center - place.width / 2 for layer in layers for place in layer)
    for place in (place for layer in layers for place in layer):
        place.center += 1 - left


def _curve(way: Sequence[_Place], bands: Sequence[_Band], boxes: Mapping[str, Box]) -> str:
    """Return a path from the top of the first place to the bottom of the last one.

    `bands` has the upper and lower end of each place's layer, which the path passes upright.
    """
    start, *between, end = zip(way, bands, strict=True)
    points = [(start[0].center, start[1][0])]
    for place, (top, bottom) in between:
        points += [(place.center, bottom), (place.center, top)]
    last = boxes[end[0].anchor]
    # Ends a little below the box, where the head of the arrow begins.
    points.append((end[0].center, last.y + last.height + 2))
    parts = [f"M{points[0][0]:g} {points[0][1]:g}"]
    for (x, y), (end_x, end_y) in pairwise(points):
        middle = (y + end_y) / 2
        parts.append(f"C{x:g} {middle:g} {end_x:g} {middle:g} {end_x:g} {end_y:g}")
    return "".join(parts)


def wrap(text: str, columns: int = _COLUMNS, max_lines: int = _MAX_LINES) -> list[str]:
    """Break a text into lines of so many columns; what exceeds the lines ends in an ellipsis.

    >>> wrap("cities that are members of networks", 14)
    ['cities that', 'are members of', 'networks']
    >>> wrap("伦敦是城市网络的成员", 12, 1)
    ['伦敦是城市…']
    """
    lines = [""]
    for word in _words(text, columns):
        if _columns_of((lines[-1] + word).rstrip()) > columns:
            lines.append("")
        lines[-1] += word if lines[-1] else word.lstrip()
    lines = [line.rstrip() for line in lines]
    if len(lines) <= max_lines:
        return lines
    last = lines[max_lines - 1]
    while _columns_of(last) > columns - 1:
        last = last[:-1]
    return [*lines[: max_lines - 1], f"{last.rstrip()}…"]


def _words(text: str, columns: int) -> Iterator[str]:
    """Yield the parts at whose ends a line may end; a part longer than a line is cut."""
    for word in _WORD.findall(text):
        yield from (word[start : start + columns] for start in range(0, len(word), columns))


def _columns_of(text: str) -> int:
    return sum(1 + (unicodedata.east_asian_width(character) in "WF") for character in text)
