"""The values of an entity's properties: how well they fit, and as the protocol writes them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.identifiers import TARGETS
from kg.names.candidates import similarity
from kg.names.index import NameIndex
from kg.names.keys import key_of
from kg.namespaces import ID, XSD, shorten
from kg.reconciliation.batches import Value
from kg.store.quad_store import Store

Object = NamedNode | Literal

_FULL: Final = 100.0
_INTEGERS: Final = {XSD[name] for name in ("integer", "int", "long", "nonNegativeInteger")}
_FLOATS: Final = {XSD[name] for name in ("decimal", "double", "float")}
_INTEGER: Final = re.compile(r"[+-]?\d{1,4000}")
_DATE_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")


def values_of(store: Store, subject: NamedNode, predicate: NamedNode) -> list[Object]:
    """The named things and literals that stand in this relation to an entity, sorted."""
    found = (one.object for one in store.matching(subject, predicate))
    return sorted((one for one in found if isinstance(one, NamedNode | Literal)), key=str)


def fit(index: NameIndex, wanted: Sequence[Value], found: Sequence[Object]) -> float:
    """How well the best of the values fits the best of those asked for, from 0 to 100."""
    return max((_fit(index, one, other) for one in wanted for other in found), default=0.0)


def fits(index: NameIndex, wanted: Sequence[Value], found: Sequence[Object]) -> bool:
    """Whether one of the values is one of those asked for; quicker than to see how well it fits."""
    return any(_is(index, one, other) for one in wanted for other in found)


def written(index: NameIndex, value: Object) -> dict[str, Any]:
    """A value as data extension writes it: an entity, a number, a time or a text."""
    if isinstance(value, NamedNode):
        entity = index.entities.get(value.value)
        if entity is not None:
            return {"id": entity.local_name, "name": entity.label()}
        return {"str": value.value}
    if value.datatype in _INTEGERS and _INTEGER.fullmatch(value.value):
        return {"int": int(value.value)}
    if value.datatype in _FLOATS and (number := _number(value.value)) is not None:
        return {"float": float(number)}
    if value.datatype == XSD["dateTime"] and _DATE_TIME.fullmatch(value.value):
        return {"date": value.value}
    return {"str": value.value}


def _fit(index: NameIndex, wanted: Value, found: Object) -> float:
    if _is(index, wanted, found):
        return _FULL
    text = str(wanted)
    if isinstance(wanted, Mapping) or _number(text) is not None:
        return 0.0
    return max((similarity(text, one) for one in _texts(index, found)), default=0.0)


def _is(index: NameIndex, wanted: Value, found: Object) -> bool:
    if isinstance(wanted, Mapping):
        return _is_called(found, wanted["id"])
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    # 1.4 and 14 have one key: numbers are compared as numbers.
    if isinstance(found, Literal) and (number := _number(text)) is not None:
        return number == _number(found.value)
    key = key_of(text)
    return _is_called(found, text) or any(key == key_of(one) for one in _texts(index, found))


def _texts(index: NameIndex, found: Object) -> Iterator[str]:
    """By what a value can be named: a literal by itself, an entity by its names."""
    if isinstance(found, Literal):
        yield found.value
    elif (entity := index.entities.get(found.value)) is not None:
        yield from (name.text for name in entity.names)


def _is_called(found: Object, name: str) -> bool:
    """Whether this is the thing's IRI, its CURIE, its local name or its identifier elsewhere."""
    iri = found.value
    elsewhere = (target.identifier(iri) for target in TARGETS.values())
    return name in {iri, shorten(iri), iri.removeprefix(ID), *elsewhere}


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
