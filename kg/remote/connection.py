"""Connections to an HTTP server that stay open, one for each thread.

Each request is sent in one piece, and its answer is read by httptools, which takes half of the
processor time of `http.client` and a quarter of that of httpx2.
"""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

_CONNECT_SECONDS: Final = 5.0
_PIECE_BYTES: Final = 2**18
_PORTS: Final = {"http": 80, "https": 443}
# Lower statuses are those of responses before the one that counts.
_LEAST_STATUS: Final = 200


class TooManyBytes(Exception):
    """The answer has more bytes than may be read."""


class NotHttp(Exception):
    """The answer is none of HTTP/1.1."""


class Response(NamedTuple):
    """A response: its status, headers and body, and the socket that it came over.

    The names of headers are in lower case; of several with one name, the last one counts.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    connection: object


class _Kept:
    """The socket of a thread, which is closed with it, and is of no use after a fork."""

    def __init__(self) -> None:
        self.process_id = os.getpid()
        self.socket: socket.socket | None = None

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def __del__(self) -> None:
        """Close the connection."""
        self.close()


class _Received:
    """Collects what the parser finds; see its documentation for the names of the methods."""

    def __init__(self) -> None:
        self.headers = dict[str, str]()
        self.pieces, self.size = list[bytes](), 0
        self.is_complete = self.ends_with_connection = False

    def on_message_begin(self) -> None:
        self.headers.clear()
        self.is_complete = self.ends_with_connection = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.ends_with_connection = self.headers.keys().isdisjoint(
            ("content-length", "transfer-encoding")
        )

    def on_body(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.size += len(piece)

    def on_message_complete(self) -> None:
        self.is_complete = True


class Connections:
    """Connections to one address; a process that was forked has others.

    An answer may take so many seconds, from the request to its last byte (None: for ever).
    """

    def __init__(self, address: str, seconds: float | None) -> None:
        parts = urlsplit(address)
        self._host, self._is_secret = parts.hostname or "", parts.scheme == "https"
        self._port = parts.port or _PORTS[parts.scheme]
        self._netloc = parts.netloc.rpartition("@")[2]
        self._path, self._query = parts.path or "/", parts.query
        self._seconds = seconds
        self._of_thread = threading.local()

    def post(
        self,
        body: bytes,
        headers: Mapping[str, str],
        max_bytes: int,
        *,
        parameters: str = "",
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Response:
        """Send a request with further parameters in its address, and read the answer.

        `meanwhile` is called while the server works on it. Raises its errors, TimeoutError, another
        OSError, NotHttp or TooManyBytes; the connection is closed then.
        """
        end = None if self._seconds is None else time.monotonic() + self._seconds
        message = self._message(body, headers, parameters)
        kept = self._of_this_thread()
        try:
            if kept.socket is None:
                kept.socket = self._connect()
            opened = kept.socket
            _limit(opened, end)
            opened.sendall(message)
            meanwhile()
            response, stays_open = _read(opened, end, max_bytes)
        except BaseException:
            kept.close()
            raise
        if not stays_open:
            kept.close()
        return response

    def close(self) -> None:
        """Close the connection of this thread; those of others are closed as they end."""
        self._of_this_thread().close()

    def _of_this_thread(self) -> _Kept:
        kept: _Kept | None = getattr(self._of_thread, "kept", None)
        if kept is None or kept.process_id != os.getpid():
            kept = self._of_thread.kept = _Kept()
        return kept

    def _connect(self) -> socket.socket:
        seconds = min(_CONNECT_SECONDS, self._seconds or _CONNECT_SECONDS)
        opened = socket.create_connection((self._host, self._port), seconds)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._is_secret:
            return opened
        try:
            return ssl.create_default_context().wrap_socket(opened, server_hostname=self._host)
        except OSError:
            opened.close()
            raise

    def _message(self, body: bytes, headers: Mapping[str, str], parameters: str) -> bytes:
        query = "&".join(filter(None, (self._query, parameters)))
        target = f"{self._path}?{query}" if query else self._path
        fields = {
            "Host": self._netloc,
            "Accept-Encoding": "identity",
            **headers,
            "Content-Length": str(len(body)),
        }
        lines = [f"POST {target} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
        return "\r\n".join((*lines, "", "")).encode() + body


def _limit(connection: socket.socket, end: float | None) -> None:
    """Let the next step take no longer than until the end; raises TimeoutError after it."""
    left = None if end is None else end - time.monotonic()
    if left is not None and left <= 0:
        raise TimeoutError
    connection.settimeout(left)


def _read(connection: socket.socket, end: float | None, max_bytes: int) -> tuple[Response, bool]:
    """Return the next response, and whether another one may follow on the connection."""
    received = _Received()
    parser = HttpResponseParser(received)
    try:
        while not (received.is_complete and parser.get_status_code() >= _LEAST_STATUS):
            _limit(connection, end)
            piece = connection.recv(_PIECE_BYTES)
            if not piece:
                if received.ends_with_connection and parser.get_status_code() >= _LEAST_STATUS:
                    break
                raise ConnectionResetError("the connection was closed before the end of the answer")
            parser.feed_data(piece)
            if received.size > max_bytes:
                raise TooManyBytes
    except HttpParserError as error:
        raise NotHttp(str(error)) from error
    is_kept = "close" not in received.headers.get("connection", "").lower()
    stays_open = is_kept and received.is_complete and parser.get_http_version() == "1.1"
    body = b"".join(received.pieces)
    return Response(parser.get_status_code(), received.headers, body, connection), stays_open
