"""Carry out changes one after another, each in a writer process that then becomes the parent."""

import asyncio
import socket
from asyncio import IncompleteReadError, Lock
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from typing import Final

from service import errors
from service.queries import messages
from service.queries.admission import Admission
from service.queries.child_process import JobNotTaken, QueryProcess, error_for_ended_process
from service.queries.messages import Change, FrameKind, QueryLimits, SocketFrame
from service.queries.pool import ProcessPool
from service.queries.snapshot import AdoptedProcess

_RETRY_SECONDS: Final = 1
_CHANGE: Final = "change"
Callback = Callable[[], None]


def _do_nothing() -> None:
    """Do nothing: the default of callbacks."""


def _ignore(_: int) -> None:
    pass


class ChangeQueue:
    """Carries out changes in the order in which they come, while a limited number wait.

    Each is made in a writer process that then becomes the parent. Queries that start meanwhile see
    the store before the change; those that start after `apply` has returned see the changed one.
    After each change the writer process of the next one is forked ahead, since the fork of a
    process with a large store takes tens of milliseconds.
    """

    def __init__(
        self, pool: ProcessPool, limits: QueryLimits, admission: Admission, *, max_waiting: int
    ) -> None:
        self._pool, self._limits, self._max_waiting = pool, limits, max_waiting
        self._admission = admission
        self._turn = Lock()
        self._waiting = 0
        # A writer process that waits for its change, and its control socket.
        self._ahead: tuple[QueryProcess, socket.socket] | None = None

    def close(self) -> None:
        """End the writer process that was forked ahead."""
        if self._ahead is not None:
            (process, control), self._ahead = self._ahead, None
            self._pool.kill(process)
            control.close()

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
        number of contradictions that it has now. Raises TooManyUpdates if the allowed number is
        waiting, BudgetSpent if the client has used too much, or the KgError of a change that
        failed.
        """
        self._admission.require_budget(client)
        if self._waiting > self._max_waiting:
            raise errors.TooManyUpdates(self._max_waiting, _RETRY_SECONDS)
        self._waiting += 1
        try:
            async with self._turn:
                check()
                try:
                    creates, contradictions = await self._carry_out(change, client)
                finally:
                    self._fork_ahead()
                then(contradictions)
                return creates
        finally:
            self._waiting -= 1

    def _fork_ahead(self) -> None:
        if self._ahead is None and self._pool.parent is not None:
            self._ahead = self._pool.parent.fork_writer()

    async def _carry_out(self, change: Change, client: str) -> tuple[bool, int]:
        parent = await self._pool.wait_for_parent()
        if self._ahead is not None and parent.owns(self._ahead[0]):
            writer, self._ahead = self._ahead, None
            # If it was killed while it waited, a new one makes the change.
            with suppress(JobNotTaken):
                return await self._change_in(*writer, change, client)
            parent = await self._pool.wait_for_parent()
        self.close()
        process, control = parent.fork_writer()
        try:
            return await self._change_in(process, control, change, client)
        except JobNotTaken:
            raise await error_for_ended_process(process, self._limits, _CHANGE) from None

    async def _change_in(
        self, process: QueryProcess, control: socket.socket, change: Change, client: str
    ) -> tuple[bool, int]:
        """Make the change in this process, which then is the parent; may raise JobNotTaken."""
        start_seconds = process.processor_seconds()

        def charge() -> None:
            used_seconds = process.processor_seconds() - start_seconds
            self._admission.budgets.charge(client, used_seconds)

        with ExitStack() as on_failure:
            on_failure.callback(self._pool.kill, process)
            on_failure.callback(control.close)
            on_failure.callback(charge)
            frame = await _receive(process, process.send_job(change), self._limits)
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
    process: QueryProcess, frame: Awaitable[SocketFrame], limits: QueryLimits
) -> SocketFrame:
    try:
        async with asyncio.timeout(limits.seconds):
            return await frame
    except TimeoutError:
        raise errors.QueryTimedOut(limits.seconds, _CHANGE) from None
    except (IncompleteReadError, ConnectionError):
        raise await error_for_ended_process(process, limits, _CHANGE) from None
