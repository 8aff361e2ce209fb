"""Load a release into a SPARQL server: in parts, so that an interrupted load goes on where it was.

The server has the marker of a release only while it has the whole of it: the marker is removed
before anything else changes, and written once every graph has been read back. What was loaded
before is removed by the list of graphs that was written with it; other graphs are left alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from pyoxigraph import NamedNode, Triple

from kg.namespaces import VOID
from kg.remote.client import SparqlServer
from kg.remote.errors import NotOfThisStore, StoreFailed
from kg.remote.layout import DEFAULT, GRAPHS, LOADING, MARKER
from kg.remote.loading.contents import ServerGraph, list_graphs, server_graphs
from kg.remote.loading.digests import Digest, digest_of
from kg.remote.loading.load_errors import (
    LoadedOtherwise,
    OccupiedGraph,
    StoreInUse,
    WrittenElsewhere,
)
from kg.remote.loading.verification import verify
from kg.remote.loading.writer import Writer
from kg.remote.marker import LAYOUT, Marker, Progress, read_marker, read_progress
from kg.store.quad_store import Store
from kg.store.release_folder import has_rdf_1_2

# The most that one request adds. Virtuoso's compiler refuses updates of 5,000 triples.
_PART_TRIPLES: Final = 1_000
_PART_CHARACTERS: Final = 1_000_000
# Names of graphs in one query, and rows of one page of the list of graphs.
_NAMES_AT_ONCE: Final = 500
_LISTED_AT_ONCE: Final = 1_000
_TRIPLE_TERM: Final = "ASK { VALUES ?t { <<( <urn:s> <urn:p> <urn:o> )>> } }"
Part = list[tuple[NamedNode, list[Triple]]]


class Report(Protocol):
    """Shows how a load proceeds."""

    def stage(self, name: str, total: int) -> None:
        """A stage begins; `total` is its number of triples, or 0 if that is unknown."""

    def advance(self, triples: int) -> None:
        """More triples are done."""


class Loaded(NamedTuple):
    """The result of a load: graphs and triples on the server, and triples that were sent now."""

    graphs: int
    triples: int
    sent: int


def load(store: Store, server: SparqlServer, writer: Writer, report: Report) -> Loaded:
    """Bring a release into a server, verify all of it, and mark it as whole.

    `store` is the release on this machine. A server that has it already is verified only.

    Raises LoadedOtherwise for a graph that differs afterwards, OccupiedGraph for one that somebody
    else wrote, StoreInUse if another load began meanwhile, NotOfThisStore for RDF 1.2 on a server
    without it; and the errors of `SparqlServer.select` and `Writer`. In each of these cases, the
    server has no marker, or still the old one.
    """
    marker = Marker.of(store.manifest)
    plan = f"{marker.hash} {LAYOUT} {_PART_TRIPLES} {_PART_CHARACTERS}"
    found = read_marker(server)
    if has_rdf_1_2(store.manifest):
        _require_rdf_1_2(server)
    report.stage("read the release", 0)
    digests = _digests(store, report)
    sent = 0
    if found != marker:
        sent = _send_rest(store, server, writer, report, digests, plan)
    listed = {GRAPHS: digest_of(list_graphs(digests).triples)}
    _verify(store, server, writer, report, {**digests, **listed})
    if found != marker:
        progress = read_progress(server)
        if progress is None or progress.plan != plan:
            raise StoreInUse(server.address)
        writer.add([_whole(marker.graph())])
    writer.drop([LOADING])
    return Loaded(len(digests), sum(digest.triples for digest in digests.values()), sent)


def _digests(store: Store, report: Report) -> dict[NamedNode, Digest]:
    """Return what the server will have: the digests of all graphs that are not empty."""
    digests: dict[NamedNode, Digest] = {}
    for graph in server_graphs(store):
        digest = digest_of(graph.triples)
        report.advance(digest.triples)
        if digest.triples:
            digests[graph.name] = digest
    return digests


def _send_rest(
    store: Store,
    server: SparqlServer,
    writer: Writer,
    report: Report,
    digests: dict[NamedNode, Digest],
    plan: str,
) -> int:
    """Send what the server does not have yet; return the number of triples sent."""
    progress = read_progress(server)
    if progress is None or progress.plan != plan:
        progress = Progress(plan)
        _begin(server, writer, report, digests, progress)
    report.stage("send", sum(digest.triples for digest in digests.values()))
    sent = 0
    for number, part in enumerate(_parts(server_graphs(store)), start=1):
        size = sum(len(triples) for _, triples in part)
        if number > progress.parts:
            writer.add([*part, _whole(Progress(plan, number).graph())])
            sent += size
        report.advance(size)
    return sent


def _begin(
    server: SparqlServer,
    writer: Writer,
    report: Report,
    digests: dict[NamedNode, Digest],
    progress: Progress,
) -> None:
    """Remove what an earlier load left, and write the list of graphs that this one will have.

    Interrupted after the list, the next load removes the listed graphs and begins again.
    """
    old = dict.fromkeys(_listed_graphs(server))
    _refuse_occupied(server, [name for name in digests if name not in old])
    report.stage("remove what was loaded before", 0)
    # Also the progress of a load of another release, which must not go on from what is left of it.
    writer.drop([MARKER, LOADING])
    writer.drop(old)
    writer.drop([GRAPHS])
    for part in _parts([list_graphs(digests)]):
        writer.add(part)
    writer.add([_whole(progress.begin())])
    if read_progress(server) != progress:
        raise WrittenElsewhere(server.address)


def _listed_graphs(server: SparqlServer) -> list[NamedNode]:
    """Return the graphs that an earlier load wrote or began to write."""
    found = [DEFAULT]
    while True:
        # Not sorted, since Virtuoso sorts 10,000 rows at most (MaxSortedTopRows).
        query = (
            f"SELECT ?g {{ GRAPH {GRAPHS} {{ ?g {VOID['triples']} ?n }} }} "
            f"OFFSET {len(found) - 1} LIMIT {_LISTED_AT_ONCE}"
        )
        rows = [row["g"] for row in server.select(query)]
        found += rows
        if not rows:
            return found


def _refuse_occupied(server: SparqlServer, names: Sequence[NamedNode]) -> None:
    """Raise OccupiedGraph if one of the graphs, which no load has listed, is there."""
    for start in range(0, len(names), _NAMES_AT_ONCE):
        values = " ".join(map(str, names[start : start + _NAMES_AT_ONCE]))
        query = (
            f"SELECT DISTINCT ?g {{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }} LIMIT 10"
        )
        found = [row["g"] for row in server.select(query)]
        if found:
            raise OccupiedGraph(server.address, found)


def _require_rdf_1_2(server: SparqlServer) -> None:
    """Raise NotOfThisStore if the server does not read triple terms."""
    try:
        server.query(_TRIPLE_TERM)
    except StoreFailed as error:
        reason = f"{server.address} does not read triple terms"
        raise NotOfThisStore("a release with RDF 1.2", reason) from error


def _verify(
    store: Store,
    server: SparqlServer,
    writer: Writer,
    report: Report,
    digests: dict[NamedNode, Digest],
) -> None:
    """Compare everything; if something differs, the next load begins anew."""

    def triples_of(name: NamedNode) -> Iterable[Triple]:
        if name == GRAPHS:
            return list_graphs({each: digests[each] for each in digests if each != GRAPHS}).triples
        return next(graph.triples for graph in server_graphs(store) if graph.name == name)

    report.stage("verify", sum(digest.triples for digest in digests.values()))
    try:
        verify(server, digests, triples_of, report.advance)
    except LoadedOtherwise:
        writer.drop([MARKER, LOADING])
        raise


def _parts(graphs: Iterable[ServerGraph]) -> Iterator[Part]:
    """Cut graphs into parts of bounded size, always in the same way."""
    part: Part = []
    triples = characters = 0
    for graph in graphs:
        for triple in graph.triples:
            length = len(str(triple))
            if part and (triples == _PART_TRIPLES or characters + length > _PART_CHARACTERS):
                yield part
                part, triples, characters = [], 0, 0
            if not part or part[-1][0] != graph.name:
                part.append((graph.name, []))
            part[-1][1].append(triple)
            triples, characters = triples + 1, characters + length
    if part:
        yield part


def _whole(graph: ServerGraph) -> tuple[NamedNode, list[Triple]]:
    return graph.name, list(graph.triples)
