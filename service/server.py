"""uvicorn, as this service has it: with limits that it lacks, and without what nobody needs."""

import math
from contextlib import suppress
from typing import Final

import uvicorn
from fastapi import FastAPI

from service.reception import reception
from service.settings import Settings

# As uvicorn itself ends where it cannot start.
_NOT_STARTED: Final = 3


def server_of(app: FastAPI, settings: Settings) -> uvicorn.Server:
    """The server of an application, to be run."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
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
    )


def run(server: uvicorn.Server) -> None:
    """Serve until Ctrl-C or SIGTERM, and end soon then.

    Raises:
        SystemExit: it could not start, and has said why.
    """
    # It has ended by then; uvicorn passes on what it was told to end by.
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(_NOT_STARTED)
