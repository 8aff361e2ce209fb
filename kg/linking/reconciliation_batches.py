"""Parse and check the JSON that a reconciliation client sends.

Source: Reconciliation Service API 0.2, W3C Entity Reconciliation Community Group.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kg.errors import KgError, LimitExceeded, MalformedParameter
from kg.linking.name_search import NameQuery
from kg.linking.reconciliation_terms import Vocabulary, VocabularyTerm

_STRICTNESS: Final = ("any", "all", "should")
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MAX_CANDIDATES: Final = 100

# A string, a number, a boolean, or an entity: an object with its identifier as `id`.
QueryValue = str | int | float | bool | Mapping[str, str]


class BatchLimits(NamedTuple):
    """Limits of a request; `queries` also for entities, and `properties` for those to extend by."""

    queries: int = 200
    characters: int = 500
    values: int = 20
    properties: int = 100


class ReconciliationQuery(NamedTuple):
    """A query of a batch: a name, property values or both, and the most candidates to return."""

    wanted: NameQuery | None
    properties: tuple[tuple[VocabularyTerm, tuple[QueryValue, ...]], ...]
    limit: int


class ExtensionQuery(NamedTuple):
    """Identifiers of entities, and the properties to return, with settings such as a language."""

    identifiers: tuple[str, ...]
    properties: tuple[tuple[VocabularyTerm, Mapping[str, Any]], ...]


def parse_queries(
    text: str, vocabulary: Vocabulary, limits: BatchLimits
) -> dict[str, ReconciliationQuery]:
    """Parse a batch's queries by name; raise MalformedParameter, or LimitExceeded if too many."""
    batch = _parse_object(text, "queries")
    if len(batch) > limits.queries:
        advice = "Send smaller batches; the manifest gives the limit as batchSize."
        raise LimitExceeded("queries in a batch", limits.queries, advice)
    parser = _Parser(vocabulary, limits)
    return {
        parser.string(name, "queries"): parser.query(query, f"queries.{name}")
        for name, query in batch.items()
    }


def parse_extension(text: str, vocabulary: Vocabulary, limits: BatchLimits) -> ExtensionQuery:
    """Parse a data extension query; for errors see `parse_queries`."""
    query, path = _parse_object(text, "extend"), "extend.properties"
    identifiers = _array(query.get("ids"), "extend.ids")
    if len(identifiers) > limits.queries:
        raise LimitExceeded("entities to extend", limits.queries, "Send smaller batches.")
    entries = _array(query.get("properties"), path)
    if len(entries) > limits.properties:
        what = "properties to extend by"
        raise LimitExceeded(what, limits.properties, "Ask for fewer properties.")
    parser, properties = _Parser(vocabulary, limits), []
    for value in entries:
        entry = _object(value, path)
        name = parser.string(entry.get("id"), f"{path}.id")
        settings = _object(entry.get("settings", {}), f"{path}.settings")
        properties.append((_find_term(vocabulary.property, name, "extend"), settings))
    return ExtensionQuery(
        tuple(parser.string(identifier, "extend.ids") for identifier in identifiers),
        tuple(properties),
    )


class _Parser(NamedTuple):
    """Parses parts of a batch; `path` says where a part is, for messages."""

    vocabulary: Vocabulary
    limits: BatchLimits

    def query(self, value: Any, path: str) -> ReconciliationQuery:
        query = _object(value, path)
        entries = _array(query.get("properties", []), f"{path}.properties")
        properties = tuple(self._property(entry, f"{path}.properties") for entry in entries)
        if sum(len(values) for _, values in properties) > self.limits.values:
            raise MalformedParameter(path, f"has more than {self.limits.values} property values")
        if query.get("query") is None and not properties:
            raise MalformedParameter(path, "expected a query, properties, or both")
        limit = query.get("limit", 5)
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise MalformedParameter(f"{path}.limit", "expected a whole number, at least 1")
        wanted = None if query.get("query") is None else self._wanted(query, path)
        return ReconciliationQuery(wanted, properties, min(limit, _MAX_CANDIDATES))

    def _wanted(self, query: Mapping[str, Any], path: str) -> NameQuery:
        name = self.string(query["query"], f"{path}.query")
        strictness = query.get("type_strict", _STRICTNESS[0])
        if strictness not in _STRICTNESS:
            reason = f"expected one of {', '.join(_STRICTNESS)}"
            raise MalformedParameter(f"{path}.type_strict", reason)
        value, path = query.get("type") or [], f"{path}.type"
        values = [value] if isinstance(value, str) else _array(value, path)
        type_names = (self.string(value, path) for value in values)
        types = (_find_term(self.vocabulary.type, type_name, path) for type_name in type_names)
        return NameQuery(name, frozenset(type_.iri.value for type_ in types), strictness)

    def _property(self, value: Any, path: str) -> tuple[VocabularyTerm, tuple[QueryValue, ...]]:
        entry = _object(value, path)
        name = self.string(entry.get("pid"), f"{path}.pid")
        term = _find_term(self.vocabulary.property, name, path)
        values = entry.get("v")
        all_values = values if isinstance(values, list) else [values]
        return term, tuple(self._property_value(item, f"{path}.v") for item in all_values)

    def _property_value(self, value: Any, path: str) -> QueryValue:
        if isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {"id": self.string(value.get("id"), f"{path}.id")}
        return self.string(value, path)

    def string(self, value: Any, path: str) -> str:
        if not isinstance(value, str) or not value.strip() or _LONE_SURROGATE.search(value):
            reason = "expected a string that is not blank and is valid Unicode"
            raise MalformedParameter(path, reason)
        if len(value) > self.limits.characters:
            raise MalformedParameter(path, f"is longer than {self.limits.characters} characters")
        return value


def _find_term(find: Callable[[str], VocabularyTerm], name: str, path: str) -> VocabularyTerm:
    try:
        return find(name)
    except KgError as error:
        raise MalformedParameter(path, str(error)) from error


def _parse_object(text: str, parameter: str) -> dict[str, Any]:
    try:
        return _object(json.loads(text), parameter)
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
