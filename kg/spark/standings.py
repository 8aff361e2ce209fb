"""Bases and worlds: where asserted triples stand, and the graphs of what is derived.

Quads are read as those of a release: `graph:meta` has the status of each evidence graph, and
`glocal:heldBy` the holders of a claim. The world of a claim is its holder; hypotheses and plans
have the IRI of their status.
"""

from typing import Final

from pyoxigraph import NamedNode
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from kg.namespaces import GLOCAL, GRAPH, RDF
from kg.reasoning.derivation.release_graphs import ENTITIES, META
from kg.spark.term_codes import small_table
from kg.statuses import SUPPOSED, Base, Status, World, standing_of, status_of_type
from kg.store.views import graph_of_base

_STANDING_SCHEMA: Final = "status string, base int, world string, is_claim boolean"
_COLUMNS: Final = ("subject", "predicate", "object", "base", "world")


def world_iri(world: World) -> NamedNode:
    """Return the IRI that stands for a world: its holder, or the status of what is supposed."""
    return world.holder or world.status.iri


def read_premises(spark: SparkSession, quads: DataFrame) -> DataFrame:
    """Return the triples that reasoning starts from, with `base` and `world` (a spelling or null).

    The same as `release_graphs.premises_of`: a claim is there for each of its holders, and the
    type of an entity is a fact if a passage names the entity. The derived graphs of a release are
    left out.
    """
    described = quads.where(F.col("graph") == str(META))
    is_derived = _is(RDF["type"]) & (F.col("object") == str(GLOCAL["DerivedGraph"]))
    derived = described.where(is_derived).select(F.col("subject").alias("evidence"))
    statuses = (
        described.where(_is(GLOCAL["hasStatus"]))
        .select(F.col("subject").alias("evidence"), F.col("object").alias("status"))
        .join(derived, "evidence", "left_anti")
        .join(F.broadcast(_standings(spark)), "status")
        .distinct()
    )
    holders = (
        quads.where(_is(GLOCAL["heldBy"]) & F.col("object").startswith("<"))
        .select(F.col("subject").alias("claimed"), F.col("object").alias("holder"))
        .distinct()
    )
    is_type = (F.col("graph") == str(ENTITIES)) & _is(RDF["type"])
    stated = (
        quads.where(F.col("graph").isNotNull() & ~is_type)
        .join(statuses, F.col("graph") == F.col("evidence"))
        .join(holders, F.col("is_claim") & (F.col("graph") == F.col("claimed")), "left")
        .where(~F.col("is_claim") | F.col("holder").isNotNull())
        .withColumn("world", F.when(F.col("is_claim"), F.col("holder")).otherwise(F.col("world")))
    )
    named = quads.where(_is(GLOCAL["mentionedIn"])).select("subject").distinct()
    types = quads.where(is_type).join(named.withColumn("is_named", F.lit(True)), "subject", "left")
    bases = {
        is_named: status_of_type(is_named=is_named).base or Base.FACT for is_named in (True, False)
    }
    base = F.when(F.col("is_named"), int(bases[True])).otherwise(int(bases[False]))
    typed = types.withColumn("base", base).withColumn("world", F.lit(None).cast("string"))
    return stated.select(*_COLUMNS).unionByName(typed.select(*_COLUMNS)).distinct()


def graph_of_standing(base: Column, world: Column) -> Column:
    """Return the spelling of the graph of what is derived at a base and in a world."""
    graph, name = F.lit(None).cast("string"), F.regexp_extract(world, "([^/#]+)>$", 1)
    supposed = [str(status.iri) for status in SUPPOSED]
    kind = F.when(world.isin(supposed), F.concat(F.lit("derived-"), F.lower(name))).otherwise(
        F.concat(F.lit("follows-from-"), name)
    )
    for each in Base:
        in_world = F.concat(F.lit(f"<{GRAPH}"), kind, F.lit(f"-{each.name.lower()}>"))
        outside = F.lit(str(graph_of_base(each, is_derived=True)))
        graph = F.when(base == int(each), F.coalesce(in_world, outside)).otherwise(graph)
    return graph


def strongest(rows: DataFrame, known: DataFrame) -> DataFrame:
    """Return the rows that stand at no stronger base, and in no wider world, among the known."""
    one, other = rows.alias("one"), known.alias("other")

    def pair(name: str) -> tuple[Column, Column]:
        return F.col(f"one.{name}"), F.col(f"other.{name}")

    (base, its_base), (world, its_world) = pair("base"), pair("world")
    includes = ((its_world == 0) | (its_world == world)) & (its_base <= base)
    differs = (its_world != world) | (its_base != base)
    same = [left == right for left, right in map(pair, "spo")]
    return one.join(other, same[0] & same[1] & same[2] & includes & differs, "left_anti")


def _is(predicate: NamedNode) -> Column:
    return F.col("predicate") == str(predicate)


def _standings(spark: SparkSession) -> DataFrame:
    """Return the standing of each status whose statements are reasoned over."""
    rows = []
    for status in Status:
        # A claim's world is its holder, which each evidence graph names.
        standing = standing_of(status, status.iri)
        if standing is not None:
            world = None if standing.world is None else str(world_iri(standing.world))
            rows.append((str(status.iri), int(standing.base), world, status is Status.CLAIM))
    return small_table(spark, rows, _STANDING_SCHEMA)
