"""Assertions and rules -> all that follows, at one level, for any data."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kg.facts import EMPTY, Changes, Facts, Side, Vocabulary
from kg.materialise.assertions import Assertions
from kg.materialise.equality import Representatives
from kg.namespaces import OWL, RDF
from kg.reason.fixpoint import CodedClash, Fixpoint
from kg.reason.joins import Plan, Triggers, plans
from kg.reason.ledgers import Counts
from kg.reason.limits import Limits
from kg.rules import Rule

# What these rules say is done by representatives.
REPLACED: Final = ("eq-ref", "eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o")


class Materialisation:
    """The facts that assertions start with, and what rules add to them."""

    def __init__(self, assertions: Assertions, vocabulary: Vocabulary) -> None:
        self._assertions, self._vocabulary = assertions, vocabulary
        self._type = vocabulary.encode(RDF["type"])
        self._same_as = vocabulary.encode(OWL["sameAs"])
        self.representatives = Representatives(vocabulary)
        self.facts = Facts()
        self.counts: Counter[str] = Counter()
        self.rounds = 0
        for predicate in assertions.columns:
            is_forward = predicate != self._type
            side = assertions.side(predicate, is_forward=is_forward)
            self.facts.absorb(predicate, side, is_forward=is_forward, is_owned=True)

    def derive(
        self, rules: Sequence[Rule], limits: Limits, tell: Callable[[str], None]
    ) -> set[CodedClash]:
        """Adds all that follows.

        Returns:
            The contradictions.

        Raises:
            LimitExceeded: see `Limits`.
        """
        full, incremental = self._plans(rules)
        fixpoint, ledger = Fixpoint(self.facts, self._vocabulary, limits, tell), Counts()
        clashes: set[CodedClash] = set()
        changes, first = Changes(), full
        while first:
            triggers = Triggers(incremental, self._vocabulary)
            clashes |= fixpoint.reach(changes, first, triggers, ledger)
            changes, merged = self.representatives.merge(self.facts)
            affected = self._affected(full, incremental, merged)
            first = affected + Triggers(incremental, self._vocabulary).of(changes)
        self.counts, self.rounds = ledger.by_rule, fixpoint.rounds
        return clashes

    def derived(self) -> Iterator["Line"]:
        """What follows and is not asserted, equal things written out."""
        for predicate in self.facts.predicates():
            if predicate != self._same_as or not self.representatives:
                for name in self.representatives.members(predicate):
                    yield from self._beyond_assertions(name, predicate)
        if self.representatives:
            asserted = self._asserted(self._same_as, is_forward=True)
            for one, other in self.representatives.equal_pairs():
                if other not in asserted.get(one, EMPTY):
                    yield Line(self._same_as, one, {other}, is_forward=True)

    def _beyond_assertions(self, name: int, predicate: int) -> Iterator["Line"]:
        relation = self.facts.relations[predicate]
        is_forward = relation.is_forward
        asserted = self._asserted(name, is_forward=is_forward)
        members = self.representatives.members
        for key, values in relation.side(is_forward=is_forward).items():
            if self.representatives:
                values = {each for value in values for each in members(value)}
            for each in members(key):
                new = values - asserted[each] if each in asserted else values
                if new:
                    yield Line(name, each, new, is_forward)

    def _asserted(self, predicate: int, *, is_forward: bool) -> Side:
        if predicate not in self._assertions.columns:
            return {}
        return self._assertions.side(predicate, is_forward=is_forward)

    def _plans(self, rules: Sequence[Rule]) -> tuple[list[Plan], list[Plan]]:
        full: list[Plan] = []
        incremental: list[Plan] = []
        for rule in rules:
            if rule.name not in REPLACED:
                of_all, of_changes = plans(rule, self._vocabulary)
                full += of_all
                incremental += of_changes
        return full, incremental

    def _affected(
        self, full: Sequence[Plan], incremental: Sequence[Plan], merged: set[int]
    ) -> list[Plan]:
        """The plans that name something which has another code now; they are made anew."""
        affected = []
        for plan in (*full, *incremental):
            if not merged.isdisjoint(plan.constants):
                plan.forget()
                affected += [plan] if plan.changed is None else []
        return affected


@dataclass(frozen=True, slots=True)
class Line:
    """Triples of one predicate and one subject (forward) or one object."""

    predicate: int
    key: int
    values: Collection[int]
    is_forward: bool
