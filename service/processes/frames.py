"""What the HTTP process and a query process send each other.

A frame is its kind, whether the process ends after it, its length, and so many bytes. Jobs and
changes are pickled, since they hold terms; what comes back never is: a query process that its
query has got the better of reaches no further than its own answer.
"""

import json
import pickle
import socket
import struct
from enum import Enum
from typing import Any, Final, NamedTuple

from kg.errors import KgError
from service import errors as own
from service.processes.change import Change, GraphChange, Update
from service.processes.job import Job

HEAD: Final = struct.Struct("!c?I")


class FrameKind(Enum):
    """What a frame is."""

    JOB = b"J"
    CHANGE = b"C"
    # A piece of the answer, and whether more follows.
    PART = b"P"
    LAST = b"L"
    # The answer is, or would have been, this error.
    REFUSAL = b"R"


class Frame(NamedTuple):
    """A frame as it is received; after one that `ends`, the process takes no other job."""

    kind: FrameKind
    ends: bool
    body: bytes


def head(kind: FrameKind, length: int, *, ends: bool = False) -> bytes:
    """What stands before the bytes of a frame."""
    return HEAD.pack(kind.value, ends, length)


def read_head(found: bytes) -> tuple[FrameKind, bool, int]:
    """The kind of a frame, whether the process ends after it, and the length of its bytes."""
    kind, ends, length = HEAD.unpack(found)
    return FrameKind(kind), ends, length


def encode_job(job: Job) -> bytes:
    """The frame of a job."""
    body = pickle.dumps(job)
    return head(FrameKind.JOB, len(body)) + body


def encode_change(change: Change) -> bytes:
    """The frame of a change."""
    body = pickle.dumps(change)
    return head(FrameKind.CHANGE, len(body)) + body


def read_job(connection: socket.socket) -> Job | None:
    """The next job on this connection; none once the other side has closed it."""
    job = _unpickled(connection)
    if not isinstance(job, Job | None):
        raise TypeError(f"a job is a {type(job).__name__}")
    return job


def read_change(connection: socket.socket) -> Change | None:
    """The change that this connection brings; none if the other side has closed it."""
    change = _unpickled(connection)
    if not isinstance(change, Update | GraphChange | None):
        raise TypeError(f"a change is a {type(change).__name__}")
    return change


def _unpickled(connection: socket.socket) -> object:
    start = _read(connection, HEAD.size)
    if len(start) < HEAD.size:
        return None
    length = read_head(start)[2]
    body = _read(connection, length)
    # By the HTTP process, which started this one.
    return pickle.loads(body) if len(body) == length else None  # noqa: S301


def encode_refusal(error: KgError) -> bytes:
    """An error of the project as JSON: its class, its sentence and the facts that it carries."""
    said = {"kind": type(error).__name__, "detail": str(error), "facts": vars(error)}
    return json.dumps(said, default=str).encode()


def decode_refusal(body: bytes) -> KgError:
    """The error again, with the same sentence and facts."""
    said: dict[str, Any] = json.loads(body)
    kind = _errors(KgError)[said["kind"]]
    error = kind.__new__(kind)
    error.args = (said["detail"],)
    vars(error).update(said["facts"])
    return error


def _errors(base: type[KgError]) -> dict[str, type[KgError]]:
    """Every class below this one by name; those of the service are imported above."""
    found = {base.__name__: base, own.ServiceError.__name__: own.ServiceError}
    for kind in base.__subclasses__():
        found |= _errors(kind)
    return found


def _read(connection: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer where the other side has closed the connection."""
    found = bytearray()
    while len(found) < size:
        piece = connection.recv(size - len(found))
        if not piece:
            break
        found += piece
    return bytes(found)
