import asyncio
import socket
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from functools import partial

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.run.connections import LimitedConnection
from service.run.open_connections import OpenConnections
from service.run.reading import LoopTurns, PacedReading, SmallParts, when_body_is_there
from tests.service.run.conftest import REQUEST, Upload, accepting, run

LEFT: Message = {"type": "http.disconnect"}
BODY: Message = {"type": "http.request", "body": b"ASK {}", "more_body": False}


def begin(method: str, headers: Mapping[str, str], *messages: Message) -> list[Message] | None:
    """Return what the application receives of a request, or None if it has not begun."""
    received: list[Message] | None = None
    unsent = [*messages]

    async def receive() -> Message:
        return unsent.pop(0)

    async def send(_: Message) -> None:
        pass

    async def application(_: Scope, receive: Receive, __: Send) -> None:
        nonlocal received
        received = []
        while unsent or not received:
            received.append(await receive())

    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "headers": encoded}
    asyncio.run(when_body_is_there(application)(scope, receive, send))
    return received


def test_a_request_begins_with_its_body() -> None:
    assert begin("POST", {"content-length": "6"}, BODY) == [BODY]
    assert begin("PUT", {"transfer-encoding": "chunked"}, BODY, LEFT) == [BODY, LEFT]


def test_a_request_whose_client_leaves_before_its_body_is_there_never_begins() -> None:
    assert begin("POST", {"content-length": "6"}, LEFT) is None


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("POST", {"content-length": "70000"}),
        ("POST", {"content-length": "6", "expect": "100-continue"}),
    ],
)
def test_what_may_be_refused_without_its_body_begins_at_once(
    method: str, headers: Mapping[str, str]
) -> None:
    assert begin(method, headers, LEFT) == [LEFT]


class CountedConnection(LimitedConnection):
    """A connection that counts how often something was read from any of its kind."""

    reads = 0

    def data_received(self, data: bytes) -> None:
        CountedConnection.reads += 1
        super().data_received(data)


async def send_to(
    application: ASGIApp,
    parts: Iterable[bytes],
    opened: OpenConnections,
    kind: type[LimitedConnection] = LimitedConnection,
) -> bytes:
    """Send a request in parts, with a pause after each; return the first line of the answer."""
    async with accepting(application, opened, kind) as service:
        reader, writer = await asyncio.open_connection(*service.listening.getsockname())
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.001)
        status = await reader.readline()
        writer.close()
    return status


def test_the_application_is_not_woken_for_each_byte_of_a_body() -> None:
    upload = Upload()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 150003\r\n\r\n"
    parts = [head, *[b"a"] * 3, b"a" * 150_000]

    status = run(send_to(upload, parts, OpenConnections(8)))

    assert status.startswith(b"HTTP/1.1 204")
    assert sum(upload.sizes) == 150_003
    # Parts of more than 64 KiB, and the rest.
    assert len(upload.sizes) <= 3


class SlowSmallParts(SmallParts):
    """Small parts of which the next one is read long after."""

    def take(self, _: float) -> float:
        return 0.5


def test_what_a_client_sends_byte_by_byte_is_read_once_in_a_while() -> None:
    CountedConnection.reads = 0
    request = REQUEST.replace(b"Host", b"X: " + b"x" * 200 + b"\r\nHost")
    opened = OpenConnections(8)
    opened.small_parts = SlowSmallParts()

    # After the first two bytes, many others are read together.
    status = run(send_to(Upload(), [bytes([byte]) for byte in request], opened, CountedConnection))

    assert status.startswith(b"HTTP/1.1 204")
    assert CountedConnection.reads < 50


def test_small_parts_are_read_one_after_another_once_many_have_come() -> None:
    small_parts = SmallParts()

    at_once = [small_parts.take(100) for _ in range(16)]
    then = [small_parts.take(100) for _ in range(3)]
    later = small_parts.take(200)
    of_thousands = [small_parts.take(300) for _ in range(3000)]

    assert max(at_once) <= 0
    assert then == pytest.approx([0.002, 0.004, 0.006])
    assert later <= 0
    assert max(of_thousands) < 1.5
    assert small_parts.take(302) <= 0


class UnreadSmallParts(SmallParts):
    """Small parts after which nothing more is read."""

    def take(self, _: float) -> float:
        return 3600


def test_who_sends_a_request_in_two_parts_does_not_wait() -> None:
    opened = OpenConnections(8)
    opened.small_parts = UnreadSmallParts()

    status = run(send_to(Upload(), [REQUEST[:9], REQUEST[9:]], opened))

    assert status.startswith(b"HTTP/1.1 204")


def test_large_parts_are_read_as_they_come() -> None:
    upload, opened = Upload(), OpenConnections(8)
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"
    opened.small_parts = UnreadSmallParts()

    assert run(send_to(upload, [head, *[b"a" * 10_000] * 30], opened)).startswith(b"HTTP/1.1 204")
    assert sum(upload.sizes) == 300_000


def test_of_many_connections_one_goes_on_reading_in_each_turn_of_the_event_loop() -> None:
    async def let_all_go_on() -> list[int]:
        loop, turns, readings, ends = asyncio.get_running_loop(), LoopTurns(), [], []
        for _ in range(3):
            ours, theirs = socket.socketpair()
            transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
            readings.append(PacedReading(transport, turns, SmallParts()))
            ends.append(theirs)
        for reading in readings:
            reading.pause_reading()
        for reading in readings:
            reading.resume_reading()
        counts = []
        for _ in range(5):
            counts.append(sum(not reading.read_paused for reading in readings))
            await asyncio.sleep(0)
        for end in ends:
            end.close()
        return counts

    assert asyncio.run(let_all_go_on()) == [0, 1, 2, 3, 3]


def test_what_is_added_first_has_the_next_turn() -> None:
    found: list[str] = []

    async def add() -> None:
        turns = LoopTurns()
        for text in ("second", "third"):
            turns.add(partial(found.append, text))
        turns.add_first(partial(found.append, "first"))
        while len(found) < 3:
            await asyncio.sleep(0)

    run(add())

    assert found == ["first", "second", "third"]


def test_a_turn_knows_nothing_of_the_request_that_had_it_added() -> None:
    request: ContextVar[str] = ContextVar("request", default="none")
    found: list[str] = []

    async def add() -> None:
        turns = LoopTurns()
        request.set("mine")
        for _ in range(2):
            turns.add(lambda: found.append(request.get()))
        while len(found) < 2:
            await asyncio.sleep(0)

    asyncio.run(add())

    assert found == ["none", "none"]
