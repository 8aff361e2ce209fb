"""One release is served after another, without a request that meets none."""

import asyncio
import logging
from asyncio import Task
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.datastructures import State

from kg.errors import KgError
from kg.release import check
from service.opening import Files, serve_next
from service.processes.parents import Parents
from service.processes.snapshot import snapshot_of
from service.served import Served

_log: Final = logging.getLogger("glocal.service")


@dataclass(frozen=True)
class Opened:
    """A release that is ready to be served."""

    served: Served
    ending: AsyncExitStack

    async def close(self) -> None:
        """Let it go unserved."""
        await self.ending.aclose()


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
        """Serve the release in this folder from now on, if it is whole.

        Raises:
            KgError, OSError: see `opened`. All stays as it was.
        """
        try:
            await asyncio.to_thread(check, release)
            opened = await self.opened(release)
        except (KgError, OSError):
            self.served.metrics.refused_releases += 1
            raise
        _log.info("The release in %s is served now, after %s.", release, self.served.store.folder)
        self.put(opened)

    async def opened(self, release: Path, parents: Parents | None = None) -> Opened:
        """The release in this folder, ready to be served; `parents` as in `serve`.

        Raises:
            KgError, OSError: there is none, or its query processes do not start.
        """
        here = await asyncio.to_thread(serve_next, self.served, release, self._files, parents)
        return Opened(here, await self._started(here))

    def put(self, opened: Opened) -> None:
        """Serve what was opened from now on.

        What is being answered still is from the one before, whose processes then end.
        """
        before, ending = self.served, self._ending
        self._state.served, self._ending = opened.served, opened.ending
        before.metrics.switches += 1
        retiring = asyncio.create_task(_retire(before, ending))
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
