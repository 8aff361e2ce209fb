"""One life of the parent, from its start to its end, as the HTTP process sees it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from asyncio import Future
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Final

from service.processes.handle import QueryProcess
from service.processes.options import Options
from service.processes.orders import Kind, Message, take_messages

_READ_BYTES: Final = 4096
_PATIENCE_SECONDS: Final = 1.0
_NUMBERS: Final = count(1)
# Elsewhere the kernel does not kill the children of a parent that died.
_CHILDREN_DIE_TOO: Final = sys.platform == "linux"


class Life:
    """A parent that was started: is ready once it can fork, and over once it is gone.

    `is_ready` is false in the end if it never could. `when_over` is called as soon as it is known
    to be gone, when all its query processes are already known to be, too.
    """

    def __init__(self, options: Options, when_over: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self.is_ready: Future[bool] = loop.create_future()
        self._when_over = when_over
        self._is_over = False
        self._processes: dict[int, QueryProcess] = {}
        self._buffer = bytearray()
        self._control, theirs = socket.socketpair()
        self._control.setblocking(False)
        with theirs:
            self._program = _start(theirs, options)
        loop.add_reader(self._control, self._read)

    @property
    def process_id(self) -> int:
        """The process id of the parent."""
        return self._program.pid

    @property
    def process_ids(self) -> list[int]:
        """The process ids of its query processes."""
        found = (one.process_id for one in self._processes.values())
        return [one for one in found if one is not None]

    def fork(self) -> QueryProcess:
        """A new query process; it is there in a few milliseconds, and can be used at once."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        process = QueryProcess(next(_NUMBERS), ours, theirs)
        self._processes[process.number] = process
        self._order(Kind.FORK, process, theirs)
        return process

    def kill(self, process: QueryProcess) -> None:
        """Have a query process killed, and hear no more of what it sends."""
        process.close()
        self._order(Kind.KILL, process)

    def lower(self, process: QueryProcess) -> None:
        """Set a query process to the lowest priority, for good."""
        process.is_lowered = True
        self._order(Kind.LOWER, process)

    def end(self) -> None:
        """Let the parent go, and with it all query processes."""
        self._lose()

    def bury(self) -> int:
        """Wait until the parent is gone, which may take a moment: not for the event loop."""
        try:
            return self._program.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._program.kill()
            return self._program.wait()

    def _order(self, kind: Kind, process: QueryProcess, *sockets: socket.socket) -> None:
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
        try:
            received = self._control.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except ConnectionResetError:
            received = b""
        if not received:
            self._lose()
            return
        self._buffer += received
        for report in take_messages(self._buffer):
            self._note(report)

    def _note(self, report: Message) -> None:
        if report.kind is Kind.READY:
            self.is_ready.set_result(True)
        elif report.kind is Kind.FORKED:
            self._processes[report.process].forked(report.value)
        elif report.kind is Kind.ENDED:
            self._processes.pop(report.process).ended(report.value)

    def _lose(self) -> None:
        if self._is_over:
            return
        self._is_over = True
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
        self._when_over()


def _start(control: socket.socket, options: Options) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-P", "-m", "service.processes.parent"]
    arguments = [str(control.fileno()), options.encode()]
    return subprocess.Popen(  # noqa: S603
        [*program, *arguments],
        stdin=subprocess.DEVNULL,
        pass_fds=[control.fileno()],
    )
