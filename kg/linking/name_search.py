"""Find the entities that a name may mean, best first.

Candidates have a score from 0 to 100 and a reason. A candidate is a match, which needs no review,
only if it is the one entity that has exactly this name and it fits the requested types.
"""

import re
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from pyoxigraph import NamedNode
from rapidfuzz import fuzz

from kg.linking.name_index import Entity, Name, NameIndex, has_ideographs, name_key, words_of
from kg.linking.spelling import rank_alike

_EXACT: Final = 100.0
# Factors for a name other than the label, and for reordered words.
_OTHER_NAME_FACTOR: Final = 0.98
_REORDERED_FACTOR: Final = 0.97
# Score for a name that is a part of another, of all characters or of hardly any.
_PART_SCORES: Final = (89.0, 80.0)
# Fewest characters that count as a part of another name, by whether they include ideographs, and
# the smallest part of it that they may be: "China" is little of "Ministry of Tourism, China".
_MIN_PART_LENGTH: Final = {True: 2, False: 4}
_MIN_PART_SHARE: Final = 0.4
# Score for a name with these initials.
_INITIALS: Final = 85.0
# Names with a lower score are not similar, by whether they include ideographs: about one wrong
# letter in five, or one wrong character in four.
_MIN_SCORE: Final = {True: 75.0, False: 80.0}
# Misspelt names to return, and how much less than that of the best one their score may be.
MAX_ALIKE: Final = 3
MAX_LESS: Final = 15.0
# Factor for a name of which only a word is misspelt.
_WORD_FACTOR: Final = 0.9
# Factor for an entity of other types than the wanted ones, if those are only preferred.
_OTHER_TYPE_FACTOR: Final = 0.7
# A name with a second part after a comma or in parentheses.
_TWO_PARTS: Final = re.compile(r"([^,，()（）]+)(?:[,，]([^,，()（）]+)|[(（]([^()（）]+)[)）])\s*")


class NameQuery(NamedTuple):
    """The name, in any spelling, and the types (IRIs of classes) of the entity, if restricted.

    The strictness `any` requires at least one of the types, `all` requires each of them, and
    `should` lowers the score of entities that have none.
    """

    name: str
    types: frozenset[str] = frozenset()
    strictness: str = "any"


class MatchKind(StrEnum):
    """How a thing fits: by its name, one like it, initials, words of a name, or its identifier.

    What is `described` so has the words in a description or note, or as a statement.
    """

    called = "name"
    similar = "similar"
    initials = "initials"
    words = "words"
    identifier = "identifier"
    described = "description"


@dataclass(frozen=True)
class Candidate:
    """An entity that may be meant, with a score from 0 to 100 and its best matching name.

    `likeness` is the score before the name and the types are weighed. `has_exact_name` implies that
    it fits the types, `is_match` that it is the only such entity.
    """

    entity: Entity
    score: float
    name: Name
    by: MatchKind
    likeness: float = _EXACT
    has_exact_name: bool = False
    is_match: bool = False

    @property
    def reason(self) -> str:
        """Why it may be meant, in English."""
        called = f"{'label' if self.name.is_label else 'other name'} '{self.name.text}'"
        return {
            MatchKind.called: called,
            MatchKind.similar: f"like its {called} ({self.likeness:.0f} of 100)",
            MatchKind.initials: f"initials of '{self.name.text}'",
            MatchKind.words: f"words of its {called}",
            MatchKind.identifier: "its identifier",
            MatchKind.described: "what is written about it",
        }[self.by]


def find_candidates(
    index: NameIndex,
    wanted: NameQuery,
    *,
    max_candidates: int = 5,
) -> list[Candidate]:
    """Return the entities that a name, local name, CURIE or IRI may mean, by score, then IRI.

    Similar names have at most about one error in five letters.
    """
    best: dict[Entity, Candidate] = {}
    key = name_key(wanted.name)
    for entity, name in _called(index, wanted.name):
        # A name of one character is too ambiguous to be certain.
        _keep_best(best, _by_name(entity, name, _EXACT, has_exact_name=len(key) > 1))
    identified = index.identified(wanted.name)
    if identified is not None and identified not in best:
        name = identified.names[0]
        by = MatchKind.identifier
        best[identified] = Candidate(identified, _EXACT, name, by, has_exact_name=not best)
    # What is not in capitals is no abbreviation: "n/a" does not mean North America.
    for entity, name in index.by_initials.get(key, ()) if wanted.name.isupper() else ():
        _keep_best(best, Candidate(entity, _INITIALS, name, MatchKind.initials))
    floor = _MIN_SCORE[has_ideographs(key)]
    for other_key in index.similar_keys(key):
        named = index.by_key[other_key]
        score = max(similarity(wanted.name, name.text) for _, name in named)
        if other_key != key and score >= floor:
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


def find_misspelt(
    index: NameIndex, text: str, among: Container[NamedNode] | None = None
) -> list[Candidate]:
    """Return up to three things whose name, or one word of it, the text may misspell, best first.

    They are among these things, if any are given.
    """
    key = name_key(text)
    whole = [(index.by_key[one.text], one.likeness) for one in rank_alike(key, index.by_key)]
    # Of words, which are many and common, only those with one error that is not at the beginning.
    words = [
        (index.by_word[one.text], one.likeness * _WORD_FACTOR)
        for one in rank_alike(key, index.by_word)
        if one.errors == 1 and one.text[0] == key[0]
    ]
    best: dict[Entity, Candidate] = {}
    for named, likeness in [*whole, *words]:
        for entity, name in named:
            if among is None or entity.iri in among:
                _keep_best(best, _by_name(entity, name, _EXACT * likeness))
    ranked = sorted(best.values(), key=lambda one: (-one.score, one.entity.iri.value))
    return [one for one in ranked[:MAX_ALIKE] if one.score >= ranked[0].score - MAX_LESS]


def near_names(index: NameIndex, text: str, among: Container[NamedNode] | None = None) -> list[str]:
    """Return up to three names that somebody may have meant, best first, each of another thing.

    They contain the words of the text, or else are a part of it or may be misspelt in it.
    """
    words = f" {words_of(text)} "
    if not words.strip():
        return []
    found = [(one.iri, name.text) for one, name, others in index.worded if words in others]
    found.sort(key=lambda pair: (len(pair[1]), pair[1]))
    if not found:
        similar = [*find_candidates(index, NameQuery(text)), *find_misspelt(index, text, among)]
        found = [(one.entity.iri, one.name.text) for one in similar]
    near: dict[NamedNode, str] = {}
    for iri, name in found:
        if among is None or iri in among:
            near.setdefault(iri, name)
    return [*dict.fromkeys(near.values())][:MAX_ALIKE]


def similarity(text: str, other: str) -> float:
    """Return how similar two texts are, from 0 to 100, by their keys and their words."""
    words, other_words = words_of(text), words_of(other)
    key, other_key = name_key(text), name_key(other)
    if key == other_key:
        return _EXACT if key else 0.0
    score = fuzz.ratio(key, other_key)
    if " " in words and " " in other_words:
        score = max(score, _REORDERED_FACTOR * fuzz.token_sort_ratio(words, other_words))
    return max(min(score, _EXACT - 1), _part_score(words, other_words))


def _part_score(words: str, other_words: str) -> float:
    """Return the score of words that begin others or are a part of them, or have them as a part.

    A part consists of whole words, but not in Chinese, which has no spaces. Other words have 0.0.
    """
    part, whole = sorted((words, other_words), key=len)
    is_chinese = has_ideographs(part)
    is_part = part in whole if is_chinese else f" {part} " in f" {whole} "
    length, share = len(part.replace(" ", "")), len(part) / max(1, len(whole))
    if not (is_part or other_words.startswith(words)) or share < _MIN_PART_SHARE:
        return 0.0
    if length < _MIN_PART_LENGTH[is_chinese]:
        return 0.0
    most, least = _PART_SCORES
    return least + (most - least) * share


def _called(index: NameIndex, name: str) -> Iterable[tuple[Entity, Name]]:
    """Return the entities that are called so, with the name.

    A name may also be written with its second part first, after a comma or in parentheses, as in
    "Sassen, Saskia" and "Iran (Islamic Republic of)", or with another name in parentheses.
    """
    named = index.by_key.get(name_key(name))
    if named or not (match := _TWO_PARTS.fullmatch(name)):
        return named or ()
    first, second = filter(None, match.groups())
    if reordered := index.by_key.get(name_key(f"{second} {first}")):
        return reordered
    key = name_key(second)
    others = {one for one, _ in (*index.by_key.get(key, ()), *index.by_initials.get(key, ()))}
    return [one for one in index.by_key.get(name_key(first), ()) if one[0] in others]


def _by_name(
    entity: Entity, name: Name, score: float, *, has_exact_name: bool = False
) -> Candidate:
    weighted = score if name.is_label else score * _OTHER_NAME_FACTOR
    by = MatchKind.called if score == _EXACT else MatchKind.similar
    return Candidate(entity, weighted, name, by, score, has_exact_name)


def _keep_best(best: dict[Entity, Candidate], candidate: Candidate) -> None:
    if candidate.score > best.setdefault(candidate.entity, candidate).score:
        best[candidate.entity] = candidate


def _type_factor(entity: Entity, wanted: NameQuery) -> float:
    common = wanted.types & entity.types
    fits = common == wanted.types if wanted.strictness == "all" else bool(common)
    if not wanted.types or fits:
        return 1.0
    return _OTHER_TYPE_FACTOR if wanted.strictness == "should" else 0.0
