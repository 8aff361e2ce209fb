"""The connection of an HTTP process to its supervisor."""

import asyncio
import shutil
import signal
import socket
from asyncio import Future, Task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from kg.errors import KgError
from service.errors import QueryProcessesDown
from service.http.shared_counts import SharedCounts
from service.queries.parent_client import AdoptedProcess
from service.queries.snapshot import Options, Parent
from service.routes.health import exposition
from service.run.switching import Opened, Switching
from service.run.workers.channel import Channel, Kind, Message, Start


class Supervised:
    """Obeys the supervisor's messages, and gets the parents of query processes from it."""

    def __init__(self, start: Start, end: socket.socket) -> None:
        self._start, self._end = start, end
        self._channel: Channel | None = None
        self._wanted: dict[int, Future[Parent]] = {}
        self._opened: dict[int, Opened] = {}
        self._opening: set[Task[None]] = set()

    def first_parents(self) -> "LentParents":
        """Return the source of parents for the release that is served first."""
        return LentParents(self, self._start.generation)

    async def want(self, generation: int) -> Parent:
        """Ask the supervisor for a parent for the release of this generation.

        Raises:
            QueryProcessesDown: the supervisor cannot provide one.
        """
        parent: Future[Parent] = asyncio.get_running_loop().create_future()
        self._wanted[generation] = parent
        self._send(Message(Kind.WANT, generation))
        return await parent

    @asynccontextmanager
    async def obeying(self, switching: Switching) -> AsyncIterator[None]:
        """Obey the supervisor for as long as the context lasts, and share the metrics."""
        self._channel = Channel(self._end)
        metrics = switching.served.metrics
        metrics.switches = self._start.switches
        metrics.refused_releases = self._start.refused_releases
        metrics.shared = SharedCounts(self._start.folder, self._start.name)
        sharing = metrics.shared.keep(lambda: exposition(switching.served, of_all=False)[0])
        tasks = [asyncio.create_task(self._obey(switching)), asyncio.create_task(sharing)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *self._opening, return_exceptions=True)

    def ready(self) -> None:
        """Tell the supervisor that this process answers requests."""
        self._send(Message(Kind.READY, self._start.generation))

    def _send(self, message: Message) -> None:
        if self._channel is not None:
            self._channel.send(message)

    async def _obey(self, switching: Switching) -> None:
        while self._channel is not None and (message := await self._channel.receive()) is not None:
            if message.kind is Kind.PARENT:
                self._receive_parent(message)
            elif message.kind is Kind.OPEN:
                task = asyncio.create_task(self._open(switching, message))
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)
            elif message.kind is Kind.SWITCH:
                switching.put(self._opened.pop(message.generation))
            else:
                switching.served.metrics.refused_releases += 1
                if opened := self._opened.pop(message.generation, None):
                    await opened.close()
        # The supervisor has gone, so this process ends too: nothing would restart it.
        for parent in self._wanted.values():
            if not parent.done():
                parent.set_exception(QueryProcessesDown())
        # A supervisor that was killed has left its folder behind.
        shutil.rmtree(self._start.folder, ignore_errors=True)
        signal.raise_signal(signal.SIGTERM)

    def _receive_parent(self, message: Message) -> None:
        parent = self._wanted.pop(message.generation, None)
        if parent is None or parent.done():
            if message.control is not None:
                message.control.close()
        elif message.control is None:
            parent.set_exception(QueryProcessesDown())
        else:
            parent.set_result(Parent(AdoptedProcess(message.process_id), message.control))

    async def _open(self, switching: Switching, message: Message) -> None:
        """Open a release while another is still served, and report the result."""
        parents = LentParents(self, message.generation)
        try:
            opened = await switching.opened(Path(message.release), parents)
        except (KgError, OSError) as error:
            self._send(Message(Kind.REFUSED, message.generation, reason=str(error)))
            return
        self._opened[message.generation] = opened
        self._send(Message(Kind.OPENED, message.generation))


@dataclass(frozen=True)
class LentParents:
    """A source of parents that the supervisor has started, all for one release."""

    supervised: Supervised
    generation: int

    async def start(self, options: Options) -> Parent:
        """Return a parent that no other process uses.

        Raises:
            QueryProcessesDown: the supervisor cannot provide one.
        """
        # The trunk that forks the parent already has these options.
        _ = options
        return await self.supervised.want(self.generation)
