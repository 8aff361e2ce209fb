"""`glocal entails`: five exit codes, and what is printed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kg.cli import app

PREFIXES = """@prefix : <http://example.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
FAMILY = ":Girl a owl:Class ; owl:disjointWith :Boy . :Boy a owl:Class . :Stewie a :Boy . "
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A function that writes a premise and a conclusion and runs the command on them."""

    def run_command(premise: str, conclusion: str, *options: str) -> Result:
        paths = tmp_path / "premise.ttl", tmp_path / "conclusion.ttl"
        for path, text in zip(paths, (premise, conclusion), strict=True):
            path.write_text(PREFIXES + text, encoding="utf-8")
        return CliRunner().invoke(app, ["entails", *map(str, paths), *options])

    return run_command


def test_a_proof_is_exit_code_0_and_is_printed(run: Run) -> None:
    result = run(FAMILY, ":Stewie a [ a owl:Class ; owl:complementOf :Girl ] .", "--proof")

    assert result.exit_code == 0
    assert "Entailed: a proof of the whole conclusion was found." in result.stdout
    assert "by rule:entailment-comprehension" in result.stdout
    assert "Contradiction  [Fact]" in result.stdout
    assert "urn:glocal:supposed" in result.stdout
    assert "http://example.org/Stewie rdf:type http://example.org/Boy  [Fact]" in result.stdout


def test_no_proof_in_owl_2_rl_is_exit_code_1(run: Run) -> None:
    result = run(FAMILY, ":Stewie a :Girl , :Boy .")

    assert result.exit_code == 1
    assert "No proof: http://example.org/Stewie rdf:type http://example.org/Girl" in result.stdout
    assert result.stdout.endswith("premise and conclusion stay in OWL 2 RL.\n")


def test_no_proof_outside_owl_2_rl_is_exit_code_4(run: Run) -> None:
    axiom = ":Boy rdfs:subClassOf [ a owl:Class ; owl:unionOf ( :Man :Child ) ] ."

    result = run(FAMILY + axiom, ":Stewie a :Child .")

    assert result.exit_code == 4
    assert "Outside OWL 2 RL: http://example.org/Boy SubClassOf" in result.stderr
    assert "Undecided" in result.stdout


def test_a_contradiction_of_the_premise_is_exit_code_3(run: Run) -> None:
    result = run(FAMILY + ":Stewie a :Girl .", ":a a :Boy .", "--proof")

    assert result.exit_code == 3
    assert "The premise contradicts itself" in result.stdout
    assert "cax-dw" in result.stdout


def test_bad_input_and_limits_are_exit_code_2(run: Run) -> None:
    missing = run("[] a owl:Ontology ; owl:imports <urn:x> .", "")
    malformed = run(":a :b", "")
    malformed_option = run("", "", "--import", "urn:x")
    too_many = run(FAMILY, ":Stewie owl:differentFrom :Meg .", "--max-refutations", "0")

    assert [each.exit_code for each in (missing, malformed, malformed_option, too_many)] == [2] * 4
    assert "imports urn:x, which was not given. Expected: --import urn:x=FILE" in missing.stderr
    assert "premise.ttl:4:6" in malformed.stderr
    assert "expected IRI=FILE, got 'urn:x'" in malformed_option.stderr
    assert "max_refutations: more than 0" in too_many.stderr


def test_imports_are_given_by_iri(run: Run, tmp_path: Path) -> None:
    part = tmp_path / "part.ttl"
    part.write_text(f"{PREFIXES}:Boy rdfs:subClassOf :Child .")
    premise = f"{FAMILY} [] a owl:Ontology ; owl:imports <urn:part?a=b> ."

    result = run(premise, ":Stewie a :Child .", "--import", f"urn:part?a=b={part}")

    assert result.exit_code == 0


def test_all_missing_imports_are_named_at_once(run: Run) -> None:
    result = run("[] a owl:Ontology ; owl:imports <urn:x> , <urn:y> .", "")

    assert result.exit_code == 2
    assert "--import urn:x=FILE --import urn:y=FILE" in result.stderr


def test_the_direct_semantics_ignores_annotations(run: Run) -> None:
    conclusion = ":Stewie a :Boy ; rdfs:label 'Stewie' ."

    assert run(FAMILY, conclusion).exit_code == 1
    assert run(FAMILY, conclusion, "--semantics", "direct").exit_code == 0
