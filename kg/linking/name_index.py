"""An index of all names of a release's entities, by key, initials and n-grams of keys.

A key is a name without script, case, punctuation and spaces, so that all spellings are equal.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import ASSERTED, ID, RDF, RDFS, SKOS, is_in
from kg.store.quad_store import Store

if TYPE_CHECKING:
    from opencc import OpenCC

# Only ideographs of the Basic Multilingual Plane: names use no others.
_IDEOGRAPH: Final = re.compile("[\u3400-\u9fff]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_START_OF_IDENTIFIER: Final = re.compile(f"^(?:<?{re.escape(ID)}|id:|entity:)")
# N-grams of a key to look up, and similar keys to return.
_MAX_NGRAMS: Final = 24
_MAX_KEYS: Final = 40
# Fewest letters of a word by which names are found, and most words of such a name.
_MIN_WORD_LENGTH: Final = 5
_MAX_WORDS: Final = 6


@lru_cache(maxsize=10_000)
def words_of(text: str) -> str:
    """Return the words of a name as `fold_words` does, and keep them."""
    return fold_words(text)


def fold_words(text: str, *, is_simplified: bool = False) -> str:
    """Return the words of a text in lower case and simplified characters, separated by one space.

    British words in -isation have the American spelling. A text that `is_simplified` is not
    converted, which takes most of the time.

    >>> fold_words("Washington, D.C."), fold_words("聯合國（UN）"), fold_words("Globalisation")
    ('washington d c', '联合国 un', 'globalization')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    simplified: str = folded
    if has_ideographs(folded) and not is_simplified:
        simplified = _converter().convert(folded)
    letters = (character if character.isalnum() else " " for character in simplified)
    return " ".join("".join(letters).split()).replace("isation", "ization")


@cache
def _converter() -> "OpenCC":
    import opencc

    return opencc.OpenCC("t2s")


def name_key(text: str) -> str:
    """Return the key of a name: its letters and digits, equal for all spellings of the name.

    Accents are kept, since they distinguish names (Los Angeles, Los Ángeles). An English article
    at the beginning is left out.

    >>> name_key("UN-Habitat"), name_key("the un habitat")
    ('unhabitat', 'unhabitat')
    """
    return words_of(text).removeprefix("the ").replace(" ", "")


def has_ideographs(text: str) -> bool:
    """Return whether a name contains Chinese characters."""
    return _IDEOGRAPH.search(text) is not None


def language_of(name: str) -> str:
    """Return the language to answer in: Chinese for a name in Chinese characters, else English."""
    return "zh" if has_ideographs(name) else "en"


def initials_of(text: str) -> str:
    """Return the key of a possible abbreviation: the initials of two or more capitalised words.

    >>> initials_of("People's Republic of China"), initials_of("global city")
    ('prc', '')
    """
    initials = [word[0] for word in _WORD.findall(text) if word[0].isupper()]
    return name_key("".join(initials)) if len(initials) > 1 else ""


def ngrams(key: str) -> set[str]:
    """Return the n-grams of a key: of two characters if it has ideographs, else of three.

    Beginning and end count as a character, so that keys with two swapped letters still share some.

    >>> sorted(ngrams("bonn"))
    ['^bo', 'bon', 'nn$', 'onn']
    """
    marked = f"^{key}$"
    size = 2 if has_ideographs(key) else 3
    return {marked[start : start + size] for start in range(len(marked) - size + 1)}


@dataclass(frozen=True)
class Name:
    """A name of an entity as written: its label in a language, or an alternative name."""

    text: str
    language: str
    is_label: bool


@dataclass(frozen=True, eq=False)
class Entity:
    """An entity with its names, labels first; `types` are IRIs, derived ones included.

    An index has one object for each IRI, so objects are compared by identity.
    """

    iri: NamedNode
    names: tuple[Name, ...]
    types: frozenset[str]
    stated_types: tuple[str, ...]

    @property
    def local_name(self) -> str:
        """The IRI without the namespace that all entities share."""
        return self.iri.value.removeprefix(ID)

    def label(self, language: str = "en") -> str:
        """Return the label in this language, or else in another one, or else the local name."""
        labels = {name.language: name.text for name in self.names if name.is_label}
        return labels.get(language) or next(iter(labels.values()), self.local_name)


_NamedEntities = Sequence[tuple[Entity, Name]]


class NameIndex:
    """The entities by IRI, and their names by key and by initials; an index does not change."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.entities: Mapping[str, Entity] = {entity.iri.value: entity for entity in entities}
        self.by_key: Mapping[str, _NamedEntities] = self._group_by(name_key)
        self.by_initials: Mapping[str, _NamedEntities] = self._group_by(initials_of)
        self._sorted_keys = sorted(self.by_key)
        self._keys_by_ngram: defaultdict[str, list[str]] = defaultdict(list)
        for key in self.by_key:
            for ngram in ngrams(key):
                self._keys_by_ngram[ngram].append(key)

    @classmethod
    def from_store(cls, store: Store) -> "NameIndex":
        """Index the names of a release's entities, which are the things in the namespace `id:`."""
        names: defaultdict[NamedNode, list[Name]] = defaultdict(list)
        for predicate in (RDFS["label"], SKOS["altLabel"]):
            for triple in store.triples(predicate=predicate):
                if is_in(triple.subject, ID) and isinstance(triple.object, Literal):
                    is_label = predicate == RDFS["label"]
                    name = Name(triple.object.value, triple.object.language or "", is_label)
                    names[triple.subject].append(name)
        types, stated_types = _read_types(store, None), _read_types(store, ASSERTED)
        return cls(
            Entity(
                iri=iri,
                names=tuple(sorted(names[iri], key=_order)),
                types=frozenset(types[iri]),
                stated_types=tuple(sorted(stated_types[iri])),
            )
            for iri in sorted(names, key=lambda iri: iri.value)
        )

    @cached_property
    def by_word(self) -> Mapping[str, _NamedEntities]:
        """The names by their longer words in alphabets; those that are sentences are left out."""
        groups: defaultdict[str, list[tuple[Entity, Name]]] = defaultdict(list)
        for named in self.by_key.values():
            for entity, name in named:
                words = words_of(name.text).split()
                for word in words if 1 < len(words) <= _MAX_WORDS else ():
                    if len(word) >= _MIN_WORD_LENGTH and not has_ideographs(word):
                        groups[word].append((entity, name))
        return dict(groups)

    @cached_property
    def worded(self) -> Sequence[tuple[Entity, Name, str]]:
        """The names, each with its words between spaces."""
        return [
            (entity, name, f" {words_of(name.text)} ")
            for named in self.by_key.values()
            for entity, name in named
        ]

    def identified(self, identifier: str) -> Entity | None:
        """Return the entity with this local name, CURIE (in JSON-LD with `entity:`) or IRI."""
        local_name = _START_OF_IDENTIFIER.sub("", identifier.strip()).removesuffix(">")
        return self.entities.get(f"{ID}{local_name}")

    def similar_keys(self, key: str) -> list[str]:
        """Return the keys that share the most n-grams with this one, at most 40, best first.

        Only the rarest n-grams are looked up, since common ones lead to too many keys.
        """
        found = (self._keys_by_ngram.get(ngram, []) for ngram in ngrams(key))
        shared: Counter[str] = Counter()
        for keys in sorted(filter(None, found), key=len)[:_MAX_NGRAMS]:
            shared.update(keys)
        ranked = sorted(shared, key=lambda other: (-shared[other] / (len(other) + len(key)), other))
        return ranked[:_MAX_KEYS]

    def keys_with_prefix(self, key: str) -> Iterator[str]:
        """Yield the keys with this prefix, in order."""
        following = islice(self._sorted_keys, bisect_left(self._sorted_keys, key), None)
        return takewhile(lambda other: other.startswith(key), following)

    def _group_by(self, key_function: Callable[[str], str]) -> Mapping[str, _NamedEntities]:
        groups: defaultdict[str, list[tuple[Entity, Name]]] = defaultdict(list)
        for entity in self.entities.values():
            for name in entity.names:
                if key := key_function(name.text):
                    groups[key].append((entity, name))
        return dict(groups)


def _order(name: Name) -> tuple[bool, str, str]:
    return not name.is_label, name.language, name.text


def _read_types(store: Store, graph: NamedNode | None) -> defaultdict[NamedNode, set[str]]:
    types: defaultdict[NamedNode, set[str]] = defaultdict(set)
    for triple in store.triples(predicate=RDF["type"], graph=graph):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            types[triple.subject].add(triple.object.value)
    return types
