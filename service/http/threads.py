"""Write documents in threads: few at a time, since they share the interpreter's lock.

The clients take turns as those of queries do (`service.queries.admission`).
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from service.http.endpoint import endpoint_in
from service.http.request import client_key
from service.queries.admission import Admission, AdmissionLimits
from service.settings import Settings

T = TypeVar("T")
# Documents at once, in all and for one client: while they compute, and while they mostly wait for
# the server that has the quads.
_COMPUTING: Final = 2, 1
_WAITING: Final = 16, 8


class Threads:
    """Runs functions of clients in threads; too many, and for too long, are TooManyQueries."""

    def __init__(self, settings: Settings) -> None:
        running, per_client = _WAITING if settings.store else _COMPUTING
        self._admission = Admission(
            AdmissionLimits(
                running=running,
                running_per_client=per_client,
                waiting=settings.max_waiting_queries,
                waiting_seconds=settings.max_waiting_seconds,
            )
        )

    async def run(self, client: str, function: Callable[[], T]) -> T:
        """Wait until a function of this client may run, and return what it returns."""
        place = await self._admission.enter(client)
        used_seconds = 0.0

        def timed() -> T:
            nonlocal used_seconds
            start = time.thread_time()
            try:
                return function()
            finally:
                used_seconds = time.thread_time() - start

        place.processor_seconds = lambda: used_seconds
        try:
            return await run_in_threadpool(timed)
        finally:
            self._admission.leave(place)


async def in_thread(request: Request, function: Callable[[], T]) -> T:
    """Run a function for this request in a thread, when its client may."""
    threads: Threads = request.app.state.threads
    return await threads.run(client_key(request), function)


async def read_store(request: Request, function: Callable[[], T]) -> T:
    """Call a function that reads the store: at once, or in a thread if that waits for a server."""
    if endpoint_in(request.scope).waits:
        return await in_thread(request, function)
    return function()
