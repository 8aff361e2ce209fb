"""Begin requests in turn: of many that arrive at once, those of clients that send the fewest first.

The event loop would begin all of them before it goes on with any, and each takes a part of a
millisecond.
"""

import asyncio
import time
from asyncio import Future
from collections import deque
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from service.queries.clients import networks_of

# In each turn of the event loop, requests are begun for so long. Of those that wait, so many are
# begun at most, and fewer as long as the turns take longer than this: then most have much to do.
_SECONDS: Final = 0.0005
_MOST_AT_ONCE: Final = 4


class Arrivals:
    """Middleware that lets requests begin, for a moment in each turn of the event loop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # The end of the moment in this turn; 0 before the first request in it.
        self._until = 0.0
        self._at_once, self._is_turn_of_first = _MOST_AT_ONCE, True
        # By network, the one that came last at the end; none is empty.
        self._waiting: dict[str, deque[Future[None]]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when its turn has come."""
        if not self._until:
            self._begin_turn()
        elif self._waiting or time.perf_counter() > self._until:
            turn: Future[None] = asyncio.get_running_loop().create_future()
            network = networks_of((scope.get("client") or ("",))[0])[0]
            self._waiting.setdefault(network, deque()).append(turn)
            await turn
        await self._app(scope, receive, send)

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
