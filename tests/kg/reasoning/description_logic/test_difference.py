"""Entailments of HermiT that the rules do not derive, and the other way round."""

import pytest
from pyoxigraph import Triple

from kg.namespaces import GLOCAL, ID, OWL, RDF, RDFS
from kg.reasoning.description_logic.classification import compute_entailments
from kg.reasoning.description_logic.difference import compare_with_rules
from tests.kg.reasoning.given import quads

pytestmark = pytest.mark.standards

ONTOLOGY = """
    glocal:Actor a owl:Class . glocal:City a owl:Class ; rdfs:subClassOf glocal:Place .
    glocal:State a owl:Class ; rdfs:subClassOf glocal:Place . glocal:Town a owl:Class .
    glocal:Place a owl:Class ; rdfs:subClassOf glocal:Actor .
    glocal:Host a owl:Class ;
        rdfs:subClassOf [ owl:unionOf ( glocal:City glocal:State ) ; a owl:Class ] .
    glocal:Londoner a owl:Class ;
        rdfs:subClassOf [ a owl:Restriction ; owl:onProperty glocal:livesIn ;
            owl:someValuesFrom [ a owl:Class ; owl:oneOf ( id:London ) ] ] .
    glocal:livesIn a owl:ObjectProperty . glocal:houses a owl:ObjectProperty ;
        owl:inverseOf glocal:livesIn .
    glocal:knows a owl:ObjectProperty , owl:SymmetricProperty . """
FACTS = "id:Ann a glocal:Londoner . id:Expo a glocal:Host . id:Ann glocal:knows id:Bob . "


@pytest.mark.slow
def test_only_what_the_rules_cannot_say_is_named_and_nothing_that_follows_from_it() -> None:
    ontology, facts = quads(ONTOLOGY), quads(FACTS)

    difference = compare_with_rules(ontology, facts, compute_entailments(ontology, facts))

    # Host is below Actor too, Expo is a Place and an Actor, London houses Ann.
    assert difference.by_description_logic == (
        Triple(GLOCAL["Host"], RDFS["subClassOf"], GLOCAL["Place"]),
        Triple(ID["Ann"], GLOCAL["livesIn"], ID["London"]),
    )
    assert difference.by_rules == ()


def test_what_hermit_does_not_entail_is_named_as_of_the_rules() -> None:
    ontology = quads(ONTOLOGY)

    difference = compare_with_rules(ontology, quads("id:Ann glocal:knows id:Bob ."), ())

    assert difference.by_description_logic == ()
    assert set(difference.by_rules) == {
        Triple(GLOCAL["City"], RDFS["subClassOf"], GLOCAL["Place"]),
        Triple(GLOCAL["City"], RDFS["subClassOf"], GLOCAL["Actor"]),
        Triple(GLOCAL["State"], RDFS["subClassOf"], GLOCAL["Place"]),
        Triple(GLOCAL["State"], RDFS["subClassOf"], GLOCAL["Actor"]),
        Triple(GLOCAL["Place"], RDFS["subClassOf"], GLOCAL["Actor"]),
        Triple(GLOCAL["houses"], OWL["inverseOf"], GLOCAL["livesIn"]),
        Triple(GLOCAL["livesIn"], OWL["inverseOf"], GLOCAL["houses"]),
        Triple(GLOCAL["knows"], OWL["inverseOf"], GLOCAL["knows"]),
        Triple(ID["Ann"], GLOCAL["knows"], ID["Bob"]),
        Triple(ID["Bob"], GLOCAL["knows"], ID["Ann"]),
    }


def test_what_the_ontology_only_mentions_is_not_compared() -> None:
    entailed = {
        Triple(ID["Ann"], RDF["type"], OWL["Thing"]),
        Triple(ID["Ann"], RDF["type"], GLOCAL["NowhereDeclared"]),
        Triple(GLOCAL["knows"], RDFS["subPropertyOf"], OWL["topObjectProperty"]),
    }

    difference = compare_with_rules(quads("glocal:knows a owl:ObjectProperty ."), (), entailed)

    assert (difference.by_description_logic, difference.compared) == ((), 0)
