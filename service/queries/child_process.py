"""A query process, evaluator process or writer process, as the HTTP process sees it."""

import asyncio
import math
import signal
import socket
import sys
import time
from asyncio import Future, IncompleteReadError
from collections import deque
from contextlib import suppress
from typing import Final

from kg.errors import KgError
from service import errors
from service.queries import messages
from service.queries.messages import Change, Job, QueryLimits, SocketFrame

_READ_BYTES: Final = 2**16
# A process that has written more than this waits until its answer is read.
_BUFFER_BYTES: Final = 2**18
# The id of a process's CPU clock is made of its process id and this flag, as
# clock_getcpuclockid(3) does.
_SCHEDULER_CLOCK: Final = 2
# Within this time after the end of its connection, a process has ended and its parent has reported
# the exit code.
_PATIENCE_SECONDS: Final = 2.0
_RETRY_SECONDS: Final = 1
_QUERY: Final = "query"


class JobNotTaken(Exception):
    """The process had ended before it took the job."""


class QueryProcess:
    """A process that takes a job and returns the frames of its answer.

    It can be used as soon as the command to fork it has been sent: bytes written to the socket
    wait there until the process runs. `exit_code` is set once its parent has reported its end.
    """

    # Not asyncio's streams: they take twice as long, and uvloop aborts the process if a socket is
    # closed while it makes a stream of it.

    def __init__(self, number: int, ours: socket.socket, *theirs: socket.socket) -> None:
        self._loop = asyncio.get_running_loop()
        ours.setblocking(False)
        self.number = number
        self.exit_code: Future[int | None] = self._loop.create_future()
        self.process_id: int | None = None
        self._ours, self._theirs = ours, theirs
        self._received = bytearray()
        self._unsent: deque[memoryview] = deque()
        self._is_reading = self._is_writing = self._is_at_end = self._was_reset = False
        self._change: Future[None] | None = None

    @property
    def is_alive(self) -> bool:
        """Whether the process is not known to have ended."""
        return not (self._is_at_end or self.exit_code.done())

    def mark_forked(self, process_id: int) -> None:
        """Record that the process runs, and close this process's copies of its sockets.

        On macOS, a socket that is closed before it has been received may be lost (bpo-14669).
        """
        self.process_id = process_id
        self._close_theirs()

    def mark_ended(self, exit_code: int | None) -> None:
        """Record that the process has ended; the exit code is None if its parent is gone too."""
        self._close_theirs()
        if not self.exit_code.done():
            self.exit_code.set_result(exit_code)

    def _close_theirs(self) -> None:
        for end in self._theirs:
            end.close()

    def processor_seconds(self) -> float:
        """Return the processor time used so far; infinite on systems that do not report it."""
        if self.process_id is None:
            return 0.0
        if sys.platform != "linux":
            return math.inf
        with suppress(OSError):
            return time.clock_gettime(~self.process_id << 3 | _SCHEDULER_CLOCK)
        return 0.0

    async def send_job(self, job: Job | Change) -> SocketFrame:
        """Send a job, or a change to a writer process, and return the first frame of the reply.

        Raises JobNotTaken if the process had ended before or was never forked, and
        IncompleteReadError if it has ended since.
        """
        if not self.is_alive:
            raise JobNotTaken
        self._unsent.extend(map(memoryview, messages.encode_job(job)))
        self._send()
        if self._unsent and not self._is_at_end:
            self._is_writing = True
            self._loop.add_writer(self._ours, self._send)
        self._read()
        try:
            return await self.receive_frame()
        except IncompleteReadError:
            # The kernel resets the connection if the process left the frame unread; otherwise it
            # just ends. One that was never forked has an end, but no process id.
            if self._was_reset or (self.exit_code.done() and self.process_id is None):
                raise JobNotTaken from None
            raise

    async def receive_frame(self) -> SocketFrame:
        """Receive a frame; raise IncompleteReadError if the process has ended."""
        while (frame := messages.take_frame(self._received)) is None:
            if self._is_at_end:
                raise IncompleteReadError(bytes(self._received), None)
            self._read()
            self._change = self._loop.create_future()
            await self._change
        return frame

    def close(self) -> None:
        """Close the connection: an idle process then ends at once, a busy one when it writes."""
        self._end()
        self._ours.close()

    def _send(self) -> None:
        try:
            while self._unsent:
                sent = self._ours.send(self._unsent[0])
                if sent < len(self._unsent[0]):
                    self._unsent[0] = self._unsent[0][sent:]
                    # The process may read as fast as this, and others would wait for all of it.
                    break
                self._unsent.popleft()
        except BlockingIOError:
            return
        except OSError:
            self._was_reset = True
            self._end()
        if not self._unsent and self._is_writing and not self._is_at_end:
            self._is_writing = False
            self._loop.remove_writer(self._ours)

    def _read(self) -> None:
        """Read what comes, unless that is done already."""
        if not self._is_reading and not self._is_at_end:
            self._is_reading = True
            self._loop.add_reader(self._ours, self._receive)

    def _receive(self) -> None:
        try:
            received = self._ours.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received, self._was_reset = b"", True
        self._received += received
        if not received:
            self._end()
        elif len(self._received) > _BUFFER_BYTES + messages.next_frame_bytes(self._received):
            self._is_reading = False
            self._loop.remove_reader(self._ours)
        if self._change is not None and not self._change.done():
            self._change.set_result(None)

    def _end(self) -> None:
        """Neither send nor receive any more."""
        if not self._is_at_end:
            self._is_at_end = True
            if self._is_reading:
                self._loop.remove_reader(self._ours)
            if self._is_writing:
                self._loop.remove_writer(self._ours)
            if self._change is not None and not self._change.done():
                self._change.set_result(None)


async def error_for_ended_process(
    process: QueryProcess, limits: QueryLimits, work: str = _QUERY
) -> KgError:
    """Return the error that tells why a query process has ended, as far as its exit code shows.

    `work` is what the process did, in the words of the error: a query or a change.
    Raises RuntimeError if the process failed because of a bug in this service.
    """
    await asyncio.wait([process.exit_code], timeout=_PATIENCE_SECONDS)
    # When the parent is busy, the end of the connection is seen long before its report.
    exit_code = process.exit_code.result() if process.exit_code.done() else None
    if exit_code == -signal.SIGABRT:
        return errors.QueryOutOfMemory(limits.memory_bytes, _RETRY_SECONDS, work)
    if exit_code in (-signal.SIGSEGV, -signal.SIGBUS):
        return errors.StackOverflowed()
    if exit_code is not None and exit_code > 0:
        raise RuntimeError(
            f"a query process failed with exit code {exit_code}; its traceback says why"
        )
    return errors.QueryProcessEnded(exit_code, _RETRY_SECONDS, work)
