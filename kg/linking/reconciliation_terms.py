"""The classes and properties of a release's labelled entities, for reconciliation clients.

A class without labelled entities is not among them. Clients name a term by its identifier in the
protocol.

Source: Reconciliation Service API 0.2, W3C Entity Reconciliation Community Group.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from kg.describe.description import literals, sorted_iris
from kg.errors import KgError, UnknownName
from kg.linking.name_index import Entity, NameIndex, name_key
from kg.namespaces import GLOCAL, OWL, RDF, RDFS, SKOS, expand, shorten
from kg.store.quad_store import Store

# The terms of RDF and OWL themselves do not describe entities.
_LANGUAGE_NAMESPACES: Final = (OWL, RDF)


@dataclass(frozen=True)
class VocabularyTerm:
    """A class or property; `count` is the number of entities that have it."""

    iri: NamedNode
    labels: Mapping[str, str]
    definition: str
    count: int
    broader: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        """The local name of one of the project's terms; for other terms a CURIE or the IRI."""
        return term_identifier(self.iri)

    @property
    def name(self) -> str:
        """The English label, or else another one, or else the identifier."""
        return self.labels.get("en") or next(iter(self.labels.values()), self.identifier)


class Vocabulary:
    """The terms that a client may use, by identifier, those with the most entities first."""

    def __init__(self, store: Store, names: NameIndex) -> None:
        self._store = store
        self._names = names
        types = Counter(iri for entity in names.entities.values() for iri in entity.types)
        properties = _count_properties(store, names.entities.values())
        self.types: Mapping[str, VocabularyTerm] = _read_terms(store, types)
        self.properties: Mapping[str, VocabularyTerm] = _read_terms(store, properties)

    def type(self, name: str) -> VocabularyTerm:
        """Return the class with this identifier, CURIE or IRI, or raise `UnknownName`."""
        return _find(self.types, name, "type")

    def property(self, name: str) -> VocabularyTerm:
        """Return the property with this identifier, CURIE or IRI, or raise `UnknownName`."""
        return _find(self.properties, name, "property")

    def properties_of(self, type_: VocabularyTerm) -> list[VocabularyTerm]:
        """Return the properties of the class's instances, those with the most entities first."""
        instances = (
            entity for entity in self._names.entities.values() if type_.iri.value in entity.types
        )
        counts = _count_properties(self._store, instances)
        known = {term.iri.value: term for term in self.properties.values()}
        return [known[iri] for iri, _ in _ranked(counts) if iri in known]


def search_terms(terms: Iterable[VocabularyTerm], prefix: str) -> list[VocabularyTerm]:
    """Return the terms whose identifier or label in any language contains this text.

    Equal names are first, then names with this prefix, then others; each in the given order.
    """
    key = name_key(prefix)
    matches = [(rank, term) for term in terms if (rank := _rank(term, key)) is not None]
    return [term for _, term in sorted(matches, key=lambda match: match[0])]


def term_identifier(iri: NamedNode) -> str:
    """Return the identifier of a class or property in the protocol."""
    return iri.value.removeprefix(GLOCAL) if iri.value.startswith(GLOCAL) else shorten(iri.value)


def _rank(term: VocabularyTerm, key: str) -> int | None:
    """Return 0 if a name of the term is equal, 1 for a prefix, 2 for another part, else None."""
    names = {name_key(name) for name in (*term.labels.values(), term.identifier)}
    if key in names:
        return 0
    if any(name.startswith(key) for name in names):
        return 1
    return 2 if any(key in name for name in names) else None


def _find(terms: Mapping[str, VocabularyTerm], name: str, kind: str) -> VocabularyTerm:
    if name in terms:
        return terms[name]
    try:
        return terms[term_identifier(expand(name))]
    except (KgError, KeyError) as error:
        raise UnknownName(name, list(terms), kind=kind) from error


def _read_terms(store: Store, counts: Counter[str]) -> dict[str, VocabularyTerm]:
    terms = (_read_term(store, NamedNode(iri), count) for iri, count in _ranked(counts))
    return {term.identifier: term for term in terms}


def _read_term(store: Store, iri: NamedNode, count: int) -> VocabularyTerm:
    labels = [(label.language or "", label.value) for label in literals(store, iri, RDFS["label"])]
    definitions = {text.language: text.value for text in literals(store, iri, SKOS["definition"])}
    superclasses = sorted_iris(triple.object for triple in store.triples(iri, RDFS["subClassOf"]))
    return VocabularyTerm(
        iri=iri,
        labels=dict(sorted(labels)),
        definition=definitions.get("en", ""),
        count=count,
        broader=tuple(sorted(term_identifier(class_) for class_ in superclasses if class_ != iri)),
    )


def _count_properties(store: Store, entities: Iterable[Entity]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for entity in entities:
        counts.update({triple.predicate.value for triple in store.triples(entity.iri)})
    return counts


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    kept = (item for item in counts.items() if not item[0].startswith(_LANGUAGE_NAMESPACES))
    return sorted(kept, key=lambda item: (-item[1], item[0]))
