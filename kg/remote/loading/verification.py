"""Read graphs back from a server, and hold them against the release.

No query reads a part of a graph by OFFSET: Virtuoso finds triples in another order each time. Small
graphs are read at once, large ones by their subjects.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import NamedNode, Triple

from kg.remote.client import SparqlServer
from kg.remote.errors import StoreFailed
from kg.remote.loading.digests import Digest, hash_triple
from kg.remote.loading.load_errors import LoadedOtherwise

# Triples that are read at once, and those of a graph that is read together with others.
_AT_ONCE: Final = 20_000
_SMALL: Final = 1_000
_GRAPHS_AT_ONCE: Final = 100
_SUBJECTS_AT_ONCE: Final = 400
_SHOWN: Final = 3
Row = tuple[NamedNode, Any, Any, Any]


def verify(
    server: SparqlServer,
    expected: Mapping[NamedNode, Digest],
    triples_of: Callable[[NamedNode], Iterable[Triple]],
    advance: Callable[[int], None] = lambda _: None,
) -> None:
    """Compare the number and the values of the triples of each graph with those expected.

    `triples_of` returns the triples that a graph should have, those of a subject together; it is
    called for a graph that is large, or seems to differ. `advance` gets the number of triples that
    were compared since its last call.

    Raises LoadedOtherwise for the first graph that differs.
    """
    for graphs in _queries(expected):
        found = _read_at_once(server, graphs, sum(expected[graph].triples for graph in graphs))
        for graph in graphs:
            # A graph may also seem to differ because the server has cut the answer.
            if found.get(graph) != expected[graph]:
                _compare_by_subjects(server, graph, expected[graph], triples_of(graph))
            advance(expected[graph].triples)


def _queries(expected: Mapping[NamedNode, Digest]) -> Iterator[list[NamedNode]]:
    """Yield the graphs that one query asks for: several small ones, or another one."""
    graphs: list[NamedNode] = []
    size = 0
    for graph, digest in expected.items():
        if digest.triples > _SMALL:
            yield [graph]
            continue
        if size + digest.triples > _AT_ONCE or len(graphs) == _GRAPHS_AT_ONCE:
            yield graphs
            graphs, size = [], 0
        graphs.append(graph)
        size += digest.triples
    if graphs:
        yield graphs


def _read_at_once(
    server: SparqlServer, graphs: Sequence[NamedNode], size: int
) -> dict[NamedNode, Digest]:
    """Return the digests of graphs; none for what is too large to be read at once."""
    if size > _AT_ONCE:
        return {}
    found = dict.fromkeys(graphs, Digest())
    try:
        rows = _rows(server, graphs)
    except StoreFailed:
        # Virtuoso refuses a graph with more triples than ResultSetMaxRows.
        return {}
    for graph, *terms in rows:
        found[graph] = found[graph].with_hash(hash_triple(*terms))
    return found


def _rows(server: SparqlServer, graphs: Sequence[NamedNode]) -> list[Row]:
    if len(graphs) > 1:
        names = " ".join(map(str, graphs))
        pattern = f"{{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }}"
        found = server.select(f"SELECT ?g ?s ?p ?o {pattern}")
        return [(row["g"], row["s"], row["p"], row["o"]) for row in found]
    # Virtuoso writes triples seven times as fast as rows in JSON.
    [graph] = graphs
    pattern = f"{{ GRAPH {graph} {{ ?s ?p ?o }} }}"
    return [(graph, *triple) for triple in server.construct(f"CONSTRUCT WHERE {pattern}")]


def _compare_by_subjects(
    server: SparqlServer, graph: NamedNode, expected: Digest, triples: Iterable[Triple]
) -> None:
    """Compare a graph by the subjects that it should have; then no other one may be there."""
    query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
    [row] = server.select(query)
    counts = int(row["n"].value), expected.triples
    for some in _by_subjects(triples):
        missing = {hash_triple(*triple): triple for triple in some}
        found = _read_subjects(server, graph, list(dict.fromkeys(one.subject for one in some)))
        surplus = [triple for triple in found if missing.pop(hash_triple(*triple), None) is None]
        if missing or surplus:
            lost, more = (
                [str(triple) for triple in triples][:_SHOWN]
                for triples in (missing.values(), surplus)
            )
            raise LoadedOtherwise(server.address, graph, counts, lost, more)
    if counts[0] != counts[1]:
        raise LoadedOtherwise(server.address, graph, counts, [], [])


def _read_subjects(server: SparqlServer, graph: NamedNode, subjects: Sequence[Any]) -> list[Triple]:
    """Return the triples of subjects in a graph, in several requests if they are too many."""
    names = " ".join(map(str, subjects))
    pattern = f"{{ VALUES ?s {{ {names} }} GRAPH {graph} {{ ?s ?p ?o }} }}"
    try:
        return server.construct(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {pattern}")
    except StoreFailed:
        half = len(subjects) // 2
        if not half:
            raise
    return [
        triple
        for some in (subjects[:half], subjects[half:])
        for triple in _read_subjects(server, graph, some)
    ]


def _by_subjects(triples: Iterable[Triple]) -> Iterator[list[Triple]]:
    """Cut triples into lists of a bounded number of subjects, each with all its triples."""
    some: list[Triple] = []
    subjects = 0
    for triple in triples:
        if not some or triple.subject != some[-1].subject:
            if subjects == _SUBJECTS_AT_ONCE or len(some) > _AT_ONCE // 4:
                yield some
                some, subjects = [], 0
            subjects += 1
        some.append(triple)
    if some:
        yield some
