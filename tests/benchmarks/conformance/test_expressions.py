from pyoxigraph import BlankNode, NamedNode

from benchmarks.conformance.expressions import expressions
from kg.namespaces import OWL, RDF, RDFS

PREFIXES = f"PREFIX : <https://example.org/> PREFIX owl: <{OWL}>"


def test_a_class_that_a_query_describes_stands_once_as_it_is_and_once_by_name() -> None:
    found = expressions(f"{PREFIXES} SELECT ?x {{ ?x a [ owl:intersectionOf ( :A :B ) ] }}")

    (within,) = (quad for quad in found.axioms if quad.predicate == RDFS["subClassOf"])
    described = {quad.predicate: quad for quad in found.described}
    assert isinstance(within.subject, BlankNode)
    assert described[OWL["intersectionOf"]].subject == within.object
    assert {quad.object for quad in found.described} >= {
        NamedNode("https://example.org/A"),
        NamedNode("https://example.org/B"),
        RDF["nil"],
    }
    assert not any(isinstance(quad.subject, BlankNode) for quad in found.described)


def test_a_part_of_a_description_is_no_class_that_is_asked_for() -> None:
    inner = "[ owl:onProperty :p ; owl:someValuesFrom [ owl:unionOf ( :A :B ) ] ]"

    found = expressions(f"{PREFIXES} SELECT ?x {{ ?x a {inner} }}")

    assert sum(quad.predicate == RDFS["subClassOf"] for quad in found.axioms) == 1


def test_blank_nodes_that_describe_no_class_are_left_alone() -> None:
    found = expressions(f"{PREFIXES} SELECT ?x {{ ?x :p _:y . _:y :q ?z }}")

    assert (found.axioms, found.described) == ([], [])
