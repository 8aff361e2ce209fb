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
        self._inner_steps = self._inner_expected = 0
        # What had been found at which step of the inner loop, when last counted in it.
        self._last: tuple[int, int] | None = None

    def begin(self, rule: str, derived: int) -> None:
        """Says which rule runs next and how many triples have been derived before it.

        Raises:
            LimitExceeded: there are too many already, or the time is over.
        """
        self._rule, self._derived, self._calls, self._next_count = rule, derived, 0, _FIRST_COUNT
        self.expect(0)
        self._check_count(derived)
        self._check_clock()

    def expect(self, steps: int) -> None:
        """Called by a join: how often its outermost loop will go round."""
        self._expected, self._steps = steps, 0
        self.expect_inner(0)

    def expect_inner(self, steps: int) -> None:
        """Called by a join each time before the loop in the outermost: how often it will go."""
        self._inner_expected, self._inner_steps, self._last = steps, 0, None

    def step(self, found: Any) -> None:
        """Called by a join each time round its outermost loop: see `tick`."""
        self._steps += 1
        self._look(found)

    def tick(self, found: Any) -> None:
        """Called by a join each time round the loop in the outermost.

        Raises:
            LimitExceeded: too much has been found or clearly will be, or the time is over.
        """
        self._inner_steps += 1
        self._look(found)

    def _look(self, found: Any) -> None:
        self._calls += 1
        if self._calls % _CALLS_BETWEEN_CLOCKS == 0:
            self._check_clock()
        if self._calls >= self._next_count:
            # Counting goes through all that was found: at doubling distances it costs little.
            self._next_count *= 2
            count = _size(found)
            foreseen = max(self._foreseen(count), self._foreseen_in_inner(count))
            self._check_count(self._derived + count, foreseen)
            is_much = count > self._max_triples // _PART_BEFORE_GUESS
            if is_much and foreseen > _CLEARLY * self._max_triples:
                self._refuse(self._derived + count, foreseen)

    def _foreseen(self, count: int) -> int:
        """What the rule will give if the rest of the outermost loop gives as much."""
        return count * self._expected // max(self._steps, 1)

    def _foreseen_in_inner(self, count: int) -> int:
        """The same of the loop in it: of a hub the outermost may go round only once."""
        last, self._last = self._last, (count, self._inner_steps)
        if last is None or last[1] == self._inner_steps:
            return count
        # The round that has just begun is among those left.
        left = self._inner_expected - self._inner_steps + 1
        return count + (count - last[0]) * left // (self._inner_steps - last[1])

    def _check_count(self, count: int, foreseen: int = 0) -> None:
        if count > self._max_triples:
            self._refuse(count, foreseen)

    def _refuse(self, count: int, foreseen: int) -> None:
        expected = max(count, self._derived + foreseen)
        word = "about" if expected > count else "at least"
        raise LimitExceeded(
            "max_triples",
            self._max_triples,
            f"With the rule {self._rule} there would be {word} {expected:,}. "
            "Leave the rule out, or allow more.",
        )

    def _check_clock(self) -> None:
        if monotonic() > self._end:
            raise LimitExceeded("max_seconds", self._max_seconds, f"The rule was {self._rule}.")


def _size(found: dict[int, set[int]] | Sized) -> int:
    return sum(map(len, found.values())) if isinstance(found, dict) else len(found)
