"""Runs of HermiT and their failures."""

import pytest
from pyoxigraph import Triple

from kg.errors import LimitExceeded, ReasonerFailed, UnsupportedAxiom
from kg.namespaces import GLOCAL, ID, OWL, RDF
from kg.reasoning.description_logic.hermit import ReasonerLimits, first_inconsistent
from tests.kg.reasoning.given import quads

pytestmark = pytest.mark.slow

ALLOWED = ReasonerLimits(timeout_seconds=60, memory_megabytes=500)


def triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in quads(turtle)]


CITIES = triples("""
    glocal:City a owl:Class ; owl:disjointWith glocal:State . glocal:State a owl:Class .
    id:Lyon a glocal:City .""")
CITY_STATE = Triple(ID["Lyon"], RDF["type"], GLOCAL["State"])


def test_the_first_inconsistent_set_is_told_by_its_place() -> None:
    both = [*CITIES, CITY_STATE]

    assert first_inconsistent([CITIES, CITIES, both, CITIES, both], ALLOWED) == 2
    assert first_inconsistent([CITIES, CITIES], ALLOWED) is None


def test_an_axiom_that_owl_dl_does_not_allow_is_named() -> None:
    part_of = triples("""
        glocal:partOf a owl:ObjectProperty , owl:TransitiveProperty , owl:IrreflexiveProperty .""")

    with pytest.raises(UnsupportedAxiom, match=r"HermiT refuses .*Non-simple property .*partOf"):
        first_inconsistent([CITIES, part_of], ALLOWED)


def test_too_little_time_and_too_little_memory_say_how_to_allow_more() -> None:
    many = [Triple(GLOCAL[f"C{i}"], RDF["type"], OWL["Class"]) for i in range(20_000)]

    with pytest.raises(LimitExceeded, match=r"timeout_seconds: more than 0\.01.*--dl-seconds"):
        first_inconsistent([CITIES], ReasonerLimits(timeout_seconds=0.01))
    with pytest.raises(LimitExceeded, match=r"memory_megabytes: more than 8.*--dl-megabytes"):
        first_inconsistent([many], ReasonerLimits(memory_megabytes=8))


def test_a_java_that_does_not_start_says_why() -> None:
    with pytest.raises(ReasonerFailed, match=r"Java exited with code 1: .*heap.* Remedy: "):
        first_inconsistent([CITIES], ReasonerLimits(memory_megabytes=10**12))
