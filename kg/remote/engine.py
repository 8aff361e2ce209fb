"""The engine of a store whose quads are on a SPARQL server.

A release never changes, so what was read of it is kept: of each thing that was asked about, all of
its quads, since most questions are about few things.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final

import pyoxigraph
from cachetools import LRUCache
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QueryResultsFormat, Triple

from kg.remote.blank_nodes import SKOLEM, restore, skolemize
from kg.remote.client import SparqlServer
from kg.remote.dataset import NOWHERE, ServerDataset
from kg.remote.evaluation import Evaluation
from kg.remote.layout import DEFAULT, GRAPHS, NAMED_GRAPH
from kg.remote.probe import find_dialect
from kg.remote.results import check_whole
from kg.remote.terms import repaired
from kg.store.engine import Results
from kg.store.query import Query

# Quads that are kept, and those of one answer that are.
_MAX_KEPT: Final = 500_000
_MAX_KEPT_OF_ONE: Final = 20_000
_MAX_PREDICATES: Final = 10_000
_KINDS: Final = (
    f'SELECT DISTINCT (isIRI(?o) AS ?is_iri) (STRSTARTS(STR(?o), "{SKOLEM}") AS ?is_blank) '
    "(DATATYPE(?o) AS ?datatype) {{ GRAPH ?g {{ ?s {predicate} ?o }} }}"
)
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
        self._kept_kinds: LRUCache[NamedNode, frozenset[str]] = LRUCache(_MAX_PREDICATES)
        self._lock = threading.Lock()

    def with_default(self, graphs: Sequence[NamedNode]) -> "RemoteEngine":
        """Return an engine with another default graph, on the same server and with its cache."""
        other = RemoteEngine(self.server, self._quads, graphs)
        other._names, other._kept, other._lock = self._graph_names(), self._kept, self._lock
        other._kept_kinds, other._evaluation = self._kept_kinds, self._evaluation
        return other

    def query(
        self,
        query: str,
        *,
        base_iri: str | None = None,
        default_graph: Any = None,
        named_graphs: Any = None,
        substitutions: Any = None,
        custom_functions: Any = None,
    ) -> Results:
        """Run a query on the server, in the release's dataset or the given one."""
        parsed = Query(query, base_iri)
        dataset = self._dataset(parsed, default_graph, named_graphs)
        return self._evaluation.evaluate(
            parsed, dataset, substitutions or {}, custom_functions or {}
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

    @cached_property
    def _evaluation(self) -> Evaluation:
        dialect = find_dialect(self.server)
        return Evaluation(self.server, dialect, self._kinds_of, self._triples_of)

    def _dataset(self, query: Query, default: Any, named: Any) -> ServerDataset:
        """Return the dataset of a query: the given one, that of FROM, or that of the release."""
        names = self._graph_names()
        if default is None and named is None:
            given = query.dataset
            if given is None:
                return ServerDataset(self.default_graphs, names)
            default, named = given.default, given.named
        graphs = list[NamedNode]()
        for graph in self.default_graphs if default is None else default:
            if isinstance(graph, DefaultGraph):
                graphs += self.default_graphs
            elif graph in names or graph in self.default_graphs:
                graphs.append(graph)
        # Without any graph in the request, a server would choose some.
        one_or_more = (*dict.fromkeys(graphs),) or (NOWHERE,)
        return ServerDataset(one_or_more, names, None if named is None else frozenset(named))

    def _triples_of(self, resource: Any, graphs: Sequence[NamedNode]) -> Iterator[Triple]:
        rows = self._select((skolemize(resource), None, None), None)
        for subject, predicate, object_, name in rows:
            if name in graphs:
                yield Triple(restore(subject), predicate, repaired(restore(object_)))

    def _kinds_of(self, predicate: NamedNode) -> frozenset[str]:
        """Return the kinds of values of a predicate on the server; see `dialects.KindsOf`."""
        with self._lock:
            kept = self._kept_kinds.get(predicate)
        if kept is None:
            kept = frozenset(map(_kind, self._rows(_KINDS.format(predicate=predicate))))
            with self._lock:
                self._kept_kinds[predicate] = kept
        return kept

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
        check_whole(answer, self.server.address)
        found = pyoxigraph.parse_query_results(answer.body, format=QueryResultsFormat.JSON)
        return found if isinstance(found, pyoxigraph.QuerySolutions) else ()

    def _as_quads(self, rows: Iterable[Row], graph: Any) -> Iterator[Quad]:
        names = self._graph_names()
        for subject, predicate, object_, name in rows:
            terms = restore(subject), predicate, repaired(restore(object_))
            if name in self.default_graphs and (graph is None or isinstance(graph, DefaultGraph)):
                yield Quad(*terms, DefaultGraph())
            if name in names and (graph is None or graph == name):
                yield Quad(*terms, name)


def _size(rows: list[Row]) -> int:
    return len(rows) + 1


def _matches(row: Row, pattern: tuple[Any, Any, Any]) -> bool:
    return all(term is None or term == found for term, found in zip(pattern, row, strict=False))


def _kind(row: Any) -> str:
    """Return the kind of value in a row of `_KINDS`."""
    is_iri, is_blank, datatype = row["is_iri"], row["is_blank"], row["datatype"]
    if is_iri is not None and is_iri.value in ("1", "true"):
        return "blank" if is_blank is not None and is_blank.value in ("1", "true") else "iri"
    kind = datatype.value.rpartition("#")[2] if datatype is not None else ""
    return "text" if kind in ("", "string", "langString") else kind
