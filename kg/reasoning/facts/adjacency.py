"""Adjacency maps: for each key the values that a relation connects it with.

Most keys have one to four values. These are kept in a tuple: one of a single value takes 48 bytes,
a set 216 or, from five values on, 728. A tuple has no value twice and never changes, so relations,
changes and the results of joins share it. Many values are kept in a set, which may change.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, cast

Values = tuple[int, ...] | set[int]
# One direction of a relation: subject -> objects (forward) or object -> subjects (backward).
AdjacencyMap = dict[int, Values]
EMPTY: Final[tuple[int, ...]] = ()

# To search a tuple takes the longer the longer it is, at sixteen values 0.2 µs.
_MAX_IN_TUPLE: Final = 16


def pack(values: Collection[int]) -> Values:
    """Return distinct values as a tuple if they are few, else as a set; a large set is kept."""
    if len(values) <= _MAX_IN_TUPLE:
        return tuple(values)
    return values if isinstance(values, set) else set(values)


def copy_of(values: Values) -> Values:
    """Return values that do not change when the original ones do."""
    packed = pack(values)
    return packed if isinstance(packed, tuple) else packed.copy()


def unite(values: Values, new: Values) -> Values:
    """Return the values with new ones, none of which is among them; a set is changed itself."""
    if isinstance(values, set):
        values.update(new)
        return values
    if len(values) + len(new) <= _MAX_IN_TUPLE:
        return (*values, *new)
    return {*values, *new}


def subtract(values: Values, known: Values) -> Values:
    """Return the values that are not among the known ones."""
    if isinstance(values, set):
        return pack(values.difference(known))
    if len(values) == 1:
        return EMPTY if values[0] in known else values
    return tuple([value for value in values if value not in known])


def without(values: Values, gone: Values) -> Values:
    """Return the values without others; a set is changed itself."""
    if isinstance(values, set):
        values.difference_update(gone)
        return values
    return subtract(values, gone)


def intersect(first: Collection[int], second: Collection[int]) -> Values:
    """Return the values that both tuples, sets or views of keys have."""
    if isinstance(first, tuple):
        return tuple([value for value in first if value in second])
    if isinstance(second, tuple):
        return tuple([value for value in second if value in first])
    # Sets and views of keys both have this operation.
    return first & second  # type: ignore[operator,no-any-return]


def group(keys: Sequence[int], values: Sequence[int]) -> AdjacencyMap:
    """Return the values of each key, once each, from two columns."""
    side: AdjacencyMap = dict(zip(keys, zip(values, strict=True), strict=True))
    if len(side) == len(keys):
        return side
    side.clear()
    lists: defaultdict[int, list[int]] = defaultdict(list)
    for key, value in zip(keys, values, strict=True):
        lists[key].append(value)
    for key, found in lists.items():
        side[key] = (found[0],) if len(found) == 1 else pack(dict.fromkeys(found))
    return side


def invert(side: Mapping[int, Values]) -> AdjacencyMap:
    """Return the keys of each value."""
    lists: defaultdict[int, list[int]] = defaultdict(list)
    for key, values in side.items():
        for value in values:
            lists[value].append(key)
    inverse = cast(dict[int, list[int] | Values], lists)
    for value, keys in inverse.items():
        inverse[value] = pack(keys)
    lists.default_factory = None
    return cast(AdjacencyMap, inverse)


def merge(sides: Iterable[Mapping[int, Values]]) -> AdjacencyMap:
    """Return the values of each key in any of the maps, which may share some."""
    merged: AdjacencyMap = {}
    for side in sides:
        for key, values in side.items():
            known = merged.get(key)
            merged[key] = values if known is None else pack({*known, *values})
    return merged
