"""Write documents in threads: few at a time, since they share the interpreter's lock.

The clients take turns as those of queries do (`service.queries.admission`).
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from service.http.request import client_key
from service.queries.admission import Admission, AdmissionLimits
from service.settings import Settings

T = TypeVar("T")
# Documents at once, in all and for one client.
_RUNNING: Final = 2
_RUNNING_PER_CLIENT: Final = 1


class Threads:
    """Runs functions of clients in threads; too many, and for too long, are TooManyQueries."""

    def __init__(self, settings: Settings) -> None:
        self._admission = Admission(
            AdmissionLimits(
                running=_RUNNING,
                running_per_client=_RUNNING_PER_CLIENT,
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
