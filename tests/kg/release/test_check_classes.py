"""Classes as wide as their parent, and classes that can have no members."""

from pathlib import Path

import pytest
from pyoxigraph import Quad

from kg.namespaces import GRAPH
from kg.release.check_classes import check_classes
from kg.sources.files import read_file
from tests.kg.conftest import content_in

HEAD = (
    "@prefix glocal: <https://w3id.org/glocal/ontology#> . "
    "@prefix id: <https://w3id.org/glocal/id/> . "
    "@prefix owl: <http://www.w3.org/2002/07/owl#> . "
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "glocal:Agent a owl:Class .\n"
    "glocal:City a owl:Class ; rdfs:subClassOf glocal:Agent .\n"
    "glocal:GlobalCity a owl:Class ; rdfs:subClassOf glocal:City .\n"
    "glocal:Person a owl:Class ; rdfs:subClassOf glocal:Agent ; owl:disjointWith glocal:City .\n"
    "glocal:ofKind a owl:ObjectProperty .\n"
)


def found(folder: Path, axioms: str) -> list[tuple[int | None, str]]:
    path = folder / "a.ttl"
    path.write_text(HEAD + axioms, encoding="utf-8")
    quads: list[Quad] = read_file(path, graph=GRAPH["ontology"])
    findings = check_classes(quads, content_in(folder / "curated", folder))
    assert {finding.path for finding in findings} <= {str(path)}
    return [(finding.line, finding.message) for finding in findings]


def test_a_cycle_of_classes_is_found_at_each_of_its_axioms(tmp_path: Path) -> None:
    assert found(tmp_path, "glocal:City rdfs:subClassOf glocal:GlobalCity .") == [
        (7, "glocal:GlobalCity is as wide as glocal:City, its superclass."),
        (4, "glocal:City is as wide as glocal:GlobalCity, its superclass."),
    ]


def test_a_class_that_is_equivalent_to_its_parent_is_found(tmp_path: Path) -> None:
    ((line, message),) = found(tmp_path, "\nglocal:GlobalCity owl:equivalentClass glocal:City .")

    assert (line, message) == (8, "glocal:GlobalCity is as wide as glocal:City, its superclass.")


def test_a_class_that_is_as_wide_by_other_axioms_is_found(tmp_path: Path) -> None:
    axioms = (
        "glocal:City rdfs:subClassOf [ a owl:Restriction ; owl:onProperty glocal:ofKind ; "
        "owl:hasValue id:City ] .\n"
        "[] a owl:Restriction ; owl:onProperty glocal:ofKind ; owl:hasValue id:City ; "
        "rdfs:subClassOf glocal:GlobalCity .\n"
    )

    assert found(tmp_path, axioms) == [
        (8, "glocal:GlobalCity is as wide as glocal:City, its superclass.")
    ]


def test_a_class_without_possible_members_is_found(tmp_path: Path) -> None:
    ((line, message),) = found(tmp_path, "glocal:GlobalCity rdfs:subClassOf glocal:Person .")

    assert line == 4
    assert message.startswith("glocal:GlobalCity can have no members: rule ")


@pytest.mark.parametrize(
    "axioms",
    [
        "",
        "glocal:WorldCity a owl:Class ; owl:equivalentClass glocal:GlobalCity .",
        "glocal:Person rdfs:subClassOf [ a owl:Restriction ; owl:onProperty glocal:ofKind ; "
        "owl:hasValue id:Person ] .",
    ],
)
def test_classes_with_room_for_other_members_are_accepted(tmp_path: Path, axioms: str) -> None:
    assert found(tmp_path, axioms) == []
