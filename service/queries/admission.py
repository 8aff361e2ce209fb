"""Which jobs run when: limits on all clients together and on each of them.

A place is the right to run one job. When there are none, jobs wait in the order in which they came,
and some places are kept for clients that have nothing running. If even these are taken, the client
that has used most of the processors loses its largest job to a client that has nothing running.

The job of a client that uses little starts at once (see `precedence`). If it is long, it needs a
place like any other after its first moments.
"""

import asyncio
import time
from asyncio import Future
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from kg.errors import KgError
from service.errors import JobDisplaced, TooManyQueries
from service.queries.clients import Activity, BudgetLimits, Budgets, networks_of, shares_of
from service.queries.precedence import Place, Precedence
from service.queries.rotation import Rotation

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

    Up to `waiting` more wait, each for up to `waiting_seconds`. While clients compete, about as
    many jobs as `processors` may be in their first moments, which count only afterwards, and as
    many in the background use the processors at once.
    """

    running: int = 64
    running_per_client: int = 16
    waiting: int = 256
    waiting_seconds: float = 5
    processors: int = 2
    budget: BudgetLimits = field(default_factory=BudgetLimits)

    @property
    def kept(self) -> int:
        """The number of places that are kept for clients that have nothing running."""
        return self.running // _PLACES_PER_KEPT_PLACE


class MustWait(KgError):
    """The end of a job that has had its first moments, while every place was taken."""


class _Waiting(NamedTuple):
    """A job that waits for a place: its client, its turn, and whether it was found to be long."""

    client: str
    turn: Future[Place]
    is_long: bool


class Admission:
    """Gives places to jobs, and charges their clients for what the jobs use."""

    def __init__(self, limits: AdmissionLimits) -> None:
        self.limits = limits
        self.budgets = Budgets(limits.budget)
        # The HTTP process needs one as well.
        self.precedence = Precedence(max(1, limits.processors - 1), limits.waiting_seconds)
        self._activity = Activity()
        self.rotation = Rotation(limits.processors)
        self.places: set[Place] = set()
        self._counted, self._last_displaced = 0, 0.0
        # By network.
        self._running: Counter[str] = Counter()
        self._queue: list[_Waiting] = []

    @property
    def running(self) -> int:
        """The number of running jobs."""
        return len(self.places)

    @property
    def waiting(self) -> int:
        """The number of waiting jobs."""
        return len(self._queue) + self.precedence.waiting

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

    async def start(self, client: str, size: int = 0) -> Place:
        """Wait until a job of this client may start, urgent or not; the rest is as in `enter`.

        Of jobs that wait to be urgent, those of a small size start first. When an urgent job goes
        on in the background, the caller must call `move_to_background`.
        """
        self.require_budget(client)
        is_alone = self._activity.is_alone(client)
        if not is_alone and self._is_within_share(client):
            place = Place(client, size)
            # From now on it counts as running for its client, lest one sends too many.
            self._running.update(networks_of(client))
            is_urgent = False
            try:
                is_urgent = await self.precedence.take(place)
            except TimeoutError:
                raise self.too_many() from None
            finally:
                if not is_urgent:
                    self._stop_running(client)
            if is_urgent:
                self.places.add(place)
                return place
        place = await self.enter(client)
        if is_alone:
            self.precedence.add(place)
        return place

    def move_to_background(self, place: Place) -> None:
        """Give an urgent job a place, now that it goes on in the background.

        If there is none, it ends with MustWait, and the caller may start it again in a place. A job
        that has sent a part of its answer cannot wait: then the busiest client loses a job.
        """
        self.precedence.release(place, goes_on=True)
        if place.is_counted:
            return
        kept = 0 if self._running[networks_of(place.client)[0]] == 1 else self.limits.kept
        if self._counted < self.limits.running - kept:
            self._count(place)
        elif place.may_wait and place.end is not None:
            place.end(MustWait())
        else:
            self._count(place)
            self._displace()

    async def enter(self, client: str, *, is_long: bool = False) -> Place:
        """Wait until a job of this client may run; the caller must call `leave` afterwards.

        One that was found to be long lets those pass that nobody has tried yet. Raises
        TooManyQueries if the queue is full, or the job has waited too long, and BudgetSpent if the
        client has used too much.
        """
        self.require_budget(client)
        if self._may_run(client):
            return self._give_place(client)
        turn: Future[Place] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(client, turn, is_long)
        self._queue.append(waiting)
        if len(self._queue) > self.limits.waiting:
            self._refuse_from_queue()
        displacing = asyncio.create_task(self._displace_for(client, turn))
        try:
            async with asyncio.timeout(self.limits.waiting_seconds):
                return await turn
        except TimeoutError:
            self._stop_waiting(waiting)
            raise self.too_many() from None
        except asyncio.CancelledError:
            self._stop_waiting(waiting)
            raise
        finally:
            displacing.cancel()

    def leave(self, place: Place) -> None:
        """Charge the client for its job, and give the place to the next job that waits."""
        self.precedence.release(place)
        self.places.discard(place)
        self._counted -= place.is_counted
        self.budgets.charge(place.client, place.processor_seconds())
        place.forget_job()
        self._stop_running(place.client)
        waiting = [one for one in self._queue if not one.turn.done() and self._may_run(one.client)]
        if waiting:
            chosen = min(waiting, key=lambda one: one.is_long)
            self._queue.remove(chosen)
            chosen.turn.set_result(self._give_place(chosen.client))

    def _give_place(self, client: str) -> Place:
        place = Place(client)
        self.places.add(place)
        self._running.update(networks_of(client))
        self._count(place)
        return place

    def _count(self, place: Place) -> None:
        place.is_counted = True
        self._counted += 1

    def _stop_running(self, client: str) -> None:
        for network in networks_of(client):
            self._running[network] -= 1
            if not self._running[network]:
                del self._running[network]

    def _has_nothing_running(self, client: str) -> bool:
        return not self._running[networks_of(client)[0]]

    def _may_run(self, client: str) -> bool:
        kept = 0 if self._has_nothing_running(client) else self.limits.kept
        is_free = self._counted < self.limits.running - kept
        return is_free and self._is_within_share(client)

    def _is_within_share(self, client: str) -> bool:
        most = self.limits.running_per_client
        return all(self._running[network] < share * most for network, share in shares_of(client))

    async def _displace_for(self, client: str, turn: Future[Place]) -> None:
        """While a client that has nothing running waits for a place, end jobs of the busiest."""
        while not turn.done():
            await asyncio.sleep(_PATIENCE_SECONDS)
            is_full = self._counted >= self.limits.running
            has_waited = time.monotonic() - self._last_displaced > _PATIENCE_SECONDS
            if is_full and has_waited and not turn.done() and self._has_nothing_running(client):
                self._displace()

    def _displace(self) -> None:
        """End the largest job of the busiest client, of those that have had their time."""
        candidates = [place for place in self.places if _may_be_displaced(place)]
        used_seconds = {place: place.processor_seconds() for place in self.places}
        by_client: defaultdict[str, float] = defaultdict(float)
        for place, seconds in used_seconds.items():
            by_client[place.client] += seconds

        def size(place: Place) -> tuple[float, float]:
            """Return what the client of a place has used with all its jobs, and with this one."""
            used = self.budgets.used_seconds(place.client) + by_client[place.client]
            return used, used_seconds[place]

        largest = max(candidates, key=size, default=None)
        if largest is not None and largest.end is not None:
            self._last_displaced = time.monotonic()
            largest.end(JobDisplaced(_RETRY_AFTER_SECONDS))

    def _refuse_from_queue(self) -> None:
        """Refuse the newest job of the client that has the most jobs in the queue."""
        [(busiest, _)] = Counter(one.client for one in self._queue).most_common(1)
        newest = max(index for index, one in enumerate(self._queue) if one.client == busiest)
        turn = self._queue.pop(newest).turn
        if not turn.done():
            turn.set_exception(self.too_many())

    def _stop_waiting(self, waiting: _Waiting) -> None:
        """Remove a job from the queue, or let it leave if it was admitted in the same moment."""
        turn = waiting.turn
        if waiting in self._queue:
            self._queue.remove(waiting)
        elif not turn.cancelled() and turn.exception() is None:
            self.leave(turn.result())

    def too_many(self) -> TooManyQueries:
        """Return the error of a job that found no place, or waited too long."""
        limits = self.limits
        return TooManyQueries(limits.running, limits.running_per_client, _RETRY_AFTER_SECONDS)


def _may_be_displaced(place: Place) -> bool:
    """Return whether the job has had its time, and can be ended."""
    return place.end is not None and (
        time.monotonic() - place.since > _LEAST_SECONDS
        or place.processor_seconds() > _LEAST_PROCESSOR_SECONDS
    )
