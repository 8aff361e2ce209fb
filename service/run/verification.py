"""Verify the release that is served first, while the rest of the service starts.

It is not served before its files are verified. Those of a large release are verified while it is
served already: this takes seconds, and `/readyz` says so meanwhile.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from kg.errors import KgError
from kg.store.release_checks import compare_files
from kg.store.release_folder import begin_verification, find_release, read_manifest, verify_release
from service.queries.snapshot import opens_from_disk_first
from service.settings import Settings

T = TypeVar("T")


class FirstVerification:
    """The verification of the release in the settings; begins at once, in threads of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._begun = _call_in_thread(self._begin)
        self._whole = _call_in_thread(self._finish)

    def wait_until_servable(self) -> Path:
        """Wait until the release may be served, and return its folder.

        Raises UnknownName or BrokenRelease, see `verify_release`.
        """
        release, _ = self._begun.result()
        manifest = read_manifest(release)
        if not opens_from_disk_first(manifest, self._settings.max_quads_in_memory):
            self._whole.result()
        return release

    @property
    def is_complete(self) -> bool:
        """Whether all files were verified, and none refused."""
        return self._whole.done() and self._whole.exception() is None

    async def wait(self) -> None:
        """Wait until all files are verified; raises BrokenRelease if one was changed."""
        await asyncio.wrap_future(self._whole)

    def _begin(self) -> tuple[Path, dict[str, str]]:
        release = find_release(self._settings.release)
        return release, begin_verification(release, self._settings.expect)

    def _finish(self) -> None:
        compare_files(*self._begun.result())


async def verify_next(release: Path, settings: Settings) -> None:
    """Verify all files of a release that is to be served next; for errors see `verify_release`."""
    call = _call_in_thread(lambda: verify_release(release, settings.expect))
    await asyncio.wrap_future(call)


def _call_in_thread(call: Callable[[], T]) -> "Future[T]":
    """Call this in a thread that does not delay the end of the process."""
    future: Future[T] = Future()

    def run() -> None:
        future.set_running_or_notify_cancel()  # from now on, nobody can cancel it
        try:
            future.set_result(call())
        except (KgError, OSError) as error:
            future.set_exception(error)
        finally:
            # After any other error, which the thread reports, nobody waits for ever.
            if not future.done():
                future.set_exception(RuntimeError("The verification of the release failed."))

    threading.Thread(target=run, daemon=True).start()
    return future
