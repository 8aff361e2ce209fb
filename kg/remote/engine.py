"""The engine of a store whose quads are on a SPARQL server."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
)

from kg.remote.blank_nodes import SKOLEM, restore
from kg.remote.client import TRIPLES, SparqlServer
from kg.remote.layout import DEFAULT
from kg.remote.patterns import Pattern, PatternReader
from kg.store.engine import Results

_ALL_TRIPLES: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_DEFAULT: Final = DefaultGraph()


class RemoteEngine:
    """Evaluates queries and finds quads on a server that holds a release, see `kg.remote.layout`.

    `default_graphs` are the graphs on the server whose union is the default graph here. `quads` is
    the number of quads of the release.
    """

    def __init__(
        self, server: SparqlServer, quads: int, default_graphs: Sequence[NamedNode] = (DEFAULT,)
    ) -> None:
        self.server, self._quads = server, quads
        self.default_graphs = tuple(default_graphs)
        self._reader = PatternReader(server)

    def with_default(self, graphs: Sequence[NamedNode]) -> "RemoteEngine":
        """Return an engine with another default graph, on the same server and with its cache."""
        other = RemoteEngine(self.server, self._quads, graphs)
        other._reader = self._reader
        return other

    def query(
        self,
        query: str,
        *,
        base_iri: str | None = None,
        default_graph: Any = None,
        named_graphs: Any = None,
        substitutions: Any = None,  # noqa: ARG002
        custom_functions: Any = None,  # noqa: ARG002
    ) -> Results:
        """Run a query on the server, in the release's dataset or the given one."""
        text = query if base_iri is None else f"BASE <{base_iri}>\n{query}"
        default = [
            DEFAULT if isinstance(graph, DefaultGraph) else graph
            for graph in default_graph or self.default_graphs
        ]
        named = list(named_graphs) if named_graphs is not None else self._needed_names(query)
        accept = "application/sparql-results+json, application/n-triples;q=0.9"
        answer = self.server.query(text, default, named, accept=accept)
        if answer.media_type == TRIPLES:
            return _triples(answer.body)
        return pyoxigraph.parse_query_results(
            _restored(answer.body), format=QueryResultsFormat.JSON
        )

    def quads_for_pattern(
        self, subject: Any, predicate: Any, object_: Any, graph_name: Any = None, /
    ) -> Iterator[Quad]:
        """Return the quads that match; None matches everything."""
        if subject is predicate is object_ is graph_name is None:
            yield from self.quads_for_pattern(None, None, None, _DEFAULT)
            yield from self._reader.quads_of_graphs(self._reader.sizes)
            return
        is_default = isinstance(graph_name, DefaultGraph)
        graphs = self.default_graphs if is_default else graph_name and (graph_name,)
        default = self.default_graphs if graph_name is None or is_default else ()
        for quad in self._reader.quads((subject, predicate, object_), graphs):
            name = quad.graph_name
            if name in default:
                yield Quad(quad.subject, quad.predicate, quad.object, _DEFAULT)
            is_wanted = graph_name is None or (not is_default and name == graph_name)
            if is_wanted and name in self._reader.sizes:
                yield quad

    def quads_of_graphs(self, graphs: Iterable[NamedNode]) -> Iterator[Quad]:
        """Return the quads of named graphs, graph after graph."""
        return self._reader.quads_of_graphs(graphs)

    def read_ahead(self, patterns: Iterable[Pattern]) -> None:
        """Read what will be asked for, in few requests."""
        self._reader.read_ahead(patterns)

    def named_graphs(self) -> Iterator[NamedNode | BlankNode]:
        """Return the names of all named graphs."""
        return iter(self._reader.sizes)

    def contains_named_graph(self, graph_name: NamedNode | BlankNode | DefaultGraph, /) -> bool:
        """Return whether there is a named graph with this name."""
        return graph_name in self._reader.sizes

    def __contains__(self, quad: Quad, /) -> bool:
        """Return whether there is this quad."""
        return next(self.quads_for_pattern(*quad), None) is not None

    def __len__(self) -> int:
        """Return the number of quads of the release."""
        return self._quads

    def _needed_names(self, query: str) -> Sequence[NamedNode]:
        return sorted(self._reader.sizes, key=str) if "graph" in query.lower() else ()


def _triples(body: bytes) -> QueryTriples:
    """Return the triples of a graph as the results of a CONSTRUCT."""
    store = pyoxigraph.Store()
    for quad in pyoxigraph.parse(body, format=RdfFormat.N_TRIPLES):
        store.add(Quad(restore(quad.subject), quad.predicate, restore(quad.object)))
    found = store.query(_ALL_TRIPLES)
    if not isinstance(found, QueryTriples):
        raise TypeError("a CONSTRUCT returns triples")
    return found


def _restored(body: bytes) -> bytes:
    """Return SPARQL JSON in which IRIs that stand for blank nodes are these."""
    if SKOLEM.encode() not in body:
        return body
    document = json.loads(body)
    for row in document["results"]["bindings"]:
        for term in row.values():
            if term["type"] == "uri" and term["value"].startswith(SKOLEM):
                term.update(type="bnode", value=term["value"].removeprefix(SKOLEM))
    return json.dumps(document).encode()
