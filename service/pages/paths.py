"""Where on this host the things that are ours are shown, and the files in which rules stand."""

from collections.abc import Container
from html import escape

from pyoxigraph import NamedNode

from kg.namespaces import BASE


def address(iri: NamedNode) -> str:
    """The path on this host of what is ours, else the IRI."""
    is_ours = iri.value.startswith(BASE)
    return f"/{iri.value.removeprefix(BASE)}" if is_ours else iri.value


def place_link(place: str, documents: Container[str]) -> str:
    """Where a rule is written, as a link to that document if it is here."""
    name = place.partition(":")[0].removesuffix(".ttl")
    text = f"<code>{escape(place)}</code>" if place else ""
    return f'<a href="/ontology/{escape(name)}">{text}</a>' if name in documents else text
