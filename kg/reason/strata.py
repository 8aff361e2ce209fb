"""Rules -> which of them wait for others, and in which order they run."""

from collections.abc import Iterable, Sequence

from kg.reason.joins import Plan
from kg.reason.non_monotone import NonMonotone, Solver
from kg.reasoning.facts.dictionary import Vocabulary
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule
from kg.reasoning.rules.stratification import stratify
from kg.statuses import Status


class UpperStrata:
    """The rules that wait until the strata below have come to their end, stratum by stratum.

    Only rules with NOT EXISTS or an aggregate wait. What all others derive early is right: it
    can be read as absent or in a group only above the stratum of the rule that derives it.
    """

    def __init__(self, rules: Sequence[Rule], vocabulary: Vocabulary) -> None:
        self._strata = [
            [(rule.status, *_plans(rule, vocabulary)) for rule in stratum if not rule.is_monotone]
            for stratum in stratify(rules)[1:]
        ]

    def of(
        self, status: Status | None, others: Sequence[Plan]
    ) -> list[tuple[list[Plan], list[Plan]]]:
        """What runs above the lowest stratum: first these plans, then those that changes set off.

        Absence and groups are judged on all that holds: there is nothing below the theses.

        Args:
            status: the level; None where there is only one.
            others: plans of the rules that do not wait, which changes set off in any stratum.
        """
        if status is not None and status.holds and status is not Status.THESIS:
            return []
        known, found = list(others), list[tuple[list[Plan], list[Plan]]]()
        for stratum in self._strata:
            first: list[Plan] = []
            for own, full, incremental in stratum:
                if status is None or own is None or own.holds or own is status:
                    first += full
                    known += incremental
            found.append((first, list(known)))
        return found


def _plans(rule: Rule, vocabulary: Vocabulary) -> tuple[list[Plan], list[Plan]]:
    """The plans that read all facts, and those that start from changes of the body's patterns."""
    heads: Iterable[Atom | None] = rule.head or (None,)
    full: list[Plan] = []
    incremental: list[Plan] = []
    for head in heads:
        solver = Solver(rule, vocabulary)
        full.append(NonMonotone(rule, head, None, vocabulary, solver=solver))
        incremental += [
            NonMonotone(rule, head, place, vocabulary, solver=solver)
            for place in range(len(rule.body))
        ]
    return full, incremental
