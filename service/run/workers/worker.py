"""An HTTP process: `python -m service.run.workers.worker CHANNEL LISTENING OPTIONS`.

CHANNEL and LISTENING are the file descriptors of the socket to the supervisor and of the listening
socket; OPTIONS is an encoded `WorkerOptions`.
"""

import asyncio
import fcntl
import os
import shutil
import socket
import sys
from asyncio import StreamReader, StreamWriter, Task
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from kg.errors import BrokenRelease, KgError
from service.log_output import DescriptorSink
from service.queries.parent_client import connect_to_trunk
from service.queries.snapshot import ParentOptions, StartedParent
from service.run.app import create_app
from service.run.server import open_request_log, run_server
from service.run.switching import OpenedRelease, ReleaseSwitcher
from service.run.workers.http_process import WorkerOptions, receive, send
from service.run.workers.trunk import trunk_address


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
    """Obeys the supervisor's commands (see `http_process`), and gets parents from its trunks."""

    def __init__(self, options: WorkerOptions, end: socket.socket) -> None:
        self._options, self._end = options, end
        self._opening: Task[OpenedRelease | None] | None = None

    async def start_first_parent(self, options: ParentOptions) -> StartedParent:
        """Get a parent for the release that is served first; see `connect_to_trunk`."""
        return await self._start_parent(self._options.generation, options)

    async def _start_parent(self, generation: int, options: ParentOptions) -> StartedParent:
        address = trunk_address(self._options.folder, generation, options.program)
        return await connect_to_trunk(address)

    @asynccontextmanager
    async def follow_supervisor(self, switching: ReleaseSwitcher) -> AsyncIterator[None]:
        """Tell the supervisor that this process answers requests, and obey it in this context."""
        served = switching.served
        served.integrity.is_verified = self._options.is_verified
        served.metrics.switches = self._options.switches
        served.metrics.refused_releases = self._options.refused_releases
        served.metrics.file = self._options.metrics_file
        # Imported only here, since prometheus_client takes 50 ms.
        from service.http.exposition import write_regularly

        reader, writer = await asyncio.open_unix_connection(sock=self._end)
        send(writer, "")
        sharing = write_regularly(lambda: switching.served, self._options.metrics_file)
        obeying = self._obey_all(switching, reader, writer)
        tasks = [asyncio.create_task(obeying), asyncio.create_task(sharing)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _obey_all(
        self, switching: ReleaseSwitcher, reader: StreamReader, writer: StreamWriter
    ) -> None:
        while (command := await receive(reader)) is not None:
            match command:
                case ["open", generation, release, address]:
                    opening = self._open(switching, generation, Path(release), address, writer)
                    self._opening = asyncio.create_task(opening)
                case ["switch"] if opened := self._take_opened():
                    switching.replace(opened)
                case ["drop"]:
                    switching.served.metrics.refused_releases += 1
                    if opened := self._take_opened():
                        await opened.close()
                case ["verified"]:
                    switching.served.integrity.is_verified = True
                case ["refuse", reason]:
                    folder = self._options.settings.release or Path()
                    switching.refuse(BrokenRelease(folder, reason))
        # The supervisor was killed, and has left its folder behind. Nothing would restart this
        # process, so it ends, as the query processes do.
        shutil.rmtree(self._options.folder, ignore_errors=True)
        os._exit(1)

    def _take_opened(self) -> OpenedRelease | None:
        """Return the release that was opened last, once, if this succeeded."""
        opening, self._opening = self._opening, None
        return opening.result() if opening is not None else None

    async def _open(
        self,
        switching: ReleaseSwitcher,
        generation: int,
        release: Path,
        address: str,
        writer: StreamWriter,
    ) -> OpenedRelease | None:
        start_parent = partial(self._start_parent, generation)
        try:
            opened = await switching.open(release, start_parent, address=address)
        except (KgError, OSError) as error:
            send(writer, str(error))
            return None
        send(writer, "")
        return opened


if __name__ == "__main__":
    main(sys.argv)
