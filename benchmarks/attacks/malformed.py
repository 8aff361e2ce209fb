"""B1: malformed requests, each of which the service may want to write about."""

import asyncio
import itertools
import time
from typing import Final

from benchmarks.attacks.bout import Attack
from benchmarks.attacks.clients import Tally, Target, http_request, sparql_query

_ADDRESS: Final = "127.0.0.20"
_AT_ONCE: Final = 8
_SECONDS_BETWEEN: Final = 0.02
# A hundred lines, however many requests there are.
_MAX_WARNING_BYTES: Final = 20_000
_MALFORMED: Final = (
    b"GET\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
    b"\x00" * 64 + b"\r\n\r\n",
)
# Refused by the application, which writes a line about each.
_REFUSED: Final = (
    http_request("GET", "/" + "a" * 2000),
    sparql_query("SELECT * { " + "a" * 1000),
)


async def send_malformed(target: Target) -> Tally:
    """Send malformed and refused requests from eight connections at a time."""
    tally, end = Tally(), time.monotonic() + target.seconds
    requests = itertools.cycle([*_MALFORMED, *_REFUSED])

    async def send_until_end() -> None:
        while time.monotonic() < end:
            await tally.send(target, next(requests), _ADDRESS, half_closes_after=1)
            await asyncio.sleep(_SECONDS_BETWEEN)

    await asyncio.gather(*(send_until_end() for _ in range(_AT_ONCE)))
    return tally


ATTACKS: Final = (
    Attack(
        "b1-undrained",
        "malformed requests while nobody reads the pipes of standard output and error",
        send_malformed,
        is_undrained=True,
    ),
    Attack(
        "b1-log",
        "malformed requests that fill the log",
        send_malformed,
        max_warning_bytes=_MAX_WARNING_BYTES,
        share_of_seconds=0.5,
    ),
)
