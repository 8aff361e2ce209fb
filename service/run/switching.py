"""Switch to another release when a path such as `releases/newest` leads to it.

Every request is answered meanwhile, each from one release.
"""

import asyncio
import gc
import logging
import os
import signal
import threading
from asyncio import Future, Task
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn

from starlette.datastructures import State

from kg.errors import BrokenRelease, KgError
from kg.paths import newest_context_file, releases_folder
from kg.store.quad_store import Store
from service.errors import EvaluatorsDown, QueryProcessesDown
from service.queries.clients import NOBODY
from service.queries.snapshot import (
    EVALUATOR_PROGRAM,
    ParentSource,
    is_too_large_for_memory,
    snapshot_store,
)
from service.run.opening import (
    evaluator_processes,
    load_served,
    query_processes,
)
from service.run.verification import FirstVerification, verify_next
from service.served import ServedRelease
from service.settings import Settings

_log: Final = logging.getLogger("glocal.service")


def freeze_what_stays() -> None:
    """Collect garbage, and have later collections skip what is left, since it was loaded to stay.

    What refers to itself in a release that is no longer served is garbage only now.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class OpenedRelease:
    """A release that is ready to be served, with what ends its query and evaluator processes."""

    served: ServedRelease
    queries: AsyncExitStack
    evaluators: AsyncExitStack

    async def close(self) -> None:
        """End all its processes."""
        await self.queries.aclose()
        await self.evaluators.aclose()


class ReleaseSwitcher:
    """Starts the first release, replaces it by others, and closes old ones when they are idle.

    The current release is in `state.served`, where each request finds it.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._current = OpenedRelease(state.served, AsyncExitStack(), AsyncExitStack())
        self._tasks: set[Task[None]] = set()
        self._loading: Future[None] = asyncio.get_running_loop().create_future()

    @property
    def served(self) -> ServedRelease:
        """The release that is served now."""
        current: ServedRelease = self._state.served
        return current

    async def start(self, start_parent: ParentSource | None) -> None:
        """Start the processes of the first release; may raise QueryProcessesDown."""
        self._current = await self._start_processes(self.served, start_parent)

    async def switch(self, release: Path) -> None:
        """Verify the release in this folder, and serve it from now on.

        Raises KgError or OSError if the release was changed or cannot be read, or its processes do
        not start; the current one stays.
        """
        try:
            await verify_next(release, self.served.settings)
            opened = await self._open(release)
        except (KgError, OSError):
            self.served.metrics.refused_releases.inc()
            raise
        _log.info("The release in %s is served now, after %s.", release, self.served.store.folder)
        self._loading.cancel()
        # Running requests finish with the previous one, which then ends.
        self._replace(opened)
        self.served.metrics.switches.inc()
        self.load_into_memory()

    async def _open(self, release: Path) -> OpenedRelease:
        """Open the release in this folder and start its processes (see `load_served`)."""
        before = self.served
        store = await asyncio.to_thread(Store.open, release)
        admission = before.processes.admission
        loaded = await asyncio.to_thread(load_served, store, before.settings, admission=admission)
        served = replace(loaded, metrics=before.metrics)
        opened = await self._start_processes(served)
        # Proofs and what-ifs go on as quickly as with the release before.
        with suppress(EvaluatorsDown):
            await served.evaluators.pool.wait_for_parent()
        try:
            for build in served.first_uses:
                await self._state.threads.run(NOBODY, build)
        except BaseException:
            await opened.close()
            raise
        return opened

    def load_into_memory(self) -> None:
        """Start loading a release that is read from disk into memory, if it may be that large."""
        current = self.served
        if current.is_on_disk and not is_too_large_for_memory(
            current.store.manifest, current.settings.max_quads_in_memory
        ):
            self._loading = asyncio.create_task(self._load(current))

    async def _load(self, before: ServedRelease) -> None:
        processes = query_processes(before.settings, before.processes.admission)
        in_memory = replace(before, processes=processes, is_on_disk=False)
        folder = before.store.folder
        try:
            queries = await self._start_queries(in_memory)
        except QueryProcessesDown:
            _log.exception("The release in %s could not be loaded; it stays on disk.", folder)
            return
        _log.info("The release in %s is now served from memory.", folder)
        self._replace(OpenedRelease(in_memory, queries, self._current.evaluators))

    def verify_meanwhile(self, verification: FirstVerification) -> None:
        """Verify the rest of the files while the release is served; refuse it if one is changed."""
        self._tasks.add(asyncio.create_task(self._verify(verification)))

    async def _verify(self, verification: FirstVerification) -> None:
        integrity = self.served.integrity
        try:
            await verification.wait()
        except BrokenRelease as error:
            if self.served.integrity is integrity:
                self.refuse(error)
            return
        integrity.is_verified = True

    def refuse(self, error: BrokenRelease) -> None:
        """Answer nothing from the release any more, neither by its processes nor from memory."""
        refused = self.served
        text = "The release in %s is refused; nothing is answered from it any more: %s"
        _log.error(text, refused.store.folder, error)
        self._loading.cancel()
        refused.integrity.refusal = error
        admission, settings = refused.processes.admission, refused.settings
        idle = replace(
            refused,
            processes=query_processes(settings, admission),
            evaluators=evaluator_processes(settings, admission),
        )
        self._replace(OpenedRelease(idle, AsyncExitStack(), AsyncExitStack()))
        self.served.metrics.refused_releases.inc()

    def _replace(self, opened: OpenedRelease) -> None:
        retiring = asyncio.create_task(self._retire(self._current))
        self._state.served, self._current = opened.served, opened
        self._tasks.add(retiring)
        retiring.add_done_callback(self._tasks.discard)

    async def _retire(self, before: OpenedRelease) -> None:
        async with before.queries:
            await before.served.active_requests.wait_until_none()
        if before.evaluators is not self._current.evaluators:
            await before.evaluators.aclose()
            del before
            await asyncio.to_thread(freeze_what_stays)

    def watch_path(self) -> None:
        """Switch whenever the path in the settings leads to another release, until `close`."""
        settings = self.served.settings
        if self.served.store.folder is not None:
            watching = watch_release(settings, self._served_folder, self.switch)
            self._tasks.add(asyncio.create_task(watching))

    def _served_folder(self) -> Path | None:
        """Return the folder of the release that is served; None if it was refused."""
        return self.served.store.folder if self.served.integrity.refusal is None else None

    async def close(self) -> None:
        """Stop to watch, and end all query and evaluator processes."""
        for task in (self._loading, *self._tasks):
            task.cancel()
        await asyncio.gather(self._loading, *self._tasks, return_exceptions=True)
        await self._current.close()

    async def _start_processes(
        self, served: ServedRelease, start_parent: ParentSource | None = None
    ) -> OpenedRelease:
        """Start the query processes of a release; its evaluators start in the background."""
        queries = await self._start_queries(served, start_parent)
        evaluators = AsyncExitStack()
        snapshot = evaluators.enter_context(
            snapshot_store(served.store, is_on_disk=served.is_on_disk)
        )
        evaluators.push_async_callback(served.evaluators.close)
        await served.evaluators.open(
            snapshot,
            None,
            program=EVALUATOR_PROGRAM,
            content=served.content,
            start_parent=start_parent,
        )
        return OpenedRelease(served, queries, evaluators)

    async def _start_queries(
        self, served: ServedRelease, start_parent: ParentSource | None = None
    ) -> AsyncExitStack:
        """Start the query processes of a release; return the stack that ends them."""
        async with AsyncExitStack() as ending:
            snapshot = ending.enter_context(
                snapshot_store(served.store, is_on_disk=served.is_on_disk)
            )
            ending.push_async_callback(served.processes.close)
            context_path = newest_context_file(served.content.ontology)
            await served.processes.open(snapshot, context_path, start_parent=start_parent)
            return ending.pop_all()


async def watch_release(
    settings: Settings,
    served: Callable[[], Path | None],
    switch: Callable[[Path], Awaitable[None]],
) -> None:
    """Watch the path of the release in the settings until this is cancelled; SIGHUP checks it now.

    For the functions see `ReleaseWatcher.watch`.
    """
    path = settings.release or releases_folder() / "newest"
    watcher = ReleaseWatcher(path, every_seconds=settings.release_check_seconds)
    had_terminal = os.isatty(0)

    def on_hangup() -> None:
        # If the terminal was closed, SIGHUP still ends the process.
        if had_terminal and not os.isatty(0):
            signal.raise_signal(signal.SIGTERM)
        watcher.check_now()

    if threading.current_thread() is threading.main_thread():
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, on_hangup)
    await watcher.watch(served, switch)


class ReleaseWatcher:
    """Switches to another release as soon as a path leads to it; with 0 seconds, only on demand.

    A release that cannot be served is tried again only on demand, or after the path has led
    elsewhere in the meantime.
    """

    def __init__(self, path: Path, *, every_seconds: float) -> None:
        self._path, self._every_seconds = path, every_seconds or None
        self._demand = asyncio.Event()

    def check_now(self) -> None:
        """Check the path now."""
        self._demand.set()

    async def watch(
        self,
        served: Callable[[], Path | None],
        switch: Callable[[Path], Awaitable[None]],
    ) -> NoReturn:
        """Call `switch` with the folder of each other release, until this is cancelled.

        `served` returns the folder of the release that is served, without links in its path.
        `switch` serves another release, or changes nothing and raises a KgError or OSError.
        """
        last_target = served()
        while True:
            is_demanded = await self._next_check()
            # Not `Path.resolve`, which raises if links form a cycle.
            target = Path(await asyncio.to_thread(os.path.realpath, self._path))
            is_other = target != served() and (is_demanded or target != last_target)
            last_target = target
            if not is_other:
                continue
            try:
                await switch(target)
            except (KgError, OSError) as error:
                text = "Cannot switch to another release; still serving %s: %s"
                _log.error(text, served(), error)

    async def _next_check(self) -> bool:
        """Wait until the next check; return whether it was demanded."""
        try:
            async with asyncio.timeout(self._every_seconds):
                await self._demand.wait()
        except TimeoutError:
            return False
        self._demand.clear()
        return True
