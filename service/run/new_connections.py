"""Connections that have been accepted, and have not sent a request yet.

The system hands over new connections in the order in which they came. So whoever comes last of
hundreds waits until all the others have been accepted, and little may be done for each by then.
"""

import asyncio
from asyncio import Transport
from typing import Any, Final

from service.run.connections import LimitedConnection
from service.run.open_connections import OpenConnections

_END_OF_HEAD: Final = b"\r\n\r\n"
# First letters of the methods whose requests have a body.
_METHODS_WITH_BODY: Final = b"P"


class NewConnection(asyncio.Protocol):
    """A connection that gives way to a `LimitedConnection`, which reads requests.

    It does so as soon as more has come than the start of a request, or else when its turn has come.
    So whoever sends a request does not wait for those before it that have sent only a part of one.
    """

    is_being_answered = False

    def __init__(self, *, opened: OpenConnections, **given: Any) -> None:
        self._opened, self._given = opened, given
        self._connections: set[Any] = given["server_state"].connections
        self._received = b""
        self._successor: LimitedConnection | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for a request, if there is room."""
        self._transport = transport
        self._connections.add(self)
        self._opened.add(self)
        if self._opened.make_room(self):
            self._opened.turns.add(self._give_way)
        elif (successor := self._give_way()) is not None:
            successor.refuse_and_close(self._opened.too_many())

    def data_received(self, data: bytes) -> None:
        """Read what has come first, now or later."""
        is_first, self._received = not self._received, self._received + data
        if not (is_first and _is_start(data)):
            self._give_way()

    def eof_received(self) -> bool | None:
        """Read what has come before the client has ended its side."""
        successor = self._give_way()
        return successor is not None and successor.eof_received()

    def connection_lost(self, _: Exception | None) -> None:
        """Forget this connection."""
        self._leave()
        self._opened.discard(self)

    def shutdown(self) -> None:
        """Close the connection, since the server ends."""
        self._transport.close()

    def close_for_another(self) -> None:
        """Close the connection and say why, unless it is being answered by now."""
        if (successor := self._give_way()) is not None:
            successor.close_for_another()

    def _leave(self) -> None:
        self._connections.discard(self)
        self._opened.turns.discard(self._give_way)

    def _give_way(self) -> LimitedConnection | None:
        """Return the full connection in its place, made at the first time; None if it is lost."""
        if self in self._connections:
            self._leave()
            full = self._successor = LimitedConnection(opened=self._opened, **self._given)
            self._opened.replace(self, full)
            self._transport.set_protocol(full)
            full.connection_made(self._transport)
            if self._received:
                full.data_received(self._received)
        return self._successor


def _is_start(data: bytes) -> bool:
    """Whether this is only the start of a request: more must come before it can be answered."""
    end = data.find(_END_OF_HEAD)
    is_head = end + len(_END_OF_HEAD) == len(data)
    return end < 0 or (is_head and data.startswith(_METHODS_WITH_BODY))
