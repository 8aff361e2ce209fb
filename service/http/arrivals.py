"""Begin requests in turn: of many that arrive at once, those of clients that send the fewest first.

The event loop would begin all of them before it goes on with any, and each takes a part of a
millisecond. While several clients are active, a few requests of each are begun at a time.
"""

import asyncio
import time
from asyncio import Future
from collections import Counter, deque
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from service.queries.clients import Activity, networks_of

# In each turn of the event loop, requests are begun for so long. Of those that wait, so many are
# begun at most, and fewer as long as the turns take longer than this: then most have much to do.
_SECONDS: Final = 0.0005
_MOST_AT_ONCE: Final = 4
# While several clients are active, so many requests of each are new: they have begun less than a
# moment ago, and are not answered. Older ones wait for a query process or a reader.
_MOST_NEW: Final = 2
_MOMENT_SECONDS: Final = 0.05


class Arrivals:
    """Middleware that lets requests begin, for a moment in each turn of the event loop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._activity, self._shares = Activity(), _Shares()
        # The end of the moment in this turn; 0 before the first request in it.
        self._until = 0.0
        self._at_once, self._is_turn_of_first = _MOST_AT_ONCE, True
        # By network, the one that came last at the end; none is empty.
        self._waiting: dict[str, deque[Future[None]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        network = networks_of((scope.get("client") or ("",))[0])[0]
        if self._activity.is_alone(network):
            await self._wait(network)
            await self._app(scope, receive, send)
            return
        await self._shares.take(network)
        share = _Share(self._shares, network)
        try:
            await self._wait(network)
            await self._app(scope, receive, send)
        finally:
            share.give_back()

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


class _Shares:
    """Bounds how many requests of each network are new."""

    def __init__(self) -> None:
        self._new: Counter[str] = Counter()
        self._waiting: dict[str, deque[Future[None]]] = {}

    async def take(self, network: str) -> None:
        """Wait until a network has fewer new requests than it may have; each must be given back."""
        if self._new[network] < _MOST_NEW:
            self._new[network] += 1
            return
        turn: Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(network, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            # It may have got its share in the same moment.
            if turn.done() and not turn.cancelled():
                self.give_back(network)
            raise

    def give_back(self, network: str) -> None:
        """Pass a share on to the request of the network that has waited longest."""
        waiting = self._waiting.get(network, ())
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._waiting.pop(network, None)
        self._new[network] -= 1
        if not self._new[network]:
            del self._new[network]


class _Share:
    """The share of one request, which it has for a moment at most."""

    def __init__(self, shares: _Shares, network: str) -> None:
        self._shares, self._network, self._is_given_back = shares, network, False
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(_MOMENT_SECONDS, self.give_back)

    def give_back(self) -> None:
        """Give it back; the first call counts."""
        if not self._is_given_back:
            self._is_given_back = True
            self._timer.cancel()
            self._shares.give_back(self._network)
