"""What claims, hypotheses and plans add to what holds, each holder's alone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from kg.reasoning.derivation.fixpoint import Added, CodedClash, Fixpoint
from kg.reasoning.derivation.joins import Plan, Triggers, plans
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.facts.relations import Changes, Index
from kg.reasoning.proofs.proof import Standing
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status

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
