"""Query processes killed at random under load: what that costs those who ask.

    .venv/bin/python benchmarks/kills.py [--release DIR] [--kills 200]

Starts the service, lets eight clients ask, and sends SIGKILL to any query process, busy or idle,
again and again. Promised is that each kill costs at most one answer, which is a 503 with
Retry-After, that every other answer is right, and that the service's two other processes live on;
ends with 1 if it was otherwise. Takes a minute.
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
_LONGEST_SECONDS: Final = 120
# The HTTP process, the parent and two spare query processes; of the others, those that were not
# needed for ten seconds are let go.
_LEAST_PROCESSES: Final = 4
_LONGEST_REST_SECONDS: Final = 30
_GROWTH_ALLOWED: Final = 1.25
_TEN: Final = " ".join("1" * 10)
# Results of one number: how many rows there are. From less than a millisecond to a tenth second.
_SIZES: Final = (0, 2, 4, 5, 6)
_REFUSAL: Final = "503, with Retry-After"
T = TypeVar("T")


@dataclass
class Outcomes:
    """How many answers there were of each kind, and what was not as promised."""

    counts: Counter[str] = field(default_factory=Counter)
    surprises: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class State:
    """The service at one moment: its processes, the HTTP process and the parent first; MiB."""

    processes: list[int]
    mebibytes: float

    @classmethod
    def of(cls, service: Server) -> "State":
        """How it is now."""
        return cls(service.family(), service.memory_mebibytes())


def main() -> None:
    """Start, kill, print, judge."""
    parser = argparse.ArgumentParser(description="Kill query processes under load.")
    parser.add_argument("--release", type=Path, help="folder of a release; else one is built")
    parser.add_argument("--kills", type=int, default=200)
    chosen = parser.parse_args()
    # Each query is to be run, even if it was asked before.
    with a_release(chosen.release) as release, glocal(release, cache_mebibytes=0) as service:
        # Everything has been in use once.
        _under_load(service, lambda: time.sleep(1))
        before = _at_rest(service)
        found, kills = _under_load(service, partial(_kill, service, chosen.kills))
        after = _at_rest(service)
    _print(found, kills, before, after)
    broken = sorted(found.surprises | _broken(found, kills, chosen.kills, before, after))
    if broken:
        sys.exit("\n".join(["Not as promised:", *broken]))


def _broken(found: Outcomes, kills: int, wanted: int, before: State, after: State) -> set[str]:
    """Which promises were not kept, beside what is wrong with single answers."""
    failed = found.counts[_REFUSAL]
    promises = {
        f"only {kills} kills in {_LONGEST_SECONDS} s": kills >= wanted,
        f"{failed} answers failed by {kills} kills": failed <= kills,
        "no kill met a query: the load was too small": failed > 0,
        "another parent, or another HTTP process": before.processes[:2] == after.processes[:2],
        "memory has grown": after.mebibytes <= before.mebibytes * _GROWTH_ALLOWED,
    }
    return {what for what, is_kept in promises.items() if not is_kept}


def _print(found: Outcomes, kills: int, before: State, after: State) -> None:
    lives = before.processes[:2] == after.processes[:2]
    memory = f"{before.mebibytes:.0f} and {after.mebibytes:.0f} MiB"
    rows = [
        ("query processes killed", f"{kills:,}"),
        *((f"answers: {kind}", f"{count:,}") for kind, count in found.counts.most_common()),
        ("the HTTP process and the parent live on", "yes" if lives else "no"),
        ("memory of all processes, before and after", memory),
        ("processes, before and after", f"{len(before.processes)} and {len(after.processes)}"),
    ]
    lines = ["| what | |", "| --- | --- |", *(f"| {what} | {value} |" for what, value in rows)]
    sys.stdout.write("\n".join(lines) + "\n")


def _at_rest(service: Server) -> State:
    """The service once the query processes that nobody needs any more are gone, or in the end."""
    end = time.monotonic() + _LONGEST_REST_SECONDS
    while len(service.family()) > _LEAST_PROCESSES and time.monotonic() < end:
        time.sleep(_SECONDS_BETWEEN[1])
    return State.of(service)


def _under_load(service: Server, act: Callable[[], T]) -> tuple[Outcomes, T]:
    """Do something while clients ask; what they were answered, and what it returned."""
    over, whole = Event(), Outcomes()
    with ThreadPoolExecutor(_CLIENTS) as pool:
        asked = [pool.submit(_ask_until, over, service.port, one) for one in range(_CLIENTS)]
        returned = act()
        over.set()
    for one in asked:
        whole.counts += one.result().counts
        whole.surprises |= one.result().surprises
    return whole, returned


def _kill(service: Server, wanted: int) -> int:
    """Kill so many query processes at random; how many it were in the time there is."""
    draw = random.Random(0)  # noqa: S311 (nothing is kept secret by it)
    _, parent, *_ = service.family()
    end = time.monotonic() + _LONGEST_SECONDS
    kills = 0
    while kills < wanted and time.monotonic() < end:
        time.sleep(draw.uniform(*_SECONDS_BETWEEN))
        _, *processes = family(parent)
        if processes:
            with suppress(ProcessLookupError):
                os.kill(draw.choice(processes), signal.SIGKILL)
                kills += 1
    return kills


def _ask_until(over: Event, port: int, number: int) -> Outcomes:
    """Ask again and again, and look at each answer."""
    found = Outcomes()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    draw = random.Random(number)  # noqa: S311
    while not over.is_set():
        size = draw.choice(_SIZES)
        try:
            kind = _outcome(connection, size)
        except (OSError, http.client.HTTPException) as error:
            found.surprises.add(f"no answer: {error!r}")
            connection.close()
            continue
        found.counts[kind] += 1
        if kind not in {"right", _REFUSAL}:
            found.surprises.add(f"an answer: {kind}")
    return found


def _outcome(connection: http.client.HTTPConnection, size: int) -> str:
    """Ask for the number of rows of so many factors of ten; what the answer is."""
    values = " ".join(f"VALUES ?v{number} {{ {_TEN} }}" for number in range(size))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    query = f"SELECT (COUNT(*) AS ?n) {{ {values} }}"
    connection.request("POST", "/sparql", urlencode({"query": query}), headers)
    answer = connection.getresponse()
    body = json.loads(answer.read())
    if answer.status == http.HTTPStatus.OK:
        [row] = body["results"]["bindings"]
        return "right" if int(row["n"]["value"]) == 10**size else "wrong"
    if answer.status == http.HTTPStatus.SERVICE_UNAVAILABLE and answer.headers["Retry-After"]:
        return _REFUSAL if body["type"] == "/problems/query-process-ended" else body["type"]
    return str(answer.status)


if __name__ == "__main__":
    main()
