"""Which jobs run when: limits on all clients together and on each of them.

A place is the right to run one job. When there are none, jobs wait in the order in which they came,
and some places are kept for clients that have nothing running. If even these are taken, the client
that has used most of the processors loses its largest job to a client that has nothing running.
"""

import asyncio
import time
from asyncio import Future
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kg.errors import KgError
from service.errors import JobDisplaced, TooManyQueries
from service.queries.clients import BudgetLimits, Budgets, networks_of, shares_of

_RETRY_AFTER_SECONDS: Final = 5
# Of this many places, one is kept for clients that have nothing running.
_PLACES_PER_KEPT_PLACE: Final = 4
# How long a client that has nothing running waits before another one's job makes room for it.
_PATIENCE_SECONDS: Final = 0.1
# A job may be displaced once it has run for so long, or used so much of a processor.
_LEAST_SECONDS: Final = 1.0
_LEAST_PROCESSOR_SECONDS: Final = 0.05


@dataclass(frozen=True)
class AdmissionLimits:
    """Up to `running` jobs run at once, `running_per_client` of them for one client.

    Up to `waiting` more wait, each for up to `waiting_seconds`.
    """

    running: int = 64
    running_per_client: int = 16
    waiting: int = 256
    waiting_seconds: float = 5
    budget: BudgetLimits = field(default_factory=BudgetLimits)

    @property
    def kept(self) -> int:
        """The number of places that are kept for clients that have nothing running."""
        return self.running // _PLACES_PER_KEPT_PLACE


class Place:
    """The right of a client to run one job, with what may be done about the job while it runs.

    `processor_seconds` returns what the job has used so far, and `end` ends it with an error.
    """

    def __init__(self, client: str) -> None:
        self.client, self._since = client, time.monotonic()
        self.forget_job()

    def forget_job(self) -> None:
        """Forget the job, which also refers to its place."""
        self.process_id: Callable[[], int | None] = lambda: None
        self.processor_seconds: Callable[[], float] = lambda: 0.0
        self.end: Callable[[KgError], None] | None = None

    @property
    def may_be_displaced(self) -> bool:
        """Whether the job has had its time, and can be ended."""
        seconds = time.monotonic() - self._since
        return self.end is not None and (
            seconds > _LEAST_SECONDS or self.processor_seconds() > _LEAST_PROCESSOR_SECONDS
        )


class Admission:
    """Gives places to jobs, and charges their clients for what the jobs use."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self.limits = limits
        self.budgets = Budgets(limits.budget)
        self.places: set[Place] = set()
        # By network.
        self._running: Counter[str] = Counter()
        self._queue: list[tuple[str, Future[Place]]] = []

    @property
    def running(self) -> int:
        """The number of running jobs."""
        return len(self.places)

    @property
    def waiting(self) -> int:
        """The number of waiting jobs."""
        return len(self._queue)

    def others_wait(self, client: str) -> bool:
        """Return whether any other client is waiting for an answer."""
        others = (*(each for each, _ in self._queue), *(place.client for place in self.places))
        return any(each != client for each in others)

    def require_budget(self, client: str) -> None:
        """Raise BudgetSpent if a client has used too much, what now runs for it included."""
        own = sum(place.processor_seconds() for place in self.places if place.client == client)
        excess_seconds = self.budgets.used_seconds(client) + own - self.limits.budget.seconds
        if excess_seconds >= 0 and (self.limits.budget.is_strict or self.others_wait(client)):
            raise self.limits.budget.error(excess_seconds)

    async def enter(self, client: str) -> Place:
        """Wait until a job of this client may run; the caller must call `leave` afterwards.

        Raises TooManyQueries if the queue is full, or the job has waited too long, and BudgetSpent
        if the client has used too much.
        """
        self.require_budget(client)
        if self._may_run(client):
            return self._give_place(client)
        turn: Future[Place] = asyncio.get_running_loop().create_future()
        self._queue.append((client, turn))
        if len(self._queue) > self.limits.waiting:
            self._refuse_from_queue()
        displacing = asyncio.create_task(self._displace_for(client, turn))
        try:
            async with asyncio.timeout(self.limits.waiting_seconds):
                return await turn
        except TimeoutError:
            self._stop_waiting(client, turn)
            raise self._too_many() from None
        except asyncio.CancelledError:
            self._stop_waiting(client, turn)
            raise
        finally:
            displacing.cancel()

    def leave(self, place: Place) -> None:
        """Charge the client for its job, and give the place to the next job that waits."""
        self.places.discard(place)
        self.budgets.charge(place.client, place.processor_seconds())
        place.forget_job()
        for network in networks_of(place.client):
            self._running[network] -= 1
            if not self._running[network]:
                del self._running[network]
        for index, (client, turn) in enumerate(self._queue):
            if not turn.done() and self._may_run(client):
                del self._queue[index]
                turn.set_result(self._give_place(client))
                return

    def _give_place(self, client: str) -> Place:
        place = Place(client)
        self.places.add(place)
        self._running.update(networks_of(client))
        return place

    def _has_nothing_running(self, client: str) -> bool:
        return not self._running[networks_of(client)[0]]

    def _may_run(self, client: str) -> bool:
        kept = 0 if self._has_nothing_running(client) else self.limits.kept
        most = self.limits.running_per_client
        return self.running < self.limits.running - kept and all(
            self._running[network] < share * most for network, share in shares_of(client)
        )

    async def _displace_for(self, client: str, turn: Future[Place]) -> None:
        """While a client that has nothing running waits for a place, end jobs of the busiest."""
        while not turn.done():
            await asyncio.sleep(_PATIENCE_SECONDS)
            is_full = self.running >= self.limits.running
            if is_full and not turn.done() and self._has_nothing_running(client):
                candidates = [place for place in self.places if place.may_be_displaced]
                largest = max(candidates, key=self._size, default=None)
                if largest is not None and largest.end is not None:
                    largest.end(JobDisplaced(_RETRY_AFTER_SECONDS))

    def _size(self, place: Place) -> tuple[float, float]:
        """Return what the client of a place has used with all its jobs, and what this one has."""
        own = (each for each in self.places if each.client == place.client)
        running_seconds = sum(each.processor_seconds() for each in own)
        return self.budgets.used_seconds(place.client) + running_seconds, place.processor_seconds()

    def _refuse_from_queue(self) -> None:
        """Refuse the newest job of the client that has the most jobs in the queue."""
        [(busiest, _)] = Counter(client for client, _ in self._queue).most_common(1)
        newest = max(index for index, (client, _) in enumerate(self._queue) if client == busiest)
        _, turn = self._queue.pop(newest)
        if not turn.done():
            turn.set_exception(self._too_many())

    def _stop_waiting(self, client: str, turn: Future[Place]) -> None:
        """Remove a job from the queue, or let it leave if it was admitted in the same moment."""
        if (client, turn) in self._queue:
            self._queue.remove((client, turn))
        elif not turn.cancelled() and turn.exception() is None:
            self.leave(turn.result())

    def _too_many(self) -> TooManyQueries:
        limits = self.limits
        return TooManyQueries(limits.running, limits.running_per_client, _RETRY_AFTER_SECONDS)
