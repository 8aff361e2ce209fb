"""Which jobs may run: the limits on all clients together, and on each of them.

A job needs a place, unless it only waits for its reader. There are so many places for one client,
and so many for all; the last quarter is for clients that have nothing running. Without a place, a
job waits in one queue for a bounded time. The next free place goes to the client that has the
fewest jobs running, and of its jobs to the oldest. Jobs that wait for their readers hold memory:
with them, a client has at most twice as many as it may have running. If the queue is full, the
client with the most jobs in it loses its newest. Who is over the budget of processor time is
refused while others want to run. The kernel shares the processors among the jobs that run.
"""

import asyncio
from asyncio import Future
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kg.errors import KgError
from service.errors import TooManyQueries
from service.queries.clients import NOBODY, BudgetLimits, Budgets, networks_of, shares_of

_RETRY_AFTER_SECONDS: Final = 5
# Of this many places, one is kept for clients that have nothing running.
_PLACES_PER_KEPT_PLACE: Final = 4


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


class Place:
    """The right of a client to run one job, with what may be asked of the job while it runs.

    `processor_seconds` returns what it has used so far, and `end` ends it with an error.
    """

    def __init__(self, client: str) -> None:
        self.client, self.is_given_up = client, False
        self.forget_job()

    def forget_job(self) -> None:
        """Forget the job, which also refers to its place."""
        self.process_id: Callable[[], int | None] = lambda: None
        self.processor_seconds: Callable[[], float] = lambda: 0.0
        self.end: Callable[[KgError], None] | None = None


class _Waiting(NamedTuple):
    client: str
    turn: Future[Place]


class Admission:
    """Gives places to jobs, and charges their clients for what the jobs use."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self.limits = limits
        self.budgets = Budgets(limits.budget)
        # Also those of jobs that wait for their readers.
        self.places: set[Place] = set()
        self.running = 0
        # By network; held are also the jobs that wait for their readers.
        self._running: Counter[str] = Counter()
        self._held: Counter[str] = Counter()
        self._queue: list[_Waiting] = []

    @property
    def waiting(self) -> int:
        """The number of waiting jobs."""
        return len(self._queue)

    def others_wait(self, client: str) -> bool:
        """Return whether any other client is waiting for an answer."""
        own = networks_of(client)
        return any(network not in own for network in self._running) or any(
            one.client != client for one in self._queue
        )

    def require_budget(self, client: str) -> None:
        """Raise BudgetSpent if a client has used too much, what now runs for it included."""
        if not self.limits.budget.is_strict and not self.others_wait(client):
            return
        own = sum(place.processor_seconds() for place in self.places if place.client == client)
        excess_seconds = self.budgets.used_seconds(client) + own - self.limits.budget.seconds
        if excess_seconds >= 0:
            raise self.limits.budget.error(excess_seconds)

    async def enter(self, client: str) -> Place:
        """Wait until a job of this client may run; the caller must call `leave` afterwards.

        The service's own work gets a place at once, since a change is answered only after it.
        Raises TooManyQueries if the queue is full, or the job has waited too long, and BudgetSpent
        if the client has used too much.
        """
        if client == NOBODY:
            return self._give_place(client)
        self.require_budget(client)
        if self._may_run(client):
            return self._give_place(client)
        waiting = _Waiting(client, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if len(self._queue) > self.limits.waiting:
            self._refuse_from_queue()
        try:
            async with asyncio.timeout(self.limits.waiting_seconds):
                return await waiting.turn
        except TimeoutError:
            self._stop_waiting(waiting)
            raise self.too_many() from None
        except asyncio.CancelledError:
            self._stop_waiting(waiting)
            raise

    def leave(self, place: Place) -> None:
        """Charge the client for its job, and give the place to the next job that waits."""
        self.places.discard(place)
        self._held.subtract(networks_of(place.client))
        self._held = +self._held
        self._free(place)
        self._admit_next()
        self.budgets.charge(place.client, place.processor_seconds())
        place.forget_job()

    def give_up(self, place: Place) -> None:
        """Give the place of a job that only waits for its reader to the next job that waits."""
        self._free(place)
        self._admit_next()

    def _free(self, place: Place) -> None:
        if not place.is_given_up:
            place.is_given_up = True
            self.running -= 1
            self._running.subtract(networks_of(place.client))
            self._running = +self._running

    def _admit_next(self) -> None:
        waiting = [one for one in self._queue if not one.turn.done() and self._may_run(one.client)]
        if waiting:
            # The first of the smallest.
            chosen = min(waiting, key=lambda one: self._running[networks_of(one.client)[0]])
            self._queue.remove(chosen)
            chosen.turn.set_result(self._give_place(chosen.client))

    def too_many(self) -> TooManyQueries:
        """Return the error of a job that found no place, or waited too long."""
        limits = self.limits
        return TooManyQueries(limits.running, limits.running_per_client, _RETRY_AFTER_SECONDS)

    def _give_place(self, client: str) -> Place:
        place = Place(client)
        self.places.add(place)
        self.running += 1
        self._running.update(networks_of(client))
        self._held.update(networks_of(client))
        return place

    def _may_run(self, client: str) -> bool:
        has_any = self._running[networks_of(client)[0]] > 0
        kept = self.limits.running // _PLACES_PER_KEPT_PLACE if has_any else 0
        most = self.limits.running_per_client
        return self.running < self.limits.running - kept and all(
            self._running[network] < share * most and self._held[network] < 2 * share * most
            for network, share in shares_of(client)
        )

    def _refuse_from_queue(self) -> None:
        """Refuse the newest job of the client that has the most jobs in the queue."""
        [(busiest, _)] = Counter(one.client for one in self._queue).most_common(1)
        newest = max(index for index, one in enumerate(self._queue) if one.client == busiest)
        turn = self._queue.pop(newest).turn
        if not turn.done():
            turn.set_exception(self.too_many())

    def _stop_waiting(self, waiting: _Waiting) -> None:
        """Remove a job from the queue, or let it leave if it was admitted in the same moment."""
        if waiting in self._queue:
            self._queue.remove(waiting)
        elif not waiting.turn.cancelled() and waiting.turn.exception() is None:
            self.leave(waiting.turn.result())
