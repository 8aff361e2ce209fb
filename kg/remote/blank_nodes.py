"""Blank nodes as IRIs on a server, since a server renames blank nodes (RDF 1.1, section 3.5)."""

from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.namespaces import BASE

SKOLEM: Final = f"{BASE}.well-known/genid/"


def skolemize(term: Any) -> Any:
    """Return the IRI that stands for a blank node on a server; other terms as they are."""
    if isinstance(term, BlankNode):
        return NamedNode(SKOLEM + term.value)
    return skolemize_triple(term) if isinstance(term, Triple) else term


def skolemize_triple(triple: Triple) -> Triple:
    """Return the triple that stands for this one on a server."""
    return Triple(skolemize(triple.subject), triple.predicate, skolemize(triple.object))


def restore(term: Any) -> Any:
    """Return the blank node that an IRI of a server stands for; other terms as they are."""
    if isinstance(term, NamedNode) and term.value.startswith(SKOLEM):
        return BlankNode(term.value.removeprefix(SKOLEM))
    if isinstance(term, Triple):
        return Triple(restore(term.subject), term.predicate, restore(term.object))
    return term
