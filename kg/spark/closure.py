"""Run rounds until one adds nothing (a fixpoint), and keep the triples of each in Parquet.

What a round adds is written to the work folder and read again, so that no plan of Spark grows with
the rounds, memory holds nothing between them, and a lost executor costs only its own tasks.

The first rounds apply the rules with one pattern, which need no join; then the others are matched
once with all triples, and from there on all rules with what the last round has added.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from time import monotonic
from typing import Final

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from kg.errors import LimitExceeded
from kg.reasoning.rules.rule import Rule
from kg.spark.estimates import foresee
from kg.spark.locations import remove
from kg.spark.plans import Plan, Program
from kg.spark.rounds import FACTS_SCHEMA, Matcher, Round

# Up to this number of rows, executors get a copy of a table instead of moving the other one.
_SMALL: Final = 200_000
# The rule of asserted triples.
ASSERTED: Final = -1
_TRIPLE: Final = ("s", "p", "o")
_STANDING: Final = ("base", "world")


class Limits:
    """The most triples that may be derived, and the seconds that this may take once started."""

    def __init__(self, max_triples: int, max_seconds: float) -> None:
        self.max_triples, self.max_seconds = max_triples, max_seconds
        self.start()

    def start(self) -> None:
        """Begin to measure the time."""
        self._end = monotonic() + self.max_seconds

    def check_foreseen(self, count: int, rule: str) -> None:
        """Raise LimitExceeded if a rule will derive more triples than are allowed."""
        if count > self.max_triples:
            reason = f"With the rule {rule} there would be about {count:,} triples. "
            remedy = "Remove the rule or raise the limit."
            raise LimitExceeded("max_triples", self.max_triples, reason + remedy)

    def check(self, derived: int, rule: str) -> None:
        """Raise LimitExceeded if one is exceeded; `rule` has derived most in the last round."""
        if derived > self.max_triples:
            reason = f"There are {derived:,} triples; {rule} derived most in the last round."
            raise LimitExceeded("max_triples", self.max_triples, reason)
        if monotonic() > self._end:
            reason = f"The rule {rule} derived most in the last round."
            raise LimitExceeded("max_seconds", self.max_seconds, reason)


class Storage:
    """Tables in folders below a work folder, which is on a Hadoop file system or local."""

    def __init__(self, spark: SparkSession, folder: str) -> None:
        self._spark, self._folder = spark, folder.rstrip("/")

    @property
    def spark(self) -> SparkSession:
        """The session that reads and writes the tables."""
        return self._spark

    def write(self, name: str, frame: DataFrame) -> str:
        """Write a table and return its folder."""
        path = f"{self._folder}/{name}"
        frame.write.mode("overwrite").parquet(path)
        return path

    def read(self, paths: Sequence[str], schema: str) -> DataFrame:
        """Return the rows of several folders; a column that one lacks is null there."""
        return self._spark.read.schema(schema).parquet(*paths)

    def remove(self, path: str) -> None:
        """Delete a folder that is no longer needed."""
        remove(self._spark, path)


class Closure:
    """The triples so far, in folders: those asserted, and those that each round added.

    `counts` has how many triples each rule derived, by its index. With `premises`, each derived
    triple keeps its rule, its round and that many premises of its first derivation. With
    `has_standings`, a triple may be there several times, at several standings.
    """

    def __init__(
        self,
        storage: Storage,
        rules: Sequence[Rule],
        limits: Limits,
        tell: Callable[[str], None],
        *,
        premises: int = 0,
        has_standings: bool = False,
    ) -> None:
        self._storage, self._rules, self._limits, self._tell = storage, rules, limits, tell
        self._premises, self._has_standings = premises, has_standings
        columns = "".join(f", y{i} long" for i in range(3 * premises))
        self.schema = f"{FACTS_SCHEMA}, rule int, round int{columns}"
        self.paths: list[str] = []
        self.counts: Counter[int] = Counter()
        self.rounds = 0

    @property
    def derived(self) -> int:
        """The number of derived triples."""
        return self.counts.total()

    def add(self, name: str, rows: DataFrame) -> None:
        """Add triples before the first round."""
        self.paths.append(self._storage.write(name, rows))

    def facts(self) -> DataFrame:
        """Return all triples."""
        return self._storage.read(self.paths, FACTS_SCHEMA)

    def rows(self) -> DataFrame:
        """Return all triples with rules, rounds and premises."""
        return self._storage.read(self.paths, self.schema)

    def replace(self, name: str, rows: DataFrame, *, kept: str) -> None:
        """Put other triples in the place of all; delete their folders, except one that is kept."""
        old, self.paths = self.paths, [self._storage.write(name, rows)]
        for path in old:
            if path != kept:
                self._storage.remove(path)

    def run(self, matcher: Matcher, program: Program) -> bool:
        """Derive from all triples until a round adds nothing; raise LimitExceeded.

        Return False as soon as triples contradict each other outside of worlds.
        """
        for phase, plans in enumerate(program.phases()):
            active, facts = plans, self.facts()
            tables, is_linear = Round(facts, facts, facts.count()), None if phase else True
            while active:
                self._foresee(matcher, active, tables)
                found = matcher.derive(active, tables, self._premises)
                if found is None:
                    break
                counts, path, is_consistent = self._add_new(found, tables)
                if not is_consistent:
                    return False
                self.rounds += 1
                self.counts.update(counts)
                self._tell(f"round {self.rounds}: {self.derived:,} derived")
                most = max(counts, key=lambda rule: counts[rule], default=0)
                self._limits.check(self.derived, self._rules[most].name)
                active = program.triggered(counts, is_linear=is_linear)
                if active:
                    delta, rows = self._storage.read([path], FACTS_SCHEMA), counts.total()
                    tables = Round(delta, self.facts(), rows, is_small=rows <= _SMALL)
        return True

    def _foresee(self, matcher: Matcher, active: Sequence[Plan], tables: Round) -> None:
        for rule, count in foresee(matcher, active, tables).most_common(1):
            self._limits.check_foreseen(count, self._rules[rule].name)

    def _add_new(self, found: DataFrame, tables: Round) -> tuple[Counter[int], str, bool]:
        """Write what is new of the rows found; return how many each rule derived, and where.

        The third value says whether no row is a contradiction outside of worlds.
        """
        keys = [*_TRIPLE, *(_STANDING if self._has_standings else ())]
        # A lost part is computed again from the folders of earlier rounds.
        candidates = found.dropDuplicates(keys).persist()
        try:
            clashes = F.count_if(F.col("p").isNull() & (F.col("world") == 0))
            (row,) = candidates.agg(F.count("*").alias("rows"), clashes.alias("clashes")).collect()
            target = f"round-{self.rounds + 1}"
            if row["clashes"] or not row["rows"]:
                return Counter(), target, not row["clashes"]
            known = tables.facts
            if row["rows"] <= _SMALL:
                # Only the known triples that may be meant are compared, and they are not moved.
                wanted = F.broadcast(candidates.select(*_TRIPLE).distinct())
                known = F.broadcast(known.join(wanted, [*_TRIPLE], "left_semi"))
            triples = candidates.where("p IS NOT NULL").alias("new")
            new = triples.join(known.alias("known"), self._is_known(), "left_anti")
            new = new.withColumn("round", F.lit(self.rounds + 1))
            target = self._storage.write(target, new)
        finally:
            candidates.unpersist()
        by_rule = self._storage.read([target], "rule int").groupBy("rule").count().collect()
        counts = Counter({row["rule"]: row["count"] for row in by_rule})
        if counts:
            self.paths.append(target)
        return counts, target, True

    def _is_known(self) -> Column:
        """Return whether a new row stands where a known one stands, too."""
        same = [F.col(f"new.{name}") == F.col(f"known.{name}") for name in _TRIPLE]
        if self._has_standings:
            world = F.col("known.world")
            same.append((world == 0) | (world == F.col("new.world")))
            same.append(F.col("known.base") <= F.col("new.base"))
        return reduce(Column.__and__, same)
