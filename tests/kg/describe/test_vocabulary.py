from kg.describe.vocabulary import NamedTerm, list_terms
from kg.namespaces import GLOCAL, GRAPH, ID, PASSAGE, RDF
from tests.service.conftest import store_of

TRIG = """
graph:meta { graph:meta rdfs:label "descriptions"@en . }
graph:meta rdfs:label "descriptions"@en .
glocal:City a owl:Class ; rdfs:label "city"@en , "城市"@zh ; skos:altLabel "town"@en .
glocal:Claim a owl:NamedIndividual ; rdfs:label "claim"@en .
glocal:near a owl:ObjectProperty ; skos:definition "Is not far from."@en , "与之相距不远。"@zh .
id:Paris a glocal:City ; glocal:near id:Lyon ;
    skos:altLabel "City of Light"@en ; rdfs:label "Paris"@en .
id:Lyon a glocal:City ; rdfs:label "Lyon"@en ;
    glocal:near id:Paris ; glocal:mentionedIn passage:p01.1 .
id:Lutetia owl:deprecated true ; rdfs:label "Lutetia"@en .
passage:p01.1 a glocal:Passage .
"""
THINGS = [ID["Paris"], ID["Lutetia"]]


def listed() -> list[NamedTerm]:
    members, triples = {GLOCAL["City"]: 2}, {RDF["type"]: 6, GLOCAL["near"]: 2}
    classes_of = {GLOCAL["near"]: [GLOCAL["City"]]}
    return list_terms(store_of(TRIG), THINGS, members, triples, classes_of)


def test_terms_are_listed_by_uses_and_then_iri_without_withdrawn_ones() -> None:
    assert [(term.iri, term.kind, term.uses) for term in listed()] == [
        (RDF["type"], "property", 6),
        (GLOCAL["City"], "class", 2),
        (GLOCAL["near"], "property", 2),
        (ID["Paris"], "thing", 1),
        (PASSAGE["p01.1"], "passage", 1),
        (GRAPH["meta"], "graph", 0),
        (GLOCAL["Claim"], "thing", 0),
    ]


def test_names_begin_with_the_label_of_each_language() -> None:
    names = {term.iri: term.names for term in listed()}

    assert names[GLOCAL["City"]] == {"en": ["city", "town"], "zh": ["城市"]}
    assert names[ID["Paris"]] == {"en": ["Paris", "City of Light"]}
    assert names[RDF["type"]] == {}


def test_a_property_has_the_classes_that_use_it() -> None:
    assert {term.iri: term.of for term in listed() if term.of} == {GLOCAL["near"]: [GLOCAL["City"]]}


def test_classes_and_properties_have_their_definitions() -> None:
    defined = {term.iri: dict(term.definitions) for term in listed() if term.definitions}

    assert defined == {GLOCAL["near"]: {"en": "Is not far from.", "zh": "与之相距不远。"}}
