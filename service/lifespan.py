"""What runs as long as the service does: query processes, the log, who looks for new releases."""

import asyncio
import os
import signal
import threading
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

from fastapi import FastAPI
from starlette.types import Lifespan

from kg.places import releases
from service.following import Follower
from service.opening import Files
from service.switching import Switching


def while_running(files: Files) -> Lifespan[FastAPI]:
    """The query processes of what is served, and the log, started and at the end ended.

    Where a folder is served, so is the next one, once its path is a link to that.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        switching = Switching(app.state, files)
        log = switching.served.request_log
        if log is not None:
            log.start()
        await switching.start()
        try:
            async with _following(switching):
                yield
        finally:
            await switching.close()
            if log is not None:
                await asyncio.to_thread(log.close)

    return lifespan


@asynccontextmanager
async def _following(switching: Switching) -> AsyncIterator[None]:
    settings = switching.served.settings
    if switching.served.store.folder is None:
        yield
        return
    path = settings.release or releases() / "newest"
    follower = Follower(path, every_seconds=settings.release_check_seconds)
    _look_when_told(asyncio.get_running_loop(), follower)
    task = asyncio.create_task(
        follower.follow(lambda: switching.served.store.folder, switching.switch)
    )
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _look_when_told(loop: AbstractEventLoop, follower: Follower) -> None:
    """Look for another release on SIGHUP, which still ends what has lost its terminal."""
    if threading.current_thread() is threading.main_thread():
        loop.add_signal_handler(signal.SIGHUP, partial(_told, follower, os.isatty(0)))


def _told(follower: Follower, had_terminal: bool) -> None:
    if had_terminal and not os.isatty(0):
        signal.raise_signal(signal.SIGTERM)
    follower.look()
