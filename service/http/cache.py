"""Keep answers in memory, and run a query only once for all requests that send it at once.

Bodies are kept by entity tag, response heads by request. An answer of a release never changes, so
nothing is ever invalidated; the least recently used entry is dropped first.
"""

import asyncio
from asyncio import Task
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from kg.errors import KgError
from service.errors import QueryProcessEnded, QueryProcessesDown, TooManyQueries
from service.http.observation import CLIENT_DISCONNECTED, CacheCounts, Metrics
from service.queries.messages import QueryJob
from service.queries.processes import QueryAnswer, QueryProcesses

# A head takes about 1.5 kB.
_MAX_HEADS: Final = 4096
# Added to the size of each body, so that the number of small ones is bounded too.
_OVERHEAD_BYTES: Final = 256
# Failures of one request that say nothing about the query.
_NOT_SHARED: Final = (TooManyQueries, QueryProcessEnded, QueryProcessesDown)

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class CachedHead:
    """The head of the answer to a request: its body's tag, its headers, and those of its 304."""

    tag: bytes
    headers: Headers
    not_modified: Headers


class AnswerCache:
    """A limited number of bytes of bodies, and the heads that refer to them."""

    def __init__(
        self, max_bytes: int, max_body_bytes: int, counts: CacheCounts | None = None
    ) -> None:
        # Passed in where this cache replaces another one, so that the counts go on.
        self.counts = counts or CacheCounts()
        self.is_on = max_bytes > 0
        self._max_body_bytes = min(max_body_bytes, max_bytes - _OVERHEAD_BYTES)
        self._bodies: LRUCache[bytes, bytes] = LRUCache(
            max_bytes, getsizeof=lambda body: len(body) + _OVERHEAD_BYTES
        )
        self._heads: LRUCache[bytes, CachedHead] = LRUCache(_MAX_HEADS)

    def head(self, request: bytes) -> CachedHead | None:
        """Return the head of the last answer to this request, or None."""
        return self._heads.get(request)

    def body(self, tag: bytes) -> bytes | None:
        """Return the body with this tag, or None."""
        return self._bodies.get(tag)

    def keep_body(self, tag: bytes, body: bytes) -> bool:
        """Keep a body unless it is too large; return whether it is kept."""
        is_kept = len(body) <= self._max_body_bytes
        if is_kept:
            self._bodies[tag] = body
        return is_kept

    def keep_head(self, request: bytes, head: CachedHead) -> None:
        """Keep the head of the answer to a request."""
        self._heads[request] = head

    @property
    def size_bytes(self) -> int:
        """The memory that the bodies take."""
        return int(self._bodies.currsize)

    @property
    def count(self) -> int:
        """The number of bodies."""
        return len(self._bodies)


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

    async def run(self, job: QueryJob, client: str, tag: str | None) -> QueryAnswer:
        """Run a query, or wait for the same one, and return the first part of its answer.

        Without a tag the query is never shared, since its answer may differ each time. The caller
        must close the run of the answer.

        Raises:
            KgError: see `QueryProcesses.run`.
        """
        if tag is None or not self._cache.is_on:
            return await self._run(job, client)
        while True:
            running = self._running.get(tag)
            is_leader = running is None
            if running is None:
                running = self._start(job, client, tag)
            else:
                self._cache.counts.joined += 1
            running.waiting += 1
            try:
                # If this request is cancelled, the query goes on for the others.
                answer = await asyncio.shield(running.task)
                if running.claim() or answer.run.is_complete:
                    return answer
                break
            except _NOT_SHARED:
                if is_leader:
                    raise
            finally:
                running.waiting -= 1
                # No other request may join a query that nobody waits for any more.
                if not running.waiting:
                    self._forget(running, tag)
                    running.abandon()
        return await self._run(job, client)

    async def _run(self, job: QueryJob, client: str) -> QueryAnswer:
        try:
            return await self._processes.run(job, client)
        except KgError as error:
            self._metrics.note_failure(error)
            raise
        except asyncio.CancelledError:
            self._metrics.unanswered_queries[CLIENT_DISCONNECTED] += 1
            raise

    def _start(self, job: QueryJob, client: str, tag: str) -> "_RunningQuery":
        running = _RunningQuery(asyncio.create_task(self._run(job, client)))
        self._running[tag] = running

        def finish(task: Task[QueryAnswer]) -> None:
            self._forget(running, tag)
            if task.cancelled() or task.exception():
                return
            answer = task.result()
            # An answer computed after a write to the store does not belong to this tag.
            if answer.run.is_complete and answer.run.generation == self._generation:
                self._cache.keep_body(tag.encode(), answer.first)

        running.task.add_done_callback(finish)
        return running

    def _forget(self, running: "_RunningQuery", tag: str) -> None:
        if self._running.get(tag) is running:
            del self._running[tag]


@dataclass(eq=False)
class _RunningQuery:
    """A running query, and the number of requests that wait for it."""

    task: Task[QueryAnswer]
    waiting: int = 0
    is_claimed: bool = False

    def claim(self) -> bool:
        """Claim the answer; return whether the caller is the first to do so."""
        is_first, self.is_claimed = not self.is_claimed, True
        return is_first

    def abandon(self) -> None:
        """End the query, unless its answer was claimed."""
        if not self.task.done():
            self.task.cancel()
        elif not self.is_claimed and not self.task.cancelled() and not self.task.exception():
            self.task.result().run.close()
