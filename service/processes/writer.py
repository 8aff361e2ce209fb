"""Changes, one after another: each in a process that is the next parent if it succeeds."""

import asyncio
from asyncio import IncompleteReadError, Lock
from collections.abc import Callable

from service.errors import QueryProcessEnded, QueryTimedOut, TooManyUpdates
from service.processes.adopted import AdoptedProcess
from service.processes.change import Change, Outcome
from service.processes.frames import FrameKind, decode_refusal
from service.processes.handle import NeverTaken, QueryProcess
from service.processes.limits import Limits
from service.processes.pool import Pool
from service.processes.run import RETRY_SECONDS, why_it_ended


def _nothing() -> None:
    """What is to be done where nothing is."""


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
