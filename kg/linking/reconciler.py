"""The values of an entity's properties: how well they fit, and as the protocol writes them.

Questions -> answers in the protocol's form.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.errors import UnknownName
from kg.identifiers import TARGETS
from kg.linking.name_index import Entity, NameIndex, key_of, language_of
from kg.linking.name_search import Candidate, Wanted, candidates, similarity
from kg.linking.reconciliation_batches import Extension, Question, Value
from kg.linking.reconciliation_terms import Term, Vocabulary, identifier_of, suggested
from kg.namespaces import ID, XSD, shorten
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


PAGE: Final = 10
# How much of the score is the name's where properties are given too.
_NAMES_SHARE: Final = 0.7
# A property fits that is so much like what was asked for.
_FITS: Final = 90.0
# So many more candidates than asked for are looked at, since properties change their order.
_MORE: Final = 20


class Reconciler:
    """Answers all that a reconciliation client asks of one release."""

    def __init__(self, store: Store, names: NameIndex) -> None:
        self._store = store
        self._names = names
        self.vocabulary = Vocabulary(store, names)

    def reconcile(self, question: Question) -> list[dict[str, Any]]:
        """The candidates of one question, best first."""
        if question.wanted is None:
            return self._by_properties(question)
        most = question.limit + (_MORE if question.properties else 0)
        found = candidates(self._names, question.wanted, most=most)
        scores = [self._scores(one.entity, question) for one in found]
        named = [
            one.entity
            for one, fitting in zip(found, scores, strict=True)
            if one.is_named and all(score >= _FITS for score in fitting)
        ]
        answers = [
            self._candidate(one, fitting, question, is_match=named == [one.entity])
            for one, fitting in zip(found, scores, strict=True)
        ]
        return sorted(answers, key=lambda one: (-one["score"], one["id"]))[: question.limit]

    def extend(self, extension: Extension) -> dict[str, Any]:
        """The values of properties of entities; none for an entity that is not there."""
        return {
            "meta": [
                {"id": term.identifier, "name": term.name} for term, _ in extension.properties
            ],
            "rows": {
                identifier: {
                    term.identifier: self._values(identifier, term, settings)
                    for term, settings in extension.properties
                }
                for identifier in extension.identifiers
            },
        }

    def suggest_entities(self, prefix: str) -> list[Entity]:
        """The entities with a name that begins so, the shortest first; then those like it."""
        key = key_of(prefix)
        keys = sorted(self._names.starting_with(key), key=len) if key else []
        found = [entity for one in keys for entity, _ in self._names.with_key(one)]
        found += [one.entity for one in candidates(self._names, Wanted(prefix), most=PAGE)]
        return list({one.iri.value: one for one in found}.values())

    def suggest_types(self, prefix: str) -> list[Term]:
        """The classes whose name has this part, those of most entities first."""
        return suggested(self.vocabulary.types.values(), prefix)

    def suggest_properties(self, prefix: str) -> list[Term]:
        """The properties whose name has this part, those of most entities first."""
        return suggested(self.vocabulary.properties.values(), prefix)

    def entity(self, identifier: str) -> Entity:
        """The entity of this identifier.

        Raises:
            UnknownName: there is none.
        """
        found = self._names.entities.get(f"{ID}{identifier}")
        if found is None:
            known = [one.local_name for one in self._names.entities.values()]
            raise UnknownName(identifier, known, kind="entity")
        return found

    def types_of(self, entity: Entity) -> list[dict[str, str]]:
        """The classes that are stated of an entity, with their names."""
        known = self.vocabulary.types
        identifiers = (identifier_of(NamedNode(iri)) for iri in entity.stated_types)
        return [{"id": one, "name": known[one].name} for one in identifiers if one in known]

    def _by_properties(self, question: Question) -> list[dict[str, Any]]:
        """Those that have one of the values at least, where no name is given."""
        fitting = Counter(
            entity for term, wanted in question.properties for entity in self._having(term, wanted)
        )
        shares = {one: count / len(question.properties) for one, count in fitting.items()}
        kept = sorted(shares, key=lambda one: (-shares[one], one.iri.value))
        full = [one for one in kept if shares[one] == 1]
        return [
            {
                **self._described(one, "en"),
                "score": round(_FULL * shares[one], 1),
                "match": full == [one],
                "features": [{"id": "properties", "value": round(_FULL * shares[one], 1)}],
            }
            for one in kept[: question.limit]
        ]

    def _having(self, term: Term, wanted: Sequence[Value]) -> set[Entity]:
        """The entities that have one of these values."""
        return {
            entity
            for one in self._store.matching(predicate=term.iri)
            if isinstance(one.subject, NamedNode)
            and isinstance(one.object, NamedNode | Literal)
            and (entity := self._names.entities.get(one.subject.value))
            and fits(self._names, wanted, [one.object])
        }

    def _candidate(
        self, one: Candidate, fitting: Sequence[float], question: Question, *, is_match: bool
    ) -> dict[str, Any]:
        score, features = one.score, [{"id": "name", "value": one.score}]
        if fitting:
            mean = _mean(fitting)
            score = _NAMES_SHARE * score + (1 - _NAMES_SHARE) * mean
            features.append({"id": "properties", "value": round(mean, 1)})
        language = language_of(question.wanted.name if question.wanted else "")
        described = self._described(one.entity, language)
        described["description"] += f"; {one.reason}"
        return {**described, "score": round(score, 1), "match": is_match, "features": features}

    def _described(self, entity: Entity, language: str) -> dict[str, Any]:
        other = entity.label("en" if language == "zh" else "zh")
        return {
            "id": entity.local_name,
            "name": entity.label(language),
            "description": other,
            "type": self.types_of(entity),
        }

    def _scores(self, entity: Entity, question: Question) -> list[float]:
        return [
            fit(self._names, wanted, values_of(self._store, entity.iri, term.iri))
            for term, wanted in question.properties
        ]

    def _values(
        self, identifier: str, term: Term, settings: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        entity = self._names.entities.get(f"{ID}{identifier}")
        if entity is None:
            return []
        values = values_of(self._store, entity.iri, term.iri)
        language, limit = settings.get("language"), settings.get("limit")
        if language in ("en", "zh"):
            values = [one for one in values if getattr(one, "language", None) in (None, language)]
        if isinstance(limit, int) and limit > 0:
            values = values[:limit]
        return [written(self._names, one) for one in values]


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores)
