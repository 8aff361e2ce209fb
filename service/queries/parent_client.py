"""A process that another one has started, and that outlives it.

A query process, as the HTTP process holds it.

One life of a parent, from its start to its end, as the HTTP process sees it.
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
from service.queries.messages import Change, Frame, Job, Message, OrderKind, receive_messages
from service.queries.snapshot import Program

_BETWEEN_LOOKS_SECONDS: Final = 0.005


class AdoptedProcess:
    """Waited for and killed as a `subprocess.Popen` is.

    Its exit code is known if it has become a child of this process, as orphans do on Linux (see
    `adopt_orphans`); otherwise it is 0 as soon as nothing has its process id.
    """

    def __init__(self, process_id: int) -> None:
        self.pid = process_id
        self._exit_code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one; not for the event loop.

        Raises:
            TimeoutExpired: there is none after so many seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not self._is_over():
            if end is not None and timeout is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(_BETWEEN_LOOKS_SECONDS)
        return self._exit_code or 0

    def kill(self) -> None:
        """Kill it, if it is there."""
        if not self._is_over():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _is_over(self) -> bool:
        if self._exit_code is None:
            try:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                self._exit_code = os.waitstatus_to_exitcode(status) if ended else None
            except ChildProcessError:
                self._exit_code = None if _is_there(self.pid) else 0
        return self._exit_code is not None


def _is_there(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def reap(process_id: int, patience_seconds: float) -> None:
    """Bury a process that is about to end, if it has become a child of this one."""
    end = time.monotonic() + patience_seconds
    with suppress(ChildProcessError):
        while os.waitpid(process_id, os.WNOHANG)[0] == 0 and time.monotonic() < end:
            time.sleep(_BETWEEN_LOOKS_SECONDS)


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
        return await self._sent(messages.encode_job(job))

    async def write(self, change: Change) -> Frame:
        """What a writing process says of a change.

        Raises:
            NeverTaken: the process had ended before it took the change.
            IncompleteReadError: it has ended since.
        """
        return await self._sent(messages.encode_change(change))

    async def receive(self) -> Frame:
        """The next frame of the answer.

        Raises:
            IncompleteReadError, ConnectionError: the process has ended.
        """
        if self._streams is None:
            raise ConnectionError
        reader, _ = self._streams
        kind, ends, length = messages.read_head(await reader.readexactly(messages.HEAD.size))
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


_PATIENCE_SECONDS: Final = 1.0
_NUMBERS: Final = count(1)
# Elsewhere the kernel does not kill the children of a parent that died.
_CHILDREN_DIE_TOO: Final = sys.platform == "linux"


class Life:
    """A parent that was started: is ready once it can fork, and over once it is gone.

    `is_ready` is false in the end if it never could. `when_over` is called as soon as it is known
    to be gone, when all its query processes are already known to be, too.
    """

    def __init__(
        self, program: Program, control: socket.socket, when_over: "Callable[[Life], None]"
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
        found = (one.process_id for one in self._processes.values())
        return [one for one in found if one is not None]

    def owns(self, process: QueryProcess) -> bool:
        """Whether the process came from this parent, and is not known to have ended."""
        return self._processes.get(process.number) is process

    def fork(self) -> QueryProcess:
        """A new query process; it is there in a few milliseconds, and can be used at once."""
        ours, theirs = socket.socketpair()
        process = QueryProcess(next(_NUMBERS), ours, theirs)
        self._processes[process.number] = process
        self._order(OrderKind.FORK, process, theirs)
        return process

    def fork_writer(self) -> tuple[QueryProcess, socket.socket]:
        """A new writing process, and the socket for its orders once it is a parent."""
        ours, theirs = socket.socketpair()
        control, its_control = socket.socketpair()
        process = QueryProcess(next(_NUMBERS), ours, theirs, its_control)
        self._processes[process.number] = process
        self._order(OrderKind.WRITE, process, theirs, its_control)
        return process, control

    def release(self, process: QueryProcess) -> bool:
        """Let a writing process go, which is to outlive this parent; whether it was there."""
        was_there = self._processes.pop(process.number, None) is process
        if was_there:
            self._order(OrderKind.RELEASE, process)
        return was_there

    def retire(self) -> None:
        """End as soon as no query process is left; no more are forked."""
        self._is_retired = True
        self._end_if_idle()

    def kill(self, process: QueryProcess) -> None:
        """Have a query process killed."""
        self._order(OrderKind.KILL, process)

    def lower(self, process: QueryProcess) -> None:
        """Set a query process to the lowest priority, for good."""
        process.is_lowered = True
        self._order(OrderKind.LOWER, process)

    def end(self) -> None:
        """Let the parent go, and with it all query processes."""
        self._lose()

    def bury(self) -> int:
        """Wait until the parent and all it had forked are gone: not for the event loop."""
        try:
            code = self._program.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            code = self._program.wait()
        for orphan in self._orphans:
            reap(orphan, _PATIENCE_SECONDS)
        return code

    def _order(self, kind: OrderKind, process: QueryProcess, *sockets: socket.socket) -> None:
        message = Message(kind, process.number).encode()
        try:
            socket.send_fds(self._control, [message], [one.fileno() for one in sockets])
        except BlockingIOError:
            # Hundreds of orders wait: it hangs, and another one has to take its place.
            self._program.kill()
        except OSError:
            self._lose()

    def _read(self) -> None:
        """Take in the reports; called by the event loop when there are some."""
        reports = receive_messages(self._control, self._buffer)
        if reports is None:
            self._lose()
            return
        for report in reports:
            self._note(report)

    def _note(self, report: Message) -> None:
        if report.kind is OrderKind.READY:
            self.is_ready.set_result(True)
        elif report.kind is OrderKind.FORKED:
            # One that is a parent by now may have said so before.
            if report.process in self._processes:
                self._processes[report.process].forked(report.value)
        elif report.kind is OrderKind.ENDED and report.process in self._processes:
            self._processes.pop(report.process).ended(report.value)
            self._end_if_idle()

    def _end_if_idle(self) -> None:
        if self._is_retired and not self._processes:
            self.end()

    def _lose(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        self._orphans = self.process_ids
        asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        for process in self._processes.values():
            process.close()
            process.ended(None)
            if not _CHILDREN_DIE_TOO and process.process_id is not None:
                with suppress(ProcessLookupError):
                    os.kill(process.process_id, signal.SIGKILL)
        self._processes.clear()
        if not self.is_ready.done():
            self.is_ready.set_result(False)
        self._when_over(self)
