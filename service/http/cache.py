"""Answers that are kept in memory: bodies by entity tag, heads by request.

An answer of a release never changes, so nothing is ever invalid; what was not asked for longest
goes first.

One computation for many askers at once, and none for what is kept.
"""

import asyncio
from asyncio import Task
from dataclasses import dataclass
from typing import Final

from cachetools import LRUCache

from kg.errors import KgError
from service.errors import QueryProcessEnded, QueryProcessesDown, TooManyQueries
from service.http.observation import CLIENT_LEFT, Counts, Metrics
from service.queries.messages import Job
from service.queries.processes import Answer, QueryProcesses

# Heads of answers: about 1.5 kB each.
_MOST_HEADS: Final = 4096
# What a body takes beside its bytes, so that many small ones are bounded too.
_BYTES_BESIDE: Final = 256

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Head:
    """How one request was answered: by the body with this tag, under these headers."""

    tag: bytes
    headers: Headers
    not_modified: Headers


class Cache:
    """So many bytes of bodies, and the heads that refer to them."""

    def __init__(self, max_bytes: int, max_body_bytes: int, counts: Counts | None = None) -> None:
        # They go on where another cache takes the place of this one.
        self.counts = counts or Counts()
        self.is_on = max_bytes > 0
        self._most = min(max_body_bytes, max_bytes - _BYTES_BESIDE)
        self._bodies: LRUCache[bytes, bytes] = LRUCache(max_bytes, getsizeof=_size)
        self._heads: LRUCache[bytes, Head] = LRUCache(_MOST_HEADS)

    def head(self, request: bytes) -> Head | None:
        """How this request was answered last."""
        return self._heads.get(request)

    def body(self, tag: bytes) -> bytes | None:
        """The body with this tag."""
        return self._bodies.get(tag)

    def keep_body(self, tag: bytes, body: bytes) -> bool:
        """Keep a body, if it is not too large; whether it is kept."""
        is_kept = len(body) <= self._most
        if is_kept:
            self._bodies[tag] = body
        return is_kept

    def keep_head(self, request: bytes, head: Head) -> None:
        """Keep how a request was answered."""
        self._heads[request] = head

    @property
    def size_bytes(self) -> int:
        """What the bodies take."""
        return int(self._bodies.currsize)

    @property
    def count(self) -> int:
        """How many bodies are kept."""
        return len(self._bodies)


def _size(body: bytes) -> int:
    return len(body) + _BYTES_BESIDE


# What befell one asker, and says nothing of the query.
_ONES_OWN: Final = (TooManyQueries, QueryProcessEnded, QueryProcessesDown)


@dataclass(eq=False)
class _Flight:
    """A query that runs, and how many wait for it."""

    task: Task[Answer]
    askers: int = 0
    is_claimed: bool = False

    def claim(self) -> bool:
        """Whether the asker is the first who takes the answer."""
        is_first, self.is_claimed = not self.is_claimed, True
        return is_first

    def abandon(self) -> None:
        """End what nobody waits for any more and nobody has taken."""
        if not self.task.done():
            self.task.cancel()
        elif not self.is_claimed and not self.task.cancelled() and not self.task.exception():
            self.task.result().run.close()


class SharedQueries:
    """Asks the query processes; who asks what is being answered already waits for that answer.

    Only a whole answer is shared. Each asker of one that is streamed, all but the first, asks
    again for itself; so does one whose leader was refused or met the end of its process.
    """

    def __init__(
        self, processes: QueryProcesses, cache: Cache, metrics: Metrics, generation: int
    ) -> None:
        self._processes, self._cache, self._metrics = processes, cache, metrics
        self._generation = generation
        self._flights: dict[str, _Flight] = {}

    async def ask(self, job: Job, client: str, tag: str | None) -> Answer:
        """The answer to a query; with no tag it differs from time to time and is not shared.

        Who calls this closes the run of the answer.

        Raises:
            KgError: see `QueryProcesses.ask`.
        """
        if tag is None or not self._cache.is_on:
            return await self._run(job, client)
        while True:
            flight = self._flights.get(tag)
            leads = flight is None
            if flight is None:
                flight = self._depart(job, client, tag)
            else:
                self._cache.counts.joined += 1
            flight.askers += 1
            try:
                # The task goes on for the others if this asker is cancelled.
                answer = await asyncio.shield(flight.task)
                if flight.claim() or answer.run.is_whole:
                    return answer
                break
            except _ONES_OWN:
                if leads:
                    raise
            finally:
                self._leave(flight, tag)
        return await self._run(job, client)

    async def _run(self, job: Job, client: str) -> Answer:
        try:
            return await self._processes.ask(job, client)
        except KgError as error:
            self._metrics.note_failure(error)
            raise
        except asyncio.CancelledError:
            self._metrics.unanswered_queries[CLIENT_LEFT] += 1
            raise

    def _leave(self, flight: _Flight, tag: str) -> None:
        """One asker fewer; whoever asks after the last one does not join a flight that ends."""
        flight.askers -= 1
        if not flight.askers:
            self._forget(flight, tag)
            flight.abandon()

    def _forget(self, flight: _Flight, tag: str) -> None:
        if self._flights.get(tag) is flight:
            del self._flights[tag]

    def _depart(self, job: Job, client: str, tag: str) -> _Flight:
        flight = _Flight(asyncio.create_task(self._run(job, client)))
        self._flights[tag] = flight

        def arrive(task: Task[Answer]) -> None:
            self._forget(flight, tag)
            if task.cancelled() or task.exception():
                return
            answer = task.result()
            # One that came too late is of what was written meanwhile.
            if answer.run.is_whole and answer.run.generation == self._generation:
                self._cache.keep_body(tag.encode(), answer.first)

        flight.task.add_done_callback(arrive)
        return flight
