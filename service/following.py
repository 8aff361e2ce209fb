"""Which release a path names, looked at again and again: `releases/newest` comes to name others."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, NoReturn

from kg.errors import KgError

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
