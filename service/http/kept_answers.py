"""Keep answers in memory, and run a query only once for all requests that send it at once.

An answer of a release never changes, so nothing is ever invalidated; the least recently used answer
is dropped first. Two kinds of answers are kept in one cache:

- results of queries, and documents that took long to write, by their entity tag, for requests that
  differ, such as in their content coding;
- whole responses by request, which `CacheMiddleware` sends before FastAPI is involved. Only those
  with an entity tag are kept: the tag states that only the request decides the answer.
"""

import asyncio
import hashlib
from asyncio import Task
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from traceback import clear_frames
from typing import TYPE_CHECKING, Final

from cachetools import LRUCache
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.errors import KgError
from service.errors import (
    BudgetSpent,
    MemoryShort,
    QueryProcessEnded,
    QueryProcessesDown,
    TooManyQueries,
)
from service.http.content_coding import choose_coding, contains_tag
from service.http.metrics import CLIENT_DISCONNECTED, Metrics
from service.http.observation import note_for_log
from service.queries.messages import Job
from service.queries.processes import QueryAnswer, QueryProcesses

if TYPE_CHECKING:
    from service.http.endpoint import Endpoint

# The memory that an answer takes in addition to its body, per header and for itself.
_OVERHEAD_BYTES: Final = 128
# Failures of one request that say nothing about the query.
_NOT_SHARED: Final = (
    *(TooManyQueries, BudgetSpent, MemoryShort),
    *(QueryProcessEnded, QueryProcessesDown),
)
# The path at which a POST only reads, so that its answer may be kept.
_SPARQL_PATH: Final = "/sparql"
# Longer queries are not looked up in the cache.
_MAX_QUERY_BYTES: Final = 65_536
# The headers that decide an answer, in addition to the URL and the content coding.
_KEY_HEADERS: Final = (b"host", b"accept", b"accept-language", b"content-type")
# The same headers, as far as an answer may name them in Vary.
_CACHEABLE_VARY: Final = frozenset({"accept", "accept-encoding", "accept-language"})
# A request with one of these is not answered from memory.
_BYPASSING_HEADERS: Final = frozenset({b"authorization", b"range"})
# Headers of a 304 (RFC 9110, section 15.4.5); the client has the others already.
_NOT_MODIFIED_HEADERS: Final = frozenset(
    {
        b"etag",
        b"vary",
        b"cache-control",
        b"content-location",
        b"access-control-allow-origin",
        b"access-control-expose-headers",
    }
)


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """The body of an answer with its headers; those of a query's result are its content type."""

    body: bytes
    headers: list[tuple[bytes, bytes]]

    @property
    def content_type(self) -> str:
        """The media type of the body, with its parameters."""
        return dict(self.headers)[b"content-type"].decode("latin-1")


class AnswerCache(LRUCache[bytes, KeptAnswer]):
    """Answers by entity tag or request, which take up to `max_bytes`; for several threads."""

    def __init__(self, max_bytes: int, max_body_bytes: int) -> None:
        super().__init__(
            max_bytes, lambda answer: len(answer.body) + _OVERHEAD_BYTES * (1 + len(answer.headers))
        )
        self._max_body_bytes = max_body_bytes
        self._lock = Lock()

    def find(self, key: bytes) -> KeptAnswer | None:
        """Return the answer with this key, if there is one."""
        with self._lock:
            return self.get(key)

    def keep(self, key: bytes, answer: KeptAnswer) -> None:
        """Keep an answer unless it is too large."""
        if len(answer.body) <= self._max_body_bytes:
            # It may be larger than the whole cache.
            with suppress(ValueError), self._lock:
                self[key] = answer


class SharedQueries:
    """Passes queries to the query processes; a query that is running already is not run again.

    Only complete answers are shared. If an answer is streamed, it goes to the first request, and
    every other one runs the query for itself. If the query fails for a reason that lies not in it,
    such as the end of its process, only the request that started it fails; the others start it
    again.
    """

    def __init__(
        self, processes: QueryProcesses, cache: AnswerCache, metrics: Metrics, generation: int
    ) -> None:
        self._processes, self._cache, self._metrics = processes, cache, metrics
        self._generation = generation
        self._running: dict[str, _RunningQuery] = {}

    async def run(self, job: Job, client: str, tag: str | None) -> QueryAnswer:
        """Run a query, or wait for the same one, and return the first part of its answer.

        Without a tag the query is never shared, since its answer may differ each time. The caller
        must close the run of the answer. For the errors see `QueryProcesses.run`.
        """
        if tag is None or not self._cache.maxsize:
            return await self._run(job, client)
        while True:
            running = self._running.get(tag)
            is_leader = running is None
            if running is None:
                running = _RunningQuery(asyncio.create_task(self._run_and_keep(job, client, tag)))
                self._running[tag] = running
            else:
                self._metrics.joined_queries.inc()
            running.waiting += 1
            try:
                # If this request is cancelled, the query goes on for the others.
                answer = await asyncio.shield(running.task)
                is_first, running.is_claimed = not running.is_claimed, True
                if is_first or answer.run.is_complete:
                    return answer
                break
            except _NOT_SHARED:
                if is_leader:
                    raise
            finally:
                running.waiting -= 1
                # No other request may join a query that nobody waits for any more.
                if not running.waiting:
                    self._forget(tag, running.task)
                    running.abandon()
                # An error that it ended with refers to this call.
                del running
        return await self._run(job, client)

    async def _run(self, job: Job, client: str) -> QueryAnswer:
        try:
            return await self._processes.run(job, client)
        except KgError as error:
            self._metrics.note_failure(error)
            # The calls that failed refer to the error, too: a collection would have to free them.
            clear_frames(error.__traceback__)
            raise
        except asyncio.CancelledError:
            self._metrics.unanswered.labels(CLIENT_DISCONNECTED).inc()
            raise

    async def _run_and_keep(self, job: Job, client: str, tag: str) -> QueryAnswer:
        try:
            answer = await self._run(job, client)
            # An answer computed after a write to the store does not belong to this tag.
            if answer.run.is_complete and answer.run.generation == self._generation:
                headers = [(b"content-type", answer.content_type.encode())]
                self._cache.keep(tag.encode(), KeptAnswer(answer.first, headers))
            return answer
        finally:
            self._forget(tag, asyncio.current_task())

    def _forget(self, tag: str, task: Task[QueryAnswer] | None) -> None:
        running = self._running.get(tag)
        if running is not None and running.task is task:
            del self._running[tag]


@dataclass(eq=False)
class _RunningQuery:
    """A running query, and the number of requests that wait for it."""

    task: Task[QueryAnswer]
    waiting: int = 0
    is_claimed: bool = False

    def abandon(self) -> None:
        """End the query, unless its answer was claimed."""
        if not self.task.done():
            self.task.cancel()
        elif not self.is_claimed and not self.task.cancelled() and not self.task.exception():
            self.task.result().run.close()


class CacheMiddleware:
    """Middleware that answers repeated requests from memory, and keeps new answers.

    `endpoint_of` returns the endpoint that a request is answered from, whose cache is used.
    """

    def __init__(self, app: ASGIApp, endpoint_of: Callable[[Scope], "Endpoint"]) -> None:
        self._app, self._endpoint_of = app, endpoint_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and keep the answer."""
        endpoint, headers = self._endpoint_of(scope), dict(scope["headers"])
        cache, counts = endpoint.cache, endpoint.metrics.cache
        if not cache.maxsize or not _is_cacheable(scope, headers):
            await self._app(scope, receive, send)
            return
        body = b""
        if scope["method"] == "POST":
            body, receive = await _read_body(receive)
        key = _request_key(scope, headers, body)
        kept = cache.find(key)
        if kept is not None:
            note_for_log(scope, cache="hit")
            held = headers.get(b"if-none-match", b"") if scope["method"] == "GET" else b""
            counts.labels(await _send_kept(kept, held.decode("latin-1"), send)).inc()
            return
        start: Message | None = None

        async def send_and_keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                # A copy, because outer middleware adds headers to the message.
                start = {**message}
            elif start is not None and message["type"] == "http.response.body":
                if not message.get("more_body") and _may_be_kept(start, message.get("body", b"")):
                    counts.labels("miss").inc()
                    cache.keep(key, KeptAnswer(message.get("body", b""), start["headers"]))
                start = None
            await send(message)

        await self._app(scope, receive, send_and_keep)


def _is_cacheable(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    # Keys do not cover repeated headers, which are rare. A request of HTTP/1.0 may lack a Host, and
    # must not share its answer with one of HTTP/1.1, which may not.
    is_covered = len(headers) == len(scope["headers"]) and b"host" in headers
    if not is_covered or headers.keys() & _BYPASSING_HEADERS:
        return False
    if scope["method"] != "POST":
        return bool(scope["method"] == "GET")
    length = headers.get(b"content-length", b"")
    is_short = length.isdigit() and len(length) < 10 and int(length) <= _MAX_QUERY_BYTES
    return is_short and scope["path"] == _SPARQL_PATH and b"content-encoding" not in headers


def _request_key(scope: Scope, headers: dict[bytes, bytes], body: bytes) -> bytes:
    parts = [
        scope["method"].encode(),
        scope["scheme"].encode(),
        scope.get("root_path", "").encode(),
        scope["raw_path"],
        scope["query_string"],
        choose_coding(headers.get(b"accept-encoding", b"")).encode(),
        *(headers.get(name, b"") for name in _KEY_HEADERS),
        body,
    ]
    return hashlib.blake2b(b"\0".join(parts), digest_size=20).digest()


async def _read_body(receive: Receive) -> tuple[bytes, Receive]:
    """Return the body, and a `receive` that replays it."""
    messages: list[Message] = []
    while not messages or messages[-1].get("more_body", False):
        messages.append(await receive())
    replayed = iter(messages)

    async def receive_again() -> Message:
        return next(replayed, None) or await receive()

    return b"".join(message.get("body", b"") for message in messages), receive_again


async def _send_kept(kept: KeptAnswer, held: str, send: Send) -> str:
    """Send a kept answer, or a 304 if the client holds it; return this outcome for the metrics."""
    outcome, status, headers, body = "hit", 200, list(kept.headers), kept.body
    tag = dict(headers)[b"etag"].decode("latin-1")
    if held == "*" or contains_tag(held, tag):
        outcome, status, body = "not-modified", 304, b""
        headers = [pair for pair in headers if pair[0] in _NOT_MODIFIED_HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return outcome


def _may_be_kept(start: Message, body: bytes) -> bool:
    headers = Headers(raw=start["headers"])
    vary = headers.get("vary", "").lower().split(",")
    return (
        start["status"] == 200
        and headers.get("etag", "").startswith('"')
        and "no-store" not in headers.get("cache-control", "")
        and {name.strip() for name in vary if name.strip()} <= _CACHEABLE_VARY
        # An answer to HEAD may have the length of a body, but no body.
        and headers.get("content-length", str(len(body))) == str(len(body))
    )
