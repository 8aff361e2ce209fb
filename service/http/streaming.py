"""Send an answer while its query runs, or later from a file, to a reader who is slower."""

import asyncio
import logging
from asyncio import WriteTransport
from collections.abc import Callable, Mapping
from typing import Final

from fastapi import Response
from starlette.types import Receive, Scope, Send

from kg.errors import KgError
from service.http.observation import CLIENT_DISCONNECTED, SLOW_CLIENT, Metrics
from service.http.request import CancelOnDisconnect
from service.http.spools import Backlog
from service.queries.processes import QueryAnswer

_log: Final = logging.getLogger("glocal.service")
# While others wait, a reader must take so many bytes per second, on average over so long.
_LEAST_RATE: Final = 1_000
_WINDOW_SECONDS: Final = 30.0
_SECONDS_BETWEEN_CHECKS: Final = 0.2
_PIECE_BYTES: Final = 2**16
# The key in the scope of the connection's transport.
TRANSPORT: Final = "glocal.transport"


class StreamedResponse(Response):
    """A response that is sent while its query runs; it ends if the client leaves or is too slow.

    If the query fails, the connection is closed before the end of the body, so that no client takes
    a part for the whole. A reader who takes hardly anything is cut off while `others_wait`, and any
    reader who takes longer than `max_seconds`.
    """

    def __init__(
        self,
        answer: QueryAnswer,
        headers: Mapping[str, str],
        backlog: Backlog,
        metrics: Metrics,
        *,
        max_seconds: float,
        others_wait: Callable[[], bool],
    ) -> None:
        super().__init__(None, headers=headers)
        del self.headers["content-length"]
        self._answer, self._backlog, self._metrics = answer, backlog, metrics
        self._max_seconds, self._others_wait = max_seconds, others_wait
        self._transport: WriteTransport | None = None
        self._sent_bytes, self._blocked_seconds = 0, 0.0
        self._blocked_since: float | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; errors end the connection and are logged."""
        self._transport = scope.get(TRANSPORT)
        try:
            async with CancelOnDisconnect(receive) as client:
                await self._send_all(send)
            self._metrics.unanswered_queries[CLIENT_DISCONNECTED] += client.is_disconnected
        except* KgError as errors:
            for error in errors.exceptions:
                self._metrics.note_failure(error)
                _log.warning("An answer was cut off: %s", error)
        except* TimeoutError:
            self._metrics.unanswered_queries[SLOW_CLIENT] += 1
            _log.warning("An answer was cut off: its client took too long to read it.")
        except* OSError as errors:
            _log.error("An answer was cut off, since no file could hold it: %s", errors.exceptions)
        finally:
            self._answer.run.close()
            self._backlog.close()
            # After an error, its traceback refers to this object for a while.
            del self._answer, self._backlog

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with asyncio.TaskGroup() as tasks:
            producing = tasks.create_task(self._produce())
            watching = tasks.create_task(self._watch())
            first = self._answer.first
            for start in range(0, len(first), _PIECE_BYTES):
                await self._send(send, first[start : start + _PIECE_BYTES], more=True)
                # Others are answered in between.
                await asyncio.sleep(0)
            while part := await self._backlog.get():
                await self._send(send, part, more=True)
            await producing
            watching.cancel()
        await send({"type": "http.response.body", "body": b""})

    async def _produce(self) -> None:
        """Take the parts from the query process as fast as it makes them, then let it go."""
        run = self._answer.run
        while not run.is_complete:
            await self._backlog.put(await run.next_part())
        run.close()
        self._backlog.end()

    async def _send(self, send: Send, part: bytes, *, more: bool) -> None:
        clock = asyncio.get_running_loop().time
        self._blocked_since = started = clock()
        await send({"type": "http.response.body", "body": part, "more_body": more})
        self._sent_bytes += len(part)
        self._blocked_since = None
        self._blocked_seconds += clock() - started

    async def _watch(self) -> None:
        """Raise TimeoutError if the reader takes too long, or too little while others wait."""
        clock = asyncio.get_running_loop().time
        window_start, bytes_at_start = clock(), self._taken_bytes()
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_CHECKS)
            blocked = clock() - self._blocked_since if self._blocked_since is not None else 0.0
            if self._blocked_seconds + blocked > self._max_seconds:
                raise TimeoutError
            if clock() - window_start >= _WINDOW_SECONDS:
                is_slow = self._taken_bytes() - bytes_at_start < _WINDOW_SECONDS * _LEAST_RATE
                # Whoever waits for the query itself is not slow.
                if is_slow and blocked and self._others_wait():
                    raise TimeoutError
                window_start, bytes_at_start = clock(), self._taken_bytes()

    def _taken_bytes(self) -> int:
        """Return how many bytes the system has taken for the reader."""
        waiting = self._transport.get_write_buffer_size() if self._transport is not None else 0
        return self._sent_bytes - waiting
