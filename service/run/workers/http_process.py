"""An HTTP process as the supervisor sees it: options on its command line, then commands.

Commands and answers are lines of JSON over a Unix socket. The commands are:

    ["open", generation, folder, address]
                                  Open this release, whose quads are in the folder or on the server
                                  with this address, while the other one is still served.
    ["switch"]                    Serve it from now on.
    ["drop"]                      Close it: some other HTTP process cannot open it.
    ["verified"]                  All files of the release that is served were verified.
    ["refuse", reason]            Answer nothing from it any more: one of its files was changed.

The HTTP process sends an empty string once it answers requests. It answers each `open` by an empty
string too, or tells why it cannot open the release.
"""

import asyncio
import json
import signal
import socket
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, Process, create_subprocess_exec
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from kg.errors import BrokenRelease
from service.http.observation import LIVE_SUFFIX
from service.queries.snapshot import child_connection
from service.run.workers.trunk import Generation
from service.settings import Settings

# Opening a release of two million quads takes less than ten seconds.
_OPENING_SECONDS: Final = 120.0


class WorkerOptions(BaseModel, frozen=True):
    """The settings, with the release to serve, and what else an HTTP process needs to start.

    `name` is unique to it. `folder` has the sockets of the trunks, and the metrics of each process.
    `generation` is the number of a `Generation`. The process continues to count from the two
    counts. `is_verified` tells whether all files of the release were verified already.
    """

    settings: Settings
    name: str
    folder: Path
    generation: int
    switches: int
    refused_releases: int
    is_verified: bool = True

    @property
    def metrics_file(self) -> Path:
        """The file to which this process writes its metrics."""
        return self.folder / f"{self.name}{LIVE_SUFFIX}"


def send(writer: StreamWriter, message: object) -> None:
    """Send a command or an answer."""
    writer.write(json.dumps(message).encode() + b"\n")


async def receive(reader: StreamReader) -> Any:
    """Wait for the next command or answer; None if the other side has gone."""
    with suppress(ConnectionError):
        if line := await reader.readline():
            return json.loads(line)
    return None


class HttpProcess:
    """An HTTP process; its task `starting` is done once it answers requests, or has ended."""

    def __init__(self, process: Process, reader: StreamReader, writer: StreamWriter) -> None:
        self._process, self._reader, self._writer = process, reader, writer
        self.starting = asyncio.create_task(receive(reader))

    @classmethod
    async def start(cls, options: WorkerOptions, listening: socket.socket) -> "HttpProcess":
        """Start an HTTP process that accepts connections from the listening socket."""
        with child_connection() as (ours, theirs):
            descriptors = [theirs.fileno(), listening.fileno()]
            process = await create_subprocess_exec(
                *(sys.executable, "-P", "-m", "service.run.workers.worker"),
                *(str(descriptor) for descriptor in descriptors),
                options.model_dump_json(),
                stdin=DEVNULL,
                pass_fds=descriptors,
                # A process group of its own: Ctrl-C in a terminal reaches the supervisor alone,
                # which passes it on once.
                process_group=0,
            )
        return cls(process, *await asyncio.open_unix_connection(sock=ours))

    @property
    def is_up(self) -> bool:
        """Whether it answers requests."""
        return self.starting.done() and self.starting.result() is not None

    def send(self, *command: str | int) -> None:
        """Send a command; one that has ended receives nothing."""
        send(self._writer, command)

    async def open(self, generation: Generation) -> None:
        """Have it open a release; raise BrokenRelease if it cannot."""
        self.send("open", generation.number, str(generation.release), generation.address)
        try:
            async with asyncio.timeout(_OPENING_SECONDS):
                reason = await receive(self._reader)
        except TimeoutError:
            self.send_signal(signal.SIGKILL)
            reason = "an HTTP process took too long to open it"
        # A process that has ended meanwhile is restarted with the release served then.
        if reason:
            raise BrokenRelease(generation.release, reason)

    def send_signal(self, signal_number: signal.Signals) -> None:
        """Send the process a signal if it still exists."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal_number)

    async def wait(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        code = await self._process.wait()
        self._writer.close()
        return code
