import asyncio
from collections.abc import Mapping

import pytest
from starlette.types import Message, Receive, Scope, Send

from service.run.open_connections import OpenConnections
from service.run.reading import when_body_is_there
from tests.service.run.conftest import Upload, accepting, run

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


def test_the_application_is_not_woken_for_each_byte_of_a_body() -> None:
    upload = Upload()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 150003\r\n\r\n"

    async def send() -> bytes:
        async with accepting(upload, OpenConnections(8)) as service:
            reader, writer = await asyncio.open_connection(*service.listening.getsockname())
            for part in (head, *[b"a"] * 3, b"a" * 150_000):
                writer.write(part)
                await writer.drain()
                # Let it be read before the next one is sent.
                await asyncio.sleep(0.001)
            status = await reader.readline()
            writer.close()
        return status

    assert run(send()).startswith(b"HTTP/1.1 204")
    assert sum(upload.sizes) == 150_003
    # Parts of more than 64 KiB, and the rest.
    assert len(upload.sizes) <= 3
