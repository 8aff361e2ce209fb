"""The terms that a query may use, with their names and uses: classes, properties, things, graphs.

Editors complete what people type from it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from pyoxigraph import NamedNode

from kg.describe.description import literals, withdrawn_iris
from kg.namespaces import GLOCAL, GRAPH, OWL, RDF, RDFS, SKOS, is_in
from kg.store.quad_store import Store

TermKind = Literal["class", "property", "thing", "passage", "graph"]
# What has several of these types is of the last kind.
_KINDS: Final[Mapping[NamedNode, TermKind]] = {
    OWL["NamedIndividual"]: "thing",
    GLOCAL["Passage"]: "passage",
    OWL["AnnotationProperty"]: "property",
    OWL["DatatypeProperty"]: "property",
    OWL["ObjectProperty"]: "property",
    OWL["Class"]: "class",
}


class NamedTerm(NamedTuple):
    """A term with its labels and other names by language, labels first.

    `uses` is the number of members of a class, the number of triples of a property or a graph, and
    for others the number of triples in the default graph that refer to it. `of` has the classes
    whose members are subjects of a property. `definitions`, by language, are those of classes and
    properties.
    """

    iri: NamedNode
    kind: TermKind
    names: Mapping[str, Sequence[str]]
    uses: int
    of: Sequence[NamedNode] = ()
    definitions: Mapping[str, str] = MappingProxyType({})


def list_terms(
    store: Store,
    things: Iterable[NamedNode],
    members: Mapping[NamedNode, int],
    triples: Mapping[NamedNode, int],
    classes_of: Mapping[NamedNode, Sequence[NamedNode]],
) -> list[NamedTerm]:
    """Return the terms with the most uses first, without those that are withdrawn.

    They are the things, the numbers of `members` by class and of `triples` by property, what the
    ontology declares, passages, and the graphs that have a label.
    """
    kinds: dict[NamedNode, TermKind] = dict.fromkeys(things, "thing")
    for type_, kind in _KINDS.items():
        typed = (triple.subject for triple in store.triples(None, RDF["type"], type_))
        kinds |= {term: kind for term in typed if isinstance(term, NamedNode)}
    kinds |= {property_: kinds.get(property_, "property") for property_ in triples}
    kinds |= {class_: kinds.get(class_, "class") for class_ in members}
    graphs = (graph for graph in store.named_graphs if is_in(graph, GRAPH))
    kinds |= {graph: "graph" for graph in graphs if literals(store, graph, RDFS["label"])}
    withdrawn = withdrawn_iris(store)
    sizes = store.manifest.get("counts", {}).get("graphs", {})

    def count(term: NamedNode, kind: TermKind) -> int:
        if kind == "graph":
            return int(sizes.get(term.value, 0))
        if kind in ("class", "property"):
            return (members if kind == "class" else triples).get(term, 0)
        return sum(1 for _ in store.triples(object_=term))

    terms = [
        NamedTerm(
            term,
            kind,
            _read_names(store, term),
            count(term, kind),
            classes_of.get(term, ()),
            _read_definitions(store, term) if kind in ("class", "property") else {},
        )
        for term, kind in kinds.items()
        if term not in withdrawn
    ]
    return sorted(terms, key=lambda term: (-term.uses, term.iri.value))


def _read_names(store: Store, term: NamedNode) -> dict[str, list[str]]:
    names: defaultdict[str, list[str]] = defaultdict(list)
    for predicate in (RDFS["label"], SKOS["altLabel"]):
        texts = literals(store, term, predicate)
        for text in sorted(texts, key=lambda one: (one.language or "", one.value)):
            names[text.language or ""].append(text.value)
    return dict(names)


def _read_definitions(store: Store, term: NamedNode) -> dict[str, str]:
    texts = literals(store, term, SKOS["definition"])
    return {text.language or "": text.value for text in sorted(texts, key=lambda one: one.value)}
