"""`glocal reason --on`, its limits and errors, and proofs that need no Spark."""

import re
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import RdfFormat, parse, serialize
from typer.testing import CliRunner

from benchmarks import governance
from kg.cli import app
from kg.errors import Contradiction, LimitExceeded, MalformedInput
from kg.spark.errors import SparkUnavailable
from kg.spark.explanation import StoredDerivation
from kg.spark.reason import Request, reason_on_spark
from kg.spark.session import master_of, read_settings, spark_session

EX = "http://example.org/"
ONTOLOGY = f"""@prefix : <{EX}> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:City rdfs:subClassOf :Actor . :memberOf rdfs:domain :City . :partOf a owl:TransitiveProperty .
:memberOf owl:inverseOf :hasMember ."""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    data, onto = tmp_path / "data.nt", tmp_path / "onto.ttl"
    onto.write_text(ONTOLOGY)
    text = f"@prefix : <{EX}> . :n :hasMember :a . :a :partOf :b . :b :partOf :c . :c :partOf :d ."
    serialize(parse(text, RdfFormat.TURTLE), str(data), RdfFormat.N_TRIPLES)
    return data, onto


def test_a_witness_is_followed_to_the_sources_without_spark(
    spark: Any, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    data, onto = files
    folder = tmp_path / "witness"
    reason_on_spark(spark, Request([str(data)], [onto], witness=str(folder)))

    result = CliRunner().invoke(
        app, ["explain", "--derivation", str(folder), f"{EX}a", "rdf:type", f"{EX}Actor"]
    )

    reasons = re.findall(r"\((?:by ([a-z]+-[a-z]+)|(asserted))", result.output)
    assert ["".join(reason) for reason in reasons] == ["cax-sco", "prp-dom", "prp-inv", "asserted"]
    assert f"{EX}n {EX}hasMember {EX}a" in result.output.splitlines()[-1]


def test_every_step_of_a_proof_is_earlier_than_its_conclusion(
    spark: Any, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    data, onto = files
    folder = tmp_path / "witness"
    reason_on_spark(spark, Request([str(data)], [onto], witness=str(folder)))

    text = StoredDerivation(folder).explain(f"{EX}a", f"{EX}partOf", f"{EX}d")

    assert text.count("(asserted)") == 3
    assert "prp-trp" in text


def test_too_many_triples_stop_the_run(spark: Any, tmp_path: Path) -> None:
    governance.write(5_000, tmp_path)
    facts, onto = tmp_path / "facts.nt", tmp_path / "ontology.ttl"

    with pytest.raises(LimitExceeded, match="max_triples: more than 100"):
        reason_on_spark(spark, Request([str(facts)], [onto], max_triples=100))


def test_the_time_limit_cancels_the_jobs_that_run(spark: Any, tmp_path: Path) -> None:
    governance.write(5_000, tmp_path)
    facts, onto = tmp_path / "facts.nt", tmp_path / "ontology.ttl"

    with pytest.raises(LimitExceeded, match=r"max_seconds: more than 0\.5"):
        reason_on_spark(spark, Request([str(facts)], [onto], max_seconds=0.5))


def test_a_line_that_is_no_rdf_is_named(spark: Any, tmp_path: Path) -> None:
    data = tmp_path / "data.nt"
    data.write_text("<http://example.org/a> nonsense .\n")

    with pytest.raises(MalformedInput, match=r"in the line: <http://example\.org/a> nonsense"):
        reason_on_spark(spark, Request([str(data)]))


def test_an_existing_output_is_not_overwritten(
    spark: Any, tmp_path: Path, files: tuple[Path, Path]
) -> None:
    (tmp_path / "out.nt").mkdir()

    with pytest.raises(MalformedInput, match="exists already"):
        reason_on_spark(spark, Request([str(files[0])], [files[1]], out=str(tmp_path / "out.nt")))


def test_later_files_do_not_share_blank_nodes_with_the_first(spark: Any, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.nt" for name in "ab"]
    for path in paths:
        path.write_text(f"_:x <{EX}memberOf> <{EX}n> .\n")
    onto = tmp_path / "onto.ttl"
    onto.write_text(ONTOLOGY)

    report = reason_on_spark(spark, Request([*map(str, paths)], [onto]))

    # Two members, each with two types and the inverse.
    assert report.derived == 6


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    started = spark_session("local[1]", {})
    with pytest.raises(SparkUnavailable, match=r"apt-get install openjdk-21"), started:
        pass
    with pytest.raises(SparkUnavailable, match="not the address of a master"):
        master_of("sparks")


def test_settings_of_spark_have_names_and_values() -> None:
    assert read_settings(["spark.executor.memory=1g"]) == {"spark.executor.memory": "1g"}


def test_options_of_spark_need_a_master(files: tuple[Path, Path]) -> None:
    result = CliRunner().invoke(app, ["reason", str(files[0]), "--bases"])

    assert result.exit_code == 1
    assert "needs --on" in result.output


def test_a_quadratic_rule_is_refused_with_an_estimate(spark: Any, tmp_path: Path) -> None:
    onto, facts = tmp_path / "onto.ttl", tmp_path / "facts.nt"
    owl = "http://www.w3.org/2002/07/owl#"
    onto.write_text(
        f"@prefix : <{EX}> . :meets <{owl}propertyChainAxiom> "
        f"( :memberOf [ <{owl}inverseOf> :memberOf ] ) ."
    )
    member = f"<{EX}{{}}> <{EX}memberOf> <{EX}n{{}}> .\n".format
    facts.write_text("".join(member(number, number % 30) for number in range(9000)))

    with pytest.raises(
        LimitExceeded, match=r"memberOf-meets there would be about [\d,]+"
    ) as raised:
        reason_on_spark(spark, Request([str(facts)], [onto], max_triples=1_000_000))

    foreseen = int(re.findall(r"about ([\d,]+)", str(raised.value))[0].replace(",", ""))
    # It derives 2,700,000; a sample of the members is counted.
    assert 2_300_000 < foreseen < 3_100_000


def test_a_contradiction_ends_the_run_in_its_round(spark: Any, tmp_path: Path) -> None:
    data, onto = tmp_path / "data.nt", tmp_path / "onto.ttl"
    onto.write_text(
        f"@prefix : <{EX}> . @prefix owl: <http://www.w3.org/2002/07/owl#> . "
        ":A owl:disjointWith :B . :partOf a owl:TransitiveProperty ."
    )
    path = " ".join(f":{i} :partOf :{i + 1} ." for i in range(40))
    serialize(
        parse(f"@prefix : <{EX}> . :x a :A, :B . {path}", RdfFormat.TURTLE),
        str(data),
        RdfFormat.N_TRIPLES,
    )
    told: list[str] = []

    with pytest.raises(Contradiction) as raised:
        reason_on_spark(spark, Request([str(data)], [onto]), told.append)

    assert sorted(raised.value.terms) == [f"{EX}x rdf:type {EX}A", f"{EX}x rdf:type {EX}B"]
    assert not [line for line in told if line.startswith("round")]
