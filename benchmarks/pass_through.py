"""Time what it costs to ask a release through the service when a server of one's own has it.

    python -m benchmarks.pass_through http://127.0.0.1:8890/sparql [ADDRESS …] --release DIR

Each server holds the release, by `glocal load`. The mix of twelve kinds of query (`mixes.py`) goes
to the embedded service, to each server directly, and through a service that asks it; each query
in turn everywhere, in an order that changes, by one client. A service's kept answers play no part,
since no two queries are the same. The table has the median of the embedded service and, for each
server, those of asking it directly and through the service, and of their difference, in
milliseconds; the last line takes all kinds together.
"""

import argparse
import http.client
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from pyoxigraph import Store

from benchmarks.mixes import PAPER, ROWS, TRIPLES, is_graph
from benchmarks.servers import a_release, glocal, wait_until_loaded
from kg.remote.layout import default_graphs
from kg.statuses import DEFAULT_VIEW
from kg.store.release_folder import STORE_FOLDER

_QUERIES_OF_A_KIND: Final = 40
_WARMING: Final = 3
_TIMEOUT_SECONDS: Final = 60


@dataclass
class Place:
    """An address to which queries go, on one connection, with the seconds that each kind took."""

    address: str
    parameters: Sequence[tuple[str, str]] = ()
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        self._path = parts.path
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_SECONDS)

    def ask(self, kind: str, query: str, *, is_counted: bool) -> None:
        """Send a query and read its whole answer."""
        target = f"{self._path}?{urlencode([('query', query), *self.parameters])}"
        accepted = TRIPLES if is_graph(query) else ROWS
        start = time.perf_counter()
        self._connection.request("GET", target, headers={"Accept": accepted})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{self.address} answered {answer.status}: {body[:300]!r}\n{query}")
        if is_counted:
            self.seconds[kind].append(time.perf_counter() - start)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("addresses", nargs="+", metavar="ADDRESS")
    parser.add_argument("--release", type=Path)
    given = parser.parse_args()
    with a_release(given.release) as release, ExitStack() as running:
        embedded = running.enter_context(glocal(release))
        wait_until_loaded(embedded)
        ours = Place(f"http://127.0.0.1:{embedded.port}/sparql")
        graphs = [("default-graph-uri", graph.value) for graph in default_graphs(DEFAULT_VIEW)]
        pairs = []
        for address in given.addresses:
            service = running.enter_context(glocal(release, store=address))
            through = Place(f"http://127.0.0.1:{service.port}/sparql")
            pairs.append((Place(address, graphs), through))
        _ask_all(Store.read_only(str(release / STORE_FOLDER)), [ours, *(p for q in pairs for p in q)])
    for line in _table(ours, pairs):
        sys.stdout.write(line + "\n")


def _ask_all(store: Store, places: list[Place]) -> None:
    shuffled = random.Random(2026)  # noqa: S311 (not used for security)
    kinds = list(PAPER.templates)
    for number, query in enumerate(PAPER.draw(store, _QUERIES_OF_A_KIND + _WARMING)):
        shuffled.shuffle(places)
        for place in places:
            is_counted = number >= _WARMING * len(kinds)
            place.ask(kinds[number % len(kinds)], query, is_counted=is_counted)


def _table(ours: Place, pairs: list[tuple[Place, Place]]) -> Iterator[str]:
    heads = "".join(f" {direct.address} | through the service | more |" for direct, _ in pairs)
    yield f"| query | embedded |{heads}"
    yield "| --- | --- |" + " --- | --- | --- |" * len(pairs)
    for kind in [*PAPER.templates, "all"]:
        cells = [_median(_of(ours, kind))]
        for direct, through in pairs:
            times = _of(direct, kind), _of(through, kind)
            more = [later - sooner for sooner, later in zip(*times, strict=True)]
            cells += [*map(_median, times), _median(more)]
        yield f"| {kind} | {' | '.join(cells)} |"


def _of(place: Place, kind: str) -> list[float]:
    if kind == "all":
        return [seconds for kind in PAPER.templates for seconds in place.seconds[kind]]
    return place.seconds[kind]


def _median(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:.2f}"


if __name__ == "__main__":
    main()
