"""Limits on the triples and the time of a derivation, and a pause of the garbage collector."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from kg.errors import LimitExceeded

_TICKS_BETWEEN_CLOCK_CHECKS: Final = 64
_FIRST_COUNT: Final = 16
# A rule's total is estimated once it has found 1/50 of the triples that are allowed.
_ESTIMATE_DIVISOR: Final = 50


class DerivationLimits:
    """Raises `LimitExceeded` while a join runs if a limit is reached or is expected to be."""

    def __init__(self, max_triples: int, max_seconds: float) -> None:
        self._max_triples, self._max_seconds = max_triples, max_seconds
        self._end = monotonic() + max_seconds
        self._rule = ""
        self._derived = self._ticks = self._next_count = 0
        self._foresee: Callable[[], int] | None = None

    def start_rule(self, rule: str, derived: int, foresee: Callable[[], int] | None = None) -> None:
        """Set the rule that runs next, after `derived` triples by others, and check the limits.

        `foresee` estimates how many triples the rule will find; it is called at most once, when
        the rule has found many or a limit is exceeded.
        """
        self._rule, self._derived, self._ticks, self._next_count = rule, derived, 0, _FIRST_COUNT
        self._foresee = foresee
        self._check_count(derived)
        self._check_clock()

    def tick(self, output: Any) -> None:
        """Check the limits; joins call this with their output in each outer iteration."""
        self._ticks += 1
        if self._ticks % _TICKS_BETWEEN_CLOCK_CHECKS == 0:
            self._check_clock()
        if self._ticks >= self._next_count:
            # Counting visits everything found so far; doubling the interval keeps that cheap.
            self._next_count *= 2
            count = sum(map(len, output.values())) if isinstance(output, dict) else len(output)
            self._check_count(self._derived + count)
            if self._foresee and count > self._max_triples // _ESTIMATE_DIVISOR:
                foreseen, self._foresee = self._foresee(), None
                self._check_count(foreseen)

    def _check_count(self, count: int) -> None:
        if count > self._max_triples:
            foreseen = max(count, self._foresee() if self._foresee else 0)
            reason = f"With the rule {self._rule} there would be about {foreseen:,} triples. "
            remedy = "Remove the rule or raise the limit."
            raise LimitExceeded("max_triples", self._max_triples, reason + remedy)

    def _check_clock(self) -> None:
        if monotonic() > self._end:
            reason = f"The running rule was {self._rule}. Remove the rule or raise the limit."
            raise LimitExceeded("max_seconds", self._max_seconds, reason)


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """Pause the garbage collector: a derivation creates millions of small sets without cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
