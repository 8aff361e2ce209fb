"""The JSON that a client sends -> questions; everything that is wrong with it is said."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kg.errors import KgError, LimitExceeded, MalformedParameter
from kg.linking.name_search import Wanted
from kg.linking.reconciliation_terms import Term, Vocabulary

STRICTNESS: Final = ("any", "all", "should")
_QUERIES: Final = "queries"
_EXTEND: Final = "extend"
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MOST_CANDIDATES: Final = 100

# A text, a number, a truth value, or an entity by its identifier.
Value = str | int | float | bool | Mapping[str, str]


@dataclass(frozen=True)
class Limits:
    """How much one request may ask.

    `queries` in a batch, or entities to extend; `characters` of a text; `values` of the properties
    of one query; `properties` to extend by.
    """

    queries: int = 200
    characters: int = 500
    values: int = 20
    properties: int = 100


@dataclass(frozen=True)
class Question:
    """One query of a batch: a name or property values or both, and how many candidates at most."""

    wanted: Wanted | None
    properties: tuple[tuple[Term, tuple[Value, ...]], ...]
    limit: int


@dataclass(frozen=True)
class Extension:
    """Entities, by identifier, and the properties whose values are asked for, with settings."""

    identifiers: tuple[str, ...]
    properties: tuple[tuple[Term, Mapping[str, Any]], ...]


def read_batch(text: str, vocabulary: Vocabulary, limits: Limits) -> dict[str, Question]:
    """The queries of a batch, by the client's names for them.

    Raises:
        MalformedParameter: broken JSON, or a query of the wrong form; says which and why.
        LimitExceeded: more queries than allowed.
    """
    batch = _object(_parsed(_QUERIES, text), _QUERIES)
    if len(batch) > limits.queries:
        advice = "Ask in smaller batches, as the manifest's batchSize says."
        raise LimitExceeded("queries in a batch", limits.queries, advice)
    return {
        _text(name, _QUERIES, limits): _question(query, f"{_QUERIES}.{name}", vocabulary, limits)
        for name, query in batch.items()
    }


def read_extension(text: str, vocabulary: Vocabulary, limits: Limits) -> Extension:
    """What a data extension query asks for.

    Raises:
        MalformedParameter: broken JSON, or of the wrong form; says which part and why.
        LimitExceeded: more entities than allowed.
    """
    given = _object(_parsed(_EXTEND, text), _EXTEND)
    identifiers = _list(given.get("ids"), f"{_EXTEND}.ids")
    if len(identifiers) > limits.queries:
        raise LimitExceeded("entities to extend", limits.queries, "Ask in smaller batches.")
    asked = _list(given.get("properties"), f"{_EXTEND}.properties")
    if len(asked) > limits.properties:
        raise LimitExceeded("properties to extend by", limits.properties, "Ask for fewer of them.")
    properties = []
    for one in asked:
        entry = _object(one, f"{_EXTEND}.properties")
        name = _text(entry.get("id"), f"{_EXTEND}.properties.id", limits)
        settings = _object(entry.get("settings", {}), f"{_EXTEND}.properties.settings")
        properties.append((_term(vocabulary.property, name, _EXTEND), settings))
    return Extension(
        tuple(_text(one, f"{_EXTEND}.ids", limits) for one in identifiers), tuple(properties)
    )


def _question(given: Any, where: str, vocabulary: Vocabulary, limits: Limits) -> Question:
    query = _object(given, where)
    properties = tuple(
        _property(one, where, vocabulary, limits)
        for one in _list(query.get("properties", []), f"{where}.properties")
    )
    if sum(len(values) for _, values in properties) > limits.values:
        raise MalformedParameter(where, f"more than {limits.values} property values")
    if query.get("query") is None and not properties:
        raise MalformedParameter(where, "right would be a query, properties, or both")
    limit = query.get("limit", 5)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise MalformedParameter(f"{where}.limit", "right would be a whole number from 1 on")
    wanted = None if query.get("query") is None else _wanted(query, where, vocabulary, limits)
    return Question(wanted, properties, min(limit, _MOST_CANDIDATES))


def _wanted(query: Mapping[str, Any], where: str, vocabulary: Vocabulary, limits: Limits) -> Wanted:
    name = _text(query["query"], f"{where}.query", limits)
    strictness = query.get("type_strict", STRICTNESS[0])
    if strictness not in STRICTNESS:
        raise MalformedParameter(f"{where}.type_strict", f"right would be {', '.join(STRICTNESS)}")
    given = query.get("type") or []
    types = [given] if isinstance(given, str) else _list(given, f"{where}.type")
    named = (_text(one, f"{where}.type", limits) for one in types)
    iris = {_term(vocabulary.type, one, f"{where}.type").iri.value for one in named}
    return Wanted(name, frozenset(iris), strictness)


def _property(
    given: Any, where: str, vocabulary: Vocabulary, limits: Limits
) -> tuple[Term, tuple[Value, ...]]:
    place = f"{where}.properties"
    entry = _object(given, place)
    term = _term(vocabulary.property, _text(entry.get("pid"), f"{place}.pid", limits), place)
    values = entry.get("v")
    every = values if isinstance(values, list) else [values]
    return term, tuple(_value(one, f"{place}.v", limits) for one in every)


def _value(given: Any, place: str, limits: Limits) -> Value:
    if isinstance(given, bool | int | float):
        return given
    if isinstance(given, dict):
        return {"id": _text(given.get("id"), f"{place}.id", limits)}
    return _text(given, place, limits)


def _term(find: Callable[[str], Term], name: str, where: str) -> Term:
    try:
        return find(name)
    except KgError as error:
        raise MalformedParameter(where, str(error)) from error


def _parsed(parameter: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MalformedParameter(parameter, f"is not JSON ({where}): {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise MalformedParameter(parameter, "is JSON that is too deep or too large") from error


def _object(given: Any, where: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise MalformedParameter(where, "right would be an object in braces")
    return given


def _list(given: Any, where: str) -> list[Any]:
    if not isinstance(given, list):
        raise MalformedParameter(where, "right would be a list in brackets")
    return given


def _text(given: Any, where: str, limits: Limits) -> str:
    if not isinstance(given, str) or not given.strip() or _LONE_SURROGATE.search(given):
        raise MalformedParameter(where, "right would be a text with at least one character")
    if len(given) > limits.characters:
        raise MalformedParameter(where, f"is longer than {limits.characters} characters")
    return given
