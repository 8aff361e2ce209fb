"""The service beside its peers, in the same run, on the same data; prints Markdown tables.

    .venv/bin/python benchmarks/serving.py [--release DIR] [--large DIR] [--seconds 4]

Needs `make bench-setup`. Takes ten minutes, of which making two million triples and a store of them
is one; `--large` keeps them in a folder for the next run. `--only` measures some parts alone:
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
_ASK: Final = "?query=ASK%20%7B%7D"


@dataclass(frozen=True)
class Peer:
    """A server by name, how it is started, where it takes queries, whether it has to load first."""

    name: str
    start: Callable[[], AbstractContextManager[Server]]
    path: str
    is_loaded: bool = False


def main() -> None:
    """Measure part after part."""
    parser = argparse.ArgumentParser(description="Measure the service beside its peers.")
    parser.add_argument("--release", type=Path, help="the paper's; else it is built")
    parser.add_argument("--large", type=Path, help="folder for two million triples")
    parser.add_argument("--seconds", type=float, default=4, help="of one load")
    parser.add_argument("--only", nargs="*", choices=_PARTS, default=list(_PARTS))
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, a_release(chosen.release) as paper:
        large = chosen.large or Path(place) / "large"
        if not large.exists() and set(chosen.only) - {"mix-of-the-paper", "kept"}:
            _make(large)
        for part in chosen.only:
            for line in _PARTS[part](paper, large, chosen.seconds):
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
            sys.stdout.write("\n")


def _make(folder: Path) -> None:
    """A release of two million triples."""
    with tempfile.TemporaryDirectory() as place:
        governance.write(_TRIPLES, Path(place))
        facts = pyoxigraph.parse(path=Path(place) / "facts.nt", format=RdfFormat.N_TRIPLES)
        write_release(facts, {"version": "1.0.0"}, folder)


def _mix_of_the_paper(paper: Path, _: Path, seconds: float) -> Iterator[str]:
    with tempfile.NamedTemporaryFile(suffix=".nt") as triples:
        store = Store.read_only(str(paper / STORE_FOLDER))
        store.dump(triples, RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
        triples.flush()
        endpoint = Peer("rdflib-endpoint", partial(rdflib_endpoint, Path(triples.name)), "/")
        peers = (endpoint, *_peers(paper))
        yield from _mix("the paper's graph", PAPER, store, peers, seconds)


def _mix_of_2_million(_: Path, large: Path, seconds: float) -> Iterator[str]:
    store = Store.read_only(str(large / STORE_FOLDER))
    most = {"max_quads_in_memory": 2 * _TRIPLES, "cache_mebibytes": 0}
    name = "Glocal, nothing kept, in memory"
    loaded = Peer(name, partial(glocal, large, **most), "/sparql", is_loaded=True)
    yield from _mix("2 million triples", GOVERNANCE, store, (loaded, *_peers(large)), seconds)


def _peers(release: Path) -> tuple[Peer, Peer, Peer]:
    """Oxigraph on the release's store; the service that keeps no answers, and as it is."""
    return (
        Peer("oxigraph", partial(oxigraph, release / STORE_FOLDER), "/query"),
        Peer("Glocal, nothing kept", partial(glocal, release, cache_mebibytes=0), "/sparql"),
        Peer("Glocal, the same asked again", partial(glocal, release), "/sparql"),
    )


def _mix(data: str, mix: Mix, store: Store, peers: Sequence[Peer], seconds: float) -> Iterator[str]:
    """All peers at once, each idle while it is not asked; the last is asked the same again."""
    yield f"| the mix of 12 on {data} | clients | requests/s | of oxigraph | p50, ms | p99, ms |"
    yield "| --- | --- | --- | --- | --- | --- |"
    queries = mix.draw(store, _QUERIES_OF_A_KIND)
    repeated = queries[: len(mix.templates) * _REPEATED_OF_A_KIND]
    with ExitStack() as stack:
        servers = [(one, stack.enter_context(one.start())) for one in peers]
        for peer, server in servers:
            if peer.is_loaded:
                wait_until_loaded(server)
        _check(servers, queries[: 2 * len(mix.templates)])
        asked = [requests(queries, one.path) for one in peers[:-1]]
        loads = [(one.port, asks) for (_, one), asks in zip(servers, asked, strict=False)]
        loads.append((servers[-1][1].port, requests(repeated, peers[-1].path)))
        in_turn(loads, clients=8, seconds=_WARMING_SECONDS, rounds=1)
        for clients in _CLIENTS:
            found = in_turn(loads, clients=clients, seconds=seconds, rounds=_ROUNDS)
            yield from _rows(peers, clients, found)


def _rows(peers: Sequence[Peer], clients: int, found: Sequence[Load]) -> Iterator[str]:
    [beside] = [one.rate for peer, one in zip(peers, found, strict=True) if peer.name == "oxigraph"]
    for peer, one in zip(peers, found, strict=True):
        yield (
            f"| {peer.name} | {clients} | {one.rate:,.0f} | {one.rate / beside:.2f} × "
            f"| {one.p50_seconds * 1000:.1f} | {one.p99_seconds * 1000:.1f} |"
        )


def _check(servers: Sequence[tuple[Peer, Server]], queries: Sequence[str]) -> None:
    """That all give the same answers; what rdflib's DESCRIBE returns is another thing."""
    endpoints = [f"http://127.0.0.1:{one.port}{peer.path}" for peer, one in servers]
    check_alike(endpoints, [query for query in queries if not is_graph(query)])
    alike = [url for url, (peer, _) in zip(endpoints, servers, strict=True) if peer.path != "/"]
    check_alike(alike, [query for query in queries if is_graph(query)])


def _kept(paper: Path, _: Path, seconds: float) -> Iterator[str]:
    yield from kept.table(paper, seconds / 2)


def _start(paper: Path, large: Path, _: float) -> Iterator[str]:
    """From the start of the process to the first answer, and memory once nothing is asked."""
    yield "| data | server | first answer, s | memory, MiB |"
    yield "| --- | --- | --- | --- |"
    for data, release in (("the paper's graph", paper), ("2 million triples", large)):
        peers = _peers(release)
        for peer in (peers[0], peers[-1]):
            starts = [_start_once(peer) for _ in range(_STARTS)]
            seconds, memory = (statistics.median(each) for each in zip(*starts, strict=True))
            yield f"| {data} | {peer.name.split(',')[0]} | {seconds:.2f} | {memory:.0f} |"


def _start_once(peer: Peer) -> tuple[float, float]:
    """Seconds and MiB."""
    start = time.perf_counter()
    with peer.start() as server:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{peer.path}{_ASK}") as answer:
            answer.read()
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
