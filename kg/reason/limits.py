"""How much a derivation may make and how long it may take."""

from collections.abc import Sized
from time import monotonic
from typing import Any, Final

from kg.errors import LimitExceeded

_CALLS_BETWEEN_CLOCKS: Final = 64
_FIRST_COUNT: Final = 16
# Which part of what is allowed one rule has found before its end is foreseen, and how far beyond
# the limit that must be: the first keys may give more than the others, or the same again.
_PART_BEFORE_GUESS: Final = 10
_CLEARLY: Final = 3


class Limits:
    """Looks at the clock and counts what was found, so that a runaway join is stopped inside."""

    def __init__(self, max_triples: int, max_seconds: float) -> None:
        self._max_triples, self._max_seconds = max_triples, max_seconds
        self._end = monotonic() + max_seconds
        self._rule = ""
        self._derived = self._calls = self._next_count = self._steps = self._expected = 0

    def begin(self, rule: str, derived: int) -> None:
        """Says which rule runs next and how many triples have been derived before it.

        Raises:
            LimitExceeded: there are too many already, or the time is over.
        """
        self._rule, self._derived, self._calls, self._next_count = rule, derived, 0, _FIRST_COUNT
        self._steps = self._expected = 0
        self._check_count(derived)
        self._check_clock()

    def expect(self, steps: int) -> None:
        """Called by a join: how often its outermost loop will go round."""
        self._expected = steps

    def step(self, found: Any) -> None:
        """Called by a join each time round its outermost loop: see `tick`."""
        self._steps += 1
        self.tick(found)

    def tick(self, found: Any) -> None:
        """Called by a join each time round a loop.

        Raises:
            LimitExceeded: too much has been found or clearly will be, or the time is over.
        """
        self._calls += 1
        if self._calls % _CALLS_BETWEEN_CLOCKS == 0:
            self._check_clock()
        if self._calls >= self._next_count:
            # Counting goes through all that was found: at doubling distances it costs little.
            self._next_count *= 2
            count = _size(found)
            self._check_count(self._derived + count)
            foreseen = count * self._expected // max(self._steps, 1)
            is_much = count > self._max_triples // _PART_BEFORE_GUESS
            if is_much and foreseen > _CLEARLY * self._max_triples:
                self._refuse(self._derived + count)

    def _check_count(self, count: int) -> None:
        if count > self._max_triples:
            self._refuse(count)

    def _refuse(self, count: int) -> None:
        foreseen, word = count, "at least"
        if 0 < self._steps < self._expected:
            of_rule = (count - self._derived) * self._expected // self._steps
            foreseen, word = self._derived + of_rule, "about"
        raise LimitExceeded(
            "max_triples",
            self._max_triples,
            f"With the rule {self._rule} there would be {word} {foreseen:,}. "
            "Leave the rule out, or allow more.",
        )

    def _check_clock(self) -> None:
        if monotonic() > self._end:
            raise LimitExceeded("max_seconds", self._max_seconds, f"The rule was {self._rule}.")


def _size(found: dict[int, set[int]] | Sized) -> int:
    return sum(map(len, found.values())) if isinstance(found, dict) else len(found)
