"""Sets of integer triples: for each predicate a relation, indexed by subject and by object.

`Changes` has the triples added in one round, which the joins of the next round read like a
`TripleIndex`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from functools import partial
from itertools import chain

from kg.reasoning.facts.adjacency import EMPTY, AdjacencyMap, Values, copy_of, invert, merge
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.facts.relation import NO_SIDE, Relation


class TripleIndex:
    """A set of triples, one relation per predicate; it can undo changes, see `undo_on_exit`."""

    __slots__ = ("_journal", "relations")

    def __init__(self, triples: Iterable[CodedTriple] = ()) -> None:
        self.relations: dict[int, Relation] = {}
        # What undoes each addition and removal inside `undo_on_exit`; None outside it.
        self._journal: list[Callable[[], object]] | None = None
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
        return self.side(predicate, is_forward=True)

    def backward(self, predicate: int) -> AdjacencyMap:
        """Return the subjects of each object; callers must not change the result."""
        return self.side(predicate, is_forward=False)

    def side(self, predicate: int, *, is_forward: bool) -> AdjacencyMap:
        """Return one side of a relation; callers must not change the result."""
        relation = self.relations.get(predicate)
        return relation.side(is_forward=is_forward) if relation is not None else NO_SIDE

    def subjects(self, predicate: int) -> Set[int]:
        """Return the subjects of all pairs, to be read at once; see `Relation.ends`."""
        return self._ends(predicate, is_forward=True)

    def objects(self, predicate: int) -> Set[int]:
        """Return the objects of all pairs, to be read at once; see `Relation.ends`."""
        return self._ends(predicate, is_forward=False)

    def _ends(self, predicate: int, *, is_forward: bool) -> Set[int]:
        relation = self.relations.get(predicate)
        return relation.ends(is_forward=is_forward) if relation is not None else NO_SIDE.keys()

    def fill(self, predicate: int, side: AdjacencyMap, *, is_forward: bool) -> None:
        """Keep a map as the pairs of a predicate that has none; this cannot be undone."""
        relation = self.relations[predicate] = Relation()
        relation.fill(side, is_forward=is_forward)

    def add_pairs(
        self, predicate: int, pairs: Mapping[int, Values], *, is_forward: bool, is_owned: bool
    ) -> AdjacencyMap:
        """Add pairs of a predicate and return the new ones; see `Relation.add_pairs`."""
        relation = self.relations.get(predicate)
        if relation is None:
            relation = self.relations[predicate] = Relation()
        if self._journal is None:
            return relation.add_pairs(pairs, is_forward=is_forward, is_owned=is_owned)
        new = relation.add_pairs(pairs, is_forward=is_forward, is_owned=False)
        undo = partial(self.remove_pairs, predicate, _copy(new), is_forward=is_forward)
        self._journal.append(undo)
        return new

    def add(self, codes: CodedTriple) -> bool:
        """Add a triple and return whether it was new."""
        subject, predicate, object_ = codes
        relation = self.relations.get(predicate)
        if relation is None:
            relation = self.relations[predicate] = Relation()
        is_new = relation.add(subject, object_)
        if is_new and self._journal is not None:
            self._journal.append(partial(relation.discard, subject, object_))
        return is_new

    def remove(self, codes: CodedTriple) -> bool:
        """Remove a triple and return whether it was present."""
        if codes not in self:
            return False
        subject, predicate, object_ = codes
        relation = self.relations[predicate]
        relation.discard(subject, object_)
        if self._journal is not None:
            self._journal.append(partial(relation.add, subject, object_))
        return True

    def remove_pairs(
        self, predicate: int, pairs: Mapping[int, Values], *, is_forward: bool
    ) -> None:
        """Remove pairs of a predicate; all must be present."""
        self.relations[predicate].discard_pairs(pairs, is_forward=is_forward)
        if self._journal is not None:
            copy = _copy(pairs)
            undo = partial(self.add_pairs, predicate, copy, is_forward=is_forward, is_owned=False)
            self._journal.append(undo)

    @contextmanager
    def undo_on_exit(self) -> Iterator[None]:
        """Undo on exit everything that is added or removed inside the block; can be nested."""
        outer, self._journal = self._journal, []
        try:
            yield
        finally:
            journal, self._journal = self._journal, None
            for undo in reversed(journal):
                undo()
            self._journal = outer


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
        self._parts: dict[int, list[tuple[Mapping[int, Values], bool]]] = {}
        self._sides: dict[tuple[int, bool], Mapping[int, Values]] = {}
        index = TripleIndex(triples)
        for predicate in index.predicates():
            self.add(predicate, index.forward(predicate), is_forward=True)

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, predicate: int, new: Mapping[int, Values], *, is_forward: bool) -> None:
        """Add the result of `add_pairs`; call this before reading any side."""
        if new:
            self._parts.setdefault(predicate, []).append((new, is_forward))

    def predicates(self) -> list[int]:
        """Return the predicates that have changes."""
        return list(self._parts)

    def forward(self, predicate: int) -> Mapping[int, Values]:
        """Return the added objects of each subject."""
        return self._side(predicate, is_forward=True)

    def backward(self, predicate: int) -> Mapping[int, Values]:
        """Return the added subjects of each object."""
        return self._side(predicate, is_forward=False)

    def subjects(self, predicate: int) -> Set[int]:
        """Return the subjects of all added pairs."""
        return self._ends(predicate, is_forward=True)

    def objects(self, predicate: int) -> Set[int]:
        """Return the objects of all added pairs."""
        return self._ends(predicate, is_forward=False)

    def _side(self, predicate: int, *, is_forward: bool) -> Mapping[int, Values]:
        key = predicate, is_forward
        if key not in self._sides:
            parts = [
                part if part_is_forward == is_forward else invert(part)
                for part, part_is_forward in self._parts.get(predicate, ())
            ]
            self._sides[key] = parts[0] if len(parts) == 1 else merge(parts)
        return self._sides[key]

    def _ends(self, predicate: int, *, is_forward: bool) -> Set[int]:
        parts = self._parts.get(predicate, ())
        if len(parts) == 1 and parts[0][1] == is_forward:
            return parts[0][0].keys()
        ends = set[int]()
        for part, part_is_forward in parts:
            in_values = chain.from_iterable(part.values())
            ends.update(part if part_is_forward == is_forward else in_values)
        return ends


def _copy(side: Mapping[int, Values]) -> AdjacencyMap:
    return {
        key: values if type(values) is tuple else copy_of(values) for key, values in side.items()
    }
