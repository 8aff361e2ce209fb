"""Send as many requests as a server can take over raw sockets, with little cost for the client.

Each client keeps one connection and one request in flight, and parses a response only to find its
end.
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
    """Measurements of one load: responses per second, response times and HTTP statuses."""

    rate: float
    p50_seconds: float
    p99_seconds: float
    statuses: frozenset[int]


def get(target: str, **headers: str) -> bytes:
    """Return a GET request as bytes, always with the same Host, on which relative IRIs depend."""
    fields = {"Host": HOST, **{name.replace("_", "-"): headers[name] for name in headers}}
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def load(port: int, requests: Sequence[bytes], *, clients: int, seconds: float) -> Load:
    """Send these requests in a loop from several clients, each starting at another request."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_load(port, requests, clients, seconds))


def in_turn(
    loads: Sequence[tuple[int, Sequence[bytes]]], *, clients: int, seconds: float, rounds: int
) -> list[Load]:
    """Measure servers in turn over some rounds, and return the best load of each.

    Args:
        loads: the port and the requests of each server.
        clients: number of concurrent clients.
        seconds: length of one load.
        rounds: number of rounds.

    Raises:
        SystemExit: a server responded with an unexpected status.
    """
    measured = [
        [load(port, requests, clients=clients, seconds=seconds) for port, requests in loads]
        for _ in range(rounds)
    ]
    statuses = {
        status for in_round in measured for result in in_round for status in result.statuses
    }
    if not statuses <= _EXPECTED:
        raise SystemExit(f"Expected only the statuses {sorted(_EXPECTED)}, got {sorted(statuses)}")
    return [max(results, key=attrgetter("rate")) for results in zip(*measured, strict=True)]


def new_event_loop() -> AbstractEventLoop:
    """Return the fastest event loop available, because the client shares the processor."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _load(port: int, requests: Sequence[bytes], clients: int, seconds: float) -> Load:
    loop = asyncio.get_running_loop()
    end = time.perf_counter() + seconds
    running = []
    for number in range(clients):
        start = number * len(requests) // clients
        rotated = [*requests[start:], *requests[:start]]
        client = _Client(rotated, end, loop.create_future())
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
        running.append(client)
    await asyncio.gather(*(client.over for client in running))
    times = sorted(time for client in running for time in client.seconds)
    statuses = frozenset(status for client in running for status in client.statuses)
    p50, p99 = (times[len(times) * share // 100] for share in (50, 99))
    return Load(len(times) / seconds, p50, p99, statuses)


class _Client(Protocol):
    """One connection that sends a request as soon as the previous response is complete."""

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
        self._send()

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
        has_length = len(self._received) >= self._expected
        # In the responses measured here, only the last chunk ends with these bytes.
        if has_length and (not self._is_chunked or self._received.endswith(_LAST_CHUNK)):
            now = time.perf_counter()
            self.seconds.append(now - self._start)
            if now < self._end:
                self._send()
            else:
                self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self.over.set_exception(exc)
        elif not self.over.done():
            self.over.set_result(None)

    def _send(self) -> None:
        self._received.clear()
        self._expected = 0
        self._start = time.perf_counter()
        self._transport.write(next(self._requests))
