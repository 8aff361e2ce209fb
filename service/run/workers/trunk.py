"""The trunk, from which all parents are forked, as the supervisor sees it.

The releases that are served or about to be served, each with its trunk.
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

from kg.store.release_folder import read_manifest
from service.errors import QueryProcessesDown
from service.queries.messages import ControlKind, ControlMessage, receive_messages
from service.queries.parent_client import AdoptedProcess
from service.queries.snapshot import (
    ParentOptions,
    opens_from_disk_first,
    release_snapshot,
    spawn_parent,
)
from service.run.opening import query_limits
from service.settings import Settings

_PATIENCE_SECONDS: Final = 1.0


class ParentForkServer:
    """A process that holds one snapshot in memory and forks a parent for each HTTP process."""

    def __init__(self, options: ParentOptions) -> None:
        loop = asyncio.get_running_loop()
        self._program, self._control = spawn_parent(options)
        self._is_ready: Future[bool] = loop.create_future()
        self._numbers = count(1)
        # The process id of each parent, by the number of the command that forked it.
        self._parents: dict[int, Future[int]] = {}
        self._buffer = bytearray()
        self._orphans: list[int] = []
        self._is_retired = False
        self.has_ended = False
        self._control.setblocking(False)
        loop.add_reader(self._control, self._read)

    async def wait_until_ready(self) -> None:
        """Wait until the trunk can fork.

        Raises:
            QueryProcessesDown: the trunk ended first.
        """
        if not await self._is_ready:
            raise QueryProcessesDown

    async def fork_parent(self) -> tuple[int, socket.socket]:
        """Fork a parent, and return its process id and its control socket.

        Raises:
            QueryProcessesDown: the trunk has gone, or cannot fork.
            OSError: no more sockets can be opened.
        """
        if self.has_ended:
            raise QueryProcessesDown
        number = next(self._numbers)
        process_id: Future[int] = asyncio.get_running_loop().create_future()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                command = ControlMessage(ControlKind.BRANCH, number).encode()
                socket.send_fds(self._control, [command], [theirs.fileno()])
                self._parents[number] = process_id
                return await process_id, ours
            except (OSError, QueryProcessesDown):
                ours.close()
                raise QueryProcessesDown from None

    def retire(self) -> None:
        """End the trunk once its last parent has ended."""
        self._is_retired = True
        if not self._parents:
            self.end()

    def end(self) -> None:
        """End the trunk, and with it all parents and their query processes."""
        if self.has_ended:
            return
        self.has_ended = True
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        if not self._is_ready.done():
            self._is_ready.set_result(False)
        for process_id in self._parents.values():
            if process_id.done() and not process_id.exception():
                self._orphans.append(process_id.result())
            _fail(process_id)
        asyncio.get_running_loop().run_in_executor(None, self._wait_until_ended)

    def _wait_until_ended(self) -> None:
        try:
            self._program.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            self._program.wait()
        # The parents die with the trunk. In a container this process may be the init process, and
        # then it must reap them.
        for orphan in self._orphans:
            with suppress(subprocess.TimeoutExpired):
                AdoptedProcess(orphan).wait(_PATIENCE_SECONDS)

    def _read(self) -> None:
        reports = receive_messages(self._control, self._buffer)
        if reports is None:
            self.end()
            return
        for report in reports:
            self._handle_report(report)

    def _handle_report(self, report: ControlMessage) -> None:
        if report.kind is ControlKind.READY:
            self._is_ready.set_result(True)
        elif report.kind is ControlKind.FORKED:
            self._parents[report.process].set_result(report.value)
        elif report.kind is ControlKind.ENDED:
            _fail(self._parents.pop(report.process))
            if self._is_retired and not self._parents:
                self.end()


def _fail(process_id: "Future[int]") -> None:
    if not process_id.done():
        process_id.set_exception(QueryProcessesDown())


_log: Final = logging.getLogger("glocal.service")


class Generations:
    """Releases by generation: a number that is new each time a release is opened.

    The folder alone does not identify a release, since its content may be replaced.
    """

    def __init__(self, settings: Settings, context_path: Path) -> None:
        self._settings, self._context_path = settings, context_path
        self._newest = 0
        self._releases: dict[int, Path] = {}
        self._trunks: dict[int, ParentForkServer] = {}
        self._starting = asyncio.Lock()

    def add(self, release: Path) -> int:
        """Add the release in this folder, and return its generation."""
        self._newest += 1
        self._releases[self._newest] = release
        return self._newest

    def release(self, generation: int) -> Path:
        """Return the folder of a generation's release."""
        return self._releases[generation]

    async def running_trunk(self, generation: int) -> ParentForkServer:
        """Return the trunk of a generation, and start one if none is running.

        Raises:
            QueryProcessesDown: the trunk does not start, or the generation has been retired.
        """
        async with self._starting:
            previous = self._trunks.get(generation)
            if previous is not None and not previous.has_ended:
                return previous
            if generation not in self._releases:
                raise QueryProcessesDown
            if previous is not None:
                _log.error("The parent of all query processes ended. Starting another.")
            try:
                trunk = ParentForkServer(self._options(generation))
            except OSError as error:
                raise QueryProcessesDown from error
            await trunk.wait_until_ready()
            self._trunks[generation] = trunk
            return trunk

    def retire(self, generation: int) -> None:
        """Forget a generation; its trunk ends with the last of its parents."""
        del self._releases[generation]
        trunk = self._trunks.pop(generation, None)
        if trunk is not None:
            trunk.retire()

    def end(self) -> None:
        """End all trunks."""
        for trunk in self._trunks.values():
            trunk.end()

    def _options(self, generation: int) -> ParentOptions:
        settings, folder = self._settings, self._releases[generation]
        is_on_disk = opens_from_disk_first(read_manifest(folder), settings.max_quads_in_memory)
        snapshot = release_snapshot(folder, is_on_disk=is_on_disk)
        return ParentOptions(snapshot, self._context_path, query_limits(settings))
