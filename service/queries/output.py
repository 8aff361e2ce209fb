"""The answer to one job, as a file that a query process or evaluator process writes to.

An answer goes over the connection in frames, the first MiB held back. The engine serialises a whole
result without a callback for each row, so rows are counted in the bytes that it writes: iterating
over the rows in Python and writing them here would take several times as long.
"""

import re
import socket
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from pyoxigraph import Quad, Triple

from kg.errors import KgError
from service.answers.formats import RESULT_FORMATS, RESULTS_CSV, RESULTS_XML, Choice
from service.answers.serialization import require_xml
from service.answers.version import VersionCheck
from service.errors import ResultTooLarge
from service.queries import messages
from service.queries.messages import HELD_BACK_BYTES, FrameKind, QueryLimits

# The size of each part of an answer after the first.
_PART_BYTES: Final = 2**18
# By media type of every result format, a pattern that matches exactly once in each row.
_ROW_PATTERNS: Final = {
    # An object in a list. No string looks like this: one that ends with `,{` is followed by `",`
    # or `"}`, and no variable's name begins with these. Rows without bindings are not counted.
    "application/sparql-results+json": re.compile(rb'[\[,]\{"[^,}]'),
    "application/sparql-results+xml": re.compile(rb"<result>"),
    "text/csv": re.compile(rb"\n"),
    "text/tab-separated-values": re.compile(rb"\n"),
}
_LONGEST_PATTERN: Final = len(b"<result>")
T = TypeVar("T", Quad, Triple)


class Output:
    """The answer to one query, as a writable binary file.

    The first MiB is held back: as long as nothing has been sent, an error can still be a clean
    refusal, and the media type can announce RDF 1.2. Writing blocks while the HTTP process reads
    nothing, because its client does not.
    """

    def __init__(
        self, connection: socket.socket, limits: QueryLimits, choice: Choice, *, may_need_1_2: bool
    ) -> None:
        self._connection, self._limits = connection, limits
        has_rows = choice.format in RESULT_FORMATS
        self._is_xml, self._end = choice.format == RESULTS_XML, b""
        self._rows = RowCounter(choice.format.media_type) if has_rows else None
        self._version = VersionCheck(choice, may_need_1_2=may_need_1_2)
        # A row has at least one byte. So rows are counted only from this many bytes on, which most
        # results never reach, but before the first part is sent.
        self._count_from, self._is_counting = min(limits.rows, HELD_BACK_BYTES), False
        self._pending = bytearray()
        self._written = 0
        self._send_from = HELD_BACK_BYTES
        self._is_over = False

    def limit_statements(self, statements: Iterable[T]) -> Iterator[T]:
        """Yield the triples or quads; raise ResultTooLarge if there are more than the limit."""
        for index, statement in enumerate(self._version.search_statements(statements)):
            if index >= self._limits.rows:
                raise ResultTooLarge("triples", self._limits.rows)
            yield statement

    def write(self, piece: bytes) -> int:
        """Write a piece of the answer; raise ResultTooLarge if it exceeds a limit."""
        # After an error, the engine writes its buffer once more as it drops it; ignore that.
        if not self._is_over:
            self._is_over = True
            self._check_limits(piece)
            self._pending += piece
            if len(self._pending) >= self._send_from:
                self._send_parts()
            self._is_over = False
        return len(piece)

    def flush(self) -> None:
        """Do nothing: held-back bytes wait for more, or for the end."""

    def check_rows(self) -> None:
        """Search the rows that have not been sent; raise NotAcceptable if the format is unfit."""
        if self._rows is None:
            return
        self._version.search_rows(self._pending)
        if self._is_xml:
            require_xml(self._end + self._pending)
            # A character may be cut in two.
            self._end = bytes(self._pending[-2:])

    def finish(self, error: KgError | None, *, process_ends: bool) -> None:
        """Send the rest of the answer, or an error instead, and tell whether this process ends."""
        self._is_over = True
        kind, body = FrameKind.LAST, self._pending
        if error is not None:
            kind, body = FrameKind.REFUSAL, bytearray(messages.encode_refusal(error))
        body[:0] = self._header(kind, len(body), process_ends=process_ends)
        self._connection.sendall(body)

    def _check_limits(self, piece: bytes) -> None:
        self._written += len(piece)
        if self._written > self._limits.result_bytes:
            raise ResultTooLarge("bytes", self._limits.result_bytes)
        if self._rows is None or self._written < self._count_from:
            return
        if not self._is_counting:
            self._is_counting = True
            self._rows.add(bytes(self._pending))
        if self._rows.add(piece) > self._limits.rows:
            raise ResultTooLarge("rows", self._limits.rows)

    def _send_parts(self) -> None:
        self.check_rows()
        self._version.begin_stream()
        for start in range(0, len(self._pending), HELD_BACK_BYTES):
            part = self._pending[start : start + HELD_BACK_BYTES]
            self._connection.sendall(self._header(FrameKind.PART, len(part)) + part)
        self._pending.clear()
        self._send_from = _PART_BYTES

    def _header(self, kind: FrameKind, length: int, *, process_ends: bool = False) -> bytes:
        is_1_2 = self._version.choice.version == "1.2"
        return messages.encode_header(kind, length, process_ends=process_ends, is_rdf_1_2=is_1_2)


class RowCounter:
    """Counts the rows of a result in this media type; pieces may be cut anywhere."""

    def __init__(self, media_type: str) -> None:
        self._pattern = _ROW_PATTERNS[media_type]
        self._is_csv = media_type == RESULTS_CSV.media_type
        self._tail = b""
        self._is_quoted = False
        # CSV and TSV begin with a header line, which is not a row.
        self.count = -1 if media_type.startswith("text/") else 0

    def add(self, piece: bytes) -> int:
        """Add a piece of the result, and return the number of rows so far."""
        text = self._tail + (self._outside_quotes(piece) if self._is_csv else piece)
        self.count += len(self._pattern.findall(text)) - len(self._pattern.findall(self._tail))
        self._tail = text[1 - _LONGEST_PATTERN :]
        return self.count

    def _outside_quotes(self, piece: bytes) -> bytes:
        """Return the text outside quotation marks; a doubled mark inside changes nothing."""
        parts = piece.split(b'"')
        outside = parts[self._is_quoted :: 2]
        self._is_quoted ^= len(parts) % 2 == 0
        return b"".join(outside)
