"""The SPARQL functions that filters may call, and arithmetic; a result of None is an error.

The result of arithmetic is of the widest type of its operands (xsd:integer with all types derived
from it, xsd:decimal, xsd:float, xsd:double); the quotient of two integers is an xsd:decimal.

Source: SPARQL 1.1 Query Language, sections 17.3 and 17.4.2 to 17.4.5; XPath and XQuery Functions
and Operators, section 6.2.
"""

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Context, Decimal, localcontext
from functools import lru_cache
from math import copysign, inf, isinf, isnan, nan
from operator import add, mul, sub, truediv
from typing import Final, TypeGuard

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.namespaces import XSD
from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.values import (
    INTEGER_DATATYPES,
    SPARQL_STRING_DATATYPES,
    boolean_literal,
    numeric_value,
    parse_date,
    round_to_float32,
)

_Function = Callable[..., Term | None]

# Precise enough that sums and products of ordinary numbers are exact. Quotients have 18 decimal
# places, as the store's decimals do.
_EXACT_CONTEXT: Final = Context(prec=200)
_LAST_DECIMAL_PLACE: Final = Decimal("1e-18")
OPERATIONS: Final = {"+": add, "-": sub, "*": mul, "/": truediv}
_FLAGS: Final = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}
_NO_FLAGS: Final = Literal("")
# Groups such as look-around, which Python has and XPath lacks; but not the escapes that only Python
# has, such as \A and \b: the store accepts these too.
_PYTHON_ONLY_GROUP: Final = re.compile(r"(?<!\\)\(\?(?!:)")
# An escape or a character class, which are skipped, or a `$`.
_DOLLAR: Final = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$", re.DOTALL)


def calculate(operator: str, left: Term, right: Term) -> Literal | None:
    """Return the result; None if an operand is not a number, or for a decimal divided by zero."""
    left_value, right_value = numeric_value(left), numeric_value(right)
    if left_value is None or right_value is None:
        return None
    datatypes = {term.datatype for term in (left, right) if isinstance(term, Literal)}
    if isinstance(left_value, Decimal) and isinstance(right_value, Decimal):
        return _calculate_decimal(operator, left_value, right_value, datatypes)
    is_double = XSD["double"] in datatypes
    to_float: Callable[[Decimal | float], float] = float if is_double else round_to_float32
    result = to_float(_calculate_float(operator, to_float(left_value), to_float(right_value)))
    return _float_literal(result, XSD["double"] if is_double else XSD["float"])


def _calculate_decimal(
    operator: str, left: Decimal, right: Decimal, datatypes: set[NamedNode]
) -> Literal | None:
    try:
        with localcontext(_EXACT_CONTEXT):
            result = OPERATIONS[operator](left, right)
            if operator == "/":
                result = result.quantize(_LAST_DECIMAL_PLACE, ROUND_DOWN)
    except ArithmeticError:
        return None
    return _decimal_literal(result, is_integer=datatypes <= INTEGER_DATATYPES and operator != "/")


def _calculate_float(operator: str, left: float, right: float) -> float:
    """Calculate by IEEE 754, where a division by zero has a value; Python raises instead."""
    if operator != "/" or right:
        return float(OPERATIONS[operator](left, right))
    return nan if not left or isnan(left) else copysign(inf, left) * copysign(1, right)


def _absolute_value(literal: Literal) -> Literal | None:
    value = numeric_value(literal)
    if value is None:
        return None
    if isinstance(value, float):
        return _float_literal(abs(value), literal.datatype)
    return _decimal_literal(abs(value), is_integer=literal.datatype in INTEGER_DATATYPES)


def _float_literal(value: float, datatype: NamedNode) -> Literal:
    text = ("INF" if value > 0 else "-INF") if isinf(value) else repr(value)
    return Literal("NaN" if isnan(value) else text, datatype=datatype)


def _decimal_literal(value: Decimal, *, is_integer: bool) -> Literal:
    text = format(value, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return Literal(text, datatype=XSD["integer"] if is_integer else XSD["decimal"])


def _is_string(term: Term) -> TypeGuard[Literal]:
    return isinstance(term, Literal) and term.datatype in SPARQL_STRING_DATATYPES


def _is_untagged(term: Term) -> bool:
    return isinstance(term, Literal) and term.datatype == XSD["string"]


def _string_function(method: Callable[[str], str]) -> _Function:
    """Return a function on string literals, which keeps their language tag."""
    return lambda term: (
        Literal(method(term.value), language=term.language) if _is_string(term) else None
    )


def _string_test(test: Callable[[str, str], bool]) -> _Function:
    """Return a test of two strings; the second has no language tag or that of the first."""

    def apply(term: Term, part: Term) -> Term | None:
        if _is_string(term) and _is_string(part) and part.language in {None, term.language}:
            return boolean_literal(test(term.value, part.value))
        return None

    return apply


def _date_part(name: str) -> _Function:
    def apply(literal: Literal) -> Term | None:
        text = (parse_date(literal) or {}).get(name)
        return Literal(int(text)) if text else None

    return _literal_function(apply)


def _literal_function(function: Callable[[Literal], Term | None]) -> _Function:
    return lambda term: function(term) if isinstance(term, Literal) else None


def _language_matches(tag: Term, language_range: Term) -> Term | None:
    """Match a language tag by basic filtering, as RFC 4647, section 3.3.1, describes."""
    if not (_is_untagged(tag) and _is_untagged(language_range)):
        return None
    text, prefix = tag.value.lower(), language_range.value.lower()
    return boolean_literal(bool(text) if prefix == "*" else f"{text}-".startswith(f"{prefix}-"))


def _regex(term: Term, pattern: Term, flags: Term = _NO_FLAGS) -> Term | None:
    if not (_is_string(term) and _is_untagged(pattern) and _is_untagged(flags)):
        return None
    compiled = _compile(pattern.value, flags.value)
    return None if compiled is None else boolean_literal(compiled.search(term.value) is not None)


@lru_cache(maxsize=256)
def _compile(pattern: str, flags: str) -> re.Pattern[str] | None:
    """Compile an XPath pattern; return None if it is invalid or Python does not support it."""
    if set(flags) - {*_FLAGS, "q"}:
        return None
    options = sum(_FLAGS[flag] for flag in set(flags) - {"q"})
    if "q" in flags:
        return re.compile(re.escape(pattern), options)
    if _PYTHON_ONLY_GROUP.search(pattern):
        return None
    if "m" not in flags:
        # Python's $ also matches before a final line break.
        pattern = _DOLLAR.sub(lambda match: match[1] or r"\Z", pattern)
    try:
        return re.compile(pattern, options)
    except re.error:
        return None


# All that filters in rule files may call; anything else is an error.
FUNCTIONS: Final[Mapping[str, _Function]] = {
    "isIRI": lambda term: boolean_literal(isinstance(term, NamedNode)),
    "isURI": lambda term: boolean_literal(isinstance(term, NamedNode)),
    "isBlank": lambda term: boolean_literal(isinstance(term, BlankNode)),
    "isLiteral": lambda term: boolean_literal(isinstance(term, Literal)),
    "isNumeric": lambda term: boolean_literal(numeric_value(term) is not None),
    "sameTerm": lambda left, right: boolean_literal(left == right),
    "STR": lambda term: None if isinstance(term, BlankNode) else Literal(term.value),
    "LANG": _literal_function(lambda literal: Literal(literal.language or "")),
    "DATATYPE": _literal_function(lambda literal: literal.datatype),
    "STRLEN": lambda term: Literal(len(term.value)) if _is_string(term) else None,
    "LCASE": _string_function(str.lower),
    "UCASE": _string_function(str.upper),
    "CONTAINS": _string_test(str.__contains__),
    "STRSTARTS": _string_test(str.startswith),
    "STRENDS": _string_test(str.endswith),
    "langMatches": _language_matches,
    "REGEX": _regex,
    "ABS": _literal_function(_absolute_value),
    "YEAR": _date_part("year"),
    "MONTH": _date_part("month"),
    "DAY": _date_part("day"),
}
