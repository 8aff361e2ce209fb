from pyoxigraph import RdfFormat, parse

from kg.describe.glossary import RelationPatterns
from kg.namespaces import GLOCAL, ID, PREFIXES
from kg.store.quad_store import Store

TURTLE = """
glocal:actorActor glocal:ofPattern id:ActorActor . glocal:friendly glocal:ofMode id:Friendly .
glocal:meets rdfs:subPropertyOf glocal:actorActor . glocal:hosts rdfs:subPropertyOf glocal:meets .
glocal:helps rdfs:subPropertyOf glocal:friendly , glocal:actorActor .
glocal:actorActor rdfs:subPropertyOf glocal:relates .
"""
PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
FOUND = RelationPatterns(Store.in_memory(parse(PROLOGUE + TURTLE, format=RdfFormat.TURTLE)))


def test_a_relation_belongs_to_the_patterns_of_all_that_stand_above_it() -> None:
    pattern = frozenset({ID["ActorActor"]})

    assert FOUND.patterns == {
        GLOCAL[name]: pattern for name in ("actorActor", "meets", "hosts", "helps")
    }


def test_modes_are_read_in_the_same_way_and_apart() -> None:
    mode = frozenset({ID["Friendly"]})

    assert FOUND.modes == {GLOCAL["friendly"]: mode, GLOCAL["helps"]: mode}


def test_those_that_bear_the_mark_themselves_are_known() -> None:
    assert FOUND.annotated == {GLOCAL["actorActor"], GLOCAL["friendly"]}
