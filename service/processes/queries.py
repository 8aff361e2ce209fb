"""The door to the query processes: a job goes in, the parts of its answer come out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from service.processes.admission import Admission, Room
from service.processes.job import Job
from service.processes.limits import Limits
from service.processes.options import Options
from service.processes.parents import Parents
from service.processes.pool import Pool
from service.processes.run import Run
from service.processes.snapshot import Snapshot
from service.processes.writer import Writer


def _nothing_is_lost() -> None:
    """What is read from a snapshot can be read again."""


@dataclass(frozen=True)
class Answer:
    """The first part of an answer; where it is not all, the run gives the rest."""

    first: bytes
    run: Run


class QueryProcesses:
    """Runs queries, each in a process that can be killed, and so many at once.

    Nothing here waits for a process in the event loop, or kills one: the parent does both. A query
    gets the lowest priority after so many seconds of processor time.
    """

    def __init__(
        self,
        limits: Limits,
        room: Room,
        *,
        spare: int,
        lower_after_seconds: float,
        waiting_changes: int = 0,
        parents: Parents | None = None,
    ) -> None:
        self._limits, self._lower_after_seconds = limits, lower_after_seconds
        self.admission = Admission(room)
        self.pool = Pool(spare, parents)
        self.writer = Writer(self.pool, limits, waiting=waiting_changes)

    async def open(
        self,
        snapshot: Snapshot,
        context_path: Path | None,
        *,
        when_lost: Callable[[], None] = _nothing_is_lost,
    ) -> None:
        """Start the processes; from then on `ask` is answered from this snapshot.

        `when_lost` is called if what was written to them is lost.

        Raises:
            QueryProcessesDown: the parent does not start.
        """
        await self.pool.open(Options(snapshot, context_path, self._limits), when_lost)

    async def close(self) -> None:
        """End the processes."""
        await self.pool.close()

    async def ask(self, job: Job, client: str) -> Answer:
        """The answer of a query, once its first part is there.

        Who calls this closes the run of the answer. Is the call cancelled, the query ends.

        Raises:
            TooManyQueries: see `Admission.enter`.
            KgError: see `Run.start`.
        """
        await self.admission.enter(client)
        run = Run(
            self.pool,
            self._limits,
            lower_after_seconds=self._lower_after_seconds,
            leave=partial(self.admission.leave, client),
        )
        try:
            first = await run.start(job)
        except BaseException:
            run.close()
            raise
        if run.is_whole:
            run.close()
        return Answer(first, run)
