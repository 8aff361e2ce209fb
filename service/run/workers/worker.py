"""An HTTP process: `python -m service.run.workers.worker CHANNEL LISTENING OPTIONS`.

CHANNEL and LISTENING are the file descriptors of the socket to the supervisor and of the listening
socket; OPTIONS is an encoded `WorkerOptions`.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import socket
import sys
from asyncio import Future, Task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kg.errors import BrokenRelease, KgError
from service.errors import QueryProcessesDown
from service.log_output import DescriptorSink
from service.queries.snapshot import AdoptedProcess, ParentOptions, StartedParent
from service.run.app import create_app
from service.run.server import open_request_log, run_server
from service.run.switching import OpenedRelease, ReleaseSwitcher
from service.run.workers.channel import Channel, Message, MessageKind, WorkerOptions


def main(arguments: list[str]) -> None:
    """Answer requests until the supervisor ends this process, or has gone."""
    channel, listening = (socket.socket(fileno=int(descriptor)) for descriptor in arguments[1:3])
    options = WorkerOptions.model_validate_json(arguments[3])
    settings = options.settings
    output = LockedOutput(1, options.folder / "log.lock")
    log, client = open_request_log(settings, output), SupervisorClient(options, channel)
    try:
        service = create_app(settings, request_log=log, supervised=client)
    except (KgError, OSError) as error:
        # The folder of the release may have been removed since the service started.
        sys.exit(str(error))
    run_server(service, settings, listening)


class LockedOutput:
    """Standard output with a lock, so that several processes do not mix their log lines."""

    def __init__(self, descriptor: int, lock: Path) -> None:
        self._sink = DescriptorSink(descriptor)
        # Opened by each process itself: processes that inherit the descriptor share the lock.
        self._lock = os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600)

    def write(self, piece: bytes) -> None:
        """Write a piece while no other process writes."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._sink.write(piece)
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)


class SupervisorClient:
    """Obeys the supervisor's messages, and gets the parents of query processes from it."""

    def __init__(self, options: WorkerOptions, end: socket.socket) -> None:
        self._options, self._end = options, end
        self._channel: Channel | None = None
        # By generation and program.
        self._wanted: list[tuple[tuple[int, str], Future[StartedParent]]] = []
        self._opened: dict[int, OpenedRelease] = {}
        self._opening: set[Task[None]] = set()

    async def start_first_parent(self, options: ParentOptions) -> StartedParent:
        """Get a parent for the release that is served first."""
        return await self.request_parent(self._options.generation, options.program)

    async def request_parent(self, generation: int, program: str) -> StartedParent:
        """Ask the supervisor for a parent that runs a program for the release of this generation.

        Raises QueryProcessesDown if the supervisor cannot provide one.
        """
        parent: Future[StartedParent] = asyncio.get_running_loop().create_future()
        self._wanted.append(((generation, program), parent))
        self._send(Message(MessageKind.WANT, generation, program=program))
        try:
            return await parent
        finally:
            self._wanted.remove(((generation, program), parent))

    @asynccontextmanager
    async def follow_supervisor(self, switching: ReleaseSwitcher) -> AsyncIterator[None]:
        """Obey the supervisor for as long as the context lasts, and share the metrics."""
        self._channel = Channel(self._end)
        metrics = switching.served.metrics
        metrics.switches = self._options.switches
        metrics.refused_releases = self._options.refused_releases
        metrics.file = self._options.metrics_file
        switching.served.integrity.is_verified = self._options.is_verified
        # Imported only here, since prometheus_client takes 50 ms.
        from service.http.exposition import write_regularly

        sharing = write_regularly(lambda: switching.served, metrics.file)
        tasks = [asyncio.create_task(self._obey(switching)), asyncio.create_task(sharing)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, *self._opening, return_exceptions=True)

    def report_ready(self) -> None:
        """Tell the supervisor that this process answers requests."""
        self._send(Message(MessageKind.READY, self._options.generation))

    def _send(self, message: Message) -> None:
        if self._channel is not None:
            self._channel.send(message)

    async def _obey(self, switching: ReleaseSwitcher) -> None:
        while self._channel is not None and (message := await self._channel.receive()) is not None:
            if message.kind is MessageKind.PARENT:
                self._receive_parent(message)
            elif message.kind is MessageKind.OPEN:
                task = asyncio.create_task(self._open(switching, message))
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)
            elif message.kind is MessageKind.SWITCH:
                switching.replace(self._opened.pop(message.generation))
            elif message.kind is MessageKind.VERIFIED:
                switching.served.integrity.is_verified = True
            elif message.kind is MessageKind.WITHDRAW:
                folder = self._options.settings.release or Path()
                switching.refuse(BrokenRelease(folder, message.reason))
            else:
                switching.served.metrics.refused_releases += 1
                if opened := self._opened.pop(message.generation, None):
                    await opened.close()
        # The supervisor has gone, so this process ends too: nothing would restart it.
        for _, parent in self._wanted:
            if not parent.done():
                parent.set_exception(QueryProcessesDown())
        # A supervisor that was killed has left its folder behind.
        shutil.rmtree(self._options.folder, ignore_errors=True)
        signal.raise_signal(signal.SIGTERM)

    def _receive_parent(self, message: Message) -> None:
        """Pass a parent to the first caller that still waits for one of its generation."""
        key = message.generation, message.program
        wanted = (future for each, future in self._wanted if each == key)
        parent = next((future for future in wanted if not future.done()), None)
        if parent is None:
            if message.control is not None:
                message.control.close()
        elif message.control is None:
            parent.set_exception(QueryProcessesDown())
        else:
            parent.set_result(StartedParent(AdoptedProcess(message.process_id), message.control))

    async def _open(self, switching: ReleaseSwitcher, message: Message) -> None:
        generation = message.generation
        try:
            opened = await switching.open(
                Path(message.release),
                lambda options: self.request_parent(generation, options.program),
            )
        except (KgError, OSError) as error:
            self._send(Message(MessageKind.REFUSED, generation, reason=str(error)))
            return
        self._opened[generation] = opened
        self._send(Message(MessageKind.OPENED, generation))


if __name__ == "__main__":
    main(sys.argv)
