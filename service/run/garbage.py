"""Keep garbage collection short: it stops the whole process, and looks through all that it has.

What stays is frozen: it is not looked through again. Reference counts free it all the same, unless
it refers to itself.
"""

import asyncio
import gc
import logging
import time
import weakref
from typing import Any, Final

_log: Final = logging.getLogger("glocal.service")

# After a full collection that took longer, all that it has left is frozen.
_LONG_SECONDS: Final = 0.005
# Before each attempt to free a release.
_PAUSES_SECONDS: Final = 0, 1, 4, 16, 64


class ShortCollections:
    """A context in which what survives a long collection is frozen."""

    def __init__(self) -> None:
        self._started = 0.0

    def __enter__(self) -> None:
        # What is there now was loaded to stay.
        gc.freeze()
        gc.callbacks.append(self._note)

    def __exit__(self, *_: object) -> None:
        gc.callbacks.remove(self._note)
        gc.unfreeze()

    def _note(self, phase: str, _: dict[str, Any]) -> None:
        if phase == "start":
            self._started = time.perf_counter()
        elif time.perf_counter() - self._started > _LONG_SECONDS:
            gc.freeze()


async def collect_until_gone(reference: weakref.ref[Any]) -> None:
    """Collect what was frozen, too, until this is gone, such as a release no longer served.

    A thread that ends, or another collection that runs, may still keep it at the first time.
    """
    for seconds in _PAUSES_SECONDS:
        await asyncio.sleep(seconds)
        gc.unfreeze()
        await asyncio.to_thread(gc.collect)
        gc.freeze()
        if reference() is None:
            return
    _log.warning("Memory of a release that is no longer served could not be freed.")
