"""The parent of the query processes: has the quads in memory, forks, kills and counts the dead.

Run as a program by the HTTP process: `python -m service.queries.parent FD OPTIONS`, where FD is
the socket for orders and reports. One thread and no engine work but loading, so that it can fork.
"""

import gc
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from kg.errors import KgError
from kg.store.quad_store import Store
from kg.store.writable_store import WritableStore
from service.queries import query_process, writing_process
from service.queries.messages import Message, OrderKind, take_messages
from service.queries.restrictions import die_with
from service.queries.snapshot import Options

_LOWEST_PRIORITY: Final = 19
_READ_BYTES: Final = 4096
_MOST_SOCKETS: Final = 64


@dataclass(frozen=True)
class Child:
    """What a new process has to itself: its connection, its control, or both if it is to write.

    With a control alone it is a parent.
    """

    connection: socket.socket | None
    control: socket.socket | None

    def close(self) -> None:
        """Leave them to the new process."""
        for one in (self.connection, self.control):
            if one is not None:
                one.close()


class Parent:
    """Obeys orders until the HTTP process is gone, or until it has become another process."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._buffer = bytearray()
        self._sockets: list[int] = []
        self._children: dict[int, int] = {}
        self._numbers: dict[int, int] = {}
        self._is_over = False
        self._child: Child | None = None

    def run(self) -> Child | None:
        """Returns twice, as fork does: in a child, what it is to work with.

        In the parent, none: nobody wants it any more, and the query processes have been killed.
        """
        woken, wakes = socket.socketpair()
        wakes.setblocking(False)
        with woken, wakes, selectors.DefaultSelector() as selector:
            selector.register(self._control, selectors.EVENT_READ)
            selector.register(woken, selectors.EVENT_READ)
            signal.signal(signal.SIGCHLD, _wake)
            signal.set_wakeup_fd(wakes.fileno())
            self._report(Message(OrderKind.READY))
            while not self._is_over and self._child is None:
                ready = {key.fileobj for key, _ in selector.select()}
                if woken in ready:
                    woken.recv(_READ_BYTES)
                    self._bury()
                if self._control in ready:
                    self._obey()
            signal.set_wakeup_fd(-1)
        return self._child

    def _obey(self) -> None:
        """Carry out what has been ordered; in a new child, nothing after its fork."""
        try:
            received, sockets, _, _ = socket.recv_fds(self._control, _READ_BYTES, _MOST_SOCKETS)
        except ConnectionResetError:
            received, sockets = b"", []
        if not received:
            self._end()
        self._buffer += received
        # A socket comes no later than the order that it belongs to, and in the same order.
        self._sockets += sockets
        for order in take_messages(self._buffer):
            if order.kind in (OrderKind.FORK, OrderKind.WRITE, OrderKind.BRANCH):
                child = Child(
                    self._socket() if order.kind is not OrderKind.BRANCH else None,
                    self._socket() if order.kind is not OrderKind.FORK else None,
                )
                if self._fork(order.process):
                    self._child = child
                    return
                child.close()
            elif order.process in self._children:
                self._act(order)

    def _socket(self) -> socket.socket:
        return socket.socket(fileno=self._sockets.pop(0))

    def _fork(self, number: int) -> bool:
        """Whether this is the child."""
        parent = os.getpid()
        try:
            child = os.fork()
        except OSError:
            # Its connection is closed, which the HTTP process sees as its end.
            self._report(Message(OrderKind.ENDED, number, -1))
            return False
        if child == 0:
            die_with(parent)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for other in self._sockets:
                os.close(other)
            return True
        self._children[number] = child
        self._numbers[child] = number
        self._report(Message(OrderKind.FORKED, number, child))
        return False

    def _act(self, order: Message) -> None:
        child = self._children[order.process]
        if order.kind is OrderKind.KILL:
            os.kill(child, signal.SIGKILL)
        elif order.kind is OrderKind.LOWER:
            _lower(child)
        elif order.kind is OrderKind.RELEASE:
            # It is a parent itself now, and outlives this one.
            del self._children[order.process]
            del self._numbers[child]

    def _bury(self) -> None:
        """Report every child that has ended. Until then its process id is nobody else's."""
        while True:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            number = self._numbers.pop(child, None)
            if number is None:
                continue
            del self._children[number]
            code = os.waitstatus_to_exitcode(status)
            self._report(Message(OrderKind.ENDED, number, code))

    def _report(self, message: Message) -> None:
        try:
            self._control.sendall(message.encode())
        except (BrokenPipeError, ConnectionResetError):
            # The end of the orders says the same, and is acted upon.
            return

    def _end(self) -> None:
        self._is_over = True
        for child in self._children.values():
            os.kill(child, signal.SIGKILL)


def _lower(process: int) -> None:
    """Let a process run only where no other wants the processor.

    On Linux by its policy too: one of the lowest priority alone may finish its slice of time
    before another that wakes up (tried: the 99th percentile of short queries, 3 to 5 ms; 2 ms).
    """
    # A container may not let it, and it may just have ended.
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process, _LOWEST_PRIORITY)
        if sys.platform == "linux":
            os.sched_setscheduler(process, os.SCHED_IDLE, os.sched_param(0))


def main(arguments: list[str]) -> None:
    """Load the snapshot and be the parent; in each child, what that child is."""
    # Ctrl-C, the loss of a terminal and a service manager's SIGTERM reach every process at once.
    # The HTTP process decides what is still answered, and its end is ours.
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    options = Options.decode(arguments[1])
    try:
        store, context = _opened(options), options.context()
    except KgError as error:
        sys.exit(str(error))
    if options.context_path is None:
        # Once for all processes, of which each would need it anew.
        from kg.sources import rdf_syntaxes as _  # noqa: F401
    tidying = writing_process.Tidying()
    child = _obeying(socket.socket(fileno=int(arguments[0])))
    while child is not None and child.control is not None:
        if child.connection is not None and isinstance(store, WritableStore):
            store = writing_process.work(child.connection, store, options.limits)
            if store is None:
                os._exit(0)
            store = tidying.tidied(store)
        child = _obeying(child.control)
    if child is not None and child.connection is not None:
        store = store or options.snapshot.open()
        query_process.work(child.connection, store, context, options.limits)
    # Without tidying up: it would copy what is shared, in order to free it.
    os._exit(0)


def _obeying(control: socket.socket) -> Child | None:
    gc.collect()
    # What the collector never touches stays shared with the children.
    gc.freeze()
    with control:
        return Parent(control).run()


def _opened(options: Options) -> Store | None:
    return None if options.snapshot.is_on_disk else options.snapshot.open()


def _wake(*_: object) -> None:
    """Python writes to the wake-up socket; there has to be a handler for that."""


if __name__ == "__main__":
    main(sys.argv[1:])
