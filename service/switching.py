"""One release is served after another, without a request that meets none."""

import asyncio
import logging
from asyncio import Task
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from starlette.datastructures import State

from kg.errors import KgError
from service.opening import Files, serve_next
from service.processes.snapshot import snapshot_of
from service.served import Served

_log: Final = logging.getLogger("glocal.service")


class Switching:
    """Starts what is served, puts another release in its place, ends what nobody asks any more.

    What is served now stands in `state.served`, from where each request takes it.
    """

    def __init__(self, state: State, files: Files) -> None:
        self._state, self._files = state, files
        self._ending = AsyncExitStack()
        self._retiring: set[Task[None]] = set()

    @property
    def served(self) -> Served:
        """What is served now."""
        here: Served = self._state.served
        return here

    async def start(self) -> None:
        """Start the query processes of what is served first.

        Raises:
            QueryProcessesDown: they do not start.
        """
        self._ending = await self._started(self.served)

    async def switch(self, release: Path) -> None:
        """Serve the release in this folder from now on.

        What is being answered still is from the one before, whose processes then end.

        Raises:
            KgError, OSError: there is no whole release in it, or its query processes do not
                start. All stays as it was.
        """
        before = self.served
        try:
            here = await asyncio.to_thread(serve_next, before, release, self._files)
            started = await self._started(here)
        except (KgError, OSError):
            before.metrics.refused_releases += 1
            raise
        self._state.served = here
        here.metrics.switches += 1
        _log.info("Release %s is served now, after %s.", here.release_hash, before.release_hash)
        retiring = asyncio.create_task(_retire(before, self._ending))
        self._ending = started
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)

    async def close(self) -> None:
        """End all query processes."""
        for task in self._retiring:
            task.cancel()
        await asyncio.gather(*self._retiring, return_exceptions=True)
        await self._ending.aclose()

    async def _started(self, here: Served) -> AsyncExitStack:
        """The query processes started; what ends them."""
        most = here.settings.max_quads_in_memory
        async with AsyncExitStack() as ending:
            snapshot = ending.enter_context(snapshot_of(here.store, max_quads_in_memory=most))
            ending.push_async_callback(here.processes.close)
            await here.processes.open(snapshot, self._files.context)
            return ending.pop_all()


async def _retire(before: Served, ending: AsyncExitStack) -> None:
    async with ending:
        await before.askers.gone()
