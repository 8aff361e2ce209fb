"""All connections of a server: there is room for a number of them."""

from collections import OrderedDict
from functools import partial
from http import HTTPStatus
from typing import Final, Protocol

from service.errors import TooManyConnections
from service.http.problems import problem_response
from service.run.reading import LoopTurns, SmallParts

# For so many connections that are allowed, one more may be open until an old one is closed.
PER_CLOSED_LATER: Final = 8
_RETRY_SECONDS: Final = 5


def closing_answer(error: Exception) -> bytes:
    """Return the answer to a client whose connection is closed because of an error."""
    response = problem_response(error)
    status = response.status_code
    first = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    headers = map(b": ".join, (*response.raw_headers, (b"connection", b"close")))
    return b"\r\n".join([first, *headers, b"", bytes(response.body)])


class OpenConnection(Protocol):
    """A connection that can be closed to make room."""

    @property
    def is_being_answered(self) -> bool:
        """Whether a complete request has come in whose answer is not complete."""

    def close_for_another(self) -> None:
        """Close the connection and say why, unless it is being answered by now."""


class OpenConnections:
    """The connections of a server, the oldest first; `limit` is the most that there may be.

    If there are too many, the oldest one without a complete request is closed in favour of the new
    one, so that clients with idle connections block nobody. `turns` are those of all connections.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.turns, self.small_parts = limit, LoopTurns(), SmallParts()
        # The answer to those for whom there is no room.
        self.too_many = closing_answer(TooManyConnections(limit, _RETRY_SECONDS))
        self._by_age: OrderedDict[OpenConnection, None] = OrderedDict()
        # Those that are closed when their turn has come.
        self._leaving: set[OpenConnection] = set()

    def __len__(self) -> int:
        """Return the number of connections, those that are being closed not counted."""
        return len(self._by_age)

    def add(self, connection: OpenConnection) -> None:
        """Add a connection as the newest one."""
        self._by_age[connection] = None

    def replace(self, connection: OpenConnection, successor: OpenConnection) -> None:
        """Let another have the place of a connection, as the newest; one that leaves has none."""
        if connection in self._by_age:
            del self._by_age[connection]
            self.add(successor)

    def discard(self, connection: OpenConnection) -> None:
        """Forget a connection, if it is not forgotten yet."""
        self._by_age.pop(connection, None)

    def make_room(self, newest: OpenConnection) -> bool:
        """Close old connections if there are too many; return whether there is room.

        Of many, one is closed in each turn of the event loop, and what has come is read meanwhile.
        """
        while len(self._by_age) > self.limit:
            idle = (one for one in self._by_age if one is not newest and not one.is_being_answered)
            oldest = next(idle, None)
            if oldest is None:
                return False
            del self._by_age[oldest]
            self._leaving.add(oldest)
            if len(self._leaving) <= self.limit // PER_CLOSED_LATER:
                self.turns.add(partial(self._close, oldest))
            else:
                self._close(oldest)
        return True

    def _close(self, connection: OpenConnection) -> None:
        self._leaving.discard(connection)
        connection.close_for_another()
