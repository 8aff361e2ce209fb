"""Watch the SPARQL server that has the quads of the release that is served.

What it finds is in `Integrity.store_failure`: `/readyz` says it, and while the server holds another
release, or a part of this one, nothing is answered from it.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn

from kg.remote.errors import StoreError
from service.served import ServedRelease
from service.settings import Settings

_log: Final = logging.getLogger("glocal.service")
_SECONDS_BETWEEN_CHECKS: Final = 1.0
_MOST_SECONDS: Final = 3.0


async def watch_server(served: Callable[[], ServedRelease]) -> NoReturn:
    """Check the server of the release that is served about once a second, until cancelled.

    Each change is logged once.
    """
    while True:
        current = served()
        store, settings = current.store, current.settings
        release = store.folder or Path()
        failure = await asyncio.to_thread(check_server, store.address, release, settings)
        integrity, before = current.integrity, current.integrity.store_failure
        if failure is not None and type(failure) is not type(before):
            _log.error("Answers are missing since %s.", failure)
        elif failure is None and before is not None:
            _log.info("The store %s answers again.", current.store.address)
        integrity.store_failure = failure
        await asyncio.sleep(_SECONDS_BETWEEN_CHECKS)


def check_server(address: str, release: Path, settings: Settings) -> StoreError | None:
    """Return why a server cannot be asked about the release in a folder, if it cannot."""
    # Imported only here, since the HTTP client takes 50 ms.
    from kg.remote.release_server import find_server

    try:
        find_server([address], release, min(_MOST_SECONDS, settings.max_store_seconds))
    except StoreError as error:
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    return None


def has_lost_store(served: ServedRelease) -> bool:
    """Return whether the server of a release fails, and another one may have the release."""
    return served.integrity.store_failure is not None and len(served.settings.store) > 1
