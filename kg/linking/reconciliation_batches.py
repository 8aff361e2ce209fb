"""Parse and check the JSON that a reconciliation client sends."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kg.errors import KgError, LimitExceeded, MalformedParameter
from kg.linking.name_search import NameQuery
from kg.linking.reconciliation_terms import Vocabulary, VocabularyTerm

STRICTNESS: Final = ("any", "all", "should")
_QUERIES: Final = "queries"
_EXTEND: Final = "extend"
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MAX_CANDIDATES: Final = 100

# A string, a number, a boolean, or an entity: an object with its identifier as `id`.
QueryValue = str | int | float | bool | Mapping[str, str]


@dataclass(frozen=True)
class BatchLimits:
    """Limits of one request.

    Attributes:
        queries: queries in a batch, or entities to extend.
        characters: characters of a string.
        values: property values in one query.
        properties: properties to extend by.
    """

    queries: int = 200
    characters: int = 500
    values: int = 20
    properties: int = 100


@dataclass(frozen=True)
class ReconciliationQuery:
    """A query of a batch: a name, property values or both, and the most candidates to return."""

    wanted: NameQuery | None
    properties: tuple[tuple[VocabularyTerm, tuple[QueryValue, ...]], ...]
    limit: int


@dataclass(frozen=True)
class ExtensionQuery:
    """A data extension query: identifiers of entities, and the properties to return.

    Each property has its settings, such as the language of its values.
    """

    identifiers: tuple[str, ...]
    properties: tuple[tuple[VocabularyTerm, Mapping[str, Any]], ...]


def parse_queries(
    text: str, vocabulary: Vocabulary, limits: BatchLimits
) -> dict[str, ReconciliationQuery]:
    """Parse the queries of a batch, by the client's names for them.

    Raises:
        MalformedParameter: it is not JSON, or a query is malformed; the message says which.
        LimitExceeded: there are more queries than allowed.
    """
    batch = _object(_parse_json(_QUERIES, text), _QUERIES)
    if len(batch) > limits.queries:
        advice = "Send smaller batches; the manifest gives the limit as batchSize."
        raise LimitExceeded("queries in a batch", limits.queries, advice)
    return {
        _string(name, _QUERIES, limits): _question(query, f"{_QUERIES}.{name}", vocabulary, limits)
        for name, query in batch.items()
    }


def parse_extension(text: str, vocabulary: Vocabulary, limits: BatchLimits) -> ExtensionQuery:
    """Parse a data extension query.

    Raises:
        MalformedParameter: it is not JSON, or malformed; the message says which part.
        LimitExceeded: there are more entities or properties than allowed.
    """
    query = _object(_parse_json(_EXTEND, text), _EXTEND)
    identifiers = _array(query.get("ids"), f"{_EXTEND}.ids")
    if len(identifiers) > limits.queries:
        raise LimitExceeded("entities to extend", limits.queries, "Send smaller batches.")
    entries = _array(query.get("properties"), f"{_EXTEND}.properties")
    if len(entries) > limits.properties:
        advice = "Ask for fewer properties."
        raise LimitExceeded("properties to extend by", limits.properties, advice)
    properties = []
    for value in entries:
        entry = _object(value, f"{_EXTEND}.properties")
        name = _string(entry.get("id"), f"{_EXTEND}.properties.id", limits)
        settings = _object(entry.get("settings", {}), f"{_EXTEND}.properties.settings")
        properties.append((_find_term(vocabulary.property, name, _EXTEND), settings))
    return ExtensionQuery(
        tuple(_string(identifier, f"{_EXTEND}.ids", limits) for identifier in identifiers),
        tuple(properties),
    )


def _question(
    value: Any, path: str, vocabulary: Vocabulary, limits: BatchLimits
) -> ReconciliationQuery:
    query = _object(value, path)
    properties = tuple(
        _property(entry, path, vocabulary, limits)
        for entry in _array(query.get("properties", []), f"{path}.properties")
    )
    if sum(len(values) for _, values in properties) > limits.values:
        raise MalformedParameter(path, f"has more than {limits.values} property values")
    if query.get("query") is None and not properties:
        raise MalformedParameter(path, "expected a query, properties, or both")
    limit = query.get("limit", 5)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise MalformedParameter(f"{path}.limit", "expected a whole number, at least 1")
    wanted = None if query.get("query") is None else _wanted(query, path, vocabulary, limits)
    return ReconciliationQuery(wanted, properties, min(limit, _MAX_CANDIDATES))


def _wanted(
    query: Mapping[str, Any], path: str, vocabulary: Vocabulary, limits: BatchLimits
) -> NameQuery:
    name = _string(query["query"], f"{path}.query", limits)
    strictness = query.get("type_strict", STRICTNESS[0])
    if strictness not in STRICTNESS:
        reason = f"expected one of {', '.join(STRICTNESS)}"
        raise MalformedParameter(f"{path}.type_strict", reason)
    value = query.get("type") or []
    types = [value] if isinstance(value, str) else _array(value, f"{path}.type")
    type_names = (_string(type_, f"{path}.type", limits) for type_ in types)
    iris = {
        _find_term(vocabulary.type, type_name, f"{path}.type").iri.value for type_name in type_names
    }
    return NameQuery(name, frozenset(iris), strictness)


def _property(
    value: Any, query_path: str, vocabulary: Vocabulary, limits: BatchLimits
) -> tuple[VocabularyTerm, tuple[QueryValue, ...]]:
    path = f"{query_path}.properties"
    entry = _object(value, path)
    name = _string(entry.get("pid"), f"{path}.pid", limits)
    term = _find_term(vocabulary.property, name, path)
    values = entry.get("v")
    all_values = values if isinstance(values, list) else [values]
    return term, tuple(_property_value(item, f"{path}.v", limits) for item in all_values)


def _property_value(value: Any, path: str, limits: BatchLimits) -> QueryValue:
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {"id": _string(value.get("id"), f"{path}.id", limits)}
    return _string(value, path, limits)


def _find_term(find: Callable[[str], VocabularyTerm], name: str, path: str) -> VocabularyTerm:
    try:
        return find(name)
    except KgError as error:
        raise MalformedParameter(path, str(error)) from error


def _parse_json(parameter: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise MalformedParameter(parameter, f"is not JSON ({position}): {error.msg}") from error
    except (ValueError, RecursionError) as error:
        # A number with too many digits, or arrays and objects nested too deeply.
        raise MalformedParameter(parameter, "is JSON that is too deep or too large") from error


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedParameter(path, "expected an object in braces")
    return value


def _array(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedParameter(path, "expected an array in brackets")
    return value


def _string(value: Any, path: str, limits: BatchLimits) -> str:
    if not isinstance(value, str) or not value.strip() or _LONE_SURROGATE.search(value):
        raise MalformedParameter(path, "expected a string that is not blank and is valid Unicode")
    if len(value) > limits.characters:
        raise MalformedParameter(path, f"is longer than {limits.characters} characters")
    return value
