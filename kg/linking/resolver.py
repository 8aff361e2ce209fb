"""Resolve what people write for a thing to the one IRI that is meant.

A thing may be written as its IRI, a CURIE (`id:London`, or `entity:London` as in JSON-LD), the
address of its page, its local name (`London`, `memberOf`, `p10.2`), or any of its names in any
language (`伦敦`). The closest match decides: an identifier, then a label, then another name, then
a local name in other case. Several that match equally well are never chosen from, but the place
where a name stands may prefer a namespace: the predicate of a triple is a term of the ontology.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import chain
from typing import Final, NamedTuple, Self
from urllib.parse import unquote

from pyoxigraph import Literal, NamedNode

from kg.describe.description import find_withdrawal, literals, sorted_iris, withdrawn_iris
from kg.errors import AmbiguousName, MalformedParameter, UnknownName, Withdrawn
from kg.identifiers import EXTERNAL_DATASETS
from kg.linking.name_index import NameIndex, name_key, words_of
from kg.linking.name_search import MAX_ALIKE, near_names
from kg.linking.near_properties import name_properties
from kg.linking.spelling import rank_alike
from kg.namespaces import (
    BASE,
    CONTRADICTION,
    DESCRIBING_PREFIXES,
    EVIDENCE,
    GLOCAL,
    GRAPH,
    ID,
    PASSAGE,
    RDFS,
    RULE,
    SKOS,
    SOURCE,
    expand,
    is_in,
    shorten,
)
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Store

_MAX_CHARACTERS: Final = 500
# The namespaces whose things have local names. Only entities are in the name index.
_OTHER_NAMESPACES: Final = (GLOCAL, PASSAGE, SOURCE, EVIDENCE, GRAPH, RULE, CONTRADICTION)
_NAMESPACES: Final = (ID, *_OTHER_NAMESPACES)
# With those that JSON-LD documents write: `entity:`, since `id` is the key of identifiers there.
NAME_PREFIXES: Final[Mapping[str, str]] = {**DESCRIBING_PREFIXES, "entity": ID}
_PREFIXED: Final = re.compile(r"([\w-]+):\S+")
# A service on this machine, whatever its port.
_LOOPBACK: Final = re.compile(r"//(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?/")
_PAGE_OF_TERMS: Final = re.compile(r"ontology(?:\.[a-z]+|/[\d.]+)?(?:\?[^#]*)?#")
_EXPECTED_KIND: Final = re.compile(r"\bIRI of an? (\w+)")
# What a value is said to be: `a city, or of another actor`.
_KINDS: Final = re.compile(r"\b(?:an?|another) (\w+)")
_EXTENSION: Final = re.compile(r"\.[a-z]{2,6}$")
_Found = Sequence[NamedNode]
# Finds the things that a name may be that of; None stands for any.
FindSome = Callable[[], Container[NamedNode] | None]


def _find_any() -> None:
    return None


class ThingNames:
    """The things of a store by their names; `index`, called when first needed, has the entities'.

    Making it takes a quarter of a second for 1,500 entities.
    """

    def __init__(self, store: Store, index: Callable[[], NameIndex] | None = None) -> None:
        self._store, self._make_index = store, index or partial(NameIndex.from_store, store)
        self._by_local_name: dict[tuple[str, ...], Mapping[str, NamedNode]] = {}

    @cached_property
    def index(self) -> NameIndex:
        """The names of the entities."""
        return self._make_index()

    @cached_property
    def _of_others(self) -> Mapping[bool, Mapping[str, _Found]]:
        """Labels (True) and other names (False), by key, of things that are no entities."""
        found: Mapping[bool, defaultdict[str, list[NamedNode]]]
        found = {True: defaultdict(list), False: defaultdict(list)}
        for predicate in (RDFS["label"], SKOS["altLabel"]):
            for triple in self._store.triples(predicate=predicate):
                if is_in(triple.subject, *_OTHER_NAMESPACES) and isinstance(triple.object, Literal):
                    key = name_key(triple.object.value)
                    found[predicate == RDFS["label"]][key].append(triple.subject)
        return found

    @cached_property
    def _local_names(self) -> Mapping[str, _Found]:
        """The things that are not withdrawn, by local name without regard to case."""
        withdrawn = {iri.value for iri in withdrawn_iris(self._store)}
        found: defaultdict[str, list[NamedNode]] = defaultdict(list)
        for iri in self._store.known_iris:
            for namespace in _NAMESPACES if iri not in withdrawn else ():
                if iri.startswith(namespace):
                    found[iri.removeprefix(namespace).casefold()].append(NamedNode(iri))
        return found

    @cached_property
    def properties(self) -> Mapping[str, NamedNode]:
        """The properties of the ontology by the keys of their names."""
        return name_properties(self._store)

    def find(self, name: str, *, is_label: bool) -> _Found:
        """Return the things with this label, or with this other name."""
        key = name_key(name)
        named = self.index.by_key.get(key, ())
        entities = [entity.iri for entity, matched in named if matched.is_label is is_label]
        return [*entities, *self._of_others[is_label].get(key, ())] if key else []

    def find_local(self, name: str) -> _Found:
        """Return the things with this local name in any case."""
        return self._local_names.get(name.casefold(), ())

    def find_alike(self, name: str, namespaces: Collection[str]) -> list[NamedNode]:
        """Return up to three things in the namespaces whose local name may be misspelt so.

        If there are none, those whose names begin with all parts but the last.
        """
        fitting = self._fitting(tuple(namespaces))
        near = [one.text for one in rank_alike(name.casefold(), fitting)]
        beginning, dash, _ = name.casefold().rpartition("-")
        if not near and beginning:
            near = sorted(local for local in fitting if local.startswith(beginning + dash))
        return [fitting[local] for local in near[:MAX_ALIKE]]

    def _fitting(self, namespaces: tuple[str, ...]) -> Mapping[str, NamedNode]:
        """Return one thing in the namespaces for each local name; callers ask for few of them."""
        if namespaces not in self._by_local_name:
            named = ((name, iri) for name, several in self._local_names.items() for iri in several)
            fitting = {name: iri for name, iri in named if is_in(iri, *namespaces)}
            self._by_local_name[namespaces] = fitting
        return self._by_local_name[namespaces]


class Reference(NamedTuple):
    """An IRI, CURIE or address: a namespace and a local name, which may have several spellings.

    Of an IRI that is not the project's, all is namespace. An address may end in a label.
    """

    namespace: str
    spellings: Sequence[str]
    takes_labels: bool = False

    @property
    def iri(self) -> str:
        """The IRI in the last of the spellings."""
        return f"{self.namespace}{self.spellings[-1]}"


@dataclass(frozen=True)
class Resolver:
    """Resolves names in one store; `addresses` returns the base URLs of this host, if any."""

    store: Store
    names: ThingNames
    addresses: Callable[[], Iterable[str]] = tuple

    @classmethod
    def of(cls, store: Store) -> Self:
        """Return a resolver with an index of its own."""
        return cls(store, ThingNames(store))

    def resolve(
        self,
        name: str,
        *,
        namespace: str = "",
        kind: str = "thing",
        among: FindSome = _find_any,
    ) -> NamedNode:
        """Return the one thing that is meant, if possible in the namespace.

        Raises AmbiguousName with all things that may be meant; UnknownName for this kind of thing,
        with near names, only of the things that `among` finds; Withdrawn; and MalformedParameter
        for what cannot be a name.
        """
        iri = name.strip().removeprefix("<").removesuffix(">")
        found = self._known(namespace + name) or self._known(iri)
        if found is None:
            found = self._find(name.strip(), namespace, kind, among)
        if withdrawal := find_withdrawal(self.store, found):
            raise Withdrawn(*withdrawal)
        return found

    def has(self, name: str) -> bool:
        """Return whether this is the IRI or CURIE of a thing, which needs no index."""
        with suppress(MalformedParameter):
            reference = self.read_reference(name)
            return reference is not None and self._known(reference.iri) is not None
        return False

    def find(self, name: str, *, namespace: str = "") -> set[NamedNode]:
        """Return the things that match a name the most closely, if possible in the namespace."""
        reference = self.read_reference(name)
        wanted = reference or Reference(namespace, [name], takes_labels=True)
        places = [wanted] if reference or not namespace else [wanted, Reference("", [name], True)]
        matches = chain.from_iterable(map(self._matches, places))
        return next(filter(None, matches), set())

    def read_value(self, value: str, expected: str) -> NamedNode:
        """Resolve the value of a parameter, which `expected` describes.

        `the IRI of a property` or `class` prefers terms of the ontology, and `the IRI of` anything
        else entities; where it is `of a` kind of thing, an IRI of others stands for the entity that
        is the same.
        """
        kind = _EXPECTED_KIND.search(expected)
        is_term = kind is not None and kind[1] in ("property", "class")
        namespace = GLOCAL if is_term else ID if "IRI of" in expected else ""
        among = _find_any if is_term else partial(self._members_of, expected)
        try:
            found = self.resolve(value, namespace=namespace, among=among)
        except UnknownName:
            # A bare number of Wikidata, which is nothing's name.
            number = EXTERNAL_DATASETS["wikidata"].find_identifier(value.strip())
            same = number and self.find_same(EXTERNAL_DATASETS["wikidata"].iri_for(number))
            if not same:
                raise
            found = same
        return found if kind is None or is_term or is_in(found, BASE) else self._same_entity(found)

    def read_view(self, view: str | None, world: str | None) -> Standing:
        """Return a view by its names, see `Views.parse`; the holder of a world may have any."""
        if not (view or world):
            return DEFAULT_VIEW
        if world and self.store.views.find_world(world) is None:
            with suppress(UnknownName):
                world = self.resolve(world, namespace=ID).value
        return self.store.views.parse(view, world)

    def read_reference(self, name: str) -> Reference | None:
        """Read an IRI, a CURIE or an address; return None for any other name."""
        name = name.removeprefix("<").removesuffix(">")
        prefix, _, local = name.partition(":")
        if prefix in NAME_PREFIXES and local:
            return Reference(NAME_PREFIXES[prefix], [local])
        if not local.startswith("//"):
            return None
        base = next((one for one in self._bases(local) if local.startswith(one)), None)
        return (
            Reference(expand(name).value, [""]) if base is None else _read_path(local[len(base) :])
        )

    def _bases(self, address: str) -> Iterator[str]:
        """Yield the base URLs of the project's things and of their pages, without schemes."""
        yield BASE.partition(":")[2]
        yield from (base.partition(":")[2] for base in self.addresses())
        if loopback := _LOOPBACK.match(address):
            yield loopback[0]

    def _find(self, name: str, namespace: str, kind: str, among: FindSome) -> NamedNode:
        if not 0 < len(name) <= _MAX_CHARACTERS:
            reason = f"expected a name of 1 to {_MAX_CHARACTERS} characters, got {len(name)}"
            raise MalformedParameter("name", reason)
        found = self.find(name, namespace=namespace)
        if len(found) == 1:
            return found.pop()
        if found:
            raise AmbiguousName(name, [self._describe(iri) for iri in sorted_iris(found)])
        if (reference := self.read_reference(name)) is not None:
            raise self._unknown_reference(reference, kind)
        raise self._unknown_name(name, namespace, kind, among)

    def _matches(self, place: Reference) -> Iterator[set[NamedNode]]:
        """Yield the things that match a reference, the closest matches first."""
        namespace = place.namespace
        spaces = {namespace, *(one for one in _NAMESPACES if one.startswith(namespace))}
        for spelling in place.spellings:
            yield {iri for space in spaces if (iri := self._known(space + spelling))}
        for spelling in place.spellings:
            found = [self.names.find_local(spelling)]
            if place.takes_labels:
                labels = (self.names.find(spelling, is_label=one) for one in (True, False))
                found = [*labels, *found]
            for iris in found:
                yield {iri for iri in iris if iri.value.startswith(namespace)}

    def _same_entity(self, iri: NamedNode) -> NamedNode:
        """Return the one entity that is linked to an IRI of others as the same."""
        if (same := self.find_same(iri)) is None:
            remedy = "the name of a thing, or an IRI that one is linked to as its exact match"
            raise UnknownName(shorten(iri.value), kind="thing", remedy=remedy)
        return same

    def find_same(self, iri: NamedNode) -> NamedNode | None:
        """Return the one entity that is linked to an IRI of others as the same, if there is one."""
        links = self.store.triples(predicate=SKOS["exactMatch"], object_=iri)
        same = [one for one in sorted_iris(link.subject for link in links) if is_in(one, ID)]
        if len(same) > 1:
            raise AmbiguousName(shorten(iri.value), [self._describe(one) for one in same])
        return same[0] if same else None

    def _known(self, text: str) -> NamedNode | None:
        """Return this IRI if the store describes it or, if it is not the project's, mentions it."""
        with suppress(ValueError):
            iri = NamedNode(text)
            is_known = self.store.contains_iri(iri)
            if is_known or (not text.startswith(BASE) and self.store.mentions(iri)):
                return iri
        return None

    def _describe(self, iri: NamedNode) -> dict[str, object]:
        labels = literals(self.store, iri, RDFS["label"])
        texts = {label.language or "": label.value for label in labels}
        return {"id": iri.value, "name": shorten(iri.value), "label": dict(sorted(texts.items()))}

    def _members_of(self, expected: str) -> frozenset[NamedNode] | None:
        """Return the entities of the kinds that a description of a value names.

        `a network` is any class that is called so or has a longer name with this end. None if there
        are none, since then nothing is known of the value.
        """
        kinds = tuple(f" {words_of(kind)}" for kind in _KINDS.findall(expected))
        named = (
            (triple.subject, triple.object) for triple in self.store.triples(None, RDFS["label"])
        )
        classes = {
            term.value
            for term, label in named
            if is_in(term, GLOCAL)
            and isinstance(label, Literal)
            and f" {words_of(label.value)}".endswith(kinds)
        }
        entities = self.names.index.entities.values()
        return frozenset(one.iri for one in entities if not classes.isdisjoint(one.types)) or None

    def _unknown_reference(self, reference: Reference, kind: str) -> UnknownName:
        """Return the error for an IRI, CURIE or address of nothing, with near CURIEs."""
        name, spaces = reference.spellings[-1], [reference.namespace]
        near = self.names.find_alike(name, spaces) if reference.namespace in _NAMESPACES else ()
        return UnknownName(
            shorten(reference.iri), kind=kind, near=[shorten(iri.value) for iri in near]
        )

    def _unknown_name(self, name: str, namespace: str, kind: str, among: FindSome) -> UnknownName:
        """Return the error for a name that nothing has, with near names in the namespace."""
        prefixed = None if namespace else _PREFIXED.fullmatch(name)
        if prefixed is not None:
            return UnknownName(prefixed[1], list(NAME_PREFIXES), kind="prefix")
        things = among()
        near = near_names(self.names.index, name, things) if ID.startswith(namespace) else []
        spaces = [one for one in _OTHER_NAMESPACES if one.startswith(namespace)]
        for iri in self.names.find_alike(name, spaces) if spaces else ():
            if things is None or iri in things:
                near.append(shorten(iri.value.removeprefix(namespace)))
        return UnknownName(name, kind=kind, near=near[:MAX_ALIKE])


@lru_cache(maxsize=1)
def resolver_of(store: Store) -> Resolver:
    """Return the resolver of the store that was asked for last, with the index that it has made."""
    return Resolver.of(store)


def _read_path(path: str) -> Reference:
    """Read the path, query string and fragment of a thing's IRI or of a page about it."""
    if terms := _PAGE_OF_TERMS.match(path):
        return Reference(GLOCAL, [unquote(path[terms.end() :])], takes_labels=True)
    path = path.removeprefix("data/").removeprefix("linkset/")
    kind, _, rest = path.partition("/")
    namespace = GLOCAL if kind in ("ontology", "classes") else f"{BASE}{kind}/"
    name = unquote(re.split("[?#]", rest)[0])
    if namespace not in _NAMESPACES or not name:
        return Reference(BASE, [path])
    return Reference(namespace, [name, _EXTENSION.sub("", name)], takes_labels=True)
