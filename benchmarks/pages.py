"""Measure how soon pages are painted, and what a results page costs more than its JSON.

    .venv/bin/python -m benchmarks.pages [--release DIR] [--rounds 15]

Prints a table, in less than a minute. `make test-browser` installs what it needs.
"""

import argparse
import http.client
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from benchmarks.chromium import start_chromium
from benchmarks.servers import Server, a_release, glocal, wait_until_loaded

_PAGES: Final = {
    "the front page": "/",
    "London": "/data/id/London.html",
    "the class of cities": "/classes/City",
    "the search for 伦敦": "/search?" + urlencode({"q": "伦敦"}),
    "the ontology": "/ontology",
}
_ROWS: Final = 200
_FIRST_PAINT: Final = """() => performance.getEntriesByType("paint")
    .find(one => one.name === "first-paint").startTime"""


def main() -> None:
    """Measure, and print each line as soon as it is known."""
    parser = argparse.ArgumentParser(description="Measure pages.")
    parser.add_argument(
        "--release", type=Path, help="folder of the paper's release; by default it is built"
    )
    parser.add_argument("--rounds", type=int, default=15, help="measurements of each figure")
    options = parser.parse_args()
    print("| measurement | result | target |\n| --- | --- | --- |")  # noqa: T201
    with a_release(options.release) as release, glocal(release, log_requests=False) as service:
        wait_until_loaded(service)
        for line in (*_paint(service, options.rounds), _compare(service, options.rounds)):
            print(line, flush=True)  # noqa: T201


def _paint(service: Server, rounds: int) -> Iterator[str]:
    """Open pages, each with an empty cache of the browser."""
    with start_chromium() as chromium:
        for name, path in _PAGES.items():
            milliseconds: list[float] = []
            for _ in range(rounds):
                with chromium.new_context() as context:
                    page = context.new_page()
                    page.goto(f"http://127.0.0.1:{service.port}{path}")
                    page.wait_for_function("() => performance.getEntriesByType('paint').length > 0")
                    milliseconds.append(page.evaluate(_FIRST_PAINT))
            target = "≤ 300 ms" if name == "London" else ""
            yield f"| first paint of {name} | {statistics.median(milliseconds):.0f} ms | {target} |"


def _compare(service: Server, rounds: int) -> str:
    """Ask for the same rows as a page and as JSON in turn, each time in other words."""
    differences: list[float] = []
    for number in range(rounds):
        query = f"SELECT * {{ ?s ?p ?o }} LIMIT {_ROWS} # {number}"
        as_page = _get(service, query, "text/html")
        as_json = _get(service, query, "application/sparql-results+json")
        differences.append(1000 * (as_page - as_json))
    cost = statistics.median(differences)
    return f"| a page of {_ROWS} rows, more than its JSON | {cost:.0f} ms | ≤ 50 ms |"


def _get(service: Server, query: str, media_type: str) -> float:
    """Return the seconds until a whole answer is there."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    path = f"/sparql?{urlencode({'query': query})}"
    start = time.perf_counter()
    connection.request("GET", path, headers={"Accept": media_type})
    answer = connection.getresponse()
    body = answer.read()
    seconds = time.perf_counter() - start
    connection.close()
    if answer.status != http.client.OK:
        raise SystemExit(f"{media_type}: {answer.status} {body[:200]!r}")
    return seconds


if __name__ == "__main__":
    main()
