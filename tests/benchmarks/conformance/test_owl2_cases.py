"""Cases are read for each semantics that a test names; tests without RDF/XML are listed."""

from pathlib import Path

import pytest

from benchmarks.conformance.owl2_cases import read_cases
from benchmarks.conformance.owl2_tests import ENGINES, table

pytestmark = pytest.mark.standards

RDF = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="urn:x:">{}</rdf:RDF>'
THING = '<rdf:Description rdf:about="urn:x:a"><rdf:type rdf:resource="urn:x:{}"/></rdf:Description>'
SUITE = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns="http://www.w3.org/2007/OWL/testOntology#">
<TestCase rdf:about="urn:one">
  <rdf:type rdf:resource="http://www.w3.org/2007/OWL/testOntology#{kind}"/>
  <identifier>one</identifier>
  <profile rdf:resource="http://www.w3.org/2007/OWL/testOntology#RL"/>
  <semantics rdf:resource="http://www.w3.org/2007/OWL/testOntology#DIRECT"/>
  <semantics rdf:resource="http://www.w3.org/2007/OWL/testOntology#RDF-BASED"/>
  <rdfXmlPremiseOntology><![CDATA[{premise}]]></rdfXmlPremiseOntology>
  <{conclusion_name}><![CDATA[{conclusion}]]></{conclusion_name}>
</TestCase>
<TestCase rdf:about="urn:two">
  <rdf:type rdf:resource="http://www.w3.org/2007/OWL/testOntology#ConsistencyTest"/>
  <identifier>two</identifier>
  <profile rdf:resource="http://www.w3.org/2007/OWL/testOntology#RL"/>
  <fsPremiseOntology>Ontology()</fsPremiseOntology>
</TestCase>
</rdf:RDF>"""


def suite(folder: Path, kind: str, conclusion_name: str, type_: str) -> Path:
    path = folder / "all.rdf"
    premise, conclusion = RDF.format(THING.format("A")), RDF.format(THING.format(type_))
    text = SUITE.format(
        kind=kind, premise=premise, conclusion=conclusion, conclusion_name=conclusion_name
    )
    path.write_text(text)
    return path


def test_a_case_is_read_for_each_semantics_that_it_names(tmp_path: Path) -> None:
    path = suite(tmp_path, "PositiveEntailmentTest", "rdfXmlConclusionOntology", "A")

    cases, without_rdf = read_cases(path, "RL")

    assert [(case.identifier, case.semantics) for case in cases] == [
        ("one", "rdf"),
        ("one", "direct"),
    ]
    assert without_rdf == ["two"]
    assert read_cases(path, "EL") == ([], [])


def test_each_engine_is_judged_by_what_follows(tmp_path: Path) -> None:
    right = suite(tmp_path, "PositiveEntailmentTest", "rdfXmlConclusionOntology", "A")
    positive = read_cases(right, "RL")[0]
    wrong = suite(tmp_path, "PositiveEntailmentTest", "rdfXmlConclusionOntology", "B")
    not_following = read_cases(wrong, "RL")[0]
    negative = suite(tmp_path, "NegativeEntailmentTest", "rdfXmlNonConclusionOntology", "B")

    for ask in ENGINES.values():
        assert all(map(ask, positive))
        assert not any(map(ask, not_following))
        assert all(map(ask, read_cases(negative, "RL")[0]))
    assert "| PositiveEntailmentTest | rdf | 1 | 1 |" in table(positive, {"glocal": [True, True]})
