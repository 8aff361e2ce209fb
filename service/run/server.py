"""Run the HTTP server (uvicorn) around the application, with limits on connections that it lacks.

uvicorn closes a connection that stays idle after an answer, but waits forever for the first request
or for the rest of one. It accepts headers of any total length, and any number of connections.
"""

import math
import socket
import sys
from asyncio import TimerHandle, Transport
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from starlette.responses import Response
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kg.errors import KgError
from service.answers.serialization import Sink
from service.errors import CannotListen, HeadTooLong, RequestTooSlow, TooManyConnections
from service.http.observation import RequestLog, configure_logging, is_json
from service.http.problems import UNREADABLE, problem_document, problem_response
from service.settings import Settings, share_of_process

# Twice the longest address, plus room for headers; more than common proxies let through.
_MAX_HEAD_BYTES: Final = 131_072
_RETRY_SECONDS: Final = 5


def service_url(settings: Settings) -> str:
    """Return the URL of the address that the service listens on."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}/"


def open_listening_socket(settings: Settings) -> socket.socket:
    """Open the listening socket for the host and port of the settings.

    Raises CannotListen if the port is taken, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        # Python appends the address in brackets, and the error names it already.
        reason, _, _ = (error.strerror or str(error)).partition(" (")
        raise CannotListen(settings.host, settings.port, reason) from error


def open_request_log(settings: Settings, output: Sink) -> RequestLog | None:
    """Configure logging, and return the log of requests, if the settings ask for one."""
    configure_logging(settings.log_format)
    if not settings.log_requests:
        return None
    return RequestLog(output, is_json=is_json(settings.log_format), says_query=settings.log_queries)


def run_server(service: FastAPI, settings: Settings, listening: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM, then shut down within `max_ending_seconds`.

    The server is in `service.state.server` meanwhile. The listening socket is closed at the end.
    """
    connection = partial(
        LimitedConnection,
        max_receiving_seconds=settings.max_receiving_seconds,
        max_connections=share_of_process(settings, settings.max_connections),
    )
    config = uvicorn.Config(
        service,
        http=connection,  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn expects whole seconds.
        timeout_graceful_shutdown=math.ceil(settings.max_ending_seconds),
    )
    server = service.state.server = uvicorn.Server(config)
    # uvicorn raises again the signal that stopped it, once it has shut down.
    with suppress(KeyboardInterrupt):
        server.run([listening])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


class LimitedConnection(HttpToolsProtocol):
    """A connection with a time limit for each request, which may be closed to make room.

    If there are too many connections, the oldest one without a complete request is closed in favour
    of the new one, so that clients with idle connections block nobody.
    """

    def __init__(
        self, *args: Any, max_receiving_seconds: float, max_connections: int, **others: Any
    ) -> None:
        super().__init__(*args, **others)
        self._max_seconds, self._max_connections = max_receiving_seconds, max_connections
        self._timer: TimerHandle | None = None
        self._head_bytes = 0
        self._opened_at = self.loop.time()

    @property
    def is_being_answered(self) -> bool:
        """Whether a complete request has come in whose answer is not complete."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Start to wait for a request; refuse the connection if there are too many."""
        super().connection_made(transport)
        if len(self.connections) > self._max_connections and not self._make_room():
            self._refuse(problem_response(self._too_many()))
            return
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Read a part of a request, or several requests."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.is_being_answered:
            self._stop_waiting()
            self._head_bytes = 0
            return
        if self._timer is None:
            self._await_request()
        if self.cycle is None or self.cycle.response_complete:
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_HEAD_BYTES:
                self._refuse(problem_response(HeadTooLong(_MAX_HEAD_BYTES)))

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse bytes that are not HTTP."""
        self._refuse(problem_document(UNREADABLE, msg))

    def refuse_and_close(self, error: KgError) -> None:
        """Close the connection; send the reason unless an answer has begun."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self._refuse(problem_response(error))
        else:
            self.transport.close()

    def _make_room(self) -> bool:
        """Close the oldest connection that is not being answered; return whether there was one."""
        others = (one for one in self.connections if isinstance(one, LimitedConnection))
        idle = (one for one in others if one is not self and not one.is_being_answered)
        oldest = min(idle, key=lambda one: one._opened_at, default=None)
        if oldest is not None:
            oldest.refuse_and_close(self._too_many())
        return oldest is not None

    def _too_many(self) -> TooManyConnections:
        return TooManyConnections(self._max_connections, _RETRY_SECONDS)

    def _await_request(self) -> None:
        self._timer = self.loop.call_later(self._max_seconds, self._time_out)

    def _time_out(self) -> None:
        self._timer = None
        if not self.is_being_answered:
            self.refuse_and_close(RequestTooSlow(self._max_seconds))

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, response: Response) -> None:
        """Send this response in place of the application's, and close the connection."""
        if self.transport.is_closing():
            return
        status = response.status_code
        first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
        headers = map(b": ".join, (*response.raw_headers, (b"connection", b"close")))
        self.transport.write(b"\r\n".join([first, *headers, b"", bytes(response.body)]))
        self.transport.close()
