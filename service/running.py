"""How many explanations and suppositions are made at once, and that none leaves results behind.

They stay in the process that speaks HTTP: no user writes their search, which has its own limits.
"""

import threading
import traceback
from collections.abc import Callable
from typing import Final, TypeVar

from kg.errors import KgError
from service.errors import TooManyExplanations

_RETRY_SECONDS: Final = 5
T = TypeVar("T")


class RunningExplanations:
    """Lets up to so many explanations be made at once, each in the thread that asks for it.

    One more is refused and not kept waiting: it would wait in a thread, and threads are what the
    rest of the service answers with.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many are being made now."""
        return self._count

    def run(self, explanation: Callable[[], T]) -> T:
        """What this explanation returns.

        Raises:
            TooManyExplanations: as many as are allowed are being made already.
        """
        with self._lock:
            if self._count >= self._most:
                raise TooManyExplanations(self._most, _RETRY_SECONDS)
            self._count += 1
        try:
            return explanation()
        except KgError as error:
            # The engine's results can be dropped only in the thread that made them. The error
            # travels on to another one, with every frame that still holds them.
            traceback.clear_frames(error.__traceback__)
            raise
        finally:
            with self._lock:
                self._count -= 1
