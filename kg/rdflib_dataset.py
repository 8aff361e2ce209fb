"""Quads -> an rdflib.Dataset, for those who work in Python."""

from collections.abc import Iterable

import rdflib
from pyoxigraph import DefaultGraph, NamedNode, Quad

from kg.namespaces import PREFIXES
from kg.rdflib_terms import to_rdflib


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
            of_kind = rdflib.URIRef if isinstance(name, NamedNode) else rdflib.BNode
            graph = dataset.graph(of_kind(name.value))
        graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))
    return dataset
