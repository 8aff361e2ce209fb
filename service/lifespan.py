"""What runs as long as the service does: query processes, the log, who looks for new releases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.types import Lifespan

from kg.paths import releases
from service.following import Follower, look_when_told
from service.opening import Files
from service.switching import Switching

if TYPE_CHECKING:
    from service.workers.supervised import Supervised


def while_running(files: Files, supervised: "Supervised | None" = None) -> Lifespan[FastAPI]:
    """The query processes of what is served, and the log, started and at the end ended.

    Where a folder is served, so is the next one: once its path is a link to that, or once the
    supervisor says so.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        switching = Switching(app.state, files)
        log = switching.served.request_log
        async with AsyncExitStack() as running:
            if log is not None:
                log.start()
                running.push_async_callback(asyncio.to_thread, log.close)
            if supervised is not None:
                await running.enter_async_context(supervised.obeying(switching))
            running.push_async_callback(switching.close)
            await switching.start()
            if supervised is not None:
                supervised.ready()
            else:
                switching.load()
                await running.enter_async_context(_following(switching))
            yield

    return lifespan


@asynccontextmanager
async def _following(switching: Switching) -> AsyncIterator[None]:
    settings = switching.served.settings
    if switching.served.store.folder is None:
        yield
        return
    path = settings.release or releases() / "newest"
    follower = Follower(path, every_seconds=settings.release_check_seconds)
    look_when_told(follower)
    task = asyncio.create_task(
        follower.follow(lambda: switching.served.store.folder, switching.switch)
    )
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
