"""Dates and times of XML Schema: which spellings are some, and their parts.

Source: XML Schema 1.1, Part 2, sections 3.3.7 to 3.3.14 and 3.4.28.
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from typing import Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import XSD

_YEAR: Final = r"(?P<year>-?([1-9][0-9]{3,}|0[0-9]{3}))"
_MONTH: Final = r"(?P<month>0[1-9]|1[0-2])"
_DAY: Final = r"(?P<day>0[1-9]|[12][0-9]|3[01])"
_TIME: Final = r"(?P<time>([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|24:00:00(\.0+)?)"
_ZONE: Final = r"(?P<zone>Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_SPELLINGS: Final[Mapping[NamedNode, re.Pattern[str]]] = {
    XSD[name]: re.compile(pattern)
    for name, pattern in {
        "dateTime": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}?",
        "dateTimeStamp": f"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}",
        "date": f"{_YEAR}-{_MONTH}-{_DAY}{_ZONE}?",
        "time": f"{_TIME}{_ZONE}?",
        "gYear": f"{_YEAR}{_ZONE}?",
        "gYearMonth": f"{_YEAR}-{_MONTH}{_ZONE}?",
        "gMonth": f"--{_MONTH}{_ZONE}?",
        "gMonthDay": f"--{_MONTH}-{_DAY}{_ZONE}?",
        "gDay": f"---{_DAY}{_ZONE}?",
    }.items()
}
DATES: Final = frozenset(_SPELLINGS)
# A leap year, for month and day without a year.
_SOME_YEAR: Final = 2000
# The calendar comes round every 400 years; Python's has no year beyond 9999 and none below 1.
_ROUND: Final = 400


def parts_of(literal: Literal) -> Mapping[str, str | None] | None:
    """Year, month, day, time and zone as far as the datatype has them; None for no such date."""
    spelling = _SPELLINGS.get(literal.datatype)
    found = spelling.fullmatch(literal.value) if spelling else None
    if found is None:
        return None
    parts = found.groupdict()
    month, day = parts.get("month"), parts.get("day")
    if month and day:
        year = int(parts.get("year") or _SOME_YEAR) % _ROUND + _ROUND
        if int(day) > monthrange(year, int(month))[1]:
            return None
    return parts


def instant(literal: Literal) -> tuple[str | None, ...] | None:
    """The parts in one spelling, so that two of one datatype are identical if these are.

    None for no date; also for the end of a day, 24:00:00, which the next day spells otherwise.
    """
    parts = parts_of(literal)
    time = (parts or {}).get("time") or ""
    if parts is None or time.startswith("24"):
        return None
    zone = parts.get("zone")
    is_utc = zone in {"+00:00", "-00:00"}
    day = tuple(parts.get(name) for name in ("year", "month", "day"))
    plain_time = time.rstrip("0").rstrip(".") if "." in time else time
    return *day, plain_time, "Z" if is_utc else zone
