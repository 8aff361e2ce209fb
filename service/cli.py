"""The entry point: kg.cli's commands and serve."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli import Stages, app, refusing

if TYPE_CHECKING:
    from service.settings import Settings

__all__ = ["app", "serve"]


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
    workers: Annotated[
        int | None,
        typer.Option(
            help="How many HTTP processes answer, over one snapshot in memory. [default: 1]",
            min=1,
            max=64,
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="TOML file with settings; by default GLOCAL_CONFIG names it."),
    ] = None,
    scratch: Annotated[
        bool,
        typer.Option(
            "--scratch",
            help="Serve other data: these FILES, or none at all. They are held in memory, and with "
            "all that is written gone at the end.",
        ),
    ] = False,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="With --scratch: N-Triples, N-Quads, Turtle, TriG, RDF/XML, JSON-LD, also .gz."
        ),
    ] = None,
    writable: Annotated[
        bool, typer.Option("--writable", help="With --scratch: whoever has the token may write.")
    ] = False,
    token_file: Annotated[
        Path | None, typer.Option(help="With --writable: a file with nothing but the token.")
    ] = None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Show every setting, as such a file; then end.")
    ] = False,
) -> None:
    """Serve a release, or with --scratch other data, over HTTP. Ctrl-C ends it.

    Where there is no release yet, one is built first. An option is stronger than the environment
    (GLOCAL_PORT=8001), and that is stronger than the file (port = 8001).
    A release is never written to; a scratch store is in memory alone.
    Examples: glocal serve --port 8001;
    glocal serve --scratch data.ttl --writable --token-file token.txt
    """
    from service.errors import MalformedSettings
    from service.settings import choose_settings

    options = {"release": release, "port": port, "host": host, "workers": workers}
    given = {name: value for name, value in options.items() if value is not None}
    with refusing():
        chosen = choose_settings(given, config)
        if show_settings:
            typer.echo(chosen.shown(), nl=False)
            return
        if scratch:
            from service.scratch.start import serve_scratch

            serve_scratch(chosen.settings, files or [], token_file, is_writable=writable)
            return
        if files or writable or token_file is not None:
            raise MalformedSettings(["FILES, --writable and --token-file go with --scratch"])
        if chosen.settings.release is None:
            _build_if_none()
        _serve(chosen.settings)


def _serve(settings: "Settings") -> None:
    from service.http.observation import configure, is_json
    from service.run.server import address_of, listen, listening_socket

    configure(settings.log_format)
    address = f"{address_of(settings)}  (Ctrl-C ends it)"
    if settings.workers > 1:
        from service.run.workers.supervisor import supervise

        supervise(settings, tell=lambda: typer.secho(address, err=True, bold=True))
        return
    from service.http.observation import RequestLog
    from service.run.app import create_app

    log = RequestLog(
        sys.stdout.buffer, is_json=is_json(settings.log_format), says_query=settings.log_queries
    )
    service = create_app(settings, request_log=log if settings.log_requests else None)
    listening = listening_socket(settings)
    typer.secho(address, err=True, bold=True)
    listen(service, settings, listening)


def _build_if_none() -> None:
    from kg.paths import releases

    if not os.path.lexists(releases() / "newest"):
        from kg.release.build import build

        typer.secho("There is no release yet: building one.", err=True)
        build(tell=Stages())
