"""The parent of the query processes, which starts while this process still loads its modules.

Loading the application and loading the quads take about the same time. This module imports only
what the start needs.
"""

import asyncio
from contextlib import suppress
from pathlib import Path

from kg.errors import KgError
from kg.paths import newest_context_file
from kg.store.release_folder import find_release, read_manifest, release_content
from service.queries import snapshot
from service.queries.messages import QueryLimits
from service.queries.snapshot import (
    EVALUATOR_PROGRAM,
    QUERY_PROGRAM,
    ParentOptions,
    StartedParent,
)
from service.settings import Settings


class FirstParent:
    """A parent for the release in the settings, started at once.

    Errors are left to the application, which meets and reports them again.
    """

    def __init__(self, settings: Settings) -> None:
        self._options: ParentOptions | None = None
        self._parent: StartedParent | None = None
        with suppress(KgError, OSError):
            self._options = parent_options(find_release(settings.release), settings)
            self._parent = asyncio.run(snapshot.spawn_parent(self._options))

    async def take(self, options: ParentOptions) -> StartedParent:
        """Return this parent if it has these options and is not yet taken, else a new one."""
        parent, self._parent = self._parent, None
        if parent is not None and options == self._options:
            return parent
        if parent is not None:
            # Without the connection, the process ends.
            parent.control.close()
        return await snapshot.spawn_parent(options)


def parent_options(
    release: Path, settings: Settings, program: str = QUERY_PROGRAM
) -> ParentOptions:
    """Return the options of a parent for the release in this folder; see `read_manifest`."""
    manifest = read_manifest(release)
    content = release_content(release, manifest)
    context_path = newest_context_file(content.ontology)
    is_on_disk = snapshot.opens_from_disk_first(manifest, settings.max_quads_in_memory)
    opened = snapshot.release_snapshot(release, is_on_disk=is_on_disk)
    limits, carried = query_limits(settings), content if program == EVALUATOR_PROGRAM else None
    return ParentOptions(opened, context_path, limits, program, carried)


def query_limits(settings: Settings) -> QueryLimits:
    """Return the limits of one query, which are the same in every process."""
    return QueryLimits(
        seconds=settings.max_query_seconds,
        memory_bytes=settings.max_query_mebibytes * 2**20,
        rows=settings.max_result_rows,
        result_bytes=settings.max_result_mebibytes * 2**20,
        stores=settings.store,
        store_seconds=settings.max_store_seconds,
    )
