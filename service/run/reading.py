"""When a connection is read: large bodies in turn, and small parts one after another.

The event loop reads all connections on which something has come before it goes on with anything
else. So many who send at once would hold up every answer. What answers a request begins when its
body is there, since to begin and to give up costs more than to read.
"""

import asyncio
from asyncio import Transport
from collections import OrderedDict
from collections.abc import Callable
from contextvars import copy_context
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl

# The first part of a request is read when it comes. Of those after it that are smaller than this,
# so many are too; then one in this time, of all connections together.
_SMALL_BYTES: Final = 1024
_SMALL_PARTS_AT_ONCE: Final = 16
_SECONDS_PER_SMALL_PART: Final = 0.002
_LONGEST_PAUSE_SECONDS: Final = 1.5
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class LoopTurns:
    """Calls functions that can wait, one in each turn of the event loop, and each once."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[Callable[[], object], None] = OrderedDict()
        self._is_scheduled = False
        # Not that of one request, which may be the first to add something.
        self._context = copy_context()

    @property
    def are_taken(self) -> bool:
        """Whether any function waits for its turn."""
        return bool(self._waiting)

    def add(self, function: Callable[[], object]) -> None:
        """Have a function called when its turn has come."""
        self._waiting[function] = None
        self._schedule()

    def add_first(self, function: Callable[[], object]) -> None:
        """Have a function called in the next turn."""
        self.add(function)
        self._waiting.move_to_end(function, last=False)

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


class SmallParts:
    """When small parts of requests are read: a number of them as they come, then one by one."""

    def __init__(self) -> None:
        # When all that have been read would have had their time, one after the other.
        self._end = 0.0

    def take(self, now: float) -> float:
        """Return the seconds after which the next part of a connection may be read."""
        end = max(now, self._end) + _SECONDS_PER_SMALL_PART
        self._end = min(end, now + _LONGEST_PAUSE_SECONDS)
        return self._end - now - _SMALL_PARTS_AT_ONCE * _SECONDS_PER_SMALL_PART


class PacedReading(FlowControl):
    """The flow control of one connection, which takes turns with the others to go on reading."""

    def __init__(self, transport: Transport, turns: LoopTurns, small_parts: SmallParts) -> None:
        super().__init__(transport)
        self._turns, self._small_parts = turns, small_parts
        self._has_begun = False

    def begin_request(self) -> None:
        """Expect the first part of a request."""
        self._has_begun = False

    def note_part(self, size: int) -> None:
        """Note that a part of a request has come that is not complete, and pause if it is small."""
        if not self._has_begun:
            self._has_begun = True
        elif size < _SMALL_BYTES and not self.read_paused:
            loop = asyncio.get_running_loop()
            if (seconds := self._small_parts.take(loop.time())) > 0:
                self.pause_reading()
                loop.call_later(seconds, self.resume_reading)

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
