"""Compute the outcome of a patch of a release: gained and lost triples, and contradictions.

What holds is updated incrementally, layer by layer; the small groups of what claims, hypotheses and
plans add are derived anew. `kg.reasoning.derivation.levels` explains these words.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Final

from kg.errors import LimitExceeded, UnsupportedRules
from kg.reasoning.derivation.fixpoint import AddedTriples, CodedContradiction, FixpointEvaluator
from kg.reasoning.derivation.joins import JoinPlan, PlanIndex, make_plans
from kg.reasoning.derivation.levels import (
    HOLDING_STANDINGS,
    NOT_HOLDING,
    STANDINGS_OF_RULES,
    Standing,
)
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import ContradictionProof
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.rules.rule import Rule
from kg.reasoning.whatif.changes import (
    asserted_by_standing,
    check_patch,
    evidence_after,
    temporary_evidence,
)
from kg.reasoning.whatif.incremental import Delta, Layer
from kg.reasoning.whatif.outcome import (
    Change,
    DatasetChange,
    Outcome,
    Patch,
    dataset_change,
    graphs_containing,
    holds,
)
from kg.statuses import Status
from kg.store.quad_store import Store

# Every change comes with a proof. Adding 300 members to one network causes 180,000 changes, which
# take a minute and gigabytes of memory while all other what-ifs wait.
MAX_CHANGES: Final = 20_000
# Limit for one layer. It is higher than `MAX_CHANGES` because a removal makes the layer derive
# many triples again that do not count as changes.
_MAX_DERIVED: Final = 10 * MAX_CHANGES
# Limits for each group.
_MAX_TRIPLES: Final = 1_000_000
_MAX_SECONDS: Final = 30

# A triple with its standing before and after the patch.
_Difference = tuple[CodedTriple, Standing | None, Standing | None]
# A contradiction with the standing in which it arises.
_Clash = tuple[Standing, CodedContradiction]


class WhatIf:
    """Computes the outcomes of patches of one release, one at a time; keeps nothing of them."""

    def __init__(self, store: Store, rules: Sequence[Rule] | None = None) -> None:
        """Read the facts with their levels and compile the rules.

        A release whose rules are missing here is a `BrokenRelease`; a rule with NOT EXISTS or an
        aggregate is an `UnsupportedRules`.
        """
        self._store = store
        self._explainer = Explainer(store, rules)
        rules = self._explainer.rules
        unsupported = [rule.name for rule in rules if not rule.is_monotone]
        if unsupported:
            reason = "adding facts could remove what they derive"
            raise UnsupportedRules("what-if", unsupported, reason)
        self._facts = self._explainer.facts
        self._rules = {rule.name: rule for rule in rules}
        self._layers = [self._layer(level) for level in range(NOT_HOLDING)]
        self._group_reasoner = _GroupReasoner(self._facts, rules)
        self._asserted = asserted_by_standing({}, self._facts.assertions)
        _, self._group_clashes = self._group_reasoner.derive(self._asserted)
        self._lock = threading.Lock()

    def evaluate(self, patch: Patch) -> Outcome:
        """Return what would change if the patch were applied.

        Raises:
            RefusedPatch: it changes the ontology or descriptions, or removes a derived triple.
            LimitExceeded: there would be too many changes, or deriving them takes too long.
        """
        facts = self._facts
        check_patch(patch, self._store)
        with self._lock, facts.vocabulary.forget_new_terms_on_exit():
            after = evidence_after(facts, patch)
            levels = {codes: facts.asserted_level(codes) for codes in after}
            with ExitStack() as undo_stack:
                for layer in self._layers:
                    undo_stack.enter_context(layer.facts.undo_on_exit())
                undo_stack.enter_context(temporary_evidence(facts, after))
                deltas = self._change_layers(levels)
                asserted = asserted_by_standing(self._asserted, after)
                groups, group_clashes = self._group_reasoner.derive(asserted)
                differences = [*self._holding_differences(deltas), *self._group_differences(groups)]
                count = len(differences) + sum(len(delta.clashes) for delta in deltas)
                if count > MAX_CHANGES:
                    reason = f"There would be {count:,}. Use a smaller patch, or build a release."
                    raise LimitExceeded("changes of a what-if", MAX_CHANGES, reason)
                undo_stack.callback(setattr, facts, "groups", facts.groups)
                facts.groups = groups
                # Until the stack is undone, the facts are those after the patch. Lost triples are
                # proved below, from the facts before it.
                changes = self._changes(differences, is_after=True)
                clashes = self._contradictions(deltas, group_clashes - self._group_clashes)
                touched = {*after, *(codes for codes, _, _ in differences)}
                places_after = graphs_containing(facts, touched)
            changes |= self._changes(differences, is_after=False)
            dataset = dataset_change(facts, graphs_containing(facts, touched), places_after)
        return _outcome(changes.values(), clashes, dataset)

    def _layer(self, level: int) -> Layer:
        facts, rules = self._facts, self._explainer.rules
        return Layer(
            facts.layers[level],
            [rule for rule in rules if (rule.status or Status.FACT).level <= level],
            facts.vocabulary,
            is_asserted=lambda codes: facts.asserted_level(codes) <= level,
            max_triples=_MAX_DERIVED,
        )

    def _change_layers(self, before: Mapping[CodedTriple, int]) -> list[Delta]:
        """Close each layer again; `before` has the level at which each triple was asserted."""
        now = {codes: self._facts.asserted_level(codes) for codes in before}
        return [
            layer.change(
                [codes for codes in before if now[codes] <= level < before[codes]],
                [codes for codes in before if before[codes] <= level < now[codes]],
            )
            for level, layer in enumerate(self._layers)
        ]

    def _holding_differences(self, deltas: Sequence[Delta]) -> Iterator[_Difference]:
        standings = (*HOLDING_STANDINGS, None)
        for codes in {codes for delta in deltas for codes in (*delta.gained, *delta.lost)}:
            # The layers have changed already. A triple was in a layer before if the patch removed
            # it from there, or if it is there and the patch did not add it.
            levels_before = (
                level
                for level, (layer, delta) in enumerate(zip(self._layers, deltas, strict=True))
                if codes in delta.lost or (codes in layer.facts and codes not in delta.gained)
            )
            before, after = next(levels_before, NOT_HOLDING), self._facts.level(codes)
            if before != after:
                yield codes, standings[before], standings[after]

    def _group_differences(self, groups: Mapping[Standing, TripleIndex]) -> Iterator[_Difference]:
        for standing in {*groups, *self._facts.groups}:
            before, after = (set(each.get(standing, ())) for each in (self._facts.groups, groups))
            yield from ((codes, standing, None) for codes in before - after)
            yield from ((codes, None, standing) for codes in after - before)

    def _changes(
        self, differences: Iterable[_Difference], *, is_after: bool
    ) -> dict[_Difference, Change]:
        """Prove the triples with a standing after the patch; if not `is_after`, the lost ones."""
        changes = {}
        for codes, before, after in differences:
            standing = after or before
            if standing is not None and (after is not None) == is_after:
                proof = self._explainer.smallest_proof(codes, standing)
                changes[codes, before, after] = Change(proof.triple, before, after, proof)
        return changes

    def _contradictions(
        self, deltas: Sequence[Delta], group_clashes: Iterable[_Clash]
    ) -> list[ContradictionProof]:
        """Return each new contradiction once, at the strongest level at which it arises."""
        standings: dict[CodedContradiction, Standing] = {}
        for level, delta in enumerate(deltas):
            for clash in delta.clashes:
                standings.setdefault(clash, HOLDING_STANDINGS[level])
        for standing, clash in sorted(group_clashes, key=lambda pair: pair[0].rank):
            standings.setdefault(clash, standing)
        decode, rules = self._facts.vocabulary.decode_triple, self._rules
        return [
            self._explainer.explain_contradiction(rules[name], list(map(decode, codes)), standing)
            for (name, codes), standing in sorted(standings.items(), key=str)
        ]


def _outcome(
    changes: Iterable[Change], clashes: Sequence[ContradictionProof], dataset: DatasetChange
) -> Outcome:
    def key(change: Change) -> tuple[object, ...]:
        standings = filter(None, (change.before, change.after))
        return min(standing.rank for standing in standings), str(change.triple)

    parts: dict[bool, list[Change]] = {True: [], False: []}
    for change in sorted(changes, key=key):
        parts[holds(change.before) or holds(change.after)].append(change)
    return Outcome(parts[True], parts[False], clashes, dataset)


class _GroupReasoner:
    """Derives the groups of a release, which do not hold, anew from what holds now."""

    def __init__(self, facts: ReleaseFacts, rules: Sequence[Rule]) -> None:
        self._facts, vocabulary = facts, facts.vocabulary
        holding = [rule for rule in rules if rule.status is None or rule.status.holds]
        _, incremental = make_plans(holding, vocabulary)
        self._holding = PlanIndex(incremental, vocabulary)
        # For each standing that rules conclude, their plans that read all facts, and all triggers.
        self._plans: dict[Standing, tuple[Sequence[JoinPlan], PlanIndex]] = {}
        for standing in STANDINGS_OF_RULES:
            own_rules = [rule for rule in rules if rule.status is standing.status]
            full, triggered = make_plans(own_rules, vocabulary)
            self._plans[standing] = full, PlanIndex(incremental + triggered, vocabulary)

    def derive(
        self, asserted: Mapping[Standing, set[CodedTriple]]
    ) -> tuple[dict[Standing, TripleIndex], set[_Clash]]:
        """Derive what each standing adds to what holds, from the triples that it asserts.

        Returns the asserted and derived triples of each standing, and the contradictions.
        """
        holding, vocabulary = self._facts.layers[-1], self._facts.vocabulary
        groups: dict[Standing, TripleIndex] = {}
        clashes: set[_Clash] = set()
        for standing in {*asserted, *STANDINGS_OF_RULES}:
            full, triggers = self._plans.get(standing, ((), self._holding))
            limits, recorder = DerivationLimits(_MAX_TRIPLES, _MAX_SECONDS), AddedTriples()
            own = asserted.get(standing, set())
            with holding.undo_on_exit():
                changes = Changes([codes for codes in own if holding.add(codes)])
                first = [*full, *self._holding.plans_for(changes)]
                fixpoint = FixpointEvaluator(holding, vocabulary, limits)
                found = fixpoint.run(changes, first, triggers, recorder)
            clashes |= {(standing, clash) for clash in found}
            for codes in own:
                recorder.add(codes)
            groups[standing] = recorder
        return groups, clashes
