"""The terms that a query may use, with their names and uses: classes, properties, things, graphs.

Editors complete what people type from it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from pyoxigraph import Literal as TextLiteral
from pyoxigraph import NamedNode

from kg.describe.description import withdrawn_iris
from kg.namespaces import GLOCAL, GRAPH, OWL, RDF, RDFS, SKOS, is_in
from kg.store.counts import count_references
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
    labels, others, definitions = (
        _read_texts(store, name) for name in (RDFS["label"], SKOS["altLabel"], SKOS["definition"])
    )
    graphs = (graph for graph in store.named_graphs if is_in(graph, GRAPH))
    kinds |= {graph: "graph" for graph in graphs if graph in labels}
    withdrawn = withdrawn_iris(store)
    kinds = {term: kind for term, kind in kinds.items() if term not in withdrawn}
    referred_to = (term for term, kind in kinds.items() if kind in ("thing", "passage"))
    references = count_references(store, referred_to)
    sizes = store.manifest.get("counts", {}).get("graphs", {})

    def count(term: NamedNode, kind: TermKind) -> int:
        if kind == "graph":
            return int(sizes.get(term.value, 0))
        if kind in ("class", "property"):
            return (members if kind == "class" else triples).get(term, 0)
        return references[term]

    def names(term: NamedNode) -> dict[str, list[str]]:
        by_language: defaultdict[str, list[str]] = defaultdict(list)
        for text in (*labels.get(term, ()), *others.get(term, ())):
            by_language[text.language or ""].append(text.value)
        return dict(by_language)

    def defined(term: NamedNode) -> dict[str, str]:
        return {text.language or "": text.value for text in definitions.get(term, ())}

    terms = [
        NamedTerm(
            term,
            kind,
            names(term),
            count(term, kind),
            classes_of.get(term, ()),
            defined(term) if kind in ("class", "property") else {},
        )
        for term, kind in kinds.items()
    ]
    return sorted(terms, key=lambda term: (-term.uses, term.iri.value))


def _read_texts(store: Store, predicate: NamedNode) -> dict[object, list[TextLiteral]]:
    """Return the texts that things have by a property, sorted by language."""
    texts: defaultdict[object, list[TextLiteral]] = defaultdict(list)
    for triple in store.triples(predicate=predicate):
        if isinstance(triple.object, TextLiteral):
            texts[triple.subject].append(triple.object)
    for several in texts.values():
        several.sort(key=lambda one: (one.language or "", one.value))
    return dict(texts)
