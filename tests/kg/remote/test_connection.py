import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from kg.remote.connection import Connections, NotHttp, TooManyBytes

Serve = Callable[..., Connections]
_END = b"0\r\n\r\n"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that sends these answers, one to each request, and then hangs up."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

        def answer(pieces: tuple[bytes, ...]) -> None:
            with listening.accept()[0] as connection:
                for piece in pieces:
                    connection.recv(2**16)
                    connection.sendall(piece)

        def start(*pieces: bytes) -> Connections:
            thread = threading.Thread(target=answer, args=(pieces,))
            thread.start()
            stack.callback(thread.join)
            port = listening.getsockname()[1]
            return stack.enter_context(closing(Connections(f"http://127.0.0.1:{port}/q", 300)))

        yield start


def _ask(connections: Connections, max_bytes: int = 100) -> bytes:
    return connections.post(b"x", {"Accept": "text/plain"}, max_bytes).body


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nwh\r\n3\r\nole\r\n" + _END,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhole",
        b"HTTP/1.0 200 OK\r\n\r\nwhole",
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole",
    ],
)
def test_an_answer_of_any_form_is_read_to_its_end(serve: Serve, answer: bytes) -> None:
    assert _ask(serve(answer)) == b"whole"


def test_a_connection_is_used_again(serve: Serve) -> None:
    answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number for number in range(3)]
    connections = serve(*answers)

    first, second = (connections.post(b"x", {}, 100) for _ in range(2))

    assert (first.body, second.body, _ask(connections)) == (b"0", b"1", b"2")
    assert first.connection is second.connection


def test_status_and_headers_are_those_of_the_response(serve: Serve) -> None:
    connections = serve(b"HTTP/1.1 206 Part\r\nX-SQL-State: S1TAT\r\nContent-Length: 0\r\n\r\n")

    response = connections.post(b"", {}, 100)

    assert response.status == 206
    assert response.headers["x-sql-state"] == "S1TAT"


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhol",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nwh\r\n",
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\n",
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-",
    ],
)
def test_a_part_of_an_answer_is_an_error(serve: Serve, part: bytes) -> None:
    with pytest.raises(ConnectionResetError):
        _ask(serve(part))


def test_what_is_not_http_is_an_error(serve: Serve) -> None:
    with pytest.raises(NotHttp):
        _ask(serve(b"\x16\x03\x01 is not HTTP\r\n\r\n"))


def test_a_body_may_have_so_many_bytes(serve: Serve) -> None:
    with pytest.raises(TooManyBytes):
        _ask(serve(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole"), max_bytes=4)


def test_an_answer_has_so_much_time(serve: Serve) -> None:
    connections = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"")
    connections._seconds = 0.2

    with pytest.raises(TimeoutError):
        _ask(connections)
