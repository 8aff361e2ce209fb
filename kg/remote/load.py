"""Load a release into a SPARQL server, one graph after another.

The server has the marker of a release only while it has the whole of it: the marker is removed
before anything else changes, and written once the triples of every graph have been counted there.
What was loaded before, perhaps by a load that was interrupted, is removed by the list of graphs
that was written with it; other graphs are left alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import VOID
from kg.remote.client import ReleaseNotLoaded, SparqlServer, StoreError
from kg.remote.layout import (
    DEFAULT,
    FACTS,
    GRAPHS,
    MARKER,
    MORE_READINGS,
    marker,
    require_release,
    skolemize,
)
from kg.remote.writer import Writer
from kg.statuses import VIEWS, Standing
from kg.store.quad_store import Store

# The most that one request adds. Virtuoso's compiler refuses updates of 5,000 triples.
_PART_TRIPLES: Final = 1_000
# Names of graphs in one query.
_NAMES_AT_ONCE: Final = 500


def server_graphs(store: Store) -> Iterator[tuple[NamedNode, Iterable[Triple]]]:
    """Yield the graphs of a release on a server, with their triples as they stand there.

    First the default graphs of views, then the named graphs. A graph may be empty.
    """
    facts, readings = (store.views.change(Standing(VIEWS[name])) for name in ("facts", "readings"))
    kept = (triple for triple in store.triples() if triple not in facts.removed)
    yield DEFAULT, map(skolemize, store.triples())
    yield FACTS, map(skolemize, chain(kept, facts.added))
    yield MORE_READINGS, map(skolemize, readings.added)
    for name in store.named_graphs:
        yield name, map(skolemize, store.triples(graph=name))


def count_triples(store: Store) -> dict[NamedNode, int]:
    """Return the sizes of the graphs that a server will have; none of them is empty."""
    sizes = ((name, sum(1 for _ in triples)) for name, triples in server_graphs(store))
    return {name: size for name, size in sizes if size}


def load(
    store: Store,
    sizes: Mapping[NamedNode, int],
    server: SparqlServer,
    writer: Writer,
    advance: Callable[[int], object],
) -> int:
    """Bring a release into a server, count all of it, and mark it as whole; return triples sent.

    `store` is the release on this machine, `sizes` are from `count_triples`, `advance` gets the
    number of triples that were sent since its last call. On a server that has the release already,
    they are only counted.

    Raises StoreError for a graph of another size afterwards, and for one that somebody else wrote;
    and the errors of `SparqlServer.select` and `Writer`. In each of these cases, the server has no
    marker, or still the old one.
    """
    release = store.manifest["hash"]
    with suppress(ReleaseNotLoaded):
        require_release(server, release)
        _check_sizes(server, writer, sizes)
        return 0
    _begin(server, writer, sizes)
    for name, triples in server_graphs(store):
        for part in _parts(triples):
            writer.add(name, part)
            advance(len(part))
    _check_sizes(server, writer, sizes)
    writer.add(MARKER, marker(release))
    return sum(sizes.values())


def _begin(server: SparqlServer, writer: Writer, sizes: Mapping[NamedNode, int]) -> None:
    """Remove what an earlier load left, and write the list of graphs that this one will have."""
    rows = server.select(f"SELECT ?g {{ GRAPH {GRAPHS} {{ ?g {VOID['triples']} ?n }} }}")
    old = dict.fromkeys([DEFAULT, *(row["g"] for row in rows)])
    new = [name for name in sizes if name not in old]
    occupied = _sizes_on(server, new)
    if occupied:
        raise StoreError(
            f"{server.address} has triples in graphs of the release that glocal load did not "
            f"write, such as {next(iter(occupied)).value}. Remedy: remove these graphs, or load "
            "into another server."
        )
    writer.drop([MARKER, *old, GRAPHS])
    listed = (Triple(name, VOID["triples"], Literal(size)) for name, size in sizes.items())
    for part in _parts(listed):
        writer.add(GRAPHS, part)
    if _sizes_on(server, [GRAPHS]) != {GRAPHS: len(sizes)}:
        raise StoreError(
            f"{server.address} does not return what was just written. Expected --update or "
            "--graph-store of the same server, and a user for queries who may read every graph."
        )


def _sizes_on(server: SparqlServer, names: Sequence[NamedNode]) -> dict[NamedNode, int]:
    """Return the numbers of triples of those of the graphs that a server has."""
    found: dict[NamedNode, int] = {}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        values = " ".join(map(str, names[start : start + _NAMES_AT_ONCE]))
        pattern = f"{{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }}"
        rows = server.select(f"SELECT ?g (COUNT(*) AS ?n) {pattern} GROUP BY ?g")
        found |= {row["g"]: int(row["n"].value) for row in rows}
    return found


def _check_sizes(server: SparqlServer, writer: Writer, sizes: Mapping[NamedNode, int]) -> None:
    found = _sizes_on(server, list(sizes))
    for name, size in sizes.items():
        if found.get(name, 0) != size:
            writer.drop([MARKER])
            raise StoreError(
                f"{server.address} has {found.get(name, 0)} triples in {name.value} where the "
                f"release has {size}. The next run of glocal load sends everything again."
            )


def _parts(triples: Iterable[Triple]) -> Iterator[list[Triple]]:
    rest = iter(triples)
    while part := list(islice(rest, _PART_TRIPLES)):
        yield part
