"""The command-line entry point: the commands of `kg.cli`, and `serve`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from kg.cli import StageProgress, app, reporting_errors
from kg.cli.options import ExpectOption, MaxSecondsOption, MaxTriplesOption
from kg.paths import releases_folder
from kg.reasoning.upkeep.entailment import Entailment

if TYPE_CHECKING:
    from service.settings import Settings

__all__ = ["app", "serve"]


@app.command()
def serve(
    release: Annotated[
        Path | None, typer.Option(help="Folder of the release to serve; by default the newest.")
    ] = None,
    store: Annotated[
        list[str] | None,
        typer.Option(
            help="Address of a SPARQL server that holds the release, for plain queries; give two "
            "that take turns. All else is answered from the folder.",
            metavar="ENDPOINT",
        ),
    ] = None,
    expect: ExpectOption = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; by default 8000.", min=1, max=65535)
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; by default 127.0.0.1.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="TOML file with settings; by default the one that GLOCAL_CONFIG names."),
    ] = None,
    scratch: Annotated[
        bool,
        typer.Option(
            "--scratch",
            help="Serve FILES, or an empty store, instead of a release. The data and all changes "
            "are held in memory and lost when the service ends.",
        ),
    ] = False,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="With --scratch: files in N-Triples, N-Quads, Turtle, TriG, RDF/XML or JSON-LD; "
            "they may be gzipped (.gz)."
        ),
    ] = None,
    writable: Annotated[
        bool,
        typer.Option("--writable", help="With --scratch: let clients that have the token write."),
    ] = False,
    token_file: Annotated[
        Path | None, typer.Option(help="With --writable: a file that contains only the token.")
    ] = None,
    entailment: Annotated[
        Literal["rdfs", "owl-rl"] | None,
        typer.Option(
            help="With --scratch: also serve what follows from the default graph, with its proofs."
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(help="With --entailment: a folder of further rules (<rule>.rq)."),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="With --entailment: refuse data, and changes, that contradict themselves.",
        ),
    ] = False,
    max_triples: MaxTriplesOption = Entailment.max_triples,
    max_seconds: MaxSecondsOption = Entailment.max_seconds,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Print all settings as a TOML file and exit.")
    ] = False,
) -> None:
    """Serve a release, or with --scratch other data, over HTTP. Ctrl-C stops it.

    If there is no release yet, one is built first. Options override the environment
    (GLOCAL_PORT=8001), which overrides the settings file (port = 8001).
    A release is never written to; a scratch store exists only in memory.
    Examples: glocal serve --port 8001; glocal serve --store http://127.0.0.1:8890/sparql;
    glocal serve --scratch data.ttl --writable --token-file token.txt;
    glocal serve --scratch data.ttl ontology.ttl --entailment owl-rl
    """
    from service.errors import MalformedSettings
    from service.settings import load_settings

    options: dict[str, object] = {"release": release, "expect": expect, "port": port, "host": host}
    options["store"] = store and tuple(store)
    given_options = {name: value for name, value in options.items() if value is not None}
    with reporting_errors():
        chosen = load_settings(given_options, config)
        if show_settings:
            typer.echo(chosen.as_toml(), nl=False)
            return
        reasoning = Entailment(entailment or "rdfs", rules, max_triples, max_seconds, strict)
        if entailment is None and reasoning != Entailment("rdfs"):
            texts = "--rules, --max-triples, --max-seconds and --strict require --entailment"
            raise MalformedSettings([texts])
        if scratch:
            from service.scratch.start import serve_scratch

            serve_scratch(
                chosen.settings,
                files or [],
                token_file,
                is_writable=writable,
                entailment=reasoning if entailment else None,
            )
            return
        if files or writable or token_file is not None or entailment:
            texts = "FILES, --writable, --token-file and --entailment require --scratch"
            raise MalformedSettings([texts])
        if chosen.settings.release is None and not os.path.lexists(releases_folder() / "newest"):
            from kg.release.build import build

            typer.secho("There is no release yet; building one.", err=True)
            build(tell=StageProgress())
        _serve(chosen.settings)


@app.command()
def mcp(
    release: Annotated[
        Path | None, typer.Option(help="Folder of the release to read; by default the newest.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="TOML file with settings; by default the one that GLOCAL_CONFIG names."),
    ] = None,
) -> None:
    """Offer the tools for agents (MCP) on standard input and output, until these are closed.

    An agent's program starts it; docs/agents.md says how. It needs the extra `glocal-kg[mcp]`.
    Example: glocal mcp --release releases/newest
    """
    import asyncio

    from service.errors import ExtraNotInstalled
    from service.http.observation import configure_logging
    from service.settings import load_settings

    with reporting_errors():
        try:
            from service.agents.server import serve_stdio
        except ModuleNotFoundError as error:
            raise ExtraNotInstalled("glocal mcp", "mcp") from error
        from service.run.app import create_app

        given = {} if release is None else {"release": release}
        settings = load_settings(given, config).settings
        # Standard output is the protocol's.
        configure_logging(settings.model_copy(update={"log_format": "text", "log_requests": False}))
        service = create_app(settings)
        asyncio.run(serve_stdio(service, service.state.served.content))


def _serve(settings: "Settings") -> None:
    from service.run.first_parent import FirstParent
    from service.run.system_limits import fit_to_system, warn_of_limits
    from service.run.verification import FirstVerification

    fitted = fit_to_system(settings)
    # Before the other imports, which take about as long as the parent needs to be ready.
    parent = FirstParent(fitted)
    verification = FirstVerification(settings)
    from service.http.observation import configure_logging
    from service.http.scripts import warn_without as warn_without_scripts
    from service.run.server import open_listening_socket, run_server

    configure_logging(settings)
    warn_of_limits(settings, fitted)
    warn_without_scripts()

    from service.run.app import create_app

    service = create_app(fitted, verification=verification, start_parent=parent.take)
    bound_socket = open_listening_socket(fitted)
    run_server(service, fitted, bound_socket)
