"""Sets of integer triples: for each predicate the pairs, indexed by subject and by object.

An index is built when it is first read. `Changes` has the triples added in one round, which the
joins of the next round read like a `TripleIndex`.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from kg.reasoning.facts.dictionary import CodedTriple

# One direction of a relation: subject -> objects (forward) or object -> subjects (backward).
AdjacencyMap = dict[int, set[int]]
EMPTY: Final[frozenset[int]] = frozenset()
_NO_SIDE: Final[AdjacencyMap] = {}


class Relation:
    """The pairs of one predicate; none of its sets is ever empty.

    A side that has been read is kept up to date. So `rdf:type` needs no set of classes for each
    thing unless a rule reads it.
    """

    __slots__ = ("_backward", "_forward")

    def __init__(self) -> None:
        self._forward: AdjacencyMap | None = None
        self._backward: AdjacencyMap | None = None

    def side(self, *, is_forward: bool) -> AdjacencyMap:
        """Return the objects of each subject (forward) or the subjects of each object."""
        if is_forward:
            if self._forward is None:
                self._forward = _invert(self._backward)
            return self._forward
        if self._backward is None:
            self._backward = _invert(self._forward)
        return self._backward

    @property
    def is_forward(self) -> bool:
        """Whether the forward side exists; if not, the backward side is cheaper to read."""
        return self._forward is not None

    def add_pairs(
        self, pairs: Mapping[int, set[int]], *, is_forward: bool, is_owned: bool
    ) -> AdjacencyMap:
        """Add pairs and return those that were new; the keys are subjects if `is_forward`.

        If `is_owned`, the relation may keep the sets of `pairs` instead of copying them.
        """
        near = self.side(is_forward=is_forward)
        far = self._backward if is_forward else self._forward
        new: AdjacencyMap = {}
        for key, values in pairs.items():
            known = near.get(key)
            if known is None:
                if not values:
                    continue
                near[key] = fresh = values if is_owned else set(values)
            else:
                fresh = values - known
                if not fresh:
                    continue
                known |= fresh
            new[key] = fresh
            if far is not None:
                for value in fresh:
                    keys = far.get(value)
                    if keys is None:
                        far[value] = {key}
                    else:
                        keys.add(key)
        return new

    def discard(self, subject: int, object_: int) -> None:
        """Remove a pair if it is present."""
        ends = (self._forward, subject, object_), (self._backward, object_, subject)
        for side, key, value in ends:
            if side and key in side:
                side[key].discard(value)
                if not side[key]:
                    del side[key]

    def __contains__(self, pair: tuple[int, int]) -> bool:
        subject, object_ = pair
        if self._forward is not None:
            return object_ in self._forward.get(subject, EMPTY)
        return subject in (self._backward or _NO_SIDE).get(object_, EMPTY)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        if self._forward is not None:
            for subject, objects in self._forward.items():
                for object_ in objects:
                    yield subject, object_
        else:
            for object_, subjects in (self._backward or _NO_SIDE).items():
                for subject in subjects:
                    yield subject, object_

    def __len__(self) -> int:
        side = self._backward if self._forward is None else self._forward
        return sum(map(len, side.values())) if side else 0

    def __bool__(self) -> bool:
        return bool(self._forward or self._backward)


class TripleIndex:
    """A set of triples, one relation per predicate."""

    __slots__ = ("relations",)

    def __init__(self, triples: Iterable[CodedTriple] = ()) -> None:
        self.relations: dict[int, Relation] = {}
        for codes in triples:
            self.add(codes)

    def __contains__(self, codes: CodedTriple) -> bool:
        subject, predicate, object_ = codes
        relation = self.relations.get(predicate)
        return relation is not None and (subject, object_) in relation

    def __iter__(self) -> Iterator[CodedTriple]:
        for predicate, relation in self.relations.items():
            for subject, object_ in relation:
                yield subject, predicate, object_

    def __len__(self) -> int:
        return sum(map(len, self.relations.values()))

    def predicates(self) -> list[int]:
        """Return the predicates that have at least one triple."""
        return [predicate for predicate, relation in self.relations.items() if relation]

    def forward(self, predicate: int) -> AdjacencyMap:
        """Return the objects of each subject; callers must not change the result."""
        relation = self.relations.get(predicate)
        return relation.side(is_forward=True) if relation is not None else _NO_SIDE

    def backward(self, predicate: int) -> AdjacencyMap:
        """Return the subjects of each object; callers must not change the result."""
        relation = self.relations.get(predicate)
        return relation.side(is_forward=False) if relation is not None else _NO_SIDE

    def add_pairs(
        self, predicate: int, pairs: Mapping[int, set[int]], *, is_forward: bool, is_owned: bool
    ) -> AdjacencyMap:
        """Add pairs of a predicate and return the new ones; see `Relation.add_pairs`."""
        relation = self.relations.get(predicate)
        if relation is None:
            relation = self.relations[predicate] = Relation()
        return relation.add_pairs(pairs, is_forward=is_forward, is_owned=is_owned)

    def add(self, codes: CodedTriple) -> bool:
        """Add a triple and return whether it was new."""
        pairs = {codes[0]: {codes[2]}}
        return bool(self.add_pairs(codes[1], pairs, is_forward=True, is_owned=True))

    def remove(self, codes: CodedTriple) -> bool:
        """Remove a triple and return whether it was present."""
        if codes not in self:
            return False
        self.relations[codes[1]].discard(codes[0], codes[2])
        return True


class Facts(TripleIndex):
    """An index that can undo its changes; see `undo_on_exit`."""

    __slots__ = ("_journal",)

    def __init__(self, triples: Iterable[CodedTriple] = ()) -> None:
        # The additions and removals inside `undo_on_exit`; None outside it.
        self._journal: list[tuple[bool, int, AdjacencyMap, bool]] | None = None
        super().__init__(triples)

    def add_pairs(
        self, predicate: int, pairs: Mapping[int, set[int]], *, is_forward: bool, is_owned: bool
    ) -> AdjacencyMap:
        """Add pairs of a predicate and return the new ones; see `Relation.add_pairs`."""
        is_owned = is_owned and self._journal is None
        new = super().add_pairs(predicate, pairs, is_forward=is_forward, is_owned=is_owned)
        if self._journal is not None and new:
            self._journal.append((True, predicate, _copy(new), is_forward))
        return new

    def remove(self, codes: CodedTriple) -> bool:
        """Remove a triple and return whether it was present."""
        was_present = super().remove(codes)
        if was_present and self._journal is not None:
            self._journal.append((False, codes[1], {codes[0]: {codes[2]}}, True))
        return was_present

    def remove_pairs(self, predicate: int, pairs: AdjacencyMap) -> None:
        """Remove pairs of a predicate, given as subject -> objects; all must be present."""
        self._discard_pairs(predicate, pairs, is_forward=True)
        if self._journal is not None:
            self._journal.append((False, predicate, _copy(pairs), True))

    @contextmanager
    def undo_on_exit(self) -> Iterator[None]:
        """Undo on exit everything that is added or removed inside the block; can be nested."""
        outer, self._journal = self._journal, []
        try:
            yield
        finally:
            journal, self._journal = self._journal, None
            for was_added, predicate, pairs, is_forward in reversed(journal):
                if was_added:
                    self._discard_pairs(predicate, pairs, is_forward=is_forward)
                else:
                    self.add_pairs(predicate, pairs, is_forward=is_forward, is_owned=False)
            self._journal = outer

    def _discard_pairs(self, predicate: int, pairs: AdjacencyMap, *, is_forward: bool) -> None:
        relation = self.relations[predicate]
        for key, values in pairs.items():
            for value in values:
                relation.discard(*((key, value) if is_forward else (value, key)))


def match_triples(
    index: TripleIndex, subject: int | None, predicate: int | None, object_: int | None
) -> Iterator[CodedTriple]:
    """Yield the triples of the index that match; None matches any term."""
    for name in (predicate,) if predicate is not None else index.predicates():
        if subject is not None and object_ is not None:
            if (subject, name, object_) in index:
                yield subject, name, object_
        elif subject is not None:
            for match in index.forward(name).get(subject, EMPTY):
                yield subject, name, match
        elif object_ is not None:
            for match in index.backward(name).get(object_, EMPTY):
                yield match, name, object_
        elif name in index.relations:
            for first, second in index.relations[name]:
                yield first, name, second


class Changes:
    """Added pairs by predicate; each side is built when it is first read.

    The sets may be those of the facts themselves and may have grown since. A join then reads more
    than the new triples, all of them true.
    """

    __slots__ = ("_parts", "_sides")

    def __init__(self, triples: Iterable[CodedTriple] = ()) -> None:
        self._parts: dict[int, list[tuple[AdjacencyMap, bool]]] = {}
        self._sides: dict[tuple[int, bool], AdjacencyMap] = {}
        index = TripleIndex(triples)
        for predicate in index.predicates():
            self.add(predicate, index.forward(predicate), is_forward=True)

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, predicate: int, new: AdjacencyMap, *, is_forward: bool) -> None:
        """Add the result of `add_pairs`; call this before reading any side."""
        if new:
            self._parts.setdefault(predicate, []).append((new, is_forward))

    def predicates(self) -> list[int]:
        """Return the predicates that have changes."""
        return list(self._parts)

    def forward(self, predicate: int) -> AdjacencyMap:
        """Return the added objects of each subject."""
        return self._side(predicate, is_forward=True)

    def backward(self, predicate: int) -> AdjacencyMap:
        """Return the added subjects of each object."""
        return self._side(predicate, is_forward=False)

    def _side(self, predicate: int, *, is_forward: bool) -> AdjacencyMap:
        key = predicate, is_forward
        if key not in self._sides:
            self._sides[key] = _merge(
                [
                    part if part_is_forward == is_forward else _invert(part)
                    for part, part_is_forward in self._parts.get(predicate, ())
                ]
            )
        return self._sides[key]


def _merge(sides: list[AdjacencyMap]) -> AdjacencyMap:
    if len(sides) == 1:
        return sides[0]
    merged: AdjacencyMap = {}
    for side in sides:
        for key, values in side.items():
            known = merged.get(key)
            merged[key] = values if known is None else known | values
    return merged


def _invert(side: AdjacencyMap | None) -> AdjacencyMap:
    inverse: AdjacencyMap = {}
    for key, values in (side or _NO_SIDE).items():
        for value in values:
            keys = inverse.get(value)
            if keys is None:
                inverse[value] = {key}
            else:
                keys.add(key)
    return inverse


def _copy(side: AdjacencyMap) -> AdjacencyMap:
    return {key: set(values) for key, values in side.items()}
