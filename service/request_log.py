"""One line for each request, written by a thread: no reader of the log can hold the service up."""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, Final

# What waits for a reader that does not read.
_MOST_LINES_WAITING: Final = 50_000
_SECONDS_BETWEEN_WRITES: Final = 0.1
_PATIENCE_SECONDS: Final = 1.0


class RequestLog:
    """Lines in JSON, or for people; if too many wait to be written, they are dropped and counted.

    What a line says of a request: its id, method, path, kind, status, milliseconds, bytes of the
    body as it was sent, and whether the answer was kept. Never what was asked, unless `says_query`.
    """

    def __init__(self, sink: BinaryIO, *, is_json: bool, says_query: bool) -> None:
        self.dropped = 0
        self._sink, self._is_json, self._says_query = sink, is_json, says_query
        self._lines: list[tuple[float, dict[str, Any]]] = []
        self._waiting: SimpleQueue[list[tuple[float, dict[str, Any]]] | None] = SimpleQueue()
        self._writer = Thread(target=self._write_all, daemon=True, name="request log")
        self._in_writing = 0
        self._is_scheduled = False

    def start(self) -> None:
        """Start to write."""
        self._writer.start()

    def note(self, facts: dict[str, Any], notes: Mapping[str, str]) -> None:
        """Put down a line; called in the event loop."""
        if len(self._lines) + self._in_writing >= _MOST_LINES_WAITING:
            self.dropped += 1
            return
        facts["cache"] = notes.get("cache", "")
        if self._says_query:
            facts["query"] = notes.get("query", "")
        self._lines.append((time.time(), facts))
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
            written = "".join(self._written(seconds, facts) for seconds, facts in lines)
            try:
                self._sink.write(written.encode())
                self._sink.flush()
            except OSError:
                # Nobody reads it any more, and nobody can be told.
                self.dropped += len(lines)
            self._in_writing -= len(lines)

    def _written(self, seconds: float, facts: dict[str, Any]) -> str:
        moment = datetime.fromtimestamp(seconds, UTC)
        said = {name: value for name, value in facts.items() if value != ""}
        if self._is_json:
            when = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            line = {"time": when, "level": "info", **said}
            return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        start = f"{moment.astimezone():%H:%M:%S} {said.pop('status')} {said.pop('method')}"
        # Escaped, since a path may hold what moves a terminal's cursor.
        path = json.dumps(said.pop("path"))[1:-1]
        rest = f"{said.pop('ms'):.1f} ms, {said.pop('bytes'):,} bytes"
        others = "".join(f", {name} {value}" for name, value in said.items() if name != "kind")
        return f"{start} {path} ({rest}{others})\n"
