"""Read graphs back from a server, and hold them against the release."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import NamedNode, Triple

from kg.remote.client import SparqlServer
from kg.remote.digests import Digest, hash_triple
from kg.remote.errors import StoreFailed
from kg.remote.load_errors import LoadedOtherwise

# Triples that one query asks for; and graphs, if these are small ones.
_PAGE: Final = 50_000
_SMALLEST_PAGE: Final = 500
_SMALL: Final = 1_000
_GRAPHS_OF_A_QUERY: Final = 100
_SHOWN: Final = 3
Row = tuple[NamedNode, Any, Any, Any]


def verify(
    server: SparqlServer,
    expected: Mapping[NamedNode, Digest],
    triples_of: Callable[[NamedNode], Iterable[Triple]],
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Compare the number and the values of the triples of each graph with those expected.

    `triples_of` returns the triples that a graph should have, and is called for one that differs.
    `advance` gets the number of triples that were read since its last call.

    Raises LoadedOtherwise for the first graph that differs.
    """
    pages = _Pages(server)
    for graphs in _queries(expected):
        found = dict.fromkeys(graphs, Digest())
        for rows in pages.read(graphs):
            for graph, *terms in rows:
                found[graph] = found[graph].with_hash(hash_triple(*terms))
            advance(len(rows))
        for graph in graphs:
            if found[graph] != expected[graph]:
                raise _difference(pages, graph, found[graph], expected[graph], triples_of(graph))


def _queries(expected: Mapping[NamedNode, Digest]) -> Iterator[list[NamedNode]]:
    """Yield the graphs that one query asks for: several small ones, or a large one."""
    graphs: list[NamedNode] = []
    size = 0
    for graph, digest in expected.items():
        if digest.triples > _SMALL:
            yield [graph]
            continue
        if size + digest.triples > _PAGE or len(graphs) == _GRAPHS_OF_A_QUERY:
            yield graphs
            graphs, size = [], 0
        graphs.append(graph)
        size += digest.triples
    if graphs:
        yield graphs


class _Pages:
    """Reads graphs in pages, which become smaller if the server cannot answer large ones.

    The pages are in the order in which the server finds the triples. If it changed between two
    pages, a triple would be missing, which the digest shows.
    """

    def __init__(self, server: SparqlServer) -> None:
        self.server, self._page = server, _PAGE

    def read(self, graphs: Sequence[NamedNode]) -> Iterator[list[Row]]:
        """Yield the triples of graphs on the server."""
        read = 0
        while True:
            try:
                rows = self._rows(graphs, f"OFFSET {read} LIMIT {self._page}")
            except StoreFailed:
                # Virtuoso refuses a graph with more triples than ResultSetMaxRows.
                if self._page < 2 * _SMALLEST_PAGE:
                    raise
                self._page //= 2
                continue
            # A short page may be one that the server cut, so only an empty one is the end.
            if not rows:
                return
            yield rows
            read += len(rows)

    def _rows(self, graphs: Sequence[NamedNode], page: str) -> list[Row]:
        if len(graphs) > 1:
            names = " ".join(map(str, graphs))
            pattern = f"{{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }}"
            found = self.server.select(f"SELECT ?g ?s ?p ?o {pattern} {page}")
            return [(row["g"], row["s"], row["p"], row["o"]) for row in found]
        # Virtuoso writes triples seven times as fast as rows in JSON.
        [graph] = graphs
        pattern = f"{{ GRAPH {graph} {{ ?s ?p ?o }} }}"
        triples = self.server.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {pattern} {page}")
        return [(graph, *triple) for triple in triples]


def _difference(
    pages: _Pages,
    graph: NamedNode,
    found: Digest,
    expected: Digest,
    triples: Iterable[Triple],
) -> LoadedOtherwise:
    """Read a graph once more to say which triples differ."""
    missing: dict[int, Triple] = {
        hash_triple(triple.subject, triple.predicate, triple.object): triple for triple in triples
    }
    surplus: list[str] = []
    for rows in pages.read([graph]):
        for _, subject, predicate, object_ in rows:
            key = hash_triple(subject, predicate, object_)
            if missing.pop(key, None) is None and len(surplus) < _SHOWN:
                surplus.append(f"{subject} {predicate} {object_}")
    shown = [str(triple) for triple in list(missing.values())[:_SHOWN]]
    return LoadedOtherwise(
        pages.server.address, graph, (found.triples, expected.triples), shown, surplus
    )
