import pytest
from pyoxigraph import Quad, RdfFormat, parse

from kg.describe.glossary import Glossary, RelationPatterns, TermAxiom
from kg.namespaces import GLOCAL, ID, OWL, PREFIXES, RDF, RDFS
from kg.store.quad_store import Store

TURTLE = """
glocal:Agent a owl:Class ; rdfs:label "agent"@en , "行为体"@zh .
glocal:City a owl:Class ; rdfs:label "city"@en , "城市"@zh ; rdfs:subClassOf glocal:Agent , _:host ;
    owl:disjointWith glocal:State .
_:host a owl:Restriction ; owl:onProperty glocal:hosts ; owl:someValuesFrom glocal:Agent .
glocal:State a owl:Class ; rdfs:label "state"@en , "国家"@zh ; owl:deprecated true ;
    dcterms:isReplacedBy glocal:Agent .
glocal:hosts a owl:ObjectProperty , owl:TransitiveProperty ; rdfs:label "hosts"@en , "主办"@zh ;
    rdfs:domain glocal:City ; owl:propertyChainAxiom ( glocal:hosts glocal:near ) .
glocal:near a owl:ObjectProperty ; rdfs:label "is near"@en , "邻近"@zh .
skos:note a owl:AnnotationProperty .
[] a owl:Axiom ; owl:annotatedSource glocal:City ; owl:annotatedProperty rdfs:subClassOf ;
    owl:annotatedTarget glocal:Agent ; glocal:isModellingDecision true .
"""


def quads_of(turtle: str) -> list[Quad]:
    prologue = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return list(parse(prologue + turtle, format=RdfFormat.TURTLE))


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return Glossary(quads_of(TURTLE), GLOCAL)


def test_terms_of_the_namespace_stand_apart_from_those_of_others(glossary: Glossary) -> None:
    assert glossary.terms == {
        GLOCAL["Agent"]: OWL["Class"],
        GLOCAL["City"]: OWL["Class"],
        GLOCAL["State"]: OWL["Class"],
        GLOCAL["hosts"]: OWL["ObjectProperty"],
        GLOCAL["near"]: OWL["ObjectProperty"],
    }
    assert [one.value.rpartition("#")[2] for one in glossary.outside_terms] == ["note"]


def test_the_order_among_terms_is_read_in_both_directions(glossary: Glossary) -> None:
    assert glossary.broader(GLOCAL["City"]) == [GLOCAL["Agent"]]
    assert glossary.narrower(GLOCAL["Agent"]) == [GLOCAL["City"]]
    assert glossary.top_terms([OWL["Class"]]) == [GLOCAL["Agent"], GLOCAL["State"]]


def test_a_class_is_below_the_named_classes_of_the_intersection_that_defines_it() -> None:
    turtle = """glocal:Agent a owl:Class . glocal:Host a owl:Class ; owl:equivalentClass [
        owl:intersectionOf ( glocal:Agent [ a owl:Restriction ] ) ] ."""
    found = Glossary(quads_of(turtle), GLOCAL)

    assert found.broader(GLOCAL["Host"]) == [GLOCAL["Agent"]]
    assert found.top_terms([OWL["Class"]]) == [GLOCAL["Agent"]]


def test_what_stands_below_a_nearer_term_is_not_nearest() -> None:
    order = {"C": "BA", "B": "A", "D": "AE", "E": "AD"}
    terms = {name: GLOCAL[name] for name in "ABCDE"}
    quads = [Quad(term, RDF["type"], OWL["Class"]) for term in terms.values()]
    for low, above in order.items():
        quads += [Quad(terms[low], RDFS["subClassOf"], terms[high]) for high in above]
    found = Glossary(quads, GLOCAL)

    # Those of a circle are equally near.
    assert found.direct_narrower(terms["A"]) == [terms["B"], terms["D"], terms["E"]]
    assert found.direct_narrower(terms["B"]) == [terms["C"]]


def test_axioms_that_are_no_order_are_told_as_expressions(glossary: Glossary) -> None:
    assert list(glossary.axioms(GLOCAL["City"])) == [
        TermAxiom(RDFS["subClassOf"], "(glocal:hosts some glocal:Agent)", False),
        TermAxiom(OWL["disjointWith"], "glocal:State", False),
    ]
    assert list(glossary.axioms(GLOCAL["hosts"])) == [
        TermAxiom(OWL["propertyChainAxiom"], "glocal:hosts o glocal:near", False),
        TermAxiom(RDFS["domain"], "glocal:City", False),
    ]
    assert glossary.characteristics(GLOCAL["hosts"]) == [OWL["TransitiveProperty"]]


def test_a_decision_of_the_makers_is_marked(glossary: Glossary) -> None:
    city, agent, up = GLOCAL["City"], GLOCAL["Agent"], RDFS["subClassOf"]

    assert glossary.is_modelling_decision(city, up, agent)
    assert not glossary.is_modelling_decision(agent, up, city)


def test_a_deprecated_term_names_its_successors(glossary: Glossary) -> None:
    assert glossary.replacements(GLOCAL["State"]) == [GLOCAL["Agent"]]
    assert glossary.replacements(GLOCAL["City"]) is None


RELATIONS = """
glocal:actorActor glocal:ofPattern id:ActorActor . glocal:friendly glocal:ofMode id:Friendly .
glocal:meets rdfs:subPropertyOf glocal:actorActor . glocal:hosts rdfs:subPropertyOf glocal:meets .
glocal:helps rdfs:subPropertyOf glocal:friendly , glocal:actorActor .
glocal:actorActor rdfs:subPropertyOf glocal:relates .
"""
FOUND = RelationPatterns(Store.in_memory(quads_of(RELATIONS)))


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
