"""The provenance of the statements in a graph: status, holder, passages, rules and sources.

Add the named graphs to a description: its statements with their evidence.

Only formats with named graphs can show this. Framed documents and triple formats drop it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.describe.description import Describer, Description
from kg.namespaces import DCTERMS, GLOCAL, RDF, SKOS
from kg.store.quad_store import Store

_MAX_CACHED_GRAPHS: Final = 65_536


@dataclass(frozen=True)
class GraphProvenance:
    """The provenance of the statements in an evidence graph or a derived graph.

    `rules` are the rules that derived the statements. `sources` are works other than the paper:
    first those that the paper cites for the statements, then the others.
    """

    graph: NamedNode
    status: NamedNode
    is_derived: bool
    holders: tuple[NamedNode, ...]
    passages: tuple[NamedNode, ...]
    rules: tuple[NamedNode, ...]
    sources: tuple[NamedNode, ...]
    times: tuple[Literal, ...]
    notes: tuple[Literal, ...]


class ProvenanceReader:
    """Read the provenance of the graphs of one release.

    `of(graph)` returns the `GraphProvenance` of a graph, or None if the graph has no status; results are
    cached.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.get = lru_cache(_MAX_CACHED_GRAPHS)(self._read)

    def _read(self, graph: NamedNode) -> GraphProvenance | None:
        objects: dict[NamedNode, list[Any]] = {}
        for triple in self._store.triples(graph):
            objects.setdefault(triple.predicate, []).append(triple.object)
        iris = {
            predicate: tuple(sorted((v for v in values if isinstance(v, NamedNode)), key=_value))
            for predicate, values in objects.items()
        }
        literals = {
            predicate: tuple(value for value in values if isinstance(value, Literal))
            for predicate, values in objects.items()
        }
        statuses = iris.get(GLOCAL["hasStatus"], ())
        if not statuses:
            return None
        cited = iris.get(GLOCAL["citedFrom"], ())
        return GraphProvenance(
            graph,
            statuses[0],
            is_derived=GLOCAL["DerivedGraph"] in iris.get(RDF["type"], ()),
            holders=iris.get(GLOCAL["heldBy"], ()),
            passages=iris.get(GLOCAL["fromPassage"], ()),
            rules=iris.get(GLOCAL["byRule"], ()),
            sources=(*cited, *iris.get(DCTERMS["source"], ())),
            times=literals.get(GLOCAL["validTime"], ()),
            notes=literals.get(SKOS["note"], ()),
        )


def _value(iri: NamedNode) -> str:
    return iri.value


# Links to a graph's passage or rule, which are described in full: page, paragraph, rule sentence.
_GROUNDS: Final = (GLOCAL["fromPassage"], GLOCAL["byRule"])


@dataclass(frozen=True)
class DescriptionDataset:
    """The triples of the default graph, and the statements in their named graphs."""

    triples: tuple[Triple, ...]
    named: tuple[Quad, ...]


def describe_with_graphs(
    store: Store, describer: Describer, description: Description
) -> DescriptionDataset:
    """Return a description with its statements in their evidence and derived graphs.

    The default graph describes each of these graphs in full (status, holder, time, note), and
    also its passages (page, paragraph) and its rule. A statement that does not hold is only in
    its own graph.
    """
    held = [
        (graph, triple)
        for triple, graphs in description.graphs_by_statement.items()
        for graph in graphs
    ]
    unheld = [
        (graph, triple)
        for graph, triples in description.unheld_by_graph.items()
        for triple in triples
    ]
    named = [
        Quad(triple.subject, triple.predicate, triple.object, graph)
        for graph, triple in (*held, *unheld)
    ]
    graphs = dict.fromkeys(graph for graph, _ in (*held, *unheld))
    about = [triple for graph in graphs for triple in _read_with_grounds(store, graph)]
    labels = describer.labels_of([*about, *(statement for _, statement in unheld)])
    default = dict.fromkeys((*description.triples, *about, *labels))
    return DescriptionDataset(tuple(default), tuple(named))


def _read_with_grounds(store: Store, graph: NamedNode) -> Iterator[Triple]:
    """Yield the triples about a graph, its passages and its rule."""
    for triple in sorted(store.triples(graph), key=str):
        yield triple
        if triple.predicate in _GROUNDS and isinstance(triple.object, NamedNode):
            yield from sorted(store.triples(triple.object), key=str)
