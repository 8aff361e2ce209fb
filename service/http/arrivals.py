"""Begin requests in turn: of many that arrive at once, those of clients that send the fewest first.

The event loop would begin all of them before it goes on with any, and each takes a part of a
millisecond. While several clients are active, those of each begin one after another.
"""

import asyncio
import time
from asyncio import Future
from collections import deque
from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from service.queries.clients import Activity, networks_of

# In each turn of the event loop, requests are begun for so long. Of those that wait, so many are
# begun at most, and fewer as long as the turns take longer than this: then most have much to do.
_SECONDS: Final = 0.0005
_MOST_AT_ONCE: Final = 4
# While several clients are active, the next request of each begins when the last one is answered,
# or after this time: then that one waits for something else.
_MOMENT_SECONDS: Final = 0.05
# The key in the scope of a request that has begun. One that it sends itself has it from the start.
BEGUN: Final = "glocal.begun"
_IS_ALONE: Final = "glocal.is_alone"


def is_alone(scope: Scope) -> bool:
    """Return whether no other client was active shortly before this request."""
    alone: bool = scope.get(_IS_ALONE, True)
    return alone


class Arrivals:
    """Middleware that lets requests begin, for a moment in each turn of the event loop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._activity, self._moments = Activity(), _Moments()
        # The end of the moment in this turn; 0 before the first request in it.
        self._until = 0.0
        self._at_once, self._is_turn_of_first = _MOST_AT_ONCE, True
        # By network, the one that came last at the end; none is empty.
        self._waiting: dict[str, deque[Future[None]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        network = networks_of((scope.get("client") or ("",))[0])[0]
        is_part = scope.get(BEGUN, False)
        scope[BEGUN] = True
        scope[_IS_ALONE] = self._activity.is_alone(network)
        if scope[_IS_ALONE] or is_part:
            await self._wait(network)
            await self._app(scope, receive, send)
            return
        end_moment = await self._moments.begin(network)
        try:
            await self._wait(network)
            await self._app(scope, receive, send)
        finally:
            end_moment()

    async def _wait(self, network: str) -> None:
        """Wait for a turn, unless one has just begun."""
        if not self._until:
            self._begin_turn()
        elif self._waiting or time.perf_counter() > self._until:
            turn: Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(network, deque()).append(turn)
            await turn

    def _begin_turn(self) -> None:
        self._until = time.perf_counter() + _SECONDS
        asyncio.get_running_loop().call_soon(self._end_turn)

    def _end_turn(self) -> None:
        is_late = time.perf_counter() > self._until
        self._until = 0.0
        if not self._waiting:
            return
        self._begin_turn()
        self._at_once = max(1, self._at_once // 2) if is_late else _MOST_AT_ONCE
        for _ in range(min(self._at_once, len(self._waiting))):
            # Lest it wait forever, every other time it is the one that came first.
            first = next(iter(self._waiting))
            self._let_begin(first if self._is_turn_of_first else self._calmest())
            self._is_turn_of_first = not self._is_turn_of_first

    def _calmest(self) -> str:
        """Return the network that has the fewest requests, and of these came last."""
        return min(reversed(self._waiting), key=lambda one: len(self._waiting[one]))

    def _let_begin(self, network: str) -> None:
        turn = self._waiting[network].popleft()
        if not self._waiting[network]:
            del self._waiting[network]
        # Otherwise it was cancelled.
        if not turn.done():
            turn.set_result(None)


class _Moments:
    """Lets the requests of each network begin one after another."""

    def __init__(self) -> None:
        # By network whose last request has begun a moment ago, those that wait.
        self._waiting: dict[str, deque[Future[None]]] = {}

    async def begin(self, network: str) -> Callable[[], None]:
        """Wait until a request may begin; return the function by which the next one may."""
        if network in self._waiting:
            turn: Future[None] = asyncio.get_running_loop().create_future()
            self._waiting[network].append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                # Its turn may have come in the same moment.
                if not turn.cancelled():
                    self._pass_on(network)
                raise
        else:
            self._waiting[network] = deque()
        has_ended = False

        def end() -> None:
            nonlocal has_ended
            if not has_ended:
                has_ended = True
                timer.cancel()
                self._pass_on(network)

        timer = asyncio.get_running_loop().call_later(_MOMENT_SECONDS, end)
        return end

    def _pass_on(self, network: str) -> None:
        waiting = self._waiting[network]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[network]
