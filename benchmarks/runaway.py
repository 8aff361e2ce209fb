"""Four queries that would never end, beside a stream of cheap ones; prints a Markdown table.

Run from the project's folder: .venv/bin/python benchmarks/runaway.py [--release DIR] [--limit 5]
Without a release, one is built. The server listens on 127.0.0.1 and is ended by its id. Memory is
proportional set size (shared pages divided among those that share them) on Linux, else resident.
"""

import argparse
import http.client
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

PORT = 8972
SECONDS_BETWEEN = 0.005
RUNAWAYS = {
    "count of a product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "filter over a product": "ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?b = ?d && ?e = ?g) }",
    "pattern over a product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
    'FILTER REGEX(CONCAT(STR(?a), STR(?d)), "(a|b)*c$") }',
    "group of a product": "SELECT ?b (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } "
    "GROUP BY ?b",
}
GLOCAL = str(Path(sys.executable).parent / "glocal")


@dataclass(frozen=True)
class Stopped:
    """How a runaway ended: after how many seconds, with which status."""

    name: str
    seconds: float
    status: int


def run_away(name: str, query: str, limit_seconds: float) -> Stopped:
    """Send a query that does not end, and wait for what the service says."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=limit_seconds + 30)
    start = time.perf_counter()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/sparql", urlencode({"query": query}), headers)
    response = connection.getresponse()
    response.read()
    return Stopped(name, time.perf_counter() - start, response.status)


def ask_until(over: threading.Event) -> list[float]:
    """Ask a cheap query again and again; how long each answer took, sorted, in seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
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


def family(process: int) -> list[int]:
    """This process and all below it."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.decode().splitlines()]
    found = [process]
    for one in found:
        found += [child for child, parent in pairs if parent == one]
    return found


def memory_mebibytes(process: int) -> float:
    """The memory of this process and all below it."""
    found = 0.0
    for one in family(process):
        # Another may end in the meantime.
        with suppress(ProcessLookupError):
            found += _kibibytes(one) / 1024
    return found


def _kibibytes(process: int) -> int:
    rollup = Path(f"/proc/{process}/smaps_rollup")
    if rollup.exists():
        lines = rollup.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, check=True)
    return int(said.stdout)


def wait_for_service() -> None:
    """Until the service listens."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with suppress(OSError):
            http.client.HTTPConnection("127.0.0.1", PORT, timeout=5).connect()
            return
        time.sleep(0.02)
    sys.exit("the service does not start")


def measure(service: int, idle_seconds: float, limit_seconds: float) -> list[str]:
    """The table's rows."""
    with ThreadPoolExecutor() as pool:
        over = threading.Event()
        asked = pool.submit(ask_until, over)
        time.sleep(idle_seconds)
        over.set()
        idle = asked.result()
        before = memory_mebibytes(service)
        over = threading.Event()
        asked = pool.submit(ask_until, over)
        running = [pool.submit(run_away, *one, limit_seconds) for one in RUNAWAYS.items()]
        time.sleep(limit_seconds / 2)
        during = memory_mebibytes(service)
        stopped = [one.result() for one in running]
        over.set()
        beside = asked.result()
    time.sleep(1)
    after = memory_mebibytes(service)
    rows = [
        f"| ASK, {name} | {milliseconds(idle, share)} | {milliseconds(beside, share)} |"
        for name, share in (("median", 0.5), ("99th percentile", 0.99), ("longest", 1))
    ]
    rows += [f"| answers | {len(idle)} | {len(beside)} |"]
    rows += [f"| memory of all processes | {before:.0f} MiB | {during:.0f} MiB |"]
    rows += [f"| memory afterwards | {after:.0f} MiB | |"]
    return rows + [
        f"| {one.name}: stopped | | at {one.seconds:.3f} s, by {one.status} |" for one in stopped
    ]


def milliseconds(times: list[float], share: float) -> str:
    """The time that this share of the answers did not exceed."""
    return f"{times[min(int(len(times) * share), len(times) - 1)] * 1000:.2f} ms"


def main() -> None:
    """Start the service, measure, print the table, end the service."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, help="folder of a release")
    parser.add_argument("--limit", type=float, default=5, help="seconds that a query may work")
    parser.add_argument("--idle", type=float, default=5, help="seconds to measure without runaways")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        release = given.release or Path(place) / "release"
        if given.release is None:
            build = [GLOCAL, "build", "--out", str(release)]
            subprocess.run(build, check=True, capture_output=True)
        with subprocess.Popen(
            [GLOCAL, "serve", "--release", str(release), "--port", str(PORT)],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GLOCAL_MAX_QUERY_SECONDS": str(given.limit)},
        ) as service:
            try:
                wait_for_service()
                rows = measure(service.pid, given.idle, given.limit)
            finally:
                service.terminate()
    lines = [f"time limit {given.limit:g} s, {os.cpu_count()} cores", ""]
    lines += [f"| what | idle | beside {len(RUNAWAYS)} runaways |", "| --- | --- | --- |", *rows]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
