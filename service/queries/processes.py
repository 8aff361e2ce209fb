"""Run jobs and changes in query processes: the interface for the rest of the service."""

import asyncio
import signal
from asyncio import IncompleteReadError, Lock, TimerHandle
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from kg.content import Content
from kg.errors import KgError
from kg.reasoning.upkeep.entailment import Entailment
from service import errors
from service.queries import messages
from service.queries.admission import Admission, MustWait
from service.queries.child_process import JobNotTaken, QueryProcess
from service.queries.messages import Change, FrameKind, Job, QueryLimits, SocketFrame
from service.queries.pool import ProcessPool
from service.queries.precedence import Place
from service.queries.snapshot import (
    QUERY_PROGRAM,
    AdoptedProcess,
    ParentOptions,
    ParentSource,
    Snapshot,
)

_RETRY_SECONDS: Final = 1
# Within this time after the end of its connection, a process has ended and its parent has reported
# the exit code.
_PATIENCE_SECONDS: Final = 2.0
# Least time between two checks of a query's processor time: it may be waiting for a processor or
# for its client.
_LEAST_SECONDS: Final = 0.02
_QUERY: Final = "query"
_CHANGE: Final = "change"
Callback = Callable[[], None]


def _ignore(_: int) -> None:
    pass


def _do_nothing() -> None:
    """Do nothing: the default of callbacks."""


@dataclass(frozen=True)
class QueryAnswer:
    """The first part of an answer, its media type and version, and the run for the other parts."""

    first: bytes
    content_type: str
    run: "RunningQuery"


class QueryProcesses:
    """Runs jobs, each in a process that can be killed, as far as they are admitted.

    The event loop neither waits for a process nor kills one: the parent does both. A job goes on in
    the background after `lower_after_seconds` of processor time. Several of these, with other
    programs, may share an admission.
    """

    def __init__(
        self,
        limits: QueryLimits,
        admission: Admission,
        *,
        spare: int,
        lower_after_seconds: float,
        waiting_changes: int = 0,
    ) -> None:
        self._limits, self._lower_after_seconds = limits, lower_after_seconds
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
        when_lost: Callback = _do_nothing,
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
        await self.pool.close()

    async def run(self, job: Job, client: str) -> QueryAnswer:
        """Run a job, and return its answer as soon as the first part has arrived.

        The caller must close the answer's run. If this call is cancelled, the job is killed. For
        the errors see `Admission.enter` and `RunningQuery.start`.
        """
        # While there is none, no job may keep others from starting.
        await self.pool.wait_for_parent()
        try:
            first, run = await self._start(job, await self.admission.start(client))
        except MustWait:
            first, run = await self._start(job, await self.admission.enter(client))
        if run.is_complete:
            run.close()
        choice = replace(job.choice, version="1.2") if first.is_rdf_1_2 else job.choice
        return QueryAnswer(first.body, choice.content_type, run)

    async def _start(self, job: Job, place: Place) -> tuple[SocketFrame, "RunningQuery"]:
        seconds = self._lower_after_seconds
        run = RunningQuery(self.pool, self._limits, self.admission, place, seconds)
        try:
            return await run.start(job), run
        except BaseException:
            run.close()
            raise


class RunningQuery:
    """A running query: returns its answer part by part, and must be closed.

    The time limit counts the query's own work, not the time that its client takes to read: while a
    part is being sent, the query process stops as soon as the socket's buffer is full.
    `generation` tells which state of the store the answer comes from.
    """

    def __init__(
        self,
        pool: ProcessPool,
        limits: QueryLimits,
        admission: Admission,
        place: Place,
        lower_after_seconds: float,
    ) -> None:
        self._pool, self._limits = pool, limits
        self._admission, self._place = admission, place
        self._has_left = False
        self._used_seconds = 0.0
        place.end, place.processor_seconds = self._end, self._processor_seconds
        place.process_id = lambda: self._process.process_id if self._process else None
        place.lower, place.may_wait = self._lower, True
        self._ended_by: KgError | None = None
        self._lower_after_seconds = lower_after_seconds
        self._process: QueryProcess | None = None
        self._start_seconds = 0.0
        self._timer: TimerHandle | None = None
        self._left_seconds = limits.seconds
        self._last: SocketFrame | None = None
        self.generation = pool.generation

    @property
    def is_complete(self) -> bool:
        """Whether the last part has arrived."""
        return self._last is not None

    async def start(self, job: Job) -> SocketFrame:
        """Send the job, and return the first part of the answer: all of it, or its first MiB.

        If a process was killed while idle, this may become known only when the job is sent; the
        job then goes to a new process. Raises KgError if the query is refused, reaches a limit, or
        loses its process.
        """
        for is_new in (False, True):
            is_urgent, has_waited = self._place.is_urgent, self._place.has_waited
            process = self._process = await self._pool.take(
                is_new=is_new, is_urgent=is_urgent, has_waited=has_waited
            )
            self.generation = self._pool.generation
            self._start_seconds = process.processor_seconds()
            self._place.is_new = not process.has_answered
            if self._place.is_urgent:
                self._schedule_lowering(self._lower_after_seconds)
            else:
                process.lower()
                self._admission.rotation.add(process)
            try:
                first = await self._receive_part(process, process.send_job(job))
            except JobNotTaken:
                self._release_process()
            else:
                self._place.may_wait = False
                return first
        raise errors.QueryProcessEnded(None, _RETRY_SECONDS)

    async def next_part(self) -> bytes:
        """Return the next part of the answer; for errors see `start`."""
        if self._process is None:
            raise RuntimeError("the query has not been started, so it has no next part")
        return (await self._receive_part(self._process, self._process.receive_frame())).body

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
        if self._timer is not None:
            self._timer.cancel()
        self._processor_seconds()
        process, self._process = self._process, None
        if process is not None:
            self._admission.rotation.discard(process)
        if process is not None and not process.is_alive and self._ended_by is None:
            # It has ended by itself, and its clock with it.
            self._used_seconds = max(self._used_seconds, self._limits.seconds - self._left_seconds)
        if process is not None and self._last is not None:
            self._pool.give_back(process, process_ends=self._last.process_ends)
        elif process is not None:
            self._pool.kill(process)

    def _schedule_lowering(self, delay_seconds: float) -> None:
        """Check after a delay whether the query is long, and lower its process if so."""

        def lower_if_long() -> None:
            # Where many processes share the processors, short queries take long by the clock too.
            left_seconds = self._lower_after_seconds - self._processor_seconds()
            if left_seconds <= 0:
                self._lower()
            else:
                self._schedule_lowering(max(left_seconds, _LEAST_SECONDS))

        self._timer = asyncio.get_running_loop().call_later(delay_seconds, lower_if_long)

    def _lower(self) -> None:
        """Let the query go on in the background."""
        if self._place.is_urgent:
            if self._process is not None:
                self._process.lower()
                self._admission.rotation.add(self._process)
            self._admission.move_to_background(self._place)

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


class ChangeQueue:
    """Carries out changes in the order in which they come, while a limited number wait.

    Each is made in a writer process that then becomes the parent. Queries that start meanwhile see
    the store before the change; those that start after `apply` has returned see the changed one.
    """

    def __init__(
        self, pool: ProcessPool, limits: QueryLimits, admission: Admission, *, max_waiting: int
    ) -> None:
        self._pool, self._limits, self._max_waiting = pool, limits, max_waiting
        self._admission = admission
        self._turn = Lock()
        self._waiting = 0

    async def apply(
        self,
        change: Change,
        client: str,
        *,
        check: Callback = _do_nothing,
        then: Callable[[int], None] = _ignore,
    ) -> bool:
        """Carry out a client's change, and return whether it created a graph.

        `check` is called right before the change, and may raise; no other change can come in
        between. `then` is called once the store has changed, before any other change, with the
        number of contradictions that it has now. Raises
        TooManyUpdates if the allowed number is waiting, BudgetSpent if the client has used too
        much, or the KgError of a change that failed.
        """
        self._admission.require_budget(client)
        if self._waiting > self._max_waiting:
            raise errors.TooManyUpdates(self._max_waiting, _RETRY_SECONDS)
        self._waiting += 1
        try:
            async with self._turn:
                check()
                creates, contradictions = await self._carry_out(change, client)
                then(contradictions)
                return creates
        finally:
            self._waiting -= 1

    async def _carry_out(self, change: Change, client: str) -> tuple[bool, int]:
        parent = await self._pool.wait_for_parent()
        process, control = parent.fork_writer()

        def charge() -> None:
            self._admission.budgets.charge(client, process.processor_seconds())

        with ExitStack() as on_failure:
            on_failure.callback(self._pool.kill, process)
            on_failure.callback(control.close)
            on_failure.callback(charge)
            try:
                sending = process.send_job(change)
                seconds = self._limits.seconds
                frame = await _receive(process, sending, self._limits, seconds, _CHANGE)
            except JobNotTaken:
                raise await error_for_ended_process(process, self._limits, _CHANGE) from None
            if frame.kind is FrameKind.REFUSAL:
                raise messages.decode_refusal(frame.body)
            charge()
            creates, process_id, contradictions = messages.OUTCOME.unpack(frame.body)
            process.mark_forked(process_id)
            if not await self._pool.adopt(process, AdoptedProcess(process_id), control):
                raise errors.QueryProcessEnded(None, _RETRY_SECONDS, _CHANGE)
            on_failure.pop_all()
        process.close()
        return bool(creates), contradictions


async def _receive(
    process: QueryProcess,
    frame: Awaitable[SocketFrame],
    limits: QueryLimits,
    seconds: float,
    work: str = _QUERY,
) -> SocketFrame:
    try:
        async with asyncio.timeout(seconds):
            return await frame
    except TimeoutError:
        raise errors.QueryTimedOut(limits.seconds, work) from None
    except (IncompleteReadError, ConnectionError):
        raise await error_for_ended_process(process, limits, work) from None


async def error_for_ended_process(
    process: QueryProcess, limits: QueryLimits, work: str = _QUERY
) -> KgError:
    """Return the error that tells why a query process has ended, as far as its exit code shows.

    `work` is what the process did, in the words of the error: a query or a change.
    Raises RuntimeError if the process failed because of a bug in this service.
    """
    await asyncio.wait([process.exit_code], timeout=_PATIENCE_SECONDS)
    # When the parent is busy, the end of the connection is seen long before its report.
    exit_code = process.exit_code.result() if process.exit_code.done() else None
    if exit_code == -signal.SIGABRT:
        return errors.QueryOutOfMemory(limits.memory_bytes, _RETRY_SECONDS, work)
    if exit_code in (-signal.SIGSEGV, -signal.SIGBUS):
        return errors.StackOverflowed()
    if exit_code is not None and exit_code > 0:
        raise RuntimeError(
            f"a query process failed with exit code {exit_code}; its traceback says why"
        )
    return errors.QueryProcessEnded(exit_code, _RETRY_SECONDS, work)
