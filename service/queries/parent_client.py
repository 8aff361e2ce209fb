"""A parent process, as the HTTP process sees it."""

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

from service.queries import messages
from service.queries.child_process import QueryProcess
from service.queries.messages import ControlKind, ControlMessage
from service.queries.snapshot import AdoptedProcess, reap

_READ_BYTES: Final = 4096
_PATIENCE_SECONDS: Final = 1.0
_NUMBERS: Final = count(1)


class ParentProcess:
    """A started parent process: sends it commands, and keeps track of the processes it has forked.

    `is_ready` becomes true once the parent can fork, and false if it dies before; from then on,
    `contradictions` is their number in its store. `when_over` is called as soon as the parent is
    known to be gone, and its processes are marked as ended.
    """

    def __init__(
        self,
        program: subprocess.Popen[bytes] | AdoptedProcess,
        control: socket.socket,
        when_over: "Callable[[ParentProcess], None]",
    ) -> None:
        loop = asyncio.get_running_loop()
        self.is_ready: Future[bool] = loop.create_future()
        self.contradictions = 0
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
                self.contradictions = report.value
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
        """End the parent, and with it all its children, unless it has gone already.

        One that is not ready yet would not notice the end of its connection, and is killed.
        """
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
            self._program.kill()
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
