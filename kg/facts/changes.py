"""What was added in one round, read by the joins of the next as an index is."""

from collections.abc import Iterable

from kg.facts.relations import Index, Side, turned
from kg.facts.vocabulary import Codes


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
