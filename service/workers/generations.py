"""The releases that are served or about to be, each with its trunk."""

import asyncio
import logging
from pathlib import Path
from typing import Final

from kg.store.release_folder import manifest_of
from service.errors import QueryProcessesDown
from service.queries.snapshot import Options, begins_on_disk, release_snapshot
from service.settings import Settings
from service.shares import limits_of
from service.workers.trunk import Trunk

_log: Final = logging.getLogger("glocal.service")


class Generations:
    """Releases by their number, each time one is opened: the same folder may hold another then."""

    def __init__(self, settings: Settings, context_path: Path) -> None:
        self._settings, self._context_path = settings, context_path
        self._newest = 0
        self._releases: dict[int, Path] = {}
        self._trunks: dict[int, Trunk] = {}
        self._starting = asyncio.Lock()

    def add(self, release: Path) -> int:
        """A new generation: the release in this folder."""
        self._newest += 1
        self._releases[self._newest] = release
        return self._newest

    def release(self, generation: int) -> Path:
        """The folder of its release."""
        return self._releases[generation]

    async def trunk(self, generation: int) -> Trunk:
        """The trunk with its snapshot, started where there is none.

        Raises:
            QueryProcessesDown: it does not start, or the generation is retired.
        """
        async with self._starting:
            found = self._trunks.get(generation)
            if found is not None and not found.is_over:
                return found
            if generation not in self._releases:
                raise QueryProcessesDown
            if found is not None:
                _log.error("The parent of all query processes ended. Starting another.")
            try:
                trunk = Trunk(self._options(generation))
            except OSError as error:
                raise QueryProcessesDown from error
            await trunk.ready()
            self._trunks[generation] = trunk
            return trunk

    def retire(self, generation: int) -> None:
        """Let its trunk end once nobody needs it any more."""
        del self._releases[generation]
        trunk = self._trunks.pop(generation, None)
        if trunk is not None:
            trunk.retire()

    def end(self) -> None:
        """End all trunks."""
        for trunk in self._trunks.values():
            trunk.end()

    def _options(self, generation: int) -> Options:
        settings, folder = self._settings, self._releases[generation]
        is_on_disk = begins_on_disk(manifest_of(folder), settings.max_quads_in_memory)
        snapshot = release_snapshot(folder, is_on_disk=is_on_disk)
        return Options(snapshot, self._context_path, limits_of(settings))
