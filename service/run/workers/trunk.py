"""The releases that are served or about to be served, each with its trunk.

A trunk is a parent process that holds one snapshot in memory and forks a parent for each HTTP
process.
"""

import asyncio
import logging
from pathlib import Path
from typing import Final

from kg.store.release_folder import read_manifest
from service.errors import QueryProcessesDown
from service.queries.parent_client import ParentProcess
from service.queries.snapshot import (
    ParentOptions,
    opens_from_disk_first,
    release_snapshot,
    spawn_parent,
)
from service.run.opening import query_limits
from service.settings import Settings

_log: Final = logging.getLogger("glocal.service")


class Generations:
    """Releases by generation: a number that is new each time a release is opened.

    The folder alone does not identify a release, since its content may be replaced.
    """

    def __init__(self, settings: Settings, context_path: Path) -> None:
        self._settings, self._context_path = settings, context_path
        self._newest = 0
        self._releases: dict[int, Path] = {}
        self._trunks: dict[int, ParentProcess] = {}
        self._starting = asyncio.Lock()

    def add(self, release: Path) -> int:
        """Add the release in this folder, and return its generation."""
        self._newest += 1
        self._releases[self._newest] = release
        return self._newest

    def release(self, generation: int) -> Path:
        """Return the folder of a generation's release."""
        return self._releases[generation]

    async def running_trunk(self, generation: int) -> ParentProcess:
        """Return the trunk of a generation, and start one if none is running.

        Raises:
            QueryProcessesDown: the trunk does not start, or the generation has been retired.
            BrokenRelease: the manifest of its release has been damaged.
        """
        async with self._starting:
            previous = self._trunks.get(generation)
            if previous is not None and not previous.is_over:
                return previous
            if generation not in self._releases:
                raise QueryProcessesDown
            if previous is not None:
                _log.error("The parent of all query processes ended. Starting another.")
            try:
                options = self._options(generation)
            except OSError as error:
                raise QueryProcessesDown from error
            trunk = ParentProcess(*await spawn_parent(options), when_over=_reap_in_thread)
            if not await trunk.is_ready:
                raise QueryProcessesDown
            self._trunks[generation] = trunk
            return trunk

    def retire(self, generation: int) -> None:
        """Forget a generation; its trunk ends with the last of its parents."""
        del self._releases[generation]
        trunk = self._trunks.pop(generation, None)
        if trunk is not None:
            trunk.retire()

    def end(self) -> None:
        """End all trunks."""
        for trunk in self._trunks.values():
            trunk.end()

    def _options(self, generation: int) -> ParentOptions:
        settings, folder = self._settings, self._releases[generation]
        is_on_disk = opens_from_disk_first(read_manifest(folder), settings.max_quads_in_memory)
        snapshot = release_snapshot(folder, is_on_disk=is_on_disk)
        return ParentOptions(snapshot, self._context_path, query_limits(settings))


def _reap_in_thread(trunk: ParentProcess) -> None:
    # Its parents die with it. In a container this process may be the init process, and then it
    # must reap them too.
    asyncio.get_running_loop().run_in_executor(None, trunk.reap)
