"""Estimate what rules will derive before a round runs, from a sample of the triples.

As in one process, a rule is matched for a sample of the subjects of its head with everything that
they match, so the estimate is unbiased. Rules whose head has another subject than an end of their
first pattern are not estimated.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pyspark.sql import functions as F  # noqa: N812

from kg.spark.plans import Plan
from kg.spark.rounds import Matcher, Round

_SAMPLED_ROWS: Final = 2_000
# Below this number of triples even a rule that squares them ends soon.
_FEW: Final = 5_000


def foresee(matcher: Matcher, plans: Sequence[Plan], tables: Round) -> Counter[int]:
    """Return about how many triples each rule, by its index, will find in a round.

    Known triples are counted too, but not what chains derive from them. Rules with one pattern,
    which find no more than they read, are left out, and so are all if there are few triples.
    """
    foreseen: Counter[int] = Counter()
    if tables.rows < _FEW:
        return foreseen
    share = tables.rows // _SAMPLED_ROWS
    own = [_without_chains(plan) for plan in plans if plan.depth > 1 and plan.heads]
    for place, column in ((0, "s"), (2, "o")):
        estimated = [plan for plan in own if _subjects(plan) == {place}]
        sample = tables.delta.where(F.pmod(F.xxhash64(column), F.lit(share)) == 0)
        found = matcher.derive(estimated, replace(tables, delta=sample, is_small=True))
        if found is not None:
            distinct = found.dropDuplicates(["s", "p", "o", "rule"])
            for row in distinct.groupBy("rule").count().collect():
                foreseen[row["rule"]] += row["count"] * share
    return foreseen


def _without_chains(plan: Plan) -> Plan:
    return replace(plan, heads=tuple(head for head in plan.heads if head.rule == plan.rule))


def _subjects(plan: Plan) -> set[int | None]:
    return {head.slots[0].place for head in plan.heads}
