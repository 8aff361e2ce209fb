"""Query processes on a small store, without HTTP."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from kg.store.quad_store import Store
from kg.store.sparql.query import Query
from service.answers.formats import RESULTS_CSV, Choice, Format
from service.queries.admission import Admission, AdmissionLimits
from service.queries.messages import QueryJob, QueryLimits
from service.queries.processes import QueryProcesses
from service.queries.snapshot import ParentSource, snapshot_store

T = TypeVar("T")
Scenario = Callable[[QueryProcesses], Awaitable[T]]


class Asking:
    """Runs scenarios: async functions that are given query processes."""

    def __init__(self, store: Store, context_path: Path) -> None:
        self.store, self.context_path = store, context_path

    def run(
        self,
        scenario: Scenario[T],
        limits: QueryLimits | None = None,
        admission: AdmissionLimits | None = None,
        *,
        store: Store | None = None,
        lower_after_seconds: float = 10,
        start_parent: ParentSource | None = None,
    ) -> T:
        """Run a scenario for up to a minute, and return its result."""

        async def start_and_run() -> T:
            processes = QueryProcesses(
                limits or QueryLimits(seconds=30),
                Admission(admission or AdmissionLimits()),
                spare=1,
                lower_after_seconds=lower_after_seconds,
            )
            served = store or self.store
            with snapshot_store(served, is_on_disk=served.folder is not None) as snapshot:
                await processes.open(snapshot, self.context_path, start_parent=start_parent)
                try:
                    async with asyncio.timeout(60):
                        return await scenario(processes)
                finally:
                    await processes.close()

        return asyncio.run(start_and_run())

    @staticmethod
    async def children(processes: QueryProcesses, *, more_than: int = 0) -> list[int]:
        """Wait until there are more query processes than this, and return their process ids."""
        while True:
            parent = processes.pool.parent
            if parent is not None and len(parent.process_ids) > more_than:
                return parent.process_ids
            await asyncio.sleep(0.01)

    async def busy(self, processes: QueryProcesses) -> int:
        """Wait until a query process has been lowered, and return its process id."""
        while True:
            for one in await self.children(processes):
                # One that has just ended is among them for a moment.
                with suppress(ProcessLookupError):
                    if os.getpriority(os.PRIO_PROCESS, one) == 19:
                        return one
            await asyncio.sleep(0.01)


@pytest.fixture
def asking(store: Store, tmp_path: Path) -> Asking:
    context_path = tmp_path / "context.jsonld"
    context_path.write_text('{"@context": {}}', encoding="utf-8")
    return Asking(store, context_path)


@pytest.fixture
def job() -> Callable[..., QueryJob]:
    """Make the job of a query, answered as CSV by default."""

    def make(text: str, form: Format = RESULTS_CSV) -> QueryJob:
        return QueryJob(Query(text), Choice(form, form.media_type))

    return make
