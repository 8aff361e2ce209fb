"""Read a triple as people write it: each term by any name, the object also as a literal."""

import re
from difflib import get_close_matches
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.errors import AmbiguousName, MalformedParameter, UnknownName, did_you_mean
from kg.linking.near_properties import PROPERTY_TYPES, near_properties
from kg.linking.resolver import Resolver
from kg.namespaces import GLOCAL, ID, RDF, XSD, is_in, shorten
from kg.store.quad_store import Store
from kg.store.saved_queries import parse_term

_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_DATATYPE: Final = re.compile(r"\^\^<(.*)>$")


def read_triple(resolver: Resolver, subject: str, predicate: str, object_: str) -> Triple:
    """Resolve the terms of a triple; an object in quotation marks is a literal.

    An IRI of another data set that no such triple has stands for the entity that is the same.
    What names nothing is the literal of this text that the subject has, if there is just one, or a
    number as in Turtle. Of an entity and a class with the same name, a property of the ontology
    relates the entity.
    Raises MalformedParameter if the predicate is no property; for other errors see `resolve`.
    """
    # As in Turtle and SPARQL.
    predicate = "rdf:type" if predicate.strip() == "a" else predicate
    second = _read_property(resolver, subject, predicate, object_)

    def read_end(value: str, expected: str) -> NamedNode:
        try:
            return resolver.read_value(value, expected)
        except AmbiguousName as error:
            named = [NamedNode(str(candidate["id"])) for candidate in error.candidates]
            entities = [one for one in named if is_in(one, ID)]
            if not is_in(second, GLOCAL) or len(entities) != 1:
                raise
            return entities[0]

    first = parse_term("subject", subject, "an IRI", read_end)
    # Only for the type checker: `parse_term` returns no literal where an IRI is expected.
    if isinstance(first, Literal) or isinstance(second, Literal):
        raise MalformedParameter("subject", "expected an IRI")
    _require_property(resolver, second)
    expected = "the IRI of a class" if second == RDF["type"] else "an IRI"
    if object_.startswith('"'):
        expected = 'a literal such as "text"@en'
    try:
        third = parse_term("object", object_, expected, read_end)
    except UnknownName as error:
        third = _find_literal(resolver.store, first, second, error)
    # `parse_term` takes text that is not a quoted literal as a plain string.
    if object_.startswith('"') and isinstance(third, Literal) and third.value == object_:
        raise MalformedParameter("object", f"{object_} is not a literal; expected {expected}")
    store = resolver.store
    if not _is_used(store, subject=first, predicate=second):
        first = resolver.find_same(first) or first
    if isinstance(third, NamedNode) and not _is_used(store, predicate=second, object_=third):
        third = resolver.find_same(third) or third
    return Triple(first, second, third)


def _read_property(
    resolver: Resolver, subject: str, predicate: str, object_: str
) -> NamedNode | Literal:
    """Resolve a predicate; if it is unknown, name near properties or those between the two ends."""
    try:
        return parse_term("predicate", predicate, "the IRI of a property", resolver.read_value)
    except UnknownName as error:
        ends = _find_one(resolver, subject), _find_one(resolver, object_)
        near = near_properties(resolver.store, resolver.names.properties, predicate, ends)
        raise UnknownName(error.name, kind="property", near=near or error.near) from error


def _find_one(resolver: Resolver, name: str) -> NamedNode | None:
    """Return the one thing with a name, an entity if there is one; None if it means no thing."""
    found = sorted(resolver.find(name), key=str)
    entities = [one for one in found if is_in(one, ID)] or found
    return entities[0] if len(entities) == 1 else None


def _is_used(store: Store, **terms: Any) -> bool:
    """Return whether a triple has these terms."""
    return next(store.quads(**terms), None) is not None


def _require_property(resolver: Resolver, iri: NamedNode) -> None:
    """Refuse what is neither declared nor used as a property, and name near properties."""
    store = resolver.store
    types = {triple.object for triple in store.triples(iri, RDF["type"])}
    if not types.isdisjoint(PROPERTY_TYPES) or _is_used(store, predicate=iri):
        return
    names = sorted({shorten(one.value) for one in resolver.names.properties.values()})
    name = shorten(iri.value)
    near = did_you_mean(get_close_matches(name, names, cutoff=0.5))
    raise MalformedParameter("predicate", f"{name} is not a property; expected one.{near}")


def _find_literal(
    store: Store, subject: NamedNode, predicate: NamedNode, error: UnknownName
) -> Literal:
    """Return the one literal of the subject with this text, or else a number.

    If it is neither, the error says how to write a literal.
    """
    values = {quad.object for quad in store.quads(subject, predicate)}
    stated = sorted((value for value in values if isinstance(value, Literal)), key=str)
    same = [literal for literal in stated if literal.value == error.name]
    if len(same) == 1:
        return same[0]
    if not same and _NUMBER.fullmatch(error.name):
        return Literal(error.name, datatype=XSD["decimal" if "." in error.name else "integer"])
    written = " or ".join(map(_write, same or stated[:1])) or '"text"@en'
    remedy = f"for a literal, quotation marks: {written}"
    raise UnknownName(error.name, kind=error.kind, near=error.near, remedy=remedy) from error


def _write(literal: Literal) -> str:
    return _DATATYPE.sub(lambda found: f"^^{shorten(found[1])}", str(literal))
