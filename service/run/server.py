"""How connections are received: limits that uvicorn has not, and refusals as problem documents.

uvicorn closes a connection on which nothing comes after an answer, but waits for ever for the rest
of a request, or for the first. It takes heads of any length and any number of connections.

The HTTP server around the service.
"""

import math
import os
import socket
import sys
from asyncio import TimerHandle, Transport
from collections.abc import Callable
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
from service.errors import CannotListen, HeadTooLong, RequestTooSlow, TooManyConnections
from service.http.problems import UNREADABLE, document, refusal
from service.settings import Settings, share

# Twice the longest address, and room for headers; more than common proxies let through.
_MOST_HEAD_BYTES: Final = 131_072
_RETRY_SECONDS: Final = 5


def reception(settings: Settings) -> Callable[..., "ReceivedConnection"]:
    """What makes the protocol of each connection, for uvicorn's `http`."""
    return partial(
        ReceivedConnection,
        max_receiving_seconds=settings.max_receiving_seconds,
        max_connections=share(settings, settings.max_connections),
    )


class ReceivedConnection(HttpToolsProtocol):
    """A connection whose requests have to be whole in time, and which may have to give way.

    Where there are too many, the oldest that is not being answered is closed for the new one: who
    holds connections open without asking anything holds up nobody.
    """

    def __init__(
        self, *args: Any, max_receiving_seconds: float, max_connections: int, **others: Any
    ) -> None:
        super().__init__(*args, **others)
        self._max_seconds, self._most = max_receiving_seconds, max_connections
        self._timer: TimerHandle | None = None
        self._head_bytes = 0
        self._since = self.loop.time()

    @property
    def is_being_answered(self) -> bool:
        """Whether a whole request is there, and its answer not yet."""
        cycle = self.cycle
        return cycle is not None and not cycle.response_complete and not cycle.more_body

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, if there is room."""
        super().connection_made(transport)
        if len(self.connections) > self._most and not self._make_room():
            self._refuse(refusal(TooManyConnections(self._most, _RETRY_SECONDS)))
            return
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request, or several requests."""
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
            if self._head_bytes > _MOST_HEAD_BYTES:
                self._refuse(refusal(HeadTooLong(_MOST_HEAD_BYTES)))

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(document(UNREADABLE, msg))

    def give_up(self, error: KgError) -> None:
        """Close the connection, saying why if no answer has begun."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self._refuse(refusal(error))
        else:
            self.transport.close()

    def _make_room(self) -> bool:
        """Close the oldest connection that can be; whether there is one."""
        others = (one for one in self.connections if isinstance(one, ReceivedConnection))
        idle = [one for one in others if one is not self and not one.is_being_answered]
        if not idle:
            return False
        min(idle, key=lambda one: one._since).give_up(
            TooManyConnections(self._most, _RETRY_SECONDS)
        )
        return True

    def _await_request(self) -> None:
        late = RequestTooSlow(self._max_seconds)
        self._timer = self.loop.call_later(self._max_seconds, self._look, late)

    def _look(self, late: KgError) -> None:
        self._timer = None
        if not self.is_being_answered:
            self.give_up(late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, response: Response) -> None:
        """Answer in place of the application, and close."""
        if self.transport.is_closing():
            return
        status = response.status_code
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        lines += [
            b": ".join(header) for header in (*response.raw_headers, (b"connection", b"close"))
        ]
        self.transport.write(b"\r\n".join([*lines, b"", bytes(response.body)]))
        self.transport.close()


def address_of(settings: Settings) -> str:
    """Where the service listens, as an address that can be followed."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}/"


def listening_socket(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say.

    Raises:
        CannotListen: the port is taken, or there is no such address here.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        # Python adds the address to it in brackets.
        reason, _, _ = (error.strerror or str(error)).partition(" (")
        raise CannotListen(settings.host, settings.port, reason) from error


def listen(service: FastAPI, settings: Settings, listening: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM, and end soon then.

    An explanation that is still being made is left: Python would wait for its thread. Nothing
    can be lost, since the release is open for reading alone.

    Args:
        service: what `create_app` has made.
        settings: how long what runs may take at the end, among others.
        listening: the socket that requests come to; it is closed at the end.
    """
    server = uvicorn.Server(server_config(service, settings))
    with suppress(KeyboardInterrupt):
        server.run([listening])
    if not server.started:
        sys.exit(STARTUP_FAILURE)
    if service.state.served.explanations.count:
        sys.stderr.flush()
        os._exit(0)


def server_config(service: FastAPI, settings: Settings) -> uvicorn.Config:
    """How the HTTP server runs; both a release and a scratch store are served so."""
    return uvicorn.Config(
        service,
        http=reception(settings),  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn takes whole seconds.
        timeout_graceful_shutdown=math.ceil(settings.max_ending_seconds),
    )
