"""What a query writes -> frames on the connection, the first MiB held back."""

import socket
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from pyoxigraph import QueryResultsFormat

from kg.errors import KgError
from service.answers.formats import Format
from service.errors import ResultTooLarge
from service.processes import frames
from service.processes.limits import HELD_BACK_BYTES, Limits
from service.processes.rows import RowCounter

PART_BYTES: Final = 2**16
T = TypeVar("T")


class Output:
    """The answer to one query, as a binary file that is written to.

    As long as nothing was sent, an error is still a clean refusal; so the first MiB waits. Where
    the HTTP process takes no more, because its client does not, writing waits too.
    """

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self._connection, self._limits = connection, limits
        self._rows: RowCounter | None = None
        # A row has a byte at least. Most results end before counting is worth its time.
        self._count_from, self._is_counting = min(limits.rows, HELD_BACK_BYTES), False
        self._held = bytearray()
        self._written = 0
        self._send_from = HELD_BACK_BYTES
        self._is_over = False

    def count_rows_of(self, form: Format) -> None:
        """Let no more rows through than the limit, of a result in this format."""
        if isinstance(form.syntax, QueryResultsFormat):
            self._rows = RowCounter(form.media_type)

    def counted(self, triples: Iterable[T]) -> Iterator[T]:
        """The triples, up to the limit of rows.

        Raises:
            ResultTooLarge: there are more.
        """
        for number, triple in enumerate(triples):
            if number >= self._limits.rows:
                raise ResultTooLarge("triples", self._limits.rows)
            yield triple

    def write(self, piece: bytes) -> int:
        """Take a piece of the answer.

        Raises:
            ResultTooLarge: the answer has more rows or bytes than allowed.
        """
        # The engine's own buffer is written once more when it is dropped after an error.
        if not self._is_over:
            self._check(piece)
            self._held += piece
            if len(self._held) >= self._send_from:
                self._send_parts()
        return len(piece)

    def flush(self) -> None:
        """Nothing: what is held back waits for more, or for the end."""

    def finish(self, error: KgError | None, *, ends: bool) -> None:
        """Send what is left, or an error instead of it, and whether this process ends."""
        self._is_over = True
        kind, body = frames.FrameKind.LAST, self._held
        if error is not None:
            kind, body = frames.FrameKind.REFUSAL, bytearray(frames.encode_refusal(error))
        body[:0] = frames.head(kind, len(body), ends=ends)
        self._connection.sendall(body)

    def _check(self, piece: bytes) -> None:
        self._written += len(piece)
        if self._written > self._limits.result_bytes:
            self._is_over = True
            raise ResultTooLarge("bytes", self._limits.result_bytes)
        if self._rows is None or self._written < self._count_from:
            return
        if not self._is_counting:
            self._is_counting = True
            self._rows.add(bytes(self._held))
        if self._rows.add(piece) > self._limits.rows:
            self._is_over = True
            raise ResultTooLarge("rows", self._limits.rows)

    def _send_parts(self) -> None:
        for start in range(0, len(self._held), HELD_BACK_BYTES):
            part = self._held[start : start + HELD_BACK_BYTES]
            self._connection.sendall(frames.head(frames.FrameKind.PART, len(part)) + part)
        self._held.clear()
        self._send_from = PART_BYTES
