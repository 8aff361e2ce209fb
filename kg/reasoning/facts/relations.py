"""Pairs of integers by predicate, by subject and by object as far as either is asked for.

What was added in one round, read by the joins of the next as an index is.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from kg.reasoning.facts.dictionary import Codes

Side = dict[int, set[int]]
EMPTY: Final[frozenset[int]] = frozenset()
_NO_SIDE: Final[Side] = {}


class Relation:
    """The pairs of one predicate; no set in it is ever empty.

    A side is made when it is first asked for and kept up from then on: types need no list of
    the classes of each thing unless a rule reads it.
    """

    __slots__ = ("_backward", "_forward")

    def __init__(self) -> None:
        self._forward: Side | None = None
        self._backward: Side | None = None

    def side(self, *, is_forward: bool) -> Side:
        """The objects of each subject (forward) or the subjects of each object."""
        known = self._forward if is_forward else self._backward
        if known is None:
            known = turned(self._backward if is_forward else self._forward)
            if is_forward:
                self._forward = known
            else:
                self._backward = known
        return known

    @property
    def is_forward(self) -> bool:
        """Whether the forward side is there, else the backward one is."""
        return self._forward is not None

    def absorb(self, found: Mapping[int, set[int]], *, is_forward: bool, is_owned: bool) -> Side:
        """Adds the pairs that are not there yet, and gives them.

        Args:
            found: key -> values, the keys being subjects if `is_forward`, else objects.
            is_forward: see `found`.
            is_owned: whether the sets of `found` may become the relation's own.
        """
        near = self.side(is_forward=is_forward)
        far = self._backward if is_forward else self._forward
        new: Side = {}
        for key, values in found.items():
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
        """Takes a pair out, if it is there."""
        for side, key, value in (
            (self._forward, subject, object_),
            (self._backward, object_, subject),
        ):
            values = side.get(key) if side is not None else None
            if side is not None and values is not None:
                values.discard(value)
                if not values:
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


class Index:
    """Triples by predicate."""

    __slots__ = ("relations",)

    def __init__(self, triples: Iterable[Codes] = ()) -> None:
        self.relations: dict[int, Relation] = {}
        for codes in triples:
            self.add(codes)

    def __contains__(self, codes: Codes) -> bool:
        subject, predicate, object_ = codes
        relation = self.relations.get(predicate)
        return relation is not None and (subject, object_) in relation

    def __iter__(self) -> Iterator[Codes]:
        for predicate, relation in self.relations.items():
            for subject, object_ in relation:
                yield subject, predicate, object_

    def __len__(self) -> int:
        return sum(map(len, self.relations.values()))

    def predicates(self) -> list[int]:
        """Those of some triple."""
        return [predicate for predicate, relation in self.relations.items() if relation]

    def forward(self, predicate: int) -> Side:
        """The objects of each subject; to be read only."""
        relation = self.relations.get(predicate)
        return relation.side(is_forward=True) if relation is not None else _NO_SIDE

    def backward(self, predicate: int) -> Side:
        """The subjects of each object; to be read only."""
        relation = self.relations.get(predicate)
        return relation.side(is_forward=False) if relation is not None else _NO_SIDE

    def absorb(
        self, predicate: int, found: Mapping[int, set[int]], *, is_forward: bool, is_owned: bool
    ) -> Side:
        """Adds what is not there yet, and gives it: see `Relation.absorb`."""
        relation = self.relations.get(predicate)
        if relation is None:
            relation = self.relations[predicate] = Relation()
        return relation.absorb(found, is_forward=is_forward, is_owned=is_owned)

    def add(self, codes: Codes) -> bool:
        """Adds a triple and says whether it was new."""
        subject, predicate, object_ = codes
        found = {subject: {object_}}
        return bool(self.absorb(predicate, found, is_forward=True, is_owned=True))

    def remove(self, codes: Codes) -> bool:
        """Takes a triple out and says whether it was there."""
        if codes not in self:
            return False
        self.relations[codes[1]].discard(codes[0], codes[2])
        return True


class Facts(Index):
    """An index that can be put back to what it was: see `supposing`."""

    __slots__ = ("_journal",)

    def __init__(self, triples: Iterable[Codes] = ()) -> None:
        # What was added or taken out since the supposition began; None outside of one.
        self._journal: list[tuple[bool, int, Side, bool]] | None = None
        super().__init__(triples)

    def absorb(
        self, predicate: int, found: Mapping[int, set[int]], *, is_forward: bool, is_owned: bool
    ) -> Side:
        """Adds what is not there yet, and gives it: see `Relation.absorb`."""
        is_owned = is_owned and self._journal is None
        new = super().absorb(predicate, found, is_forward=is_forward, is_owned=is_owned)
        if self._journal is not None and new:
            copies = {key: set(values) for key, values in new.items()}
            self._journal.append((True, predicate, copies, is_forward))
        return new

    def remove(self, codes: Codes) -> bool:
        """Takes a triple out and says whether it was there."""
        was_there = super().remove(codes)
        if was_there and self._journal is not None:
            self._journal.append((False, codes[1], {codes[0]: {codes[2]}}, True))
        return was_there

    def withdraw(self, predicate: int, pairs: Side) -> None:
        """Takes out triples, given as objects of each subject; all of them are there."""
        self._take_out(predicate, pairs, is_forward=True)
        if self._journal is not None:
            copies = {key: set(values) for key, values in pairs.items()}
            self._journal.append((False, predicate, copies, True))

    @contextmanager
    def supposing(self) -> Iterator[None]:
        """Whatever is added or removed inside is undone at the end; can be nested."""
        outer, self._journal = self._journal, []
        try:
            yield
        finally:
            journal, self._journal = self._journal, None
            for was_added, predicate, pairs, is_forward in reversed(journal):
                if was_added:
                    self._take_out(predicate, pairs, is_forward=is_forward)
                else:
                    self.absorb(predicate, pairs, is_forward=is_forward, is_owned=False)
            self._journal = outer

    def _take_out(self, predicate: int, pairs: Side, *, is_forward: bool) -> None:
        relation = self.relations[predicate]
        for key, values in pairs.items():
            for value in values:
                relation.discard(*((key, value) if is_forward else (value, key)))


def matching(
    index: Index, subject: int | None, predicate: int | None, object_: int | None
) -> Iterator[Codes]:
    """The triples of the index that fit; None fits anything."""
    for name in (predicate,) if predicate is not None else index.predicates():
        if subject is not None and object_ is not None:
            if (subject, name, object_) in index:
                yield subject, name, object_
        elif subject is not None:
            for each in index.forward(name).get(subject, EMPTY):
                yield subject, name, each
        elif object_ is not None:
            for each in index.backward(name).get(object_, EMPTY):
                yield each, name, object_
        elif name in index.relations:
            for each, other in index.relations[name]:
                yield each, name, other


def turned(side: Side | None) -> Side:
    """Key -> values as value -> keys."""
    found: Side = {}
    for key, values in (side or _NO_SIDE).items():
        for value in values:
            keys = found.get(value)
            if keys is None:
                found[value] = {key}
            else:
                keys.add(key)
    return found


class Changes:
    """Added pairs by predicate, kept as they came; a side is made when it is asked for.

    The sets may be those of the facts themselves, grown meanwhile: then a join reads more than
    what is new, all of it true.
    """

    __slots__ = ("_parts", "_sides")

    def __init__(self, triples: Iterable[Codes] = ()) -> None:
        self._parts: dict[int, list[tuple[Side, bool]]] = {}
        self._sides: dict[tuple[int, bool], Side] = {}
        index = Index(triples)
        for predicate in index.predicates():
            self.note(predicate, index.forward(predicate), is_forward=True)

    def __bool__(self) -> bool:
        return bool(self._parts)

    def note(self, predicate: int, new: Side, *, is_forward: bool) -> None:
        """Takes in what `absorb` gave, before the first side is asked for."""
        if new:
            self._parts.setdefault(predicate, []).append((new, is_forward))

    def predicates(self) -> list[int]:
        """Those with changes."""
        return list(self._parts)

    def forward(self, predicate: int) -> Side:
        """The added objects of each subject."""
        return self._side(predicate, is_forward=True)

    def backward(self, predicate: int) -> Side:
        """The added subjects of each object."""
        return self._side(predicate, is_forward=False)

    def _side(self, predicate: int, *, is_forward: bool) -> Side:
        known = self._sides.get((predicate, is_forward))
        if known is None:
            parts = self._parts.get(predicate, [])
            sides = [part if way == is_forward else turned(part) for part, way in parts]
            known = self._sides[predicate, is_forward] = _merged(sides)
        return known


def _merged(sides: list[Side]) -> Side:
    if len(sides) == 1:
        return sides[0]
    merged: Side = {}
    for side in sides:
        for key, values in side.items():
            known = merged.get(key)
            merged[key] = values if known is None else known | values
    return merged
