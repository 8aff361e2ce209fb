"""Sets of numbers as unions of intervals, closed under complement, intersection and union.

An interval lies between two cuts. The cut `(5, 0)` is just before 5 and `(5, 1)` just after it, so
the closed interval from 2 to 5 is `((2, 0), (5, 1))` and the open one `((2, 1), (5, 0))`.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor, inf
from typing import Final

Number = int | float | Fraction
Cut = tuple[Number, int]
Interval = tuple[Cut, Cut]
# Disjoint intervals in ascending order.
IntervalSet = tuple[Interval, ...]

_START: Final[Cut] = (-inf, 0)
_END: Final[Cut] = (inf, 1)
NOTHING: Final[IntervalSet] = ()
EVERYTHING: Final[IntervalSet] = ((_START, _END),)


def between(low: Number, high: Number) -> IntervalSet:
    """Return the closed interval of two numbers; empty if the first is larger."""
    return (((low, 0), (high, 1)),) if low <= high else NOTHING


def compared(operator: str, bound: Number) -> IntervalSet:
    """Return the numbers that are `<`, `<=`, `>`, `>=` or `=` the bound."""
    before, after = (bound, 0), (bound, 1)
    return {
        "<": ((_START, before),),
        "<=": ((_START, after),),
        ">": ((after, _END),),
        ">=": ((before, _END),),
        "=": ((before, after),),
    }[operator]


def complement(intervals: IntervalSet) -> IntervalSet:
    """Return all numbers that are in none of the intervals."""
    cuts = [_START, *(cut for interval in intervals for cut in interval), _END]
    pairs = zip(cuts[::2], cuts[1::2], strict=True)
    return tuple((low, high) for low, high in pairs if low < high)


def intersection(sets: Iterable[IntervalSet]) -> IntervalSet:
    """Return the numbers that are in all of the sets."""
    result = EVERYTHING
    for intervals in sets:
        pairs = (
            (max(one[0], other[0]), min(one[1], other[1])) for one in result for other in intervals
        )
        result = tuple(sorted((low, high) for low, high in pairs if low < high))
    return result


def has_integer(intervals: IntervalSet) -> bool:
    """Return whether one of the intervals contains an integer."""
    return any(_has_integer(*interval) for interval in intervals)


def has_fraction(intervals: IntervalSet) -> bool:
    """Return whether one of the intervals contains a number that is not an integer."""
    for (low, _), (high, _) in intervals:
        if low < high or (abs(low) != inf and low != floor(low)):
            return True
    return False


def _has_integer(low: Cut, high: Cut) -> bool:
    if low[0] == -inf or high[0] == inf:
        # An end without bound; only the point at infinity itself has no integer.
        return low[0] != inf and high[0] != -inf
    first = floor(low[0]) + 1 if low[1] else ceil(low[0])
    last = floor(high[0]) if high[1] else ceil(high[0]) - 1
    return first <= last
