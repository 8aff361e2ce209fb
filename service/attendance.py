"""Whether the client still waits for its answer."""

import asyncio
from asyncio import Task, TimerHandle
from types import TracebackType
from typing import Final, Self

from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive

# Most answers are there before; only for the others is the client watched.
_UNWATCHED_SECONDS: Final = 0.05
# Of nginx, for its log: the client is gone, and nobody reads this.
CLIENT_GONE: Final = 499


async def answer_nobody(_: Request, __: Exception) -> Response:
    """What nobody reads: the client has left before all of its body was there."""
    return Response(status_code=CLIENT_GONE)


class UntilGone:
    """A block that is left as soon as the client goes away, with `is_gone` then true.

    What the block waits for is cancelled, as by `asyncio.timeout`.
    """

    def __init__(self, receive: Receive) -> None:
        self.is_gone = False
        self._receive = receive
        self._timer: TimerHandle | None = None
        self._watcher: Task[None] | None = None

    async def __aenter__(self) -> Self:
        block = asyncio.current_task()
        if block is None:
            raise RuntimeError("a client is watched by a task")
        self._block, self._cancelling = block, block.cancelling()
        self._timer = asyncio.get_running_loop().call_later(_UNWATCHED_SECONDS, self._watch)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> bool:
        if self._timer is not None:
            self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        # Somebody else may have cancelled it too, and is not to be overheard.
        is_ours = self.is_gone and self._block.uncancel() <= self._cancelling
        return is_ours and kind is asyncio.CancelledError

    def _watch(self) -> None:
        self._watcher = asyncio.create_task(self._leave_when_gone())

    async def _leave_when_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self._block.cancel()
