"""One line for each request, written by a thread: no reader of the log can hold the service up."""

import asyncio
import json
import time
from datetime import UTC, datetime
from functools import lru_cache
from queue import SimpleQueue
from threading import Thread
from typing import Final, NamedTuple, Protocol

# What waits for a reader that does not read.
_MOST_LINES_WAITING: Final = 50_000
_SECONDS_BETWEEN_WRITES: Final = 0.1
_PATIENCE_SECONDS: Final = 1.0
_quoted: Final = json.JSONEncoder(ensure_ascii=False).encode


class Sink(Protocol):
    """What lines are written to, as to a binary file."""

    def write(self, piece: bytes, /) -> int:
        """Take whole lines."""

    def flush(self) -> None:
        """Let them through."""


class Line(NamedTuple):
    """What the log says of a request; `bytes_sent` are those of the body.

    `cache` is `hit` for an answer out of memory. Never what was asked: `query` is empty unless
    the settings say otherwise.
    """

    request: str
    method: str
    path: str
    kind: str
    status: int
    seconds: float
    bytes_sent: int
    cache: str = ""
    query: str = ""


class RequestLog:
    """Lines in JSON, or for people; where too many wait for a reader, they are dropped."""

    def __init__(self, sink: Sink, *, is_json: bool, says_query: bool) -> None:
        self.dropped = 0
        self.says_query = says_query
        self._sink = sink
        self._written = _as_json if is_json else _for_people
        self._lines: list[tuple[float, Line]] = []
        self._waiting: SimpleQueue[list[tuple[float, Line]] | None] = SimpleQueue()
        self._writer = Thread(target=self._write_all, daemon=True, name="request log")
        self._in_writing = 0
        self._is_scheduled = False

    def start(self) -> None:
        """Start to write."""
        self._writer.start()

    def note(self, line: Line) -> None:
        """Put down a line; called in the event loop."""
        if len(self._lines) + self._in_writing >= _MOST_LINES_WAITING:
            self.dropped += 1
            return
        self._lines.append((time.time(), line))
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_later(_SECONDS_BETWEEN_WRITES, self._hand_over)

    def close(self) -> None:
        """Write what waits, but not for ever."""
        if self._writer.is_alive():
            self._hand_over()
            self._waiting.put(None)
            self._writer.join(_PATIENCE_SECONDS)

    def _hand_over(self) -> None:
        self._is_scheduled = False
        lines, self._lines = self._lines, []
        self._in_writing += len(lines)
        self._waiting.put(lines)

    def _write_all(self) -> None:
        while (lines := self._waiting.get()) is not None:
            try:
                written = "".join(self._written(seconds, line) for seconds, line in lines)
                self._sink.write(written.encode(errors="backslashreplace"))
                self._sink.flush()
            except OSError:
                # Nobody reads it any more, and nobody can be told.
                self.dropped += len(lines)
            self._in_writing -= len(lines)


def _as_json(seconds: float, line: Line) -> str:
    """One object; written piece by piece, which takes a third of the time of a whole encoder."""
    cache = f',"cache":"{line.cache}"' if line.cache else ""
    query = f',"query":{_quoted(line.query)}' if line.query else ""
    return (
        f'{{"time":"{_second(int(seconds))}.{int(seconds % 1 * 1000):03d}Z","level":"info",'
        f'"request":"{line.request}","method":{_quoted(line.method)},"path":{_quoted(line.path)},'
        f'"kind":"{line.kind}","status":{line.status},"ms":{line.seconds * 1000:.3f},'
        f'"bytes":{line.bytes_sent}{cache}{query}}}\n'
    )


@lru_cache(maxsize=2)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _for_people(seconds: float, line: Line) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).astimezone()
    facts = (f"{line.seconds * 1000:.1f} ms", f"{line.bytes_sent:,} bytes", line.cache)
    others = ", ".join(fact for fact in (*facts, line.request, line.query) if fact)
    # Escaped, since a path or query may hold what moves a terminal's cursor.
    said = json.dumps(f"{line.method} {line.path} ({others})")
    return f"{moment:%H:%M:%S} {line.status} {said[1:-1]}\n"
