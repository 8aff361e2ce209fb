"""Endpoints on loopback; a function decides what each of them answers."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

RESULTS = "application/sparql-results+json"


@dataclass(frozen=True)
class Asked:
    """A received request: path, headers, and the query in its form."""

    path: str
    headers: Mapping[str, str]
    query: str


@dataclass(frozen=True)
class Reply:
    """A response; its body is sent piece by piece."""

    body: Iterable[bytes] = ()
    media_type: str = RESULTS
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """The address of an endpoint, and the requests that it has received."""

    address: str
    asked: list[Asked]

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.address.rpartition(":")[2])


Answering = Callable[[Asked], Reply]


@pytest.fixture(scope="module")
def started() -> Iterator[list[ThreadingHTTPServer]]:
    servers: list[ThreadingHTTPServer] = []
    yield servers
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def endpoint(started: list[ThreadingHTTPServer]) -> Callable[[Answering], Endpoint]:
    """Start an endpoint that answers by this function."""

    def start(answering: Answering) -> Endpoint:
        asked: list[Asked] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                asked.append(Asked(self.path, dict(self.headers), parse_qs(form)["query"][0]))
                reply = answering(asked[-1])
                self.send_response(reply.status)
                for name, value in {"Content-Type": reply.media_type, **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(ConnectionError):
                    for piece in reply.body:
                        self.wfile.write(piece)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        started.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
        return Endpoint(f"http://127.0.0.1:{server.server_address[1]}", asked)

    return start
