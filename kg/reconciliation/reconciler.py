"""Questions -> answers in the protocol's form."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.errors import UnknownName
from kg.names.candidates import Candidate, Wanted, candidates
from kg.names.index import Entity, NameIndex, language_of
from kg.names.keys import key_of
from kg.namespaces import ID
from kg.reconciliation.batches import Extension, Question, Value
from kg.reconciliation.values import fit, fits, values_of, written
from kg.reconciliation.vocabulary import Term, Vocabulary, identifier_of, suggested
from kg.store.quad_store import Store

PAGE: Final = 10
# How much of the score is the name's where properties are given too.
_NAMES_SHARE: Final = 0.7
_FULL: Final = 100.0
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
