"""The entry point: kg.cli's commands and serve."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from kg.cli import Stages, app, refusing

if TYPE_CHECKING:
    from fastapi import FastAPI

    from service.settings import Settings

__all__ = ["app", "serve"]

# What is being answered gets this long once the service is told to end.
_GRACE_SECONDS: Final = 1


@app.command()
def serve(
    release: Annotated[
        Path | None, typer.Option(help="Folder of a release; by default the newest one.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on. [default: 8000]", min=1, max=65535)
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")
    ] = None,
) -> None:
    """Serve a release over HTTP: SPARQL, JSON-LD, saved queries. Ctrl-C ends it.

    Where there is no release yet, one is built first. Each option can also be set in the
    environment: GLOCAL_RELEASE, GLOCAL_PORT, GLOCAL_HOST.
    Example: glocal serve --port 8001
    """
    from service.app import create_app
    from service.settings import Settings

    given = {"release": release, "port": port, "host": host}
    chosen = {name: value for name, value in given.items() if value is not None}
    settings = Settings().model_copy(update=chosen)
    with refusing():
        if settings.release is None:
            _build_if_none()
        service = create_app(settings)
    typer.secho(f"http://{settings.host}:{settings.port}/  (Ctrl-C ends it)", err=True, bold=True)
    _run(service, settings)


def _run(service: "FastAPI", settings: "Settings") -> None:
    """Serve until Ctrl-C or SIGTERM, and end soon then.

    An explanation that is still being made is left: Python would wait for its thread. Nothing
    can be lost, since the release is open for reading alone.
    """
    import uvicorn

    uvicorn.run(
        service,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    if service.state.served.explanations.count:
        sys.stderr.flush()
        os._exit(0)


def _build_if_none() -> None:
    from kg.places import releases

    if not os.path.lexists(releases() / "newest"):
        from kg.build import build

        typer.secho("There is no release yet: building one.", err=True)
        build(tell=Stages())
