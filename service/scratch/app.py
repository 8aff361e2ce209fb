"""create_scratch_app(settings): the wiring of a service on other data."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from secrets import token_hex
from typing import Final

from fastapi import FastAPI
from starlette.types import Lifespan

from service.app import add_routes, empty_app
from service.http.observation import Metrics, RequestLog
from service.opening import query_processes
from service.queries.processes import QueryProcesses
from service.queries.restrictions import adopt_orphans
from service.queries.snapshot import Snapshot
from service.routes import health
from service.scratch import doors, graphs, sparql
from service.scratch.store import Scratch
from service.scratch.tokens import Token
from service.settings import Settings

_ROUTERS: Final = (doors.router, health.router, sparql.router, graphs.router)


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
