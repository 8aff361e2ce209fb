"""What claims, hypotheses and plans add to what holds, each holder's alone.

A release and a patch -> what would newly hold, what no longer would, and what would clash.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.errors import LimitExceeded, UnsupportedRules
from kg.paths import ONTOLOGY_FILES
from kg.reasoning.derivation.fixpoint import Added, CodedClash, Fixpoint
from kg.reasoning.derivation.joins import Plan, Triggers, plans
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.facts.relations import Changes, Index
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.proof import BEYOND, HOLDING, ContradictionProof, Standing
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.rules.rule import Rule
from kg.reasoning.whatif.changes import (
    asserted_beyond,
    by_standing,
    patched,
    refuse_all_but_facts,
    supposed,
)
from kg.reasoning.whatif.incremental import Delta, Layer
from kg.reasoning.whatif.outcome import (
    Change,
    DatasetChange,
    Outcome,
    Patch,
    dataset_change,
    holds,
    places,
)
from kg.statuses import Status
from kg.store.quad_store import Store

_MAX_TRIPLES: Final = 1_000_000
_MAX_SECONDS: Final = 30
_BY_RULE: Final = (Standing(Status.HYPOTHESIS), Standing(Status.PLAN))


@dataclass(frozen=True)
class Groups:
    """What each standing adds, asserted or derived, and the contradictions in it."""

    groups: Mapping[Standing, Index]
    clashes: Set[tuple[Standing, CodedClash]]


class Beyond:
    """Derives the groups of a release anew, on top of what holds at the moment."""

    def __init__(self, facts: ReleaseFacts, rules: Sequence[Rule]) -> None:
        self._facts = facts
        self._full: dict[Standing, list[Plan]] = defaultdict(list)
        incremental: dict[Standing | None, list[Plan]] = defaultdict(list)
        for rule in rules:
            of_all, of_changes = plans(rule, facts.vocabulary)
            is_holding = rule.status is None or rule.status.holds
            standing = None if is_holding or rule.status is None else Standing(rule.status)
            incremental[standing] += of_changes
            if standing is not None:
                self._full[standing] += of_all
        holding = incremental[None]
        self._holding = Triggers(holding, facts.vocabulary)
        self._triggers = {
            one: Triggers(holding + incremental[one], facts.vocabulary) for one in self._full
        }

    def groups(self, asserted: Mapping[Standing, set[Codes]]) -> Groups:
        """All of them; the argument says what each asserts."""
        groups: dict[Standing, Index] = {}
        clashes: set[tuple[Standing, CodedClash]] = set()
        for standing in {*asserted, *_BY_RULE}:
            found, clashing = self._derive(standing, asserted.get(standing, set()))
            groups[standing] = found
            clashes |= {(standing, clash) for clash in clashing}
        return Groups(groups, clashes)

    def _derive(self, standing: Standing, asserted: set[Codes]) -> tuple[Index, set[CodedClash]]:
        holding = self._facts.layers[-1]
        ledger = Added()
        with holding.supposing():
            changes = Changes([codes for codes in asserted if holding.add(codes)])
            first = [*self._full.get(standing, ()), *self._holding.of(changes)]
            fixpoint = Fixpoint(holding, self._facts.vocabulary, Limits(_MAX_TRIPLES, _MAX_SECONDS))
            triggers = self._triggers.get(standing, self._holding)
            clashes = fixpoint.reach(changes, first, triggers, ledger)
        for codes in asserted:
            ledger.index.add(codes)
        return ledger.index, clashes


# Each change is proved and told. A patch of 300 members of one network makes 180,000: a minute
# and gigabytes for one answer, while all other what-ifs wait.
MOST_CHANGES: Final = 20_000
# Derived in a layer; with what is derived again after a removal it may be more than changes.
_MOST_DERIVED: Final = 10 * MOST_CHANGES

_Difference = tuple[Codes, Standing | None, Standing | None]


class WhatIf:
    """Supposes patches of one release, one after another; nothing of them is kept."""

    def __init__(self, store: Store, rules_folder: Path = ONTOLOGY_FILES / "rules") -> None:
        """Reads the facts and their levels, and compiles the rules.

        Raises:
            BrokenRelease: the release was made by other rules.
            UnsupportedRules: one of them has a NOT EXISTS or an aggregate.
        """
        self._store = store
        self._explainer = Explainer(store, rules_folder)
        waiting = [rule.name for rule in self._explainer.rules if not rule.is_monotone]
        if waiting:
            reason = "what they derive may go where something is added"
            raise UnsupportedRules("what-if", waiting, reason)
        self._facts = self._explainer.facts
        self._rules = {rule.name: rule for rule in self._explainer.rules}
        self._layers = [self._layer(level) for level in range(BEYOND)]
        self._beyond = Beyond(self._facts, self._explainer.rules)
        self._asserted = by_standing(self._facts)
        self._clashes = self._beyond.groups(self._asserted).clashes
        self._lock = threading.Lock()

    def suppose(self, patch: Patch) -> Outcome:
        """What would be otherwise if the patch were applied.

        Raises:
            RefusedPatch: it changes other things than facts, or removes what is derived.
            LimitExceeded: more follows than allowed.
        """
        facts = self._facts
        refuse_all_but_facts(patch, self._store)
        with self._lock, facts.vocabulary.forgetting():
            after = patched(facts, patch)
            levels = {codes: facts.asserted_at(codes) for codes in after}
            asserted = asserted_beyond(facts, self._asserted, after)
            with ExitStack() as undoing:
                for layer in self._layers:
                    undoing.enter_context(layer.facts.supposing())
                undoing.enter_context(supposed(facts, after))
                deltas = self._change_layers(levels)
                beyond = self._beyond.groups(asserted)
                differences = [*self._of_holding(deltas), *self._of_groups(beyond.groups)]
                _refuse_too_much(len(differences) + sum(len(one.clashes) for one in deltas))
                undoing.enter_context(facts.supposing_groups(beyond.groups))
                found = self._changes(differences, is_after=True)
                clashes = self._contradictions(deltas, beyond.clashes - self._clashes)
                touched = {*after, *(codes for codes, _, _ in differences)}
                places_after = places(facts, touched)
            found |= self._changes(differences, is_after=False)
            dataset = dataset_change(facts, places(facts, touched), places_after)
        return _in_order(found.values(), clashes, dataset)

    def _layer(self, level: int) -> Layer:
        facts = self._facts
        taking_part = [
            rule for rule in self._explainer.rules if (rule.status or Status.FACT).level <= level
        ]
        return Layer(
            facts.layers[level],
            taking_part,
            facts.vocabulary,
            is_asserted=lambda codes: facts.asserted_at(codes) <= level,
            max_triples=_MOST_DERIVED,
        )

    def _change_layers(self, before: Mapping[Codes, int]) -> list[Delta]:
        """Closes each layer again; `before` says at which level each triple was asserted."""
        now = {codes: self._facts.asserted_at(codes) for codes in before}
        return [
            layer.change(
                [codes for codes in before if now[codes] <= level < before[codes]],
                [codes for codes in before if before[codes] <= level < now[codes]],
            )
            for level, layer in enumerate(self._layers)
        ]

    def _of_holding(self, deltas: Sequence[Delta]) -> Iterator[_Difference]:
        """What stands otherwise among what holds."""
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
                BEYOND,
            )
            if before != after:
                yield codes, _holding(before), _holding(after)

    def _of_groups(self, groups: Mapping[Standing, Index]) -> Iterator[_Difference]:
        """What stands otherwise among claims, hypotheses and plans."""
        for standing in {*groups, *self._facts.groups}:
            before = set(self._facts.groups.get(standing, ()))
            after = set(groups.get(standing, ()))
            yield from ((codes, standing, None) for codes in before - after)
            yield from ((codes, None, standing) for codes in after - before)

    def _changes(
        self, differences: Iterable[_Difference], *, is_after: bool
    ) -> dict[_Difference, Change]:
        """The changes that are proved by what would be, or by what is."""
        found = {}
        for difference in differences:
            codes, before, after = difference
            standing = after or before
            if standing is not None and (after is not None) == is_after:
                proof = self._explainer.proof_at(codes, standing)
                found[difference] = Change(proof.triple, before, after, proof)
        return found

    def _contradictions(
        self, deltas: Sequence[Delta], beyond: Iterable[tuple[Standing, CodedClash]]
    ) -> list[ContradictionProof]:
        """Each once, at the strongest level at which it arises."""
        found: dict[CodedClash, Standing] = {}
        for level, delta in enumerate(deltas):
            for clash in delta.clashes:
                found.setdefault(clash, HOLDING[level])
        for standing, clash in sorted(beyond, key=lambda one: one[0].order):
            found.setdefault(clash, standing)
        return [self._clash(clash, standing) for clash, standing in sorted(found.items(), key=str)]

    def _clash(self, clash: CodedClash, standing: Standing) -> ContradictionProof:
        name, codes = clash
        triples = list(map(self._facts.vocabulary.decode_triple, codes))
        return self._explainer.contradiction(self._rules[name], triples, standing)


def _refuse_too_much(changes: int) -> None:
    if changes > MOST_CHANGES:
        reason = f"There would be {changes:,}. Suppose fewer triples at once, or build a release."
        raise LimitExceeded("changes of a what-if", MOST_CHANGES, reason)


def _holding(level: int) -> Standing | None:
    return HOLDING[level] if level < BEYOND else None


def _in_order(
    changes: Iterable[Change], clashes: Sequence[ContradictionProof], dataset: DatasetChange
) -> Outcome:
    ordered = sorted(changes, key=lambda one: (_strength(one), str(one.triple)))
    of_holding = [one for one in ordered if holds(one.before) or holds(one.after)]
    beyond = [one for one in ordered if not (holds(one.before) or holds(one.after))]
    return Outcome(of_holding, beyond, clashes, dataset)


def _strength(change: Change) -> tuple[int, str]:
    return min(one.order for one in (change.before, change.after) if one is not None)
