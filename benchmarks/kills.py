"""Kill query processes at random under load, and count the failed requests.

    .venv/bin/python benchmarks/kills.py [--release DIR] [--kills 200]

Starts the service, lets eight clients send queries, and repeatedly sends SIGKILL to a random query
process, busy or idle. Each kill may cost at most one response, which must be a 503 with
Retry-After; every other response must be correct; the service's two other processes must survive.
Exits with 1 if any of this fails. Takes a minute.
"""

import argparse
import http.client
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final, TypeVar
from urllib.parse import urlencode

from benchmarks.servers import Server, a_release, family, glocal

_CLIENTS: Final = 8
_SECONDS_BETWEEN: Final = (0.01, 0.1)
_MAX_SECONDS: Final = 120
# The HTTP process, the parent and two spare query processes. Other query processes end when they
# have been idle for ten seconds.
_MIN_PROCESSES: Final = 4
_MAX_REST_SECONDS: Final = 30
_MAX_GROWTH: Final = 1.25
_TEN_ROWS: Final = " ".join("1" * 10)
# Number of factors of ten rows in a query that counts rows; the queries take from less than a
# millisecond to a tenth of a second.
_SIZES: Final = (0, 2, 4, 5, 6)
_REFUSAL: Final = "503, with Retry-After"
T = TypeVar("T")


@dataclass
class Outcomes:
    """The number of responses of each kind, and unexpected outcomes."""

    counts: Counter[str] = field(default_factory=Counter)
    surprises: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class State:
    """The state of the service: its process ids, the HTTP process and the parent first, and MiB."""

    processes: list[int]
    mebibytes: float

    @classmethod
    def of(cls, service: Server) -> "State":
        """Return the current state."""
        return cls(service.family(), service.memory_mebibytes())


def main() -> None:
    """Start the service, kill processes, print the outcomes and check them."""
    parser = argparse.ArgumentParser(description="Kill query processes under load.")
    parser.add_argument("--release", type=Path, help="folder of a release; by default one is built")
    parser.add_argument("--kills", type=int, default=200, help="number of processes to kill")
    options = parser.parse_args()
    # Without a cache, repeated queries are evaluated each time.
    with a_release(options.release) as release, glocal(release, cache_mebibytes=0) as service:
        # Warm up, so that memory growth is measured from normal use.
        _under_load(service, lambda: time.sleep(1))
        before = _at_rest(service)
        outcomes, kills = _under_load(service, partial(_kill, service, options.kills))
        after = _at_rest(service)
    _print(outcomes, kills, before, after)
    violations = _violations(outcomes, kills, options.kills, before, after)
    failures = sorted(outcomes.surprises | violations)
    if failures:
        sys.exit("\n".join(["Failed:", *failures]))


def _violations(
    outcomes: Outcomes, kills: int, wanted: int, before: State, after: State
) -> set[str]:
    """Return the requirements that were not met, apart from errors in single responses."""
    failed = outcomes.counts[_REFUSAL]
    requirements = {
        f"expected {wanted} kills in {_MAX_SECONDS} s, got {kills}": kills >= wanted,
        f"{failed} responses failed after {kills} kills, expected at most one each": failed
        <= kills,
        "no kill hit a running query: the load was too small": failed > 0,
        "the parent or the HTTP process was replaced": before.processes[:2] == after.processes[:2],
        "memory has grown by more than a quarter": after.mebibytes
        <= before.mebibytes * _MAX_GROWTH,
    }
    return {violation for violation, is_met in requirements.items() if not is_met}


def _print(outcomes: Outcomes, kills: int, before: State, after: State) -> None:
    survived = before.processes[:2] == after.processes[:2]
    memory = f"{before.mebibytes:.0f} and {after.mebibytes:.0f} MiB"
    rows = [
        ("query processes killed", f"{kills:,}"),
        *((f"responses: {kind}", f"{count:,}") for kind, count in outcomes.counts.most_common()),
        ("the HTTP process and the parent survive", "yes" if survived else "no"),
        ("memory of all processes, before and after", memory),
        ("processes, before and after", f"{len(before.processes)} and {len(after.processes)}"),
    ]
    lines = ["| measurement | result |", "| --- | --- |"]
    lines += [f"| {measurement} | {result} |" for measurement, result in rows]
    sys.stdout.write("\n".join(lines) + "\n")


def _at_rest(service: Server) -> State:
    """Wait until idle query processes have ended, within a time limit, and return the state."""
    end = time.monotonic() + _MAX_REST_SECONDS
    while len(service.family()) > _MIN_PROCESSES and time.monotonic() < end:
        time.sleep(_SECONDS_BETWEEN[1])
    return State.of(service)


def _under_load(service: Server, act: Callable[[], T]) -> tuple[Outcomes, T]:
    """Call `act` while clients send queries; return the outcomes and the result of `act`."""
    over, total = Event(), Outcomes()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        clients = [
            pool.submit(_query_until, over, service.port, number) for number in range(_CLIENTS)
        ]
        result = act()
        over.set()
    for client in clients:
        total.counts += client.result().counts
        total.surprises |= client.result().surprises
    return total, result


def _kill(service: Server, wanted: int) -> int:
    """Kill random query processes until `wanted` or a time limit is reached; return the number."""
    generator = random.Random(0)  # noqa: S311 (not used for security)
    _, parent, *_ = service.family()
    end = time.monotonic() + _MAX_SECONDS
    kills = 0
    while kills < wanted and time.monotonic() < end:
        time.sleep(generator.uniform(*_SECONDS_BETWEEN))
        _, *processes = family(parent)
        if processes:
            with suppress(ProcessLookupError):
                os.kill(generator.choice(processes), signal.SIGKILL)
                kills += 1
    return kills


def _query_until(over: Event, port: int, number: int) -> Outcomes:
    """Send queries until `over` is set, and check each response."""
    outcomes = Outcomes()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    generator = random.Random(number)  # noqa: S311
    while not over.is_set():
        size = generator.choice(_SIZES)
        try:
            kind = _query(connection, size)
        except (OSError, http.client.HTTPException) as error:
            outcomes.surprises.add(f"no response: {error!r}")
            connection.close()
            continue
        outcomes.counts[kind] += 1
        if kind not in {"correct", _REFUSAL}:
            outcomes.surprises.add(f"unexpected response: {kind}")
    return outcomes


def _query(connection: http.client.HTTPConnection, size: int) -> str:
    """Count the rows of a product of `size` factors of ten rows; return the kind of response."""
    values = " ".join(f"VALUES ?v{number} {{ {_TEN_ROWS} }}" for number in range(size))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    query = f"SELECT (COUNT(*) AS ?n) {{ {values} }}"
    connection.request("POST", "/sparql", urlencode({"query": query}), headers)
    response = connection.getresponse()
    body = json.loads(response.read())
    if response.status == http.HTTPStatus.OK:
        [row] = body["results"]["bindings"]
        return "correct" if int(row["n"]["value"]) == 10**size else "wrong"
    if response.status == http.HTTPStatus.SERVICE_UNAVAILABLE and response.headers["Retry-After"]:
        return _REFUSAL if body["type"] == "/problems/query-process-ended" else body["type"]
    return str(response.status)


if __name__ == "__main__":
    main()
