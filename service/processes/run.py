"""One query on its way through a query process."""

import asyncio
import signal
from asyncio import IncompleteReadError, TimerHandle
from collections.abc import Awaitable, Callable
from typing import Final

from kg.errors import KgError
from service.errors import QueryOutOfMemory, QueryProcessEnded, QueryTimedOut
from service.processes.frames import Frame, FrameKind, decode_refusal
from service.processes.handle import NeverTaken, QueryProcess
from service.processes.job import Job
from service.processes.limits import Limits
from service.processes.pool import Pool

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
