"""Run jobs and changes in query processes: the interface for the rest of the service."""

import asyncio
from asyncio import IncompleteReadError, Timeout
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from kg.content import Content
from kg.errors import KgError
from kg.reasoning.upkeep.entailment import Entailment
from service import errors
from service.queries import messages
from service.queries.admission import Admission, Place
from service.queries.changes import ChangeQueue
from service.queries.child_process import JobNotTaken, QueryProcess, error_for_ended_process
from service.queries.messages import FrameKind, Job, QueryLimits, SocketFrame
from service.queries.pool import ProcessPool
from service.queries.snapshot import QUERY_PROGRAM, ParentOptions, ParentSource, Snapshot

_RETRY_SECONDS: Final = 1
# A job waits for a parent, a place and a process. All together take at most so much longer than
# one of them may.
_MORE_WAITING_SECONDS: Final = 1.0
# Whether each attempt needs a new process. When a parent is killed, first its idle process and then
# one that it never forked may be lost.
_ATTEMPTS: Final = (False, True, True)
Callback = Callable[[], None]


@dataclass(frozen=True)
class QueryAnswer:
    """The first part of an answer, its media type and version, and the run for the other parts."""

    first: bytes
    content_type: str
    run: "RunningQuery"


class QueryProcesses:
    """Runs jobs, each in a process that can be killed, as far as they are admitted.

    The event loop neither waits for a process nor kills one: the parent does both. Several of
    these, with other programs, may share an admission.
    """

    def __init__(
        self,
        limits: QueryLimits,
        admission: Admission,
        *,
        spare: int,
        waiting_changes: int = 0,
    ) -> None:
        self._limits = limits
        self.admission = admission
        self.pool = ProcessPool(spare)
        self.writer = ChangeQueue(self.pool, limits, admission, max_waiting=waiting_changes)

    async def open(
        self,
        snapshot: Snapshot,
        context_path: Path | None,
        *,
        program: str = QUERY_PROGRAM,
        content: Content | None = None,
        entailment: Entailment | None = None,
        when_lost: Callback = lambda: None,
        start_parent: ParentSource | None = None,
    ) -> None:
        """Start the processes; from then on, jobs are answered from this snapshot.

        `when_lost` is called if the process that holds the written data dies. For `program`,
        `content` and `entailment` see `ParentOptions`, for `start_parent` and the error
        `ProcessPool.open`.
        """
        limits = self._limits
        options = ParentOptions(snapshot, context_path, limits, program, content, entailment)
        await self.pool.open(options, when_lost, start_parent)

    async def close(self) -> None:
        """End the parent and all query processes."""
        self.writer.close()
        await self.pool.close()

    async def run(self, job: Job, client: str) -> QueryAnswer:
        """Run a job, and return its answer as soon as the first part has arrived.

        The caller must close the answer's run. If this call is cancelled, the job is killed. For
        the errors see `Admission.enter` and `RunningQuery.start`.
        """
        each_seconds = self.pool.waiting_seconds, self.admission.limits.waiting_seconds
        waiting = asyncio.timeout(max(each_seconds) + _MORE_WAITING_SECONDS)
        try:
            async with waiting:
                # While there is none, no job may keep others from starting.
                await self.pool.wait_for_parent()
                place = await self.admission.enter(client)
                run = RunningQuery(self.pool, self._limits, self.admission, place)
                try:
                    first = await run.start(job, waiting)
                except BaseException:
                    run.close()
                    raise
        except TimeoutError:
            if not waiting.expired():
                raise
            is_down = self.pool.parent is None
            raise (self.pool.error_if_down() if is_down else self.admission.too_many()) from None
        if run.is_complete:
            run.close()
        choice = replace(job.choice, version="1.2") if first.is_rdf_1_2 else job.choice
        return QueryAnswer(first.body, choice.content_type, run)


class RunningQuery:
    """A running query: returns its answer part by part, and must be closed.

    The time limit counts the query's own work, not the time that its client takes to read: while a
    part is being sent, the query process stops as soon as the socket's buffer is full.
    `generation` tells which state of the store the answer comes from.
    """

    def __init__(
        self, pool: ProcessPool, limits: QueryLimits, admission: Admission, place: Place
    ) -> None:
        self._pool, self._limits = pool, limits
        self._admission, self._place = admission, place
        self._has_left = False
        self._used_seconds = 0.0
        place.end, place.processor_seconds = self._end, self._processor_seconds
        place.process_id = lambda: self._process.process_id if self._process else None
        self._ended_by: KgError | None = None
        self._process: QueryProcess | None = None
        self._start_seconds = 0.0
        self._left_seconds = limits.seconds
        self._last: SocketFrame | None = None
        self.generation = pool.generation

    @property
    def is_complete(self) -> bool:
        """Whether the last part has arrived."""
        return self._last is not None

    async def start(self, job: Job, waiting: Timeout) -> SocketFrame:
        """Send the job, and return the first part of the answer: all of it, or its first MiB.

        `waiting` ends the wait for a process; its time does not go on while one has the job.

        If a process was killed while idle, or its parent before it forked one, this may become
        known only when the job is sent; the job then goes to a new process. Raises KgError if the
        query is refused, reaches a limit, or loses its process.
        """
        deadline = waiting.when()
        for is_new in _ATTEMPTS:
            waiting.reschedule(deadline)
            process = self._process = await self._pool.take(is_new=is_new)
            waiting.reschedule(None)
            self.generation = self._pool.generation
            self._start_seconds = process.processor_seconds()
            try:
                return await self._receive_part(process, process.send_job(job))
            except JobNotTaken:
                self._release_process()
        raise errors.QueryProcessEnded(None, _RETRY_SECONDS)

    async def next_part(self) -> bytes:
        """Return the next part of the answer; for errors see `start`."""
        if self._process is None:
            raise RuntimeError("the query has not been started, so it has no next part")
        return (await self._receive_part(self._process, self._process.receive_frame())).body

    def give_up_place(self) -> None:
        """Let others run, since this query only waits for its reader."""
        self._admission.give_up(self._place)

    def close(self) -> None:
        """Give the process back if it has finished this query, and kill it if it has not."""
        self._release_process()
        if not self._has_left:
            self._has_left = True
            self._admission.leave(self._place)

    def _end(self, error: KgError) -> None:
        """End the process; the caller of `start` or `next_part` gets the error."""
        if self._process is not None and self._ended_by is None:
            self._ended_by = error
            self._processor_seconds()
            self._pool.kill(self._process)

    def _time_out(self) -> None:
        self._end(errors.QueryTimedOut(self._limits.seconds))

    def _processor_seconds(self) -> float:
        """Return the processor time used so far."""
        if self._process is None:
            return self._used_seconds
        # When the process has gone, its clock has too.
        now_seconds = self._process.processor_seconds() - self._start_seconds
        self._used_seconds = max(self._used_seconds, now_seconds)
        return self._used_seconds

    def _release_process(self) -> None:
        self._processor_seconds()
        process, self._process = self._process, None
        if process is not None and not process.is_alive and self._ended_by is None:
            # It has ended by itself, and its clock with it.
            self._used_seconds = max(self._used_seconds, self._limits.seconds - self._left_seconds)
        if process is not None and self._last is not None:
            self._pool.give_back(process, process_ends=self._last.process_ends)
        elif process is not None:
            self._pool.kill(process)

    async def _receive_part(
        self, process: QueryProcess, frame: Awaitable[SocketFrame]
    ) -> SocketFrame:
        clock = asyncio.get_running_loop().time
        start = clock()
        timer = asyncio.get_running_loop().call_later(self._left_seconds, self._time_out)
        try:
            received = await frame
        except IncompleteReadError:
            raise self._ended_by or await error_for_ended_process(process, self._limits) from None
        finally:
            timer.cancel()
            self._left_seconds -= clock() - start
        if received.kind is not FrameKind.PART:
            self._last = received
        if received.kind is FrameKind.REFUSAL:
            raise messages.decode_refusal(received.body)
        return received
