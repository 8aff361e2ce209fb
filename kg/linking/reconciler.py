"""Answer the queries of reconciliation clients in the JSON of the reconciliation protocol.

An entity is found by its names, by values of its properties, or both; scores are from 0 to 100.

Source: Reconciliation Service API 0.2, W3C Entity Reconciliation Community Group.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from itertools import chain, product
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.describe.description import descriptions
from kg.errors import UnknownName
from kg.identifiers import EXTERNAL_DATASETS
from kg.linking.name_index import Entity, NameIndex, language_of, name_key
from kg.linking.name_search import (
    MAX_ALIKE,
    Candidate,
    NameQuery,
    find_candidates,
    similarity,
)
from kg.linking.reconciliation_batches import (
    ExtensionColumn,
    ExtensionQuery,
    QueryValue,
    ReconciliationQuery,
)
from kg.linking.reconciliation_terms import Vocabulary, VocabularyTerm, term_identifier
from kg.linking.spelling import rank_alike
from kg.namespaces import ID, XSD, shorten
from kg.store.quad_store import Store

_StoredValue = NamedNode | Literal

_MAX_SCORE: Final = 100.0
_INTEGERS: Final = {XSD[name] for name in ("integer", "int", "long", "nonNegativeInteger")}
_FLOATS: Final = {XSD[name] for name in ("decimal", "double", "float")}
_INTEGER: Final = re.compile(r"[+-]?\d{1,4000}")
_DATE_TIME: Final = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
# The value of a column's setting `language` that leaves out no text.
_ANY_LANGUAGE: Final = "any"
SUGGESTIONS_PER_PAGE: Final = 10
# The weight of the name in the score of a query with properties.
_NAME_WEIGHT: Final = 0.7
# The score from which a property value fits.
_FITTING_SCORE: Final = 90.0
# With properties, rerank this many extra candidates: values may move one up into the limit.
_EXTRA_CANDIDATES: Final = 20


class Reconciler:
    """Answers all queries of reconciliation clients for one release."""

    def __init__(self, store: Store, names: NameIndex) -> None:
        self._store = store
        self._names = names
        self.vocabulary = Vocabulary(store, names)

    def reconcile(self, query: ReconciliationQuery) -> list[dict[str, Any]]:
        """Return the candidates for one query, best first."""
        if query.wanted is None:
            return self._reconcile_by_properties(query)
        most = query.limit + (_EXTRA_CANDIDATES if query.properties else 0)
        candidates = find_candidates(self._names, query.wanted, max_candidates=most)
        scored = [
            (candidate, self._property_scores(candidate.entity, query)) for candidate in candidates
        ]
        fitting = [
            candidate.entity
            for candidate, scores in scored
            if candidate.has_exact_name and all(score >= _FITTING_SCORE for score in scores)
        ]
        language = language_of(query.wanted.name)
        answers = [
            self._answer(candidate, scores, language, is_match=fitting == [candidate.entity])
            for candidate, scores in scored
        ]
        ranked = sorted(answers, key=lambda answer: (-answer["score"], answer["id"]))
        return ranked[: query.limit]

    def extend(self, extension: ExtensionQuery) -> dict[str, Any]:
        """Return the property values of the entities; none for an unknown entity or property.

        Entities and properties have the identifiers that the client wrote, by which it looks for
        them in the answer.
        """
        return {
            "meta": [_describe_column(column) for column in extension.columns],
            "rows": {
                identifier: {
                    column.identifier: self._values(identifier, column)
                    for column in extension.columns
                }
                for identifier in extension.identifiers
            },
        }

    def suggest_entities(self, prefix: str) -> list[Entity]:
        """Return entities with a name that has this prefix, shortest first, then similar ones."""
        key = name_key(prefix)
        keys = sorted(self._names.keys_with_prefix(key), key=len) if key else []
        entities = [entity for match in keys for entity, _ in self._names.by_key[match]]
        wanted, most = NameQuery(prefix), SUGGESTIONS_PER_PAGE
        similar = find_candidates(self._names, wanted, max_candidates=most)
        return list(dict.fromkeys([*entities, *(candidate.entity for candidate in similar)]))

    def entity(self, identifier: str) -> Entity:
        """Return the entity with this local name, CURIE or IRI, or raise `UnknownName`."""
        if (entity := self._names.identified(identifier)) is None:
            known = [entity.local_name for entity in self._names.entities.values()]
            near = [one.text for one in rank_alike(identifier, known)[:MAX_ALIKE]]
            raise UnknownName(identifier, kind="entity", near=near)
        return entity

    def describe_shortly(self, entity: Entity, language: str) -> str:
        """Return the shortest description in this language, or else in another one, or nothing."""
        every = descriptions(self._store, entity.iri)
        texts = [text for text in every if text.language == language] or every
        return texts[0].value if texts else ""

    def stated_types(self, entity: Entity) -> list[dict[str, str]]:
        """Return the stated classes of an entity, with their names."""
        known = self.vocabulary.types
        names = (term_identifier(NamedNode(iri)) for iri in entity.stated_types)
        return [{"id": name, "name": known[name].name} for name in names if name in known]

    def _reconcile_by_properties(self, query: ReconciliationQuery) -> list[dict[str, Any]]:
        """Return the entities that have at least one of the values, for a query without a name."""
        found = (self._entities_with(term, wanted) for term, wanted in query.properties)
        counts = Counter(chain.from_iterable(found))
        number = len(query.properties)
        ranked = sorted(counts, key=lambda entity: (-counts[entity], entity.iri.value))
        complete = [entity for entity in ranked if counts[entity] == number]
        return [
            {
                **self._describe(entity, "en"),
                "score": (score := round(_MAX_SCORE * (counts[entity] / number), 1)),
                "match": complete == [entity],
                "features": [{"id": "properties", "value": score}],
            }
            for entity in ranked[: query.limit]
        ]

    def _entities_with(self, term: VocabularyTerm, wanted: Sequence[QueryValue]) -> set[Entity]:
        return {
            entity
            for triple in self._store.triples(predicate=term.iri)
            if isinstance(triple.subject, NamedNode)
            and isinstance(triple.object, NamedNode | Literal)
            and (entity := self._names.entities.get(triple.subject.value))
            and any(_equals(self._names, value, triple.object) for value in wanted)
        }

    def _answer(
        self, candidate: Candidate, scores: Sequence[float], language: str, *, is_match: bool
    ) -> dict[str, Any]:
        score, features = candidate.score, [{"id": "name", "value": candidate.score}]
        if scores:
            mean = sum(scores) / len(scores)
            score = _NAME_WEIGHT * score + (1 - _NAME_WEIGHT) * mean
            features.append({"id": "properties", "value": round(mean, 1)})
        return {
            **self._describe(candidate.entity, language),
            "score": round(score, 1),
            "match": is_match,
            "features": features,
        }

    def _describe(self, entity: Entity, language: str) -> dict[str, Any]:
        return {
            "id": entity.local_name,
            "name": entity.label(language),
            "description": self.describe_shortly(entity, language),
            "type": self.stated_types(entity),
        }

    def _property_scores(self, entity: Entity, query: ReconciliationQuery) -> list[float]:
        """Return for each property the score of the best pair of a wanted and an actual value."""
        scores = []
        for term, wanted in query.properties:
            pairs = product(wanted, _values_of(self._store, entity.iri, term.iri))
            similarities = (_similarity(self._names, *pair) for pair in pairs)
            scores.append(max(similarities, default=0.0))
        return scores

    def _values(self, identifier: str, column: ExtensionColumn) -> list[dict[str, Any]]:
        entity = self._names.identified(identifier)
        if entity is None or column.term is None:
            return []
        values = _values_of(self._store, entity.iri, column.term.iri)
        # OpenRefine sends what stands in its form, a number as text.
        language, limit = column.settings.get("language"), str(column.settings.get("limit"))
        if language not in (None, _ANY_LANGUAGE):
            fitting = (None, language)
            values = [value for value in values if getattr(value, "language", None) in fitting]
        if _INTEGER.fullmatch(limit) and int(limit) > 0:
            values = values[: int(limit)]
        return [_to_protocol_value(self._names, value) for value in values]


def _describe_column(column: ExtensionColumn) -> dict[str, str]:
    name = column.term.name if column.term else column.identifier
    described = {"id": column.identifier, "name": name}
    return {**described, "error": column.error} if column.error else described


def _values_of(store: Store, subject: NamedNode, predicate: NamedNode) -> list[_StoredValue]:
    """Return the values of an entity's property, sorted; blank nodes are left out."""
    objects = (triple.object for triple in store.triples(subject, predicate))
    return sorted((value for value in objects if isinstance(value, NamedNode | Literal)), key=str)


def _to_protocol_value(index: NameIndex, value: _StoredValue) -> dict[str, Any]:
    """Return a value in the form of data extension: an entity, a number, a time or a string."""
    if isinstance(value, NamedNode):
        entity = index.entities.get(value.value)
        known = entity and {"id": entity.local_name, "name": entity.label()}
        return known or {"str": value.value}
    if value.datatype in _INTEGERS and _INTEGER.fullmatch(value.value):
        return {"int": int(value.value)}
    if value.datatype in _FLOATS and (number := _number(value.value)) is not None:
        return {"float": float(number)}
    if value.datatype == XSD["dateTime"] and _DATE_TIME.fullmatch(value.value):
        return {"date": value.value}
    return {"str": value.value}


def _similarity(index: NameIndex, wanted: QueryValue, actual: _StoredValue) -> float:
    if _equals(index, wanted, actual):
        return _MAX_SCORE
    text = str(wanted)
    if isinstance(wanted, Mapping) or _number(text) is not None:
        return 0.0
    return max((similarity(text, other) for other in _texts(index, actual)), default=0.0)


def _equals(index: NameIndex, wanted: QueryValue, actual: _StoredValue) -> bool:
    if isinstance(wanted, Mapping):
        return _has_identifier(actual, wanted["id"])
    text = str(wanted).lower() if isinstance(wanted, bool) else str(wanted)
    # Numbers are compared as numbers, because 1.4 and 14 have the same key.
    if isinstance(actual, Literal) and (number := _number(text)) is not None:
        return number == _number(actual.value)
    keys = map(name_key, _texts(index, actual))
    return _has_identifier(actual, text) or name_key(text) in keys


def _texts(index: NameIndex, value: _StoredValue) -> Iterator[str]:
    """Yield the text of a literal, or the names of an entity."""
    if isinstance(value, Literal):
        yield value.value
    elif (entity := index.entities.get(value.value)) is not None:
        yield from (name.text for name in entity.names)


def _has_identifier(value: _StoredValue, identifier: str) -> bool:
    """Return whether this is the value's IRI, CURIE, local name or identifier in a data set."""
    iri = value.value
    external_identifiers = (target.identifier_in(iri) for target in EXTERNAL_DATASETS.values())
    return identifier in {iri, shorten(iri), iri.removeprefix(ID), *external_identifiers}


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
