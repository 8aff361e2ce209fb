"""Filters that need the terms themselves, such as `?share >= 50` or a test of a datatype.

Python evaluates them on the executors, by the same code as in one process.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from pyoxigraph import BlankNode, NamedNode, RdfFormat, parse
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Term
from kg.spark.plans import Plan
from kg.spark.term_codes import small_table


def meet_conditions(
    spark: SparkSession,
    rows: DataFrame,
    plans: Sequence[Plan],
    terms: DataFrame,
    depth: int,
) -> DataFrame:
    """Return the matches of these plans, of `depth` patterns each, that meet their conditions.

    `terms` decodes codes.
    """
    width = max(1, *(len(plan.variables) for plan in plans))
    table = small_table(
        spark,
        [(plan.number, [slot.place for _, slot in plan.variables]) for plan in plans],
        "plan int, places array<int>",
    )
    places = F.array(*(F.col(f"x{i}") for i in range(3 * depth)))
    conditional = rows.join(F.broadcast(table), "plan").select(
        *rows.columns,
        *(F.get(places, F.get("places", F.lit(i))).alias(f"code_{i}") for i in range(width)),
    )
    for i in range(width):
        decoder = terms.select(
            F.col("code").alias(f"code_{i}"), F.col("spelling").alias(f"spelling_{i}")
        )
        conditional = conditional.join(decoder, f"code_{i}", "left")
    test = F.udf(_tester(plans), T.BooleanType(), useArrow=False)
    spellings = F.array(*(F.col(f"spelling_{i}") for i in range(width)))
    return conditional.where(test(F.col("plan"), spellings)).select(*rows.columns)


def _tester(plans: Sequence[Plan]) -> Callable[[int, list[str]], bool]:
    conditions = {
        plan.number: (plan.conditions, [name for name, _ in plan.variables]) for plan in plans
    }

    def test(plan: int, spellings: list[str]) -> bool:
        own, names = conditions[plan]
        terms = [_term(spelling) for spelling in spellings[: len(names)]]
        binding: Mapping[object, Term] = dict(zip(names, terms, strict=True))
        return all(passes(condition, binding) for condition in own)  # type: ignore[arg-type]

    return test


@lru_cache(maxsize=65_536)
def _term(spelling: str) -> Term:
    if spelling.startswith("_:"):
        return BlankNode(spelling[2:])
    if spelling.startswith("<"):
        return NamedNode(spelling[1:-1])
    line = f"<about:blank> <about:blank> {spelling} ."
    (quad,) = parse(line, format=RdfFormat.N_TRIPLES, rename_blank_nodes=False)
    term: Term = quad.object
    return term
