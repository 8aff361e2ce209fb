"""Conversion to triples that an OWL 2 DL reasoner accepts, and its counts."""

from collections.abc import Iterable

import pytest
from pyoxigraph import Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF
from kg.reasoning.description_logic.owl_dl import axioms_that_hold, to_owl_dl
from tests.kg.reasoning.given import quads, triples

ONTOLOGY = """
    glocal:foundedOn a owl:DatatypeProperty .
    glocal:memberOf a owl:ObjectProperty .
    dcterms:created a owl:AnnotationProperty ."""


def added(turtle: str) -> tuple[set[Triple], Iterable[tuple[str, int]], Iterable[tuple[str, int]]]:
    result = to_owl_dl(quads(ONTOLOGY), quads(turtle))
    new = set(result.triples) - triples(ONTOLOGY)
    return new, result.converted.items(), result.left_out.items()


@pytest.mark.parametrize(
    ("period", "instant"),
    [
        ('"2014"^^xsd:gYear', "2014-01-01T00:00:00"),
        ('"2014+08:00"^^xsd:gYear', "2014-01-01T00:00:00+08:00"),
        ('"2014-10:00"^^xsd:gYear', "2014-01-01T00:00:00-10:00"),
        ('"2005-10"^^xsd:gYearMonth', "2005-10-01T00:00:00"),
        ('"2017-05-08Z"^^xsd:date', "2017-05-08T00:00:00Z"),
    ],
)
def test_a_period_becomes_the_instant_at_which_it_begins(period: str, instant: str) -> None:
    new, restated, left_out = added(f"id:C40 glocal:foundedOn {period} .")

    assert new == triples(f'id:C40 glocal:foundedOn "{instant}"^^xsd:dateTime .')
    assert [count for _, count in restated] == [1]
    assert not left_out


def test_a_period_in_a_range_axiom_becomes_the_datatype_of_instants() -> None:
    new, restated, _ = added("glocal:foundedOn rdfs:range xsd:gYear .")

    assert new == triples("glocal:foundedOn rdfs:range xsd:dateTime .")
    assert list(restated) == [("xsd:gYear", 1)]


def test_a_date_in_an_annotation_stays_as_it_is() -> None:
    statement = 'glocal:City dcterms:created "2026-11-25"^^xsd:date .'

    new, restated, left_out = added(statement)

    assert new == triples(statement)
    assert not restated
    assert not left_out


def test_a_duration_is_left_out_and_counted() -> None:
    new, restated, left_out = added('id:C40 glocal:foundedOn "P1Y"^^xsd:duration .')

    assert new == set()
    assert not restated
    assert list(left_out) == [("xsd:duration", 1)]


def test_what_would_be_taken_for_an_annotation_is_left_out_and_counted() -> None:
    new, _, left_out = added(
        """id:Lyon glocal:unheardOf id:C40 ; glocal:memberOf "C40" ; glocal:foundedOn id:France ;
            glocal:memberOf id:Eurocities ."""
    )

    assert new == triples("id:Lyon glocal:memberOf id:Eurocities .")
    assert list(left_out) == [
        ("glocal:foundedOn", 1),
        ("glocal:memberOf", 1),
        ("glocal:unheardOf", 1),
    ]


def test_headers_and_imports_are_dropped_without_a_count() -> None:
    new, _, left_out = added(
        """<https://w3id.org/glocal/ontology> a owl:Ontology ;
            owl:imports <https://example.org/elsewhere> ; schema:name "Glocal" ."""
    )

    assert new == set()
    assert not left_out


def test_chains_and_annotated_axioms_stay_whole() -> None:
    axioms = """
        glocal:memberOf owl:propertyChainAxiom ( glocal:memberOf glocal:memberOf ) .
        [] a owl:Axiom ; owl:annotatedSource glocal:City ;
            owl:annotatedProperty rdfs:subClassOf ; owl:annotatedTarget glocal:Agent ;
            dcterms:created "2026-11-25"^^xsd:date ."""

    new, restated, left_out = added(axioms)

    assert len(new) == len(triples(axioms)) == 10
    assert not restated
    assert not left_out


def test_a_property_of_two_sorts_is_refused() -> None:
    with pytest.raises(UnsupportedAxiom, match=r"memberOf.* OWL 2 DL allows only one"):
        to_owl_dl(quads(ONTOLOGY), quads("glocal:memberOf a owl:DatatypeProperty ."))


def test_a_triple_as_a_term_is_refused() -> None:
    quoted = "id:Lyon glocal:memberOf <<( id:Lyon glocal:memberOf id:C40 )>> ."

    with pytest.raises(UnsupportedAxiom, match="not allow triples as terms"):
        to_owl_dl(quads(ONTOLOGY), quads(quoted))


def test_axioms_that_are_only_hypotheses_are_left_out_and_so_are_annotations_of_axioms() -> None:
    ontology = quads("""
        glocal:A rdfs:subClassOf glocal:B , glocal:C .
        [] a owl:Axiom ; owl:annotatedSource glocal:A ; owl:annotatedTarget glocal:B ;
            owl:annotatedProperty rdfs:subClassOf ; glocal:ruleStatus glocal:Hypothesis .
        [] a owl:Axiom ; owl:annotatedSource glocal:A ; owl:annotatedTarget glocal:C ;
            owl:annotatedProperty rdfs:subClassOf ; glocal:ruleStatus glocal:Thesis .""")

    assert {quad.triple for quad in axioms_that_hold(ontology)} == triples(
        "glocal:A rdfs:subClassOf glocal:C ."
    )


def test_a_disjointness_that_is_only_a_hypothesis_is_left_out() -> None:
    ontology = quads("""
        [] a owl:AllDisjointClasses ; owl:members ( glocal:A glocal:B ) ;
            glocal:ruleStatus glocal:Hypothesis .
        [] a owl:AllDisjointClasses ; owl:members ( glocal:C glocal:D ) .""")

    kinds = [one.object for one in axioms_that_hold(ontology) if one.predicate == RDF["type"]]
    assert kinds == [OWL["AllDisjointClasses"]]
