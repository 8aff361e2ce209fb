"""The engine of a store whose quads are on a SPARQL server.

A release never changes, so what was read of it is kept: of each thing that was asked about, all of
its quads, since most questions are about few things.
"""

import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pyoxigraph
from cachetools import LRUCache
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
)

from kg.remote.blank_nodes import SKOLEM, restore, skolemize
from kg.remote.client import TRIPLES, SparqlServer
from kg.remote.layout import DEFAULT, GRAPHS, NAMED_GRAPH
from kg.store.engine import Results

# Quads that are kept, and those of one answer that are.
_MAX_KEPT: Final = 500_000
_MAX_KEPT_OF_ONE: Final = 20_000
_ALL_TRIPLES: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
Row = tuple[Any, Any, Any, NamedNode]


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
        self._names: frozenset[NamedNode] | None = None
        self._kept: LRUCache[object, list[Row]] = LRUCache(_MAX_KEPT, getsizeof=_size)
        self._lock = threading.Lock()

    def with_default(self, graphs: Sequence[NamedNode]) -> "RemoteEngine":
        """Return an engine with another default graph, on the same server and with its cache."""
        other = RemoteEngine(self.server, self._quads, graphs)
        other._names, other._kept, other._lock = self._graph_names(), self._kept, self._lock
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
        pattern = skolemize(subject), predicate, skolemize(object_)
        if subject is not None:
            rows = self._select((pattern[0], None, None), None)
            rows = [row for row in rows if _matches(row, pattern)]
        else:
            rows = self._select(pattern, graph_name)
        return self._as_quads(rows, graph_name)

    def named_graphs(self) -> Iterator[NamedNode | BlankNode]:
        """Return the names of all named graphs."""
        return iter(self._graph_names())

    def contains_named_graph(self, graph_name: NamedNode | BlankNode | DefaultGraph, /) -> bool:
        """Return whether there is a named graph with this name."""
        return graph_name in self._graph_names()

    def __contains__(self, quad: Quad, /) -> bool:
        """Return whether there is this quad."""
        return next(self.quads_for_pattern(*quad), None) is not None

    def __len__(self) -> int:
        """Return the number of quads of the release."""
        return self._quads

    def _graph_names(self) -> frozenset[NamedNode]:
        if self._names is None:
            text = f"SELECT ?g {{ GRAPH {GRAPHS} {{ ?g a {NAMED_GRAPH} }} }}"
            self._names = frozenset(row[0] for row in self._rows(text))
        return self._names

    def _needed_names(self, query: str) -> Sequence[NamedNode]:
        return sorted(self._graph_names(), key=str) if "graph" in query.lower() else ()

    def _select(self, pattern: tuple[Any, Any, Any], graph: Any) -> list[Row]:
        """Return the terms of matching quads on the server, in the graphs that are asked for."""
        graphs = self.default_graphs if isinstance(graph, DefaultGraph) else graph and (graph,)
        key = pattern, graphs
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None:
            return kept
        variables = ("?s", "?p", "?o")
        names = [name for term, name in zip(pattern, variables, strict=True) if term is None]
        triple = " ".join(str(term or name) for term, name in zip(pattern, variables, strict=True))
        values = "" if graphs is None else f"VALUES ?g {{ {' '.join(map(str, graphs))} }} "
        text = f"SELECT {' '.join(names)} ?g {{ {values}GRAPH ?g {{ {triple} }} }}"
        rows: list[Row] = []
        for row in self._rows(text):
            terms = [
                row[name[1:]] if term is None else term
                for term, name in zip(pattern, variables, strict=True)
            ]
            rows.append((terms[0], terms[1], terms[2], row["g"]))
        if len(rows) <= _MAX_KEPT_OF_ONE:
            with self._lock:
                self._kept[key] = rows
        return rows

    def _rows(self, text: str) -> Iterable[Any]:
        answer = self.server.query(text)
        found = pyoxigraph.parse_query_results(answer.body, format=QueryResultsFormat.JSON)
        return found if isinstance(found, pyoxigraph.QuerySolutions) else ()

    def _as_quads(self, rows: Iterable[Row], graph: Any) -> Iterator[Quad]:
        names = self._graph_names()
        for subject, predicate, object_, name in rows:
            terms = restore(subject), predicate, restore(object_)
            if name in self.default_graphs and (graph is None or isinstance(graph, DefaultGraph)):
                yield Quad(*terms, DefaultGraph())
            if name in names and (graph is None or graph == name):
                yield Quad(*terms, name)


def _size(rows: list[Row]) -> int:
    return len(rows) + 1


def _matches(row: Row, pattern: tuple[Any, Any, Any]) -> bool:
    return all(term is None or term == found for term, found in zip(pattern, row, strict=False))


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
