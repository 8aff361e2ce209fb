"""All names of a release's entities, found by key or by pieces of it."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, TypeGuard

from pyoxigraph import Literal, NamedNode

from kg.names.keys import has_ideographs, initials_of, key_of, pieces_of
from kg.namespaces import ASSERTED, ID, RDF, RDFS, SKOS
from kg.store.quad_store import Store

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
