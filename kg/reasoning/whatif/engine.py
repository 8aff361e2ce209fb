"""Derive what claims, hypotheses and plans add to what holds, separately for each holder.

Compute the outcome of a patch of a release: gained and lost triples, and contradictions.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.errors import LimitExceeded, UnsupportedRules
from kg.paths import ONTOLOGY_FOLDER
from kg.reasoning.derivation.fixpoint import AddedTriples, CodedContradiction, FixpointEvaluator
from kg.reasoning.derivation.joins import JoinPlan, PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import (
    HOLDING_STANDINGS,
    LEVEL_NOT_HOLDING,
    ContradictionProof,
    Standing,
)
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.rules.rule import Rule
from kg.reasoning.whatif.changes import (
    asserted_by_standing,
    asserted_by_standing_after,
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

_MAX_TRIPLES: Final = 1_000_000
_MAX_SECONDS: Final = 30
# Rules themselves may conclude hypotheses and plans, even where none is asserted.
_STANDINGS_OF_RULES: Final = (Standing(Status.HYPOTHESIS), Standing(Status.PLAN))


@dataclass(frozen=True)
class DerivedGroups:
    """The triples that each standing adds to what holds, and the contradictions that arise.

    Attributes:
        groups: asserted and derived triples.
        clashes: each with the standing in which it arises.
    """

    groups: Mapping[Standing, TripleIndex]
    clashes: Set[tuple[Standing, CodedContradiction]]


class GroupReasoner:
    """Derives the groups of a release anew from what holds now."""

    def __init__(self, facts: ReleaseFacts, rules: Sequence[Rule]) -> None:
        self._facts = facts
        self._full: dict[Standing, list[JoinPlan]] = defaultdict(list)
        incremental: dict[Standing | None, list[JoinPlan]] = defaultdict(list)
        for rule in rules:
            full_plans, incremental_plans = make_plans(rule, facts.vocabulary)
            is_holding = rule.status is None or rule.status.holds
            standing = None if is_holding or rule.status is None else Standing(rule.status)
            incremental[standing] += incremental_plans
            if standing is not None:
                self._full[standing] += full_plans
        holding = incremental[None]
        self._holding = PlanIndex(holding, facts.vocabulary)
        self._triggers = {
            standing: PlanIndex(holding + incremental[standing], facts.vocabulary)
            for standing in self._full
        }

    def derive(self, asserted: Mapping[Standing, set[CodedTriple]]) -> DerivedGroups:
        """Derive all groups from the triples that each standing asserts."""
        groups: dict[Standing, TripleIndex] = {}
        clashes: set[tuple[Standing, CodedContradiction]] = set()
        for standing in {*asserted, *_STANDINGS_OF_RULES}:
            added, group_clashes = self._derive(standing, asserted.get(standing, set()))
            groups[standing] = added
            clashes |= {(standing, clash) for clash in group_clashes}
        return DerivedGroups(groups, clashes)

    def _derive(
        self, standing: Standing, asserted: set[CodedTriple]
    ) -> tuple[TripleIndex, set[CodedContradiction]]:
        holding = self._facts.layers[-1]
        ledger = AddedTriples()
        with holding.undo_on_exit():
            changes = Changes([codes for codes in asserted if holding.add(codes)])
            first = [*self._full.get(standing, ()), *self._holding.plans_for(changes)]
            fixpoint = FixpointEvaluator(
                holding, self._facts.vocabulary, DerivationLimits(_MAX_TRIPLES, _MAX_SECONDS)
            )
            triggers = self._triggers.get(standing, self._holding)
            clashes = fixpoint.run(changes, first, triggers, ledger)
        for codes in asserted:
            ledger.index.add(codes)
        return ledger.index, clashes


# Every change comes with a proof. Adding 300 members to one network causes 180,000 changes, which
# take a minute and gigabytes of memory while all other what-ifs wait.
MAX_CHANGES: Final = 20_000
# Limit for one layer. It is higher than `MAX_CHANGES` because a removal makes the layer derive
# many triples again that do not count as changes.
_MAX_DERIVED: Final = 10 * MAX_CHANGES

# A triple with its standing before and after the patch.
_Difference = tuple[CodedTriple, Standing | None, Standing | None]


class WhatIf:
    """Computes the outcomes of patches of one release, one at a time; keeps nothing of them."""

    def __init__(self, store: Store, rules_folder: Path = ONTOLOGY_FOLDER / "rules") -> None:
        """Read the facts with their levels and compile the rules.

        Raises:
            BrokenRelease: the release was derived by a rule that is missing here.
            UnsupportedRules: a rule has a NOT EXISTS or an aggregate.
        """
        self._store = store
        self._explainer = Explainer(store, rules_folder)
        unsupported = [rule.name for rule in self._explainer.rules if not rule.is_monotone]
        if unsupported:
            reason = "adding facts could remove what they derive"
            raise UnsupportedRules("what-if", unsupported, reason)
        self._facts = self._explainer.facts
        self._rules = {rule.name: rule for rule in self._explainer.rules}
        self._layers = [self._layer(level) for level in range(LEVEL_NOT_HOLDING)]
        self._beyond = GroupReasoner(self._facts, self._explainer.rules)
        self._asserted = asserted_by_standing(self._facts)
        self._clashes = self._beyond.derive(self._asserted).clashes
        self._lock = threading.Lock()

    def evaluate(self, patch: Patch) -> Outcome:
        """Return what would change if the patch were applied.

        Raises:
            RefusedPatch: the patch changes something other than facts, or removes a derived triple.
            LimitExceeded: there would be too many changes, or deriving them takes too long.
        """
        facts = self._facts
        check_patch(patch, self._store)
        with self._lock, facts.vocabulary.forget_new_terms_on_exit():
            after = evidence_after(facts, patch)
            levels = {codes: facts.asserted_level(codes) for codes in after}
            asserted = asserted_by_standing_after(facts, self._asserted, after)
            with ExitStack() as undo_stack:
                for layer in self._layers:
                    undo_stack.enter_context(layer.facts.undo_on_exit())
                undo_stack.enter_context(temporary_evidence(facts, after))
                deltas = self._change_layers(levels)
                beyond = self._beyond.derive(asserted)
                differences = [
                    *self._holding_differences(deltas),
                    *self._group_differences(beyond.groups),
                ]
                clash_count = sum(len(delta.clashes) for delta in deltas)
                _refuse_too_many(len(differences) + clash_count)
                undo_stack.enter_context(facts.replaced_groups(beyond.groups))
                # Until the stack is undone, the facts are those after the patch. Lost triples are
                # proved below, from the facts before it.
                changes = self._changes(differences, is_after=True)
                clashes = self._contradictions(deltas, beyond.clashes - self._clashes)
                touched = {*after, *(codes for codes, _, _ in differences)}
                places_after = graphs_containing(facts, touched)
            changes |= self._changes(differences, is_after=False)
            dataset = dataset_change(facts, graphs_containing(facts, touched), places_after)
        return _outcome(changes.values(), clashes, dataset)

    def _layer(self, level: int) -> Layer:
        facts = self._facts
        rules_of_level = [
            rule for rule in self._explainer.rules if (rule.status or Status.FACT).level <= level
        ]
        return Layer(
            facts.layers[level],
            rules_of_level,
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
        """Yield the differences among triples that hold before or after."""
        touched = {codes for delta in deltas for codes in (*delta.gained, *delta.lost)}
        for codes in touched:
            after = self._facts.level(codes)
            before = next(
                (
                    level
                    for level, delta in enumerate(deltas)
                    if codes in delta.lost
                    or (codes in self._layers[level].facts and codes not in delta.gained)
                ),
                LEVEL_NOT_HOLDING,
            )
            if before != after:
                yield codes, _standing_at(before), _standing_at(after)

    def _group_differences(self, groups: Mapping[Standing, TripleIndex]) -> Iterator[_Difference]:
        """Yield the differences among claims, hypotheses and plans."""
        for standing in {*groups, *self._facts.groups}:
            before = set(self._facts.groups.get(standing, ()))
            after = set(groups.get(standing, ()))
            yield from ((codes, standing, None) for codes in before - after)
            yield from ((codes, None, standing) for codes in after - before)

    def _changes(
        self, differences: Iterable[_Difference], *, is_after: bool
    ) -> dict[_Difference, Change]:
        """Prove the triples that stand after the patch, or (if not `is_after`) the lost ones."""
        changes = {}
        for difference in differences:
            codes, before, after = difference
            standing = after or before
            if standing is not None and (after is not None) == is_after:
                proof = self._explainer.smallest_proof(codes, standing)
                changes[difference] = Change(proof.triple, before, after, proof)
        return changes

    def _contradictions(
        self, deltas: Sequence[Delta], beyond: Iterable[tuple[Standing, CodedContradiction]]
    ) -> list[ContradictionProof]:
        """Return each new contradiction once, at the strongest level at which it arises."""
        standings: dict[CodedContradiction, Standing] = {}
        for level, delta in enumerate(deltas):
            for clash in delta.clashes:
                standings.setdefault(clash, HOLDING_STANDINGS[level])
        for standing, clash in sorted(beyond, key=lambda pair: pair[0].order):
            standings.setdefault(clash, standing)
        ordered = sorted(standings.items(), key=str)
        return [self._clash(clash, standing) for clash, standing in ordered]

    def _clash(self, clash: CodedContradiction, standing: Standing) -> ContradictionProof:
        name, codes = clash
        triples = list(map(self._facts.vocabulary.decode_triple, codes))
        return self._explainer.explain_contradiction(self._rules[name], triples, standing)


def _refuse_too_many(changes: int) -> None:
    if changes > MAX_CHANGES:
        reason = f"There would be {changes:,}. Use a smaller patch, or build a release."
        raise LimitExceeded("changes of a what-if", MAX_CHANGES, reason)


def _standing_at(level: int) -> Standing | None:
    return HOLDING_STANDINGS[level] if level < LEVEL_NOT_HOLDING else None


def _outcome(
    changes: Iterable[Change], clashes: Sequence[ContradictionProof], dataset: DatasetChange
) -> Outcome:
    ordered = sorted(changes, key=lambda change: (_strength(change), str(change.triple)))
    holding = [change for change in ordered if holds(change.before) or holds(change.after)]
    beyond = [change for change in ordered if not (holds(change.before) or holds(change.after))]
    return Outcome(holding, beyond, clashes, dataset)


def _strength(change: Change) -> tuple[int, str]:
    standings = (change.before, change.after)
    return min(standing.order for standing in standings if standing is not None)
