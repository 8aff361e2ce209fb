"""Find the entities that a name may mean, best first.

Candidates have a score from 0 to 100 and a reason. A candidate is a match, which needs no review,
only if it is the one entity that has exactly this name and it fits the requested types.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from kg.linking.name_index import Entity, Name, NameIndex, has_ideographs, name_key, words_of
from kg.namespaces import ID

_EXACT: Final = 100.0
# Factors for a name other than the label, for reordered words, and for a part of a name.
_OTHER_NAME_FACTOR: Final = 0.98
_REORDERED_FACTOR: Final = 0.97
_PART_FACTOR: Final = 0.8
# Fewest characters that count as a part of another name, by whether they include ideographs.
_MIN_PART_LENGTH: Final = {True: 2, False: 4}
# Score for a name with these initials.
_INITIALS: Final = 85.0
# Names with a lower score are not similar.
_MIN_SCORE: Final = 50.0
# Factor for an entity of other types than the wanted ones, if those are only preferred.
_OTHER_TYPE_FACTOR: Final = 0.7


class NameQuery(NamedTuple):
    """The name, in any spelling, and the types (IRIs of classes) of the entity, if restricted.

    The strictness `any` requires at least one of the types, `all` requires each of them, and
    `should` lowers the score of entities that have none.
    """

    name: str
    types: frozenset[str] = frozenset()
    strictness: str = "any"


@dataclass(frozen=True)
class Candidate:
    """An entity that may be meant, with a score from 0 to 100 and its best matching name.

    `has_exact_name` implies that it fits the types, `is_match` that it is the only such entity.
    """

    entity: Entity
    score: float
    name: Name
    reason: str
    has_exact_name: bool = False
    is_match: bool = False


def find_candidates(
    index: NameIndex, wanted: NameQuery, *, max_candidates: int = 5
) -> list[Candidate]:
    """Return the entities that a name, local name, CURIE or IRI may mean, by score, then IRI."""
    best: dict[Entity, Candidate] = {}
    key = name_key(wanted.name)
    for entity, name in index.by_key.get(key, ()):
        # A name of one character is too ambiguous to be certain.
        _keep_best(best, _by_name(entity, name, _EXACT, has_exact_name=len(key) > 1))
    identified = index.entities.get(ID + wanted.name.strip().removeprefix(ID).removeprefix("id:"))
    if identified is not None and identified not in best:
        best[identified] = Candidate(
            identified, _EXACT, identified.names[0], "its identifier", has_exact_name=not best
        )
    for entity, name in index.by_initials.get(key, ()):
        _keep_best(best, Candidate(entity, _INITIALS, name, f"initials of '{name.text}'"))
    for other_key in index.similar_keys(key):
        named = index.by_key[other_key]
        score = max(similarity(wanted.name, name.text) for _, name in named)
        if other_key != key and score >= _MIN_SCORE:
            for entity, name in named:
                _keep_best(best, _by_name(entity, name, score))
    factors = ((one, _type_factor(one.entity, wanted)) for one in best.values())
    fitting = [
        replace(one, score=one.score * factor, has_exact_name=one.has_exact_name and factor == 1)
        for one, factor in factors
        if factor
    ]
    ranked = sorted(fitting, key=lambda one: (-one.score, one.entity.iri.value))
    is_sure = sum(one.has_exact_name for one in fitting) == 1
    return [
        replace(one, score=round(one.score, 1), is_match=is_sure and one.has_exact_name)
        for one in ranked[:max_candidates]
    ]


def similarity(text: str, other: str) -> float:
    """Return how similar two texts are, from 0 to 100, by their keys and their words."""
    words, other_words = words_of(text), words_of(other)
    key, other_key = name_key(text), name_key(other)
    if key == other_key:
        return _EXACT if key else 0.0
    score = fuzz.ratio(key, other_key)
    if " " in words and " " in other_words:
        score = max(score, _REORDERED_FACTOR * fuzz.token_sort_ratio(words, other_words))
    shorter, longer = sorted((len(key), len(other_key)))
    if shorter >= _MIN_PART_LENGTH[has_ideographs(key)]:
        # The larger the share of the shorter key in the longer one, the better the match.
        part = fuzz.partial_ratio(key, other_key)
        score = max(score, _PART_FACTOR * part * (0.75 + 0.25 * shorter / longer))
    return min(score, _EXACT - 1)


def _by_name(
    entity: Entity, name: Name, score: float, *, has_exact_name: bool = False
) -> Candidate:
    reason = f"{'label' if name.is_label else 'other name'} '{name.text}'"
    if score < _EXACT:
        reason = f"like its {reason} ({score:.0f} of 100)"
    weighted = score if name.is_label else score * _OTHER_NAME_FACTOR
    return Candidate(entity, weighted, name, reason, has_exact_name)


def _keep_best(best: dict[Entity, Candidate], candidate: Candidate) -> None:
    if candidate.score > best.setdefault(candidate.entity, candidate).score:
        best[candidate.entity] = candidate


def _type_factor(entity: Entity, wanted: NameQuery) -> float:
    common = wanted.types & entity.types
    fits = common == wanted.types if wanted.strictness == "all" else bool(common)
    if not wanted.types or fits:
        return 1.0
    return _OTHER_TYPE_FACTOR if wanted.strictness == "should" else 0.0
