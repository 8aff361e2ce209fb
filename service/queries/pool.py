"""Which queries run when and where: admission control, and the pool of query processes."""

import asyncio
import logging
import socket
from asyncio import Event, Future, Task
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from service.errors import QueryProcessesDown, TooManyQueries
from service.queries.parent_client import ParentProcess, QueryProcess
from service.queries.snapshot import AdoptedProcess, ParentOptions, ParentSource, spawn_parent

_log: Final = logging.getLogger("glocal.service")
_RETRY_AFTER_SECONDS: Final = 5
_SECONDS_BETWEEN_TRIMS: Final = 10
_SECONDS_BETWEEN_STARTS: Final = 1.0
# Enough for a new parent to load two million quads; a million take two seconds.
_WAIT_FOR_PARENT_SECONDS: Final = 5.0
# Before a writer process becomes the parent, a fresh process may have to load the changed store,
# which takes 10 s for two million quads (see `compaction`).
_ADOPTION_SECONDS: Final = 120.0


@dataclass(frozen=True)
class AdmissionLimits:
    """Up to `running` queries run at once, `running_per_client` of them for one client.

    Up to `waiting` more wait, each for up to `waiting_seconds`.
    """

    running: int = 64
    running_per_client: int = 16
    waiting: int = 256
    waiting_seconds: float = 5


class Admission:
    """Admits queries in the order in which they came, but no client more than its share.

    When the queue is full, the client with the most queries in it loses one, so that no client can
    fill the queue and lock out the others.
    """

    def __init__(self, limits: AdmissionLimits) -> None:
        self._limits = limits
        self._running: Counter[str] = Counter()
        self._queue: list[tuple[str, Future[None]]] = []

    @property
    def running(self) -> int:
        """The number of running queries."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """The number of waiting queries."""
        return len(self._queue)

    async def enter(self, client: str) -> None:
        """Wait until a query of this client may run; the caller must call `leave` afterwards.

        Raises TooManyQueries if the queue is full, or the query has waited too long.
        """
        if self._may_run(client):
            self._running[client] += 1
            return
        turn: Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((client, turn))
        if len(self._queue) > self._limits.waiting:
            self._refuse_from_queue()
        try:
            async with asyncio.timeout(self._limits.waiting_seconds):
                await turn
        except TimeoutError:
            self._stop_waiting(client, turn)
            raise self._too_many() from None
        except asyncio.CancelledError:
            self._stop_waiting(client, turn)
            raise

    def leave(self, client: str) -> None:
        """Record the end of a query of this client, and let the next waiting query run."""
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        for index, (next_client, turn) in enumerate(self._queue):
            if not turn.done() and self._may_run(next_client):
                del self._queue[index]
                self._running[next_client] += 1
                turn.set_result(None)
                return

    def _may_run(self, client: str) -> bool:
        has_room = self.running < self._limits.running
        return has_room and self._running[client] < self._limits.running_per_client

    def _refuse_from_queue(self) -> None:
        """Refuse the newest query of the client that has the most queries in the queue."""
        [(busiest, _)] = Counter(client for client, _ in self._queue).most_common(1)
        newest = max(index for index, (client, _) in enumerate(self._queue) if client == busiest)
        _, turn = self._queue.pop(newest)
        if not turn.done():
            turn.set_exception(self._too_many())

    def _stop_waiting(self, client: str, turn: Future[None]) -> None:
        """Remove a query from the queue, or let it leave if it was admitted in the same moment."""
        if (client, turn) in self._queue:
            self._queue.remove((client, turn))
        elif not turn.cancelled() and turn.exception() is None:
            self.leave(client)

    def _too_many(self) -> TooManyQueries:
        limits = self._limits
        return TooManyQueries(limits.running, limits.running_per_client, _RETRY_AFTER_SECONDS)


class ProcessPool:
    """Hands out query processes, and keeps some spare ones forked ahead.

    A process runs one query after another; while it is busy, the next query takes a spare one. A
    process whose priority was lowered is not used again, since it cannot be raised. Processes that
    have not been needed for a while are ended.

    When the parent dies, another is started, unless a writer process has been adopted as parent:
    then the written data died with it. `generation` counts the adoptions.
    """

    def __init__(self, spare: int) -> None:
        self.generation = 0
        self._spare = spare
        self._start_parent: ParentSource = spawn_parent
        self._idle: list[QueryProcess] = []
        self._current: ParentProcess | None = None
        self._retired: set[ParentProcess] = set()
        # Neither is set while a parent is starting.
        self._up, self._needs_restart = Event(), Event()
        self._tasks: list[Task[None]] = []
        # The lowest number of idle processes since the last trim: this many were not needed.
        self._least_idle = 0

    @property
    def parent(self) -> ParentProcess | None:
        """The current parent, or None while no parent can fork."""
        return self._current if self._up.is_set() else None

    @property
    def parents(self) -> list[ParentProcess]:
        """All parents: the current one, and retired ones that still have processes."""
        return [*self._retired, *([self._current] if self._current is not None else [])]

    async def open(
        self,
        options: ParentOptions,
        when_lost: Callable[[], None],
        start_parent: ParentSource | None = None,
    ) -> None:
        """Start the parent; it forks the first query processes soon after.

        `start_parent` starts this parent and later ones, by default as children of this process.
        Raises QueryProcessesDown if the parent ends before it is ready.
        """
        self._start_parent = start_parent or spawn_parent
        if not await self._start(options):
            raise QueryProcessesDown
        coroutines = self._restart_parents(options, when_lost), self._trim_regularly()
        self._tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]

    async def close(self) -> None:
        """End the parent and every query process."""
        for task in self._tasks:
            task.cancel()
        for parent in self.parents:
            parent.end()
            await asyncio.to_thread(parent.reap)

    async def wait_for_parent(self) -> ParentProcess:
        """Wait until a parent is up, and return it; raise QueryProcessesDown if none is in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_WAIT_FOR_PARENT_SECONDS):
                await self._up.wait()
                if self._current is not None:
                    return self._current
        raise QueryProcessesDown

    async def adopt(
        self, process: QueryProcess, program: AdoptedProcess, control: socket.socket
    ) -> bool:
        """Make a writer process the parent, and return whether this succeeded.

        It fails if the current parent has died, or if the writer process dies or is not ready in
        time. The previous parent ends once its last query has ended.
        """
        previous = self._current
        if previous is None or not previous.detach(process):
            return False
        parent = ParentProcess(program, control, self._on_parent_gone)
        await asyncio.wait([parent.is_ready], timeout=_ADOPTION_SECONDS)
        is_ready = parent.is_ready.done() and parent.is_ready.result()
        if not is_ready or self._current is not previous or not self._up.is_set():
            program.kill()
            parent.end()
            return False
        self._current = parent
        self.generation += 1
        self._retired.add(previous)
        self._close_idle()
        self._top_up()
        previous.retire()
        return True

    async def take(self, *, is_new: bool = False) -> QueryProcess:
        """Take an idle query process, or fork one if `is_new` or none is idle."""
        while True:
            parent = await self.wait_for_parent()
            process = parent.fork() if is_new or not self._idle else self._idle.pop()
            if process.is_alive:
                break
            process.close()
        self._least_idle = min(self._least_idle, len(self._idle))
        self._top_up()
        return process

    def give_back(self, process: QueryProcess, *, process_ends: bool) -> None:
        """Take back a process that has sent its answer, to use it again unless it ends now."""
        is_current = self._current is not None and self._current.owns(process)
        if is_current and process.is_alive and not process.is_lowered and not process_ends:
            self._idle.append(process)
        else:
            process.close()

    def kill(self, process: QueryProcess) -> None:
        """Kill a process, whether it is busy or idle."""
        process.close()
        for parent in self.parents:
            if parent.owns(process):
                parent.kill(process)

    def lower_priority(self, process: QueryProcess) -> None:
        """Let a process run only when no other process wants the processor."""
        for parent in self.parents:
            if parent.owns(process):
                parent.lower_priority(process)

    def trim(self) -> None:
        """End the idle processes not needed since the last trim, except the spare ones."""
        unneeded = max(self._least_idle - self._spare, 0)
        for process in self._idle[:unneeded]:
            process.close()
        del self._idle[:unneeded]
        self._least_idle = len(self._idle)

    def _top_up(self) -> None:
        while (parent := self.parent) is not None and len(self._idle) < self._spare:
            # At the end of the list that is taken last, to give it time to start.
            self._idle.insert(0, parent.fork())

    def _close_idle(self) -> None:
        for process in self._idle:
            process.close()
        self._idle.clear()

    async def _start(self, options: ParentOptions) -> bool:
        """Start a parent, and return whether it can fork."""
        self._needs_restart.clear()
        try:
            program, control = await self._start_parent(options)
        except QueryProcessesDown:
            self._needs_restart.set()
            return False
        self._current = ParentProcess(program, control, self._on_parent_gone)
        if not await self._current.is_ready:
            await asyncio.to_thread(self._current.reap)
            return False
        self._up.set()
        self._top_up()
        return True

    def _on_parent_gone(self, parent: ParentProcess) -> None:
        """Forget a parent that has died, and with it everything that it had forked."""
        if parent is self._current:
            self._up.clear()
            self._close_idle()
            self._needs_restart.set()
        else:
            self._retired.discard(parent)
            asyncio.get_running_loop().run_in_executor(None, parent.reap)

    async def _trim_regularly(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_TRIMS)
            self.trim()

    async def _restart_parents(self, options: ParentOptions, when_lost: Callable[[], None]) -> None:
        """Replace each parent that dies; call `when_lost` and stop if written data died with it."""
        while True:
            await self._needs_restart.wait()
            # A writer process has been adopted.
            if self.generation:
                when_lost()
                return
            if self._current is not None:
                code = await asyncio.to_thread(self._current.reap)
                _log.error(
                    "The parent of the query processes ended with exit code %d. Starting another.",
                    code,
                )
            if not await self._start(options):
                await asyncio.sleep(_SECONDS_BETWEEN_STARTS)
