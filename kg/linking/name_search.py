"""A name -> the entities that may be meant, best first, each with a score and the reason.

Scores run from 0 to 100. A candidate is a match, to be taken without a look, only where one entity
alone bears exactly this name and nothing else that was asked speaks against it.

What a person writes for a thing -> its IRI.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode
from rapidfuzz import fuzz

from kg.errors import MalformedParameter, UnknownName
from kg.linking.name_index import Entity, Name, NameIndex, has_ideographs, key_of, words_of
from kg.namespaces import GLOCAL, ID, PREFIXES, expand, shorten
from kg.store.quad_store import Store

_EXACT: Final = 100.0
# What another name than the label, other words in order, and a part of a name are worth.
_OTHER_NAME: Final = 0.98
_REORDERED: Final = 0.97
_PART: Final = 0.8
# How much of a name has to be there to be looked for as a part of another: characters.
_SHORTEST_PART: Final = {True: 2, False: 4}
# What a name is worth whose initials somebody gives.
_INITIALS: Final = 85.0
# Below this a name is not said to be near.
_LEAST: Final = 50.0
_FOREIGN_TYPE: Final = 0.7


@dataclass(frozen=True)
class Wanted:
    """What a candidate should be; `types` are IRIs of classes.

    With `strictness` `any` it has one of the types, with `all` each of them; with `should` others
    are let through with a lower score.
    """

    name: str
    types: frozenset[str] = frozenset()
    strictness: str = "any"


@dataclass(frozen=True)
class _Fit:
    """How well an entity fits by its best name."""

    score: float
    name: Name
    reason: str
    is_certain: bool


@dataclass(frozen=True)
class Candidate:
    """An entity that may be meant, its name that fits best, and why.

    `is_named` says that it bears exactly this name, `is_match` that no other one does.
    """

    entity: Entity
    score: float
    is_named: bool
    is_match: bool
    name: Name
    reason: str


def candidates(index: NameIndex, wanted: Wanted, *, most: int = 5) -> list[Candidate]:
    """The entities that this name may mean, by score, then by IRI.

    A local name, a CURIE or a full IRI of an entity finds it too.
    """
    found: dict[Entity, _Fit] = {}
    key = key_of(wanted.name)
    for entity, name in index.with_key(key):
        # One character says too little to be taken without a look.
        _keep(found, entity, _fit(_EXACT, name, is_certain=len(key) > 1))
    named = index.entities.get(_identifier(wanted.name))
    if named is not None and named not in found:
        found[named] = _Fit(_EXACT, named.names[0], "its identifier", is_certain=not found)
    for entity, name in index.abbreviated(key):
        _keep(found, entity, _Fit(_INITIALS, name, f"initials of '{name.text}'", is_certain=False))
    for other, score in _similar(index, wanted.name):
        for entity, name in index.with_key(other):
            _keep(found, entity, _fit(score, name))
    factors = {entity: _type_factor(entity, wanted) for entity in found}
    certain = [one for one, fit in found.items() if fit.is_certain and factors[one] == 1]
    worth = {entity: fit.score * factors[entity] for entity, fit in found.items()}
    ranked = sorted(
        (entity for entity in found if factors[entity]),
        key=lambda one: (-worth[one], one.iri.value),
    )
    return [
        Candidate(
            entity=one,
            score=round(worth[one], 1),
            is_named=one in certain,
            is_match=certain == [one],
            name=found[one].name,
            reason=found[one].reason,
        )
        for one in ranked[:most]
    ]


def similarity(one: str, other: str) -> float:
    """How alike two texts are, from 0 to 100, by their keys and by their words."""
    key, other_key = key_of(one), key_of(other)
    if key == other_key:
        return _EXACT if key else 0.0
    return _score(key, words_of(one), other_key, words_of(other))


def _similar(index: NameIndex, name: str) -> Iterable[tuple[str, float]]:
    key, words = key_of(name), words_of(name)
    for other in index.near(key):
        if other != key:
            score = max(
                _score(key, words, other, words_of(text.text)) for _, text in index.with_key(other)
            )
            if score >= _LEAST:
                yield other, score


def _score(key: str, words: str, other: str, other_words: str) -> float:
    score = fuzz.ratio(key, other)
    if " " in words and " " in other_words:
        score = max(score, _REORDERED * fuzz.token_sort_ratio(words, other_words))
    if min(len(key), len(other)) >= _SHORTEST_PART[has_ideographs(key)]:
        # The longer the common part is beside the whole, the better among several.
        share = min(len(key), len(other)) / max(len(key), len(other))
        part = fuzz.partial_ratio(key, other)
        score = max(score, _PART * part * (0.75 + 0.25 * share))
    return min(score, _EXACT - 1)


def _fit(score: float, name: Name, *, is_certain: bool = False) -> _Fit:
    kind = "label" if name.is_label else "other name"
    reason = f"{kind} '{name.text}'"
    if score < _EXACT:
        reason = f"like its {reason} ({score:.0f} of 100)"
    worth = score if name.is_label else score * _OTHER_NAME
    return _Fit(worth, name, reason, is_certain)


def _keep(found: dict[Entity, _Fit], entity: Entity, fit: _Fit) -> None:
    if entity not in found or found[entity].score < fit.score:
        found[entity] = fit


def _identifier(name: str) -> str:
    return ID + name.strip().removeprefix(ID).removeprefix("id:")


def _type_factor(entity: Entity, wanted: Wanted) -> float:
    has = wanted.types & entity.types
    fits = has == wanted.types if wanted.strictness == "all" else bool(has)
    if not wanted.types or fits:
        return 1.0
    return _FOREIGN_TYPE if wanted.strictness == "should" else 0.0


_PREFIXED: Final = re.compile(r"[\w-]+:\S+")


def is_iri(name: str) -> bool:
    """Whether this is written as an IRI or as a CURIE with one of the project's prefixes.

    >>> is_iri("id:London"), is_iri("<urn:x>"), is_iri("If Mayors Ruled: a book")
    (True, True, False)
    """
    prefix, colon, rest = name.partition(":")
    is_whole = name.startswith("<") or rest.startswith("//")
    return is_whole or (bool(colon) and prefix in PREFIXES)


def resolve(store: Store, name: str) -> NamedNode:
    """The thing that this name stands for.

    It may be a full IRI, a CURIE (`id:London`), the local name of an entity or a term (`London`,
    `memberOf`), or one of its names in any language (`伦敦`), labels before others.

    Raises:
        UnknownName: nothing is called so; says what is near.
        MalformedParameter: no IRI, or a name that several things have; says which.
    """
    if is_iri(name):
        return _known(store, name, expand(name))
    for iri in _local(name):
        if store.knows(iri):
            return iri
    index = NameIndex.of(store)
    bearers = index.called(name)
    labelled = {entity.iri for entity, text in bearers if text.is_label}
    found = labelled or {entity.iri for entity, _ in bearers}
    if len(found) == 1:
        return found.pop()
    if found:
        several = ", ".join(sorted(shorten(iri.value) for iri in found))
        raise MalformedParameter(name, f"is the name of several things. Right would be: {several}")
    if _PREFIXED.fullmatch(name):
        expand(name)
    near = [one.name.text for one in candidates(index, Wanted(name))]
    raise UnknownName(name, [*near, *_names(store)], kind="thing")


def _local(name: str) -> Iterator[NamedNode]:
    for space in (ID, GLOCAL):
        try:
            yield space[name]
        except ValueError:
            # With a blank in it, it is no local name.
            return


def _known(store: Store, name: str, iri: NamedNode) -> NamedNode:
    if store.knows(iri):
        return iri
    raise UnknownName(name, _names(store), kind="thing")


def _names(store: Store) -> list[str]:
    return [shorten(one) for one in store.names]
