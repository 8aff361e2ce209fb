"""Dates and times of XML Schema: which spellings are some, and their parts.

Source: XML Schema 1.1, Part 2, sections 3.3.7 to 3.3.14 and 3.4.28.

Literals -> values, and values by SPARQL's comparisons and truth.

Source: SPARQL 1.1 Query Language, sections 17.2.2 and 17.3.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import copysign, inf, isnan, nan
from operator import ge, gt, le, lt
from struct import pack, unpack
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import RDF, XSD
from kg.reasoning.rules.patterns import Term

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


_INTEGERS: Final = (
    "integer int long short byte nonNegativeInteger positiveInteger nonPositiveInteger "
    "negativeInteger unsignedInt unsignedLong unsignedShort unsignedByte"
)
INTEGERS: Final = frozenset(XSD[name] for name in _INTEGERS.split())
FLOATS: Final = frozenset({XSD["double"], XSD["float"]})
NUMBERS: Final = INTEGERS | FLOATS | {XSD["decimal"]}
STRINGS: Final = frozenset({XSD["string"], RDF["langString"]})

_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_WITH_TRUTH: Final = NUMBERS | {XSD["boolean"]}
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_FLOAT: Final = re.compile(rf"{_DECIMAL.pattern}([eE][+-]?[0-9]+)?")
_INFINITE: Final = {"INF": inf, "+INF": inf, "-INF": -inf, "NaN": nan}
_DATES: Final = frozenset(XSD[name] for name in ("date", "dateTime", "gYear", "gYearMonth"))
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
_FALSE: Final = Literal("false", datatype=XSD["boolean"])


def are_equal(left: Term, right: Term) -> bool | None:
    """SPARQL's `=`: of literals by value; None where the two cannot be compared."""
    if not (isinstance(left, Literal) and isinstance(right, Literal)):
        return left == right
    pair = _comparable_pair(left, right)
    if pair is not None:
        return bool(pair[0] == pair[1])
    return True if left == right else None


def compared(operator: str, left: Term, right: Term) -> bool | None:
    """One of the six comparisons; None for an error, as of `"x" < 1`."""
    if operator == "=":
        return are_equal(left, right)
    if operator == "!=":
        equal = are_equal(left, right)
        return None if equal is None else not equal
    if not (isinstance(left, Literal) and isinstance(right, Literal)):
        return None
    # Language-tagged strings have no order in SPARQL.
    pair = None if left.language else _comparable_pair(left, right)
    return None if pair is None else _ORDERS[operator](*pair)


def truth(term: Term | None) -> bool | None:
    """The effective boolean value; a boolean or number spelled wrongly has the value false."""
    if not isinstance(term, Literal):
        return None
    comparable = _comparable(term)
    if comparable is None:
        return False if term.datatype in _WITH_TRUTH else None
    if comparable[0] not in {"number", "string", "boolean"}:
        return None
    value = comparable[1]
    return bool(value) and not (isinstance(value, float) and isnan(value))


def boolean(value: bool | None) -> Literal | None:
    """The literal of a truth value; None stays None."""
    if value is None:
        return None
    return _TRUE if value else _FALSE


def number(term: Term) -> Decimal | float | None:
    """The value of a number, exact but for floats and doubles; None of all else.

    Source: XML Schema 1.1, Part 2, sections 3.3.3 to 3.3.5 and 3.4.
    """
    if not isinstance(term, Literal):
        return None
    datatype, text = term.datatype, term.value
    if datatype in FLOATS:
        if text in _INFINITE:
            return _INFINITE[text]
        if not _FLOAT.fullmatch(text):
            return None
        return single(float(text)) if datatype == XSD["float"] else float(text)
    if datatype not in NUMBERS:
        return None
    pattern = _DECIMAL if datatype == XSD["decimal"] else _INTEGER
    return Decimal(text) if pattern.fullmatch(text) else None


def single(number: Decimal | float) -> float:
    """The nearest number of 32 bits; beyond their range, infinity."""
    try:
        return float(unpack("f", pack("f", float(number)))[0])
    except OverflowError:
        return copysign(inf, number)


def _comparable_pair(left: Literal, right: Literal) -> tuple[Any, Any] | None:
    """The values of both, if they are of one family; numbers promoted to the wider type."""
    first, second = _comparable(left), _comparable(right)
    if first is None or second is None or first[0] != second[0]:
        return None
    one, other = first[1], second[1]
    if isinstance(one, float) or isinstance(other, float):
        is_single = XSD["double"] not in {left.datatype, right.datatype}
        promoted = single if is_single else float
        return promoted(one), promoted(other)
    return one, other


def _comparable(literal: Literal) -> tuple[str, Any] | None:
    """A family of values that can be compared with one another, and the value in it."""
    datatype: NamedNode = literal.datatype
    text = literal.value
    if datatype in NUMBERS:
        value = number(literal)
        return None if value is None else ("number", value)
    if datatype == XSD["string"]:
        return "string", text
    if literal.language is not None:
        return f"@{literal.language}", text
    if datatype == XSD["boolean"]:
        return ("boolean", _BOOLEANS[text]) if text in _BOOLEANS else None
    return _comparable_date(literal) if datatype in _DATES else None


def _comparable_date(literal: Literal) -> tuple[str, Any] | None:
    # Dates of one datatype with four-digit years and no time zone are ordered as text.
    *parts, zone = instant(literal) or ("", "")
    year = parts[0] or ""
    is_plain = zone is None and len(year) == 4
    return (literal.datatype.value, tuple(parts)) if is_plain else None
