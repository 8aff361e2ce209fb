"""What is counted.

One line for each request, written by a thread: no reader of the log can hold the service up.

Each request gets an id, is counted, and leaves a line in the log.

What the service says of itself beside the requests: warnings and errors, on standard error.
"""

import asyncio
import json
import logging
import sys
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from queue import SimpleQueue
from secrets import token_hex
from threading import Thread
from typing import Final, NamedTuple, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import (
    QueryOutOfMemory,
    QueryProcessEnded,
    QueryProcessesDown,
    QueryTimedOut,
    ResultTooLarge,
    TooManyQueries,
)
from service.http.shared_counts import SharedCounts


@dataclass
class Counts:
    """Of requests that a kept answer could answer: how many it did, with a 304 or 200, or not."""

    hits: int = 0
    not_modified: int = 0
    misses: int = 0
    joined: int = 0


# From an answer out of memory to a query at its time limit.
BOUNDS_SECONDS: Final = (
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
)
_REASONS: Final = {
    QueryTimedOut: "time",
    QueryOutOfMemory: "memory",
    ResultTooLarge: "size",
    QueryProcessEnded: "process-ended",
    QueryProcessesDown: "processes-down",
    TooManyQueries: "too-many",
}
CLIENT_LEFT: Final = "client-gone"
SLOW_CLIENT: Final = "slow-client"
REASONS: Final = (*_REASONS.values(), CLIENT_LEFT, SLOW_CLIENT)

# What becomes of a call of another endpoint; or a query is refused before any.
REFUSED: Final = "refused"
CALL_OUTCOMES: Final = ("answered", "failed", "timed-out", "forbidden-address", REFUSED)


class Metrics:
    """Counts, all of them made in the event loop; counting costs a request a microsecond."""

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str]] = Counter()
        self.sent_bytes: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        # Of each kind: how many took so long, between two bounds and past the last.
        self.durations: dict[str, list[int]] = {}
        self.unanswered_queries: Counter[str] = Counter()
        self.cache = Counts()
        self.service_calls: Counter[str] = Counter()
        # Other releases that took the place of the one that was served, and that did not.
        self.switches = 0
        self.refused_releases = 0
        # Of several HTTP processes: what the others count.
        self.shared: SharedCounts | None = None

    def note_request(self, kind: str, status: int, seconds: float, sent_bytes: int) -> None:
        """Count an answered request; a status of 0 says that its client never heard of it."""
        self.requests[kind, str(status)] += 1
        self.sent_bytes[kind] += sent_bytes
        self.seconds[kind] += seconds
        if kind not in self.durations:
            self.durations[kind] = [0] * (len(BOUNDS_SECONDS) + 1)
        self.durations[kind][bisect_left(BOUNDS_SECONDS, seconds)] += 1

    def note_failure(self, error: Exception) -> None:
        """Count a query that was ended or refused; one with a mistake in it is neither."""
        for kind, reason in _REASONS.items():
            if isinstance(error, kind):
                self.unanswered_queries[reason] += 1


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


REQUEST_ID: Final = "X-Request-Id"
# What the log says of errors names the request that met them.
request_id: Final[ContextVar[str]] = ContextVar("request_id", default="")
_HEADER: Final = REQUEST_ID.lower().encode()
_NOTES: Final = "glocal"


def note(scope: Scope, **facts: str) -> None:
    """Note facts about a request for its line in the log."""
    scope.get(_NOTES, {}).update(facts)


class Observed:
    """Sees every request first and every answer last."""

    def __init__(
        self, app: ASGIApp, metrics: Metrics, log: RequestLog | None, kinds: Collection[str]
    ) -> None:
        self._app, self._metrics, self._log = app, metrics, log
        self._kinds = frozenset(kinds)
        # Other services and other starts of this one have other ids.
        self._start, self._numbers = token_hex(4), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; say in the answer which request it was."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = f"{self._start}-{next(self._numbers):06x}"
        request_id.set(name)
        notes: dict[str, str] = {}
        scope[_NOTES] = notes
        status, sent, began = 0, 0, time.perf_counter()

        async def send_noting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_HEADER, name.encode())]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            seconds = time.perf_counter() - began
            kind = self._kind(scope["path"])
            # Without a status it ends in an error, which is answered further out.
            status = status or 500
            self._metrics.note_request(kind, status, seconds, sent)
            if self._log is not None:
                query = notes.get("query", "") if self._log.says_query else ""
                cache = notes.get("cache", "")
                line = (name, scope["method"], scope["path"], kind, status, seconds, sent)
                self._log.note(Line(*line, cache, query))

    def _kind(self, path: str) -> str:
        """The first part of the path where something is served, so that kinds are few."""
        first = path.split("/", 2)[1] if path.startswith("/") else ""
        return (first or "index") if first in self._kinds else "other"


class JsonLines(logging.Formatter):
    """One JSON object a line, with the request that met the error, and the traceback inside."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {
            "time": when.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            said["request"] = request_id.get()
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def is_json(log_format: str) -> bool:
    """Whether lines are JSON; `auto` leaves text to terminals."""
    return log_format == "json" or (log_format == "auto" and not sys.stdout.isatty())


def configure(log_format: str) -> None:
    """Let warnings and errors, uvicorn's too, go to standard error in this format.

    What the service says of its own course goes there too.
    """
    handler = logging.StreamHandler()
    if is_json(log_format):
        handler.setFormatter(JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("glocal.service").setLevel(logging.INFO)
