"""What the HTTP process and the parent of the query processes tell each other.

Nine bytes a message. With a `FORK` goes one end of a socket pair, over which the new query process
will speak; the HTTP process keeps the other end, and may write to it before the fork is done. With
a `WRITE` go two: over the second, the writing process takes orders once it has become a parent.
With a `BRANCH` goes the one over which the new process takes orders as a parent at once.
"""

import socket
import struct
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

_FORM: Final = struct.Struct("!cIi")
_READ_BYTES: Final = 4096


class OrderKind(Enum):
    """Orders go to the parent, reports come from it."""

    FORK = b"F"
    WRITE = b"W"
    BRANCH = b"B"
    RELEASE = b"S"
    KILL = b"K"
    LOWER = b"L"
    READY = b"R"
    FORKED = b"P"
    ENDED = b"E"


class Message(NamedTuple):
    """An order or a report about one query process.

    `process` is the number that the HTTP process gave it, and is never used again; `value` is the
    process id in `FORKED`, the exit code in `ENDED` (as `subprocess` has it: minus the signal).
    """

    kind: OrderKind
    process: int = 0
    value: int = 0

    def encode(self) -> bytes:
        """The message as it is sent."""
        return _FORM.pack(self.kind.value, self.process, self.value)


def take_messages(buffer: bytearray) -> Iterator[Message]:
    """The whole messages at the head of a buffer, each taken out of it."""
    while len(buffer) >= _FORM.size:
        kind, process, value = _FORM.unpack_from(buffer)
        del buffer[: _FORM.size]
        yield Message(OrderKind(kind), process, value)


def receive_messages(control: socket.socket, buffer: bytearray) -> list[Message] | None:
    """The messages that have come whole by now; none once the other side is gone.

    The buffer keeps what has come of the next one.
    """
    try:
        received = control.recv(_READ_BYTES)
    except BlockingIOError:
        return []
    except ConnectionResetError:
        return None
    if not received:
        return None
    buffer += received
    return list(take_messages(buffer))
