"""Equal things: one representative replaces all things that `owl:sameAs` connects.

The same rewriting as in `kg.reasoning.derivation.materialisation`, whose docstring has its source.
The groups are found here, not on the executors, so all equal things must fit into memory.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from kg.spark.term_codes import is_iri, small_table

_PLACES = ("s", "p", "o")


class Representatives:
    """The representative of each thing that is equal to others."""

    def __init__(self, spark: SparkSession, same_as: int) -> None:
        self._spark, self._same_as = spark, same_as
        self.of: Mapping[int, int] = {}

    def merge(self, facts: DataFrame) -> bool:
        """Find the groups that the `owl:sameAs` triples connect; return whether any is new.

        Literals are never merged: they are equal only if their values are.
        """
        pairs = facts.where((F.col("p") == self._same_as) & (F.col("s") != F.col("o")))
        rows = pairs.where(F.col("o") > 0).select("s", "o").distinct().toLocalIterator()
        groups = _groups([*((row.s, row.o) for row in rows), *self.of.items()])
        known, self.of = self.of, groups
        return known != groups

    def rewrite(self, facts: DataFrame) -> DataFrame:
        """Return the triples with representatives in place of equal things, each once."""
        replaced = [(code, other) for code, other in self.of.items() if code != other]
        for place in _PLACES:
            table = small_table(self._spark, replaced, "old long, new long")
            facts = (
                facts.join(F.broadcast(table), F.col(place) == F.col("old"), "left")
                .withColumn(place, F.coalesce("new", place))
                .drop("old", "new")
            )
        return facts.dropDuplicates(list(_PLACES))

    def expand(self, facts: DataFrame) -> DataFrame:
        """Return the triples of all equal things, `s`, `p` and `o`, from those of representatives.

        Of `owl:sameAs`, each thing has those that are equal to it, but not itself.
        """
        rows = [(representative, member) for member, representative in self.of.items()]
        members = small_table(self._spark, rows, "of long, member long")
        expanded = facts.where(F.col("p") != self._same_as).select(*_PLACES)
        for place in _PLACES:
            expanded = (
                expanded.join(F.broadcast(members), F.col(place) == F.col("of"), "left")
                .withColumn(place, F.coalesce("member", place))
                .drop("of", "member")
            )
        others = members.select("of", F.col("member").alias("other"))
        equal = members.join(others, "of").where("member != other")
        same = equal.select(
            F.col("member").alias("s"), F.lit(self._same_as).alias("p"), F.col("other").alias("o")
        )
        return expanded.where(is_iri(F.col("p"))).unionByName(same)


def _groups(pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    """Return the representative of each code that the pairs connect with another: an IRI if any."""
    parents: dict[int, int] = {}

    def root(code: int) -> int:
        while (parent := parents.setdefault(code, code)) != code:
            parents[code] = parents[parent]
            code = parent
        return code

    for one, other in pairs:
        parents[root(one)] = root(other)
    groups: dict[int, list[int]] = defaultdict(list)
    for code in parents:
        groups[root(code)].append(code)
    # IRIs are odd, and only an IRI can be a predicate.
    best = (min(members, key=lambda code: (code % 2 == 0, code)) for members in groups.values())
    return {
        code: representative
        for representative, members in zip(best, groups.values(), strict=True)
        for code in members
    }
