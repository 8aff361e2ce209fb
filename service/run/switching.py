"""Which release a path names, looked at again and again: `releases/newest` comes to name others.

One release is served after another, without a request that meets none.
"""

import asyncio
import logging
import os
import signal
import threading
from asyncio import Future, Task
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn

from starlette.datastructures import State

from kg.errors import KgError
from kg.store.release_folder import check
from service.errors import QueryProcessesDown
from service.queries.snapshot import Parents, is_for_disk, snapshot_of
from service.run.opening import Files, query_processes, serve_next
from service.served import Served

_log: Final = logging.getLogger("glocal.service")


class Follower:
    """Has the release served that a path names, as soon as it names another.

    One that is refused is tried again when somebody asks for it, or once the path has named
    another one meanwhile.
    """

    def __init__(self, path: Path, *, every_seconds: float) -> None:
        """Look at this path so often; with 0, only when asked."""
        self._path = path
        self._every_seconds = every_seconds or None
        self._asked = asyncio.Event()

    def look(self) -> None:
        """Look now."""
        self._asked.set()

    async def follow(
        self, served: Callable[[], Path | None], switch: Callable[[Path], Awaitable[None]]
    ) -> NoReturn:
        """Call `switch` with the folder of each other release, until this is cancelled.

        Args:
            served: the folder of the release that is served, without links in its path.
            switch: serves another one, or raises a KgError or OSError: it stays as it was.
        """
        seen = served()
        while True:
            is_asked = await self._next_look()
            found = await asyncio.to_thread(_without_links, self._path)
            if found != served() and (is_asked or found != seen):
                try:
                    await switch(found)
                except (KgError, OSError) as error:
                    _log.error("Another release is not served; %s still is: %s", served(), error)
            seen = found

    async def _next_look(self) -> bool:
        """Wait for it; whether somebody asked."""
        try:
            async with asyncio.timeout(self._every_seconds):
                await self._asked.wait()
        except TimeoutError:
            return False
        self._asked.clear()
        return True


def _without_links(path: Path) -> Path:
    # Not `Path.resolve`, which raises where links go in a circle.
    return Path(os.path.realpath(path))


def look_when_told(follower: Follower) -> None:
    """Look for another release on SIGHUP, which still ends what has lost its terminal."""
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, _told, follower, os.isatty(0))


def _told(follower: Follower, had_terminal: bool) -> None:
    if had_terminal and not os.isatty(0):
        signal.raise_signal(signal.SIGTERM)
    follower.look()


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
        self._loading: Future[None] = asyncio.get_running_loop().create_future()

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
        self.load()

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
        self._loading.cancel()
        self._replace(opened)
        self.served.metrics.switches += 1

    def load(self) -> None:
        """Have what is served from disk loaded, if it fits, and then be asked in memory."""
        here = self.served
        if here.is_on_disk and not is_for_disk(
            here.store.release, here.settings.max_quads_in_memory
        ):
            self._loading = asyncio.create_task(self._load(here))

    async def _load(self, before: Served) -> None:
        here = replace(before, processes=query_processes(before.settings), is_on_disk=False)
        try:
            ending = await self._started(here)
        except QueryProcessesDown:
            _log.exception("The release in %s stays on disk.", before.store.folder)
            return
        _log.info("The release in %s is answered from memory now.", before.store.folder)
        self._replace(Opened(here, ending))

    def _replace(self, opened: Opened) -> None:
        before, ending = self.served, self._ending
        self._state.served, self._ending = opened.served, opened.ending
        retiring = asyncio.create_task(_retire(before, ending))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)

    async def close(self) -> None:
        """End all query processes."""
        for task in (self._loading, *self._retiring):
            task.cancel()
        await asyncio.gather(self._loading, *self._retiring, return_exceptions=True)
        await self._ending.aclose()

    async def _started(self, here: Served) -> AsyncExitStack:
        """The query processes started; what ends them."""
        async with AsyncExitStack() as ending:
            snapshot = ending.enter_context(snapshot_of(here.store, is_on_disk=here.is_on_disk))
            ending.push_async_callback(here.processes.close)
            await here.processes.open(snapshot, self._files.context)
            return ending.pop_all()


async def _retire(before: Served, ending: AsyncExitStack) -> None:
    async with ending:
        await before.askers.gone()
