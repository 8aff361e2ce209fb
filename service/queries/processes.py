"""One query on its way through a query process.

Changes, one after another: each in a process that is the next parent if it succeeds.

The door to the query processes: a job goes in, the parts of its answer come out.
"""

import asyncio
import signal
from asyncio import IncompleteReadError, Lock, TimerHandle
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from kg.errors import KgError
from service.errors import QueryOutOfMemory, QueryProcessEnded, QueryTimedOut, TooManyUpdates
from service.queries.messages import Change, Frame, FrameKind, Job, Limits, Outcome, decode_refusal
from service.queries.parent_client import AdoptedProcess, NeverTaken, QueryProcess
from service.queries.pool import Admission, Pool, Room
from service.queries.snapshot import Options, Parents, Snapshot

RETRY_SECONDS: Final = 1
# So long after the end of a connection its process has ended too, and its parent has said how.
_PATIENCE_SECONDS: Final = 2.0
# Between two looks at one that waits, for a processor or for its client.
_LEAST_SECONDS: Final = 0.02


class Run:
    """A query that runs: gives its answer part by part, and has to be closed.

    Its time is what it works, not what its client takes to read: while a part is being sent, the
    query process gets no further than the socket's buffer. `generation` says of which state of the
    store it is the answer.
    """

    def __init__(
        self, pool: Pool, limits: Limits, *, lower_after_seconds: float, leave: Callable[[], None]
    ) -> None:
        self._pool, self._limits, self._leave = pool, limits, leave
        self._lower_after_seconds = lower_after_seconds
        self._process: QueryProcess | None = None
        self._timer: TimerHandle | None = None
        self._left_seconds = limits.seconds
        self._last: Frame | None = None
        self.generation = pool.generation

    @property
    def is_whole(self) -> bool:
        """Whether the last part has come."""
        return self._last is not None

    async def start(self, job: Job) -> bytes:
        """The first part of the answer: all of it, or its first MiB.

        That a process was killed while it was idle may be known only once it is asked; then a new
        one is.

        Raises:
            KgError: the answer is a refusal, or a limit was reached, or the process ended.
        """
        for is_new in (False, True):
            process = self._process = await self._pool.take(is_new=is_new)
            self.generation = self._pool.generation
            self._look_after(self._lower_after_seconds, process, process.processor_seconds())
            try:
                return await self._part(process.ask(job))
            except NeverTaken:
                self._let_go()
        raise QueryProcessEnded(None, RETRY_SECONDS)

    async def next_part(self) -> bytes:
        """The next part of the answer.

        Raises:
            KgError: as `start`, and there is no clean way to say so any more.
        """
        if self._process is None:
            raise RuntimeError("a query that has not been started has no next part")
        return await self._part(self._process.receive())

    def close(self) -> None:
        """Give the process back if it is done with this query, and kill it if it is not."""
        self._let_go()
        leave, self._leave = self._leave, _nothing
        leave()

    def _let_go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        process, self._process = self._process, None
        if process is not None and self._last is not None:
            self._pool.give_back(process, ends=self._last.ends)
        elif process is not None:
            self._pool.kill(process)

    def _look_after(self, seconds: float, process: QueryProcess, had_seconds: float) -> None:
        """Look after so many seconds whether it is a long query, and lower it if so.

        By processor time: where many share the processors, a short one takes long too.
        """

        def look() -> None:
            left = self._lower_after_seconds - (process.processor_seconds() - had_seconds)
            if left <= 0:
                self._pool.lower(process)
            else:
                self._look_after(max(left, _LEAST_SECONDS), process, had_seconds)

        self._timer = asyncio.get_running_loop().call_later(seconds, look)

    async def _part(self, frame: Awaitable[Frame]) -> bytes:
        clock = asyncio.get_running_loop().time
        start = clock()
        try:
            async with asyncio.timeout(self._left_seconds):
                received = await frame
        except TimeoutError:
            raise QueryTimedOut(self._limits.seconds) from None
        except (IncompleteReadError, ConnectionError):
            raise await why_it_ended(self._process, self._limits) from None
        self._left_seconds -= clock() - start
        if received.kind is not FrameKind.PART:
            self._last = received
        if received.kind is FrameKind.REFUSAL:
            raise decode_refusal(received.body)
        return received.body


async def why_it_ended(process: QueryProcess | None, limits: Limits) -> KgError:
    """The error that tells why a process has ended; the answer may know more than its exit code.

    Raises:
        RuntimeError: by a mistake of its own.
    """
    exit_code = None
    if process is not None:
        await asyncio.wait([process.exit_code], timeout=_PATIENCE_SECONDS)
        # Where the parent has much to do, the end is seen long before it is reported.
        exit_code = process.exit_code.result() if process.exit_code.done() else None
    if exit_code == -signal.SIGABRT:
        return QueryOutOfMemory(limits.memory_bytes, RETRY_SECONDS)
    if exit_code is not None and exit_code > 0:
        raise RuntimeError(f"a query process failed with {exit_code}; its traceback says why")
    return QueryProcessEnded(exit_code, RETRY_SECONDS)


def _nothing() -> None:
    """What is left to do once all is done."""


class Writer:
    """Carries out changes in the order in which they come; so many may wait.

    Queries go on meanwhile, of the store as it was; whoever asks once `write` has returned is
    answered from the store as it is then.
    """

    def __init__(self, pool: Pool, limits: Limits, *, waiting: int) -> None:
        self._pool, self._limits, self._most_waiting = pool, limits, waiting
        self._turn = Lock()
        self._waiting = 0

    async def write(
        self,
        change: Change,
        *,
        check: Callable[[], None] = _nothing,
        then: Callable[[], None] = _nothing,
    ) -> bool:
        """Carry out a change; whether a graph is new by it.

        Args:
            change: what is to be done.
            check: is called before, when no other change can come between.
            then: is called once the store is changed, before any other change.

        Raises:
            TooManyUpdates: as many changes as are allowed wait already.
            KgError: what `check` raises, what is wrong with the change, or a limit was reached;
                nothing is changed.
        """
        if self._waiting > self._most_waiting:
            raise TooManyUpdates(self._most_waiting, RETRY_SECONDS)
        self._waiting += 1
        try:
            async with self._turn:
                check()
                is_new = await self._carried_out(change)
                then()
                return is_new
        finally:
            self._waiting -= 1

    async def _carried_out(self, change: Change) -> bool:
        parent = await self._pool.current()
        process, control = parent.fork_writer()
        is_adopted = False
        try:
            outcome = await self._outcome(process, change)
            process.forked(outcome.process_id)
            program = AdoptedProcess(outcome.process_id)
            is_adopted = await self._pool.adopt(process, program, control)
        finally:
            if not is_adopted:
                self._pool.kill(process)
                control.close()
        process.close()
        if not is_adopted:
            raise QueryProcessEnded(None, RETRY_SECONDS)
        return outcome.creates

    async def _outcome(self, process: QueryProcess, change: Change) -> Outcome:
        try:
            async with asyncio.timeout(self._limits.seconds):
                frame = await process.write(change)
        except TimeoutError:
            raise QueryTimedOut(self._limits.seconds) from None
        except (IncompleteReadError, ConnectionError, NeverTaken):
            raise await why_it_ended(process, self._limits) from None
        if frame.kind is FrameKind.REFUSAL:
            raise decode_refusal(frame.body)
        return Outcome.decode(frame.body)


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
