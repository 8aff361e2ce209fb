"""The engine of a store whose quads are on a SPARQL server."""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from cachetools import LRUCache
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from kg.remote.blank_nodes import SKOLEM
from kg.remote.client import SparqlServer
from kg.remote.layout import DEFAULT
from kg.remote.patterns import Pattern, PatternReader
from kg.remote.queries.dataset import NOWHERE, ServerDataset
from kg.remote.queries.dialects import Dialect
from kg.remote.queries.evaluation import Evaluation
from kg.remote.queries.probe import find_dialect
from kg.store.engine import Results
from kg.store.sparql.query import Query

_DEFAULT: Final = DefaultGraph()
_MAX_PREDICATES: Final = 10_000
_KINDS: Final = (
    f'SELECT DISTINCT (isIRI(?o) AS ?is_iri) (STRSTARTS(STR(?o), "{SKOLEM}") AS ?is_blank) '
    "(DATATYPE(?o) AS ?datatype) {{ GRAPH ?g {{ ?s {predicate} ?o }} }}"
)


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
        self._kept_kinds: LRUCache[NamedNode, frozenset[str]] = LRUCache(_MAX_PREDICATES)
        self._lock = threading.Lock()

    def with_default(self, graphs: Sequence[NamedNode]) -> "RemoteEngine":
        """Return an engine with another default graph, on the same server and with its cache."""
        if tuple(graphs) == self.default_graphs:
            return self
        other = RemoteEngine(self.server, self._quads, graphs)
        other._reader, other._lock = self._reader, self._lock
        other._kept_kinds, other._dialect = self._kept_kinds, self._dialect
        other._evaluation = self._evaluation
        return other

    @property
    def sizes(self) -> Mapping[NamedNode, int | None]:
        """The named graphs with the numbers of their triples, where known."""
        return self._reader.sizes

    @property
    def missed_terms(self) -> Collection[str]:
        """The kinds of terms at which the server misses a path of length zero."""
        return self._dialect.missed_terms

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

    @cached_property
    def _dialect(self) -> Dialect:
        return find_dialect(self.server)

    @cached_property
    def _evaluation(self) -> Evaluation:
        return Evaluation(
            self.server, self._dialect, self._kinds_of, self._kept_kinds_of, self._triples_of
        )

    def _dataset(self, query: Query, default: Any, named: Any) -> ServerDataset:
        """Return the dataset of a query: the given one, that of FROM, or that of the release."""
        if default is None and named is None:
            given = query.dataset
            if given is None:
                return self._own_dataset
            default, named = given.default, given.named
        names = self._own_dataset.all_named
        graphs = list[NamedNode]()
        for graph in self.default_graphs if default is None else default:
            if isinstance(graph, DefaultGraph):
                graphs += self.default_graphs
            elif graph in names:
                graphs.append(graph)
        # Without any graph in the request, a server would choose some.
        one_or_more = (*dict.fromkeys(graphs),) or (NOWHERE,)
        return ServerDataset(one_or_more, names, None if named is None else frozenset(named))

    @cached_property
    def _own_dataset(self) -> ServerDataset:
        """The dataset of the release, which takes a moment to make for thousands of graphs."""
        return ServerDataset(self.default_graphs, frozenset(self._reader.sizes))

    def _triples_of(self, resource: Any, graphs: Sequence[NamedNode]) -> Iterator[Triple]:
        for quad in self._reader.quads((resource, None, None), None):
            if quad.graph_name in graphs:
                yield quad.triple

    def _kinds_of(self, predicate: NamedNode) -> frozenset[str]:
        """Return the kinds of values of a predicate on the server; see `value_kinds.KindsOf`."""
        kept = self._kept_kinds_of(predicate)
        if kept is None:
            kept = frozenset(map(_kind, self._reader.rows(_KINDS.format(predicate=predicate))))
            with self._lock:
                self._kept_kinds[predicate] = kept
        return kept

    def _kept_kinds_of(self, predicate: NamedNode) -> frozenset[str] | None:
        with self._lock:
            return self._kept_kinds.get(predicate)


def _kind(row: Any) -> str:
    """Return the kind of value in a row of `_KINDS`."""
    is_iri, is_blank, datatype = row["is_iri"], row["is_blank"], row["datatype"]
    if is_iri is not None and is_iri.value in ("1", "true"):
        return "blank" if is_blank is not None and is_blank.value in ("1", "true") else "iri"
    kind = datatype.value.rpartition("#")[2] if datatype is not None else ""
    return "text" if kind in ("", "string", "langString") else kind
