"""Where the parents of query processes come from."""

import socket
import subprocess
import sys
from typing import NamedTuple, Protocol

from service.processes.options import Options


class Program(Protocol):
    """A process that can be waited for and killed, as a `subprocess.Popen` can."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one; raises TimeoutExpired."""

    def kill(self) -> None:
        """Kill it, if it is there."""


class Parent(NamedTuple):
    """A parent, and the socket for its orders and reports."""

    program: Program
    control: socket.socket


class Parents(Protocol):
    """Gives parents, each to be used by one HTTP process alone."""

    async def start(self, options: Options) -> Parent:
        """A parent, which may still end before it is ready; raises QueryProcessesDown."""


class OwnParents:
    """Starts each parent as a program of its own."""

    async def start(self, options: Options) -> Parent:
        """A parent that loads the snapshot."""
        return start_program(options)


def start_program(options: Options) -> Parent:
    """A parent that is a child of this process."""
    ours, theirs = socket.socketpair()
    program = [sys.executable, "-P", "-m", "service.processes.parent"]
    with theirs:
        started = subprocess.Popen(  # noqa: S603
            [*program, str(theirs.fileno()), options.encode()],
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    return Parent(started, ours)
