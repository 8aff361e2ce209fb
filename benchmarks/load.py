"""Requests over raw sockets, as many as a server takes: a client that costs less than the server.

Each client keeps one connection and one request under way, and reads no more of an answer than
where it ends.
"""

import asyncio
import re
import time
from asyncio import Future, Protocol, Transport
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final, cast

HOST: Final = "localhost"
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_END_OF_HEAD: Final = b"\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What a server did: answers a second, the 99th percentile in seconds, and all statuses."""

    rate: float
    p99_seconds: float
    statuses: frozenset[int]


def get(target: str, **headers: str) -> bytes:
    """A GET as it goes over the wire, always with the same Host: it decides relative IRIs."""
    fields = {"Host": HOST, **{name.replace("_", "-"): it for name, it in headers.items()}}
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def load(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> Load:
    """Let so many clients send these requests in turn, for so long."""
    return asyncio.run(_load(port, requests, clients, seconds))


async def _load(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    end = time.perf_counter() + seconds
    found = []
    for number in range(clients):
        turned = [*requests[number % len(requests) :], *requests[: number % len(requests)]]
        one = _Client(turned, end, loop.create_future())
        await loop.create_connection(lambda one=one: one, "127.0.0.1", port)  # type: ignore[misc]
        found.append(one)
    await asyncio.gather(*(one.over for one in found))
    times = sorted(time for one in found for time in one.seconds)
    statuses = frozenset(status for one in found for status in one.statuses)
    return Load(len(times) / seconds, times[len(times) * 99 // 100], statuses)


class _Client(Protocol):
    def __init__(self, requests: Sequence[bytes], end: float, over: Future[None]) -> None:
        self.seconds: list[float] = []
        self.statuses: set[int] = set()
        self.over = over
        self._requests, self._end = cycle(requests), end
        self._received = bytearray()
        self._expected = 0

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
            self._expected = head + len(_END_OF_HEAD) + (int(length[1]) if length else 0)
        if len(self._received) >= self._expected:
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
