"""Locations on file systems of Hadoop, and what is left out of the data there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.errors import MalformedInput
from kg.spark.reason import Request, reason_on_spark

EX = "http://example.org/"
ONTOLOGY = f"<{EX}City> <http://www.w3.org/2000/01/rdf-schema#subClassOf> <{EX}Actor> ."
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"


@pytest.fixture
def ontology(tmp_path: Path) -> Path:
    path = tmp_path / "onto.ttl"
    path.write_text(ONTOLOGY)
    return path


@pytest.mark.parametrize(
    "option", [{"facts": ["s3a://bucket/data.nt"]}, {"work": "gopher://host/work"}]
)
def test_an_unknown_file_system_is_named(
    spark: Any, tmp_path: Path, ontology: Path, option: dict[str, Any]
) -> None:
    data = tmp_path / "data.nt"
    data.write_text(f"<{EX}a> {TYPE} <{EX}City> .\n")

    with pytest.raises(MalformedInput, match=r"//[a-z/.]+: the file system does not open \(.+\)"):
        reason_on_spark(spark, Request(**{"facts": [str(data)], "ontology": [ontology], **option}))


def test_a_missing_file_is_named(spark: Any, tmp_path: Path, ontology: Path) -> None:
    missing = (tmp_path / "missing.nt").as_uri()

    with pytest.raises(MalformedInput, match=r"missing\.nt: "):
        reason_on_spark(spark, Request([missing], [ontology]))


def test_addresses_of_files_and_parquet_are_read_and_written(
    spark: Any, tmp_path: Path, ontology: Path
) -> None:
    terms = [(f"<{EX}{name}>", TYPE, f"<{EX}City>") for name in "ab"]
    table = spark.createDataFrame(terms, "subject string, predicate string, object string")
    data, out, work = ((tmp_path / name).as_uri() for name in ("in.parquet", "o.parquet", "work"))
    table.write.parquet(data)

    reason_on_spark(spark, Request([data], [ontology], out=out, work=work))

    rows = {tuple(row) for row in spark.read.parquet(out).collect()}
    assert rows == {(f"<{EX}{name}>", TYPE, f"<{EX}Actor>") for name in "ab"}
    # The folder of this run is gone.
    assert list((tmp_path / "work").iterdir()) == []


def test_triples_with_triple_terms_are_left_out_and_counted(
    spark: Any,
    tmp_path: Path,
    ontology: Path,
    derived_in_one_process: Callable[..., set[str]],
) -> None:
    term = f"<<( <{EX}a> {TYPE} <{EX}City> )>>"
    data, more = tmp_path / "data.nt", (tmp_path / "more.parquet").as_uri()
    data.write_text(f"<{EX}a> <{EX}says> {term} .\n# nothing\n<{EX}b> {TYPE} <{EX}City> .\n")
    columns = "subject string, predicate string, object string"
    spark.createDataFrame([(f"<{EX}a>", f"<{EX}says>", term)], columns).write.parquet(more)
    out = tmp_path / "out.nt"

    report = reason_on_spark(spark, Request([str(data), more], [ontology], out=str(out)))

    lines = {line for part in out.glob("part-*") for line in part.read_text().splitlines()}
    assert lines == derived_in_one_process([data], [ontology])
    # Two of the data, one of the ontology, one of the table.
    assert (report.statements, report.left_out, report.derived) == (4, 2, 1)


def test_a_graph_is_told_from_the_end_of_a_literal(spark: Any, tmp_path: Path) -> None:
    objects = ['"a <b>"', f'"a <b>"^^<{EX}c>', '"_:b"@en', '" "', f"<{EX}o>"]
    data, rules, out = tmp_path / "data.nq", tmp_path / "rules", tmp_path / "out.nt"
    lines = [
        f"<{EX}{i}> <{EX}p> {object_}{graph} ."
        for i, object_ in enumerate(objects)
        for graph in ("", f" <{EX}g>", " _:g")
    ]
    data.write_text("\n".join(lines))
    rules.mkdir()
    (rules / "copy.rq").write_text(f"CONSTRUCT {{ ?x <{EX}q> ?y }} WHERE {{ ?x <{EX}p> ?y }}")

    reason_on_spark(spark, Request([str(data)], rules=rules, out=str(out)))

    found = {line for part in out.glob("part-*") for line in part.read_text().splitlines()}
    assert found == {f"<{EX}{i}> <{EX}q> {object_} ." for i, object_ in enumerate(objects)}
