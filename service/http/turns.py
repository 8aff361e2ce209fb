"""Write documents in a thread, one at a time, the client first that has used least.

Many threads at once would hold up the event loop, which needs the interpreter's lock as well.
"""

import asyncio
import sys
import time
from asyncio import Future
from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from service.http.request import client_key
from service.queries.clients import BudgetLimits, Budgets

T = TypeVar("T")
# The client that the service's own functions count as.
NOBODY: Final = ""
# What a client has used is forgotten at a tenth of the speed at which it can be used.
_FORGETTING: Final = BudgetLimits(seconds_per_minute=6)
# How long the event loop waits for a thread that computes, whenever it wakes up.
_SWITCH_SECONDS: Final = 0.0005
_USUAL_SWITCH_SECONDS: Final = sys.getswitchinterval()


class Turns:
    """Runs functions of clients in a thread, one at a time."""

    def __init__(self) -> None:
        self._used = Budgets(_FORGETTING)
        self._is_taken = False
        self._waiting: list[tuple[str, Future[None]]] = []

    async def run(self, client: str, function: Callable[[], T]) -> T:
        """Wait for this client's turn, and return what the function returns."""
        await self._take(client)
        sys.setswitchinterval(_SWITCH_SECONDS)
        try:
            seconds, result = await run_in_threadpool(_timed, function)
            self._used.charge(client, seconds)
            return result
        finally:
            self._pass_on()

    async def _take(self, client: str) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        entry = client, turn
        self._waiting.append(entry)
        try:
            await turn
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
            else:
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        # Those that were cancelled go away by themselves.
        waiting = [entry for entry in self._waiting if not entry[1].done()]
        if not waiting:
            self._is_taken = False
            sys.setswitchinterval(_USUAL_SWITCH_SECONDS)
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
    turns: Turns = request.app.state.turns
    return await turns.run(client_key(request), function)
