"""RDF files -> the snapshot that the query processes of a scratch store begin with.

create_scratch_app(settings): the wiring of a service on other data.

`glocal serve --scratch`: from the command line to the end of the service.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.types import Lifespan

from kg.sources.rdf_syntaxes import read_rdf_file
from service.errors import MalformedSettings
from service.http.observation import Metrics, RequestLog, configure, is_json
from service.queries.processes import QueryProcesses
from service.queries.restrictions import adopt_orphans
from service.queries.snapshot import Snapshot, copied
from service.routes import health
from service.run.app import add_routes, empty_app
from service.run.opening import query_processes
from service.run.server import address_of, listening_socket, server_config
from service.scratch.routes import graphs, home, sparql
from service.scratch.store import Scratch, Token
from service.settings import Settings


@contextmanager
def snapshot_of_files(
    files: Sequence[Path], *, is_writable: bool, contexts: Path | None = None
) -> Iterator[Snapshot]:
    """What these files say together, as they are now; there as long as the context.

    It is a file of its own, so that nothing of it has to be held here.

    Raises:
        MalformedFile, MalformedInput: see `read_rdf_file`.
    """
    quads = (quad for path in files for quad in read_rdf_file(path, contexts=contexts))
    with copied(quads) as path:
        yield Snapshot(path, is_on_disk=False, is_writable=is_writable)


_ROUTERS: Final = (home.router, health.router, sparql.router, graphs.router)


def _nothing_to_do() -> None:
    """What a service that is only tried out does about a loss."""


def create_scratch_app(
    settings: Settings,
    snapshot: Snapshot,
    *,
    token: Token | None = None,
    when_lost: Callable[[], None] = _nothing_to_do,
    request_log: RequestLog | None = None,
) -> FastAPI:
    """The service on what a snapshot says.

    Args:
        settings: its limits.
        snapshot: what it begins with; it is writable if there is a token.
        token: what every change has to bring; without one, none is made.
        when_lost: called if what was written is lost, since the process that held it has died.
        request_log: where each request leaves a line, if anywhere.
    """
    processes = query_processes(settings)
    app = empty_app(_while_running(processes, snapshot, when_lost, request_log))

    def advance() -> None:
        app.state.served = replace(app.state.served, generation=processes.pool.generation)

    app.state.served = Scratch(
        settings=settings,
        processes=processes,
        metrics=Metrics(),
        request_log=request_log,
        service_version=app.version,
        start=token_hex(8),
        token=token,
        advance=advance,
    )
    add_routes(app, _ROUTERS)
    return app


def _while_running(
    processes: QueryProcesses,
    snapshot: Snapshot,
    when_lost: Callable[[], None],
    request_log: RequestLog | None,
) -> Lifespan[FastAPI]:
    """The query processes started on the snapshot, and ended at the end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        adopt_orphans(True)
        if request_log is not None:
            request_log.start()
        await processes.open(snapshot, None, when_lost=when_lost)
        try:
            yield
        finally:
            await processes.close()
            adopt_orphans(False)
            if request_log is not None:
                await asyncio.to_thread(request_log.close)

    return lifespan


_log: Final = logging.getLogger("glocal.service")


def serve_scratch(
    settings: Settings, files: Sequence[Path], token_file: Path | None, *, is_writable: bool
) -> None:
    """Serve these files until Ctrl-C or SIGTERM, or until what was written is lost.

    Raises:
        MalformedSettings: a release, several HTTP processes, no token for a store that can be
            written to, or no use for it.
        MalformedFile, MalformedInput: a file that cannot be read.
        CannotListen: see `listening_socket`.
        SystemExit: with 1, if what was written is lost.
    """
    configure(settings.log_format)
    token = _token(settings, token_file, is_writable=is_writable)
    log = RequestLog(
        sys.stdout.buffer, is_json=is_json(settings.log_format), says_query=settings.log_queries
    )
    loss = _Loss()
    contexts = settings.context_folder
    with snapshot_of_files(files, is_writable=is_writable, contexts=contexts) as snapshot:
        app = create_scratch_app(
            settings,
            snapshot,
            token=token,
            when_lost=loss.end,
            request_log=log if settings.log_requests else None,
        )
        listening = listening_socket(settings)
        what = "in memory, gone at the end; Ctrl-C ends it"
        sys.stderr.write(f"{address_of(settings)}  ({what})\n")
        loss.server = uvicorn.Server(server_config(app, settings))
        # It has ended by then; uvicorn passes on what it was told to end by.
        with suppress(KeyboardInterrupt):
            loss.server.run([listening])
    if loss.is_there or not loss.server.started:
        raise SystemExit(1)


class _Loss:
    """What was written is lost, and the service ends by it rather than go on without."""

    def __init__(self) -> None:
        self.is_there = False
        self.server: uvicorn.Server | None = None

    def end(self) -> None:
        """Let the server answer what it can, and end."""
        _log.error("The process that held the store has ended, and what was written is lost.")
        self.is_there = True
        if self.server is not None:
            self.server.should_exit = True


def _token(settings: Settings, token_file: Path | None, *, is_writable: bool) -> Token | None:
    mistakes = []
    if settings.release is not None:
        mistakes.append("--scratch serves no release; right would be one or the other")
    if settings.workers > 1:
        mistakes.append("--scratch is served by one HTTP process; right would be --workers 1")
    if is_writable and token_file is None:
        mistakes.append("--writable needs --token-file, a file with the token of those who may")
    if token_file is not None and not is_writable:
        mistakes.append("--token-file is of use with --writable alone")
    if mistakes:
        raise MalformedSettings(mistakes)
    return Token.read(token_file) if token_file is not None else None
