"""The neighbourhood of a thing as a drawing: what relates to it, and what it relates to.

The things that refer to it stand on the left, those that it refers to on the right, below the
relation that they share. The same statements give the same drawing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple

from pyoxigraph import NamedNode

from kg.describe.description import sorted_iris
from kg.describe.evidence import GraphProvenance
from kg.namespaces import ID, is_in
from kg.statuses import Status, status_of
from service.pages.things.statement_groups import Statement
from service.pages.things.statements import Graphs, StatementWriter
from service.pages.things.timeline import LETTER, cut_text

_MAX_NODES: Final = 24
# Things on one side, so that the sides are of similar height.
_MAX_BESIDE: Final = 14
_WIDTH: Final = 1_140
_CENTRE: Final = _WIDTH // 2
_HALF_BOX: Final = 104
# The distance of names from the middle.
_REACH: Final = 214
_LINE, _HEADING, _GAP, _MARGIN = 21, 24, 8, 12
# The place of the button that a script adds to a name.
_BUTTON: Final = 30
# Widths of texts, in Latin letters.
_MAX_LETTERS, _MAX_LETTERS_IN_BOX = int((_CENTRE - _REACH - _BUTTON) / LETTER), 22


class Node(NamedTuple):
    """A thing beside the middle, and the edge to it.

    `text` is as much of its name as there is place for; `style` has its status as classes.
    """

    thing: NamedNode
    name: str
    text: str
    holder: str
    y: int
    path: str
    style: str


class Heading(NamedTuple):
    """The name of a relation above the things that share it."""

    text: str
    y: int
    predicate: NamedNode


class Sentence(NamedTuple):
    """An edge: a statement, its other end, its grounds and status, if any, and whether it holds.

    It does not hold if it is only claimed, hoped or planned.
    """

    statement: Statement
    other: NamedNode
    ground: GraphProvenance | None
    status: Status | None
    holds: bool

    @property
    def is_derived(self) -> bool:
        """Whether it is only derived."""
        return bool(self.ground and self.ground.is_derived)

    @property
    def holders(self) -> Sequence[NamedNode]:
        """The holders of what is claimed."""
        return self.ground.named_holders if self.ground and not self.holds else ()


@dataclass
class Drawing:
    """The drawing, in units of its own; names end at `left` or begin at `right`.

    `left_out` is the number of things that are not drawn; `sentences` say what the drawing shows.
    """

    middle: str
    left_out: int = 0
    height: int = 0
    nodes: dict[str, list[Node]] = field(default_factory=dict)
    headings: dict[str, list[Heading]] = field(default_factory=dict)
    sentences: list[Sentence] = field(default_factory=list)
    width: int = _WIDTH
    centre: int = _CENTRE
    half_box: int = _HALF_BOX
    places: ClassVar = {"left": _CENTRE - _REACH, "right": _CENTRE + _REACH}

    @property
    def lines(self) -> list[tuple[NamedNode, bool]]:
        """The lines that occur, from the strongest: a status, and whether it is derived."""
        ranks = {
            (one.ground.status, one.is_derived): one.status.rank
            for one in self.sentences
            if one.ground and one.status
        }
        return sorted(ranks, key=lambda line: (ranks[line], line[1]))

    def choices(
        self, patterns_of: Callable[[NamedNode], Sequence[NamedNode]]
    ) -> dict[str, list[NamedNode]]:
        """Return by what its statements can be filtered: their patterns, statuses and holders."""
        patterns = {
            one for each in self.sentences for one in patterns_of(each.statement.triple.predicate)
        }
        return {
            "pattern": sorted_iris(patterns),
            "status": [*dict.fromkeys(status for status, _ in self.lines)],
            "holder": sorted_iris({one for each in self.sentences for one in each.holders}),
        }


def find_neighbours(
    statements: StatementWriter, thing: NamedNode, found: Iterable[Statement], graphs: Graphs
) -> list[list[Sentence]]:
    """Return the statements between a thing and each of the others, the closest of these first.

    What is asserted comes before what is derived, and what is stronger before what is weaker. The
    first statement about a neighbour tells the most of it.
    """
    label = statements.terms.label
    edges: defaultdict[NamedNode, list[Sentence]] = defaultdict(list)
    for statement in found:
        other = statement.other
        if is_in(other, ID) and other != thing:
            ground = statements.strongest(graphs.get(statement.triple, ()))
            status = status_of(ground.status) if ground else None
            holds = status is None or status.holds
            edges[other].append(Sentence(statement, other, ground, status, holds))

    def order(edge: Sentence) -> tuple[object, ...]:
        rank = edge.status.rank if edge.status else 0
        return edge.is_derived, rank, label(edge.other).value, str(edge.statement.triple)

    # What holds tells more of a neighbour than what is claimed, even if that is asserted.
    for several in edges.values():
        several.sort(key=lambda edge: (not edge.holds, order(edge)))
    return sorted(edges.values(), key=lambda several: order(several[0]))


def draw_neighbourhood(
    statements: StatementWriter, thing: NamedNode, neighbours: Sequence[Sequence[Sentence]]
) -> Drawing | None:
    """Draw the neighbours of a thing, each once; None if there are none."""
    if not neighbours:
        return None
    chosen = _choose([one[0] for one in neighbours])
    return _lay_out(statements, thing, chosen, len(neighbours))


def _choose(ordered: Sequence[Sentence]) -> list[Sentence]:
    """Choose the first ones of each side; where one has few, the other may have more."""
    left, right = (
        [one for one in ordered if one.statement.is_incoming is way] for way in (True, False)
    )
    left = left[: min(_MAX_BESIDE, max(_MAX_NODES // 2, _MAX_NODES - len(right)))]
    return [*left, *right[: min(_MAX_BESIDE, _MAX_NODES - len(left))]]


def _lay_out(
    statements: StatementWriter, thing: NamedNode, chosen: Sequence[Sentence], total: int
) -> Drawing:
    terms = statements.terms
    drawing = Drawing(cut_text(terms.label(thing).value, _MAX_LETTERS_IN_BOX), total - len(chosen))
    by_side: dict[str, dict[NamedNode, list[Sentence]]] = {
        "left": defaultdict(list),
        "right": defaultdict(list),
    }
    for sentence in chosen:
        side = "left" if sentence.statement.is_incoming else "right"
        by_side[side][sentence.statement.triple.predicate].append(sentence)
    heights = {
        side: sum(_HEADING + _GAP + _LINE * len(members) for members in groups.values()) - _GAP
        for side, groups in by_side.items()
    }
    drawing.height = max(*heights.values(), 3 * _LINE) + 2 * _MARGIN
    for side, groups in by_side.items():
        y = (drawing.height - heights[side]) // 2
        drawing.nodes[side], drawing.headings[side] = [], []
        for predicate, members in groups.items():
            y += _HEADING
            name = cut_text(terms.label(predicate).value, _MAX_LETTERS)
            heading = Heading(name, y - 8, predicate)
            drawing.headings[side].append(heading)
            for sentence in members:
                y += _LINE
                drawing.nodes[side].append(_node(statements, sentence, side, y - 6, drawing))
            y += _GAP
        drawing.sentences += [member for members in groups.values() for member in members]
    return drawing


def _node(
    statements: StatementWriter, sentence: Sentence, side: str, y: int, drawing: Drawing
) -> Node:
    label, sign = statements.terms.label, -1 if side == "left" else 1
    status = sentence.status.value if sentence.status else "none"
    box, end = drawing.centre + sign * drawing.half_box, drawing.places[side] - sign * 8
    middle, bend = drawing.height // 2, sign * 32
    curve = [(box, middle), (box + bend, middle), (end - bend, y - 4), (end, y - 4)]
    start, *others = (f"{x},{height}" for x, height in curve[:: -1 if side == "left" else 1])
    holder = cut_text(", ".join(label(one).value for one in sentence.holders), _MAX_LETTERS // 2)
    name = label(sentence.other).value
    return Node(
        sentence.other,
        name,
        cut_text(name, _MAX_LETTERS - (len(f" · {holder}") if holder else 0)),
        holder,
        y,
        f"M{start} C{' '.join(others)}",
        f"status-{status}{' derived' if sentence.is_derived else ''}",
    )
