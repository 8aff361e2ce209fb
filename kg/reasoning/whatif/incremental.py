"""Facts that are closed under rules and updated incrementally, at the cost of the change.

All triples that may rest on removed assertions are withdrawn; what still follows is derived again.

Source: Gupta, Mumick and Subrahmanian, Maintaining Views Incrementally, SIGMOD 1993 (delete and
rederive).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from kg.reasoning.derivation.fixpoint import (
    AddedTriples,
    CodedContradiction,
    FixpointEvaluator,
    PredicatePairs,
    group_by_predicate,
)
from kg.reasoning.derivation.joins import JoinPlan, PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.adjacency import EMPTY, Values
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.rules.rule import Rule

# More plans would delay the start by seconds; the others are compiled when they first run.
_MAX_PREPARED: Final = 5_000


@dataclass
class Delta:
    """The triples that a change adds to a layer and removes from it, and the new clashes."""

    gained: set[CodedTriple] = field(default_factory=set)
    lost: set[CodedTriple] = field(default_factory=set)
    clashes: set[CodedContradiction] = field(default_factory=set)


class Layer:
    """Facts that are closed under rules, and kept so when assertions change."""

    def __init__(
        self,
        facts: TripleIndex,
        rules: Sequence[Rule],
        vocabulary: TermDictionary,
        *,
        is_asserted: Callable[[CodedTriple], bool],
        max_triples: int = 5_000_000,
        max_seconds: float = 60,
    ) -> None:
        """Take facts that are already closed under the rules; the limits are those of one change.

        `change` modifies the facts; `facts.undo_on_exit` restores them.
        """
        self.facts, self._vocabulary, self._is_asserted = facts, vocabulary, is_asserted
        self._limits = partial(DerivationLimits, max_triples, max_seconds)
        self._triggers = PlanIndex(make_plans(rules, vocabulary)[1], vocabulary)
        # Each rule with its own head as an additional premise, which matches the withdrawn triples:
        # it derives again exactly those of them that one step proves.
        restoring_plans = (
            JoinPlan(replace(rule, head=(head,), body=(head, *rule.body)), head, 0, vocabulary)
            for rule in rules
            for head in rule.head
        )
        self._restoring = PlanIndex(restoring_plans, vocabulary)

    def prepare(self) -> None:
        """Compile the joins now, so that the processes forked from this one need not."""
        for index in (self._triggers, self._restoring):
            index.prepare(_MAX_PREPARED)

    def change(self, added: Iterable[CodedTriple], removed: Iterable[CodedTriple]) -> Delta:
        """Close the facts again after assertions came or went; raises LimitExceeded."""
        limits = self._limits()
        withdrawn = self._dependents(removed, limits)
        for predicate in withdrawn.predicates():
            self.facts.remove_pairs(predicate, withdrawn.forward(predicate), is_forward=True)
        # Those that one step proves are restored; more of the withdrawn ones may follow from them.
        new = self._provable(withdrawn, limits)
        new |= {codes for codes in added if self.facts.add(codes)}
        recorder, changes = AddedTriples(), Changes(new)
        fixpoint = FixpointEvaluator(self.facts, self._vocabulary, limits)
        first = self._triggers.plans_for(changes)
        clashes = fixpoint.run(changes, first, self._triggers, recorder)
        present, gone = {*new, *recorder}, set(withdrawn)
        return Delta(present - gone, gone - present, clashes)

    def _dependents(self, removed: Iterable[CodedTriple], limits: DerivationLimits) -> TripleIndex:
        """Return the removed triples and all derived triples that may rest on them."""
        dependents = TripleIndex(
            codes for codes in removed if codes in self.facts and not self._is_asserted(codes)
        )
        changes = Changes(dependents)
        while queue := self._triggers.plans_for(changes):
            following = Changes()
            for plan in queue:
                for predicate, pairs, is_forward in self._run(plan, changes, limits):
                    rest = self._only_derived(predicate, pairs, is_forward=is_forward)
                    new = dependents.add_pairs(
                        predicate, rest, is_forward=is_forward, is_owned=True
                    )
                    following.add(predicate, new, is_forward=is_forward)
            changes = following
        return dependents

    def _provable(self, withdrawn: TripleIndex, limits: DerivationLimits) -> set[CodedTriple]:
        """Return the withdrawn triples that one rule application proves, after restoring them."""
        provable, changes = TripleIndex(), Changes(withdrawn)
        for plan in self._restoring.plans_for(changes):
            for predicate, pairs, is_forward in self._run(plan, changes, limits):
                provable.add_pairs(predicate, pairs, is_forward=is_forward, is_owned=True)
        return {codes for codes in provable if self.facts.add(codes)}

    def _run(
        self, plan: JoinPlan, changes: Changes, limits: DerivationLimits
    ) -> Iterable[PredicatePairs]:
        """Return what the plan derives from the changes; nothing if it looks for contradictions."""
        if plan.head is None:
            return ()
        limits.start_rule(plan.rule.name, 0)
        return group_by_predicate(plan, plan.run(changes, self.facts, limits))

    def _only_derived(
        self, predicate: int, pairs: Mapping[int, Values], *, is_forward: bool
    ) -> dict[int, set[int]]:
        """Return the pairs that are facts and are not asserted."""
        known = self.facts.side(predicate, is_forward=is_forward)

        def is_asserted(key: int, end: int) -> bool:
            return self._is_asserted((key, predicate, end) if is_forward else (end, predicate, key))

        derived: dict[int, set[int]] = {}
        for key, values in pairs.items():
            ends = known.get(key, EMPTY)
            rest = {end for end in values if end in ends and not is_asserted(key, end)}
            if rest:
                derived[key] = rest
        return derived
