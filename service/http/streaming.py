"""Send an answer while its query runs."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Final

from fastapi import Response
from starlette.types import Receive, Scope, Send

from kg.errors import KgError
from service.http.metrics import CLIENT_DISCONNECTED, SLOW_CLIENT, Metrics
from service.http.request import CancelOnDisconnect
from service.queries.processes import QueryAnswer

_log: Final = logging.getLogger("glocal.service")
_PIECE_BYTES: Final = 2**16
# A reader who takes longer for a piece has what is left of the query run without a place.
_PATIENCE_SECONDS: Final = 0.5


class StreamedResponse(Response):
    """A response that is sent while its query runs; it ends if the client leaves or is too slow.

    If the query fails, the connection is closed before the end of the body, so that no client takes
    a part for the whole. A reader for whom it has waited `max_seconds` in all is cut off.
    """

    def __init__(
        self, answer: QueryAnswer, headers: Mapping[str, str], metrics: Metrics, max_seconds: float
    ) -> None:
        super().__init__(None, headers=headers)
        del self.headers["content-length"]
        self._answer, self._metrics, self._seconds_left = answer, metrics, max_seconds

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; errors end the connection and are logged."""
        try:
            async with CancelOnDisconnect(receive) as client:
                await self._send_all(send)
            if client.is_disconnected:
                self._metrics.unanswered.labels(CLIENT_DISCONNECTED).inc()
        except KgError as error:
            self._metrics.note_failure(error)
            _log.warning("An answer was cut off: %s", error)
        except TimeoutError:
            self._metrics.unanswered.labels(SLOW_CLIENT).inc()
            _log.warning("An answer was cut off: its client took too long to read it.")
        finally:
            self._answer.run.close()
            # After an error, its traceback refers to this object for a while.
            del self._answer

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        part, run = self._answer.first, self._answer.run
        while part:
            for start in range(0, len(part), _PIECE_BYTES):
                await self._send(send, part[start : start + _PIECE_BYTES])
                # Others are answered in between.
                await asyncio.sleep(0)
            part = b"" if run.is_complete else await run.next_part()
        await send({"type": "http.response.body", "body": b""})

    async def _send(self, send: Send, piece: bytes) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        waiting = loop.call_later(_PATIENCE_SECONDS, self._answer.run.give_up_place)
        try:
            async with asyncio.timeout(self._seconds_left):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            waiting.cancel()
        self._seconds_left -= loop.time() - started
