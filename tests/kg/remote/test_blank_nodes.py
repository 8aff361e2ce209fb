"""Blank nodes stand as IRIs on a server."""

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.remote.blank_nodes import SKOLEM, restore, skolemize

NAME, TEXT = NamedNode("urn:name"), Literal("text", language="en")


def test_a_blank_node_is_an_iri_on_the_server_and_a_blank_node_again() -> None:
    node = BlankNode("c14n1")

    assert skolemize(node) == NamedNode(f"{SKOLEM}c14n1")
    assert restore(skolemize(node)) == node
    assert [skolemize(NAME), restore(NAME), skolemize(TEXT)] == [NAME, NAME, TEXT]


def test_blank_nodes_within_triple_terms_are_iris_too() -> None:
    term = Triple(BlankNode("a"), NAME, Triple(NAME, NAME, BlankNode("b")))

    there = skolemize(term)

    assert "_:" not in str(there)
    assert restore(there) == term
