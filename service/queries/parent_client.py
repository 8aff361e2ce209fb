"""Processes that were started by another process and outlive it.

A query process as the HTTP process sees it.

A parent process as the HTTP process sees it, from its start to its end.
"""

import asyncio
import math
import os
import signal
import socket
import subprocess
import sys
import time
from asyncio import Future, StreamReader, StreamWriter
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Final

from service.queries import messages
from service.queries.messages import (
    Change,
    ControlKind,
    ControlMessage,
    QueryJob,
    SocketFrame,
    receive_messages,
)
from service.queries.snapshot import WaitableProcess

_POLL_SECONDS: Final = 0.005


class AdoptedProcess:
    """A process that another process started; can be waited for and killed like a `Popen`.

    Its exit code is known if it has become a child of this process, as orphans do on Linux (see
    `adopt_orphans`). Otherwise it is taken to be 0 once no process has this process id.
    """

    def __init__(self, process_id: int) -> None:
        self.pid = process_id
        self._exit_code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the process to exit and return its exit code.

        This blocks, so it must not be called in the event loop.

        Args:
            timeout: in seconds; None waits without limit.

        Raises:
            TimeoutExpired: the process has not exited in time.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not self._has_exited():
            if end is not None and timeout is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(_POLL_SECONDS)
        return self._exit_code or 0

    def kill(self) -> None:
        """Kill the process if it still exists."""
        if not self._has_exited():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _has_exited(self) -> bool:
        if self._exit_code is None:
            try:
                reaped_id, status = os.waitpid(self.pid, os.WNOHANG)
                self._exit_code = os.waitstatus_to_exitcode(status) if reaped_id else None
            except ChildProcessError:
                self._exit_code = None if _exists(self.pid) else 0
        return self._exit_code is not None


def _exists(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def reap(process_id: int, patience_seconds: float) -> None:
    """Wait for a process that is about to end and reap it, if it is a child of this process."""
    end = time.monotonic() + patience_seconds
    with suppress(ChildProcessError):
        while os.waitpid(process_id, os.WNOHANG)[0] == 0 and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)


# A process that has written more than this waits until its answer is read.
_BUFFER_BYTES: Final = 2**18
# The id of a process's CPU clock is made of its process id and this flag, as
# clock_getcpuclockid(3) does.
_SCHEDULER_CLOCK: Final = 2


class JobNotTaken(Exception):
    """The process had ended before it took the job."""


class QueryProcess:
    """One query process: takes a job and returns the frames of its answer.

    It can be used as soon as the command to fork it has been sent: bytes written to the socket
    wait there until the process runs. `exit_code` is set once its parent has reported its end.
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
        """Whether the process is not known to have ended."""
        at_end = self._streams is not None and self._streams[0].at_eof()
        return not self.exit_code.done() and not at_end

    def mark_forked(self, process_id: int) -> None:
        """Record that the process runs, and close this process's copies of its sockets.

        They stay open until now because on macOS a socket that is closed before it has been
        received may be lost (bpo-14669).
        """
        self.process_id = process_id
        self._close_theirs()

    def processor_seconds(self) -> float:
        """Return the processor time used so far; infinite on systems that do not report it."""
        if self.process_id is None:
            return 0.0
        if sys.platform != "linux":
            return math.inf
        with suppress(OSError):
            return time.clock_gettime(~self.process_id << 3 | _SCHEDULER_CLOCK)
        return 0.0

    def mark_ended(self, exit_code: int | None) -> None:
        """Record that the process has ended; the exit code is None if its parent is gone too."""
        self._close_theirs()
        if not self.exit_code.done():
            self.exit_code.set_result(exit_code)

    async def send_job(self, job: QueryJob) -> SocketFrame:
        """Send a job, and return the first frame of the answer.

        Raises:
            JobNotTaken: the process had ended before it took the job.
            IncompleteReadError: the process has ended since.
        """
        return await self._exchange(messages.encode_job(job))

    async def send_change(self, change: Change) -> SocketFrame:
        """Send a change to a writer process, and return its reply.

        Raises:
            JobNotTaken: the process had ended before it took the change.
            IncompleteReadError: the process has ended since.
        """
        return await self._exchange(messages.encode_change(change))

    async def receive_frame(self) -> SocketFrame:
        """Receive the next frame of the answer.

        Raises:
            IncompleteReadError, ConnectionError: the process has ended.
        """
        if self._streams is None:
            raise ConnectionError
        reader, _ = self._streams
        kind, ends, length = messages.decode_header(await reader.readexactly(messages.HEADER.size))
        return SocketFrame(kind, ends, await reader.readexactly(length))

    async def _exchange(self, frame: bytes) -> SocketFrame:
        if self._streams is None and self.is_alive:
            self._streams = await asyncio.open_unix_connection(sock=self._ours, limit=_BUFFER_BYTES)
        if self._streams is None or not self.is_alive:
            raise JobNotTaken
        self._streams[1].write(frame)
        try:
            return await self.receive_frame()
        except ConnectionError:
            # The kernel resets the connection if the process left the frame unread; otherwise
            # the stream just ends.
            raise JobNotTaken from None

    def _close_theirs(self) -> None:
        for end in self._theirs:
            end.close()

    def close(self) -> None:
        """Close the connection: an idle process then ends at once, a busy one when it writes."""
        if self._streams is not None:
            self._streams[1].transport.abort()
        self._ours.close()


_PATIENCE_SECONDS: Final = 1.0
_NUMBERS: Final = count(1)
# On other systems the kernel does not kill the children of a dead parent.
_KERNEL_KILLS_CHILDREN: Final = sys.platform == "linux"


class ParentProcess:
    """A started parent process: sends it commands, and keeps track of its query processes.

    `is_ready` becomes true once the parent can fork, and false if it dies before. `when_over` is
    called as soon as the parent is known to be gone; by then all its query processes are already
    marked as ended.
    """

    def __init__(
        self,
        program: WaitableProcess,
        control: socket.socket,
        when_over: "Callable[[ParentProcess], None]",
    ) -> None:
        loop = asyncio.get_running_loop()
        self.is_ready: Future[bool] = loop.create_future()
        self._program, self._control, self._when_over = program, control, when_over
        self._is_over = self._is_retired = False
        self._processes: dict[int, QueryProcess] = {}
        self._orphans: list[int] = []
        self._buffer = bytearray()
        control.setblocking(False)
        loop.add_reader(control, self._read)

    @property
    def process_id(self) -> int:
        """The process id of the parent."""
        return self._program.pid

    @property
    def process_ids(self) -> list[int]:
        """The process ids of its query processes."""
        process_ids = (process.process_id for process in self._processes.values())
        return [process_id for process_id in process_ids if process_id is not None]

    def owns(self, process: QueryProcess) -> bool:
        """Whether this parent forked the process and has not reported its end."""
        return self._processes.get(process.number) is process

    def fork(self) -> QueryProcess:
        """Fork a query process; it starts within milliseconds, but can be used at once."""
        ours, theirs = socket.socketpair()
        process = QueryProcess(next(_NUMBERS), ours, theirs)
        self._processes[process.number] = process
        self._send_command(ControlKind.FORK, process, theirs)
        return process

    def fork_writer(self) -> tuple[QueryProcess, socket.socket]:
        """Fork a writer process; return it and its control socket for when it is a parent."""
        ours, theirs = socket.socketpair()
        control, its_control = socket.socketpair()
        process = QueryProcess(next(_NUMBERS), ours, theirs, its_control)
        self._processes[process.number] = process
        self._send_command(ControlKind.WRITE, process, theirs, its_control)
        return process, control

    def detach(self, process: QueryProcess) -> bool:
        """Detach a writer process, which is to outlive this parent; return whether it was owned."""
        was_owned = self._processes.pop(process.number, None) is process
        if was_owned:
            self._send_command(ControlKind.RELEASE, process)
        return was_owned

    def retire(self) -> None:
        """End the parent as soon as its last query process has ended; no more are forked."""
        self._is_retired = True
        self._end_if_idle()

    def kill(self, process: QueryProcess) -> None:
        """Tell the parent to kill a query process."""
        self._send_command(ControlKind.KILL, process)

    def lower_priority(self, process: QueryProcess) -> None:
        """Set a query process to the lowest priority; this cannot be undone."""
        process.is_lowered = True
        self._send_command(ControlKind.LOWER, process)

    def end(self) -> None:
        """End the parent, and with it all its query processes."""
        self._disconnect()

    def reap(self) -> int:
        """Wait until the parent and its children are gone; return the parent's exit code.

        This blocks, so it must not be called in the event loop.
        """
        try:
            code = self._program.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            code = self._program.wait()
        for orphan in self._orphans:
            reap(orphan, _PATIENCE_SECONDS)
        return code

    def _send_command(
        self, kind: ControlKind, process: QueryProcess, *sockets: socket.socket
    ) -> None:
        message = ControlMessage(kind, process.number).encode()
        try:
            socket.send_fds(self._control, [message], [end.fileno() for end in sockets])
        except BlockingIOError:
            # Hundreds of commands are waiting: the parent hangs, and must be replaced.
            self._program.kill()
        except OSError:
            self._disconnect()

    def _read(self) -> None:
        """Receive and handle reports; the event loop calls this when there are some."""
        reports = receive_messages(self._control, self._buffer)
        if reports is None:
            self._disconnect()
            return
        for report in reports:
            self._handle_report(report)

    def _handle_report(self, report: ControlMessage) -> None:
        if report.kind is ControlKind.READY:
            self.is_ready.set_result(True)
        elif report.kind is ControlKind.FORKED:
            # A writer process may already have reported itself and become a parent.
            if report.process in self._processes:
                self._processes[report.process].mark_forked(report.value)
        elif report.kind is ControlKind.ENDED and report.process in self._processes:
            self._processes.pop(report.process).mark_ended(report.value)
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        if self._is_retired and not self._processes:
            self.end()

    def _disconnect(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._orphans = self.process_ids
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        for process in self._processes.values():
            process.close()
            process.mark_ended(None)
            if not _KERNEL_KILLS_CHILDREN and process.process_id is not None:
                with suppress(ProcessLookupError):
                    os.kill(process.process_id, signal.SIGKILL)
        self._processes.clear()
        if not self.is_ready.done():
            self.is_ready.set_result(False)
        self._when_over(self)
