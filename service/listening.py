"""The HTTP server around the service."""

import math
import os
import socket
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from service.errors import CannotListen
from service.reception import reception
from service.settings import Settings


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
