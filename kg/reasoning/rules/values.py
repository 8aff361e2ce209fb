"""Convert literals to values and compare them as SPARQL does; parse dates and times.

Source: SPARQL 1.1 Query Language, sections 17.2.2 and 17.3; XML Schema 1.1, Part 2, sections 3.3.7
to 3.3.14 and 3.4.28 (dates and times).
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
DATE_DATATYPES: Final = frozenset(_SPELLINGS)
INTEGER_RANGES: Final[Mapping[NamedNode, tuple[float, float]]] = {
    XSD["integer"]: (-inf, inf),
    XSD["nonNegativeInteger"]: (0, inf),
    XSD["positiveInteger"]: (1, inf),
    XSD["nonPositiveInteger"]: (-inf, 0),
    XSD["negativeInteger"]: (-inf, -1),
    **{
        XSD[name]: (-(2**bits), 2**bits - 1)
        for name, bits in {"long": 63, "int": 31, "short": 15, "byte": 7}.items()
    },
    **{
        XSD[f"unsigned{name}"]: (0, 2**bits - 1)
        for name, bits in {"Long": 64, "Int": 32, "Short": 16, "Byte": 8}.items()
    },
}
INTEGER_DATATYPES: Final = frozenset(INTEGER_RANGES)
FLOAT_DATATYPES: Final = frozenset({XSD["double"], XSD["float"]})
NUMERIC_DATATYPES: Final = INTEGER_DATATYPES | FLOAT_DATATYPES | {XSD["decimal"]}
SPARQL_STRING_DATATYPES: Final = frozenset({XSD["string"], RDF["langString"]})
_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_FALSE_IF_ILL_TYPED: Final = NUMERIC_DATATYPES | {XSD["boolean"]}
BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_FLOAT: Final = re.compile(rf"{_DECIMAL.pattern}([eE][+-]?[0-9]+)?")
_SPECIAL_FLOATS: Final = {"INF": inf, "+INF": inf, "-INF": -inf, "NaN": nan}
_COMPARABLE_DATES: Final = {XSD[name] for name in ("date", "dateTime", "gYear", "gYearMonth")}
_BOOLEAN_LITERALS: Final = {None: None, True: Literal(True), False: Literal(False)}


def are_equal(left: Term, right: Term) -> bool | None:
    """Evaluate SPARQL's `=`, for literals by value; return None if they are not comparable."""
    if not (isinstance(left, Literal) and isinstance(right, Literal)):
        return left == right
    pair = _comparable_pair(left, right)
    if pair is not None:
        return bool(pair[0] == pair[1])
    return True if left == right else None


def compare(operator: str, left: Term, right: Term) -> bool | None:
    """Evaluate one of the six comparisons; return None for an error such as `"x" < 1`."""
    if operator in {"=", "!="}:
        equal = are_equal(left, right)
        return equal if operator == "=" or equal is None else not equal
    if not (isinstance(left, Literal) and isinstance(right, Literal)):
        return None
    # Language-tagged strings have no order in SPARQL.
    pair = None if left.language else _comparable_pair(left, right)
    return None if pair is None else _ORDER[operator](*pair)


def effective_boolean_value(term: Term | None) -> bool | None:
    """Return the effective boolean value (false if ill-typed), or None for an error."""
    if not isinstance(term, Literal):
        return None
    comparable = _comparable(term)
    if comparable is None:
        return False if term.datatype in _FALSE_IF_ILL_TYPED else None
    kind, value = comparable
    if kind not in {"number", "string", "boolean"}:
        return None
    return bool(value) and not (isinstance(value, float) and isnan(value))


def boolean_literal(value: bool | None) -> Literal | None:
    """Return the xsd:boolean literal of a truth value; None stays None."""
    return _BOOLEAN_LITERALS[value]


def numeric_value(term: Term) -> Decimal | float | None:
    """Return the value of a numeric literal, or None for any other or an ill-typed term.

    Floats and doubles become a float, other numbers an exact Decimal.
    """
    if not isinstance(term, Literal):
        return None
    datatype, text = term.datatype, term.value
    if datatype in FLOAT_DATATYPES:
        if text in _SPECIAL_FLOATS:
            return _SPECIAL_FLOATS[text]
        if not _FLOAT.fullmatch(text):
            return None
        return round_to_float32(float(text)) if datatype == XSD["float"] else float(text)
    if datatype not in NUMERIC_DATATYPES:
        return None
    pattern = _DECIMAL if datatype == XSD["decimal"] else _INTEGER
    return Decimal(text) if pattern.fullmatch(text) else None


def round_to_float32(number: Decimal | float) -> float:
    """Round to the nearest 32-bit float; a number beyond their range becomes infinity."""
    try:
        return float(unpack("f", pack("f", float(number)))[0])
    except OverflowError:
        return copysign(inf, number)


def _comparable_pair(left: Literal, right: Literal) -> tuple[Any, Any] | None:
    """Return both values if they are comparable, with numbers promoted to the wider type."""
    first, second = _comparable(left), _comparable(right)
    if first is None or second is None or first[0] != second[0]:
        return None
    left_value, right_value = first[1], second[1]
    if isinstance(left_value, float) or isinstance(right_value, float):
        promote = float if XSD["double"] in {left.datatype, right.datatype} else round_to_float32
        return promote(left_value), promote(right_value)
    return left_value, right_value


def _comparable(literal: Literal) -> tuple[str, Any] | None:
    """Return the kind and the value of a literal, or None if it has no comparable value."""
    datatype, text = literal.datatype, literal.value
    if datatype in NUMERIC_DATATYPES:
        value = numeric_value(literal)
        return None if value is None else ("number", value)
    if datatype == XSD["string"]:
        return "string", text
    if literal.language is not None:
        return f"@{literal.language}", text
    if datatype == XSD["boolean"]:
        return ("boolean", BOOLEANS[text]) if text in BOOLEANS else None
    return _comparable_date(literal) if datatype in _COMPARABLE_DATES else None


def _comparable_date(literal: Literal) -> tuple[str, Any] | None:
    *parts, zone = normalize_date(literal) or ("", "")
    # With a four-digit year and no time zone, the order as text is the order in time.
    is_ordered_as_text = zone is None and len(parts[0] or "") == 4
    return (literal.datatype.value, tuple(parts)) if is_ordered_as_text else None


def parse_date(literal: Literal) -> Mapping[str, str | None] | None:
    """Return the parts of a valid date that its datatype has: year, month, day, time, zone."""
    pattern = _SPELLINGS.get(literal.datatype)
    match = pattern.fullmatch(literal.value) if pattern else None
    if match is None:
        return None
    parts = match.groupdict()
    month, day = parts.get("month"), parts.get("day")
    if month and day:
        # Without a year, 29 February is valid. The calendar repeats every 400 years; Python's
        # `calendar` supports only the years 1 to 9999.
        year = int(parts.get("year") or 2000) % 400 + 400
        if int(day) > monthrange(year, int(month))[1]:
            return None
    return parts


def normalize_date(literal: Literal) -> tuple[str | None, ...] | None:
    """Return the parts in a normal form: equal ones mean identical values of one datatype.

    None for an invalid date, and for 24:00:00, which is the instant 00:00:00 of the next day.
    """
    parts = parse_date(literal)
    time = (parts or {}).get("time") or ""
    if parts is None or time.startswith("24"):
        return None
    zone = "Z" if parts.get("zone") in {"+00:00", "-00:00"} else parts.get("zone")
    time = time.rstrip("0").rstrip(".") if "." in time else time
    return parts.get("year"), parts.get("month"), parts.get("day"), time, zone
