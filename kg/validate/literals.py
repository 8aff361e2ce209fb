"""Literals that their own datatype does not allow: a month 13, a year in words."""

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from typing import Final

from pyoxigraph import Literal, Quad

from kg.namespaces import XSD, shorten
from kg.validate.findings import Problem

_ZONE: Final = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)?"
_YEAR: Final = r"(?P<year>-?([1-9]\d{3,}|0\d{3}))"
_MONTH: Final = r"-(?P<month>0[1-9]|1[0-2])"
_DAY: Final = r"-(?P<day>0[1-9]|[12]\d|3[01])"
_TIME: Final = r"T(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?|24:00:00(\.0+)?)"

# Datatype -> its lexical forms and an example. Source: XML Schema 1.1 Part 2, section 3.
_FORMS: Final = {
    f"{XSD}{name}": (re.compile(pattern, re.ASCII), example)
    for name, pattern, example in (
        ("gYear", _YEAR + _ZONE, '"2015"'),
        ("gYearMonth", _YEAR + _MONTH + _ZONE, '"2015-12"'),
        ("date", _YEAR + _MONTH + _DAY + _ZONE, '"2015-12-31"'),
        ("dateTime", _YEAR + _MONTH + _DAY + _TIME + _ZONE, '"2015-12-31T12:00:00Z"'),
        ("integer", r"[+-]?\d+", '"12"'),
        ("nonNegativeInteger", r"\+?\d+|-0+", '"12"'),
        ("positiveInteger", r"\+?0*[1-9]\d*", '"12"'),
        ("decimal", r"[+-]?(\d+(\.\d*)?|\.\d+)", '"12.0"'),
        ("boolean", r"true|false|1|0", '"true" or "false"'),
        ("anyURI", r'[^\s<>"{}|\\^`]+', '"https://example.org/"'),
    )
}


def literal_problems(quads: Iterable[Quad]) -> Iterator[Problem]:
    """The literals that say nothing, for their datatype has no such value."""
    for quad in quads:
        if not isinstance(quad.object, Literal):
            continue
        datatype = quad.object.datatype.value
        form = _FORMS.get(datatype)
        if form and not _is_allowed(form[0], quad.object.value):
            name = shorten(datatype)
            yield Problem.of_quad(
                quad,
                f'{shorten(quad.predicate.value)} has "{quad.object.value}", which is no {name}.',
                f"a value of that datatype, such as {form[1]}, or another datatype.",
                "possible-literals",
            )


def _is_allowed(form: re.Pattern[str], text: str) -> bool:
    found = form.fullmatch(text)
    if not found:
        return False
    parts = found.groupdict()
    if "day" not in parts:
        return True
    # The calendar repeats every 400 years; Python's knows neither the year 0 nor 10000.
    year = 2000 + int(parts["year"]) % 400
    return int(parts["day"]) <= monthrange(year, int(parts["month"]))[1]
