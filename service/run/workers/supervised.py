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
from service.http.shared_counts import SharedMetrics
from service.queries.parent_client import AdoptedProcess
from service.queries.snapshot import ParentOptions, StartedParent
from service.routes.health import write_metrics
from service.run.switching import OpenedRelease, ReleaseSwitcher
from service.run.workers.channel import (
    SupervisorChannel,
    SupervisorMessage,
    SupervisorMessageKind,
    WorkerOptions,
)


class SupervisorClient:
    """Obeys the supervisor's messages, and gets the parents of query processes from it."""

    def __init__(self, start: WorkerOptions, end: socket.socket) -> None:
        self._start, self._end = start, end
        self._channel: SupervisorChannel | None = None
        self._wanted: dict[int, Future[StartedParent]] = {}
        self._opened: dict[int, OpenedRelease] = {}
        self._opening: set[Task[None]] = set()

    def first_parents(self) -> "SupervisorParents":
        """Return the source of parents for the release that is served first."""
        return SupervisorParents(self, self._start.generation)

    async def request_parent(self, generation: int) -> StartedParent:
        """Ask the supervisor for a parent for the release of this generation.

        Raises:
            QueryProcessesDown: the supervisor cannot provide one.
        """
        parent: Future[StartedParent] = asyncio.get_running_loop().create_future()
        self._wanted[generation] = parent
        self._send(SupervisorMessage(SupervisorMessageKind.WANT, generation))
        return await parent

    @asynccontextmanager
    async def follow_supervisor(self, switching: ReleaseSwitcher) -> AsyncIterator[None]:
        """Obey the supervisor for as long as the context lasts, and share the metrics."""
        self._channel = SupervisorChannel(self._end)
        metrics = switching.served.metrics
        metrics.switches = self._start.switches
        metrics.refused_releases = self._start.refused_releases
        metrics.all_processes = SharedMetrics(self._start.folder, self._start.name)
        sharing = metrics.all_processes.write_regularly(
            lambda: write_metrics(switching.served, of_all=False)[0]
        )
        tasks = [asyncio.create_task(self._obey(switching)), asyncio.create_task(sharing)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *self._opening, return_exceptions=True)

    def report_ready(self) -> None:
        """Tell the supervisor that this process answers requests."""
        self._send(SupervisorMessage(SupervisorMessageKind.READY, self._start.generation))

    def _send(self, message: SupervisorMessage) -> None:
        if self._channel is not None:
            self._channel.send(message)

    async def _obey(self, switching: ReleaseSwitcher) -> None:
        while self._channel is not None and (message := await self._channel.receive()) is not None:
            if message.kind is SupervisorMessageKind.PARENT:
                self._receive_parent(message)
            elif message.kind is SupervisorMessageKind.OPEN:
                task = asyncio.create_task(self._open(switching, message))
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)
            elif message.kind is SupervisorMessageKind.SWITCH:
                switching.replace(self._opened.pop(message.generation))
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

    def _receive_parent(self, message: SupervisorMessage) -> None:
        parent = self._wanted.pop(message.generation, None)
        if parent is None or parent.done():
            if message.control is not None:
                message.control.close()
        elif message.control is None:
            parent.set_exception(QueryProcessesDown())
        else:
            parent.set_result(StartedParent(AdoptedProcess(message.process_id), message.control))

    async def _open(self, switching: ReleaseSwitcher, message: SupervisorMessage) -> None:
        """Open a release while another is still served, and report the result."""
        parents = SupervisorParents(self, message.generation)
        try:
            opened = await switching.open(Path(message.release), parents)
        except (KgError, OSError) as error:
            self._send(
                SupervisorMessage(
                    SupervisorMessageKind.REFUSED, message.generation, reason=str(error)
                )
            )
            return
        self._opened[message.generation] = opened
        self._send(SupervisorMessage(SupervisorMessageKind.OPENED, message.generation))


@dataclass(frozen=True)
class SupervisorParents:
    """A source of parents that the supervisor has started, all for one release."""

    supervised: SupervisorClient
    generation: int

    async def start(self, options: ParentOptions) -> StartedParent:
        """Return a parent that no other process uses.

        Raises:
            QueryProcessesDown: the supervisor cannot provide one.
        """
        # The trunk that forks the parent already has these options.
        _ = options
        return await self.supervised.request_parent(self.generation)
