"""A map of the things that have coordinates: points on a grid of meridians and parallels.

The projection is equirectangular, cut to where there are points. The same data gives the same map.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import permutations
from math import ceil, floor
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.namespaces import PREFIXES, RDF, Namespace
from kg.store.quad_store import Store

_GEO: Final = Namespace(PREFIXES["geo"])
# The properties that give the place of a thing on a map.
PLACING: Final = (_GEO["lat"], _GEO["long"])
# The width of a drawing; the height of its letters on a wide screen, and on a phone.
_WIDTH: Final = 1000
WIDE: Final = 14
NARROW: Final = 36
# Degrees between two lines of the grid, and at the least around the points.
_GRID: Final = 15
_MARGIN: Final = 8
_MAX_LATITUDE: Final = 85


class Place(NamedTuple):
    """A thing with its coordinates in degrees, and the number of its statements."""

    iri: NamedNode
    latitude: float
    longitude: float
    weight: int


class Kinds(NamedTuple):
    """Two classes that every place is in one of, and the places in the first of them."""

    first: NamedNode
    second: NamedNode
    in_first: Collection[NamedNode]


class Point(NamedTuple):
    """A place in the drawing; where its name stands, if there is room, as x, y and text anchor."""

    iri: NamedNode
    name: str
    x: float
    y: float
    label: tuple[float, float, str] | None


class WorldMap(NamedTuple):
    """A drawing: its size, that of letters and points, the lines of its grid in degrees, points."""

    width: int
    height: int
    letter: int
    radius: float
    meridians: Sequence[tuple[float, int]]
    parallels: Sequence[tuple[float, int]]
    points: Sequence[Point]


def find_places(store: Store) -> list[Place]:
    """Return the things with a latitude and a longitude, those with most statements first."""
    places = []
    for triple in store.triples(predicate=PLACING[0]):
        thing = triple.subject
        if isinstance(thing, NamedNode):
            longitudes = store.triples(thing, PLACING[1])
            longitude = next((_degrees(one.object) for one in longitudes), None)
            latitude = _degrees(triple.object)
            if latitude is not None and longitude is not None:
                weight = sum(1 for _ in store.triples(thing))
                places.append(Place(thing, latitude, longitude, weight))
    return sorted(places, key=lambda place: (-place.weight, place.iri.value))


def find_kinds(store: Store, places: Sequence[Place]) -> Kinds | None:
    """Return two classes that divide the places, first the one of which more is said, or None."""
    weights = {place.iri: place.weight for place in places}
    members: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
    for place in weights:
        for triple in store.triples(place, RDF["type"]):
            if isinstance(triple.object, NamedNode):
                members[triple.object].add(place)
    pairs = [
        (one, other)
        for one, other in permutations(sorted(members, key=str), 2)
        if len(members[one]) + len(members[other]) == len(weights)
        and members[one].isdisjoint(members[other])
    ]
    if not pairs:
        return None
    first, second = max(pairs, key=lambda pair: sum(weights[place] for place in members[pair[0]]))
    return Kinds(first, second, members[first])


def draw_map(places: Sequence[Place], names: Sequence[str], letter: int = WIDE) -> WorldMap | None:
    """Return the map of these places with their names, or None if there are none.

    The larger a letter is, the fewer names have room.
    """
    if not places:
        return None
    west, east = _range([place.longitude for place in places], 180)
    south, north = _range([place.latitude for place in places], _MAX_LATITUDE)
    scale = _WIDTH / (east - west)
    height = round((north - south) * scale)
    positions = [
        (round((place.longitude - west) * scale, 1), round((north - place.latitude) * scale, 1))
        for place in places
    ]
    labels = _place_labels(names, positions, height, letter)
    return WorldMap(
        _WIDTH,
        height,
        letter,
        _radius(letter),
        [(round((degrees - west) * scale, 1), degrees) for degrees in _grid(west, east)],
        [(round((north - degrees) * scale, 1), degrees) for degrees in _grid(south, north)],
        [
            Point(place.iri, name, *position, label)
            for place, name, position, label in zip(places, names, positions, labels, strict=True)
        ],
    )


def _degrees(term: object) -> float | None:
    try:
        return float(term.value) if isinstance(term, Literal) else None
    except ValueError:
        return None


def _range(degrees: Sequence[float], most: int) -> tuple[float, float]:
    """Return the ends of an axis: at lines of the grid, with a margin around the points."""
    low = floor((min(degrees) - _MARGIN) / _GRID) * _GRID
    high = ceil((max(degrees) + _MARGIN) / _GRID) * _GRID
    return max(low, -most), min(high, most)


def _grid(low: float, high: float) -> list[int]:
    first = ceil(low / _GRID) * _GRID
    return list(range(first, floor(high) + 1, _GRID))


def _place_labels(
    names: Sequence[str], positions: Sequence[tuple[float, float]], height: int, letter: int
) -> Iterator[tuple[float, float, str] | None]:
    """Yield where each name stands, near no other and over no point; None if nowhere."""
    radius, gap = _radius(letter), letter / 2
    taken = [_box_around(x, y, radius) for x, y in positions]
    for name, (x, y) in zip(names, positions, strict=True):
        # A letter of Latin is about half as wide as it is high, one of Chinese as wide; then a gap.
        width = letter / 3 + sum(letter * (1 if ord(one) > 0x2E80 else 0.56) for one in name)
        candidates = (
            (x + 2 * radius, y + letter / 3, "start"),
            (x - 2 * radius, y + letter / 3, "end"),
            (x, y - 2 * radius, "middle"),
            (x, y + radius + letter, "middle"),
        )
        found = None
        for label in candidates:
            left = label[0] - {"start": 0, "middle": width / 2, "end": width}[label[2]]
            box = (left, label[1] - letter, left + width, label[1] + letter / 4)
            is_inside = box[0] >= 0 and box[2] <= _WIDTH and box[1] >= 0 and box[3] <= height
            own = _box_around(x, y, radius)
            if is_inside and not any(_overlap(box, other) for other in taken if other != own):
                found = (round(label[0], 1), round(label[1], 1), label[2])
                taken.append((box[0] - gap, box[1] - gap, box[2] + gap, box[3] + gap))
                break
        yield found


def _radius(letter: int) -> float:
    """Return the radius of a point beside letters of this height."""
    return round(letter / 3, 1)


def _box_around(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return x - radius, y - radius, x + radius, y + radius


def _overlap(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
