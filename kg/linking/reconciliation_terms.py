"""The classes and properties of a release's labelled entities, for reconciliation clients.

Source: Reconciliation Service API 0.2, W3C Entity Reconciliation Community Group.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.describe.description import literals, sorted_iris
from kg.errors import KgError, UnknownName
from kg.linking.name_index import Entity, NameIndex, name_key
from kg.namespaces import GLOCAL, OWL, RDF, RDFS, SKOS, expand, is_in, shorten
from kg.store.counts import count_properties
from kg.store.quad_store import Store


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
        """The identifier in the protocol."""
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
        """Return the class with this identifier, local name, CURIE or IRI; or `UnknownName`.

        Of several terms with this local name the project's own is meant, or else the commonest.
        """
        return _find(self.types, name, "type")

    def property(self, name: str) -> VocabularyTerm:
        """Return the property, as `type` returns a class."""
        return _find(self.properties, name, "property")

    def properties_of(self, type_: VocabularyTerm | None) -> list[VocabularyTerm]:
        """Return the properties of the class's instances, or of all entities, the commonest first.

        A property is the commoner the more entities have it.
        """
        if type_ is None:
            return list(self.properties.values())
        instances = (
            entity for entity in self._names.entities.values() if type_.iri.value in entity.types
        )
        counts = _count_properties(self._store, instances)
        return [self.properties[term_identifier(NamedNode(iri))] for iri, _ in _ranked(counts)]


def search_terms(terms: Iterable[VocabularyTerm], prefix: str) -> list[VocabularyTerm]:
    """Return the terms whose identifier or label in any language contains this text.

    Equal names are first, then names with this prefix, then others; each in the given order.
    """
    key = name_key(prefix)
    matches = [(rank, term) for term in terms if (rank := _rank(term, key)) is not None]
    return [term for _, term in sorted(matches, key=lambda match: match[0])]


def term_identifier(iri: NamedNode) -> str:
    """Return the local name of one of the project's terms; for other terms a CURIE or the IRI."""
    return iri.value.removeprefix(GLOCAL) if is_in(iri, GLOCAL) else shorten(iri.value)


def _rank(term: VocabularyTerm, key: str) -> int | None:
    """Return 0 if a name of the term is equal, 1 for a prefix, 2 for another part, else None."""
    names = [name_key(name) for name in (*term.labels.values(), term.identifier)]
    ranks = [(name != key) + (not name.startswith(key)) for name in names if key in name]
    return min(ranks, default=None)


def _find(terms: Mapping[str, VocabularyTerm], name: str, kind: str) -> VocabularyTerm:
    if name in terms:
        return terms[name]
    by_local_name = (term for one, term in terms.items() if one.partition(":")[2] == name)
    if name and (term := next(by_local_name, None)):
        return term
    try:
        return terms[term_identifier(expand(name))]
    except (KgError, KeyError) as error:
        raise UnknownName(name, list(terms), kind=kind) from error


def _read_terms(store: Store, counts: Counter[str]) -> dict[str, VocabularyTerm]:
    terms = {}
    for name, count in _ranked(counts):
        iri = NamedNode(name)
        labels = sorted(
            (one.language or "", one.value) for one in literals(store, iri, RDFS["label"])
        )
        definitions = {one.language: one.value for one in literals(store, iri, SKOS["definition"])}
        above = sorted_iris(triple.object for triple in store.triples(iri, RDFS["subClassOf"]))
        broader = tuple(sorted(term_identifier(class_) for class_ in above if class_ != iri))
        definition = definitions.get("en", "")
        terms[term_identifier(iri)] = VocabularyTerm(iri, dict(labels), definition, count, broader)
    return terms


def _count_properties(store: Store, entities: Iterable[Entity]) -> Counter[str]:
    counts = count_properties(store, (entity.iri for entity in entities))
    return Counter({iri.value: count for iri, count in counts.items()})


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    # The terms of RDF and OWL themselves do not describe entities.
    kept = (item for item in counts.items() if not item[0].startswith((OWL, RDF)))
    return sorted(kept, key=lambda item: (-item[1], item[0]))
