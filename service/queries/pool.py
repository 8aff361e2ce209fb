"""Which queries run, which wait, which are refused.

Query processes that wait ready, and the parent that they come from.
"""

import asyncio
import logging
import socket
from asyncio import Event, Future, Task
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.errors import QueryProcessesDown, TooManyQueries
from service.queries.parent_client import AdoptedProcess, Life, QueryProcess
from service.queries.snapshot import Options, OwnParents, Parents

RETRY_SECONDS: Final = 5


@dataclass(frozen=True)
class Room:
    """How many queries run at once, of all clients and of one; how many wait, and how long."""

    running: int = 64
    running_per_client: int = 16
    waiting: int = 256
    waiting_seconds: float = 5


class Admission:
    """Lets queries run in the order in which they came, but no client more than its share.

    Where the queue is full, a query of the client that has most in it gives way: one client
    cannot fill it against the others.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._running: Counter[str] = Counter()
        self._queue: list[tuple[str, Future[None]]] = []

    @property
    def running(self) -> int:
        """How many queries run."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return len(self._queue)

    async def enter(self, client: str) -> None:
        """Wait until a query of this client may run; `leave` has to follow.

        Raises:
            TooManyQueries: the queue is full, or it has waited for too long.
        """
        if self._may_run(client):
            self._running[client] += 1
            return
        turn: Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((client, turn))
        if len(self._queue) > self._room.waiting:
            self._refuse_one()
        try:
            async with asyncio.timeout(self._room.waiting_seconds):
                await turn
        except TimeoutError:
            self._give_up(client, turn)
            raise self._too_many() from None
        except asyncio.CancelledError:
            self._give_up(client, turn)
            raise

    def leave(self, client: str) -> None:
        """A query of this client has ended: let the next one run."""
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        for place, (waiting, turn) in enumerate(self._queue):
            if not turn.done() and self._may_run(waiting):
                del self._queue[place]
                self._running[waiting] += 1
                turn.set_result(None)
                return

    def _may_run(self, client: str) -> bool:
        is_room = self.running < self._room.running
        return is_room and self._running[client] < self._room.running_per_client

    def _refuse_one(self) -> None:
        """The newest query of the client that has most in the queue."""
        [(most, _)] = Counter(client for client, _ in self._queue).most_common(1)
        place = max(at for at, (client, _) in enumerate(self._queue) if client == most)
        _, turn = self._queue.pop(place)
        if not turn.done():
            turn.set_exception(self._too_many())

    def _give_up(self, client: str, turn: Future[None]) -> None:
        """Leave the queue, or the place that was given in the same moment."""
        if (client, turn) in self._queue:
            self._queue.remove((client, turn))
        elif not turn.cancelled() and turn.exception() is None:
            self.leave(client)

    def _too_many(self) -> TooManyQueries:
        return TooManyQueries(self._room.running, self._room.running_per_client, RETRY_SECONDS)


_log: Final = logging.getLogger("glocal.service")
_SECONDS_BETWEEN_TRIMS: Final = 10
_SECONDS_BETWEEN_STARTS: Final = 1.0
# A parent of a million quads is there after two seconds.
_PATIENCE_SECONDS: Final = 5.0
# What a writing process has left to do once it has changed the store: it may copy all of it, which
# takes 4 s for two million quads.
_ADOPTION_SECONDS: Final = 120.0


class Pool:
    """Gives out query processes, and keeps some spare ones forked ahead.

    A process takes one query after another. While it is busy, the next query takes a spare one;
    one that was lowered to the lowest priority is not taken again, since it cannot be raised.
    Those that nobody has needed for a while are let go.

    A parent that dies is started again, but not once another has been adopted: what was written
    died with it, and `when_lost` is called. `generation` counts the adoptions.
    """

    def __init__(self, spare: int, parents: Parents | None = None) -> None:
        self.generation = 0
        self._spare, self._parents = spare, parents or OwnParents()
        self._idle: list[QueryProcess] = []
        self._life: Life | None = None
        self._retired: set[Life] = set()
        self._is_written = False
        self._is_up, self._is_down = Event(), Event()
        self._keepers: list[Task[None]] = []
        # The fewest that were idle at once since the last trim: so many were not needed.
        self._least_idle = 0

    @property
    def life(self) -> Life | None:
        """The parent, if there is one that can fork."""
        return self._life if self._is_up.is_set() else None

    async def open(self, options: Options, when_lost: Callable[[], None]) -> None:
        """Start the parent; the first query processes are there soon after.

        Raises:
            QueryProcessesDown: it ends before it is ready.
        """
        if not await self._start(options):
            raise QueryProcessesDown
        keepers = self._keep(options, when_lost), self._tend()
        self._keepers = [asyncio.create_task(one) for one in keepers]

    async def close(self) -> None:
        """End the parent and every query process."""
        for keeper in self._keepers:
            keeper.cancel()
        for life in self._lives():
            life.end()
            await asyncio.to_thread(life.bury)

    async def current(self) -> Life:
        """The parent, after waiting for it if there is none at the moment.

        Raises:
            QueryProcessesDown: there is none for too long.
        """
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._is_up.wait()
        except TimeoutError:
            raise QueryProcessesDown from None
        if self._life is None:
            raise QueryProcessesDown
        return self._life

    async def adopt(
        self, process: QueryProcess, program: AdoptedProcess, control: socket.socket
    ) -> bool:
        """Let a writing process be the parent from now on; false if it or the present one died.

        The present one ends once the queries are over that still ask it.
        """
        before = self._life
        self._is_written = True
        if before is None or not before.release(process):
            return False
        life = Life(program, control, self._lost)
        try:
            async with asyncio.timeout(_ADOPTION_SECONDS):
                is_ready = await life.is_ready
        except TimeoutError:
            is_ready = False
        if not is_ready or self._life is not before or not self._is_up.is_set():
            program.kill()
            life.end()
            return False
        self._life = life
        self.generation += 1
        self._retired.add(before)
        for idle in self._idle:
            idle.close()
        self._idle.clear()
        self._top_up()
        before.retire()
        return True

    async def take(self, *, is_new: bool = False) -> QueryProcess:
        """A process that is ready, after waiting for a parent if there is none at the moment.

        Args:
            is_new: never one that has been idle.

        Raises:
            QueryProcessesDown: there is none for too long.
        """
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                while True:
                    await self._is_up.wait()
                    process = self._fork() if is_new or not self._idle else self._idle.pop()
                    if process.is_alive:
                        break
                    process.close()
        except TimeoutError:
            raise QueryProcessesDown from None
        self._least_idle = min(self._least_idle, len(self._idle))
        self._top_up()
        return process

    def give_back(self, process: QueryProcess, *, ends: bool) -> None:
        """Take back a process that has finished its answer; `ends` if it takes no other job."""
        is_ours = self._life is not None and self._life.owns(process)
        if is_ours and process.is_alive and not process.is_lowered and not ends:
            self._idle.append(process)
        else:
            process.close()

    def kill(self, process: QueryProcess) -> None:
        """Kill a process, whatever it does."""
        process.close()
        for life in self._lives():
            if life.owns(process):
                life.kill(process)

    def lower(self, process: QueryProcess) -> None:
        """Let a process run only where nothing else wants the processor."""
        for life in self._lives():
            if life.owns(process):
                life.lower(process)

    def _lives(self) -> list[Life]:
        return [*self._retired, *([self._life] if self._life is not None else [])]

    def trim(self) -> None:
        """Let those go that nobody has needed since the last time, but for the spare ones."""
        unneeded = max(self._least_idle - self._spare, 0)
        for process in self._idle[:unneeded]:
            process.close()
        del self._idle[:unneeded]
        self._least_idle = len(self._idle)

    def _fork(self) -> QueryProcess:
        if self._life is None:
            raise QueryProcessesDown
        return self._life.fork()

    def _top_up(self) -> None:
        while self._is_up.is_set() and len(self._idle) < self._spare:
            # At the end that is taken last, so that it has time to come into being.
            self._idle.insert(0, self._fork())

    async def _start(self, options: Options) -> bool:
        """Start a parent; whether it can fork."""
        self._is_down.clear()
        try:
            program, control = await self._parents.start(options)
        except QueryProcessesDown:
            return False
        self._life = Life(program, control, self._lost)
        if not await self._life.is_ready:
            await asyncio.to_thread(self._life.bury)
            return False
        self._is_up.set()
        self._top_up()
        return True

    def _lost(self, life: Life) -> None:
        """A parent is gone, and all that it had forked."""
        if life is self._life:
            self._is_up.clear()
            for process in self._idle:
                process.close()
            self._idle.clear()
            self._is_down.set()
        else:
            self._retired.discard(life)
            asyncio.get_running_loop().run_in_executor(None, life.bury)

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_TRIMS)
            self.trim()

    async def _keep(self, options: Options, when_lost: Callable[[], None]) -> None:
        """Put another parent in the place of each one that is lost, as long as nothing is."""
        while True:
            await self._is_down.wait()
            if self._is_written:
                when_lost()
                return
            if self._life is not None:
                code = await asyncio.to_thread(self._life.bury)
                _log.error("The parent of the query processes ended: %d. Starting another.", code)
            if not await self._start(options):
                await asyncio.sleep(_SECONDS_BETWEEN_STARTS)
