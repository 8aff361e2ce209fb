"""Classes that a query describes are taken out of its text, and only where that is safe."""

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from kg.namespaces import OWL, RDF, XSD
from kg.reasoning.regimes.described_classes import take_out_classes
from kg.sparql.query import Query

PREFIXES = f"PREFIX : <https://example.org/> PREFIX owl: <{OWL}> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
A, B, P = (NamedNode(f"https://example.org/{name}") for name in "ABp")
TYPE = "<urn:x-glocal:described:type>"
FIRST, SECOND = "<urn:x-glocal:class:1>", "<urn:x-glocal:class:2>"


def taken_out(text: str) -> str | None:
    """Return the text after the prefixes without its classes; None if it stays as it is."""
    classes = take_out_classes(Query(f"{PREFIXES} {text}"))
    if classes is None:
        return None
    assert classes.query.text.startswith(PREFIXES)
    return " ".join(classes.query.text.removeprefix(PREFIXES).split())


def test_a_class_in_brackets_gets_a_name_and_its_predicate_another() -> None:
    text = "SELECT ?x { ?x a [ owl:intersectionOf ( :A :B ) ] . ?x :p ?y }"

    classes = take_out_classes(Query(f"{PREFIXES} {text}"))

    assert taken_out(text) == f"SELECT ?x {{ ?x {TYPE} {FIRST} . ?x :p ?y }}"
    assert classes is not None
    (node,) = classes.names
    described = {
        (quad.subject == node, quad.predicate, quad.object) for quad in classes.description
    }
    assert {(False, RDF["first"], A), (False, RDF["first"], B)} <= described
    assert len(described) == 5
    assert all(isinstance(quad.subject, BlankNode) for quad in classes.description)


def test_parts_of_a_class_belong_to_it() -> None:
    inner = "[ owl:onProperty :p ; owl:someValuesFrom [ owl:complementOf :A ] ]"

    classes = take_out_classes(Query(f"{PREFIXES} SELECT ?x {{ ?x a {inner} FILTER(?x != :B) }}"))

    assert classes is not None
    objects = {quad.predicate: quad.object for quad in classes.description}
    assert objects.keys() == {OWL["onProperty"], OWL["someValuesFrom"], OWL["complementOf"]}
    assert (objects[OWL["onProperty"]], objects[OWL["complementOf"]]) == (P, A)


def test_a_number_in_a_class_keeps_its_datatype() -> None:
    text = "SELECT ?x { ?x a [ owl:onProperty :p ; owl:minCardinality 1 ] }"

    classes = take_out_classes(Query(f"{PREFIXES} {text}"))

    assert classes is not None
    objects = {quad.predicate: quad.object for quad in classes.description}
    assert objects[OWL["minCardinality"]] == Literal("1", datatype=XSD["integer"])


def test_statements_about_a_label_are_a_class_wherever_they_stand() -> None:
    text = """SELECT * { ?C rdfs:subClassOf _:b . FILTER(?C != owl:Nothing)
        _:b a owl:Restriction ; owl:onProperty :p ; owl:someValuesFrom _:d .
        _:d owl:unionOf ( :A :B ).
        ?x a _:b }"""

    subclass = "<urn:x-glocal:described:subClassOf>"
    assert taken_out(text) == (
        f"SELECT * {{ ?C {subclass} {FIRST} . FILTER(?C != owl:Nothing) ?x {TYPE} {FIRST} }}"
    )


def test_each_class_has_a_name_of_its_own_and_lines_stay_lines() -> None:
    text = "SELECT ?x {\n ?x a [ owl:unionOf (:A\n :B) ] ; a [ owl:oneOf (:A) ] .\n ?x :p ?y }"

    classes = take_out_classes(Query(f"{PREFIXES} {text}"))

    assert taken_out(text) == f"SELECT ?x {{ ?x {TYPE} {FIRST} ; {TYPE} {SECOND} . ?x :p ?y }}"
    assert classes is not None
    assert classes.query.text.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x { ?x a :A }",
        "SELECT ?x { ?x :p _:y . _:y :q ?z }",
        # A variable: which classes there are is a question about the data.
        "SELECT ?x ?c { ?x a [ owl:intersectionOf ( :A ?c ) ] }",
        # One of several objects, or the end of a path.
        "SELECT ?x { ?x a [ owl:unionOf ( :A :B ) ] , :A }",
        "SELECT ?x { ?x a/rdfs:subClassOf [ owl:unionOf ( :A :B ) ] }",
        # A subject, and the object of what has no classes as values.
        "SELECT ?p { [ owl:unionOf ( :A :B ) ] ?p :A }",
        "SELECT ?x { ?x :p [ owl:unionOf ( :A :B ) ] }",
        # Other data.
        "SELECT ?x { GRAPH ?g { ?x a [ owl:unionOf ( :A :B ) ] } }",
        "SELECT ?x { ?x a _:c GRAPH :g { _:c owl:unionOf ( :A :B ) } }",
        # A label that is also asked for in another way.
        "SELECT ?y { ?x a _:c . _:c owl:unionOf ( :A :B ) ; :q ?y }",
        "SELECT ?y { ?x a _:c . _:c owl:unionOf ( :A :B ) . ?y :q _:c }",
        # The template of a CONSTRUCT, which may say what it likes.
        "CONSTRUCT { ?x a [ owl:unionOf ( :A :B ) ] } WHERE { ?x a :A }",
        "CONSTRUCT WHERE { ?x a [ owl:onProperty :p ; owl:hasValue :A ] }",
        # Text that is no description.
        "SELECT ?x { ?x a :A FILTER(?x != 'a [ owl:unionOf ( :A ) ]') }",
        "SELECT ?x { ?x a [ owl:unionOf ( :A :B }",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert taken_out(text) is None


def test_the_pattern_of_a_construct_may_describe_a_class() -> None:
    text = "CONSTRUCT { ?x :p :B } WHERE { ?x a [ owl:oneOf ( :A ) ] }"

    assert taken_out(text) == f"CONSTRUCT {{ ?x :p :B }} WHERE {{ ?x {TYPE} {FIRST} }}"
