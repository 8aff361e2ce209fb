"""Run the HTTP server (uvicorn) around the application."""

import asyncio
import math
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from kg.remote.errors import StoreError
from service.errors import CannotListen
from service.http.observation import RequestLog, configure_logging, is_json
from service.log_output import LogSink
from service.queries.clients import NOBODY
from service.queries.restrictions import set_turns
from service.run.new_connections import NewConnection
from service.run.open_connections import OpenConnections
from service.run.reading import when_body_is_there
from service.settings import Settings, share_of_process

# Of each descriptor of the listening socket, uvloop accepts one connection in each turn of the
# event loop. So it has several, lest a newcomer wait for a turn of everybody who came before.
_ACCEPTED_AT_ONCE: Final = 16
# The first answers come before anything is built ahead.
_SECONDS_BEFORE_BUILDING: Final = 1.0
_SECONDS_BETWEEN_BUILDS: Final = 5.0


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


def open_request_log(settings: Settings, output: LogSink) -> RequestLog | None:
    """Configure logging, and return the log of requests, if the settings ask for one."""
    configure_logging(settings.log_format)
    if not settings.log_requests:
        return None
    return RequestLog(output, is_json=is_json(settings.log_format), says_query=settings.log_queries)


def run_server(
    service: FastAPI,
    settings: Settings,
    listening: socket.socket,
    *,
    end_log: Callable[[], None] = lambda: None,
) -> None:
    """Serve until Ctrl-C or SIGTERM, then shut down within `max_ending_seconds`.

    The server is in `service.state.server` meanwhile. The listening socket is closed at the end.
    `end_log` is called last, since a signal ends the process within this function.
    """
    opened = OpenConnections(share_of_process(settings, settings.max_connections))
    connection = partial(NewConnection, opened=opened, settings=settings)
    config = uvicorn.Config(
        when_body_is_there(service),
        http=connection,  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn expects whole seconds.
        timeout_graceful_shutdown=math.ceil(settings.max_ending_seconds),
    )
    server = service.state.server = _Server(config, service, end_log)
    set_turns(are_short=True)
    # uvicorn raises again the signal that stopped it, once it has shut down.
    with suppress(KeyboardInterrupt):
        server.run([listening, *(_duplicate(listening) for _ in range(_ACCEPTED_AT_ONCE - 1))])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def _duplicate(listening: socket.socket) -> socket.socket:
    """Return a further descriptor of a socket.

    `socket.dup` would let calls block, also those of other HTTP processes: all share that mode.
    """
    return socket.socket(fileno=os.dup(listening.fileno()))


async def _build_ahead(service: FastAPI) -> None:
    """Build what would otherwise be built for the first requests, and hold up all others.

    While the server that has the quads does not answer, try again.
    """
    await asyncio.sleep(_SECONDS_BEFORE_BUILDING)
    await service.state.turns.run(NOBODY, service.openapi)
    is_built = False
    while not is_built:
        try:
            for build in service.state.served.first_uses:
                await service.state.turns.run(NOBODY, build)
            is_built = True
        except StoreError:
            await asyncio.sleep(_SECONDS_BETWEEN_BUILDS)


class _Server(uvicorn.Server):
    """A server that builds ahead, and ends the log before it raises again what stopped it."""

    def __init__(
        self, config: uvicorn.Config, service: FastAPI, end_log: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._service, self._end_log = service, end_log

    async def main_loop(self) -> None:
        """Serve, and meanwhile build ahead."""
        building = asyncio.create_task(_build_ahead(self._service))
        try:
            await super().main_loop()
        finally:
            building.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture signals while the server runs, and raise them again when it has ended."""
        with super().capture_signals():
            try:
                yield
            finally:
                self._end_log()
