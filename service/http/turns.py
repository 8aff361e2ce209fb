"""Write documents in a thread, one at a time, the client first that has used least.

Many threads at once would hold up the event loop, which needs the interpreter's lock as well. So
would one that is always busy; while several clients are active, it rests the longer, the more the
event loop has to do. Where a server has the quads, a document mostly waits for it, so several are
written at a time.
"""

import asyncio
import sys
import time
from asyncio import Future
from collections.abc import Callable
from typing import ClassVar, Final, TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from service.errors import TooManyQueries
from service.http.arrivals import is_alone
from service.http.endpoint import endpoint_in
from service.http.request import client_key
from service.queries.clients import BudgetLimits, Budgets

T = TypeVar("T")
# Documents that wait for a server at once; each has a thread.
MOST_WAITING: Final = 16
_RETRY_SECONDS: Final = 1
# What a client has used is forgotten at a tenth of the speed at which it can be used.
_FORGETTING: Final = BudgetLimits(seconds_per_minute=6)
# After a function, a thread rests for so many times the processor time that the event loop used
# meanwhile, but at most for so many seconds. Without that, the slowest answers to others take twice
# as long (benchmarks/attack.py --only fuzz).
_REST: Final = 20
_LONGEST_REST_SECONDS: Final = 0.05
# How long the event loop waits for a thread that computes, whenever it wakes up. With less, answers
# to others come no sooner (benchmarks/attack.py --only flood-explain).
_SWITCH_SECONDS: Final = 0.0001
_USUAL_SWITCH_SECONDS: Final = sys.getswitchinterval()


class Turns:
    """Runs functions of clients in threads, so many at a time.

    With `max_waiting_seconds`, one that waits longer for its turn is refused with TooManyQueries.
    """

    # Of all that have turns: while any function runs, the event loop gets the lock sooner.
    _running: ClassVar[int] = 0

    def __init__(self, places: int = 1, max_waiting_seconds: float | None = None) -> None:
        self._used = Budgets(_FORGETTING)
        self._places = self._free = places
        self._max_waiting_seconds = max_waiting_seconds
        self._waiting: list[tuple[str, Future[None]]] = []

    async def run(self, client: str, function: Callable[[], T], *, rests: bool = False) -> T:
        """Wait for this client's turn, and return what the function returns.

        If it `rests`, the thread does so afterwards, and the event loop has the lock to itself.
        """
        await self._take(client)
        Turns._running += 1
        sys.setswitchinterval(_SWITCH_SECONDS)
        started = time.thread_time()
        try:
            seconds, result = await run_in_threadpool(_timed, function)
            self._used.charge(client, seconds)
            return result
        finally:
            Turns._running -= 1
            if not Turns._running:
                sys.setswitchinterval(_USUAL_SWITCH_SECONDS)
            if rests:
                seconds = min(_REST * (time.thread_time() - started), _LONGEST_REST_SECONDS)
                asyncio.get_running_loop().call_later(seconds, self._pass_on)
            else:
                self._pass_on()

    async def _take(self, client: str) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        entry = client, turn
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(self._max_waiting_seconds):
                await turn
        except (asyncio.CancelledError, TimeoutError) as error:
            if entry in self._waiting:
                self._waiting.remove(entry)
            else:
                self._pass_on()
            if isinstance(error, TimeoutError):
                raise TooManyQueries(self._places, self._places, _RETRY_SECONDS) from None
            raise

    def _pass_on(self) -> None:
        # Those that were cancelled go away by themselves.
        waiting = [entry for entry in self._waiting if not entry[1].done()]
        if not waiting:
            self._waiting.clear()
            self._free += 1
            return
        entry = min(waiting, key=lambda one: self._used.used_seconds(one[0]))
        self._waiting.remove(entry)
        entry[1].set_result(None)


def _timed(function: Callable[[], T]) -> tuple[float, T]:
    """Return the processor time of a call, and its result."""
    start = time.thread_time()
    result = function()
    return time.thread_time() - start, result


async def in_turn(request: Request, function: Callable[[], T]) -> T:
    """Run a function for this request in a thread, when it is its client's turn."""
    state = request.app.state
    if endpoint_in(request.scope).waits:
        waiting_turns: Turns = state.waiting_turns
        return await waiting_turns.run(client_key(request), function)
    turns: Turns = state.turns
    return await compute(request, turns, function)


async def compute(request: Request, turns: Turns, function: Callable[[], T]) -> T:
    """Run a function that computes; while several clients are active, the thread rests after it."""
    return await turns.run(client_key(request), function, rests=not is_alone(request.scope))


async def read_store(request: Request, function: Callable[[], T]) -> T:
    """Call a function that reads the store: at once, or in a thread if that waits for a server."""
    if endpoint_in(request.scope).waits:
        return await in_turn(request, function)
    return function()
