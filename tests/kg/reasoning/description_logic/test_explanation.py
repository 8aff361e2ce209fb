"""Minimal sets of axioms that explain an inconsistency or an unsatisfiable class."""

import pytest
from pyoxigraph import Triple

from kg.namespaces import GLOCAL
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.description_logic.axioms import ManchesterWriter, divide_ontology
from kg.reasoning.description_logic.classification import check_ontology
from kg.reasoning.description_logic.explanation import (
    ClashMinimizer,
    UnsatisfiableClass,
    explain_classes,
)
from kg.reasoning.description_logic.hermit import ReasonerLimits, first_inconsistent
from kg.reasoning.description_logic.owl_dl import to_owl_dl
from tests.kg.reasoning.given import quads

pytestmark = pytest.mark.slow

ALLOWED = ReasonerLimits(timeout_seconds=120, memory_megabytes=500)
ONTOLOGY = """
    glocal:Agent a owl:Class ; owl:disjointWith glocal:Issue .
    glocal:City a owl:Class ; rdfs:subClassOf glocal:Agent .
    glocal:State a owl:Class ; rdfs:subClassOf glocal:Agent ; owl:disjointWith glocal:City .
    glocal:Issue a owl:Class .
    glocal:governs a owl:ObjectProperty ; rdfs:domain glocal:Agent ; rdfs:range glocal:Issue .
    glocal:memberOf a owl:ObjectProperty ; rdfs:domain glocal:Agent . """
RULES_A_CITY = """
    glocal:RulerOfCities a owl:Class ; rdfs:subClassOf [ a owl:Restriction ;
        owl:onProperty glocal:governs ; owl:someValuesFrom glocal:City ] . """


def readable(turtle: str) -> tuple[Triple, ...]:
    return to_owl_dl(quads(turtle)).triples


def explained(turtle: str) -> tuple[list[UnsatisfiableClass], ManchesterWriter]:
    ontology = quads(turtle)
    triples = to_owl_dl(ontology).triples
    names = check_ontology(ontology, allowed=ALLOWED).unsatisfiable
    rules = compile_axioms(ontology).rules
    return explain_classes(names, ClashMinimizer(triples, ALLOWED), rules), ManchesterWriter(
        triples
    )


def said(empty: UnsatisfiableClass, wording: ManchesterWriter) -> set[str]:
    assert empty.clash is not None
    assert empty.clash.is_minimal
    return {wording.write(axiom) for axiom in empty.clash.axioms}


def test_an_inconsistency_is_shrunk_to_what_clashes_and_any_one_less_is_consistent() -> None:
    others = " ".join(f"id:City{i} a glocal:City ; glocal:memberOf id:C40 ." for i in range(20))
    triples = readable(f"{ONTOLOGY} {others} id:Climate a glocal:Issue ; glocal:memberOf id:C40 .")

    clash = ClashMinimizer(triples, ALLOWED).minimal_inconsistency()

    assert {ManchesterWriter(triples).write(axiom) for axiom in clash.axioms} == {
        "id:Climate glocal:memberOf id:C40",
        "id:Climate Type glocal:Issue",
        "glocal:memberOf Domain glocal:Agent",
        "glocal:Agent DisjointWith glocal:Issue",
    }
    assert clash.is_minimal
    stated = [one.triples for one in clash.axioms]
    less = [[*stated[:i], *stated[i + 1 :]] for i in range(len(stated))]
    sets = [[triple for each in one for triple in each] for one in (*less, stated)]
    declared = divide_ontology(triples).declarations
    assert first_inconsistent([[*declared, *one] for one in sets], ALLOWED) == len(less)


def test_a_clash_of_a_chain_and_a_negative_assertion_is_found_with_the_whole_chain() -> None:
    turtle = """
        glocal:memberOf a owl:ObjectProperty . glocal:addresses a owl:ObjectProperty .
        glocal:governs a owl:ObjectProperty ;
            owl:propertyChainAxiom ( glocal:memberOf glocal:addresses ) .
        [] a owl:NegativePropertyAssertion ; owl:sourceIndividual id:Lyon ;
            owl:assertionProperty glocal:governs ; owl:targetIndividual id:Climate .
        id:Lyon glocal:memberOf id:C40 , id:ICLEI . id:C40 glocal:addresses id:Climate ."""

    triples = readable(turtle)

    clash = ClashMinimizer(triples, ALLOWED).minimal_inconsistency()

    assert {ManchesterWriter(triples).write(axiom) for axiom in clash.axioms} == {
        "not (id:Lyon glocal:governs id:Climate)",
        "glocal:governs SuperPropertyOf glocal:memberOf o glocal:addresses",
        "id:Lyon glocal:memberOf id:C40",
        "id:C40 glocal:addresses id:Climate",
    }
    assert clash.is_minimal


def test_classes_that_fail_for_their_own_reasons_are_explained_and_others_point_to_them() -> None:
    # CityState is the root, although it is below Body, which fails because of it.
    found, wording = explained(f"""{ONTOLOGY} {RULES_A_CITY}
        glocal:Body a owl:Class ; rdfs:subClassOf [ a owl:Restriction ;
            owl:onProperty glocal:memberOf ; owl:someValuesFrom glocal:CityState ] .
        glocal:CityState a owl:Class ; rdfs:subClassOf glocal:Body , glocal:City , glocal:State .
        glocal:Emperor a owl:Class ; rdfs:subClassOf glocal:RulerOfCities .""")

    assert [(one.name, one.cause) for one in found] == [
        (GLOCAL["CityState"], None),
        (GLOCAL["RulerOfCities"], None),
        (GLOCAL["Body"], GLOCAL["CityState"]),
        (GLOCAL["Emperor"], GLOCAL["RulerOfCities"]),
    ]
    assert said(found[0], wording) == {
        "glocal:CityState SubClassOf glocal:City",
        "glocal:CityState SubClassOf glocal:State",
        "glocal:State DisjointWith glocal:City",
    }
    assert said(found[1], wording) == {
        "glocal:RulerOfCities SubClassOf (glocal:governs some glocal:City)",
        "glocal:governs Range glocal:Issue",
        "glocal:City SubClassOf glocal:Agent",
        "glocal:Agent DisjointWith glocal:Issue",
    }
    assert (found[2].clash, found[3].clash) == (None, None)


def test_without_time_all_is_left_and_not_called_minimal() -> None:
    triples = readable(f"{ONTOLOGY} id:Lyon a glocal:City , glocal:State .")
    told: list[str] = []

    minimizer = ClashMinimizer(triples, ReasonerLimits(timeout_seconds=0), tell=told.append)
    clash = minimizer.minimal_unsatisfiability(GLOCAL["City"])

    assert set(clash.axioms) == set(divide_ontology(triples).axioms)
    assert not clash.is_minimal
    assert told == ["9 axioms and facts left (0 starts of Java)"]
