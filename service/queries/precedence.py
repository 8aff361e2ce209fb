"""Which jobs run at the usual priority: those of clients that use little.

The others run in the background, only while no other process wants the processors. A client that is
alone has its jobs run at the usual priority, each for its first moments. While several clients are
active, each has a small account for that, and few jobs run so at once: of the jobs of clients that
have used the least, the newest of the smallest comes first, and takes the turn of any that has had
a first moment. So a short query is answered as quickly as on an idle machine, whatever others send.
"""

import asyncio
import time
from asyncio import Future, TimerHandle
from collections import Counter
from collections.abc import Callable
from typing import Final

from kg.errors import KgError
from service.queries.clients import BudgetLimits, Budgets

# What a client may use at the usual priority, and how much of that comes back within a minute.
_ACCOUNT: Final = BudgetLimits(seconds=0.2, seconds_per_minute=6)
# The first moment by the processor's clock: a job has it for itself.
_MOMENT_SECONDS: Final = 0.002
# What a new process uses before its job, at most.
_START_SECONDS: Final = 0.012
# A job that sleeps has no longer a moment than this, by the clock on the wall.
_LONGEST_SLEEP_SECONDS: Final = 0.02
# One that does not sleep keeps its turn for longer: otherwise ever more would share the processors,
# and each would take ever longer. So does one whose process is being forked: further forks would
# only delay that.
_LONGEST_MOMENT_SECONDS: Final = 1.0
# What a job costs that turns out to be long.
_LONG_JOB_SECONDS: Final = 0.05
_SECONDS_BETWEEN_CHECKS: Final = 0.001
# After a job that turned out to be long, so many seconds pass until one that waits has its turn.
# Otherwise many long jobs would need a new process each at the same time.
_PAUSE_SECONDS: Final = 0.008
_MAX_WAITING: Final = 256
# Clients whose use differs by less than this are treated alike.
_ALIKE_SECONDS: Final = 0.01


class Place:
    """The right of a client to run one job, with what may be done about the job while it runs.

    The larger its `size`, the longer the job may take; of those that wait to be urgent, the one of
    the lowest `rank` comes first. `is_urgent` is whether it runs at the usual priority, and
    `is_counted` whether it counts among those whose number is limited; `has_waited` is whether it
    has waited to be urgent. Of the job, `processor_seconds` returns what it has used so far,
    `lower` moves it to the background, and `end` ends it with an error; `is_sleeping` is whether it
    waits for something else than a processor, `is_new` whether its process has yet to start, and
    `may_wait` whether it could still be ended and begun anew.
    """

    def __init__(self, client: str, size: int = 0) -> None:
        self.client, self.size, self.since = client, size, time.monotonic()
        self.rank = 0, size
        self.is_urgent = self.is_counted = self.has_waited = False
        self.forget_job()

    def forget_job(self) -> None:
        """Forget the job, which also refers to its place."""
        self.may_wait = self.is_new = False
        self.process_id: Callable[[], int | None] = lambda: None
        self.processor_seconds: Callable[[], float] = lambda: 0.0
        self.is_sleeping: Callable[[], bool] = lambda: False
        self.lower: Callable[[], None] | None = None
        self.end: Callable[[KgError], None] | None = None


class Precedence:
    """Decides which jobs are urgent, of which `at_once` begin at once while clients compete.

    One more may begin if it comes now, or comes before another one that has begun. Each of the
    others waits for up to `waiting_seconds`.
    """

    def __init__(self, at_once: int, waiting_seconds: float) -> None:
        self._at_once, self._waiting_seconds = at_once, waiting_seconds
        self._used = Budgets(_ACCOUNT)
        self._urgent_by_client: Counter[str] = Counter()
        self._urgent: set[Place] = set()
        # Those of them that keep others from being urgent.
        self._in_first_moment: set[Place] = set()
        self._waiting: list[tuple[Place, Future[bool]]] = []
        # Turns that only a job that comes now may have.
        self._pauses = 0
        self._check: TimerHandle | None = None

    @property
    def urgent(self) -> int:
        """The number of urgent jobs."""
        return len(self._urgent)

    @property
    def waiting(self) -> int:
        """The number of jobs that wait to be urgent."""
        return len(self._waiting)

    def add(self, place: Place) -> None:
        """Let the job of a client that is alone be urgent."""
        place.is_urgent = True
        self._urgent.add(place)
        self._urgent_by_client[place.client] += 1
        self._in_first_moment.add(place)

    async def take(self, place: Place) -> bool:
        """Wait until a job may be urgent; return False if it has to run in the background.

        Raises TimeoutError if it has waited too long: in the background it would get even less.
        """
        running = self._urgent_by_client[place.client]
        used_seconds = self._used.used_seconds(place.client) + running * _LONG_JOB_SECONDS
        if used_seconds >= _ACCOUNT.seconds:
            return False
        # One that comes now finds one turn more than those that wait.
        if len(self._in_first_moment) > self._at_once:
            self._check_urgent()
        place.rank = self._rank(place)
        if len(self._in_first_moment) <= self._at_once and not any(
            one.rank < place.rank for one, _ in self._waiting
        ):
            self._give(place)
            return True
        if len(self._waiting) >= _MAX_WAITING:
            return False
        return await self._wait(place)

    def release(self, place: Place, *, goes_on: bool = False) -> None:
        """Take back the turn of an urgent job that has ended, or goes on in the background."""
        if not place.is_urgent:
            return
        place.is_urgent = False
        self._urgent.discard(place)
        self._urgent_by_client[place.client] -= 1
        if not self._urgent_by_client[place.client]:
            del self._urgent_by_client[place.client]
        self._in_first_moment.discard(place)
        # Long jobs cost more than they have used: the next of their client can wait.
        used_seconds = max(place.processor_seconds() - place.is_new * _START_SECONDS, 0)
        self._used.charge(place.client, _LONG_JOB_SECONDS if goes_on else used_seconds)
        for other, _ in self._waiting:
            if other.client == place.client:
                other.rank = self._rank(other)
        if goes_on:
            self._pauses += 1
            asyncio.get_running_loop().call_later(_PAUSE_SECONDS, self._end_pause)
        self._give_turns()

    def _end_pause(self) -> None:
        self._pauses -= 1
        self._give_turns()

    def _give_turns(self) -> None:
        while self._waiting and len(self._in_first_moment) <= self._at_once:
            # The newest of the smallest of those whose clients have used the least.
            first = min(reversed(self._waiting), key=lambda one: one[0].rank)
            next_place, turn = first
            if not self._has_turn(next_place):
                return
            self._waiting.remove(first)
            if not turn.done():
                self._give(next_place)
                turn.set_result(True)

    def _has_turn(self, place: Place) -> bool:
        """Return whether a job that has waited may begin while fewer than the most have turns.

        One that comes before others that have their turns may have the last one.
        """
        is_before = any(place.rank < one.rank for one in self._in_first_moment)
        return is_before or len(self._in_first_moment) + self._pauses < self._at_once

    def _rank(self, place: Place) -> tuple[int, int]:
        return int(self._used.used_seconds(place.client) / _ALIKE_SECONDS), place.size

    def _give(self, place: Place) -> None:
        place.since = time.monotonic()
        self.add(place)

    async def _wait(self, place: Place) -> bool:
        place.has_waited = True
        turn: Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((place, turn))
        self._schedule_check()
        try:
            async with asyncio.timeout(self._waiting_seconds):
                return await turn
        except (asyncio.CancelledError, TimeoutError):
            if (place, turn) in self._waiting:
                self._waiting.remove((place, turn))
            # Its turn may have come in the same moment.
            self.release(place)
            raise

    def _schedule_check(self) -> None:
        if self._check is None:
            loop = asyncio.get_running_loop()
            self._check = loop.call_later(_SECONDS_BETWEEN_CHECKS, self._check_and_repeat)

    def _check_and_repeat(self) -> None:
        self._check = None
        self._check_urgent()
        if self._waiting:
            self._schedule_check()

    def _check_urgent(self) -> None:
        """Let urgent jobs that have had their first moment go on in the background."""
        for place in tuple(self._urgent):
            moment_seconds = _MOMENT_SECONDS + place.is_new * _START_SECONDS
            if place.processor_seconds() > moment_seconds and place.lower is not None:
                place.lower()
            elif place in self._in_first_moment and _has_lost_moment(place):
                self._in_first_moment.discard(place)
        self._give_turns()


def _has_lost_moment(place: Place) -> bool:
    """Return whether a job has had its moment by the clock on the wall alone."""
    seconds = time.monotonic() - place.since
    if seconds <= _LONGEST_SLEEP_SECONDS:
        return False
    is_sleeping = place.process_id() is not None and place.is_sleeping()
    return is_sleeping or seconds > _LONGEST_MOMENT_SECONDS
