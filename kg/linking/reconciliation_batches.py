"""Parse and check the JSON that a reconciliation client sends.

Source: Reconciliation Service API 0.2, W3C Entity Reconciliation Community Group.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from kg.errors import KgError, LimitExceeded, MalformedParameter, UnknownName
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


class ExtensionColumn(NamedTuple):
    """A property to return, as the client names it, with settings such as a language.

    `term` is None for an unknown property, and `error` says so.
    """

    identifier: str
    term: VocabularyTerm | None
    settings: Mapping[str, Any]
    error: str = ""


class ExtensionQuery(NamedTuple):
    """Identifiers of entities, as the client writes them, and the properties to return."""

    identifiers: tuple[str, ...]
    columns: tuple[ExtensionColumn, ...]


def parse_batch(text: str, limits: BatchLimits) -> dict[str, Any]:
    """Parse the JSON of a batch: its queries by name, for `parse_query`.

    Raises MalformedParameter if it is not an object of JSON, LimitExceeded for too many queries.
    """
    batch = _parse_object(text, "queries")
    if len(batch) > limits.queries:
        advice = "Send smaller batches; the manifest gives the limit as batchSize."
        raise LimitExceeded("queries in a batch", limits.queries, advice)
    return {_text(name, "queries", limits): query for name, query in batch.items()}


def parse_query(
    query: Any, path: str, vocabulary: Vocabulary, limits: BatchLimits
) -> ReconciliationQuery:
    """Parse one query of a batch, which is found at `path`; raise MalformedParameter."""
    return _Parser(vocabulary, limits).query(query, path)


def parse_extension(text: str, vocabulary: Vocabulary, limits: BatchLimits) -> ExtensionQuery:
    """Parse a data extension query; for errors see `parse_batch`."""
    query, path = _parse_object(text, "extend"), "extend.properties"
    identifiers = _array(query.get("ids"), "extend.ids")
    if len(identifiers) > limits.queries:
        raise LimitExceeded("entities to extend", limits.queries, "Send smaller batches.")
    entries = _array(query.get("properties"), path)
    if len(entries) > limits.properties:
        what = "properties to extend by"
        raise LimitExceeded(what, limits.properties, "Ask for fewer properties.")
    columns = []
    for value in entries:
        entry = _object(value, path)
        name = _text(entry.get("id"), f"{path}.id", limits)
        settings = _object(entry.get("settings", {}), f"{path}.settings")
        try:
            columns.append(ExtensionColumn(name, vocabulary.property(name), settings))
        except UnknownName as error:
            columns.append(ExtensionColumn(name, None, settings, str(error)))
    return ExtensionQuery(
        tuple(_text(identifier, "extend.ids", limits) for identifier in identifiers),
        tuple(columns),
    )


class _Parser(NamedTuple):
    """Parses parts of a batch; `path` says where a part is, for messages."""

    vocabulary: Vocabulary
    limits: BatchLimits

    def query(self, value: Any, path: str) -> ReconciliationQuery:
        query = _object(value, path)
        entries = _array(query.get("properties", []), f"{path}.properties")
        pairs = (self._property(entry, f"{path}.properties") for entry in entries)
        # A blank cell of another column says nothing about the entity.
        properties = tuple((term, values) for term, values in pairs if values)
        if sum(len(values) for _, values in properties) > self.limits.values:
            raise MalformedParameter(path, f"has more than {self.limits.values} property values")
        if query.get("query") is None and not entries:
            raise MalformedParameter(path, "expected a query, properties, or both")
        limit = query.get("limit", 5)
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise MalformedParameter(f"{path}.limit", "expected a whole number, at least 1")
        wanted = None if query.get("query") is None else self._wanted(query, path)
        return ReconciliationQuery(wanted, properties, min(limit, _MAX_CANDIDATES))

    def _wanted(self, query: Mapping[str, Any], path: str) -> NameQuery:
        name = _text(query["query"], f"{path}.query", self.limits)
        strictness = query.get("type_strict", _STRICTNESS[0])
        if strictness not in _STRICTNESS:
            reason = f"expected one of {', '.join(_STRICTNESS)}"
            raise MalformedParameter(f"{path}.type_strict", reason)
        value, path = query.get("type") or [], f"{path}.type"
        values = [value] if isinstance(value, str) else _array(value, path)
        type_names = (_text(value, path, self.limits) for value in values)
        types = (_find_term(self.vocabulary.type, type_name, path) for type_name in type_names)
        return NameQuery(name, frozenset(type_.iri.value for type_ in types), strictness)

    def _property(self, value: Any, path: str) -> tuple[VocabularyTerm, tuple[QueryValue, ...]]:
        entry = _object(value, path)
        name = _text(entry.get("pid"), f"{path}.pid", self.limits)
        term = _find_term(self.vocabulary.property, name, path)
        values = entry.get("v")
        all_values = values if isinstance(values, list) else [values]
        found = (self._property_value(item, f"{path}.v") for item in all_values)
        return term, tuple(one for one in found if not isinstance(one, str) or one.strip())

    def _property_value(self, value: Any, path: str) -> QueryValue:
        if isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {"id": _text(value.get("id"), f"{path}.id", self.limits)}
        return _text(value, path, self.limits)


def _text(value: Any, path: str, limits: BatchLimits) -> str:
    if not isinstance(value, str) or _LONE_SURROGATE.search(value):
        raise MalformedParameter(path, "expected a string of valid Unicode")
    if len(value) > limits.characters:
        raise MalformedParameter(path, f"is longer than {limits.characters} characters")
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
