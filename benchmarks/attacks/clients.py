"""Raw HTTP clients: each request on a new connection, from an address that the caller chooses.

The service counts clients by address, and all of 127.0.0.0/8 is this machine.
"""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from benchmarks.attacks.victim import HOST

# No limit of the service's defaults is longer, and after this a request counts as hanging.
BOUND_SECONDS: Final = 45.0
CLOSED, HANG, LEFT = "closed", "hang", "left"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_KEPT_BYTES: Final = 1_048_576
_PART_BYTES: Final = 262_144
_BIND_WITHOUT_PORT: Final = 24  # IP_BIND_ADDRESS_NO_PORT; the port is chosen when it connects.


@dataclass(frozen=True)
class Target:
    """The target of an attack: port, duration, seed, and the token of a scratch store.

    `seconds` is how long it goes on sending new requests; it ends when those are answered.
    """

    port: int
    seconds: float
    seed: int = 0
    token: str = ""


@dataclass(frozen=True)
class Answer:
    """The answer to a request: the first MiB as it came, the number of bytes, and the seconds.

    `end` is empty if the server ended the connection after an answer, else CLOSED without one,
    HANG after the bound, or LEFT if this client went away.
    """

    received: bytes
    size: int
    seconds: float
    end: str = ""

    @property
    def status(self) -> int:
        """The status; 0 without one."""
        line = self.received.removeprefix(_CONTINUE)[:32].split(b" ", 2)
        return int(line[1]) if len(line) > 1 and line[1][:3].isdigit() else 0

    @property
    def kind(self) -> str:
        """The status, or how the request ended without one."""
        if self.end in (HANG, LEFT) or not self.status:
            return self.end or CLOSED
        head, end, _ = self.received.removeprefix(_CONTINUE).lower().partition(b"\r\n\r\n")
        # A slow reader may have left before the end of the head.
        if self.status == 503 and end and b"\r\nretry-after:" not in head:
            return "503 without Retry-After"
        return str(self.status)


@dataclass
class Tally:
    """The count of an attack: answers by kind, requests at once, and failures."""

    answers: Counter[str] = field(default_factory=Counter)
    failures: set[str] = field(default_factory=set)
    most_at_once: int = 0
    held: str = ""
    _at_once: int = 0

    async def send(
        self,
        target: Target,
        request: bytes,
        address: str,
        *,
        leaves_after: float | None = None,
        half_closes_after: float | None = None,
    ) -> Answer:
        """Send one request as `exchange` does, and count its answer."""
        self.begin()
        answer = await exchange(
            target.port,
            request,
            address,
            leaves_after=leaves_after,
            half_closes_after=half_closes_after,
        )
        self.end(answer.kind)
        return answer

    def begin(self) -> None:
        """Count a request that begins."""
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)

    def end(self, kind: str) -> None:
        """Count the end of a request."""
        self._at_once -= 1
        self.answers[kind] += 1

    @property
    def load(self) -> str:
        """The load that was held, in words."""
        return self.held or f"{self.most_at_once:,} at once, {self.answers.total():,} requests"


def http_request(
    method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a request after which the server closes the connection."""
    fields = {"Host": HOST, "Connection": "close", **(headers or {})}
    if body or method in ("POST", "PUT"):
        fields.setdefault("Content-Length", str(len(body)))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def sparql_query(query: str, accept: str = "application/sparql-results+json") -> bytes:
    """Return a request that sends this query in a form."""
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": accept}
    return http_request("POST", "/sparql", urlencode({"query": query}).encode(), form)


def whatif_patch(patch: str) -> bytes:
    """Return a request that sends this patch to /whatif."""
    update = {"Content-Type": "application/sparql-update"}
    return http_request("POST", "/whatif", patch.encode(), update)


async def connect(port: int, address: str, *, receive_bytes: int | None = None) -> socket.socket:
    """Connect from this address, with this size of the receive buffer."""
    connection = socket.socket()
    connection.setblocking(False)
    if receive_bytes is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    connection.setsockopt(socket.SOL_IP, _BIND_WITHOUT_PORT, 1)
    try:
        connection.bind((address, 0))
        await asyncio.get_running_loop().sock_connect(connection, (HOST, port))
    except (OSError, asyncio.CancelledError):
        connection.close()
        raise
    return connection


async def exchange(
    port: int,
    request: bytes,
    address: str,
    *,
    bound_seconds: float = BOUND_SECONDS,
    leaves_after: float | None = None,
    half_closes_after: float | None = None,
) -> Answer:
    """Send these bytes, and receive until the server closes the connection.

    With `leaves_after`, this client goes away after so many seconds; with `half_closes_after`, it
    says so many seconds after the request that it will send no more.
    """
    loop = asyncio.get_running_loop()
    start, received, size, end = time.perf_counter(), bytearray(), 0, ""
    connection = None
    try:
        async with asyncio.timeout(bound_seconds if leaves_after is None else leaves_after):
            connection = await connect(port, address)
            # A server may refuse, and close, before it has read all.
            with suppress(ConnectionError):
                await loop.sock_sendall(connection, request)
            if half_closes_after is not None:
                loop.call_later(half_closes_after, _half_close, connection)
            while part := await loop.sock_recv(connection, _PART_BYTES):
                size += len(part)
                received += part[: _KEPT_BYTES - len(received)]
        end = "" if received else CLOSED
    except TimeoutError:
        end = HANG if leaves_after is None else LEFT
    except ConnectionError:
        end = "" if received else CLOSED
    finally:
        if connection is not None:
            connection.close()
    return Answer(bytes(received), size, time.perf_counter() - start, end)


def _half_close(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_WR)


async def read_slowly(
    target: Target, tally: Tally, request: bytes, address: str, seconds: float
) -> None:
    """Send a request, and read its answer at 40 bytes a second into a small buffer; then leave."""
    loop, received = asyncio.get_running_loop(), bytearray()
    end = time.monotonic() + seconds
    tally.begin()
    connection = None
    try:
        async with asyncio.timeout(seconds + BOUND_SECONDS):
            connection = await connect(target.port, address, receive_bytes=1024)
            await loop.sock_sendall(connection, request)
            while time.monotonic() < end and (part := await loop.sock_recv(connection, 40)):
                received += part
                await asyncio.sleep(1)
        tally.end(Answer(bytes(received), len(received), seconds).kind)
    except ConnectionError:
        tally.end(Answer(bytes(received), len(received), seconds).kind)
    except TimeoutError:
        tally.end(HANG)
    finally:
        if connection is not None:
            connection.close()
