"""The evidence of statements: the provenance of a graph, and descriptions with their graphs.

Only formats with named graphs can show which graph contains a statement. Framed documents and
formats for triples drop it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.describe.description import Describer, Description, sorted_iris
from kg.namespaces import DCTERMS, GLOCAL, RDF, SKOS
from kg.store.quad_store import Store

_MAX_CACHED_GRAPHS: Final = 65_536
# Links to a graph's passage or rule, which are described in full: page, paragraph, rule sentence.
_GROUNDS: Final = (GLOCAL["fromPassage"], GLOCAL["byRule"])


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
    """Reads the provenance of the graphs of one release.

    `get` returns the `GraphProvenance` of a graph, or None if it has no status; results are cached.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.get = lru_cache(_MAX_CACHED_GRAPHS)(self._read)

    def _read(self, graph: NamedNode) -> GraphProvenance | None:
        objects: defaultdict[NamedNode, list[Any]] = defaultdict(list)
        for triple in self._store.triples(graph):
            objects[triple.predicate].append(triple.object)
        iris = {predicate: tuple(sorted_iris(values)) for predicate, values in objects.items()}
        literals = {
            predicate: tuple(value for value in values if isinstance(value, Literal))
            for predicate, values in objects.items()
        }
        statuses = iris.get(GLOCAL["hasStatus"], ())
        if not statuses:
            return None
        return GraphProvenance(
            graph,
            statuses[0],
            is_derived=GLOCAL["DerivedGraph"] in iris.get(RDF["type"], ()),
            holders=iris.get(GLOCAL["heldBy"], ()),
            passages=iris.get(GLOCAL["fromPassage"], ()),
            rules=iris.get(GLOCAL["byRule"], ()),
            sources=(*iris.get(GLOCAL["citedFrom"], ()), *iris.get(DCTERMS["source"], ())),
            times=literals.get(GLOCAL["validTime"], ()),
            notes=literals.get(SKOS["note"], ()),
        )


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
        Quad(triple.subject, triple.predicate, triple.object, graph)
        for triple, graphs in description.graphs_by_statement.items()
        for graph in graphs
    ]
    not_holding = [
        Quad(triple.subject, triple.predicate, triple.object, graph)
        for graph, triples in description.not_holding_by_graph.items()
        for triple in triples
    ]
    graphs = dict.fromkeys(quad.graph_name for quad in (*held, *not_holding))
    about = [triple for graph in graphs for triple in _read_with_grounds(store, graph)]
    labels = describer.labels_of([*about, *(quad.triple for quad in not_holding)])
    default = dict.fromkeys((*description.triples, *about, *labels))
    return DescriptionDataset(tuple(default), (*held, *not_holding))


def _read_with_grounds(store: Store, graph: Any) -> Iterator[Triple]:
    """Yield the triples about a graph, its passages and its rule."""
    for triple in sorted(store.triples(graph), key=str):
        yield triple
        if triple.predicate in _GROUNDS and isinstance(triple.object, NamedNode):
            yield from sorted(store.triples(triple.object), key=str)
