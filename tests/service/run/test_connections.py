"""Each test talks to `glocal serve` through raw sockets, as no HTTP library would."""

import asyncio
import gc
import json
import socket
import subprocess
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from service.run.new_connections import NewConnection
from service.run.open_connections import OpenConnections
from service.run.reading import LoopTurns, PacedReading
from service.settings import Settings
from tests.service.conftest import Running, product, serve

pytestmark = pytest.mark.slow

Serving = Callable[..., AbstractContextManager[Running]]
LAST = b"Host: x\r\nConnection: close\r\n\r\n"
UPLOAD = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
RUNNING = "glocal_queries_running "


@pytest.fixture(scope="module")
def service(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("served") / "release"
    release = write_release(store.quads(), {"version": "1.0.0"}, folder)
    with serve("--release", str(release), max_query_seconds=2, log_requests=False) as running:
        yield running


def connect(service: Running) -> socket.socket:
    return socket.create_connection(service.place, timeout=20)


def rest_of(connection: socket.socket) -> bytes:
    """Return all that is received until the service closes its side; a reset is an error."""
    found = b""
    while piece := connection.recv(65_536):
        found += piece
    return found


def exchange(service: Running, request: bytes, *, ends: bool = False) -> bytes:
    """Send a request, end our side if `ends`, and return the answer."""
    with connect(service) as connection:
        connection.sendall(request)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        return rest_of(connection)


def told(answer: bytes) -> tuple[int, str]:
    """Return the status and slug of the last problem document in these bytes."""
    head, _, body = answer.rpartition(b"\r\n\r\n")
    problem = json.loads(body)
    assert b"content-type: application/problem+json" in head
    assert f"HTTP/1.1 {problem['status']} ".encode() in head
    return problem["status"], problem["type"].removeprefix("/problems/")


def get(query: str, version: str = "1.1") -> bytes:
    return f"GET /sparql?query={quote(query)} HTTP/{version}\r\nHost: x\r\n\r\n".encode()


def body_of(answer: bytes) -> bytes:
    """Decode the chunks of a body."""
    _, _, rest = answer.partition(b"\r\n\r\n")
    body = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        if not (length := int(size, 16)):
            return body
        body += rest[:length]
        rest = rest[length + 2 :]


def seconds_until_idle(service: Running) -> float:
    """Wait until no query runs."""
    started = time.monotonic()
    with httpx2.Client() as client:
        while f"{RUNNING}0.0" not in client.get(f"{service.address}/metrics").text:
            assert time.monotonic() - started < 10
    return time.monotonic() - started


def is_well(service: Running) -> bool:
    return httpx2.get(f"{service.address}/healthz", timeout=5).is_success


def resident_kibibytes(service: Running) -> int:
    text = Path(f"/proc/{service.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS"))


def wait_until_running(service: Running) -> None:
    end = time.monotonic() + 10
    while f"{RUNNING}1.0" not in httpx2.get(f"{service.address}/metrics").text:
        assert time.monotonic() < end


@pytest.mark.parametrize(
    ("request_line", "headers", "slug"),
    [
        (b"GET /healthz HTTP/1.1", b"", "malformed-parameter"),
        (b"GET /healthz HTTP/1.1", b"Host:\r\n", "malformed-parameter"),
        (b"GET /healthz HTTP/1.1", b"Host: a\r\nHost: a\r\n", "malformed-parameter"),
        (b"GET /healthz HTTP/1.0", b"Host: a\r\nHost: b\r\n", "malformed-parameter"),
        (b"GET  /healthz HTTP/1.1", b"Host: a\r\n", "unreadable-request"),
        (b"GET /healthz  HTTP/1.1", b"Host: a\r\n", "unreadable-request"),
        (b"GET\t/healthz HTTP/1.1", b"Host: a\r\n", "unreadable-request"),
        (b"GET /healthz", b"Host: a\r\n", "unreadable-request"),
        (
            b"GET  /healthz HTTP/1.1",
            b"X: GET /healthz HTTP/1.1\r\nHost: a\r\n",
            "unreadable-request",
        ),
    ],
)
def test_a_head_that_rfc_9112_refuses_is_refused(
    service: Running, request_line: bytes, headers: bytes, slug: str
) -> None:
    request = b"%b\r\n%bConnection: close\r\n\r\n" % (request_line, headers)

    assert told(exchange(service, request)) == (400, slug)


def test_a_request_line_is_checked_however_it_arrives(service: Running) -> None:
    with connect(service) as connection:
        for byte in b"\r\n\r\nGET  /healthz HTTP/1.1\r\n" + LAST:
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        slow = rest_of(connection)
    good = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    pipelined = exchange(service, good * 3 + good.replace(b" /", b"  /"))
    fine = exchange(service, b"\r\n" + good + good[:20] + good[20:] + b"GET / HTTP/1.0\r\n\r\n")

    assert told(slow) == (400, "unreadable-request")
    assert pipelined.count(b"HTTP/1.1 200 OK") == 3
    assert told(pipelined) == (400, "unreadable-request")
    assert fine.count(b"HTTP/1.1 200 OK") == 3


def test_an_answer_for_http_1_0_without_host_is_not_repeated_for_http_1_1(service: Running) -> None:
    path = b"GET /sparql?query=ASK%7B%7D HTTP/"
    answers = [
        exchange(service, path + version + b"\r\nConnection: close\r\n\r\n")
        for version in (b"1.0", b"1.1")
    ]

    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200", b"HTTP/1.1 400"]


@pytest.mark.parametrize("length", [40_000, 70_000, 120_000, 500_000])
def test_a_long_address_is_refused_as_such(service: Running, length: int) -> None:
    request = b"GET /" + b"x" * length + b" HTTP/1.1\r\n" + LAST

    assert told(exchange(service, request)) == (414, "address-too-long")


@pytest.mark.parametrize("length", [40_000, 70_000, 120_000])
def test_a_browser_with_a_long_address_gets_a_page(service: Running, length: int) -> None:
    request = b"GET /sparql?query=" + b"x" * length + b" HTTP/1.1\r\nAccept: text/html\r\n" + LAST

    answer = exchange(service, request)

    assert answer.startswith(b"HTTP/1.1 414 ")
    assert b"<h1>The address is too long</h1>" in answer


@pytest.mark.parametrize("start", [b"http://x/", b"/#"])
def test_what_is_cut_off_a_long_address_never_makes_it_another_one(
    service: Running, start: bytes
) -> None:
    request = b"GET " + start + b"x" * 70_000 + b" HTTP/1.1\r\n" + LAST

    assert told(exchange(service, request)) == (414, "address-too-long")


@pytest.mark.parametrize("connection_header", [b"", b"Connection: close\r\n"])
@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"Content-Length: 50000000", b" " * 50_000_000),
        (b"Transfer-Encoding: chunked", b"100000\r\n%b\r\n" % (b" " * 2**20) * 48 + b"0\r\n\r\n"),
    ],
)
def test_a_client_that_sends_all_of_a_body_too_large_reads_the_refusal(
    service: Running, connection_header: bytes, coding: bytes, body: bytes
) -> None:
    with connect(service) as connection:
        connection.sendall(UPLOAD + connection_header + coding + b"\r\n\r\n" + body)
        answer = connection.recv(12)

    assert answer == b"HTTP/1.1 413"


def test_after_a_body_too_large_the_connection_takes_the_next_request(service: Running) -> None:
    with connect(service) as connection:
        connection.sendall(UPLOAD + b"Content-Length: 1000000\r\n\r\n" + b" " * 1_000_000)
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + LAST)
        answer = rest_of(connection)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"HTTP/1.1 200 OK" in answer


def test_a_client_that_sends_on_after_a_malformed_head_reads_the_refusal(service: Running) -> None:
    with connect(service) as connection:
        connection.sendall(b"GET /\x00 HTTP/1.1\r\n\r\n" + b"x" * 10_000_000)
        answer = rest_of(connection)

    assert told(answer) == (400, "unreadable-request")


def test_a_client_that_sends_without_end_is_cut_off(service: Running) -> None:
    sent = 0
    with connect(service) as connection:
        connection.sendall(UPLOAD + b"Connection: close\r\nContent-Length: 10000000000\r\n\r\n")
        with suppress(ConnectionError):
            while sent < 2**30:
                sent += connection.send(b" " * 2**20)

    assert 2**26 < sent < 2**29


def test_what_follows_a_request_does_not_spoil_its_answer(service: Running) -> None:
    query = product("*", "ab")
    answer = exchange(service, get(query) + b"garbage\r\n\r\n")
    streamed, _, refusal = answer.partition(b"0\r\n\r\n")

    assert len(json.loads(body_of(streamed + b"0\r\n\r\n"))["results"]["bindings"]) == 10_000
    assert told(refusal) == (400, "unreadable-request")


def test_a_head_without_end_is_not_held_while_an_answer_is_computed(
    service: Running, endless: str
) -> None:
    before = resident_kibibytes(service)
    with connect(service) as connection:
        connection.sendall(get(endless) + b"GET / HTTP/1.1\r\n")
        for _ in range(50):
            connection.sendall(b"X: " + b"x" * 2**20)
        after = resident_kibibytes(service)
        answer = rest_of(connection)

    assert after - before < 20_000
    assert answer.startswith(b"HTTP/1.1 504 ")
    assert told(answer) == (431, "head-too-long")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_client_that_has_finished_sending_gets_an_answer_that_takes_long(
    service: Running, endless: str, version: str
) -> None:
    answer = exchange(service, get(endless, version), ends=True)

    assert answer.startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")
    assert told(answer) == (504, "query-timed-out")


def test_a_client_that_has_finished_sending_gets_all_of_a_streamed_answer(service: Running) -> None:
    answer = exchange(service, get(product("*", "abc") + " LIMIT 30000"), ends=True)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert len(json.loads(body_of(answer))["results"]["bindings"]) == 30_000


def test_a_client_that_has_finished_sending_gets_the_answers_to_all_its_requests(
    service: Running,
) -> None:
    longer = f"SELECT (COUNT(*) AS ?n) {{ {{ {product('*', 'abc')} LIMIT 100000 }} }}"
    requests = get("ASK { }") + get(longer) + get("ASK { ?x ?y 5 }")
    answer = exchange(service, requests, ends=True)

    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3
    assert b'"boolean":false' in answer[-200:]


def test_a_client_that_has_finished_sending_gets_the_answer_to_a_what_if(service: Running) -> None:
    # It is refused only after the rules have been read: the release has no such property.
    patch = b"INSERT DATA { <x:a> <https://w3id.org/glocal/ontology#foundedAt> <x:b> }"
    head = b"POST /whatif HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-update\r\n"
    answer = exchange(service, head + b"Content-Length: %d\r\n\r\n" % len(patch) + patch, ends=True)

    assert told(answer) == (422, "refused-patch")


def test_a_request_that_its_client_ends_too_early_is_not_answered(service: Running) -> None:
    assert exchange(service, b"GET /healthz HTTP/1.1\r\nHo", ends=True) == b""
    assert exchange(service, UPLOAD + b"Content-Length: 9\r\n\r\nASK", ends=True) == b""


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_query_of_a_client_that_closes_its_connection_ends_at_once(
    service: Running, endless: str, version: str
) -> None:
    with connect(service) as connection:
        connection.sendall(get(endless, version))
        wait_until_running(service)

    # It would run for two seconds.
    assert seconds_until_idle(service) < 1


def test_the_query_of_a_client_that_reads_no_longer_ends_although_it_had_only_stopped_sending(
    service: Running, endless: str
) -> None:
    with connect(service) as connection:
        connection.sendall(get(endless))
        connection.shutdown(socket.SHUT_WR)
        wait_until_running(service)
        assert connection.recv(1) == b"H"

    assert seconds_until_idle(service) < 1.2


def test_curl_that_gives_up_ends_its_query(service: Running, endless: str) -> None:
    url = f"{service.address}/sparql?query={quote(endless)}"
    run = subprocess.run(["curl", "--silent", "--max-time", "0.5", url], timeout=10)

    assert run.returncode == 28
    assert seconds_until_idle(service) < 1


@pytest.mark.parametrize("pipelined", [1, 5])
def test_connections_whose_clients_do_not_read_make_room_for_others(
    serving: Serving, pipelined: int
) -> None:
    # Less than is streamed, but more than the buffers of both systems hold.
    request = get(product("*", "ab") + " LIMIT 5000") * pipelined
    limits = {"max_connections": 5, "max_sending_seconds": 1, "log_requests": False}
    with serving(**limits) as service, ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect(service.place)
            with suppress(ConnectionError):
                connection.sendall(request)
        time.sleep(2.5)
        is_answered = is_well(service)
        descriptors = len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))

    assert is_answered
    assert descriptors < 60


def accepting(
    application: ASGIApp, limit: int, kind: type[NewConnection] = NewConnection
) -> "partial[NewConnection]":
    """Return what makes connections, as many as the limit, to a server of an application."""
    config = uvicorn.Config(application, log_config=None)
    config.load()
    return partial(
        kind,
        opened=OpenConnections(limit),
        config=config,
        server_state=ServerState(),
        app_state={},
        settings=Settings(),
    )


def send_to(application: ASGIApp, parts: Iterable[bytes], pause_seconds: float) -> bytes:
    """Send a request in parts, with a pause after each; return the first line of the answer."""

    async def send() -> bytes:
        make = accepting(application, 8)
        server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
        async with server, asyncio.timeout(10):
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_seconds)
            status = await reader.readline()
            writer.close()
        return status

    return asyncio.run(send())


class Upload:
    """An application that reads bodies, and notes the sizes of the parts in which they come."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        more = True
        while more:
            message = await receive()
            self.sizes.append(len(message["body"]))
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})


def test_the_application_is_not_woken_for_each_byte_of_a_body() -> None:
    upload = Upload()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 150003\r\n\r\n"

    assert send_to(upload, [head, *[b"a"] * 3, b"a" * 150_000], 0.001).startswith(b"HTTP/1.1 204")
    assert sum(upload.sizes) == 150_003
    # Parts of more than 64 KiB, and the rest.
    assert len(upload.sizes) <= 3


def test_what_a_client_sends_byte_by_byte_is_read_once_in_a_while() -> None:
    request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    started = time.monotonic()

    # After the first bytes, all the others are read together.
    status = send_to(Upload(), [bytes([byte]) for byte in request], 0.001)

    assert status.startswith(b"HTTP/1.1 204")
    assert 0.5 < time.monotonic() - started < 3


def test_large_parts_are_read_as_they_come() -> None:
    upload, started = Upload(), time.monotonic()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n"

    assert send_to(upload, [head, *[b"a" * 10_000] * 30], 0.001).startswith(b"HTTP/1.1 204")
    assert sum(upload.sizes) == 300_000
    assert time.monotonic() - started < 0.5


def test_of_many_connections_one_goes_on_reading_in_each_turn_of_the_event_loop() -> None:
    async def let_all_go_on() -> list[int]:
        loop, turns, readings, ends = asyncio.get_running_loop(), LoopTurns(), [], []
        for _ in range(3):
            ours, theirs = socket.socketpair()
            transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
            readings.append(PacedReading(transport, turns))
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


@pytest.mark.parametrize(("comes_late", "status"), [(True, b"204"), (False, b"503")])
def test_the_oldest_connection_is_kept_if_its_request_comes_before_it_is_closed(
    comes_late: bool, status: bytes
) -> None:
    made: list[asyncio.Transport] = []

    class Connection(NewConnection):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            made.append(transport)
            super().connection_made(transport)
            if len(made) == 9 and comes_late:
                made[0].get_protocol().data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")

    async def connect_nine() -> list[bytes]:
        make = accepting(Upload(), 8, Connection)
        loop, ends = asyncio.get_running_loop(), []
        for _ in range(9):
            ours, theirs = socket.socketpair()
            await loop.create_connection(make, sock=ours)
            theirs.setblocking(False)
            ends.append(theirs)
        async with asyncio.timeout(10):
            first = await loop.sock_recv(ends[0], 100)
        for end in ends:
            end.close()
        return first.split()[1:2]

    assert asyncio.run(connect_nine()) == [status]


def test_who_sends_a_request_does_not_wait_for_many_who_send_a_part_of_one() -> None:
    made: list[asyncio.Transport] = []
    still_new: list[int] = []

    class Connection(NewConnection):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            made.append(transport)
            super().connection_made(transport)

    async def count_new(scope: Scope, receive: Receive, send: Send) -> None:
        still_new.append(sum(isinstance(one.get_protocol(), NewConnection) for one in made))
        await Upload()(scope, receive, send)

    async def ask_as_the_last(parts: list[bytes]) -> bytes:
        make = accepting(count_new, 100, Connection)
        loop, ends = asyncio.get_running_loop(), []
        for part in [*parts, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"]:
            ours, theirs = socket.socketpair()
            theirs.setblocking(False)
            ends.append((ours, theirs))
            theirs.send(part)
        connecting = [loop.create_connection(make, sock=ours) for ours, _ in ends]
        async with asyncio.timeout(10):
            await asyncio.gather(*connecting)
            status = await loop.sock_recv(ends[-1][1], 100)
            while any(isinstance(one.get_protocol(), NewConnection) for one in made):
                await asyncio.sleep(0)
        for _, theirs in ends:
            theirs.close()
        return status

    parts = [b"", b"GET / HTTP/1.1\r\nHost:", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"]

    assert asyncio.run(ask_as_the_last(parts * 20)).startswith(b"HTTP/1.1 204")
    assert len(made) == 61
    assert still_new[0] > 40


class NeverItsTurn(LoopTurns):
    """Turns that never come, as if hundreds were waiting."""

    def _schedule(self) -> None:
        pass


@pytest.mark.parametrize("request_", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_a_connection_that_is_over_waits_for_no_turn(request_: bytes) -> None:
    made: list[weakref.ref[NewConnection]] = []

    def make_and_note() -> NewConnection:
        connection = make()
        made.append(weakref.ref(connection))
        return connection

    async def connect_and_leave() -> None:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        await asyncio.get_running_loop().create_connection(make_and_note, sock=ours)
        if request_:
            await asyncio.get_running_loop().sock_sendall(theirs, request_)
            await asyncio.get_running_loop().sock_recv(theirs, 100)
        theirs.close()
        async with asyncio.timeout(10):
            while made[0]() is not None:
                gc.collect()
                await asyncio.sleep(0.01)

    make = accepting(Upload(), 8)
    make.keywords["opened"].turns = NeverItsTurn()

    asyncio.run(connect_and_leave())


def test_a_turn_knows_nothing_of_the_request_that_had_it_added() -> None:
    request: ContextVar[str] = ContextVar("request", default="none")
    found: list[str] = []

    async def add() -> None:
        turns = LoopTurns()
        request.set("mine")
        for _ in range(2):
            turns.add(lambda: found.append(request.get()))
        await asyncio.sleep(0.01)

    asyncio.run(add())

    assert found == ["none", "none"]
