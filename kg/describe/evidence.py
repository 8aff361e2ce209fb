"""The evidence of statements: the provenance of a graph, and descriptions with their graphs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.describe.description import Describer, Description, sorted_iris
from kg.namespaces import DCTERMS, GLOCAL, GRAPH, RDF, SKOS
from kg.statuses import QUALIFYING, SUPPOSED, TIMES, status_of_type
from kg.store.quad_store import Store

_MAX_CACHED_GRAPHS: Final = 65_536
# Links to a graph's passage or rule, which are described in full: page, paragraph, rule sentence.
_GROUNDS: Final = (GLOCAL["fromPassage"], GLOCAL["byRule"])


class GraphProvenance(NamedTuple):
    """The provenance of the statements in an evidence graph or a derived graph.

    `follows_from` are the holders of the claims that derived statements follow from. `sources` are
    other works than the text, those that it cites for the statements first. `qualifiers` limit or
    shade each of the statements.
    """

    graph: NamedNode
    status: NamedNode
    is_derived: bool
    holders: tuple[NamedNode, ...] = ()
    follows_from: tuple[NamedNode, ...] = ()
    passages: tuple[NamedNode, ...] = ()
    rules: tuple[NamedNode, ...] = ()
    sources: tuple[NamedNode, ...] = ()
    times: tuple[Literal, ...] = ()
    purposes: tuple[NamedNode, ...] = ()
    qualifiers: tuple[NamedNode, ...] = ()
    notes: tuple[Literal, ...] = ()

    @property
    def named_holders(self) -> tuple[NamedNode, ...]:
        """The holders to name: nobody holds what only follows from hypotheses or plans."""
        return () if self._follows_from_supposition else self.holders

    @property
    def readers(self) -> tuple[NamedNode, ...]:
        """Those by whose reading it follows from hypotheses or plans."""
        return self.holders if self._follows_from_supposition else ()

    @property
    def _follows_from_supposition(self) -> bool:
        return self.is_derived and self.status in [status.iri for status in SUPPOSED]


class ProvenanceReader:
    """Reads the provenance of graphs: `get` returns it, or None for a graph without a status."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.get = lru_cache(_MAX_CACHED_GRAPHS)(self._read)

    def of_type(self, entity: Any) -> GraphProvenance:
        """Return the provenance of the class that `graph:entities` gives an entity.

        The text says so where it names the entity; otherwise it is common knowledge.
        """
        found = self._store.triples(entity, GLOCAL["mentionedIn"])
        passages = tuple(sorted_iris(triple.object for triple in found))
        status = status_of_type(is_named=bool(passages))
        return GraphProvenance(GRAPH["entities"], status.iri, is_derived=False, passages=passages)

    def _read(self, graph: NamedNode) -> GraphProvenance | None:
        values: defaultdict[NamedNode, list[Any]] = defaultdict(list)
        for triple in self._store.triples(graph):
            values[triple.predicate].append(triple.object)

        def iris(predicate: NamedNode) -> tuple[NamedNode, ...]:
            return tuple(sorted_iris(values[predicate]))

        def literals(predicate: NamedNode) -> tuple[Literal, ...]:
            found = (value for value in values[predicate] if isinstance(value, Literal))
            return tuple(sorted(found, key=lambda value: (value.language or "", value.value)))

        if not (statuses := iris(GLOCAL["hasStatus"])):
            return None
        return GraphProvenance(
            graph,
            statuses[0],
            is_derived=GLOCAL["DerivedGraph"] in values[RDF["type"]],
            holders=iris(GLOCAL["heldBy"]),
            follows_from=iris(GLOCAL["followsFromClaimOf"]),
            passages=iris(GLOCAL["fromPassage"]),
            rules=iris(GLOCAL["byRule"]),
            sources=(*iris(GLOCAL["citedFrom"]), *iris(DCTERMS["source"])),
            times=_times(*map(literals, TIMES)),
            purposes=iris(GLOCAL["hasPurpose"]),
            qualifiers=tuple(chain.from_iterable(map(iris, QUALIFYING))),
            notes=literals(SKOS["note"]),
        )


def _times(
    at: Iterable[Literal], starts: Iterable[Literal], ends: Iterable[Literal]
) -> tuple[Literal, ...]:
    """Return the times in which statements hold; one with bounds as in ISO 8601."""
    start, end = ("".join(one.value for one in bounds) for bounds in (starts, ends))
    interval = (Literal(f"{start or '..'}/{end or '..'}"),) if start or end else ()
    return (*at, *interval)


class DescriptionDataset(NamedTuple):
    """The triples of the default graph, and the statements in their named graphs."""

    triples: tuple[Triple, ...]
    named: tuple[Quad, ...]


def describe_with_graphs(
    store: Store, describer: Describer, description: Description
) -> DescriptionDataset:
    """Return a description with its statements in their evidence and derived graphs.

    The default graph describes these in full. What does not hold is only in its own graph.
    """
    held, not_holding = description.graphs_by_statement, description.not_holding_by_graph
    named = [(triple, graph) for triple, graphs in held.items() for graph in graphs]
    named += [(triple, graph) for graph, triples in not_holding.items() for triple in triples]
    graphs = dict.fromkeys(graph for _, graph in named)
    about = [triple for graph in graphs for triple in _read_with_grounds(store, graph)]
    labels = describer.labels_of(chain(about, *not_holding.values()))
    default = dict.fromkeys((*description.triples, *about, *labels))
    quads = (Quad(one.subject, one.predicate, one.object, graph) for one, graph in named)
    return DescriptionDataset(tuple(default), tuple(dict.fromkeys(quads)))


def _read_with_grounds(store: Store, graph: Any) -> Iterator[Triple]:
    """Yield the triples about a graph, its passages and its rule."""
    for triple in sorted(store.triples(graph), key=str):
        yield triple
        if triple.predicate in _GROUNDS and isinstance(triple.object, NamedNode):
            yield from sorted(store.triples(triple.object), key=str)
