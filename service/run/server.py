"""Run the HTTP server (uvicorn) around the application."""

import logging
import math
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Final

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from service.errors import CannotListen
from service.run.connections import LimitedConnection
from service.run.system_limits import give_back_large_blocks
from service.settings import Settings

_log: Final = logging.getLogger("glocal.service")
# So many new connections may wait until they are accepted.
_MOST_WAITING: Final = 2048


def service_url(settings: Settings) -> str:
    """Return the URL of the address that the service listens on."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}/"


def open_listening_socket(settings: Settings) -> socket.socket:
    """Open the listening socket for the host and port of the settings.

    On Linux, the kernel ends a connection whose client takes nothing for `max_sending_seconds`.
    Raises CannotListen if the port is taken, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        place = (settings.host, settings.port)
        listening = socket.create_server(place, family=family, backlog=_MOST_WAITING)
    except OSError as error:
        # Python appends the address in brackets, and the error names it already.
        reason, _, _ = (error.strerror or str(error)).partition(" (")
        raise CannotListen(settings.host, settings.port, reason) from error
    if sys.platform == "linux":
        # The sockets of connections inherit it.
        milliseconds = math.ceil(1000 * settings.max_sending_seconds)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    return listening


def run_server(service: FastAPI, settings: Settings, listening: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM, then shut down within `max_ending_seconds`.

    The server is in `service.state.server` meanwhile. The listening socket is closed at the end.
    """
    connection = partial(LimitedConnection, settings=settings, opened={})
    config = uvicorn.Config(
        service,
        # uvicorn calls whatever makes a protocol.
        http=connection,  # type: ignore[arg-type]
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn expects whole seconds.
        timeout_graceful_shutdown=math.ceil(settings.max_ending_seconds),
    )
    give_back_large_blocks()
    # Not printed: a reader of standard error who has gone would end the start.
    _log.info("The service is at %s; Ctrl-C stops it.", service_url(settings))
    server = service.state.server = _Server(config)
    # uvicorn raises again the signal that stopped it, once it has shut down.
    with suppress(KeyboardInterrupt):
        server.run([listening])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


class _Server(uvicorn.Server):
    """A server that ends the log before the signal that stopped it is raised again."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture signals while the server runs, and raise them again when it has ended."""
        with super().capture_signals():
            try:
                yield
            finally:
                logging.shutdown()
