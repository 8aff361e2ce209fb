"""Dates and times as people write them."""

import re
from collections.abc import Mapping
from typing import Final, TypeGuard

from pyoxigraph import Literal

from kg.namespaces import XSD

_TYPES: Final = frozenset(XSD[name] for name in ("gYear", "gYearMonth", "date", "dateTime"))
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_YEAR: Final = re.compile(r"\d{4}")
_OPEN: Final = ".."


def is_date(term: object) -> TypeGuard[Literal]:
    """Return whether a term is a year, month, day or time."""
    return isinstance(term, Literal) and term.datatype in _TYPES


def write_time(time: str, words: Mapping[str, str]) -> str:
    """Write a year, month, day or interval of ISO 8601 (`2005`, `2005-10`, `2007/..`) in words.

    What is none of these, such as a time of day, stays as it is.
    """
    first, slash, last = time.partition("/")
    start, end = _write_date(first, words), _write_date(last, words)
    if not slash:
        return start
    if _OPEN in (first, last):
        key = "time-since" if last == _OPEN else "time-until"
        return words[key].format(time=start if last == _OPEN else end)
    # The word for a year stands once, after both.
    start = first if _YEAR.fullmatch(first) and _YEAR.fullmatch(last) else start
    return words["time-within"].format(start=start, end=end)


def _write_date(date: str, words: Mapping[str, str]) -> str:
    match = _DATE.fullmatch(date)
    if match is None:
        return date
    year, month, day = match.groups()
    names = words["months"].split()
    if month is None or int(month) not in range(1, len(names) + 1):
        return words["date-year"].format(year=year) if month is None else date
    key = "date-month" if day is None else "date-day"
    return words[key].format(year=year, month=names[int(month) - 1], day=int(day or 0))
