"""The parent of the parents, as the supervisor holds it.

The releases that are served or about to be, each with its trunk.
"""

import asyncio
import logging
import socket
import subprocess
from asyncio import Future
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final

from kg.store.release_folder import manifest_of
from service.errors import QueryProcessesDown
from service.queries.messages import Message, OrderKind, receive_messages
from service.queries.parent_client import AdoptedProcess
from service.queries.snapshot import Options, begins_on_disk, release_snapshot, start_program
from service.run.opening import limits_of
from service.settings import Settings

_PATIENCE_SECONDS: Final = 1.0


class Trunk:
    """Has one snapshot in memory, and forks a parent for each HTTP process that wants one."""

    def __init__(self, options: Options) -> None:
        loop = asyncio.get_running_loop()
        self._program, self._control = start_program(options)
        self._is_ready: Future[bool] = loop.create_future()
        self._numbers = count(1)
        # By number: the process id of each parent, once it is known.
        self._parents: dict[int, Future[int]] = {}
        self._buffer = bytearray()
        self._orphans: list[int] = []
        self._is_retired = False
        self.is_over = False
        self._control.setblocking(False)
        loop.add_reader(self._control, self._read)

    async def ready(self) -> None:
        """Wait until it can fork.

        Raises:
            QueryProcessesDown: it ends before.
        """
        if not await self._is_ready:
            raise QueryProcessesDown

    async def branch(self) -> tuple[int, socket.socket]:
        """A new parent: its process id, and the socket for its orders.

        Raises:
            QueryProcessesDown: the trunk is gone, or cannot fork.
            OSError: there can be no more sockets.
        """
        if self.is_over:
            raise QueryProcessesDown
        number = next(self._numbers)
        forked: Future[int] = asyncio.get_running_loop().create_future()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                order = Message(OrderKind.BRANCH, number).encode()
                socket.send_fds(self._control, [order], [theirs.fileno()])
                self._parents[number] = forked
                return await forked, ours
            except (OSError, QueryProcessesDown):
                ours.close()
                raise QueryProcessesDown from None

    def retire(self) -> None:
        """End with the last parent."""
        self._is_retired = True
        if not self._parents:
            self.end()

    def end(self) -> None:
        """End, and with it all parents and their query processes."""
        if self.is_over:
            return
        self.is_over = True
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        if not self._is_ready.done():
            self._is_ready.set_result(False)
        for forked in self._parents.values():
            if forked.done() and not forked.exception():
                self._orphans.append(forked.result())
            _refuse(forked)
        asyncio.get_running_loop().run_in_executor(None, self._bury)

    def _bury(self) -> None:
        try:
            self._program.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
        # They die with it. In a container they may be left to this process, the first in it.
        for orphan in self._orphans:
            with suppress(subprocess.TimeoutExpired):
                AdoptedProcess(orphan).wait(_PATIENCE_SECONDS)

    def _read(self) -> None:
        reports = receive_messages(self._control, self._buffer)
        if reports is None:
            self.end()
            return
        for report in reports:
            self._note(report)

    def _note(self, report: Message) -> None:
        if report.kind is OrderKind.READY:
            self._is_ready.set_result(True)
        elif report.kind is OrderKind.FORKED:
            self._parents[report.process].set_result(report.value)
        elif report.kind is OrderKind.ENDED:
            _refuse(self._parents.pop(report.process))
            if self._is_retired and not self._parents:
                self.end()


def _refuse(forked: "Future[int]") -> None:
    if not forked.done():
        forked.set_exception(QueryProcessesDown())


_log: Final = logging.getLogger("glocal.service")


class Generations:
    """Releases by their number, each time one is opened: the same folder may hold another then."""

    def __init__(self, settings: Settings, context_path: Path) -> None:
        self._settings, self._context_path = settings, context_path
        self._newest = 0
        self._releases: dict[int, Path] = {}
        self._trunks: dict[int, Trunk] = {}
        self._starting = asyncio.Lock()

    def add(self, release: Path) -> int:
        """A new generation: the release in this folder."""
        self._newest += 1
        self._releases[self._newest] = release
        return self._newest

    def release(self, generation: int) -> Path:
        """The folder of its release."""
        return self._releases[generation]

    async def trunk(self, generation: int) -> Trunk:
        """The trunk with its snapshot, started where there is none.

        Raises:
            QueryProcessesDown: it does not start, or the generation is retired.
        """
        async with self._starting:
            found = self._trunks.get(generation)
            if found is not None and not found.is_over:
                return found
            if generation not in self._releases:
                raise QueryProcessesDown
            if found is not None:
                _log.error("The parent of all query processes ended. Starting another.")
            try:
                trunk = Trunk(self._options(generation))
            except OSError as error:
                raise QueryProcessesDown from error
            await trunk.ready()
            self._trunks[generation] = trunk
            return trunk

    def retire(self, generation: int) -> None:
        """Let its trunk end once nobody needs it any more."""
        del self._releases[generation]
        trunk = self._trunks.pop(generation, None)
        if trunk is not None:
            trunk.retire()

    def end(self) -> None:
        """End all trunks."""
        for trunk in self._trunks.values():
            trunk.end()

    def _options(self, generation: int) -> Options:
        settings, folder = self._settings, self._releases[generation]
        is_on_disk = begins_on_disk(manifest_of(folder), settings.max_quads_in_memory)
        snapshot = release_snapshot(folder, is_on_disk=is_on_disk)
        return Options(snapshot, self._context_path, limits_of(settings))
