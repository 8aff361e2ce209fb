"""How much a query may take.

What a query process is asked.

What a writing process is to change.

What the HTTP process and a query process send each other.

A frame is its kind, whether the process ends after it, its length, and so many bytes. Jobs and
changes are pickled, since they hold terms; what comes back never is: a query process that its
query has got the better of reaches no further than its own answer.

What the HTTP process and the parent of the query processes tell each other.

Nine bytes a message. With a `FORK` goes one end of a socket pair, over which the new query process
will speak; the HTTP process keeps the other end, and may write to it before the fork is done. With
a `WRITE` go two: over the second, the writing process takes orders once it has become a parent.
With a `BRANCH` goes the one over which the new process takes orders as a parent at once.
"""

import json
import pickle
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final, NamedTuple

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Variable

from kg.describe.json_ld_context import COMPACTED, Profile
from kg.errors import KgError
from kg.store.dataset import ENTAILMENTS, Dataset
from service import errors as own
from service.answers.formats import GRAPH_FORMATS, RESULT_FORMATS, VERSIONS, Choice

HELD_BACK_BYTES: Final = 2**20


@dataclass(frozen=True)
class Limits:
    """What one query may take: seconds of its own work, bytes of memory, rows and bytes of result.

    Triples count as rows. The memory is what a query process may add to its address space.
    """

    seconds: float = 10
    memory_bytes: int = 2**30
    rows: int = 1_000_000
    result_bytes: int = 2**28


_FORMATS: Final = {form.media_type: form for form in (*RESULT_FORMATS, *GRAPH_FORMATS)}


@dataclass(frozen=True)
class Job:
    """One query, of which dataset, and the form of its answer: see `Choice`.

    The format goes by its main media type, since the engine's formats cannot be pickled. Quads
    that are `added` and `removed` are so for this query alone: its process ends with it.

    With a `graph` the query is refused if there is none of that name. A job that `is_whole` asks
    no query but for all quads there are. JSON-LD without a context is written by these options of
    its API.
    """

    text: str
    format_media_type: str
    media_type: str
    version: str = VERSIONS[0]
    profiles: tuple[Profile, ...] = COMPACTED
    context: str = ""
    entailment: str = ENTAILMENTS[0]
    dataset: Dataset | None = None
    substitutions: Mapping[Variable, NamedNode | Literal] = field(default_factory=dict)
    base_iri: str | None = None
    added: Sequence[Quad] = ()
    removed: Sequence[Quad] = ()
    graph: NamedNode | None = None
    is_whole: bool = False
    json_ld_options: Mapping[str, str | bool] = field(default_factory=dict)

    @property
    def supposes(self) -> bool:
        """Whether it is asked of a store that is not as the snapshot is."""
        return bool(self.added or self.removed)

    @property
    def choice(self) -> Choice:
        """The format, under the media type and in the version and form that the client wants."""
        form = _FORMATS[self.format_media_type]
        return Choice(form, self.media_type, self.version, self.profiles, self.context)


SYNTAXES: Final = {
    name: form.syntax
    for form in GRAPH_FORMATS
    for name in (form.media_type, *form.aliases)
    if isinstance(form.syntax, RdfFormat)
}


MEDIA_TYPES: Final = tuple(SYNTAXES)


@dataclass(frozen=True)
class Update:
    """A SPARQL Update request; `using` is the dataset that the client names beside it."""

    text: str
    base_iri: str
    using: Dataset | None = None


class Act(Enum):
    """What becomes of a graph."""

    REPLACE = "replace"
    ADD = "add"
    DROP = "drop"


class Demand(Enum):
    """What there has to be before: anything, a graph of this name, or none."""

    NOTHING = "nothing"
    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True)
class Body:
    """RDF as it was sent: its media type, and whether it is compressed by gzip."""

    content: bytes
    media_type: str
    is_gzipped: bool = False


@dataclass(frozen=True)
class GraphChange:
    """What becomes of one graph, or with none of all, by what these bodies say together.

    Uncompressed, no body may have more than `most_bytes`. JSON-LD is read by these options of its
    API, and may refer to the contexts in this folder.
    """

    act: Act
    graph: NamedNode | DefaultGraph | None
    base_iri: str
    bodies: Sequence[Body] = ()
    demand: Demand = Demand.NOTHING
    most_bytes: int = 0
    json_ld_options: Mapping[str, str | bool] = field(default_factory=dict)
    contexts: Path | None = None


Change = Update | GraphChange


@dataclass(frozen=True)
class Outcome:
    """What has become of a change, and the process that has made it and is the next parent."""

    creates: bool
    process_id: int

    def encode(self) -> bytes:
        """The outcome as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Outcome":
        """The outcome again."""
        return cls(**json.loads(body))


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
