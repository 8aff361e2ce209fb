"""Each request gets an id, is counted, and leaves a line in the log."""

import time
from collections.abc import Collection
from contextvars import ContextVar
from itertools import count
from secrets import token_hex
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import Metrics
from service.request_log import Line, RequestLog

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
