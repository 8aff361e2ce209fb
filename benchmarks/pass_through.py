"""Time what it costs to ask a release through the service when a server of one's own has it.

    python -m benchmarks.pass_through http://127.0.0.1:8890/sparql [ADDRESS …] --release DIR

Each server holds the release, by `glocal load`. The mix of twelve kinds of query (`mixes.py`) goes
to the embedded service, to each server directly, and through a service that asks it. All of them
run at the same time, and are measured in turn by one client. No two queries are the same, so kept
answers play no part. Prints the median response time of each, and what the service adds to that of
the server, in milliseconds; first for all queries, then for those of each kind.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

from pyoxigraph import Store

from benchmarks.load import in_turn
from benchmarks.mixes import PAPER, requests
from benchmarks.servers import a_release, glocal, wait_until_loaded
from kg.remote.layout import DEFAULT
from kg.store.release_folder import STORE_FOLDER

_QUERIES_OF_A_KIND: Final = 2_000
_ROUNDS: Final = 3
_ALL: Final = "all"


class Place(NamedTuple):
    """Where queries go: a port, and the path with parameters that each request has."""

    port: int
    path: str


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("addresses", nargs="+", metavar="ADDRESS")
    parser.add_argument("--release", type=Path)
    parser.add_argument("--seconds", type=float, default=2, help="length of one load")
    given = parser.parse_args()
    with a_release(given.release) as release, ExitStack() as running:
        embedded = running.enter_context(glocal(release, cache_mebibytes=0))
        wait_until_loaded(embedded)
        places = [Place(embedded.port, "/sparql")]
        for address in given.addresses:
            service = running.enter_context(glocal(release, store=address, cache_mebibytes=0))
            places += [directly(address), Place(service.port, "/sparql")]
        heads = "".join(f" {address} | through the service | more |" for address in given.addresses)
        sys.stdout.write(f"| queries | embedded |{heads}\n")
        sys.stdout.write("| --- | --- |" + " --- | --- | --- |" * len(given.addresses) + "\n")
        for row in _rows(Store.read_only(str(release / STORE_FOLDER)), places, given.seconds):
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()


def directly(address: str) -> Place:
    """Return a server as a place that has the same default graph as the service."""
    parts = urlsplit(address)
    if parts.port is None or parts.hostname not in ("127.0.0.1", "localhost"):
        raise SystemExit(f"Expected a server on this machine, such as port 8890, got {address}")
    graphs = [("default-graph-uri", DEFAULT.value)]
    return Place(parts.port, f"{parts.path}?{urlencode(graphs)}")


def _rows(store: Store, places: list[Place], seconds: float) -> Iterator[str]:
    queries = PAPER.draw(store, _QUERIES_OF_A_KIND)
    kinds = list(PAPER.templates)
    for kind in (_ALL, *kinds):
        some = queries if kind == _ALL else queries[kinds.index(kind) :: len(kinds)]
        # A row of one kind takes less time.
        share = 1 if kind == _ALL else 4
        loads = [(place.port, requests(some, place.path)) for place in places]
        measured = in_turn(loads, clients=1, seconds=seconds / share, rounds=_ROUNDS)
        embedded, *others = (load.p50_seconds * 1000 for load in measured)
        cells = [f"{embedded:.2f}"]
        for directly, through in zip(others[::2], others[1::2], strict=True):
            cells += [f"{directly:.2f}", f"{through:.2f}", f"{through - directly:.2f}"]
        yield f"| {kind} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
