"""Which queries run, which wait, which are refused."""

import asyncio
from asyncio import Future
from collections import Counter
from dataclasses import dataclass
from typing import Final

from service.errors import TooManyQueries

RETRY_SECONDS: Final = 5


@dataclass(frozen=True)
class Room:
    """How many queries run at once, of all clients and of one; how many wait, and how long."""

    running: int = 64
    running_per_client: int = 16
    waiting: int = 256
    waiting_seconds: float = 5


class Admission:
    """Lets queries run in the order in which they came, but no client more than its share.

    Where the queue is full, a query of the client that has most in it gives way: one client
    cannot fill it against the others.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._running: Counter[str] = Counter()
        self._queue: list[tuple[str, Future[None]]] = []

    @property
    def running(self) -> int:
        """How many queries run."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return len(self._queue)

    async def enter(self, client: str) -> None:
        """Wait until a query of this client may run; `leave` has to follow.

        Raises:
            TooManyQueries: the queue is full, or it has waited for too long.
        """
        if self._may_run(client):
            self._running[client] += 1
            return
        turn: Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((client, turn))
        if len(self._queue) > self._room.waiting:
            self._refuse_one()
        try:
            async with asyncio.timeout(self._room.waiting_seconds):
                await turn
        except TimeoutError:
            self._give_up(client, turn)
            raise self._too_many() from None
        except asyncio.CancelledError:
            self._give_up(client, turn)
            raise

    def leave(self, client: str) -> None:
        """A query of this client has ended: let the next one run."""
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        for place, (waiting, turn) in enumerate(self._queue):
            if not turn.done() and self._may_run(waiting):
                del self._queue[place]
                self._running[waiting] += 1
                turn.set_result(None)
                return

    def _may_run(self, client: str) -> bool:
        is_room = self.running < self._room.running
        return is_room and self._running[client] < self._room.running_per_client

    def _refuse_one(self) -> None:
        """The newest query of the client that has most in the queue."""
        [(most, _)] = Counter(client for client, _ in self._queue).most_common(1)
        place = max(at for at, (client, _) in enumerate(self._queue) if client == most)
        _, turn = self._queue.pop(place)
        if not turn.done():
            turn.set_exception(self._too_many())

    def _give_up(self, client: str, turn: Future[None]) -> None:
        """Leave the queue, or the place that was given in the same moment."""
        if (client, turn) in self._queue:
            self._queue.remove((client, turn))
        elif not turn.cancelled() and turn.exception() is None:
            self.leave(client)

    def _too_many(self) -> TooManyQueries:
        return TooManyQueries(self._room.running, self._room.running_per_client, RETRY_SECONDS)
