"""Small pieces of HTML about an entity, a class or a property, for reconciliation clients."""

from collections.abc import Iterator
from enum import StrEnum
from html import escape
from typing import Final

from pyoxigraph import NamedNode

from kg.linking.name_index import Entity
from kg.namespaces import SKOS, shorten
from service.http.html import html_page
from service.http.request import register_words
from service.served import Served

_MATCHES: Final = (SKOS["exactMatch"], SKOS["closeMatch"])


class Kind(StrEnum):
    """What can be suggested."""

    entity = "entity"
    type = "type"
    property = "property"


register_words("suggested", Kind)


def preview(here: Served, identifier: str) -> bytes:
    """A page about an entity that loads nothing.

    Raises:
        UnknownName: there is no such entity.
    """
    entity = here.reconciler.entity(identifier)
    body = "\n".join(_lines(here, entity))
    return html_page(escape(entity.label()), f'<main class="preview">{body}</main>')


def summary(here: Served, kind: Kind, identifier: str) -> str:
    """A piece of HTML about what was suggested.

    Raises:
        UnknownName: there is nothing of this kind and name.
    """
    if kind is Kind.entity:
        return "".join(_lines(here, here.reconciler.entity(identifier)))
    vocabulary = here.reconciler.vocabulary
    find = vocabulary.type if kind is Kind.type else vocabulary.property
    term = find(identifier)
    labels = " · ".join(_in(language, text) for language, text in term.labels.items())
    return f"<p><b>{labels or escape(term.name)}</b></p><p>{escape(term.definition)}</p>"


def _lines(here: Served, entity: Entity) -> Iterator[str]:
    labels = [one for one in entity.names if one.is_label]
    others = [one for one in entity.names if not one.is_label]
    yield f"<p><b>{' · '.join(_in(one.language, one.text) for one in labels)}</b></p>"
    if others:
        yield f"<p>{', '.join(_in(one.language, one.text) for one in others)}</p>"
    types = ", ".join(escape(one["name"]) for one in here.reconciler.types_of(entity))
    yield f"<p>{types}</p>"
    for relation in _MATCHES:
        for one in sorted(here.store.matching(entity.iri, relation), key=str):
            if isinstance(one.object, NamedNode):
                iri, name = escape(one.object.value), escape(shorten(one.object.value))
                yield f'<p><a href="{iri}">{name}</a> ({escape(shorten(relation.value))})</p>'


def _in(language: str, text: str) -> str:
    return f'<span lang="{escape(language)}">{escape(text)}</span>'
