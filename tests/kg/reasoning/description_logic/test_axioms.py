"""Triples are grouped into axioms, each with all its triples."""

from pyoxigraph import Triple

from kg.namespaces import GLOCAL, ID, OWL, RDF
from kg.reasoning.description_logic.axioms import DividedOntology, ManchesterWriter, divide_ontology
from tests.kg.reasoning.given import quads


def triples(turtle: str) -> list[Triple]:
    return [quad.triple for quad in quads(turtle)]


def divided(turtle: str) -> DividedOntology:
    return divide_ontology(triples(turtle))


def in_words(turtle: str) -> list[str]:
    given = triples(turtle)
    return [ManchesterWriter(given).write(axiom) for axiom in divide_ontology(given).axioms]


def test_an_axiom_comes_with_the_whole_expression_and_no_other() -> None:
    result = divided("""
        glocal:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty glocal:p ;
            owl:someValuesFrom [ owl:unionOf ( glocal:B glocal:C ) ] ] , glocal:D .""")

    # Of the restriction 3 triples, of the union 1, of its list 4, and the axiom itself.
    assert [len(axiom.triples) for axiom in result.axioms] == [9, 1]
    assert result.axioms[0].names == {GLOCAL[name] for name in "ABCp"}
    assert result.axioms[1].names == {GLOCAL["A"], GLOCAL["D"]}


def test_declarations_stand_apart_and_annotations_are_left_out() -> None:
    result = divided("""
        glocal:A a owl:Class ; rdfs:label "A" ; glocal:note "of no matter" .
        glocal:note a owl:AnnotationProperty .
        [] a owl:Axiom ; owl:annotatedSource glocal:A ; owl:annotatedProperty rdfs:subClassOf ;
            owl:annotatedTarget glocal:B ; glocal:note "of no matter" .""")

    assert [one.subject for one in result.declarations] == [GLOCAL["A"], GLOCAL["note"]]
    assert result.axioms == ()


def test_an_individual_without_a_name_is_no_expression() -> None:
    result = divided("id:London glocal:p _:x . _:x a glocal:A ; glocal:p id:Lyon .")

    assert [len(axiom.triples) for axiom in result.axioms] == [1, 1, 1]
    assert all(axiom.is_assertion for axiom in result.axioms)


def test_types_in_classes_are_assertions_and_characteristics_are_not() -> None:
    result = divided("""
        id:London a glocal:City ; owl:sameAs id:Londres .
        glocal:p a owl:TransitiveProperty .
        [ owl:inverseOf glocal:p ] a owl:FunctionalProperty .
        [] a owl:AllDifferent ; owl:distinctMembers ( id:London id:Lyon ) .""")

    assert [axiom.is_assertion for axiom in result.axioms] == [True, True, False, False, True]
    assert result.axioms[-1].head.object == OWL["AllDifferent"]
    assert result.axioms[-1].names == {ID["London"], ID["Lyon"]}
    assert RDF["type"] not in result.axioms[0].names


def test_axioms_about_classes_are_said_in_the_manchester_syntax() -> None:
    assert in_words("""
        glocal:A rdfs:subClassOf [ owl:onProperty glocal:p ; owl:allValuesFrom glocal:B ] .
        [ owl:onProperty glocal:p ; owl:hasValue id:London ] rdfs:subClassOf glocal:A .
        glocal:A owl:disjointUnionOf ( glocal:B glocal:C ) .
        [] a owl:AllDisjointClasses ; owl:members ( glocal:B glocal:C ) .
        glocal:A owl:hasKey ( glocal:p glocal:q ) .""") == [
        "glocal:A SubClassOf (glocal:p only glocal:B)",
        "(glocal:p value id:London) SubClassOf glocal:A",
        "glocal:A DisjointUnionOf glocal:B, glocal:C",
        "DisjointClasses: glocal:B, glocal:C",
        "glocal:A HasKey glocal:p, glocal:q",
    ]


def test_axioms_about_properties_and_assertions_are_said_likewise() -> None:
    assert in_words("""
        glocal:p owl:propertyChainAxiom ( glocal:q [ owl:inverseOf glocal:r ] ) .
        glocal:p a owl:IrreflexiveProperty ; rdfs:domain glocal:A .
        id:London a glocal:City ; glocal:p id:Lyon ; glocal:d "9"^^xsd:integer .
        [] a owl:NegativePropertyAssertion ; owl:sourceIndividual id:London ;
            owl:assertionProperty glocal:p ; owl:targetIndividual id:Lyon .""") == [
        "glocal:p SuperPropertyOf glocal:q o inverse (glocal:r)",
        "glocal:p Characteristics Irreflexive",
        "glocal:p Domain glocal:A",
        "id:London Type glocal:City",
        "id:London glocal:p id:Lyon",
        'id:London glocal:d "9"^^<http://www.w3.org/2001/XMLSchema#integer>',
        "not (id:London glocal:p id:Lyon)",
    ]
