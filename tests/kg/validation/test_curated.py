"""All findings together: their order, their text, and quads that are in no file."""

from pathlib import Path

from kg.sources.folders import read_ontology
from kg.validation.curated import validate
from kg.validation.findings import Finding
from tests.kg.conftest import content_in


def test_a_finding_reads_as_a_sentence_with_its_place() -> None:
    finding = Finding("kg/a.ttl", 3, "Something is wrong.", "something else.", "a-rule")

    assert str(finding) == "kg/a.ttl:3: Something is wrong. Expected: something else."


def test_a_finding_without_a_line_names_its_file() -> None:
    finding = Finding("kg/a.ttl", None, "Something is wrong.", "something else.", "a-rule")

    assert str(finding) == "kg/a.ttl: Something is wrong. Expected: something else."


def test_findings_of_all_files_come_at_once_by_file_and_line(project) -> None:
    project.write("curated/entities/b.ttl", "id:Lyon glocal:unheardOf id:London .\n" * 2)
    project.write("curated/entities/a.ttl", "\n\nid:Lyon glocal:isNew id:London , id:Nowhere .\n")

    assert [finding.partition(" is used")[0] for finding in project.validate()] == [
        "curated/entities/a.ttl:4: glocal:isNew",
        "curated/entities/a.ttl:4: id:Nowhere",
        "curated/entities/b.ttl:2: glocal:unheardOf",
    ]


def test_quads_that_stand_in_no_file_are_found_wrong_all_the_same(project) -> None:
    quads = project.quads("id:Lyon glocal:hosted id:London .")
    Path("curated/paper/more.trig").unlink()
    nowhere = content_in(Path("nowhere"), project.ontology)
    findings = validate(quads, read_ontology(project.ontology), nowhere)

    assert [(finding.path, finding.line, finding.rule) for finding in findings] == [
        ("ontology", None, "statements-in-evidence-graphs")
    ]


def test_a_chain_that_is_not_regular_is_refused_with_its_line(project) -> None:
    project.write(
        "ontology/irregular.ttl",
        "\nglocal:firstOfTwo owl:propertyChainAxiom ( glocal:memberOf glocal:secondOfTwo ) .\n"
        "glocal:secondOfTwo owl:propertyChainAxiom ( glocal:firstOfTwo glocal:memberOf ) .\n",
    )

    findings = [finding for finding in project.validate() if "which depends on" in finding]

    assert [finding.partition(", which")[0] for finding in findings] == [
        "ontology/irregular.ttl:3: the chain for glocal:firstOfTwo uses glocal:secondOfTwo",
        "ontology/irregular.ttl:4: the chain for glocal:secondOfTwo uses glocal:firstOfTwo",
    ]
