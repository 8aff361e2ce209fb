"""How much a derivation may make and how long it may take.

How Python's memory is handled while much is derived.
"""

import gc
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from kg.errors import LimitExceeded

_CALLS_BETWEEN_CLOCKS: Final = 64
_FIRST_COUNT: Final = 16
# Which part of what is allowed one rule has found before its end is foreseen.
_PART_BEFORE_FORESEEING: Final = 50


class Limits:
    """Looks at the clock and counts what was found, so that a runaway join is stopped inside."""

    def __init__(self, max_triples: int, max_seconds: float) -> None:
        self._max_triples, self._max_seconds = max_triples, max_seconds
        self._end = monotonic() + max_seconds
        self._rule = ""
        self._derived = self._calls = self._next_count = 0
        self._foresee: Callable[[], int] | None = None

    def begin(self, rule: str, derived: int, foresee: Callable[[], int] | None = None) -> None:
        """Says which rule runs next.

        Args:
            rule: its name.
            derived: how many triples have been derived before it.
            foresee: about how many it will find; asked once, if these become many.

        Raises:
            LimitExceeded: there are too many already, or the time is over.
        """
        self._rule, self._derived, self._calls, self._next_count = rule, derived, 0, _FIRST_COUNT
        self._foresee = foresee
        self._check_count(derived)
        self._check_clock()

    def tick(self, found: Any) -> None:
        """Called by a join each time round an outer loop.

        Raises:
            LimitExceeded: too much has been found or will be, or the time is over.
        """
        self._calls += 1
        if self._calls % _CALLS_BETWEEN_CLOCKS == 0:
            self._check_clock()
        if self._calls >= self._next_count:
            # Counting goes through all that was found: at doubling distances it costs little.
            self._next_count *= 2
            count = _size(found)
            self._check_count(self._derived + count)
            if self._foresee and count > self._max_triples // _PART_BEFORE_FORESEEING:
                foreseen, self._foresee = self._foresee(), None
                self._check_count(foreseen)

    def _check_count(self, count: int) -> None:
        if count > self._max_triples:
            foreseen = max(count, self._foresee() if self._foresee else 0)
            raise LimitExceeded(
                "max_triples",
                self._max_triples,
                f"With the rule {self._rule} there would be about {foreseen:,}. "
                "Leave the rule out, or allow more.",
            )

    def _check_clock(self) -> None:
        if monotonic() > self._end:
            raise LimitExceeded("max_seconds", self._max_seconds, f"The rule was {self._rule}.")


def _size(found: dict[int, set[int]] | Sized) -> int:
    return sum(map(len, found.values())) if isinstance(found, dict) else len(found)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Millions of small sets without cycles: collecting them in between only costs time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
