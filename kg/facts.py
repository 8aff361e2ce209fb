"""Triples as integers, indexed; what reason, explain and whatif share."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pyoxigraph import Literal, NamedNode, Triple

from kg.rules.patterns import Term

Table = dict[int, dict[int, set[int]]]
Codes = tuple[int, int, int]


class Vocabulary:
    """Terms as integers: literals below zero, all others above."""

    def __init__(self) -> None:
        self._codes: dict[Term, int] = {}
        self._names: list[Term | None] = [None]
        self._literals: list[Term | None] = [None]

    def encode(self, term: Term) -> int:
        """The integer of this term, a new one if it is new."""
        code = self._codes.get(term)
        if code is None:
            if isinstance(term, Literal):
                code = -len(self._literals)
                self._literals.append(term)
            else:
                code = len(self._names)
                self._names.append(term)
            self._codes[term] = code
        return code

    def encode_triple(self, triple: Triple) -> Codes:
        """Subject, predicate and object as integers."""
        encode = self.encode
        return encode(triple.subject), encode(triple.predicate), encode(triple.object)  # type: ignore[arg-type]

    def find(self, term: Term) -> int | None:
        """The integer of this term, if it has one."""
        return self._codes.get(term)

    def decode(self, code: int) -> Term:
        """The term of this integer."""
        term = self._names[code] if code > 0 else self._literals[-code]
        if term is None:
            raise KeyError(code)
        return term

    def decode_triple(self, codes: Codes) -> Triple:
        """The triple of these three integers, the first two no literals."""
        subject, predicate, object_ = (self.decode(code) for code in codes)
        return Triple(subject, predicate, object_)  # type: ignore[arg-type]

    def is_iri(self, code: int) -> bool:
        """Whether the integer stands for an IRI."""
        return isinstance(self.decode(code), NamedNode)


class Index:
    """Triples by predicate, then by subject (`forward`) and by object (`backward`).

    No entry is ever empty: that a key is there means that a triple is.
    """

    __slots__ = ("backward", "forward", "size")

    def __init__(self) -> None:
        self.forward: Table = {}
        self.backward: Table = {}
        self.size = 0

    def __contains__(self, codes: Codes) -> bool:
        subject, predicate, object_ = codes
        return object_ in self.forward.get(predicate, {}).get(subject, ())

    def __iter__(self) -> Iterator[Codes]:
        for predicate, table in self.forward.items():
            for subject, objects in table.items():
                for object_ in objects:
                    yield subject, predicate, object_

    def insert_objects(self, subject: int, predicate: int, objects: set[int]) -> None:
        """Adds triples of one subject; none of them is there yet."""
        _insert(self.forward, self.backward, predicate, subject, objects)
        self.size += len(objects)

    def insert_subjects(self, subjects: set[int], predicate: int, object_: int) -> None:
        """Adds triples of one object; none of them is there yet."""
        _insert(self.backward, self.forward, predicate, object_, subjects)
        self.size += len(subjects)

    def add(self, codes: Codes) -> bool:
        """Adds a triple and says whether it was new."""
        if codes in self:
            return False
        self.insert_objects(codes[0], codes[1], {codes[2]})
        return True

    def remove(self, codes: Codes) -> bool:
        """Takes a triple out and says whether it was there."""
        if codes not in self:
            return False
        subject, predicate, object_ = codes
        _discard(self.forward, predicate, subject, object_)
        _discard(self.backward, predicate, object_, subject)
        self.size -= 1
        return True


class Facts(Index):
    """An index that can be put back to what it was: see `supposing`."""

    __slots__ = ("_journal",)

    def __init__(self, triples: Iterable[Codes] = ()) -> None:
        super().__init__()
        # What was added or taken out since the supposition began; None outside of one.
        self._journal: list[tuple[bool, int, int, set[int], bool]] | None = None
        for codes in triples:
            self.add(codes)

    def insert_objects(self, subject: int, predicate: int, objects: set[int]) -> None:
        """Adds triples of one subject; none of them is there yet."""
        super().insert_objects(subject, predicate, objects)
        if self._journal is not None:
            self._journal.append((True, predicate, subject, objects, True))

    def insert_subjects(self, subjects: set[int], predicate: int, object_: int) -> None:
        """Adds triples of one object; none of them is there yet."""
        super().insert_subjects(subjects, predicate, object_)
        if self._journal is not None:
            self._journal.append((True, predicate, object_, subjects, False))

    def remove(self, codes: Codes) -> bool:
        """Takes a triple out and says whether it was there."""
        was_there = super().remove(codes)
        if was_there and self._journal is not None:
            self._journal.append((False, codes[1], codes[0], {codes[2]}, True))
        return was_there

    @contextmanager
    def supposing(self) -> Iterator[None]:
        """Whatever is added or removed inside is undone at the end; can be nested."""
        outer, self._journal = self._journal, []
        try:
            yield
        finally:
            journal, self._journal = self._journal, None
            for was_added, predicate, key, values, is_forward in reversed(journal):
                for value in values:
                    codes = (key, predicate, value) if is_forward else (value, predicate, key)
                    if was_added:
                        self.remove(codes)
                    else:
                        self.add(codes)
            self._journal = outer


def _insert(near: Table, far: Table, predicate: int, key: int, values: set[int]) -> None:
    """Adds values under the key on the near side, and the key under each on the far side."""
    table = near.setdefault(predicate, {})
    known = table.get(key)
    if known is None:
        table[key] = set(values)
    else:
        known |= values
    reverse = far.setdefault(predicate, {})
    for value in values:
        keys = reverse.get(value)
        if keys is None:
            reverse[value] = {key}
        else:
            keys.add(key)


def _discard(side: Table, predicate: int, key: int, value: int) -> None:
    table = side[predicate]
    table[key].discard(value)
    if not table[key]:
        del table[key]
        if not table:
            del side[predicate]
