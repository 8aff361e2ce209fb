"""Connections to an HTTP server that stay open, one for each thread.

They are those of the standard library: a request takes half as much processor time as with httpx2,
which is a quarter of a millisecond of each query.
"""

import os
import ssl
import threading
import time
from collections.abc import Mapping
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_CONNECT_SECONDS: Final = 5.0
_PIECE_BYTES: Final = 2**16


class TooManyBytes(Exception):
    """The answer has more bytes than may be read."""


class Response(NamedTuple):
    """A response: its status, headers and body, and the socket that it came over."""

    status: int
    headers: Message
    body: bytes
    connection: object


class _Kept:
    """The connection of a thread, which ends with it."""

    def __init__(self, process_id: int, connection: HTTPConnection) -> None:
        self.process_id, self.connection = process_id, connection

    def __del__(self) -> None:
        """Close the connection."""
        self.connection.close()


class Connections:
    """Connections to one address; a process that was forked has others.

    An answer may take so many seconds, from the request to its last byte (None: for ever).
    """

    def __init__(self, address: str, seconds: float | None) -> None:
        parts = urlsplit(address)
        self._host, self._is_secret = parts.netloc, parts.scheme == "https"
        self._path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._seconds = seconds
        self._of_thread = threading.local()

    def post(self, body: bytes, headers: Mapping[str, str], max_bytes: int) -> Response:
        """Send a request, and read the answer.

        Raises TimeoutError, another OSError or HTTPException, or TooManyBytes; the connection is
        closed then.
        """
        end = None if self._seconds is None else time.monotonic() + self._seconds
        connection = self._connection()
        try:
            if connection.sock is None:
                connection.timeout = min(_CONNECT_SECONDS, self._seconds or _CONNECT_SECONDS)
                connection.connect()
            _limit(connection, end)
            opened = connection.sock
            connection.request("POST", self._path, body, dict(headers))
            response = connection.getresponse()
            content = _read(connection, response, end, max_bytes)
        except (OSError, HTTPException, TooManyBytes):
            connection.close()
            raise
        return Response(response.status, response.headers, content, opened)

    def close(self) -> None:
        """Close the connection of this thread; those of others are closed as they end."""
        self._connection().close()

    def _connection(self) -> HTTPConnection:
        kept: _Kept | None = getattr(self._of_thread, "kept", None)
        if kept is None or kept.process_id != os.getpid():
            kept = self._of_thread.kept = _Kept(os.getpid(), self._new_connection())
        return kept.connection

    def _new_connection(self) -> HTTPConnection:
        if self._is_secret:
            return HTTPSConnection(self._host, context=ssl.create_default_context())
        return HTTPConnection(self._host)


def _limit(connection: HTTPConnection, end: float | None) -> None:
    """Let the next step take no longer than until the end; raises TimeoutError after it."""
    if connection.sock is None:
        return
    left = None if end is None else end - time.monotonic()
    if left is not None and left <= 0:
        raise TimeoutError
    connection.sock.settimeout(left)


def _read(
    connection: HTTPConnection, response: HTTPResponse, end: float | None, max_bytes: int
) -> bytes:
    pieces, size = list[bytes](), 0
    while piece := response.read1(_PIECE_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > max_bytes:
            raise TooManyBytes
        _limit(connection, end)
    response.close()
    if response.length:
        raise IncompleteRead(b"", response.length)
    return b"".join(pieces)
