"""The limits of one query.

The job of a query process: one query and the format of its answer.

Changes that a writer process makes to the store, and their outcome.

Frames: the messages between the HTTP process and a query process.

A frame has a kind, a flag that tells whether the process ends after it, a length, and that many
bytes. Jobs and changes are pickled, since they hold RDF terms. Replies never are: a query process
that has been compromised by its query can then falsify its own answer, but do nothing more.

Control messages between the HTTP process and the parent process: commands and reports.

Each message has nine bytes. Some commands carry sockets:

- `FORK` carries one end of a socket pair, the connection of the new query process. The HTTP
  process keeps the other end, and may write to it before the fork is done.
- `WRITE` carries two: the connection of the new writer process, and the control socket from which
  it takes commands once it has become a parent.
- `BRANCH` carries the control socket of a new process that is a parent from the start.
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

from kg.describe.json_ld_context import COMPACTED_ONLY, Profile
from kg.errors import KgError
from kg.store.dataset import ENTAILMENTS, QueryDataset
from service import errors as own
from service.answers.formats import GRAPH_FORMATS, RESULT_FORMATS, VERSIONS, Choice

HELD_BACK_BYTES: Final = 2**20


@dataclass(frozen=True)
class QueryLimits:
    """The limits of one query: seconds of its own work, bytes of memory, rows and result bytes.

    Triples count as rows. `memory_bytes` is how much a query process may add to its address space.
    """

    seconds: float = 10
    memory_bytes: int = 2**30
    rows: int = 1_000_000
    result_bytes: int = 2**28


_FORMATS: Final = {form.media_type: form for form in (*RESULT_FORMATS, *GRAPH_FORMATS)}


@dataclass(frozen=True)
class QueryJob:
    """One query, its dataset and the format of its answer (see `Choice`).

    `format_media_type` is the format's main media type, since the engine's formats cannot be
    pickled. The quads in `added` and `removed` are added and removed for this query alone; its
    process ends after it.

    If `graph` is set, the query is refused unless the store has that graph. If `is_whole` is set,
    the job ignores the query and returns all quads. `json_ld_options` are the options of the
    JSON-LD API for JSON-LD that is written without a context.
    """

    text: str
    format_media_type: str
    media_type: str
    version: str = VERSIONS[0]
    profiles: tuple[Profile, ...] = COMPACTED_ONLY
    context: str = ""
    entailment: str = ENTAILMENTS[0]
    dataset: QueryDataset | None = None
    substitutions: Mapping[Variable, NamedNode | Literal] = field(default_factory=dict)
    base_iri: str | None = None
    added: Sequence[Quad] = ()
    removed: Sequence[Quad] = ()
    graph: NamedNode | None = None
    dumps_all_quads: bool = False
    json_ld_options: Mapping[str, str | bool] = field(default_factory=dict)

    @property
    def is_hypothetical(self) -> bool:
        """Whether the query runs on a store that differs from the snapshot."""
        return bool(self.added or self.removed)

    @property
    def choice(self) -> Choice:
        """The format, with the media type, version and form that the client wants."""
        form = _FORMATS[self.format_media_type]
        return Choice(form, self.media_type, self.version, self.profiles, self.context)


SYNTAXES: Final = {
    name: form.syntax
    for form in GRAPH_FORMATS
    for name in (form.media_type, *form.aliases)
    if isinstance(form.syntax, RdfFormat)
}


RDF_MEDIA_TYPES: Final = tuple(SYNTAXES)


@dataclass(frozen=True)
class Update:
    """A SPARQL Update request; `using` is the dataset given by the protocol's parameters."""

    text: str
    base_iri: str
    using: QueryDataset | None = None


class GraphOperation(Enum):
    """The operation on a graph."""

    REPLACE = "replace"
    ADD = "add"
    DROP = "drop"


class Precondition(Enum):
    """The precondition of a change: none, or that the graph exists, or that it does not."""

    NOTHING = "nothing"
    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True)
class RdfBody:
    """An RDF document as it was sent: its media type, and whether it is gzipped."""

    content: bytes
    media_type: str
    is_gzipped: bool = False


@dataclass(frozen=True)
class GraphChange:
    """A change of one graph, or of all graphs if `graph` is None, by all the bodies together.

    No body may have more than `most_bytes` when uncompressed. `json_ld_options` are the options of
    the JSON-LD API with which JSON-LD is read; it may refer to the contexts in the folder
    `contexts`.
    """

    operation: GraphOperation
    graph: NamedNode | DefaultGraph | None
    base_iri: str
    bodies: Sequence[RdfBody] = ()
    precondition: Precondition = Precondition.NOTHING
    max_bytes: int = 0
    json_ld_options: Mapping[str, str | bool] = field(default_factory=dict)
    contexts: Path | None = None


Change = Update | GraphChange


@dataclass(frozen=True)
class Outcome:
    """The outcome of a successful change.

    `creates` tells whether the change created a graph; `process_id` is the writer process that
    made the change and becomes the next parent.
    """

    creates: bool
    process_id: int

    def encode(self) -> bytes:
        """Encode the outcome as JSON."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, body: bytes) -> "Outcome":
        """Decode an outcome from the JSON that `encode` returns."""
        return cls(**json.loads(body))


HEADER: Final = struct.Struct("!c?I")


class FrameKind(Enum):
    """The kind of a frame."""

    JOB = b"J"
    CHANGE = b"C"
    # A part of the answer, and the last part.
    PART = b"P"
    LAST = b"L"
    # An error, in place of the rest of the answer.
    REFUSAL = b"R"


class SocketFrame(NamedTuple):
    """A received frame; after one with `ends` set, the process takes no other job."""

    kind: FrameKind
    ends: bool
    body: bytes


def encode_header(kind: FrameKind, length: int, *, ends: bool = False) -> bytes:
    """Encode the header of a frame whose body has this length."""
    return HEADER.pack(kind.value, ends, length)


def decode_header(header: bytes) -> tuple[FrameKind, bool, int]:
    """Decode a header: the frame's kind, whether the process ends after it, the body's length."""
    kind, ends, length = HEADER.unpack(header)
    return FrameKind(kind), ends, length


def encode_job(job: QueryJob) -> bytes:
    """Encode a job as a frame."""
    body = pickle.dumps(job)
    return encode_header(FrameKind.JOB, len(body)) + body


def encode_change(change: Change) -> bytes:
    """Encode a change as a frame."""
    body = pickle.dumps(change)
    return encode_header(FrameKind.CHANGE, len(body)) + body


def read_job(connection: socket.socket) -> QueryJob | None:
    """Read the next job; return None once the other side has closed the connection."""
    job = _read_pickle(connection)
    if not isinstance(job, QueryJob | None):
        raise TypeError(f"expected a job, got a {type(job).__name__}")
    return job


def read_change(connection: socket.socket) -> Change | None:
    """Read a change; return None if the other side has closed the connection."""
    change = _read_pickle(connection)
    if not isinstance(change, Update | GraphChange | None):
        raise TypeError(f"expected a change, got a {type(change).__name__}")
    return change


def _read_pickle(connection: socket.socket) -> object:
    header = _read_exactly(connection, HEADER.size)
    if len(header) < HEADER.size:
        return None
    length = decode_header(header)[2]
    body = _read_exactly(connection, length)
    # Safe: the HTTP process wrote it, and that is the process that started this one.
    return pickle.loads(body) if len(body) == length else None  # noqa: S301


def encode_refusal(error: KgError) -> bytes:
    """Encode an error as JSON: its class, its message and its attributes."""
    document = {"kind": type(error).__name__, "detail": str(error), "facts": vars(error)}
    return json.dumps(document, default=str).encode()


def decode_refusal(body: bytes) -> KgError:
    """Decode an error, with the same class, message and attributes."""
    document: dict[str, Any] = json.loads(body)
    error_class = _error_classes(KgError)[document["kind"]]
    # Not by its constructor, whose arguments differ from class to class.
    error = error_class.__new__(error_class)
    error.args = (document["detail"],)
    vars(error).update(document["facts"])
    return error


def _error_classes(base: type[KgError]) -> dict[str, type[KgError]]:
    """Return this class and all its subclasses by name; the import above defines the service's."""
    classes = {base.__name__: base, own.ServiceError.__name__: own.ServiceError}
    for subclass in base.__subclasses__():
        classes |= _error_classes(subclass)
    return classes


def _read_exactly(connection: socket.socket, size: int) -> bytes:
    """Read this many bytes, or fewer if the other side closes the connection."""
    content = bytearray()
    while len(content) < size:
        piece = connection.recv(size - len(content))
        if not piece:
            break
        content += piece
    return bytes(content)


_FORM: Final = struct.Struct("!cIi")
_READ_BYTES: Final = 4096


class ControlKind(Enum):
    """The kind of a control message: the HTTP process sends commands, the parent sends reports."""

    # Commands.
    FORK = b"F"
    WRITE = b"W"
    BRANCH = b"B"
    RELEASE = b"S"
    KILL = b"K"
    LOWER = b"L"
    # Reports.
    READY = b"R"
    FORKED = b"P"
    ENDED = b"E"


class ControlMessage(NamedTuple):
    """A command or a report about one child of the parent.

    `process` is the number that the sender of the command gave to the child; numbers are not
    reused. `value` is the process id in `FORKED`, and the exit code in `ENDED` (as in
    `subprocess`: minus the signal number if a signal killed the process).
    """

    kind: ControlKind
    process: int = 0
    value: int = 0

    def encode(self) -> bytes:
        """Encode the message for the socket."""
        return _FORM.pack(self.kind.value, self.process, self.value)


def take_messages(buffer: bytearray) -> Iterator[ControlMessage]:
    """Yield the complete messages at the start of a buffer, and remove each from it."""
    while len(buffer) >= _FORM.size:
        kind, process, value = _FORM.unpack_from(buffer)
        del buffer[: _FORM.size]
        yield ControlMessage(ControlKind(kind), process, value)


def receive_messages(control: socket.socket, buffer: bytearray) -> list[ControlMessage] | None:
    """Return the complete messages received so far, or None if the other side has gone.

    The buffer keeps the beginning of the next message.
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
