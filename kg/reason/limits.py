"""How much a derivation may make and how long it may take."""

from collections.abc import Sized
from time import monotonic
from typing import Any

from kg.errors import LimitExceeded

_CALLS_BETWEEN_CLOCKS = 64
_FIRST_COUNT = 16


class Limits:
    """Looks at the clock and counts what was found, so that a runaway join is stopped inside."""

    def __init__(self, max_triples: int, max_seconds: float) -> None:
        self._max_triples, self._max_seconds = max_triples, max_seconds
        self._end = monotonic() + max_seconds
        self._rule, self._calls, self._next_count, self._derived = "", 0, 0, 0

    def begin(self, rule: str, derived: int) -> None:
        """Says which rule runs next and how many triples have been derived before it.

        Raises:
            LimitExceeded: there are too many already, or the time is over.
        """
        self._rule, self._derived, self._calls, self._next_count = rule, derived, 0, _FIRST_COUNT
        self._check_count(derived)
        self._check_clock()

    def tick(self, found: Any) -> None:
        """Called by a join each time round its outermost loop.

        Raises:
            LimitExceeded: too much has been found, or the time is over.
        """
        self._calls += 1
        if self._calls % _CALLS_BETWEEN_CLOCKS == 0:
            self._check_clock()
        if self._calls >= self._next_count:
            # Counting goes through all that was found: at doubling distances it costs little.
            self._next_count *= 2
            self._check_count(self._derived + _size(found))

    def _check_count(self, count: int) -> None:
        if count > self._max_triples:
            raise LimitExceeded("max_triples", self._max_triples, f"The rule was {self._rule}.")

    def _check_clock(self) -> None:
        if monotonic() > self._end:
            raise LimitExceeded("max_seconds", self._max_seconds, f"The rule was {self._rule}.")


def _size(found: dict[int, set[int]] | Sized) -> int:
    return sum(map(len, found.values())) if isinstance(found, dict) else len(found)
