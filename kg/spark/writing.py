"""Write derived triples as folders of parts, and derivations with the witness of each triple."""

from collections.abc import Sequence
from typing import Any, Final

from pyspark.errors import AnalysisException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from kg.errors import MalformedInput
from kg.reasoning.rules.rule import Rule
from kg.spark.reading import format_of_location
from kg.spark.standings import graph_of_standing
from kg.spark.term_codes import small_table

_PLACES: Final = ("s", "p", "o")
_NAMES: Final = {"s": "subject", "p": "predicate", "o": "object"}
_RULES_SCHEMA: Final = "rule int, name string, sentence string, source string, location string"


def decode(rows: DataFrame, terms: DataFrame, columns: Sequence[str]) -> DataFrame:
    """Return the rows with the spellings of terms in place of their codes in these columns."""
    for column in columns:
        decoder = terms.select(F.col("code").alias(column), F.col("spelling").alias("decoded"))
        if column == "p":
            # There are few predicates, so only these few rows are looked up.
            decoder = F.broadcast(decoder.join(rows.select(column).distinct(), column))
        joined = rows.join(decoder, column, "left")
        rows = joined.withColumn(column, F.col("decoded")).drop("decoded")
    return rows


def write_derived(
    rows: DataFrame, terms: DataFrame, location: str, *, has_standings: bool = False
) -> None:
    """Write triples, or quads in the graphs of their standings, in the format of the extension.

    Raises MalformedInput if the location exists.
    """
    columns = [*_PLACES, "world"] if has_standings else list(_PLACES)
    spelled = decode(rows, terms, columns)
    graph = graph_of_standing(F.col("base"), F.col("world")) if has_standings else F.lit(None)
    named = spelled.withColumn("graph", graph.cast("string"))
    kind = format_of_location(location)
    try:
        if kind == "parquet":
            base = [F.col(name) for name in ("base", "world", "graph") if has_standings]
            places: list[Column] = [F.col(place).alias(name) for place, name in _NAMES.items()]
            named.select(*places, *base).write.parquet(location)
        else:
            parts: list[Any] = [*_PLACES, *(["graph"] if kind == "nq" else []), F.lit(".")]
            options = {"compression": "gzip"} if location.rstrip("/").endswith(".gz") else {}
            # A null, the default graph, is left out.
            lines = named.select(F.concat_ws(" ", *parts).alias("value"))
            lines.write.options(**options).text(location)
    except AnalysisException as error:
        raise MalformedInput(f"{location}: {str(error).partition(chr(10))[0]}") from error


def write_derivation(
    spark: SparkSession, rows: DataFrame, terms: DataFrame, rules: Sequence[Rule], folder: str
) -> None:
    """Write all triples with rule, round and premises, the terms, and the rules, as Parquet.

    Triples are sorted by subject and terms by spelling, so that a reader finds one in few blocks.
    """
    columns = [name for name in rows.columns if name.startswith("y")]
    places = F.array(*columns).cast("array<long>")
    premises = F.filter(places, lambda code: code.isNotNull()).alias("premises")
    kept = rows.select("s", "p", "o", "base", "world", "rule", "round", premises)
    parts = {
        "facts": kept.repartitionByRange("s").sortWithinPartitions("s", "p", "o"),
        "terms": terms.repartitionByRange("spelling").sortWithinPartitions("spelling"),
        "rules": small_table(spark, _rule_rows(rules), _RULES_SCHEMA),
    }
    for name, frame in parts.items():
        frame.write.parquet(f"{folder.rstrip('/')}/{name}")


def _rule_rows(rules: Sequence[Rule]) -> list[tuple[int, str, str, str, str]]:
    return [
        (index, rule.name, rule.sentence.get("en", ""), rule.source, rule.location)
        for index, rule in enumerate(rules)
    ]
