"""The HTTP server around the service."""

import math
import os
import socket
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from service.reception import reception
from service.settings import Settings


def listen(
    service: FastAPI, settings: Settings, sockets: list[socket.socket] | None = None
) -> None:
    """Serve until Ctrl-C or SIGTERM, and end soon then.

    An explanation that is still being made is left: Python would wait for its thread. Nothing
    can be lost, since the release is open for reading alone.

    Args:
        service: what `create_app` has made.
        settings: where to listen, and how long what runs may take at the end.
        sockets: those that listen already, if there are any.
    """
    server = uvicorn.Server(server_config(service, settings))
    with suppress(KeyboardInterrupt):
        server.run(sockets)
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
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn takes whole seconds.
        timeout_graceful_shutdown=math.ceil(settings.max_ending_seconds),
    )
