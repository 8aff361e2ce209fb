"""The store's terms -> rdflib's, and back; their spelling untouched."""

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple
from rdflib import BNode, URIRef
from rdflib import Literal as RdflibLiteral
from rdflib.term import Node

_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"


def to_rdflib(term: NamedNode | BlankNode | Literal | Triple) -> Node:
    """The same term in rdflib; plain text without a datatype, as rdflib writes it.

    Raises:
        TypeError: a triple term; rdflib has none.
    """
    if isinstance(term, NamedNode):
        return URIRef(term.value)
    if isinstance(term, BlankNode):
        return BNode(term.value)
    if isinstance(term, Triple):
        raise TypeError(f"rdflib has no term for {term}")
    if term.language:
        return RdflibLiteral(term.value, lang=term.language)
    name = term.datatype.value
    return RdflibLiteral(
        term.value, datatype=None if name == _STRING else URIRef(name), normalize=False
    )


def triple_to_rdflib(triple: Triple) -> tuple[Node, Node, Node]:
    """The same triple in rdflib.

    Raises:
        TypeError: it is about a triple term.
    """
    return to_rdflib(triple.subject), to_rdflib(triple.predicate), to_rdflib(triple.object)


def from_rdflib(term: object) -> NamedNode | BlankNode | Literal:
    """The same term in the store's words; text without datatype or language is a string."""
    if isinstance(term, RdflibLiteral):
        if term.language:
            return Literal(str(term), language=term.language)
        return Literal(str(term), datatype=NamedNode(str(term.datatype or _STRING)))
    return NamedNode(str(term)) if isinstance(term, URIRef) else BlankNode(str(term))
