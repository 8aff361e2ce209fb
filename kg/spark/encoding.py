"""Encode what is read, and the constants of the rules, and keep the dictionary."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from kg.reasoning.rules.patterns import Term
from kg.spark.closure import ASSERTED, Storage
from kg.spark.errors import CodesCollide
from kg.spark.term_codes import (
    SEEDS,
    TERMS_SCHEMA,
    code_of,
    collisions,
    encode_spellings,
    small_table,
)

_SPELLED: Final = {"s": "subject", "p": "predicate", "o": "object"}


@dataclass(frozen=True)
class Encoded:
    """The folder of the asserted triples, the dictionary, and the codes of constants."""

    asserted: str
    terms: DataFrame
    codes: dict[str, int]


def encode(
    spark: SparkSession,
    storage: Storage,
    premises: DataFrame,
    constants: Iterable[Term],
    wanted: Iterable[NamedNode] | None,
) -> Encoded:
    """Write the premises with a wanted predicate (None: all) as codes, each once.

    `premises` have subject, predicate, object, base and world (null for none). Raises CodesCollide
    if no seed gives every term a code of its own.
    """
    spellings = sorted({str(term) for term in constants})
    if wanted is not None:
        premises = premises.where(F.col("predicate").isin([*map(str, wanted)]))
    for seed in range(SEEDS):
        codes = encode_spellings(spark, spellings, seed)
        coded = premises.select(
            *(code_of(F.col(name), seed).alias(place) for place, name in _SPELLED.items()),
            F.col("base").cast("int").alias("base"),
            F.when(F.col("world").isNull(), F.lit(0).cast("long"))
            .otherwise(code_of(F.col("world"), seed))
            .alias("world"),
            F.lit(ASSERTED).alias("rule"),
            F.lit(0).alias("round"),
        ).dropDuplicates(["s", "p", "o", "base", "world"])
        asserted = storage.write("asserted", coded)
        mentioned = premises.select(
            F.explode(F.array(*_SPELLED.values(), "world")).alias("spelling")
        ).where("spelling IS NOT NULL")
        of_rules = small_table(spark, [(each,) for each in spellings], "spelling string")
        distinct = mentioned.unionByName(of_rules).distinct()
        dictionary = distinct.select(code_of(F.col("spelling"), seed).alias("code"), "spelling")
        path = storage.write("terms", dictionary)
        terms = storage.read([path], TERMS_SCHEMA)
        if not collisions(terms):
            return Encoded(asserted, terms, codes)
    raise CodesCollide(SEEDS)
