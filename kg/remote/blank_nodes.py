"""Blank nodes as IRIs on a server, since a server renames blank nodes (RDF 1.1, section 3.5)."""

from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode

from kg.namespaces import BASE

SKOLEM: Final = f"{BASE}.well-known/genid/"


def skolemize(term: Any) -> Any:
    """Return the IRI that stands for a blank node on a server; other terms as they are."""
    return NamedNode(SKOLEM + term.value) if isinstance(term, BlankNode) else term


def restore(term: Any) -> Any:
    """Return the blank node that an IRI of a server stands for; other terms as they are."""
    if isinstance(term, NamedNode) and term.value.startswith(SKOLEM):
        return BlankNode(term.value.removeprefix(SKOLEM))
    return term
