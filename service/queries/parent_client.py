"""Parents and the processes that they fork, as the HTTP process or the supervisor sees them."""

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
from contextlib import ExitStack, suppress
from itertools import count
from typing import Final

from service.errors import QueryProcessesDown
from service.queries import messages
from service.queries.messages import ControlKind, ControlMessage
from service.queries.snapshot import AdoptedProcess, StartedParent, reap

_READ_BYTES: Final = 4096
# A process that has written more than this waits until its answer is read.
_BUFFER_BYTES: Final = 2**18
# The id of a process's CPU clock is made of its process id and this flag, as
# clock_getcpuclockid(3) does.
_SCHEDULER_CLOCK: Final = 2
_PATIENCE_SECONDS: Final = 1.0
_NUMBERS: Final = count(1)


class JobNotTaken(Exception):
    """The process had ended before it took the job."""


class QueryProcess:
    """A query process or writer process: takes a job and returns the frames of its answer.

    It can be used as soon as the command to fork it has been sent: bytes written to the socket
    wait there until the process runs. `exit_code` is set once its parent has reported its end, and
    `is_forked` once it has reported its start (true) or end (false).
    """

    def __init__(self, number: int, ours: socket.socket, *theirs: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        ours.setblocking(False)
        self.number = number
        self.is_forked: Future[bool] = loop.create_future()
        self.exit_code: Future[int | None] = loop.create_future()
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

        On macOS, a socket that is closed before it has been received may be lost (bpo-14669).
        """
        self.process_id = process_id
        self._mark_received(is_forked=True)

    def mark_ended(self, exit_code: int | None) -> None:
        """Record that the process has ended; the exit code is None if its parent is gone too."""
        self._mark_received(is_forked=False)
        if not self.exit_code.done():
            self.exit_code.set_result(exit_code)

    def _mark_received(self, *, is_forked: bool) -> None:
        for end in self._theirs:
            end.close()
        # Done if the process has run, or cancelled if nobody waits for its start any more.
        if not self.is_forked.done():
            self.is_forked.set_result(is_forked)

    def processor_seconds(self) -> float:
        """Return the processor time used so far; infinite on systems that do not report it."""
        if self.process_id is None:
            return 0.0
        if sys.platform != "linux":
            return math.inf
        with suppress(OSError):
            return time.clock_gettime(~self.process_id << 3 | _SCHEDULER_CLOCK)
        return 0.0

    async def send_job(self, job: messages.Job | messages.Change) -> messages.SocketFrame:
        """Send a job, or a change to a writer process, and return the first frame of the reply.

        Raises JobNotTaken if the process had ended before, and IncompleteReadError if it has since.
        """
        if self._streams is None and self.is_alive:
            self._streams = await asyncio.open_unix_connection(sock=self._ours, limit=_BUFFER_BYTES)
        if self._streams is None or not self.is_alive:
            raise JobNotTaken
        self._streams[1].write(messages.encode_job(job))
        try:
            return await self.receive_frame()
        except ConnectionError:
            # The kernel resets the connection if the process left the frame unread; otherwise
            # the stream just ends.
            raise JobNotTaken from None

    async def receive_frame(self) -> messages.SocketFrame:
        """Receive a frame; raise IncompleteReadError or ConnectionError if the process ended."""
        if self._streams is None:
            raise ConnectionError
        reader, _ = self._streams
        kind, ends, is_1_2, length = messages.HEADER.unpack(
            await reader.readexactly(messages.HEADER.size)
        )
        return messages.SocketFrame(
            messages.FrameKind(kind), ends, is_1_2, await reader.readexactly(length)
        )

    def close(self) -> None:
        """Close the connection: an idle process then ends at once, a busy one when it writes."""
        if self._streams is not None:
            self._streams[1].transport.abort()
        self._ours.close()


class ParentProcess:
    """A started parent process: sends it commands, and keeps track of the processes it has forked.

    `is_ready` becomes true once the parent can fork, and false if it dies before. `when_over` is
    called as soon as the parent is known to be gone, and its processes are marked as ended.
    """

    def __init__(
        self,
        program: subprocess.Popen[bytes] | AdoptedProcess,
        control: socket.socket,
        when_over: "Callable[[ParentProcess], None]",
    ) -> None:
        loop = asyncio.get_running_loop()
        self.is_ready: Future[bool] = loop.create_future()
        self.is_over = False
        self._program, self._control, self._when_over = program, control, when_over
        self._is_retired = False
        self._processes: dict[int, QueryProcess] = {}
        self._orphans: list[int] = []
        self._buffer = bytearray()
        control.setblocking(False)
        loop.add_reader(control, self._receive_reports)

    @property
    def process_id(self) -> int:
        """The process id of the parent."""
        return self._program.pid

    @property
    def process_ids(self) -> list[int]:
        """The process ids of its children."""
        return [one.process_id for one in self._processes.values() if one.process_id is not None]

    def owns(self, process: QueryProcess) -> bool:
        """Whether this parent forked the process and has not reported its end."""
        return self._processes.get(process.number) is process

    def fork(self) -> QueryProcess:
        """Fork a query process; it starts within milliseconds, but can be used at once."""
        return self._fork(ControlKind.FORK, *socket.socketpair())

    def fork_writer(self) -> tuple[QueryProcess, socket.socket]:
        """Fork a writer process; return it and its control socket for when it is a parent."""
        ours, theirs = socket.socketpair()
        control, its_control = socket.socketpair()
        return self._fork(ControlKind.FORK_WRITER, ours, theirs, its_control), control

    async def fork_parent(self) -> StartedParent:
        """Fork a parent for another process; the caller closes its control socket.

        Raises QueryProcessesDown if this parent has gone or cannot fork, OSError without sockets.
        """
        if self.is_over:
            raise QueryProcessesDown
        ours, theirs = socket.socketpair()
        process = self._fork(ControlKind.FORK_PARENT, ours, theirs)
        with ExitStack() as on_failure:
            on_failure.enter_context(ours)
            if not await process.is_forked or process.process_id is None:
                raise QueryProcessesDown
            on_failure.pop_all()
        return StartedParent(AdoptedProcess(process.process_id), ours)

    def _fork(self, kind: ControlKind, ours: socket.socket, *theirs: socket.socket) -> QueryProcess:
        process = QueryProcess(next(_NUMBERS), ours, *theirs)
        self._processes[process.number] = process
        self._send_command(kind, process, *theirs)
        return process

    def detach(self, process: QueryProcess) -> bool:
        """Detach a writer process, which is to outlive this parent; return whether it was owned."""
        was_owned = self._processes.pop(process.number, None) is process
        if was_owned:
            self._send_command(ControlKind.RELEASE, process)
        return was_owned

    def retire(self) -> None:
        """End the parent as soon as its last child has ended; no more are forked."""
        self._is_retired = True
        self._end_if_idle()

    def kill(self, process: QueryProcess) -> None:
        """Tell the parent to kill a query process."""
        self._send_command(ControlKind.KILL, process)

    def lower_priority(self, process: QueryProcess) -> None:
        """Set a query process to the lowest priority; this cannot be undone."""
        process.is_lowered = True
        self._send_command(ControlKind.LOWER, process)

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
            self.end()

    def _receive_reports(self) -> None:
        try:
            received = self._control.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionResetError:
            received = b""
        if not received:
            self.end()
            return
        self._buffer += received
        for report in messages.take_messages(self._buffer):
            if report.kind is ControlKind.READY:
                if not self.is_ready.done():
                    self.is_ready.set_result(True)
            # A writer process may already have reported itself and become a parent.
            elif report.process not in self._processes:
                continue
            elif report.kind is ControlKind.FORKED:
                self._processes[report.process].mark_forked(report.value)
            elif report.kind is ControlKind.ENDED:
                self._processes.pop(report.process).mark_ended(report.value)
                self._end_if_idle()

    def _end_if_idle(self) -> None:
        if self._is_retired and not self._processes:
            self.end()

    def end(self) -> None:
        """End the parent, and with it all its children, unless it has gone already."""
        if self.is_over:
            return
        self.is_over = True
        self._orphans = self.process_ids
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        for process in self._processes.values():
            process.close()
            process.mark_ended(None)
            # On Linux the kernel kills the children of a dead parent.
            if sys.platform != "linux" and process.process_id is not None:
                with suppress(ProcessLookupError):
                    os.kill(process.process_id, signal.SIGKILL)
        self._processes.clear()
        if not self.is_ready.done():
            self.is_ready.set_result(False)
        self._when_over(self)

    def reap(self) -> int:
        """Block until the parent and its children are gone; return the parent's exit code."""
        try:
            code = self._program.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            code = self._program.wait()
        for orphan in self._orphans:
            reap(orphan, _PATIENCE_SECONDS)
        return code
