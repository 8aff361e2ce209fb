"""Word the proofs of anybody's data: with its prefixes, and anonymous classes as expressions."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import RDF, XSD
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.proofs.proof import AnyProof
from kg.reasoning.proofs.words import Wording
from kg.reasoning.upkeep.entailed_store import EntailedStore
from kg.sources.prefixes import PrefixTable

# The triples of an anonymous class and its parts that are read to write it.
_MAX_TRIPLES: Final = 10_000
# Of what is written of one of them.
_MAX_CHARACTERS: Final = 2_000


def word_data(store: EntailedStore, prefixes: PrefixTable, language: str = "") -> Wording:
    """Return a wording with these prefixes, for proofs over the store; it keeps what it has read.

    Anonymous classes, data ranges and properties are in Manchester syntax, and lists are in
    brackets; any other blank node has its label.
    """

    @cache
    def describe(node: BlankNode) -> str:
        quads = [Quad(*triple) for triple in read_nodes(store, [node])]
        try:
            graph = OntologyGraph(quads).naming(prefixes.shorten, max_characters=_MAX_CHARACTERS)
            if graph.objects(node, RDF["first"]):
                return f"({', '.join(graph.members_to_manchester(node))})"
            return graph.describe(node) or str(node)
        except UnsupportedAxiom:
            return str(node)

    def write(term: Any) -> str:
        if isinstance(term, NamedNode):
            return prefixes.shorten(term.value)
        if isinstance(term, BlankNode):
            return describe(term)
        if isinstance(term, Literal) and term.language is None and term.datatype != XSD["string"]:
            return f"{Literal(term.value)}^^{prefixes.write(term.datatype.value)}"
        return str(term)

    return Wording(write, prefixes.shorten_in, language)


def read_classes(store: EntailedStore, proofs: Iterable[AnyProof]) -> list[Triple]:
    """Return the triples of the anonymous classes that proofs mention, and of their parts."""
    steps = (step.triple for proof in proofs for step in proof.steps())
    return read_classes_among(store, (end for one in steps for end in (one.subject, one.object)))


def read_classes_among(store: EntailedStore, terms: Iterable[Any]) -> list[Triple]:
    """Return the triples of the anonymous classes among these terms, and of their parts."""
    hidden = store.closed.regime.hidden
    return read_nodes(store, (term for term in dict.fromkeys(terms) if term in hidden))


def read_nodes(store: EntailedStore, nodes: Iterable[Any]) -> list[Triple]:
    """Return the asserted triples of blank nodes, and of those that these refer to, and so on.

    Of very large descriptions, only the first triples are read.
    """
    found: list[Triple] = []
    waiting = [node for node in dict.fromkeys(nodes) if isinstance(node, BlankNode)]
    seen = set(waiting)
    while waiting and len(found) < _MAX_TRIPLES:
        for quad in store.quads(waiting.pop()):
            found.append(quad.triple)
            part = quad.object
            if isinstance(part, BlankNode) and part not in seen:
                seen.add(part)
                waiting.append(part)
    return list(dict.fromkeys(found))
