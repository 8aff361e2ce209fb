"""Time queries on a machine that does something else, beside the engine's own server.

    .venv/bin/python benchmarks/busy.py [--release DIR] [--rounds 5]

Two plain busy loops run all the time. Queries that take the engine's server 0.1, 0.5, 2 and 4 s
without them go to that server and to the service with default settings, by turns. Prints the
median seconds of each, alone and beside the loops, and their ratio. Exits with 1 if a query failed,
or took more than 1.3 times as long as from the engine's server.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.servers import a_release, glocal, oxigraph, wait_until_loaded
from kg.store.release_folder import STORE_FOLDER

_SECONDS: Final = (0.1, 0.5, 2.0, 4.0)
_MOST_RATIO: Final = 1.3
_LOOPS: Final = 2
_FIRST_ROWS: Final = 200_000
_VALUES: Final = " ".join(map(str, range(300)))
# Without data, so that it does not matter where a server has them.
_QUERY: Final = (
    f"SELECT (COUNT(*) AS ?n) {{{{ SELECT * {{{{ VALUES ?a {{{{ {_VALUES} }}}} "
    f"VALUES ?b {{{{ {_VALUES} }}}} VALUES ?c {{{{ {_VALUES} }}}} "
    "FILTER(STRLEN(STR(?a + ?b * ?c)) > 0) }} LIMIT {rows} }} # {number}"
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--release", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with (
        a_release(given.release) as release,
        oxigraph(release / STORE_FOLDER) as engine,
        glocal(release, log_requests=False) as service,
    ):
        wait_until_loaded(service)
        asking = partial(_ask, engine.port, "/query"), partial(_ask, service.port, "/sparql")
        rows = [_rows_for(asking[0], seconds) for seconds in _SECONDS]
        alone = [_medians(asking, count, given.rounds) for count in rows]
        with _busy():
            beside = [_medians(asking, count, given.rounds) for count in rows]
    lines = [
        "| query, s | engine alone | service alone | engine beside | service beside | ratio |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    ratios = []
    for seconds, before, after in zip(_SECONDS, alone, beside, strict=True):
        ratios.append(after[1] / after[0])
        figures = " | ".join(f"{each:.2f}" for each in (*before, *after, ratios[-1]))
        lines.append(f"| {seconds:g} | {figures} |")
    sys.stdout.write("\n".join(lines) + "\n")
    if max(ratios) > _MOST_RATIO:
        sys.exit(f"Missed: a ratio is above {_MOST_RATIO}.")


def _ask(port: int, path: str, rows: int) -> float:
    """Return the seconds that a query over so many rows takes; no two queries are the same."""
    query = _QUERY.format(rows=rows, number=time.monotonic_ns())
    address = f"http://127.0.0.1:{port}{path}?{urllib.parse.urlencode({'query': query})}"
    asked = urllib.request.Request(address, headers={"Accept": "application/sparql-results+json"})
    start = time.perf_counter()
    with urllib.request.urlopen(asked) as answer:
        [row] = json.load(answer)["results"]["bindings"]
    if int(row["n"]["value"]) != rows:
        sys.exit(f"The answer is {row['n']['value']} instead of {rows}.")
    return time.perf_counter() - start


def _rows_for(ask: Callable[[int], float], seconds: float) -> int:
    """Return how many rows take so long."""
    rows = _FIRST_ROWS
    for _ in range(3):
        rows = int(rows * seconds / ask(rows))
    return rows


def _medians(asking: tuple[Callable[[int], float], ...], rows: int, rounds: int) -> list[float]:
    """Return the median seconds from each server, which take turns."""
    taken = [[ask(rows) for ask in asking] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


@contextmanager
def _busy() -> Iterator[None]:
    loops = [
        # Each in a session of its own, as a compiler in another terminal is.
        subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True)
        for _ in range(_LOOPS)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


if __name__ == "__main__":
    main()
