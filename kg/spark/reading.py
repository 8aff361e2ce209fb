"""Read N-Triples, N-Quads and Parquet from any Hadoop file system as spellings of terms.

Lines of canonical N-Triples or N-Quads are split by Spark itself; all other lines are parsed by
Python, which the executors start only if there are such lines.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql import types as T  # noqa: N812

from kg.errors import MalformedInput
from kg.spark.closure import Storage
from kg.spark.locations import JAVA_ERRORS, first_line

QUADS_SCHEMA: Final = "subject string, predicate string, object string, graph string"
_IRI: Final = r"<[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*>"
_BLANK: Final = r"_:[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?"
_LITERAL: Final = (
    r'"[^"\\\x00-\x1f\x7f]*"(?:@[a-z]+(?:-[a-z0-9]+)*'
    rf"|\^\^(?!<http://www\.w3\.org/2001/XMLSchema#string>){_IRI})?"
)
# Subject, predicate, object and perhaps graph; the same spellings that `TermDictionary` accepts.
_START: Final = rf"^(?:{_IRI}|{_BLANK}) {_IRI} (?:{_IRI}|{_BLANK}|{_LITERAL})"
_TRIPLE: Final = rf"{_START} ?\.$"
_QUAD: Final = rf"{_START}(?: (?:{_IRI}|{_BLANK}))? ?\.$"
_EMPTY: Final = r"^\s*(?:#.*)?$"
_EXTENSION: Final = re.compile(r"\.(nt|nq|parquet)(?:\.(?:gz|bz2|zst))?/*$")
_QUAD_PARTS: Final = ("subject", "predicate", "object", "graph")


def format_of_location(location: str) -> str:
    """Return `nt`, `nq` or `parquet` for a file, a folder or a pattern of Hadoop; or refuse it.

    Raises MalformedInput for any other extension.
    """
    match = _EXTENSION.search(location)
    if match is None:
        expected = "expected .nt, .nq (perhaps with .gz, .bz2 or .zst) or .parquet"
        raise MalformedInput(f"{location}: {expected}, as a file or as a folder of parts")
    return match[1]


class Quads(NamedTuple):
    """Triples or quads as spellings, and how many were left out because of a triple term.

    The graph is null for the default graph.
    """

    table: DataFrame
    left_out: int


def read_quads(storage: Storage, locations: Sequence[str]) -> Quads:
    """Return the triples or quads of all locations, which are split into terms once.

    Blank nodes keep their labels in the first location, and files of one location share them; in
    later locations they get labels of their own.

    Raises MalformedInput if a location cannot be read or has a line that is not RDF.
    """
    read = [_read(storage, location, number) for number, location in enumerate(locations)]
    union = read[0].table
    prefix = _label_prefix(union) if len(read) > 1 else ""
    for number, quads in enumerate(read[1:], start=1):
        renamed = {name: _renamed(F.col(name), f"{prefix}{number}-") for name in _QUAD_PARTS}
        union = union.unionByName(quads.table.withColumns(renamed))
    return Quads(union, sum(quads.left_out for quads in read))


def _read(storage: Storage, location: str, number: int) -> Quads:
    try:
        if format_of_location(location) == "parquet":
            return _read_parquet(storage.spark, location)
        return _read_lines(storage, location, number)
    except JAVA_ERRORS as error:
        raise MalformedInput(f"{location}: {first_line(error)}") from error


def _read_parquet(spark: SparkSession, location: str) -> Quads:
    frame = spark.read.parquet(location)
    missing = {"subject", "predicate", "object"}.difference(frame.columns)
    if missing:
        raise MalformedInput(f"{location}: the column {min(missing)} is missing")
    graph = F.col("graph") if "graph" in frame.columns else F.lit(None)
    quads = frame.select("subject", "predicate", "object", graph.cast("string").alias("graph"))
    has_triple_term = F.col("subject").startswith("<<") | F.col("object").startswith("<<")
    return Quads(quads.where(~has_triple_term), quads.where(has_triple_term).count())


def _read_lines(storage: Storage, location: str, number: int) -> Quads:
    line = F.col("value")
    # A regular expression takes most of the time of reading, so a graph is sought only in quads.
    has_graphs = format_of_location(location) == "nq"
    is_canonical = line.rlike(_QUAD if has_graphs else _TRIPLE)
    is_other = ~is_canonical & ~line.rlike(_EMPTY)
    split = storage.spark.read.text(location).select(
        *(
            F.when(is_canonical, part).alias(name)
            for part, name in _parts(line, has_graphs=has_graphs)
        ),
        F.when(is_other, line).alias("line"),
    )
    path = storage.write(f"read-{number}", split)
    lines = storage.read([path], f"{QUADS_SCHEMA}, line string")
    canonical = lines.where("subject IS NOT NULL").drop("line")
    others = lines.where("line IS NOT NULL")
    if others.isEmpty():
        return Quads(canonical, 0)
    parts = F.udf(_parse_line, T.ArrayType(T.StringType()), useArrow=False)(F.col("line"))
    path = storage.write(f"parsed-{number}", others.select(parts.alias("parts")))
    parsed = storage.read([path], "parts array<string>")
    wrong = parsed.where(F.size("parts") == 1).first()
    if wrong is not None:
        raise MalformedInput(f"{location}: {wrong['parts'][0]}")
    named = (F.get("parts", F.lit(i)).alias(name) for i, name in enumerate(_QUAD_PARTS))
    quads = parsed.where(F.size("parts") == len(_QUAD_PARTS)).select(*named)
    return Quads(canonical.unionByName(quads), parsed.where("parts IS NULL").count())


def _parts(line: Column, *, has_graphs: bool) -> list[tuple[Column, str]]:
    """Return the parts of a canonical line, found from both ends without the whole pattern."""
    pieces = F.split(line, " ", 3)
    rest = F.get(pieces, F.lit(2))
    rest = F.rtrim(F.substring(rest, F.lit(1), F.length(rest) - 1))
    object_, graph = rest, F.lit(None).cast("string")
    if has_graphs:
        # The last piece of a literal has a quotation mark, which no name has.
        last = F.substring_index(rest, " ", -1)
        has_graph = (F.length(last) < F.length(rest)) & ~last.contains('"')
        shorter = F.length(rest) - F.length(last) - 1
        object_ = F.when(has_graph, F.substring(rest, F.lit(1), shorter)).otherwise(rest)
        graph = F.when(has_graph, last)
    return [
        (F.get(pieces, F.lit(0)), "subject"),
        (F.get(pieces, F.lit(1)), "predicate"),
        (object_, "object"),
        (graph, "graph"),
    ]


def _renamed(spelling: Column, prefix: str) -> Column:
    label = F.concat(F.lit(f"_:{prefix}"), F.substring(spelling, 3, 1_000_000))
    return F.when(spelling.startswith("_:"), label).otherwise(spelling)


def _label_prefix(quads: DataFrame) -> str:
    """Return the start of new labels: `f`, or more of it if labels begin so already."""
    prefix = "f"
    while not quads.where(
        F.col("subject").rlike(rf"^_:{prefix}\d+-") | F.col("object").rlike(rf"^_:{prefix}\d+-")
    ).isEmpty():
        prefix += "f"
    return prefix


def _parse_line(line: str) -> list[str | None] | None:
    """Return the four spellings of a line, or one message about what is wrong in it.

    There are none for a line without a triple; None stands for one with a triple term.
    """
    from pyoxigraph import DefaultGraph, RdfFormat, Triple, parse

    try:
        quads = list(parse(line, format=RdfFormat.N_QUADS, rename_blank_nodes=False))
    except SyntaxError as error:
        return [f"{error.msg}, in the line: {line}"]
    for quad in quads:
        if not isinstance(quad.object, Triple):
            graph = None if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
            return [str(quad.subject), str(quad.predicate), str(quad.object), graph]
    return None if quads else []
