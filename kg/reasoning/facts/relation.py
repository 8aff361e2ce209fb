"""The pairs of one predicate, indexed by subject and by object when they are first read."""

from collections.abc import Iterator, Mapping, Set
from itertools import chain
from typing import Final

from kg.reasoning.facts.adjacency import (
    EMPTY,
    AdjacencyMap,
    Values,
    copy_of,
    invert,
    pack,
    subtract,
    unite,
    without,
)

NO_SIDE: Final[AdjacencyMap] = {}


class Relation:
    """The pairs of one predicate; no key has an empty tuple or set of values.

    A side is kept up to date once it is read; if no rule does, `rdf:type` is not by subject.
    """

    __slots__ = ("_sides",)

    def __init__(self) -> None:
        # The backward and the forward side; None until it is read.
        self._sides: list[AdjacencyMap | None] = [None, None]

    def side(self, *, is_forward: bool) -> AdjacencyMap:
        """Return the objects of each subject (forward) or the subjects of each object."""
        side = self._sides[is_forward]
        if side is None:
            side = self._sides[is_forward] = invert(self._sides[not is_forward] or NO_SIDE)
        return side

    def ends(self, *, is_forward: bool) -> Set[int]:
        """Return all subjects (forward) or all objects, without building a side for them."""
        side = self._sides[is_forward]
        if side is None:
            return set(chain.from_iterable((self._sides[not is_forward] or NO_SIDE).values()))
        return side.keys()

    @property
    def is_forward(self) -> bool:
        """Whether the forward side exists; if not, the backward side is cheaper to read."""
        return self._sides[True] is not None

    def fill(self, side: AdjacencyMap, *, is_forward: bool) -> None:
        """Keep a map as one side, in place of all pairs."""
        self._sides[is_forward], self._sides[not is_forward] = side, None

    def add_pairs(
        self, pairs: Mapping[int, Values], *, is_forward: bool, is_owned: bool
    ) -> AdjacencyMap:
        """Add pairs and return those that were new; the keys are subjects if `is_forward`.

        If `is_owned`, the relation may keep the sets of `pairs` instead of copying them.
        """
        near = self.side(is_forward=is_forward)
        far = self._sides[not is_forward]
        new: AdjacencyMap = {}
        for key, values in pairs.items():
            known = near.get(key)
            if known is not None:
                fresh = subtract(values, known)
            elif type(values) is tuple:
                fresh = values
            else:
                fresh = pack(values) if is_owned else copy_of(values)
            if not fresh:
                continue
            near[key] = fresh if known is None else unite(known, fresh)
            new[key] = fresh
            if far is not None:
                for value in fresh:
                    keys = far.get(value)
                    if type(keys) is set:
                        keys.add(key)
                    else:
                        far[value] = (key,) if keys is None else unite(keys, (key,))
        return new

    def add(self, subject: int, object_: int) -> bool:
        """Add a pair and return whether it was new."""
        if (subject, object_) in self:
            return False
        backward, forward = self._sides
        if backward is not None:
            subjects = backward.get(object_)
            backward[object_] = (subject,) if subjects is None else unite(subjects, (subject,))
        elif forward is None:
            forward = self._sides[True] = {}
        if forward is not None:
            objects = forward.get(subject)
            forward[subject] = (object_,) if objects is None else unite(objects, (object_,))
        return True

    def discard(self, subject: int, object_: int) -> None:
        """Remove a pair if it is present."""
        backward, forward = self._sides
        if forward is not None:
            _discard(forward, subject, (object_,))
        if backward is not None:
            _discard(backward, object_, (subject,))

    def discard_pairs(self, pairs: Mapping[int, Values], *, is_forward: bool) -> None:
        """Remove those of the pairs that are present; the keys are subjects if `is_forward`."""
        near, far = self._sides[is_forward], self._sides[not is_forward]
        for key, values in pairs.items():
            if near is not None:
                _discard(near, key, values)
            if far is not None:
                end = (key,)
                for value in values:
                    _discard(far, value, end)

    def __contains__(self, pair: tuple[int, int]) -> bool:
        backward, forward = self._sides
        if forward is not None:
            return pair[1] in forward.get(pair[0], EMPTY)
        return backward is not None and pair[0] in backward.get(pair[1], EMPTY)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        is_forward = self.is_forward
        for key, values in self.side(is_forward=is_forward).items():
            for value in values:
                yield (key, value) if is_forward else (value, key)

    def __len__(self) -> int:
        return sum(map(len, self.side(is_forward=self.is_forward).values()))

    def __bool__(self) -> bool:
        return any(self._sides)


def _discard(side: AdjacencyMap, key: int, gone: Values) -> None:
    """Remove values of a key, and the key if it has no other."""
    values = side.get(key)
    if values is not None:
        rest = without(values, gone)
        if rest:
            side[key] = rest
        else:
            del side[key]
