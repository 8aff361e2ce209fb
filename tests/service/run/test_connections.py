"""Each test talks to `glocal serve` through raw sockets, as no HTTP library would."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from functools import partial
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from tests.service.conftest import Running, product, serve, until

pytestmark = pytest.mark.slow

Serving = Callable[..., AbstractContextManager[Running]]
LAST = b"Host: x\r\nConnection: close\r\n\r\n"
UPLOAD = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
# The state of a connection that was reset (TCP_CLOSE of Linux), the first octet of TCP_INFO.
CLOSED = b"\x07"
RUNNING = "glocal_queries_running "


@pytest.fixture(scope="module")
def folder(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("served") / "release"
    return write_release(store.quads(), {"version": "1.0.0"}, place)


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Running]:
    with serve("--release", str(folder), max_query_seconds=600, log_requests=False) as running:
        yield running


@pytest.fixture(scope="module")
def hurried(folder: Path) -> Iterator[Running]:
    """A service whose queries end after a second."""
    with serve("--release", str(folder), max_query_seconds=1, log_requests=False) as running:
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


def wait_until_running(service: Running, count: int) -> None:
    """Wait until so many queries run; an endless one would run for ten minutes."""
    end = time.monotonic() + 60
    with httpx2.Client() as client:
        while f"{RUNNING}{count}.0" not in client.get(f"{service.address}/metrics").text:
            assert time.monotonic() < end
            time.sleep(0.01)


def is_well(service: Running) -> bool:
    return httpx2.get(f"{service.address}/healthz", timeout=5).is_success


@pytest.mark.parametrize(
    ("request_line", "headers", "slug"),
    [
        (b"GET /healthz HTTP/1.1", b"", "malformed-parameter"),
        (b"GET /healthz HTTP/1.1", b"Host:\r\n", "malformed-parameter"),
        (b"GET /healthz HTTP/1.1", b"Host: a\r\nHost: a\r\n", "malformed-parameter"),
        (b"GET /healthz HTTP/1.0", b"Host: a\r\nHost: b\r\n", "malformed-parameter"),
        (b"GET\t/healthz HTTP/1.1", b"Host: a\r\n", "unreadable-request"),
    ],
)
def test_a_head_that_rfc_9112_refuses_is_refused(
    service: Running, request_line: bytes, headers: bytes, slug: str
) -> None:
    request = b"%b\r\n%bConnection: close\r\n\r\n" % (request_line, headers)

    assert told(exchange(service, request)) == (400, slug)


def test_an_answer_for_http_1_0_without_host_is_not_repeated_for_http_1_1(service: Running) -> None:
    path = b"GET /sparql?query=ASK%7B%7D HTTP/"
    answers = [
        exchange(service, path + version + b"\r\nConnection: close\r\n\r\n")
        for version in (b"1.0", b"1.1")
    ]

    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 200", b"HTTP/1.1 400"]


@pytest.mark.parametrize("length", [40_000, 70_000, 120_000])
def test_a_long_address_is_refused_as_such(service: Running, length: int) -> None:
    request = b"GET /" + b"x" * length + b" HTTP/1.1\r\n" + LAST

    assert told(exchange(service, request)) == (414, "address-too-long")


def test_a_browser_with_a_long_address_gets_a_page(service: Running) -> None:
    request = b"GET /sparql?query=" + b"x" * 40_000 + b" HTTP/1.1\r\nAccept: text/html\r\n" + LAST

    answer = exchange(service, request)

    assert answer.startswith(b"HTTP/1.1 414 ")
    assert b"<h1>The address is too long</h1>" in answer


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        (b"Content-Length: 50000000", b" " * 50_000_000),
        (b"Transfer-Encoding: chunked", b"100000\r\n%b\r\n" % (b" " * 2**20) * 48 + b"0\r\n\r\n"),
    ],
)
def test_a_client_that_sends_all_of_a_body_too_large_reads_the_refusal(
    service: Running, coding: bytes, body: bytes
) -> None:
    with connect(service) as connection:
        connection.sendall(UPLOAD + coding + b"\r\n\r\n" + body)
        answer = connection.recv(12)

    assert answer == b"HTTP/1.1 413"


def test_after_a_body_too_large_the_connection_takes_the_next_request(service: Running) -> None:
    with connect(service) as connection:
        connection.sendall(UPLOAD + b"Content-Length: 1000000\r\n\r\n" + b" " * 1_000_000)
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + LAST)
        answer = rest_of(connection)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"HTTP/1.1 200 OK" in answer


def test_a_trailer_is_no_header(service: Running) -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n"
    answer = exchange(service, UPLOAD + b"Connection: close\r\n" + chunks + b"Host: y\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200")


def test_endless_trailers_end_the_connection(service: Running) -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\nTrailer: "
    with connect(service) as connection:
        connection.sendall(UPLOAD + chunks)
        with pytest.raises(ConnectionError):
            connection.sendall(b"x" * 50_000_000)


def test_empty_lines_before_a_request_are_ignored(service: Running) -> None:
    answer = exchange(service, b"\r\n" * 200_000 + b"GET /healthz HTTP/1.1\r\n" + LAST)

    assert answer.startswith(b"HTTP/1.1 200")


def test_the_empty_line_that_ends_a_head_is_read_if_it_comes_alone(service: Running) -> None:
    both = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\n" + LAST
    with connect(service) as connection:
        connection.sendall(both[:-2])
        # With the first answer, all that was sent has been read.
        answers = connection.recv(1)
        connection.sendall(both[-2:])
        answers += rest_of(connection)

    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 2


def test_an_empty_line_after_an_answer_begins_no_request(abused: Running) -> None:
    with connect(abused) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.read()
        connection.sendall(b"\r\n")

        # No 408 after the second that a request may take there.
        assert rest_of(connection) == b""


def test_what_is_wrong_behind_a_request_does_not_stand_in_its_answer(service: Running) -> None:
    query = get(product("*", "abc") + " LIMIT 100000")
    alone = exchange(service, query.replace(b"Host: x\r\n\r\n", LAST))
    answers = [
        exchange(service, query + behind)
        for behind in (b"nonsense\r\n\r\n", get("ASK {}") * 200, b"GET /%b" % (b"x" * 100_000))
    ]

    bodies = {answer.partition(b"\r\n\r\n")[2] for answer in answers}
    assert bodies == {alone.partition(b"\r\n\r\n")[2]}


def test_the_query_of_a_client_that_leaves_behind_a_second_request_ends(
    service: Running, endless: str
) -> None:
    with connect(service) as connection:
        connection.sendall(get(endless) + get("ASK {}"))
        wait_until_running(service, 1)

    wait_until_running(service, 0)


def test_who_sends_a_body_while_the_service_ends_is_told(serving: Serving) -> None:
    waits = b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n"
    with serving() as service, connect(service) as connection:
        connection.sendall(UPLOAD + waits)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"ASK {")
        service.process.terminate()
        answer = rest_of(connection)
        _, log = service.process.communicate(timeout=60)

    assert told(answer) == (503, "service-ending")
    assert b"Traceback" not in log


def test_a_request_that_a_proxy_says_came_over_a_websocket_is_one_of_http(service: Running) -> None:
    headers = {"X-Forwarded-Proto": "wss", "Accept": "text/turtle", "Host": "example.org"}

    described = httpx2.get(f"{service.address}/.well-known/void", headers=headers).text

    assert "https://example.org/sparql" in described
    assert "wss:" not in described


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_query_of_a_client_that_closes_its_connection_ends_at_once(
    service: Running, endless: str, version: str
) -> None:
    with connect(service) as connection:
        connection.sendall(get(endless, version))
        wait_until_running(service, 1)

    wait_until_running(service, 0)


def test_curl_that_gives_up_ends_its_query(service: Running, endless: str) -> None:
    url = f"{service.address}/sparql?query={quote(endless)}"
    run = subprocess.run(["curl", "--silent", "--max-time", "0.5", url], timeout=60)

    assert run.returncode == 28
    wait_until_running(service, 0)


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
        end = time.monotonic() + 60
        while not (is_answered := is_well(service)) and time.monotonic() < end:
            time.sleep(0.1)
        descriptors = descriptors_of(service)

    assert is_answered
    assert descriptors < 60


def test_a_connection_whose_client_reads_nothing_ends(serving: Serving) -> None:
    with serving(max_sending_seconds=1, log_requests=False) as service, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.connect(service.place)
        # In all more than the buffers of both systems hold, and each less than is streamed.
        sent = 0
        while not is_reset(client):
            client.sendall(get(product("*", "ab") + f" LIMIT {5000 + sent}"))
            sent += 1
            until(partial(has_answered_or_reset, service, client, sent))

        assert sent > 1


def is_reset(client: socket.socket) -> bool:
    return client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == CLOSED


def has_answered_or_reset(service: Running, client: socket.socket, count: int) -> bool:
    counted = f'glocal_request_seconds_count{{kind="sparql"}} {count}.0'
    return counted in httpx2.get(f"{service.address}/metrics").text or is_reset(client)


def descriptors_of(service: Running) -> int:
    return len(list(Path(f"/proc/{service.process.pid}/fd").iterdir()))
