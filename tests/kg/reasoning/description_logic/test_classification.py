"""Verdicts of HermiT, and the triples read from its output."""

import pytest
from pyoxigraph import Quad, Triple

from kg.errors import LimitExceeded, UnsupportedAxiom
from kg.namespaces import GLOCAL, ID, OWL, RDF, RDFS
from kg.reasoning.derivation.release_graphs import premises_of
from kg.reasoning.description_logic.classification import (
    check_ontology,
    compute_entailments,
    read_entailments,
)
from kg.reasoning.description_logic.difference import compare_with_rules
from kg.reasoning.description_logic.hermit import ReasonerLimits
from kg.reasoning.description_logic.owl_dl import axioms_that_hold
from kg.sources.folders import read_curated, read_ontology
from kg.statuses import Status
from tests.kg.reasoning.given import quads

pytestmark = pytest.mark.slow

ONTOLOGY = """
    glocal:Agent a owl:Class .
    glocal:City a owl:Class ; rdfs:subClassOf glocal:Agent ; owl:disjointWith glocal:State .
    glocal:State a owl:Class .
    glocal:memberOf a owl:ObjectProperty .
    glocal:addressesIssue a owl:ObjectProperty .
    glocal:participatesInGoverning a owl:ObjectProperty ;
        owl:propertyChainAxiom ( glocal:memberOf glocal:addressesIssue ) .
    glocal:foundedOn a owl:DatatypeProperty ."""


def test_a_class_that_can_have_no_member_is_named_and_years_are_counted() -> None:
    flaw = "glocal:CityState a owl:Class ; rdfs:subClassOf glocal:City , glocal:State ."
    facts = quads('id:C40 glocal:foundedOn "2005-10"^^xsd:gYearMonth . id:Lyon a glocal:City .')

    verdict = check_ontology(quads(ONTOLOGY + flaw), facts)

    assert verdict.is_consistent
    assert verdict.unsatisfiable == (GLOCAL["CityState"],)
    assert verdict.converted == {"xsd:gYearMonth": 1}
    assert verdict.left_out == {}


def test_a_fact_that_contradicts_the_ontology_makes_all_inconsistent() -> None:
    verdict = check_ontology(quads(ONTOLOGY), quads("id:Lyon a glocal:City , glocal:State ."))

    assert not verdict.is_consistent
    assert verdict.unsatisfiable == ()


def test_a_contradiction_at_the_end_of_a_chain_is_seen() -> None:
    no_governing = """
        [] a owl:NegativePropertyAssertion ; owl:sourceIndividual id:Lyon ;
            owl:assertionProperty glocal:participatesInGoverning ; owl:targetIndividual id:Climate .
        id:Lyon glocal:memberOf id:C40 . """

    without = check_ontology(quads(ONTOLOGY), quads(no_governing))
    with_issue = check_ontology(
        quads(ONTOLOGY), quads(no_governing + "id:C40 glocal:addressesIssue id:Climate .")
    )

    assert without.is_consistent
    assert not with_issue.is_consistent


def test_what_is_not_owl_dl_is_refused_with_the_reason() -> None:
    flaw = "glocal:partOf a owl:ObjectProperty , owl:TransitiveProperty , owl:IrreflexiveProperty ."

    with pytest.raises(UnsupportedAxiom, match=r"Non-simple property .*ontology#partOf"):
        check_ontology(quads(ONTOLOGY + flaw))


def test_a_time_limit_ends_the_run() -> None:
    with pytest.raises(LimitExceeded, match="HermiT was stopped") as caught:
        check_ontology(quads(ONTOLOGY), allowed=ReasonerLimits(timeout_seconds=0.01))

    assert caught.value.limit == "timeout_seconds"


def test_entailments_are_types_hierarchies_and_chains_and_nothing_else() -> None:
    facts = quads(
        "id:Lyon a glocal:City ; glocal:memberOf id:C40 . id:C40 glocal:addressesIssue id:Climate ."
    )

    found = compute_entailments(quads(ONTOLOGY), facts)

    governs = {one for one in found if one.predicate == GLOCAL["participatesInGoverning"]}
    assert governs == {Triple(ID["Lyon"], GLOCAL["participatesInGoverning"], ID["Climate"])}
    assert Triple(ID["Lyon"], RDF["type"], GLOCAL["City"]) in found
    assert Triple(GLOCAL["City"], RDFS["subClassOf"], GLOCAL["Agent"]) in found
    assert Triple(ID["C40"], RDF["type"], GLOCAL["City"]) not in found


def test_nothing_is_entailed_from_a_contradiction() -> None:
    with pytest.raises(UnsupportedAxiom, match="everything follows"):
        compute_entailments(quads(ONTOLOGY), quads("id:Lyon a glocal:City , glocal:State ."))


def test_the_ontology_is_consistent_with_all_that_holds_and_has_no_unsatisfiable_class() -> None:
    curated = read_curated()
    holding = {status.iri for status in Status if status.holds}
    statuses = {one.subject: one.object for one in curated if one.predicate == GLOCAL["hasStatus"]}
    facts = [one for one in curated if statuses.get(one.graph_name, Status.FACT.iri) in holding]

    verdict = check_ontology(read_ontology(), facts)

    assert verdict.is_consistent
    assert verdict.unsatisfiable == ()
    assert verdict.left_out == {}


@pytest.mark.standards
def test_our_evaluator_and_hermit_derive_the_same_from_the_axioms() -> None:
    ontology = axioms_that_hold(read_ontology())
    facts = [Quad(*one.triple) for one in premises_of(read_curated()) if one.status.holds]

    entailed = compute_entailments(ontology, facts)
    difference = compare_with_rules(ontology, facts, entailed)

    assert difference.by_description_logic == ()
    assert difference.by_rules == ()
    assert Triple(ID["London"], GLOCAL["indirectlyInfluences"], ID["UNHabitat"]) in entailed
    assert Triple(GLOCAL["GlobalCity"], RDFS["subClassOf"], GLOCAL["Agent"]) in entailed


G, I = GLOCAL, ID  # noqa: E741 - as short as in the output


def printed(text: str) -> frozenset[Triple]:
    full = text.replace("<g:", f"<{GLOCAL}").replace(">g:", f">{GLOCAL}")
    return read_entailments(full.replace("<i:", f"<{ID}"))


def test_hierarchies_are_closed_through_equivalents() -> None:
    below = RDFS["subClassOf"]

    assert printed(
        "SubClassOf( <g:B> <g:C> )\nEquivalentClasses( <g:A> <g:B> )\n"
        "SubClassOf( <g:C> <http://www.w3.org/2002/07/owl#Thing> )\n"
    ) == {
        Triple(G["A"], below, G["B"]),
        Triple(G["B"], below, G["A"]),
        Triple(G["A"], below, G["C"]),
        Triple(G["B"], below, G["C"]),
    }


def test_data_properties_that_are_equivalent_are_read_as_hermit_misprints_them() -> None:
    assert printed("EquivalentDataProperties( <g:d> >g:e> )\n") == {
        Triple(G["d"], RDFS["subPropertyOf"], G["e"]),
        Triple(G["e"], RDFS["subPropertyOf"], G["d"]),
    }


def test_types_and_relations_are_given_for_all_that_is_above() -> None:
    found = printed(
        "SubClassOf( <g:A> <g:B> )\n"
        "SubObjectPropertyOf( <g:p> ObjectInverseOf( <g:q> ) )\n"
        "<g:p> (known instances: (<i:x>, <i:y>)(<internal:anonymous#1>, <i:y>) | possible "
        "instances: ) \nType( <i:x> <g:A> )\n"
    )

    assert {one for one in found if one.predicate != RDFS["subClassOf"]} == {
        Triple(I["x"], RDF["type"], G["A"]),
        Triple(I["x"], RDF["type"], G["B"]),
        Triple(I["x"], G["p"], I["y"]),
        Triple(I["y"], G["q"], I["x"]),
    }


def test_properties_are_inverses_only_if_each_is_below_the_other_turned_round() -> None:
    one_way = "SubObjectPropertyOf( <g:p> ObjectInverseOf( <g:q> ) )\n"
    both_ways = "EquivalentObjectProperties( <g:p> ObjectInverseOf( <g:q> ) )\n"

    assert printed(one_way) == frozenset()
    assert printed(both_ways) == {
        Triple(G["p"], OWL["inverseOf"], G["q"]),
        Triple(G["q"], OWL["inverseOf"], G["p"]),
    }
