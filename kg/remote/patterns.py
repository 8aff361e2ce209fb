"""Read the quads of a release on a server by patterns, and keep what was read.

A release never changes, so of each thing that was asked about, all of its quads are kept, since
most questions are about few things. What is needed of many things is read ahead in one request.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pyoxigraph
from cachetools import LRUCache
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, QuerySolutions

from kg.namespaces import BASE, RDF, VOID, XSD
from kg.remote.blank_nodes import restore, skolemize
from kg.remote.client import RESULTS, SparqlServer
from kg.remote.errors import StoreFailed, StoreTooLarge
from kg.remote.layout import GRAPHS, NAMED_GRAPH, is_helper
from kg.remote.queries.results import check_whole
from kg.remote.terms import repaired

# Subject, predicate and object; None matches everything.
Pattern = tuple[Any, Any, Any]
# Quads that are read at once; they take about a gigabyte here.
MAX_QUADS: Final = 5_000_000
# Quads that are kept, and those of one pattern that are.
_MAX_KEPT: Final = 500_000
_MAX_KEPT_OF_ONE: Final = 20_000
# Patterns or graphs of one request, and the rows of its answer.
_MAX_TOGETHER: Final = 400
_MAX_ROWS: Final = 50_000
# Virtuoso writes XML five times as fast as JSON. But pyoxigraph strips texts in XML, and an answer
# with a text to strip is asked for again as JSON.
_XML: Final = "application/sparql-results+xml"
_STRIPPED: Final = re.compile(rb"<literal[^>]*>[ \t\r\n]|[ \t\r\n]</literal>")
# Literals of these types are found by their values on every server; floats are not on Virtuoso.
_FOUND: Final = frozenset(
    {RDF["langString"], *(XSD[name] for name in ("string", "boolean", "integer", "decimal"))}
)
_ALL: Final[Pattern] = (None, None, None)
_NAMES: Final = ("s", "p", "o")
# Kept for a pattern with more quads than are kept of one.
_TOO_MANY: Final[list[Quad]] = []


class PatternReader:
    """Reads quads; their graphs are those on the server, see `kg.remote.layout`.

    It can be shared by threads. What failed is never kept.
    """

    def __init__(self, server: SparqlServer) -> None:
        self._server = server
        self._sizes: Mapping[NamedNode, int | None] | None = None
        self._kept: LRUCache[object, list[Quad]] = LRUCache(_MAX_KEPT, getsizeof=_size)
        self._lock = threading.Lock()

    @property
    def sizes(self) -> Mapping[NamedNode, int | None]:
        """The named graphs of the release with the numbers of their triples, where known."""
        if self._sizes is None:
            count = f"OPTIONAL {{ ?g {VOID['triples']} ?n }}"
            text = f"SELECT ?g ?n {{ GRAPH {GRAPHS} {{ ?g a {NAMED_GRAPH} {count} }} }}"
            self._sizes = {row["g"]: row["n"] and int(row["n"].value) for row in self.rows(text)}
        return self._sizes

    def quads(self, pattern: Pattern, graphs: Sequence[NamedNode] | None) -> Iterator[Quad]:
        """Return the matching quads, each once; also of other graphs if all are known.

        They are read as far as they are used. Raises StoreTooLarge if these are too many.
        """
        subject, predicate, object_ = map(skolemize, pattern)
        pattern = subject, predicate, repaired(object_)
        if subject is not None:
            whole = subject, None, None
            kept = [self._find_kept(one) for one in (whole, (subject, predicate, None), pattern)]
            found = next((one for one in kept if one is not None and one is not _TOO_MANY), None)
            if found is None and kept[0] is None:
                found = self._read_whole(whole)
            if found is not None:
                return (quad for quad in found if _matches(quad, pattern))
        elif pattern[2] is not None:
            found = self._find_kept((None, None, pattern[2]))
            if found is not None and found is not _TOO_MANY:
                return (quad for quad in found if _matches(quad, pattern))
        return self._read(pattern, None if graphs is None else tuple(graphs))

    def read_ahead(self, patterns: Iterable[Pattern]) -> None:
        """Read and keep what matches many patterns of one subject or object, in few requests.

        Patterns with too many quads are left out.
        """
        by_shape = defaultdict[tuple[bool, ...], list[Pattern]](list)
        for pattern in dict.fromkeys(map(_without_literal, patterns)):
            if not all(term is None or isinstance(term, NamedNode) for term in pattern):
                continue
            if pattern[0] is None and pattern[2] is None:
                continue
            shape = tuple(term is not None for term in pattern)
            whole = (pattern[0], None, None) if shape[0] else (None, None, pattern[2])
            if self._find_kept(whole) is None and self._find_kept(pattern) is None:
                by_shape[shape].append(pattern)
        for shape, several in by_shape.items():
            for start in range(0, len(several), _MAX_TOGETHER):
                self._read_together(shape, several[start : start + _MAX_TOGETHER])

    def quads_of_graphs(self, graphs: Iterable[NamedNode]) -> Iterator[Quad]:
        """Yield the quads of named graphs, graph after graph; for errors see `quads`.

        They are not kept.
        """
        known = [graph for graph in graphs if graph in self.sizes]
        left = MAX_QUADS - sum(self.sizes[graph] or 0 for graph in known)
        if left < 0:
            raise StoreTooLarge(MAX_QUADS)
        together: list[NamedNode] = []
        rows = 0
        for graph in known:
            size = self.sizes[graph] or 0
            if together and (rows + size > _MAX_ROWS or len(together) == _MAX_TOGETHER):
                yield from self._read_graphs(together)
                together, rows = [], 0
            together.append(graph)
            rows += size
        yield from self._read_graphs(together)

    def _find_kept(self, pattern: Pattern) -> list[Quad] | None:
        with self._lock:
            return self._kept.get((pattern, None))

    def _keep(
        self, pattern: Pattern, graphs: tuple[NamedNode, ...] | None, quads: list[Quad]
    ) -> None:
        with self._lock:
            self._kept[pattern, graphs] = quads

    def _read_whole(self, pattern: Pattern) -> list[Quad] | None:
        """Return and keep the quads of a pattern, or None if they are too many."""
        quads, is_whole = self._request(pattern, None, _MAX_KEPT_OF_ONE)
        self._keep(pattern, None, quads if is_whole else _TOO_MANY)
        return quads if is_whole else None

    def _read(self, pattern: Pattern, graphs: tuple[NamedNode, ...] | None) -> Iterator[Quad]:
        """Yield quads of ever larger answers, since the order of rows may differ each time."""
        with self._lock:
            kept = self._kept.get((pattern, graphs))
        if kept is not None and kept is not _TOO_MANY:
            yield from kept
            return
        limit = _MAX_KEPT_OF_ONE
        if pattern == _ALL and graphs is not None and len(graphs) == 1:
            limit = max(limit, min(self.sizes.get(graphs[0]) or 0, MAX_QUADS))
        seen = set[Quad]()
        while True:
            quads, is_whole = self._request(pattern, graphs, limit)
            if is_whole and len(quads) <= _MAX_KEPT_OF_ONE:
                self._keep(pattern, graphs, quads)
            yield from (quad for quad in quads if quad not in seen) if seen else quads
            if is_whole:
                return
            if limit >= MAX_QUADS:
                raise StoreTooLarge(MAX_QUADS)
            seen.update(quads)
            limit = min(4 * limit if pattern == _ALL else 2 * limit, MAX_QUADS)

    def _request(
        self, pattern: Pattern, graphs: tuple[NamedNode, ...] | None, limit: int
    ) -> tuple[list[Quad], bool]:
        """Return matching quads, at most `limit`, and whether these are all."""
        subject, predicate, object_ = (
            f"?{name}" if term is None else str(term)
            for name, term in zip(_NAMES, pattern, strict=True)
        )
        triple = f"{subject} {predicate} {object_}"
        if isinstance(pattern[2], Literal):
            # A server may also find what it holds to be equal, such as 1 for true.
            is_found = pattern[2].datatype in _FOUND
            triple = f"{triple if is_found else ''} . {subject} {predicate} ?o".removeprefix(" . ")
        restriction = self._restriction if graphs is None and pattern[0] is None else ""
        # In a subquery, since Virtuoso takes ten times as long where VALUES stands beside GRAPH.
        listed = " ".join(map(str, graphs or ()))
        given = f"{{ SELECT ?g {{ VALUES ?g {{ {listed} }} }} }} " if graphs is not None else ""
        text = f"{{ {given}GRAPH ?g {{ {triple} }} {restriction}}}"
        graph = None
        if graphs is not None and len(graphs) == 1:
            [graph] = graphs
            text = f"{{ GRAPH {graph} {{ {triple} }} }}"
        rows = self.rows(f"SELECT * {text} LIMIT {limit + 1}", limit + 1)
        quads = [quad for row in rows for quad in self._to_quads(row, pattern, graph)]
        is_whole = len(rows) <= limit
        return [quad for quad in quads if _matches(quad, pattern)], is_whole

    @property
    def _restriction(self) -> str:
        """A filter that spares the rows of other data on the server, if the IRIs allow it."""
        is_possible = all(graph.value.startswith(BASE) for graph in self.sizes)
        return f'FILTER(STRSTARTS(STR(?g), "{BASE}")) ' if is_possible else ""

    def _read_together(self, shape: tuple[bool, ...], patterns: Sequence[Pattern]) -> None:
        names = [f"?{name}" for name, is_given in zip(_NAMES, shape, strict=True) if is_given]
        values = " ".join(
            f"({' '.join(str(term) for term in pattern if term is not None)})"
            for pattern in patterns
        )
        given = f"VALUES ({' '.join(names)}) {{ {values} }}"
        text = f"SELECT * {{ {given} GRAPH ?g {{ ?s ?p ?o }} }} LIMIT {_MAX_ROWS + 1}"
        rows = self.rows(text, _MAX_ROWS + 1)
        if len(rows) > _MAX_ROWS:
            middle = len(patterns) // 2
            for some in (patterns[:middle], patterns[middle:]) if middle else ():
                self._read_together(shape, some)
            return
        found: dict[Pattern, list[Quad]] = {pattern: [] for pattern in patterns}
        for row in rows:
            terms = zip(_NAMES, shape, strict=True)
            subject, predicate, object_ = (
                row[name] if is_given else None for name, is_given in terms
            )
            found[subject, predicate, object_] += self._to_quads(row, _ALL, None)
        for pattern, quads in found.items():
            self._keep(pattern, None, quads if len(quads) <= _MAX_KEPT_OF_ONE else _TOO_MANY)

    def _read_graphs(self, graphs: Sequence[NamedNode]) -> Iterator[Quad]:
        if len(graphs) < 2:
            yield from (quad for graph in graphs for quad in self._read(_ALL, (graph,)))
            return
        quads, is_whole = self._request(_ALL, tuple(graphs), _MAX_ROWS)
        if not is_whole:
            middle = len(graphs) // 2
            yield from self._read_graphs(graphs[:middle])
            yield from self._read_graphs(graphs[middle:])
            return
        by_graph = defaultdict[object, list[Quad]](list)
        for quad in quads:
            by_graph[quad.graph_name].append(quad)
        for graph in graphs:
            yield from by_graph[graph]

    def _to_quads(self, row: Any, pattern: Pattern, graph: NamedNode | None) -> Iterator[Quad]:
        """Yield the quad of a row, if its graph is of the release or a helper graph."""
        name = row["g"] if graph is None else graph
        if name not in self.sizes and not is_helper(name):
            return
        subject, predicate, object_ = pattern
        object_ = row["o"] if object_ is None or isinstance(object_, Literal) else object_
        yield Quad(
            restore(row["s"] if subject is None else subject),
            row["p"] if predicate is None else predicate,
            repaired(restore(object_)),
            name,
        )

    def rows(self, text: str, limit: int | None = None) -> list[Any]:
        """Return the rows of a SELECT with this LIMIT; raise StoreFailed, or see `check_whole`."""
        address = self._server.address
        answer = self._server.query(text, accept=_XML)
        form = QueryResultsFormat.XML
        if _STRIPPED.search(answer.body):
            answer, form = self._server.query(text, accept=RESULTS), QueryResultsFormat.JSON
        check_whole(answer, address, limit)
        try:
            rows = pyoxigraph.parse_query_results(answer.body, format=form)
            if isinstance(rows, QuerySolutions):
                return list(rows)
        except (SyntaxError, ValueError) as error:
            raise StoreFailed(address, 200, f"{answer.media_type}: {error}") from error
        raise StoreFailed(address, 200, "a SELECT has no rows")


def _size(quads: list[Quad]) -> int:
    return len(quads) + 1


def _matches(quad: Quad, pattern: Pattern) -> bool:
    """Return whether a quad has the predicate and the object of a pattern."""
    _, predicate, object_ = pattern
    return (predicate is None or predicate == quad.predicate) and (
        object_ is None or object_ == skolemize(quad.object)
    )


def _without_literal(pattern: Pattern) -> Pattern:
    """Return the pattern as the server has its terms, without an object that is a literal."""
    subject, predicate, object_ = map(skolemize, pattern)
    return subject, predicate, None if isinstance(object_, Literal) else object_
