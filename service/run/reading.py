"""When a connection is read: large bodies in turn, and those who send byte by byte once in a while.

The event loop reads all connections on which something has come before it goes on with anything
else. So many who send at once would hold up every answer. What answers a request begins when its
body is there, since to begin and to give up costs more than to read.
"""

import asyncio
from asyncio import Transport
from collections import OrderedDict
from collections.abc import Callable
from contextvars import copy_context
from itertools import count
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl

# Parts of one request that are smaller than this, and how many of them are read as they come.
_SMALL_BYTES: Final = 1024
_MANY_PARTS: Final = 4
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Afterwards, what has come is read after a time between these.
_LEAST_SECONDS, _MOST_SECONDS = 0.5, 1.5
_GOLDEN_RATIO: Final = 0.618034
_numbers: Final = count()


def spread_share() -> float:
    """Return the next of numbers from 0 to 1 that are spread evenly."""
    # Multiples of the golden ratio are.
    return next(_numbers) * _GOLDEN_RATIO % 1


class LoopTurns:
    """Calls functions that can wait, one in each turn of the event loop, and each once."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Callable[[], object], None] = OrderedDict()
        self._is_scheduled = False
        # Not that of one request, which may be the first to add something.
        self._context = copy_context()

    def add(self, function: Callable[[], object]) -> None:
        """Have a function called when its turn has come."""
        self._waiting[function] = None
        self._schedule()

    def discard(self, function: Callable[[], object]) -> None:
        """Forget a function that waits, if it does."""
        self._waiting.pop(function, None)

    def _schedule(self) -> None:
        if self._waiting and not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._call_one, context=self._context)

    def _call_one(self) -> None:
        self._is_scheduled = False
        if self._waiting:
            function, _ = self._waiting.popitem(last=False)
            self._schedule()
            function()


class PacedReading(FlowControl):
    """The flow control of one connection, which takes turns with the others to go on reading."""

    def __init__(self, transport: Transport, turns: LoopTurns) -> None:
        super().__init__(transport)
        self._turns, self._small_parts = turns, 0

    def begin_request(self) -> None:
        """Count the small parts anew."""
        self._small_parts = 0

    def note_part(self, size: int) -> None:
        """Note that a part of a request has come that is not complete.

        After many small ones, pause for a time that differs from connection to connection.
        """
        self._small_parts += size < _SMALL_BYTES
        if size < _SMALL_BYTES and self._small_parts > _MANY_PARTS and not self.read_paused:
            self.pause_reading()
            seconds = _LEAST_SECONDS + spread_share() * (_MOST_SECONDS - _LEAST_SECONDS)
            asyncio.get_running_loop().call_later(seconds, self.resume_reading)

    def resume_reading(self) -> None:
        """Go on reading when the turn of this connection has come."""
        if self.read_paused:
            self._turns.add(super().resume_reading)


def when_body_is_there(app: ASGIApp) -> ASGIApp:
    """Return an application that begins a request when its body has come, or a large part of it.

    Before that, a client that leaves or is too slow has cost nothing else. A body that is announced
    as large may be refused, and one that has to be asked for (`Expect`) too; so they wait for
    nothing.
    """

    async def begin(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _WITHOUT_BODY or not _is_awaited(scope):
            await app(scope, receive, send)
            return
        received: list[Message] = [await receive()]

        async def receive_rest() -> Message:
            return received.pop() if received else await receive()

        if received[0]["type"] != "http.disconnect":
            await app(scope, receive_rest, send)

    return begin


def _is_awaited(scope: Scope) -> bool:
    size = b"0"
    for name, value in scope["headers"]:
        if name == b"expect":
            return False
        if name == b"content-length":
            size = value
    return int(size) <= HIGH_WATER_LIMIT
