"""Search things of every kind by what people type: a part of a name, initials, an IRI, a number.

Unlike a lookup, a search returns everything that fits, best first, and why. The names of entities
are those of the release's name index; another index of the same kind has the names of the rest.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.describe.description import withdrawn_iris
from kg.errors import MalformedParameter
from kg.identifiers import EXTERNAL_DATASETS
from kg.linking.lookup import MAPPING_PROPERTIES, find_linked
from kg.linking.name_index import Entity, Name, NameIndex, has_ideographs, name_key, words_of
from kg.linking.name_search import (
    MAX_ALIKE,
    MAX_LESS,
    Candidate,
    MatchKind,
    NameQuery,
    find_candidates,
    find_misspelt,
)
from kg.linking.resolver import Resolver
from kg.linking.text_search import TextIndex
from kg.namespaces import (
    BASE,
    DCTERMS,
    EXAMPLE,
    GLOCAL,
    RDFS,
    RULE,
    SKOS,
    SOURCE,
    expand,
    is_in,
)
from kg.store.quad_store import Store
from kg.store.saved_queries import SavedQuery

MAX_CHARACTERS: Final = 500
# Names to look at in each index; of more, the rest is noise.
_MAX_CANDIDATES: Final = 20
_MAX_WORDS: Final = 12
# Things about which the words are written; those that bear the words matter more.
_MAX_DESCRIBED: Final = 20
# The scores of names that contain all words of the search, by how they do: as whole words, as the
# beginnings of words, anywhere. The share of the name that the words are adds up to `_SHARE`.
_WHOLE, _BEGINNING, _ANYWHERE, _SHARE = 70.0, 60.0, 50.0, 9.0
_JOINING: Final = ("of", "the")
_INITIALS: Final = 85.0
# The score of a name with the same last word, and the most words of such a name.
_FAMILY, _MAX_FAMILY_WORDS = 60.0, 4
_EXACT, _LOCAL_NAME = 100.0, 97.0
_PROPERTIES_OF_NAMES: Final = (RDFS["label"], GLOCAL["ruleSentence"], SKOS["altLabel"])


class Found(NamedTuple):
    """A thing with a score from 0 to 100, and the name, CURIE or identifier by which it fits.

    `relation` is that of the link by which an identifier of another data set leads to the thing.
    """

    iri: NamedNode
    score: float
    by: MatchKind
    name: Name
    relation: NamedNode | None = None


def index_other_names(store: Store, queries: Iterable[SavedQuery]) -> NameIndex:
    """Index what is no entity: terms of the ontology, passages, rules, and the saved questions.

    Terms and rules have their names; passages what is said of them, since they have no others.
    """
    names: dict[NamedNode, list[Name]] = {}
    for predicate in (*_PROPERTIES_OF_NAMES, DCTERMS["description"]):
        spaces = (GLOCAL, RULE, SOURCE) if predicate in _PROPERTIES_OF_NAMES else (SOURCE,)
        for triple in store.triples(predicate=predicate):
            if is_in(triple.subject, *spaces) and isinstance(triple.object, Literal):
                is_label = predicate in _PROPERTIES_OF_NAMES[:2]
                name = Name(triple.object.value, triple.object.language or "", is_label)
                names.setdefault(triple.subject, []).append(name)
    for query in queries:
        asked = [Name(text, language, True) for language, text in query.questions.items()]
        names[EXAMPLE[query.name]] = asked
    for iri, several in names.items():
        several.append(Name(iri.value.rpartition("#")[2].rpartition("/")[2], "", False))
    return NameIndex(
        Entity(iri, tuple(several), frozenset(), ())
        for iri, several in sorted(names.items(), key=lambda item: item[0].value)
    )


def search_things(
    resolver: Resolver,
    indexes: Sequence[NameIndex],
    text: str,
    texts: TextIndex | None = None,
) -> list[Found]:
    """Return the things that a text may mean, best first: by score, then IRI.

    Those that bear the words come before those about which they are written, by `texts`. If nothing
    bears the words, up to three things are returned whose names the text may misspell, or that have
    its last word, which are those found as `similar`. Raises MalformedParameter if the text is too
    long.
    """
    if len(text) > MAX_CHARACTERS:
        reason = f"expected at most {MAX_CHARACTERS} characters, got {len(text)}"
        raise MalformedParameter("q", reason)
    identified = [*_find_identified(resolver, text.strip())]
    if identified and resolver.read_reference(text.strip()):
        indexes, texts = (), None
    found, alike = list[Found](identified), list[Found]()
    for index in indexes:
        candidates = find_candidates(index, NameQuery(text), max_candidates=_MAX_CANDIDATES)
        for candidate in candidates:
            is_alike = candidate.by == MatchKind.similar
            (alike if is_alike else found).append(_from_candidate(candidate))
        found += [*_find_initials(index, text), *_find_words(index, text)]
    described = [*_find_described(texts, text)]
    if found:
        return _keep_best(resolver, [*found, *described])
    alike += [_from_candidate(one) for index in indexes for one in find_misspelt(index, text)]
    if not described:
        alike += [one for index in indexes for one in _find_family(index, text)]
    best = _keep_best(resolver, alike)
    alike = [one for one in best[:MAX_ALIKE] if one.score >= best[0].score - MAX_LESS]
    return _keep_best(resolver, [*alike, *described])


def _keep_best(resolver: Resolver, found: Iterable[Found]) -> list[Found]:
    """Return each thing once, as it fits best, without those that are withdrawn."""
    withdrawn = withdrawn_iris(resolver.store)
    best: dict[NamedNode, Found] = {}
    for one in found:
        if one.iri not in withdrawn and one.score > best.setdefault(one.iri, one).score:
            best[one.iri] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.iri.value))


def _from_candidate(candidate: Candidate) -> Found:
    return Found(candidate.entity.iri, candidate.score, candidate.by, candidate.name)


def _find_described(texts: TextIndex | None, text: str) -> Iterator[Found]:
    for one in texts.find(text, limit=_MAX_DESCRIBED) if texts else ():
        yield Found(one.iri, one.score, MatchKind.described, one.text)


def _find_identified(resolver: Resolver, text: str) -> Iterator[Found]:
    """Yield what an IRI, a CURIE, an address or an identifier of another data set leads to."""
    reference, name = resolver.read_reference(text), Name(text, "", False)
    others = [
        dataset.iri_for(identifier)
        for dataset in EXTERNAL_DATASETS.values()
        if (identifier := dataset.find_identifier(text))
    ]
    if reference is not None and not reference.namespace.startswith(BASE):
        others.append(expand(reference.iri))
    links = [link for iri in dict.fromkeys(others) for link in find_linked(resolver.store, iri)]
    for link in links:
        relation = expand(link.relation)
        score = _EXACT - MAPPING_PROPERTIES.index(relation)
        yield Found(link.iri, score, MatchKind.identifier, name, relation)
    if not links:
        own = resolver.find(text) if reference else resolver.names.find_local(text)
        for iri in own:
            # Less than for a name, which says more of the thing.
            score = _EXACT if reference else _LOCAL_NAME
            yield Found(iri, score, MatchKind.identifier, name)


def _find_initials(index: NameIndex, text: str) -> Iterator[Found]:
    key = name_key(text)
    for entity, name in index.by_initials.get(key, ()) if len(key) > 1 else ():
        yield Found(entity.iri, _INITIALS, MatchKind.initials, name)


def _find_words(index: NameIndex, text: str) -> Iterator[Found]:
    """Yield the things with a name that contains all the words, wherever they stand.

    Words of a plural are found in the singular, too, and joining words need not be there.
    """
    every = [word for word in words_of(text).split() if len(word) > 1 or has_ideographs(word)]
    words = [word for word in every if word not in _JOINING]
    if not words or len(words) > _MAX_WORDS:
        return
    length = sum(map(len, every))
    for key, named in index.by_key.items():
        if not all(_singular(word) in key for word in words):
            continue
        share = _SHARE * min(1.0, length / len(key))
        for entity, name in named:
            yield Found(entity.iri, _score_words(words, name) + share, MatchKind.words, name)


def _find_family(index: NameIndex, text: str) -> list[Found]:
    """Return the few things with a short name that has the last word of several, as similar.

    People write the given names of somebody from abroad in several ways.
    """
    *given, family = words_of(text).split() or [""]
    ending = f" {family}" if given and len(family) > 1 else None
    found = [
        Found(entity.iri, _FAMILY, MatchKind.similar, name)
        for named in (index.by_key.values() if ending else ())
        for entity, name in named
        if words_of(name.text).endswith(ending or "")
        and len(words_of(name.text).split()) <= _MAX_FAMILY_WORDS
    ]
    return found if len({one.iri for one in found}) <= MAX_ALIKE else []


def _score_words(words: Sequence[str], name: Name) -> float:
    spaced = f" {words_of(name.text)} "
    if all(f" {word} " in spaced or has_ideographs(word) for word in words):
        return _WHOLE
    begins = all(f" {_singular(word)}" in spaced for word in words)
    return _BEGINNING if begins else _ANYWHERE


def _singular(word: str) -> str:
    """Return an English word without the `s` of a plural."""
    return word[:-1] if len(word) > 4 and word.endswith("s") and word[-2] != "s" else word
