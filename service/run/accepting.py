"""Accept connections at little cost, and make room for requests rather than for their starts.

The system hands over new connections in the order in which they came. So whoever comes last of
hundreds waits until all the others have been accepted, and little may be done for each by then.
"""

import asyncio
import logging
import socket
from asyncio import Task, TimerHandle
from collections.abc import Callable
from typing import Final

from service.run.connections import LimitedConnection
from service.run.open_connections import OpenConnections

_END_OF_HEAD: Final = b"\r\n\r\n"
# First letters of the methods whose requests have a body.
_METHODS_WITH_BODY: Final = b"P"
# So much of a request is looked at before it is read.
_SEEN_BYTES: Final = 4096
# Within one turn of the event loop.
_MOST_ACCEPTED: Final = 32
_SECONDS_UNTIL_NEXT_TRY: Final = 1.0
_log: Final = logging.getLogger("glocal.service")


class Acceptor:
    """Accepts the connections of a listening socket.

    Each gives way to what `make` returns: at once if it has sent a request, else when its turn has
    come. The newest one has the first turn, since those who wait have sent nothing, or only a part.
    """

    def __init__(
        self,
        listening: socket.socket,
        make: Callable[[], LimitedConnection],
        opened: OpenConnections,
    ) -> None:
        self._listening, self._make, self._opened = listening, make, opened
        self._waiting: dict[NewConnection, None] = {}
        self._connecting: set[Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._next_try: TimerHandle | None = None
        listening.setblocking(False)
        self._start()

    async def stop(self) -> None:
        """Accept no more connections, and close those that wait."""
        self._pause()
        for connection in self._waiting:
            connection.socket.close()
            self._opened.discard(connection)
        self._waiting.clear()
        await asyncio.gather(*self._connecting, return_exceptions=True)

    def begin(self, connection: "NewConnection") -> LimitedConnection:
        """Let a connection give way, once; return its successor, which is made soon."""
        self._waiting.pop(connection, None)
        full = connection.successor = self._make()
        self._opened.replace(connection, full)
        task = self._loop.create_task(self._connect(connection.socket, full))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return full

    async def _connect(self, accepted: socket.socket, full: LimitedConnection) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: full, accepted)
        except OSError:
            # Its client has gone.
            self._opened.discard(full)
            accepted.close()

    def _start(self) -> None:
        self._loop.add_reader(self._listening, self._accept)

    def _pause(self) -> None:
        self._loop.remove_reader(self._listening)
        if self._next_try is not None:
            self._next_try.cancel()

    def _accept(self) -> None:
        for _ in range(_MOST_ACCEPTED):
            try:
                accepted, _ = self._listening.accept()
            except BlockingIOError:
                return
            except ConnectionError:
                # Its client has gone.
                continue
            except OSError as error:
                _log.warning("No connection can be accepted for a second: %s", error.strerror)
                self._pause()
                self._next_try = self._loop.call_later(_SECONDS_UNTIL_NEXT_TRY, self._start)
                return
            accepted.setblocking(False)
            self._begin_or_wait(NewConnection(accepted, self))

    def _begin_or_wait(self, connection: "NewConnection") -> None:
        self._opened.add(connection)
        if not self._opened.make_room(connection):
            self.begin(connection).refuse_and_close(self._opened.too_many)
            return
        turns = self._opened.turns
        if turns.are_taken and not _has_request(connection.socket):
            self._waiting[connection] = None
        else:
            self.begin(connection)
        turns.add_first(self._begin_newest)

    def _begin_newest(self) -> None:
        if self._waiting:
            newest, _ = self._waiting.popitem()
            self.begin(newest)
        if self._waiting:
            self._opened.turns.add_first(self._begin_newest)


class NewConnection:
    """A connection that has been accepted, and has not given way to a `LimitedConnection`."""

    is_being_answered = False

    def __init__(self, accepted: socket.socket, acceptor: Acceptor) -> None:
        self.socket, self._acceptor = accepted, acceptor
        self.successor: LimitedConnection | None = None

    def close_for_another(self) -> None:
        """Close the connection and say why, unless it is being answered by now."""
        (self.successor or self._acceptor.begin(self)).close_for_another()


def _has_request(accepted: socket.socket) -> bool:
    """Whether more has come than nothing, or the start of a request that cannot be answered."""
    try:
        data = accepted.recv(_SEEN_BYTES, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        # Whoever reads it notices it too.
        return True
    end = data.find(_END_OF_HEAD)
    is_head = end + len(_END_OF_HEAD) == len(data)
    return not data or not (end < 0 or (is_head and data.startswith(_METHODS_WITH_BODY)))
