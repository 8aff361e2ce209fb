"""The classes and properties of a release's entities, under the short names of the protocol."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from kg.errors import KgError, UnknownName
from kg.linking.name_index import Entity, NameIndex, key_of
from kg.namespaces import GLOCAL, OWL, RDF, RDFS, SKOS, expand, shorten
from kg.store.quad_store import Store

# Classes and properties that tell of RDF and OWL, and nothing of entities.
_OF_THE_LANGUAGE: Final = (OWL, RDF)


@dataclass(frozen=True)
class Term:
    """A class or property; `count` says how many entities have it."""

    iri: NamedNode
    labels: Mapping[str, str]
    definition: str
    count: int
    broader: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """The local name of the project's own terms; of others, a CURIE or the IRI."""
        return identifier_of(self.iri)

    @property
    def name(self) -> str:
        """The English label, or another one, or the identifier."""
        return self.labels.get("en") or next(iter(self.labels.values()), self.identifier)


class Vocabulary:
    """The terms that a client may name, by identifier, those of most entities first."""

    def __init__(self, store: Store, names: NameIndex) -> None:
        self._store = store
        self._names = names
        types = Counter(one for entity in names.entities.values() for one in entity.types)
        self.types: Mapping[str, Term] = _terms(store, types)
        self.properties: Mapping[str, Term] = _terms(
            store, _predicates(store, names.entities.values())
        )

    def type(self, name: str) -> Term:
        """The class of this identifier, CURIE or IRI.

        Raises:
            UnknownName: no entity is of such a class.
        """
        return _find(self.types, name, "type")

    def property(self, name: str) -> Term:
        """The property of this identifier, CURIE or IRI.

        Raises:
            UnknownName: no entity has such a property.
        """
        return _find(self.properties, name, "property")

    def properties_of(self, type_: Term) -> list[Term]:
        """The properties that entities of this class have, those of most entities first."""
        members = (one for one in self._names.entities.values() if type_.iri.value in one.types)
        counted = _predicates(self._store, members)
        known = {one.iri.value: one for one in self.properties.values()}
        return [known[iri] for iri, _ in _ranked(counted) if iri in known]


def suggested(terms: Iterable[Term], prefix: str) -> list[Term]:
    """The terms whose label in any language, or identifier, has this part; the nearest first."""
    key = key_of(prefix)
    found = [(rank, term) for term in terms if (rank := _rank(term, key)) is not None]
    return [term for _, term in sorted(found, key=lambda one: one[0])]


def identifier_of(iri: NamedNode) -> str:
    """What stands for a class or property in the protocol."""
    return iri.value.removeprefix(GLOCAL) if iri.value.startswith(GLOCAL) else shorten(iri.value)


def _rank(term: Term, key: str) -> int | None:
    """0 for the whole, 1 for the beginning, 2 for any part; none where it has no such part."""
    keys = {key_of(one) for one in (*term.labels.values(), term.identifier)}
    if key in keys:
        return 0
    if any(one.startswith(key) for one in keys):
        return 1
    return 2 if any(key in one for one in keys) else None


def _find(terms: Mapping[str, Term], name: str, kind: str) -> Term:
    if name in terms:
        return terms[name]
    try:
        identifier = identifier_of(expand(name))
    except KgError as error:
        raise UnknownName(name, list(terms), kind=kind) from error
    if identifier not in terms:
        raise UnknownName(name, list(terms), kind=kind)
    return terms[identifier]


def _terms(store: Store, counted: Counter[str]) -> dict[str, Term]:
    terms = (_term(store, NamedNode(iri), count) for iri, count in _ranked(counted))
    return {term.identifier: term for term in terms}


def _term(store: Store, iri: NamedNode, count: int) -> Term:
    definitions = dict(_texts(store, iri, SKOS["definition"]))
    broader = (one.object for one in store.matching(iri, RDFS["subClassOf"]))
    return Term(
        iri=iri,
        labels=dict(sorted(_texts(store, iri, RDFS["label"]))),
        definition=definitions.get("en", ""),
        count=count,
        broader=tuple(
            sorted(
                identifier_of(one) for one in broader if isinstance(one, NamedNode) and one != iri
            )
        ),
    )


def _texts(store: Store, iri: NamedNode, predicate: NamedNode) -> Iterator[tuple[str, str]]:
    for one in store.matching(iri, predicate):
        if isinstance(one.object, Literal):
            yield one.object.language or "", one.object.value


def _predicates(store: Store, entities: Iterable[Entity]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for entity in entities:
        counted.update({one.predicate.value for one in store.matching(entity.iri)})
    return counted


def _ranked(counted: Counter[str]) -> list[tuple[str, int]]:
    kept = (one for one in counted.items() if not one[0].startswith(_OF_THE_LANGUAGE))
    return sorted(kept, key=lambda one: (-one[1], one[0]))
