import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

import pytest

from benchmarks.attacks.clients import Answer, Tally, Target, exchange, http_request, read_slowly

ADDRESS = "127.0.0.77"
Respond = Callable[[StreamReader, StreamWriter], Coroutine[None, None, None]]


@asynccontextmanager
async def _serving(respond: Respond) -> AsyncIterator[int]:
    """Serve one connection on a port of loopback; at the end, it is over."""
    is_over = asyncio.Event()

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await respond(reader, writer)
        finally:
            writer.close()
            is_over.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await is_over.wait()


async def _ask(respond: Respond, **options: float) -> Answer:
    """Serve one request with this function, and return what the client makes of it."""
    async with _serving(respond) as port:
        return await exchange(port, http_request("GET", "/"), ADDRESS, **options)


def _sending(*parts: bytes) -> Respond:
    async def respond(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)

    return respond


async def _never(reader: StreamReader, _writer: StreamWriter) -> None:
    """Wait until the client has gone."""
    await reader.read()


@pytest.mark.parametrize(
    ("received", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\nx", "200"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n", "404"),
        (b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n\r\n", "503"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\nretry-after: 5", "503 without Retry-After"),
        (b"HTTP/1.1 500 Internal Server Error\r\n\r\n", "500"),
        (b"", "closed"),
    ],
)
def test_an_answer_is_counted_by_its_status(received: bytes, kind: str) -> None:
    assert asyncio.run(_ask(_sending(received))).kind == kind


def test_a_server_that_never_answers_hangs_and_a_client_that_leaves_is_no_hang() -> None:
    assert asyncio.run(_ask(_never, bound_seconds=0.1)).kind == "hang"
    assert asyncio.run(_ask(_never, leaves_after=0.1)).kind == "left"


def test_a_request_comes_from_the_address_that_was_chosen() -> None:
    async def name_peer(_reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(str(writer.get_extra_info("peername")[0]).encode())

    assert asyncio.run(_ask(name_peer)).received == ADDRESS.encode()


def test_a_client_that_closes_its_half_still_reads_the_answer() -> None:
    async def answer_at_the_end(reader: StreamReader, writer: StreamWriter) -> None:
        await reader.read()
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

    assert asyncio.run(_ask(answer_at_the_end, half_closes_after=0)).kind == "200"


@pytest.mark.slow
def test_a_slow_reader_takes_forty_bytes_a_second() -> None:
    taken = 0

    async def count_taken(_reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal taken
        # As the client reads so little, the server cannot send all of this.
        with suppress(ConnectionError):
            for _ in range(10_000):
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(1000))
                await writer.drain()
                taken += 1

    async def read_for_a_moment() -> Tally:
        tally = Tally()
        async with _serving(count_taken) as port:
            await read_slowly(Target(port, 0.2), tally, b"x", ADDRESS, 0.2)
        return tally

    tally = asyncio.run(read_for_a_moment())

    assert tally.answers == {"200": 1}
    assert tally.load == "1 at once, 1 requests"
    assert taken < 10_000
