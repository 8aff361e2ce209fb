"""Extract the anonymous class expressions of a query, as triples to add to the graph.

Under OWL's direct semantics a query may ask for the instances of a class that it describes itself.
A class expression asserts nothing, so it can be added to the graph. The rules then derive its
instances, and the query matches the expression.

Source: SPARQL 1.1 Entailment Regimes, section 7.
"""

from collections.abc import Iterator
from typing import Final

from pyoxigraph import Quad
from rdflib import BNode, Variable
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from kg.namespaces import OWL, RDF
from kg.store.rdflib_dataset import from_rdflib

DESCRIBES: Final = frozenset(
    OWL[name] for name in ("intersectionOf", "unionOf", "complementOf", "oneOf", "onProperty")
)
_Pattern = tuple[Node, Node, Node]


def class_expressions(query: str) -> list[Quad]:
    """Return the triples of all class expressions in a query; most queries have none."""
    patterns = list(_patterns(translateQuery(parseQuery(query)).algebra))
    parts = {
        subject
        for subject, predicate, _ in patterns
        if isinstance(subject, BNode) and from_rdflib(predicate) in {*DESCRIBES, RDF["first"]}
    }
    return [
        Quad(*map(from_rdflib, pattern))  # type: ignore[arg-type]
        for pattern in patterns
        if pattern[0] in parts and not any(isinstance(slot, Variable) for slot in pattern)
    ]


def _patterns(node: object) -> Iterator[_Pattern]:
    """Yield all triple patterns in an algebra expression."""
    if isinstance(node, CompValue):
        if node.name == "BGP":
            yield from node.triples
        for part in node.values():
            yield from _patterns(part)
