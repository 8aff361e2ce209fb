"""The messages between the HTTP process, the parent process and the processes that it forks.

Jobs, changes and the replies to them travel in frames. A frame has a kind, two flags, a length, and
that many bytes. Jobs and changes are pickled, since they hold RDF terms. Replies never are: a query
process that has been compromised by its query can then falsify its own answer, but do nothing more.

The parent takes commands and sends reports, of nine bytes each. Some commands carry sockets:

- `FORK`: the connection of the new query process. The HTTP process keeps the other end of this
  socket pair, and may write to it before the fork is done.
- `FORK_WRITER`: the connection of the new writer process, and the control socket from which it
  takes commands once it has become a parent.
"""

import json
import pickle
import socket
import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, Variable

from kg.errors import KgError
from kg.sparql.dataset import ENTAILMENTS, QueryDataset
from kg.sparql.paging import ALL_ROWS, Page
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Store
from service.answers.formats import GRAPH_FORMATS, RESULTS_JSON, Choice
from service.errors import ServiceError

# The size of the first part of an answer, and the largest of any part.
HELD_BACK_BYTES: Final = 2**20
# The header of a frame: kind, the two flags, and the length of the body.
HEADER: Final = struct.Struct("!c??I")
# The number of the parts of a job, and the length of each.
_NUMBER: Final = struct.Struct("!I")
# The answer to a change: whether it created a graph, the process id of the next parent, and the
# number of contradictions.
OUTCOME: Final = struct.Struct("!?II")
_CONTROL_MESSAGE: Final = struct.Struct("!cIi")
CONTROL_MESSAGE_BYTES: Final = _CONTROL_MESSAGE.size
SYNTAXES: Final = {
    name: form.syntax
    for form in GRAPH_FORMATS
    for name in (form.media_type, *form.aliases)
    if isinstance(form.syntax, RdfFormat)
}
RDF_MEDIA_TYPES: Final = tuple(SYNTAXES)


@dataclass(frozen=True)
class QueryLimits:
    """The limits of one query: seconds of its own work, bytes of memory, rows and result bytes.

    Triples count as rows. `memory_bytes` is how much a query process may add to its address space.
    `stores` are the addresses of servers that may answer plain queries within `store_seconds`.
    """

    seconds: float = 10
    memory_bytes: int = 2**30
    rows: int = 1_000_000
    result_bytes: int = 2**28
    stores: Sequence[str] = ()
    store_seconds: float = 5


class Job(Protocol):
    """A job for a query process or evaluator process; its answer has a chosen format."""

    @property
    def choice(self) -> Choice:
        """The media type of the answer."""


@dataclass(frozen=True)
class QueryJob:
    """One query, its view or dataset, and the format of its answer.

    The query is refused unless the store has the `graph`, if that is set. With `dumps_all_quads`,
    the job ignores the query and returns all quads. `json_ld_options` are those of the JSON-LD API,
    for JSON-LD that is written without a context. `page` has the rows or triples to return, in the
    order of the engine, which finds no others; rows only in JSON.
    """

    query: Query
    choice: Choice
    entailment: str = ENTAILMENTS[0]
    view: Standing = DEFAULT_VIEW
    dataset: QueryDataset | None = None
    substitutions: Mapping[Variable, NamedNode | Literal] = field(default_factory=dict)
    graph: NamedNode | None = None
    dumps_all_quads: bool = False
    json_ld_options: Mapping[str, str | bool] = field(default_factory=dict)
    page: Page = ALL_ROWS


@dataclass(frozen=True, kw_only=True)
class StoreJob(ABC):
    """A job that reads the store of a query process by itself, not by a query."""

    choice: Choice

    @abstractmethod
    def answer(self, store: Store) -> bytes:
        """Return the answer in the chosen format; raise KgError if there is none."""


# After this one, a new process answers as quickly as any other.
WARM_UP: Final = QueryJob(Query("ASK { ?s ?p ?o }"), Choice(RESULTS_JSON, RESULTS_JSON.media_type))


@dataclass(frozen=True)
class Update:
    """A SPARQL Update request; `using` is the dataset given by the protocol's parameters.

    `declarations` are lines before the text that the client did not send.
    """

    text: str
    base_iri: str
    using: QueryDataset | None = None
    declarations: str = ""


class GraphOperation(Enum):
    """A change of a graph or of all graphs."""

    REPLACE = "replace"
    ADD = "add"
    DROP = "drop"


class Precondition(Enum):
    """The precondition of a change: none, or that the graph exists, or that it does not."""

    NOTHING = "nothing"
    PRESENT = "present"
    ABSENT = "absent"


@dataclass(frozen=True)
class SentBody:
    """A document as it was sent: its media type, and whether it is gzipped.

    A job that holds it is encoded without a copy of its content, which can be large.
    """

    content: bytes | bytearray | memoryview
    media_type: str
    is_gzipped: bool = False

    def __reduce__(self) -> tuple[type["SentBody"], tuple[object, ...]]:
        """Return what pickle encodes: the content as a buffer (PEP 574)."""
        return SentBody, (pickle.PickleBuffer(self.content), self.media_type, self.is_gzipped)


@dataclass(frozen=True)
class GraphChange:
    """A change of one graph, or of all graphs if `graph` is None, by all the bodies together.

    No body may have more than `max_bytes` when uncompressed. JSON-LD is read with the options of
    its API in `json_ld_options`, and may refer to the contexts in the folder `contexts`.
    """

    operation: GraphOperation
    graph: NamedNode | DefaultGraph | None
    base_iri: str
    bodies: Sequence[SentBody] = ()
    precondition: Precondition = Precondition.NOTHING
    max_bytes: int = 0
    json_ld_options: Mapping[str, str | bool] = field(default_factory=dict)
    contexts: Path | None = None


Change = Update | GraphChange


class FrameKind(Enum):
    """The kind of a frame."""

    JOB = b"J"  # A job or a change.
    PART = b"P"  # A part of the answer.
    LAST = b"L"  # Its last part.
    REFUSAL = b"R"  # An error, in place of the rest of the answer.


class SocketFrame(NamedTuple):
    """A received frame; with `process_ends`, the process takes no other job after it.

    `is_rdf_1_2` counts in the first frame of an answer: its media type announces RDF 1.2.
    """

    kind: FrameKind
    process_ends: bool
    is_rdf_1_2: bool
    body: bytes


def encode_header(
    kind: FrameKind, length: int, *, process_ends: bool = False, is_rdf_1_2: bool = False
) -> bytes:
    """Encode the header of a frame whose body has this length."""
    return HEADER.pack(kind.value, process_ends, is_rdf_1_2, length)


def next_frame_bytes(buffer: bytearray) -> int:
    """Return the length of the first frame in a buffer; 0 if its header is not complete."""
    return HEADER.size + HEADER.unpack_from(buffer)[-1] if len(buffer) >= HEADER.size else 0


def take_frame(buffer: bytearray) -> SocketFrame | None:
    """Remove the first frame from a buffer, and return it; None if it is not complete."""
    if len(buffer) < HEADER.size:
        return None
    kind, process_ends, is_1_2, length = HEADER.unpack_from(buffer)
    end = HEADER.size + length
    if len(buffer) < end:
        return None
    body = bytes(memoryview(buffer)[HEADER.size : end])
    del buffer[:end]
    return SocketFrame(FrameKind(kind), process_ends, is_1_2, body)


def encode_job(job: Job | Change) -> Sequence[bytes | memoryview]:
    """Encode a job or a change as a frame: the parts of it that are to be sent one after another.

    The body of the frame begins with the number and the lengths of what follows: the pickled job,
    and the buffers that it refers to.
    """
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(job, protocol=5, buffer_callback=buffers.append)
    others = [buffer.raw() for buffer in buffers]
    sizes = [len(pickled), *map(len, others)]
    lengths = _NUMBER.pack(len(sizes)) + b"".join(map(_NUMBER.pack, sizes))
    header = encode_header(FrameKind.JOB, len(lengths) + sum(sizes))
    return [header + lengths + pickled, *others]


def read_job(connection: socket.socket) -> Any:
    """Read the next job or change; return None once the other side has closed the connection."""
    header = _read_exactly(connection, HEADER.size)
    if len(header) < HEADER.size:
        return None
    *_, length = HEADER.unpack(header)
    body = memoryview(_read_exactly(connection, length))
    if len(body) < length:
        return None
    [count] = _NUMBER.unpack_from(body)
    ends = _NUMBER.size + count * _NUMBER.size
    lengths = [size for (size,) in _NUMBER.iter_unpack(body[_NUMBER.size : ends])]
    starts = accumulate(lengths, initial=ends)
    parts = [body[start : start + size] for start, size in zip(starts, lengths, strict=False)]
    # Safe: the HTTP process wrote it, and that is the process that started this one.
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301


def _read_exactly(connection: socket.socket, size: int) -> bytearray:
    """Read this many bytes, or fewer if the other side closes the connection."""
    content = bytearray()
    while len(content) < size and (piece := connection.recv(size - len(content))):
        content += piece
    return content


def encode_refusal(error: KgError) -> bytes:
    """Encode an error as JSON: its class, its message and its attributes."""
    document = {"kind": type(error).__name__, "detail": str(error), "facts": vars(error)}
    return json.dumps(document, default=str).encode()


def decode_refusal(body: bytes) -> KgError:
    """Decode an error, with the same class, message and attributes."""
    document: dict[str, Any] = json.loads(body)
    # `ServiceError` is a subclass too, and is named so that its module is loaded.
    error_class = (_error_classes(KgError) | _error_classes(ServiceError))[document["kind"]]
    # Not by its constructor, whose arguments differ from class to class.
    error = error_class.__new__(error_class)
    error.args = (document["detail"],)
    vars(error).update(document["facts"])
    return error


def _error_classes(base: type[KgError]) -> dict[str, type[KgError]]:
    classes = {base.__name__: base}
    for subclass in base.__subclasses__():
        classes |= _error_classes(subclass)
    return classes


class ControlKind(Enum):
    """The kind of a control message: the HTTP process sends commands, the parent sends reports."""

    # Commands: fork a query process or a writer process.
    FORK = b"F"
    FORK_WRITER = b"W"
    RELEASE = b"S"  # Forget a writer process, which is a parent itself now ("S" for separate).
    KILL = b"K"
    # Reports: the parent takes commands from now on; a child has started ("P" for process id).
    READY = b"R"
    FORKED = b"P"
    ENDED = b"E"  # A child has ended.


class ControlMessage(NamedTuple):
    """A command or a report about one child of the parent.

    `process` is the number that the sender of the command gave to the child; it is not reused.
    `value` is the process id in `FORKED`, and the exit code in `ENDED` (as in `subprocess`: minus
    the signal number if a signal killed the process); in `READY`, the number of contradictions in
    the store.
    """

    kind: ControlKind
    process: int = 0
    value: int = 0

    def encode(self) -> bytes:
        """Encode the message for the socket."""
        return _CONTROL_MESSAGE.pack(self.kind.value, self.process, self.value)


def take_messages(buffer: bytearray) -> Iterator[ControlMessage]:
    """Yield the complete messages at the start of a buffer, and remove each from it."""
    while len(buffer) >= _CONTROL_MESSAGE.size:
        kind, process, value = _CONTROL_MESSAGE.unpack_from(buffer)
        del buffer[: _CONTROL_MESSAGE.size]
        yield ControlMessage(ControlKind(kind), process, value)
