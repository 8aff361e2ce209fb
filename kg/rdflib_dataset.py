"""Quads -> an rdflib.Dataset, for those who work in Python."""

from collections.abc import Iterable

import rdflib
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple
from rdflib.term import IdentifiedNode, Node

from kg.namespaces import PREFIXES


def to_dataset(quads: Iterable[Quad]) -> rdflib.Dataset:
    """The same quads in memory, term by term, with the project's prefixes bound.

    Not parsed again: a second reading of the same lines could differ from the first.
    """
    dataset = rdflib.Dataset()
    for prefix, iri in PREFIXES.items():
        dataset.bind(prefix, iri, replace=True)
    for quad in quads:
        name = quad.graph_name
        graph = dataset.default_graph
        if not isinstance(name, DefaultGraph):
            graph = dataset.graph(_node(name))
        graph.add((_term(quad.subject), _term(quad.predicate), _term(quad.object)))
    return dataset


def _node(term: NamedNode | BlankNode) -> IdentifiedNode:
    return rdflib.URIRef(term.value) if isinstance(term, NamedNode) else rdflib.BNode(term.value)


def _term(term: NamedNode | BlankNode | Literal | Triple) -> Node:
    if isinstance(term, NamedNode | BlankNode):
        return _node(term)
    if not isinstance(term, Literal):
        raise TypeError(f"rdflib has no term for {term}")
    if term.language:
        return rdflib.Literal(term.value, lang=term.language)
    is_string = term.datatype.value == str(rdflib.XSD.string)
    datatype = None if is_string else rdflib.URIRef(term.datatype.value)
    return rdflib.Literal(term.value, datatype=datatype, normalize=False)
