"""Run the HTTP server (uvicorn) around the application."""

import asyncio
import math
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
from service.run.accepting import Acceptor
from service.run.connections import LimitedConnection
from service.run.open_connections import OpenConnections
from service.run.reading import when_body_is_there
from service.run.system_limits import make_room_for_files
from service.settings import Settings, share_of_process

# So many new connections may wait until they are accepted.
_MOST_WAITING: Final = 2048
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
        place = (settings.host, settings.port)
        return socket.create_server(place, family=family, backlog=_MOST_WAITING)
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
    config = uvicorn.Config(
        when_body_is_there(service),
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn expects whole seconds.
        timeout_graceful_shutdown=math.ceil(settings.max_ending_seconds),
    )
    server = service.state.server = _Server(config, service, settings, end_log)
    make_room_for_files(settings, listening.fileno())
    # uvicorn raises again the signal that stopped it, once it has shut down.
    with suppress(KeyboardInterrupt):
        server.run([listening])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


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
    """A server that accepts connections in its own way, builds ahead, and ends the log.

    The log ends before what stopped the server is raised again.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        service: FastAPI,
        settings: Settings,
        end_log: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._service, self._settings, self._end_log = service, settings, end_log

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and accept connections, which uvicorn would do otherwise."""
        [listening] = sockets or []
        await super().startup(sockets=[])
        opened = OpenConnections(share_of_process(self._settings, self._settings.max_connections))
        make = partial(
            LimitedConnection,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            settings=self._settings,
            opened=opened,
        )
        self._acceptor = Acceptor(listening, make, opened)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more connections, and let the open ones end."""
        await self._acceptor.stop()
        await super().shutdown(sockets)

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
