"""The order in which rules with NOT EXISTS or an aggregate run.

Such a rule waits until everything that it negates or groups is complete.
"""

from collections.abc import Sequence

from kg.reasoning.derivation.joins import JoinPlan, Plans, make_plans
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.rules.rule import Rule
from kg.reasoning.rules.stratification import stratify
from kg.statuses import Status


class NonMonotoneStrata:
    """The strata above the lowest one; each runs after those below have reached their fixpoint.

    Only rules with NOT EXISTS or an aggregate wait for their stratum. All other rules may run
    early: a negation or a group reads their conclusions only in a higher stratum.
    """

    def __init__(self, rules: Sequence[Rule], vocabulary: TermDictionary) -> None:
        self._strata = [
            [
                (rule.status, make_plans([rule], vocabulary))
                for rule in stratum
                if not rule.is_monotone
            ]
            for stratum in stratify(rules)[1:]
        ]

    def plans_for(self, status: Status | None, others: Sequence[JoinPlan]) -> list[Plans]:
        """Return the plans of each upper stratum: those to run first, and those changes trigger.

        Negations and groups need everything that holds, so there are no upper strata at the
        levels stronger than the theses. A status of None means that there is only one level.
        `others` are plans of the rules that do not wait: changes trigger them in every stratum.
        """
        if status is not None and status.holds and status is not Status.THESIS:
            return []
        triggered, strata = list(others), list[Plans]()
        for stratum in self._strata:
            first: list[JoinPlan] = []
            for rule_status, (full, incremental) in stratum:
                is_holding = rule_status is None or rule_status.holds
                if status is None or is_holding or rule_status is status:
                    first += full
                    triggered += incremental
            strata.append((first, list(triggered)))
        return strata
