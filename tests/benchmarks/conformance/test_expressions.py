from pyoxigraph import BlankNode, Literal, NamedNode

from benchmarks.conformance.expressions import class_expressions
from kg.namespaces import OWL, RDF

PREFIXES = f"PREFIX : <https://example.org/> PREFIX owl: <{OWL}>"
A, B, P = (NamedNode(f"https://example.org/{name}") for name in "ABp")


def test_a_class_that_a_query_describes_is_found_with_its_list() -> None:
    found = class_expressions(f"{PREFIXES} SELECT ?x {{ ?x a [ owl:intersectionOf ( :A :B ) ] }}")

    objects = {(quad.predicate, quad.object) for quad in found}
    assert objects >= {(RDF["first"], A), (RDF["first"], B), (RDF["rest"], RDF["nil"])}
    assert len(found) == 5
    assert all(isinstance(quad.subject, BlankNode) for quad in found)


def test_parts_of_a_description_belong_to_it_and_who_is_asked_for_does_not() -> None:
    inner = "[ owl:onProperty :p ; owl:someValuesFrom [ owl:complementOf :A ] ]"

    found = class_expressions(f"{PREFIXES} SELECT ?x {{ ?x a {inner} FILTER(?x != :B) }}")

    outer = {quad.predicate: quad.object for quad in found}
    assert outer.keys() == {OWL["onProperty"], OWL["someValuesFrom"], OWL["complementOf"]}
    assert (outer[OWL["onProperty"]], outer[OWL["complementOf"]]) == (P, A)


def test_a_number_in_a_description_keeps_its_datatype() -> None:
    query = f"{PREFIXES} SELECT ?x {{ ?x a [ owl:onProperty :p ; owl:minCardinality 1 ] }}"

    objects = {quad.predicate: quad.object for quad in class_expressions(query)}

    integer = NamedNode("http://www.w3.org/2001/XMLSchema#integer")
    assert objects[OWL["minCardinality"]] == Literal("1", datatype=integer)


def test_blank_nodes_that_describe_no_class_are_left_alone() -> None:
    assert class_expressions(f"{PREFIXES} SELECT ?x {{ ?x :p _:y . _:y :q ?z }}") == []
