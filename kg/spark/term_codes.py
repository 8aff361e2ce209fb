"""Terms as integers of 64 bits: a hash of the spelling, with the kind of term in it.

A hash needs no dictionary to encode with, which would be a join of the whole data for each place
of a triple. Two terms with the same hash would be taken for one, so the dictionary, which decodes,
is checked for them; then everything is encoded anew with another seed. Literals are negative, IRIs
positive and odd, blank nodes positive and even; 0 stands for no term.
"""

import json
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Final

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import StructType

# 62 bits of the hash less the lowest; the highest of them is set, so that no code is near 0.
_HASH_BITS: Final = 0x3FFF_FFFF_FFFF_FFFE
_NEVER_ZERO: Final = 0x4000_0000_0000_0000
SEEDS: Final = 3
_ROWS_IN_A_PLAN: Final = 10_000
TERMS_SCHEMA: Final = "code long, spelling string"


def code_of(spelling: Column, seed: int) -> Column:
    """Return the code of a canonical N-Triples spelling."""
    number = (
        F.xxhash64(spelling, F.lit(seed))
        .bitwiseAND(F.lit(_HASH_BITS))
        .bitwiseOR(F.lit(_NEVER_ZERO))
    )
    first = F.substring(spelling, 1, 1)
    return F.when(first == '"', -number - 1).when(first == "<", number + 1).otherwise(number)


def is_iri(code: Column) -> Column:
    """Return whether the code stands for an IRI."""
    return (code > 0) & (code.bitwiseAND(F.lit(1)) == 1)


def encode_spellings(spark: SparkSession, spellings: Iterable[str], seed: int) -> dict[str, int]:
    """Return the codes of a few spellings, such as the constants of rules."""
    rows = [(spelling,) for spelling in sorted(set(spellings))]
    frame = small_table(spark, rows, "spelling string")
    coded = frame.select("spelling", code_of(F.col("spelling"), seed).alias("code"))
    return {row.spelling: row.code for row in coded.collect()}


def small_table(spark: SparkSession, rows: Sequence[tuple[Any, ...]], schema: str) -> DataFrame:
    """Return rows that are known here as a table.

    Up to some thousands of rows are a constant of the plan, which starts no job of its own.
    """
    if len(rows) > _ROWS_IN_A_PLAN:
        with warnings.catch_warnings():
            # Where pandas is there, pyspark looks at its version.
            warnings.simplefilter("ignore", FutureWarning)
            return spark.createDataFrame(list(rows), schema)
    columns: Any = StructType.fromDDL(schema)
    content = json.dumps([dict(zip(columns.names, row, strict=True)) for row in rows])
    query = "SELECT inline(from_json(:content, :schema))"
    return spark.sql(query, args={"content": content, "schema": f"array<struct<{schema}>>"})


def collisions(terms: DataFrame) -> bool:
    """Return whether two spellings have one code."""
    return not terms.groupBy("code").count().where("count > 1").isEmpty()
