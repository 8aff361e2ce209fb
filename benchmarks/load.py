"""Requests over raw sockets, as many as a server takes: a client that costs less than the server.

Each client keeps one connection and one request under way, and reads no more of an answer than
where it ends.
"""

import asyncio
import re
import time
from asyncio import AbstractEventLoop, Future, Protocol, Transport
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from operator import attrgetter
from typing import Final, cast

HOST: Final = "localhost"
_EXPECTED: Final = frozenset({200, 304})
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"transfer-encoding: chunked", re.IGNORECASE)
_END_OF_HEAD: Final = b"\r\n\r\n"
_LAST_CHUNK: Final = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What a server did: answers a second, how long the middle one and 99 of 100 took at most."""

    rate: float
    p50_seconds: float
    p99_seconds: float
    statuses: frozenset[int]


def get(target: str, **headers: str) -> bytes:
    """A GET as it goes over the wire, always with the same Host: it decides relative IRIs."""
    fields = {"Host": HOST, **{name.replace("_", "-"): it for name, it in headers.items()}}
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def load(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> Load:
    """Let so many clients send these requests in turn, each from another one on, for so long."""
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        return runner.run(_load(port, requests, clients, seconds))


def in_turn(
    loads: Sequence[tuple[int, Sequence[bytes]]], *, clients: int, seconds: float, rounds: int
) -> list[Load]:
    """The best of some rounds, in each of which every server has its turn; by port and requests.

    Raises:
        SystemExit: a server failed.
    """
    found = [
        [load(port, requests, clients=clients, seconds=seconds) for port, requests in loads]
        for _ in range(rounds)
    ]
    statuses = {status for one in found for each in one for status in each.statuses}
    if not statuses <= _EXPECTED:
        raise SystemExit(f"answered by {sorted(statuses)}, not by {sorted(_EXPECTED)} alone")
    return [max(each, key=attrgetter("rate")) for each in zip(*found, strict=True)]


def _new_event_loop() -> AbstractEventLoop:
    """The quickest there is: what the client costs, the server lacks."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _load(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    end = time.perf_counter() + seconds
    found = []
    for number in range(clients):
        start = number * len(requests) // clients
        turned = [*requests[start:], *requests[:start]]
        one = _Client(turned, end, loop.create_future())
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
        found.append(one)
    await asyncio.gather(*(one.over for one in found))
    times = sorted(time for one in found for time in one.seconds)
    statuses = frozenset(status for one in found for status in one.statuses)
    p50, p99 = (times[len(times) * share // 100] for share in (50, 99))
    return Load(len(times) / seconds, p50, p99, statuses)


class _Client(Protocol):
    def __init__(self, requests: Sequence[bytes], end: float, over: Future[None]) -> None:
        self.seconds: list[float] = []
        self.statuses: set[int] = set()
        self.over = over
        self._requests, self._end = cycle(requests), end
        self._received = bytearray()
        self._expected = 0
        self._is_chunked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._expected:
            head = self._received.find(_END_OF_HEAD)
            if head < 0:
                return
            self.statuses.add(int(self._received[9:12]))
            length = _LENGTH.search(self._received, 0, head)
            self._is_chunked = (
                length is None and _CHUNKED.search(self._received, 0, head) is not None
            )
            self._expected = head + len(_END_OF_HEAD) + (int(length[1]) if length else 0)
        is_there = len(self._received) >= self._expected
        # In what is asked for here, no chunk ends with these bytes but the last.
        if is_there and (not self._is_chunked or self._received.endswith(_LAST_CHUNK)):
            now = time.perf_counter()
            self.seconds.append(now - self._start)
            if now < self._end:
                self._ask()
            else:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self.over.set_exception(exc)
        elif not self.over.done():
            self.over.set_result(None)

    def _ask(self) -> None:
        self._received.clear()
        self._expected = 0
        self._start = time.perf_counter()
        self._transport.write(next(self._requests))
