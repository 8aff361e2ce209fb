"""Write the log in threads, so that no reader can hold up the service.

A stream that nobody reads blocks whoever writes to it. So a thread writes each, from a queue of a
maximum length; records that do not fit are dropped and counted.
"""

import logging
import os
from collections import Counter
from contextlib import suppress
from logging.handlers import QueueHandler
from queue import Full, Queue
from threading import Thread
from typing import Final

STDOUT, STDERR = "stdout", "stderr"
_DESCRIPTORS: Final = {STDOUT: 1, STDERR: 2}
MOST_WAITING: Final = 16_384
# The longest time that the end of the process waits for a reader.
_CLOSE_SECONDS: Final = 1.0

# Records that were not written, by stream.
lost_records: Final[Counter[str]] = Counter({STDOUT: 0, STDERR: 0})


class DroppingHandler(QueueHandler):
    """Hands records to a thread that formats them and writes them to a stream."""

    queue: "Queue[logging.LogRecord | None]"

    def __init__(self, stream: str, formatter: logging.Formatter) -> None:
        super().__init__(Queue(MOST_WAITING))
        self._stream, self._formatter = stream, formatter
        self._writer = Thread(target=self._write_all, daemon=True, name=f"log to {stream}")
        self._writer.start()

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Return the record as it is, since the thread formats it."""
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Add a record to the queue, or drop it if there is no room."""
        try:
            self.queue.put_nowait(record)
        except Full:
            lost_records[self._stream] += 1

    def close(self) -> None:
        """Wait until all is written, but no longer than a second for each of two steps."""
        with suppress(Full):
            self.queue.put(None, timeout=_CLOSE_SECONDS)
            self._writer.join(_CLOSE_SECONDS)
        super().close()

    def _write_all(self) -> None:
        while (record := self.queue.get()) is not None:
            line = f"{self._formatter.format(record)}\n".encode(errors="backslashreplace")
            try:
                # Not through a buffer, whose lock could hold up the end of the interpreter.
                while line:
                    line = line[os.write(_DESCRIPTORS[self._stream], line) :]
            except OSError:
                # The reader is gone, so there is nowhere to report it.
                lost_records[self._stream] += 1
