"""One round: match the plans with the triples of the last round and all others, by few joins.

A step of all plans is one join. Each pattern is looked up by the places that are bound, its access
path; the key of the join is a hash of the path and the terms in these places, and triples have one
row for each path by which some plan looks up their predicate. So a round has as many joins as the
longest body has patterns, less one, besides those with tables that every executor has whole.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Final

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.rule import Rule
from kg.spark.conditions import meet_conditions
from kg.spark.plans import (
    OBJECT,
    PREDICATE,
    PREDICATE_IS_OBJECT,
    SUBJECT,
    SUBJECT_IS_OBJECT,
    SUBJECT_IS_PREDICATE,
    Head,
    Plan,
    Slot,
    Step,
)
from kg.spark.term_codes import is_iri, small_table
from kg.statuses import World

# The triples with their standings: `base` is a `Base`, `world` 0 or the code of a world.
FACTS_SCHEMA: Final = "s long, p long, o long, base int, world long"
_NO_WORLD: Final = 0
_FACT_COLUMNS: Final = ("s", "p", "o", "base", "world")
_STEP_SCHEMA: Final = (
    "plan int, mask int, repeats int, "
    "place_s int, code_s long, place_p int, code_p long, place_o int, code_o long"
)
_HEAD_SCHEMA: Final = (
    "plan int, rule int, rule_base int, rule_world long, "
    "place_s int, code_s long, place_p int, code_p long, place_o int, code_o long, "
    "needed array<int>, comparisons array<struct<"
    "left_place:int,left_code:long,right_place:int,right_code:long,is_equal:boolean>>"
)


_COMPARED: Final = ("left_place", "left_code", "right_place", "right_code", "is_equal")


@dataclass(frozen=True)
class Round:
    """The tables of one round.

    `delta` has the triples of the last round, which are `rows`, and `facts` all. `is_small` says
    that each executor can hold what the plans find of `delta`, so that `facts` need not be moved.
    """

    delta: DataFrame
    facts: DataFrame
    rows: int
    is_small: bool = False


class Matcher:
    """Matches plans; `code_of` gives the code of a constant, `world_of` that of a world.

    `terms` decodes codes, for filters that need the terms themselves.
    """

    def __init__(
        self,
        spark: SparkSession,
        rules: Sequence[Rule],
        code_of: Callable[[Term], int],
        world_of: Callable[[World | None], int],
        terms: DataFrame,
    ) -> None:
        self._spark, self._rules, self._code_of, self._terms = spark, rules, code_of, terms
        self._world_of = world_of

    def derive(self, plans: Sequence[Plan], tables: Round, premises: int = 0) -> DataFrame | None:
        """Return the heads of all matches: triple, standing and rule, repeated and known ones too.

        With `premises`, the places of that many triples follow, as columns `y0`, `y1`, …, in the
        order of the rule's body. None if there are no plans.
        """
        parts = []
        for rows, own in self._match(plans, tables):
            for has_conditions in (False, True):
                kind = [plan for plan in own if bool(plan.conditions) == has_conditions]
                if kind:
                    parts.append(self._conclude(rows, kind, premises))
        return reduce(DataFrame.unionByName, parts) if parts else None

    def _match(
        self, plans: Sequence[Plan], tables: Round
    ) -> Iterable[tuple[DataFrame, Sequence[Plan]]]:
        """Yield the matches of the plans of each depth."""
        if not plans:
            return
        rows = self._start(plans, tables.delta)
        for depth in range(1, max(plan.depth for plan in plans) + 1):
            if depth > 1:
                longer = [plan for plan in plans if plan.depth >= depth]
                rows = self._extend(rows, longer, depth - 1, tables)
            ended = [plan for plan in plans if plan.depth == depth]
            if ended:
                yield rows.where(F.col("depth") == depth).drop("depth"), ended

    def _start(self, plans: Sequence[Plan], delta: DataFrame) -> DataFrame:
        """Match the first pattern of each plan."""
        rows = [(plan.number, *self._lookup(plan.steps[0]), plan.depth) for plan in plans]
        table = small_table(self._spark, rows, f"{_STEP_SCHEMA}, depth int")
        starts = table.select(
            _key("mask", "code_").alias("key"),
            "plan",
            "depth",
            "repeats",
            *(f"code_{place}" for place in "spo"),
        )
        keyed = self._keyed(delta, [plan.steps[0] for plan in plans])
        return (
            keyed.join(F.broadcast(starts), "key")
            .where(_agrees("code_"))
            .select(
                "plan",
                "depth",
                *(F.col(place).alias(f"x{i}") for i, place in enumerate("spo")),
                "base",
                "world",
            )
        )

    def _extend(
        self, rows: DataFrame, plans: Sequence[Plan], depth: int, tables: Round
    ) -> DataFrame:
        """Match the next pattern of each plan that has one."""
        lookups = [(plan.number, *self._lookup(plan.steps[depth])) for plan in plans]
        table = small_table(self._spark, lookups, _STEP_SCHEMA)
        known = [f"x{i}" for i in range(3 * depth)]
        wanted = [_pick(place, 3 * depth).alias(f"v_{place}") for place in "spo"]
        probes = (
            rows.join(F.broadcast(table), "plan")
            .select(
                "plan",
                "depth",
                *known,
                F.col("base").alias("base_so_far"),
                F.col("world").alias("world_so_far"),
                "mask",
                "repeats",
                *wanted,
            )
            .withColumn("key", _key("mask", "v_"))
            .drop("mask")
        )
        if tables.is_small and depth == 1:
            probes = F.broadcast(probes)
        keyed = self._keyed(tables.facts, [plan.steps[depth] for plan in plans])
        in_one_world = _in_one_world("world_so_far", "world")
        return (
            keyed.join(probes, "key")
            .where(_agrees("v_") & in_one_world)
            .select(
                "plan",
                "depth",
                *known,
                *(F.col(place).alias(f"x{3 * depth + i}") for i, place in enumerate("spo")),
                F.greatest("base", "base_so_far").alias("base"),
                F.greatest("world", "world_so_far").alias("world"),
            )
        )

    def _keyed(self, facts: DataFrame, steps: Iterable[Step]) -> DataFrame:
        """Return the triples with the key of each access path by which a plan looks them up."""
        masks: dict[int | None, set[int]] = defaultdict(set)
        for step in steps:
            predicate = step.slots[1].constant
            masks[None if predicate is None else self._code_of(predicate)].add(step.mask)
        everywhere = masks.pop(None, set())
        rows = [(code, sorted(own | everywhere)) for code, own in masks.items()]
        table = small_table(self._spark, rows, "wanted long, masks array<int>")
        columns = [F.col(name) for name in _FACT_COLUMNS]
        always = F.array(*map(F.lit, sorted(everywhere))).cast("array<int>")
        if rows:
            joined = facts.join(
                F.broadcast(table), F.col("p") == F.col("wanted"), "left" if everywhere else "inner"
            )
            paths = F.coalesce("masks", always) if everywhere else F.col("masks")
        else:
            joined, paths = facts, always
        exploded = joined.select(*columns, F.explode(paths).alias("path"))
        return exploded.select(*columns, _key("path").alias("key"))

    def _conclude(self, rows: DataFrame, plans: Sequence[Plan], premises: int) -> DataFrame:
        """Return the heads of the matches of these plans, which all have conditions, or none."""
        depth = plans[0].depth
        if plans[0].conditions:
            rows = meet_conditions(self._spark, rows, plans, self._terms, depth)
        matched = rows.join(F.broadcast(self._heads(plans)), "plan")
        holds = _in_one_world("world", "rule_world") & _meets_comparisons(3 * depth)
        concluded = matched.where(holds).select(
            *(_pick(place, 3 * depth).alias(place) for place in "spo"),
            F.greatest("base", "rule_base").alias("base"),
            F.greatest("world", "rule_world").alias("world"),
            "rule",
            *_ordered_premises(plans, depth, premises),
        )
        is_triple = (F.col("s") > 0) & is_iri(F.col("p"))
        return concluded.where(is_triple | F.col("p").isNull())

    def _heads(self, plans: Sequence[Plan]) -> DataFrame:
        rows = []
        for plan in plans:
            rule = self._rules[plan.rule]
            comparisons = [
                dict(zip(_COMPARED, (*self._coded(left), *self._coded(right), same), strict=True))
                for left, right, same in plan.comparisons
            ]
            # The head of a contradiction has no terms.
            alone = Head((Slot(), Slot(), Slot()), plan.rule, rule.base, rule.world, ())
            for head in plan.heads or (alone,):
                codes = (part for slot in head.slots for part in self._coded(slot))
                standing = (int(head.base), self._world_of(head.world))
                row = (plan.number, head.rule, *standing, *codes, head.needed, comparisons)
                rows.append(row)
        return small_table(self._spark, rows, _HEAD_SCHEMA)

    def _lookup(self, step: Step) -> tuple[int | None, ...]:
        codes = [part for slot in step.slots for part in self._coded(slot)]
        return step.mask, step.repeats, *codes

    def _coded(self, slot: Slot) -> tuple[int | None, int | None]:
        code = None if slot.constant is None else self._code_of(slot.constant)
        return slot.place, code


def _ordered_premises(plans: Sequence[Plan], depth: int, premises: int) -> list[Column]:
    """Return the columns of the matched triples in the order of the rule's body."""
    columns = []
    for position in range(premises):
        steps: dict[int, list[int]] = defaultdict(list)
        for plan in plans if position < depth else ():
            steps[plan.places[position]].append(plan.number)
        for place in range(3):
            cases = [
                f"WHEN plan IN ({', '.join(map(str, numbers))}) THEN x{3 * step + place}"
                for step, numbers in steps.items()
            ]
            value = f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS BIGINT)"
            columns.append(F.expr(value).alias(f"y{3 * position + place}"))
    return columns


# Expressions in SQL, because each step of building one in Python is a call of Java.


def _key(path: str, prefix: str = "") -> Column:
    """Return the hash of an access path and of the terms in the places that it looks up."""
    places = zip((SUBJECT, PREDICATE, OBJECT), "spo", strict=True)
    values = [f"CASE WHEN {path} & {bit} != 0 THEN {prefix}{x} ELSE 0L END" for bit, x in places]
    return F.expr(f"xxhash64({path}, {', '.join(values)})")


def _agrees(prefix: str) -> Column:
    """Return whether a triple has the wanted terms, where any are, and the repeated variables."""
    wanted = [f"({prefix}{x} IS NULL OR {prefix}{x} = {x})" for x in "spo"]
    pairs = (
        (SUBJECT_IS_PREDICATE, "s = p"),
        (PREDICATE_IS_OBJECT, "p = o"),
        (SUBJECT_IS_OBJECT, "s = o"),
    )
    repeated = [f"(repeats & {bit} = 0 OR {is_same})" for bit, is_same in pairs]
    return F.expr(" AND ".join([*wanted, *repeated]))


def _in_one_world(one: str, other: str) -> Column:
    """Return whether one of two worlds is none, or both are the same."""
    return F.expr(f"{one} = {_NO_WORLD} OR {other} = {_NO_WORLD} OR {one} = {other}")


def _pick(place: str, width: int) -> Column:
    """Return the term that a slot stands for: one of the row's first `width`, or its constant."""
    cases = " ".join(f"WHEN {i} THEN x{i}" for i in range(width))
    return F.expr(f"CASE place_{place} {cases} ELSE code_{place} END")


def _meets_comparisons(width: int) -> Column:
    """Return whether each comparison of two slots has the wanted result, and names are needed."""
    places = f"array({', '.join(f'x{i}' for i in range(width))})"
    left, right = (
        f"coalesce(get({places}, each.{side}_place), each.{side}_code)"
        for side in ("left", "right")
    )
    are_equal = f"forall(comparisons, each -> ({left} = {right}) = each.is_equal)"
    return F.expr(f"{are_equal} AND forall(needed, place -> get({places}, place) > 0)")
