"""Compare the service with other SPARQL servers on the same data; print Markdown tables.

    .venv/bin/python benchmarks/serving.py [--release DIR] [--large DIR] [--seconds 4]

Needs `make bench-setup`. Takes ten minutes; one of them goes into making a store of two million
triples, which `--large` keeps in a folder for the next run. `--only` selects parts:
mix-of-the-paper mix-of-2-million kept start.
"""

import argparse
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import DefaultGraph, RdfFormat, Store

from benchmarks import governance, kept
from benchmarks.answers_alike import check_alike
from benchmarks.load import Load, in_turn
from benchmarks.mixes import GOVERNANCE, PAPER, Mix, is_graph, requests
from benchmarks.servers import (
    Server,
    a_release,
    bare_processes,
    glocal,
    oxigraph,
    rdflib_endpoint,
    wait_until_loaded,
)
from kg.store.release_folder import STORE_FOLDER, write_release

_CLIENTS: Final = (1, 8, 64)
_ROUNDS: Final = 2
_QUERIES_OF_A_KIND: Final = 300
_REPEATED_OF_A_KIND: Final = 5
_TRIPLES: Final = 2_000_000
_WARMING_SECONDS: Final = 1.0
_STARTS: Final = 3
_RDFLIB: Final = "rdflib-endpoint"
_ASK: Final = "?query=ASK%20%7B%7D"


@dataclass(frozen=True)
class Peer:
    """A server to measure.

    `path` is where it takes queries. If `is_loaded`, measuring starts when its data is in memory.
    """

    name: str
    start: Callable[[], AbstractContextManager[Server]]
    path: str
    is_loaded: bool = False


def main() -> None:
    """Measure the parts, one after another."""
    parser = argparse.ArgumentParser(description="Compare the service with its peers.")
    parser.add_argument(
        "--release", type=Path, help="folder of the paper's release; by default it is built"
    )
    parser.add_argument("--large", type=Path, help="folder for two million triples")
    parser.add_argument("--seconds", type=float, default=4, help="length of one load")
    parser.add_argument("--only", nargs="*", choices=_PARTS, default=list(_PARTS))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, a_release(options.release) as paper:
        large = options.large or Path(place) / "large"
        if not large.exists() and set(options.only) - {"mix-of-the-paper", "kept"}:
            _build_large_release(large)
        for part in options.only:
            for line in _PARTS[part](paper, large, options.seconds):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            sys.stdout.write("\n")


def _build_large_release(folder: Path) -> None:
    """Write a release of two million triples."""
    with tempfile.TemporaryDirectory() as place:
        governance.write(_TRIPLES, Path(place))
        facts = pyoxigraph.parse(path=Path(place) / "facts.nt", format=RdfFormat.N_TRIPLES)
        write_release(facts, {"version": "1.0.0"}, folder)


def _mix_of_the_paper(paper: Path, _: Path, seconds: float) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(suffix=".nt") as triples:
        store = Store.read_only(str(paper / STORE_FOLDER))
        store.dump(triples, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        triples.flush()
        endpoint = Peer(_RDFLIB, partial(rdflib_endpoint, Path(triples.name)), "/")
        floor = Peer("the floor", partial(bare_processes, paper / STORE_FOLDER), "/")
        peers = (endpoint, floor, *_peers(paper))
        yield from _mix("the paper's graph", PAPER, store, peers, seconds)


def _mix_of_2_million(_: Path, large: Path, seconds: float) -> Iterator[str]:
    store = Store.read_only(str(large / STORE_FOLDER))
    settings = {"max_quads_in_memory": 2 * _TRIPLES, "cache_mebibytes": 0}
    name = "Glocal, cache off, in memory"
    loaded = Peer(name, partial(glocal, large, **settings), "/sparql", is_loaded=True)
    yield from _mix("2 million triples", GOVERNANCE, store, (loaded, *_peers(large)), seconds)


def _peers(release: Path) -> tuple[Peer, Peer, Peer]:
    """Return Oxigraph on the release's store, and the service with its cache off and on."""
    return (
        Peer("oxigraph", partial(oxigraph, release / STORE_FOLDER), "/query"),
        Peer("Glocal, cache off", partial(glocal, release, cache_mebibytes=0), "/sparql"),
        Peer("Glocal, repeated queries", partial(glocal, release), "/sparql"),
    )


def _mix(data: str, mix: Mix, store: Store, peers: Sequence[Peer], seconds: float) -> Iterator[str]:
    """Run all peers at once and measure them in turn; the last gets a few queries repeatedly."""
    yield f"| the mix of 12 on {data} | clients | requests/s | / oxigraph | p50, ms | p99, ms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    queries = mix.draw(store, _QUERIES_OF_A_KIND)
    repeated = queries[: len(mix.templates) * _REPEATED_OF_A_KIND]
    with ExitStack() as stack:
        servers = [(peer, stack.enter_context(peer.start())) for peer in peers]
        for peer, server in servers:
            if peer.is_loaded:
                wait_until_loaded(server)
        _check_results(servers, queries[: 2 * len(mix.templates)])
        loads = [(server.port, requests(queries, peer.path)) for peer, server in servers[:-1]]
        last_peer, last_server = servers[-1]
        loads.append((last_server.port, requests(repeated, last_peer.path)))
        in_turn(loads, clients=8, seconds=_WARMING_SECONDS, rounds=1)
        for clients in _CLIENTS:
            measured = in_turn(loads, clients=clients, seconds=seconds, rounds=_ROUNDS)
            yield from _rows(peers, clients, measured)


def _rows(peers: Sequence[Peer], clients: int, loads: Sequence[Load]) -> Iterator[str]:
    rates = {peer.name: load.rate for peer, load in zip(peers, loads, strict=True)}
    for peer, load in zip(peers, loads, strict=True):
        yield (
            f"| {peer.name} | {clients} | {load.rate:,.0f} | {load.rate / rates['oxigraph']:.2f} × "
            f"| {load.p50_seconds * 1000:.1f} | {load.p99_seconds * 1000:.1f} |"
        )


def _check_results(servers: Sequence[tuple[Peer, Server]], queries: Sequence[str]) -> None:
    """Check that all servers give the same results; rdflib's graphs are not compared."""
    endpoints = [f"http://127.0.0.1:{server.port}{peer.path}" for peer, server in servers]
    check_alike(endpoints, [query for query in queries if not is_graph(query)])
    # rdflib's DESCRIBE returns other triples.
    without_rdflib = endpoints[1:] if servers[0][0].name == _RDFLIB else endpoints
    check_alike(without_rdflib, [query for query in queries if is_graph(query)])


def _kept(paper: Path, _: Path, seconds: float) -> Iterator[str]:
    yield from kept.table(paper, seconds / 2)


def _start(paper: Path, large: Path, _: float) -> Iterator[str]:
    """Measure the time from process start to the first response, and the memory when idle."""
    yield "| data | server | first response, s | memory, MiB |"
    yield "| --- | --- | --- | --- |"
    for data, release in (("the paper's graph", paper), ("2 million triples", large)):
        peers = _peers(release)
        for peer in (peers[0], peers[-1]):
            starts = [_start_once(peer) for _ in range(_STARTS)]
            seconds, memory = (statistics.median(values) for values in zip(*starts, strict=True))
            yield f"| {data} | {peer.name.split(',')[0]} | {seconds:.2f} | {memory:.0f} |"


def _start_once(peer: Peer) -> tuple[float, float]:
    """Start a peer; return seconds to the first response, and MiB."""
    start = time.perf_counter()
    with peer.start() as server:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{peer.path}{_ASK}") as response:
            response.read()
        seconds = time.perf_counter() - start
        time.sleep(_WARMING_SECONDS)
        return seconds, server.memory_mebibytes()


_PARTS: Final = {
    "mix-of-the-paper": _mix_of_the_paper,
    "mix-of-2-million": _mix_of_2_million,
    "kept": _kept,
    "start": _start,
}


if __name__ == "__main__":
    main()
