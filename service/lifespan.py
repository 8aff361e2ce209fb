"""What runs as long as the service does: the query processes, and the writer of the log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.types import Lifespan

from kg.store import Store
from service.processes.admission import Room
from service.processes.limits import Limits
from service.processes.queries import QueryProcesses
from service.processes.snapshot import snapshot_of
from service.request_log import RequestLog
from service.settings import Settings


def query_processes(settings: Settings) -> QueryProcesses:
    """Query processes with the limits of these settings, not yet started."""
    limits = Limits(
        seconds=settings.max_query_seconds,
        memory_bytes=settings.max_query_mebibytes * 2**20,
        rows=settings.max_result_rows,
        result_bytes=settings.max_result_mebibytes * 2**20,
    )
    room = Room(
        running=settings.max_running_queries,
        running_per_client=settings.max_running_queries_per_client,
        waiting=settings.max_waiting_queries,
        waiting_seconds=settings.max_waiting_seconds,
    )
    return QueryProcesses(
        limits,
        room,
        spare=settings.spare_query_processes,
        lower_after_seconds=settings.slow_query_seconds,
    )


def while_running(
    processes: QueryProcesses,
    settings: Settings,
    store: Store,
    context_path: Path,
    request_log: RequestLog | None,
) -> Lifespan[FastAPI]:
    """The query processes started on what the store holds, and ended at the end."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        most = settings.max_quads_in_memory
        if request_log is not None:
            request_log.start()
        with snapshot_of(store, max_quads_in_memory=most) as snapshot:
            await processes.open(snapshot, context_path)
            try:
                yield
            finally:
                await processes.close()
                if request_log is not None:
                    await asyncio.to_thread(request_log.close)

    return lifespan
