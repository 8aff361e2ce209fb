"""Query processes on a small store, without HTTP."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from kg.sparql.query import Query
from kg.store.quad_store import Store
from service.answers.formats import RESULTS_CSV, Choice, Format
from service.queries.admission import Admission, AdmissionLimits
from service.queries.messages import QueryJob, QueryLimits
from service.queries.processes import QueryProcesses
from service.queries.restrictions import adopt_orphans
from service.queries.snapshot import ParentSource, snapshot_store
from tests.service.conftest import children_of

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
        start_parent: ParentSource | None = None,
    ) -> T:
        """Run a scenario, and return its result; five minutes only end a hang."""

        async def start_and_run() -> T:
            processes = QueryProcesses(
                limits or QueryLimits(seconds=30),
                Admission(admission or AdmissionLimits()),
                spare=1,
            )
            served = store or self.store
            with snapshot_store(served, is_on_disk=served.folder is not None) as snapshot:
                await processes.open(snapshot, self.context_path, start_parent=start_parent)
                try:
                    async with asyncio.timeout(300):
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

    @staticmethod
    async def busy(processes: QueryProcesses) -> int:
        """Wait until a query process is at work, and return its process id."""
        while True:
            for place in processes.admission.places:
                process = place.process_id()
                # More than a process uses before it has its job.
                if process is not None and place.processor_seconds() > 0.2:
                    return process
            await asyncio.sleep(0.01)


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Let this process reap the orphans of its children, as the service does."""
    adopt_orphans(True)
    try:
        yield
    finally:
        adopt_orphans(False)


def at_work(parent: int, before: Mapping[int, float] | None = None) -> list[int]:
    """Return the children of a process that have used more of a processor than idle ones do.

    `before` has what some had used already. What they use does not depend on what else the machine
    does.
    """
    used = processor_times(parent)
    return [one for one in used if used[one] - (before or {}).get(one, 0) > 0.1]


def processor_times(parent: int) -> dict[int, float]:
    """Return what each child of a process has used of processors, in seconds."""
    return {one: processor_seconds(one) or 0 for one in children_of(parent)}


def processor_seconds(process: int) -> float | None:
    """Return what a process has used of processors; None if it has ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # A zombie, which its parent has yet to notice, does not work any more.
    ticks = int(fields[11]) + int(fields[12])
    return None if fields[0] == "Z" else ticks / os.sysconf("SC_CLK_TCK")


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
