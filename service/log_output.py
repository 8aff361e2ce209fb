"""Write the log: standard output and standard error, of which no reader can hold up the service.

A stream that nobody reads blocks whoever writes to it. So a thread writes each, from a queue with a
maximum size; lines that do not fit are dropped and counted. Standard error as a whole is led
through such a queue: also what libraries, the engine and child processes write. Messages that
repeat too often are left out.
"""

import logging
import os
import select
import sys
import time
from collections import Counter
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread, Timer
from typing import Final, Protocol, Self

STDOUT, STDERR = "stdout", "stderr"
# Reasons for which a line was not written.
UNREAD, REPEATED = "unread", "repeated"
# Bytes kept for a reader that does not read; further lines are dropped.
MAX_WAITING_BYTES: Final = 2**24
_MAX_WRITTEN_BYTES: Final = 2**14
_MAX_LINE_BYTES: Final = 2**16
# The longest time that the end of the process waits for a reader, and for one that does not read.
_CLOSE_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 0.1
# Enough for an operator to see what happens; a minute of these is at most some 100 KB.
MAX_REPETITIONS: Final = 60
REPETITION_SECONDS: Final = 60.0

_lock: Final = Lock()
_lost_lines: Final[Counter[tuple[str, str]]] = Counter(
    {(STDOUT, UNREAD): 0, (STDERR, UNREAD): 0, (STDERR, REPEATED): 0}
)


def lost_lines() -> Counter[tuple[str, str]]:
    """Return the number of lines that this process has not written, by stream and reason."""
    with _lock:
        return _lost_lines.copy()


def _count_lost(stream: str, reason: str, lines: int) -> None:
    with _lock:
        _lost_lines[stream, reason] += lines


def count_lines(text: bytes) -> int:
    """Return the number of lines, of which the last need not be complete."""
    return text.count(b"\n") + (not text.endswith(b"\n"))


class LogSink(Protocol):
    """A place to write lines to; `write` takes whole lines, and may block."""

    def write(self, piece: bytes, /) -> object: ...  # noqa: D102


class DescriptorSink:
    """A file descriptor as a sink, without a buffer whose lock could hold up the interpreter."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, piece: bytes) -> None:
        """Write the piece, and wait for a reader if needed."""
        rest = memoryview(piece)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            # Another process has set the stream to non-blocking.
            except BlockingIOError:
                select.select([], [self._descriptor], [])


class LogOutput:
    """Writes lines to a stream in a thread of its own, and drops lines while too many wait."""

    def __init__(
        self, stream: str, sink: LogSink, *, max_waiting_bytes: int = MAX_WAITING_BYTES
    ) -> None:
        self._stream, self._sink, self._max_bytes = stream, sink, max_waiting_bytes
        self._waiting: SimpleQueue[tuple[Callable[[], bytes], int] | None] = SimpleQueue()
        # Each is changed by one thread only, so that neither needs a lock.
        self._reserved_bytes = self._released_bytes = self._written_bytes = 0
        self._writer = Thread(target=self._write_all, daemon=True, name=f"log to {stream}")

    def start(self) -> None:
        """Start the thread that writes."""
        self._writer.start()

    def reserve(self, size: int, lines: int = 1) -> bool:
        """Reserve room for lines of about this many bytes; if there is none, count them as lost.

        All reservations must come from one thread.
        """
        if self._reserved_bytes - self._released_bytes + size > self._max_bytes:
            _count_lost(self._stream, UNREAD, lines)
            return False
        self._reserved_bytes += size
        return True

    def put(self, encode: Callable[[], bytes], size: int) -> None:
        """Have the thread encode and write lines, for which `size` bytes were reserved."""
        self._waiting.put((encode, size))

    def close(self) -> None:
        """Wait until all lines are written, but only as long as somebody reads, and for a second.

        Lines that are put afterwards are not written.
        """
        self._waiting.put(None)
        end = time.monotonic() + _CLOSE_SECONDS
        written = -1
        while self._writer.is_alive() and time.monotonic() < end and written < self._written_bytes:
            written = self._written_bytes
            self._writer.join(_PATIENCE_SECONDS)

    def _write_all(self) -> None:
        while (entry := self._waiting.get()) is not None:
            encode, size = entry
            text, start = encode(), 0
            try:
                while start < len(text):
                    longest = start + _MAX_WRITTEN_BYTES
                    end = text.rfind(b"\n", start, longest) + 1 or text.find(b"\n", longest) + 1
                    self._sink.write(text[start : end or len(text)])
                    self._written_bytes += (end or len(text)) - start
                    start = end or len(text)
            except OSError:
                # The reader is gone, so there is nowhere to report it.
                _count_lost(self._stream, UNREAD, count_lines(text[start:]))
            self._released_bytes += size


class QueuedStderr:
    """A context in which all that this process and its children write to standard error is queued.

    The descriptor itself is replaced by a pipe, which a thread always empties. At the end it is the
    original again, unless nobody reads that.
    """

    def __init__(self) -> None:
        self.is_terminal = os.isatty(2)
        self._original = os.dup(2)
        self._output = LogOutput(STDERR, DescriptorSink(self._original))
        self._pipe, pipe_end = os.pipe()
        self._stop, self._stopping = os.pipe()
        os.dup2(pipe_end, 2)
        os.close(pipe_end)
        self._is_closed = False
        self._reader = Thread(target=self._read_all, daemon=True, name="reader of stderr")

    def __enter__(self) -> Self:
        self._output.start()
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, if somebody reads it within a moment, and end the redirection."""
        if self._is_closed:
            return
        self._is_closed = True
        if sys.stderr is not None:
            sys.stderr.flush()
        os.close(self._stopping)
        self._reader.join(_CLOSE_SECONDS)
        self._output.close()
        # Otherwise the last words of the interpreter could block it; the pipe has room for them.
        if select.select([], [self._original], [], 0)[1]:
            os.dup2(self._original, 2)

    def _read_all(self) -> None:
        rest = b""
        while True:
            ready, _, _ = select.select([self._pipe, self._stop], [], [])
            if self._pipe not in ready:
                break
            piece = rest + os.read(self._pipe, _MAX_LINE_BYTES)
            # A line is dropped as a whole or not at all.
            end = piece.rfind(b"\n") + 1 or (len(piece) if len(piece) > _MAX_LINE_BYTES else 0)
            rest = piece[end:]
            self._put(piece[:end])
        self._put(rest)

    def _put(self, text: bytes) -> None:
        if text and self._output.reserve(len(text), count_lines(text)):
            self._output.put(lambda: text, len(text))


class RepetitionFilter(logging.Filter):
    """Leaves out log records beyond a number from one place in the code in some seconds.

    At the end of these seconds one record tells how many were left out.
    """

    def __init__(
        self, max_records: int = MAX_REPETITIONS, seconds: float = REPETITION_SECONDS
    ) -> None:
        super().__init__()
        self._max_records, self._seconds = max_records, seconds
        # By file and line: the end of these seconds, and the number of records so far.
        self._places: dict[tuple[str, int], tuple[float, int]] = {}
        self._lock = Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether to write this record."""
        place, now = (record.pathname, record.lineno), time.monotonic()
        with self._lock:
            end, count = self._places.get(place, (0.0, 0))
            # If records have been left out, the report of that begins anew.
            if now >= end and count <= self._max_records:
                end, count = now + self._seconds, 0
            self._places[place] = end, count + 1
        if count == self._max_records:
            timer = Timer(end - now, self._report, (record,))
            timer.daemon = True
            timer.start()
        if count >= self._max_records:
            _count_lost(STDERR, REPEATED, 1)
        return count < self._max_records

    def _report(self, record: logging.LogRecord) -> None:
        with self._lock:
            _, count = self._places.pop((record.pathname, record.lineno))
        left_out, message = count - self._max_records, record.getMessage()
        text = "%d more such records within %g s were left out: %s"
        logging.getLogger(record.name).warning(text, left_out, self._seconds, message)
