"""How many queries run at once, and that no failed one leaves its results behind."""

import threading
import traceback
from collections.abc import Callable
from typing import Final

from kg.errors import KgError
from service.errors import TooManyQueries

_RETRY_SECONDS: Final = 5


class RunningQueries:
    """Runs up to so many queries at once, each in the thread that asks for it.

    One more is refused and not kept waiting: it would wait in a thread, and threads are what the
    rest of the service answers with.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many run now."""
        return self._count

    def run(self, query: Callable[[], bytes]) -> bytes:
        """What this query writes.

        Raises:
            TooManyQueries: as many as are allowed run already.
        """
        self._enter()
        try:
            return query()
        except KgError as error:
            # The engine's results can be dropped only in the thread that made them. The error
            # travels on to another one, with every frame that still holds them.
            traceback.clear_frames(error.__traceback__)
            raise
        finally:
            with self._lock:
                self._count -= 1

    def _enter(self) -> None:
        with self._lock:
            if self._count >= self._most:
                raise TooManyQueries(self._most, _RETRY_SECONDS)
            self._count += 1
