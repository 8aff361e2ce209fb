"""Four queries that would never end, beside a stream of cheap ones; prints a Markdown table.

Run from the project's folder: .venv/bin/python benchmarks/runaway.py [--release DIR] [--limit 10]
Without a release, one is built.
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
    """How a runaway ended: after how many seconds, with which status."""

    name: str
    seconds: float
    status: int


def run_away(port: int, name: str, query: str, limit_seconds: float) -> Stopped:
    """Send a query that does not end, and wait for what the service says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=limit_seconds + 30)
    start = time.perf_counter()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sparql", urlencode({"query": query}), headers)
    response = connection.getresponse()
    response.read()
    return Stopped(name, time.perf_counter() - start, response.status)


def ask_until(port: int, over: threading.Event) -> list[float]:
    """Ask a cheap query again and again; how long each answer took, sorted, in seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    found = []
    while not over.is_set():
        start = time.perf_counter()
        connection.request("GET", "/sparql?query=ASK%20%7B%20%7D")
        response = connection.getresponse()
        if b"true" not in response.read():
            sys.exit(f"ASK was answered by {response.status}")
        found.append(time.perf_counter() - start)
        time.sleep(SECONDS_BETWEEN)
    return sorted(found)


def measure(service: Server, idle_seconds: float, limit_seconds: float) -> list[str]:
    """The table's rows."""
    with ThreadPoolExecutor() as pool:
        over = threading.Event()
        asked = pool.submit(ask_until, service.port, over)
        time.sleep(idle_seconds)
        over.set()
        idle = asked.result()
        before = service.memory_mebibytes()
        over = threading.Event()
        asked = pool.submit(ask_until, service.port, over)
        running = [
            pool.submit(run_away, service.port, *one, limit_seconds) for one in RUNAWAYS.items()
        ]
        time.sleep(limit_seconds / 2)
        during = service.memory_mebibytes()
        stopped = [one.result() for one in running]
        over.set()
        beside = asked.result()
    time.sleep(1)
    after = service.memory_mebibytes()
    rows = [
        f"| ASK, {name} | {milliseconds(idle, share)} | {milliseconds(beside, share)} |"
        for name, share in (("median", 0.5), ("99th percentile", 0.99), ("longest", 1))
    ]
    ratio = percentile(beside, 0.99) / percentile(idle, 0.99)
    rows += [f"| 99th percentile, beside runaways to idle | | {ratio:.1f} × |"]
    rows += [f"| answers | {len(idle)} | {len(beside)} |"]
    rows += [f"| memory of all processes | {before:.0f} MiB | {during:.0f} MiB |"]
    rows += [f"| memory afterwards | {after:.0f} MiB | |"]
    return rows + [
        f"| {one.name}: stopped | | at {one.seconds:.3f} s, by {one.status} |" for one in stopped
    ]


def milliseconds(times: list[float], share: float) -> str:
    """The time that this share of the answers did not exceed."""
    return f"{percentile(times, share) * 1000:.2f} ms"


def percentile(times: list[float], share: float) -> float:
    """The same in seconds; the times are sorted."""
    return times[min(int(len(times) * share), len(times) - 1)]


def main() -> None:
    """Start the service, measure, print the table, end the service."""
    parser = argparse.ArgumentParser(description="Queries that never end, beside cheap ones.")
    parser.add_argument("--release", type=Path, help="folder of a release; else one is built")
    parser.add_argument("--limit", type=float, default=10, help="seconds that a query may work")
    parser.add_argument("--idle", type=float, default=10, help="seconds to measure without them")
    given = parser.parse_args()
    # The cheap query is to be run each time.
    settings = {"max_query_seconds": given.limit, "cache_mebibytes": 0}
    with a_release(given.release) as release, glocal(release, **settings) as service:
        rows = measure(service, given.idle, given.limit)
    lines = [f"time limit {given.limit:g} s, {os.cpu_count()} cores", ""]
    lines += [f"| what | idle | beside {len(RUNAWAYS)} runaways |", "| --- | --- | --- |", *rows]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
