"""Bindings as a table: joined, filtered and projected a set at a time."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pyoxigraph import Variable

from kg.reasoning.facts.dictionary import Vocabulary
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Filter

Row = tuple[int, ...]


@dataclass(frozen=True)
class Rows:
    """Bindings of these variables, in their order, as codes."""

    variables: tuple[Variable, ...]
    bindings: set[Row]

    def projected(self, variables: Sequence[Variable]) -> "Rows":
        """The same with these variables alone."""
        if tuple(variables) == self.variables:
            return self
        return Rows(tuple(variables), set(map(self.picker(variables), self.bindings)))

    def joined(self, other: "Rows") -> "Rows":
        """Each row with each row of the other that agrees on the variables they share."""
        shared = [each for each in self.variables if each in other.variables]
        added = [each for each in other.variables if each not in shared]
        rest_of, theirs, ours = other.picker(added), other.picker(shared), self.picker(shared)
        by_key: dict[Row, list[Row]] = defaultdict(list)
        for row in other.bindings:
            by_key[theirs(row)].append(rest_of(row))
        found = {row + rest for row in self.bindings for rest in by_key.get(ours(row), ())}
        return Rows((*self.variables, *added), found)

    def passing(self, filters: Sequence[Filter], vocabulary: Vocabulary) -> "Rows":
        """The rows that all these filters let through."""
        if not filters:
            return self

        def is_met(row: Row) -> bool:
            terms = dict(zip(self.variables, map(vocabulary.decode, row), strict=True))
            return all(passes(condition, terms) for condition in filters)

        return Rows(self.variables, set(filter(is_met, self.bindings)))

    def without(self, other: "Rows") -> "Rows":
        """The rows that the other, of the same variables, has not."""
        return Rows(self.variables, self.bindings - other.bindings)

    def picker(self, variables: Sequence[Variable]) -> Callable[[Row], Row]:
        """A function from a row to the values of these variables."""
        places = [self.variables.index(each) for each in variables]
        return lambda row: tuple(row[place] for place in places)
