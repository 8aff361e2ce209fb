"""One life of a parent, from its start to its end, as the HTTP process sees it."""

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

from service.processes.adopted import reap
from service.processes.handle import QueryProcess
from service.processes.orders import Message, OrderKind, receive_messages
from service.processes.parents import Program

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
