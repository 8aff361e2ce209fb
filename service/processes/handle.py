"""A query process, as the HTTP process holds it."""

import asyncio
import math
import socket
import sys
import time
from asyncio import Future, StreamReader, StreamWriter
from contextlib import suppress
from typing import Final

from service.processes import frames
from service.processes.change import Change
from service.processes.frames import Frame
from service.processes.job import Job

# Answers that are larger make the process wait.
_BUFFER_BYTES: Final = 2**18
# A process's own clock is made of its id and this (clock_getcpuclockid(3) does the same).
_SCHEDULER_CLOCK: Final = 2


class NeverTaken(Exception):
    """A job that was given to a process which had ended by then."""


class QueryProcess:
    """One query process: takes a job, gives the frames of its answer.

    It can be used from the moment that its fork has been ordered: what is written waits in the
    socket until it is there. `exit_code` is known once its parent has reported its end.
    """

    def __init__(self, number: int, ours: socket.socket, *theirs: socket.socket) -> None:
        ours.setblocking(False)
        self.number = number
        self.exit_code: Future[int | None] = asyncio.get_running_loop().create_future()
        self.process_id: int | None = None
        self.is_lowered = False
        self._ours, self._theirs = ours, theirs
        self._streams: tuple[StreamReader, StreamWriter] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether nothing is known of its end."""
        at_end = self._streams is not None and self._streams[0].at_eof()
        return not self.exit_code.done() and not at_end

    def forked(self, process_id: int) -> None:
        """It is there, and has its ends of its sockets; ours of them were kept until now.

        On macOS a socket that is closed before it has been received may be lost (bpo-14669).
        """
        self.process_id = process_id
        self._let_go()

    def processor_seconds(self) -> float:
        """The processor time that it has had, where the system tells; elsewhere infinite."""
        if self.process_id is None:
            return 0.0
        if sys.platform != "linux":
            return math.inf
        with suppress(OSError):
            return time.clock_gettime(~self.process_id << 3 | _SCHEDULER_CLOCK)
        return 0.0

    def ended(self, exit_code: int | None) -> None:
        """It is gone; with an exit code of none, so is its parent, and nobody knows why."""
        self._let_go()
        if not self.exit_code.done():
            self.exit_code.set_result(exit_code)

    async def ask(self, job: Job) -> Frame:
        """The first frame of the answer.

        Raises:
            NeverTaken: the process had ended before it took the job.
            IncompleteReadError: it has ended since.
        """
        return await self._sent(frames.encode_job(job))

    async def write(self, change: Change) -> Frame:
        """What a writing process says of a change.

        Raises:
            NeverTaken: the process had ended before it took the change.
            IncompleteReadError: it has ended since.
        """
        return await self._sent(frames.encode_change(change))

    async def receive(self) -> Frame:
        """The next frame of the answer.

        Raises:
            IncompleteReadError, ConnectionError: the process has ended.
        """
        if self._streams is None:
            raise ConnectionError
        reader, _ = self._streams
        kind, ends, length = frames.read_head(await reader.readexactly(frames.HEAD.size))
        return Frame(kind, ends, await reader.readexactly(length))

    async def _sent(self, frame: bytes) -> Frame:
        if self._streams is None and self.is_alive:
            self._streams = await asyncio.open_unix_connection(sock=self._ours, limit=_BUFFER_BYTES)
        if self._streams is None or not self.is_alive:
            raise NeverTaken
        self._streams[1].write(frame)
        try:
            return await self.receive()
        except ConnectionError:
            # The kernel says so where something was left unread; else there is just an end.
            raise NeverTaken from None

    def _let_go(self) -> None:
        for one in self._theirs:
            one.close()

    def close(self) -> None:
        """Close the connection: an idle process ends by it, a busy one once it writes."""
        if self._streams is not None:
            self._streams[1].transport.abort()
        self._ours.close()
