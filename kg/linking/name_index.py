"""A name -> its key, in which script, case, punctuation and spaces do not matter.

All names of a release's entities, found by key or by pieces of it.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Final, TypeGuard

import opencc
from pyoxigraph import Literal, NamedNode

from kg.namespaces import ASSERTED, ID, RDF, RDFS, SKOS
from kg.store.quad_store import Store

# Ideographs of the Basic Multilingual Plane, which is where names live.
_IDEOGRAPH: Final = re.compile("[\u3400-\u9fff]")
_WORD: Final = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=10_000)
def words_of(text: str) -> str:
    """The words of a name in lower case and simplified characters, one space between them.

    >>> words_of("Washington, D.C."), words_of("聯合國（UN）")
    ('washington d c', '联合国 un')
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    simplified: str = _converter().convert(folded) if has_ideographs(folded) else folded
    return " ".join("".join(one if one.isalnum() else " " for one in simplified).split())


def key_of(text: str) -> str:
    """What two spellings of one name have in common: letters and digits alone.

    Accents stay, since they tell names apart (Los Angeles, Los Ángeles).

    >>> key_of("UN-Habitat") == key_of("un habitat")
    True
    """
    return words_of(text).replace(" ", "")


def has_ideographs(text: str) -> bool:
    """Whether a name is, in part, in Chinese characters."""
    return _IDEOGRAPH.search(text) is not None


def initials_of(text: str) -> str:
    """The key of an abbreviation that a name could have: the initials of its capitalised words.

    Empty where there are fewer than two.

    >>> initials_of("People's Republic of China"), initials_of("global city")
    ('prc', '')
    """
    initials = [word[0] for word in _WORD.findall(text) if word[0].isupper()]
    return key_of("".join(initials)) if len(initials) > 1 else ""


def pieces_of(key: str) -> set[str]:
    """Pieces by which similar keys find each other: two ideographs, or three other characters.

    Beginning and end count as a character, so that letters that changed places are no hindrance.

    >>> sorted(pieces_of("bonn"))
    ['^bo', 'bon', 'nn$', 'onn']
    """
    marked = f"^{key}$"
    size = 2 if has_ideographs(key) else 3
    return {marked[start : start + size] for start in range(len(marked) - size + 1)}


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


# How many pieces of a name are looked up, and how many keys that share them are compared.
_MOST_PIECES: Final = 24
_MOST_KEYS: Final = 40


@dataclass(frozen=True)
class Name:
    """One name of an entity, as written; its label in this language, or another name."""

    text: str
    language: str
    is_label: bool


@dataclass(frozen=True, eq=False)
class Entity:
    """An entity with its names; `types` are all its classes, `stated_types` those not derived.

    There is one for each IRI in an index, so that it is equal to itself alone.
    """

    iri: NamedNode
    names: tuple[Name, ...]
    types: frozenset[str]
    stated_types: tuple[str, ...]

    @property
    def local_name(self) -> str:
        """The IRI without the part that all entities share."""
        return self.iri.value.removeprefix(ID)

    def label(self, language: str = "en") -> str:
        """The label in this language, or in another one, or the local name."""
        labels = {name.language: name.text for name in self.names if name.is_label}
        return labels.get(language) or next(iter(labels.values()), self.local_name)


_Bearers = Sequence[tuple[Entity, Name]]


class NameIndex:
    """The entities by IRI, and their names by key; never changed once made."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.entities: Mapping[str, Entity] = {one.iri.value: one for one in entities}
        self._named: Mapping[str, _Bearers] = self._by(key_of)
        self._abbreviated: Mapping[str, _Bearers] = self._by(initials_of)
        self._by_piece: defaultdict[str, list[str]] = defaultdict(list)
        for key in self._named:
            for piece in pieces_of(key):
                self._by_piece[piece].append(key)

    @classmethod
    def of(cls, store: Store) -> "NameIndex":
        """The names that this release gives to its entities, which are what `id:` names."""
        names: defaultdict[NamedNode, list[Name]] = defaultdict(list)
        for predicate in (RDFS["label"], SKOS["altLabel"]):
            for one in store.matching(predicate=predicate):
                if _is_entity(one.subject) and isinstance(one.object, Literal):
                    is_label = predicate == RDFS["label"]
                    name = Name(one.object.value, one.object.language or "", is_label)
                    names[one.subject].append(name)
        types, stated = _types(store, None), _types(store, ASSERTED)
        return cls(
            Entity(
                iri=iri,
                names=tuple(sorted(names[iri], key=lambda one: (not one.is_label, one.language))),
                types=frozenset(types[iri]),
                stated_types=tuple(sorted(stated[iri])),
            )
            for iri in sorted(names, key=lambda one: one.value)
        )

    def called(self, name: str) -> _Bearers:
        """Whoever has this name but for case, script, punctuation and spaces."""
        return self._named.get(key_of(name), ())

    def with_key(self, key: str) -> _Bearers:
        """Whoever has a name with this key."""
        return self._named.get(key, ())

    def abbreviated(self, key: str) -> _Bearers:
        """Whoever has a name with these initials."""
        return self._abbreviated.get(key, ())

    def near(self, key: str) -> list[str]:
        """The keys that share most pieces with this one, rare pieces first; at most 40."""
        pieces = (self._by_piece[one] for one in pieces_of(key) if one in self._by_piece)
        shared: Counter[str] = Counter()
        for keys in sorted(pieces, key=len)[:_MOST_PIECES]:
            shared.update(keys)
        ranked = sorted(shared, key=lambda one: (-shared[one] / (len(one) + len(key)), one))
        return ranked[:_MOST_KEYS]

    def starting_with(self, key: str) -> Iterator[str]:
        """The keys that begin so, in their order."""
        for place in range(bisect_left(self._sorted, key), len(self._sorted)):
            if not self._sorted[place].startswith(key):
                return
            yield self._sorted[place]

    def _by(self, key: Callable[[str], str]) -> Mapping[str, _Bearers]:
        found: defaultdict[str, list[tuple[Entity, Name]]] = defaultdict(list)
        for entity in self.entities.values():
            for name in entity.names:
                if one := key(name.text):
                    found[one].append((entity, name))
        return dict(found)

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._named)


def language_of(name: str) -> str:
    """The language that somebody who writes so is answered in."""
    return "zh" if has_ideographs(name) else "en"


def _is_entity(term: object) -> TypeGuard[NamedNode]:
    return isinstance(term, NamedNode) and term.value.startswith(ID)


def _types(store: Store, graph: NamedNode | None) -> defaultdict[NamedNode, set[str]]:
    found: defaultdict[NamedNode, set[str]] = defaultdict(set)
    for one in store.matching(predicate=RDF["type"], graph=graph):
        if isinstance(one.subject, NamedNode) and isinstance(one.object, NamedNode):
            found[one.subject].add(one.object.value)
    return found
