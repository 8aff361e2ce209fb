"""Run four queries that would never end, with cheap queries at the same time; print a table.

Run from the project's folder: .venv/bin/python benchmarks/runaway.py [--release DIR] [--limit 10]
Without `--release`, a release is built.
"""

import argparse
import http.client
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.servers import Server, a_release, glocal

SECONDS_BETWEEN = 0.005
RUNAWAYS = {
    "count of a product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "filter over a product": "ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?b = ?d && ?e = ?g) }",
    "pattern over a product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
    'FILTER REGEX(CONCAT(STR(?a), STR(?d)), "(a|b)*c$") }',
    "group of a product": "SELECT ?b (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } "
    "GROUP BY ?b",
}


@dataclass(frozen=True)
class Stopped:
    """The end of a runaway query: seconds since its start, and HTTP status."""

    name: str
    seconds: float
    status: int


def run_away(port: int, name: str, query: str, limit_seconds: float) -> Stopped:
    """Send a query that does not end, and wait for the response."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit_seconds + 30)
    start = time.perf_counter()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sparql", urlencode({"query": query}), headers)
    response = connection.getresponse()
    response.read()
    return Stopped(name, time.perf_counter() - start, response.status)


def ask_until(port: int, over: threading.Event) -> list[float]:
    """Repeat a cheap query until `over` is set; return the response times in seconds, sorted."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    times = []
    while not over.is_set():
        start = time.perf_counter()
        connection.request("GET", "/sparql?query=ASK%20%7B%20%7D")
        response = connection.getresponse()
        if b"true" not in response.read():
            sys.exit(f"Expected a true answer to ASK, got status {response.status}")
        times.append(time.perf_counter() - start)
        time.sleep(SECONDS_BETWEEN)
    return sorted(times)


def measure(service: Server, idle_seconds: float, limit_seconds: float) -> list[str]:
    """Measure, and return the rows of the table."""
    with ThreadPoolExecutor() as pool:
        over = threading.Event()
        cheap_queries = pool.submit(ask_until, service.port, over)
        time.sleep(idle_seconds)
        over.set()
        idle = cheap_queries.result()
        before = service.memory_mebibytes()
        over = threading.Event()
        cheap_queries = pool.submit(ask_until, service.port, over)
        runaways = [
            pool.submit(run_away, service.port, name, query, limit_seconds)
            for name, query in RUNAWAYS.items()
        ]
        time.sleep(limit_seconds / 2)
        during = service.memory_mebibytes()
        stopped = [runaway.result() for runaway in runaways]
        over.set()
        busy = cheap_queries.result()
    time.sleep(1)
    after = service.memory_mebibytes()
    rows = [
        f"| ASK, {name} | {milliseconds(idle, share)} | {milliseconds(busy, share)} |"
        for name, share in (("median", 0.5), ("99th percentile", 0.99), ("longest", 1))
    ]
    ratio = percentile(busy, 0.99) / percentile(idle, 0.99)
    rows += [f"| 99th percentile, with runaways / idle | | {ratio:.1f} × |"]
    rows += [f"| answers | {len(idle)} | {len(busy)} |"]
    rows += [f"| memory of all processes | {before:.0f} MiB | {during:.0f} MiB |"]
    rows += [f"| memory afterwards | {after:.0f} MiB | |"]
    return rows + [
        f"| {end.name}: stopped | | after {end.seconds:.3f} s, with {end.status} |"
        for end in stopped
    ]


def milliseconds(times: list[float], share: float) -> str:
    """Return a percentile of the sorted times, given in seconds, as text in milliseconds."""
    return f"{percentile(times, share) * 1000:.2f} ms"


def percentile(times: list[float], share: float) -> float:
    """Return the time that this share of the sorted times does not exceed, in seconds."""
    return times[min(int(len(times) * share), len(times) - 1)]


def main() -> None:
    """Start the service, measure, print the table and stop the service."""
    parser = argparse.ArgumentParser(
        description="Run queries that never end together with cheap ones."
    )
    parser.add_argument("--release", type=Path, help="folder of a release; by default one is built")
    parser.add_argument("--limit", type=float, default=10, help="time limit of a query, in seconds")
    parser.add_argument(
        "--idle", type=float, default=10, help="seconds to measure without runaways"
    )
    options = parser.parse_args()
    # Without a cache, the cheap query is evaluated each time.
    settings = {"max_query_seconds": options.limit, "cache_mebibytes": 0}
    with a_release(options.release) as release, glocal(release, **settings) as service:
        rows = measure(service, options.idle, options.limit)
    lines = [f"time limit {options.limit:g} s, {os.cpu_count()} cores", ""]
    lines += [
        f"| measurement | idle | with {len(RUNAWAYS)} runaways |",
        "| --- | --- | --- |",
        *rows,
    ]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
