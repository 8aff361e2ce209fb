"""The anonymous class expressions of a query, as triples to ask it of.

Under OWL's direct semantics a query may ask for the instances of a class that it describes itself.
The description says nothing by itself, so it may stand in the graph: once as it is, within a new
named class, which the rules then give its instances; once under that name, so that it is found.

Source: SPARQL 1.1 Entailment Regimes, section 7.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad
from rdflib import BNode, Variable
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Node

from kg.namespaces import OWL, RDF, RDFS
from kg.rdflib_terms import from_rdflib

DESCRIBES: Final = frozenset(
    OWL[name] for name in ("intersectionOf", "unionOf", "complementOf", "oneOf", "onProperty")
)
_NAME: Final = "https://example.org/expression/"
_Pattern = tuple[Node, Node, Node]


@dataclass(frozen=True)
class Expressions:
    """Axioms to reason by, and the descriptions to ask of."""

    axioms: list[Quad]
    described: list[Quad]


def expressions(query: str) -> Expressions:
    """Those of a query; none for most."""
    patterns = list(_patterns(translateQuery(parseQuery(query)).algebra))
    classes = {subject for subject, predicate, _ in patterns if from_rdflib(predicate) in DESCRIBES}
    lists = {
        subject for subject, predicate, _ in patterns if from_rdflib(predicate) == RDF["first"]
    }
    parts = {node for node in classes | lists if isinstance(node, BNode)}
    inside = [each for each in patterns if each[0] in parts and not _has_variable(each)]
    asked = {end for subject, _, end in patterns if subject not in parts and end in classes & parts}
    axioms = [_quad(each, is_named=False) for each in inside]
    axioms += [
        Quad(BlankNode(str(node)), RDFS["subClassOf"], NamedNode(f"{_NAME}{node}"))
        for node in sorted(asked, key=str)
    ]
    return Expressions(axioms, [_quad(each, is_named=True) for each in inside])


def _patterns(node: object) -> Iterator[_Pattern]:
    """The triple patterns anywhere in an algebra expression."""
    if isinstance(node, CompValue):
        if node.name == "BGP":
            yield from node.triples
        for part in node.values():
            yield from _patterns(part)


def _has_variable(pattern: _Pattern) -> bool:
    return any(isinstance(slot, Variable) for slot in pattern)


def _quad(pattern: _Pattern, *, is_named: bool) -> Quad:
    terms = [
        NamedNode(f"{_NAME}{slot}") if is_named and isinstance(slot, BNode) else from_rdflib(slot)
        for slot in pattern
    ]
    return Quad(*terms)  # type: ignore[arg-type]
