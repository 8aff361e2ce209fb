"""How many rows stand in a result, counted in what the engine writes.

The engine writes a result whole, and calls nobody for each row; to iterate over the rows in Python
and to write them here would take several times as long.

What a query writes -> frames on the connection, the first MiB held back.

A query process: takes jobs until the HTTP process wants no more of it.
"""

import os
import re
import resource
import socket
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from typing import Final, TypeVar

from pyoxigraph import QueryResultsFormat, QueryTriples

from kg.describe.json_ld_context import Context
from kg.errors import KgError
from kg.store.quad_store import Store
from service.answers.formats import Format
from service.answers.rdf_1_1 import quads_in, rows_sink, triples_in, write_plainly, write_quads
from service.answers.serialization import write_rows, write_triples
from service.errors import ResultTooLarge
from service.queries import messages
from service.queries.messages import HELD_BACK_BYTES, Job, Limits, read_job
from service.queries.restrictions import (
    IS_LINUX,
    give_way,
    hush_engine,
    limit_processor,
    no_new_files,
    restrict,
)

CSV: Final = "text/csv"
# What stands once in each row, by media type.
_MARKS: Final = {
    # An object in a list. No string looks so: one that ends with `,{` is followed by `",` or
    # `"}`, and no variable's name begins with these. Rows that bind nothing are not seen.
    "application/sparql-results+json": re.compile(rb'[\[,]\{"[^,}]'),
    "application/sparql-results+xml": re.compile(rb"<result>"),
    CSV: re.compile(rb"\n"),
    "text/tab-separated-values": re.compile(rb"\n"),
}
_LONGEST_MARK: Final = len(b"<result>")


class RowCounter:
    """Counts the rows of a result in this media type, which comes in pieces cut anywhere."""

    def __init__(self, media_type: str) -> None:
        self._mark, self._is_csv = _MARKS[media_type], media_type == CSV
        self._before = b""
        self._is_quoted = False
        # The line of names is no row.
        self.count = -1 if media_type.startswith("text/") else 0

    def add(self, piece: bytes) -> int:
        """How many rows there are up to the end of this piece."""
        text = self._before + (self._unquoted(piece) if self._is_csv else piece)
        self.count += len(self._mark.findall(text)) - len(self._mark.findall(self._before))
        self._before = text[1 - _LONGEST_MARK :]
        return self.count

    def _unquoted(self, piece: bytes) -> bytes:
        """What stands outside quotation marks; a doubled one inside changes nothing."""
        parts = piece.split(b'"')
        outside = parts[self._is_quoted :: 2]
        self._is_quoted ^= len(parts) % 2 == 0
        return b"".join(outside)


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
        kind, body = messages.FrameKind.LAST, self._held
        if error is not None:
            kind, body = messages.FrameKind.REFUSAL, bytearray(messages.encode_refusal(error))
        body[:0] = messages.head(kind, len(body), ends=ends)
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
            self._connection.sendall(messages.head(messages.FrameKind.PART, len(part)) + part)
        self._held.clear()
        self._send_from = PART_BYTES


# What a query may leave behind in memory if its process is to take another one.
_MOST_LEFT_BYTES: Final = 2**26


def work(connection: socket.socket, store: Store, context: Context | None, limits: Limits) -> None:
    """Answer the jobs that come over this connection, one after another, until it is closed."""
    hush_engine()
    restrict(limits, for_good=True)
    give_way()
    at_start = _peak_bytes()
    try:
        while (job := read_job(connection)) is not None:
            limit_processor(limits)
            output = Output(connection, limits)
            error = _failure(job, store, context, output)
            ends = job.supposes or _peak_bytes() - at_start > _MOST_LEFT_BYTES
            output.finish(error, ends=ends)
            if ends:
                return
    except (BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:
        # As the engine ends where memory runs out, so that it is one thing seen from outside.
        os.abort()


def _failure(job: Job, store: Store, context: Context | None, output: Output) -> KgError | None:
    """Run the query; the error that is the answer's end, if there is one."""
    # A store on disk opens its files when it comes to them.
    lock = no_new_files() if store.folder is None else nullcontext()
    try:
        with lock:
            _write_answer(job, store, context, output)
    except KgError as error:
        # Without the frames that still hold rows.
        return error.with_traceback(None)
    return None


def _write_answer(job: Job, store: Store, context: Context | None, output: Output) -> None:
    if job.supposes:
        store = store.supposing(job.added, job.removed)
    if job.graph is not None:
        store.check_graph(job.graph)
    if job.is_whole:
        quads = quads_in(job.choice, output.counted(store.quads()))
        write_quads(quads, job.choice, output, job.json_ld_options)
        return
    results = store.query(
        job.text,
        entailment=job.entailment,
        dataset=job.dataset,
        substitutions=job.substitutions,
        base_iri=job.base_iri,
    )
    if isinstance(results, QueryTriples):
        triples = triples_in(job.choice, output.counted(results))
        if context is None:
            write_plainly(triples, job.choice, output, job.json_ld_options)
        else:
            write_triples(triples, job.choice, context, output)
        return
    output.count_rows_of(job.choice.format)
    sink = rows_sink(output, job.choice)
    write_rows(results, job.choice, sink or output)
    if sink is not None:
        sink.finish()


def _peak_bytes() -> int:
    """The most memory this process has held; Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * 1024 if IS_LINUX else peak
