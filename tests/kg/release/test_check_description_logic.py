"""HermiT's findings in a small project, with places, and its comparison with the rules."""

from pathlib import Path

import pytest

from kg.content import Content
from kg.release.check_description_logic import check_description_logic
from tests.kg.conftest import content_in

pytestmark = pytest.mark.slow

PREFIXES = (
    "@prefix glocal: <https://w3id.org/glocal/ontology#> . "
    "@prefix id: <https://w3id.org/glocal/id/> . "
    "@prefix ev: <https://w3id.org/glocal/evidence/> . "
    "@prefix owl: <http://www.w3.org/2002/07/owl#> . "
    "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
    "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
)
TERMS = """\
glocal:City a owl:Class ;
    owl:disjointWith glocal:State .
glocal:State a owl:Class .
glocal:governs a owl:ObjectProperty ;
    rdfs:range glocal:State .
glocal:foundedIn a owl:DatatypeProperty .
glocal:hasStatus a owl:AnnotationProperty .
glocal:ruleStatus a owl:AnnotationProperty .
"""
ENTITIES = "id:Paris a glocal:City .\n"
YEAR = 'id:Paris glocal:foundedIn "0250"^^xsd:gYear .'


def written(tmp_path: Path, terms: str = "", evidence: str = "") -> Content:
    """The content of a small project, with these terms and this evidence added."""
    curated, ontology = tmp_path / "curated", tmp_path / "ontology"
    (curated / "entities").mkdir(parents=True)
    (curated / "paper").mkdir()
    ontology.mkdir()
    (ontology / "core.ttl").write_text(PREFIXES + TERMS + terms, encoding="utf-8")
    (curated / "entities" / "cities.ttl").write_text(PREFIXES + ENTITIES, encoding="utf-8")
    graph = "ev:p01.1-fact"
    about = f"{graph} a glocal:Evidence ; glocal:hasStatus glocal:Fact ."
    text = f"{PREFIXES}{graph} {{\n{evidence}\n{YEAR}\n}}\n{about}\n"
    (curated / "paper" / "opening.trig").write_text(text, encoding="utf-8")
    return content_in(curated, ontology)


def test_an_inconsistency_is_found_at_an_assertion_and_lists_the_clash_with_places(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, evidence="id:Ile glocal:governs id:Paris .")
    told: list[str] = []

    report = check_description_logic(content_in(Path("curated")), tell=told.append)

    assert [str(one).replace("\n", "|") for one in report.findings] == [
        "curated/paper/opening.trig:3: the ontology and the facts that hold are inconsistent. "
        "These 4 statements clash, and all of them are needed:"
        "|    curated/entities/cities.ttl:2: id:Paris Type glocal:City"
        "|    curated/paper/opening.trig:3: id:Ile glocal:governs id:Paris"
        "|    ontology/core.ttl:3: glocal:City DisjointWith glocal:State"
        "|    ontology/core.ttl:6: glocal:governs Range glocal:State"
        "|    Expected: one of these statements removed or relaxed."
    ]
    assert told[1] == "5 axioms and facts left (0 starts of Java)"


def test_classes_without_members_are_found_at_their_declaration_the_root_first(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    terms = """\
glocal:Both a owl:Class ;
    rdfs:subClassOf glocal:City , glocal:State .
glocal:AlsoBoth a owl:Class ;
    rdfs:subClassOf glocal:Both .
"""
    written(tmp_path, terms, "id:Ile glocal:governs id:France .")

    report = check_description_logic(content_in(Path("curated")))

    assert [str(one).replace("\n", "|") for one in report.findings] == [
        "ontology/core.ttl:10: glocal:Both can have no members. "
        "These 3 statements clash, and all of them are needed:"
        "|    ontology/core.ttl:3: glocal:City DisjointWith glocal:State"
        "|    ontology/core.ttl:11: glocal:Both SubClassOf glocal:City"
        "|    ontology/core.ttl:11: glocal:Both SubClassOf glocal:State"
        "|    Expected: one of these statements removed or relaxed.",
        "ontology/core.ttl:12: glocal:AlsoBoth can have no members, because glocal:Both can have "
        "none. Expected: glocal:Both fixed first.",
    ]


def test_what_the_rules_cannot_say_is_noted_and_is_no_finding(tmp_path) -> None:
    terms = """\
glocal:Place a owl:Class ;
    owl:equivalentClass [ a owl:Class ; owl:unionOf ( glocal:City glocal:State ) ] .
glocal:Capital a owl:Class ;
    rdfs:subClassOf [ a owl:Class ; owl:unionOf ( glocal:City glocal:State ) ] .
"""

    report = check_description_logic(written(tmp_path, terms, "id:Ile glocal:governs id:France ."))

    assert report.findings == []
    assert report.notes == [
        "Derived by HermiT but not by the rules: 1 (8 subsumptions, types and relations compared)",
        "  glocal:Capital rdfs:subClassOf glocal:Place",
        "Triples that follow from these by the hierarchies are not listed.",
        "Converted to xsd:dateTime, because OWL 2 DL lacks these datatypes: 1 xsd:gYear.",
    ]


def test_an_axiom_that_is_only_a_hypothesis_makes_nothing_inconsistent(tmp_path) -> None:
    terms = """\
glocal:City rdfs:subClassOf glocal:State .
[] a owl:Axiom ;
    owl:annotatedSource glocal:City ;
    owl:annotatedProperty rdfs:subClassOf ;
    owl:annotatedTarget glocal:State ;
    glocal:ruleStatus glocal:Hypothesis .
"""

    report = check_description_logic(written(tmp_path, terms, "id:Ile glocal:governs id:France ."))

    assert report.findings == []
    assert report.notes[0].startswith("HermiT derives nothing that the rules do not derive (")
