"""Numbers added, subtracted, multiplied, divided; the result in the wider datatype of the two.

Source: SPARQL 1.1 Query Language, section 17.3; XPath and XQuery Functions and Operators,
section 6.2.

SPARQL's functions that a filter may call, by name; None for an error.

Source: SPARQL 1.1 Query Language, sections 17.4.2 to 17.4.5.
"""

import re
from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache
from math import copysign, inf, isinf, isnan, nan
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.namespaces import XSD
from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.values import INTEGERS, STRINGS, boolean, number, parts_of, single

# Sums and products of ordinary numbers are exact; quotients have 18 places, as many as the
# store's decimals.
_EXACT: Final = Context(prec=200, traps=[DivisionByZero, InvalidOperation, Overflow])
_SMALLEST: Final = Decimal("1e-18")
OPERATIONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
}
_ON_DECIMALS: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": _EXACT.add,
    "-": _EXACT.subtract,
    "*": _EXACT.multiply,
    "/": _EXACT.divide,
}


def calculated(operator: str, left: Term, right: Term) -> Literal | None:
    """The result as a literal; None for what is no number, or a division of decimals by zero."""
    if not (isinstance(left, Literal) and isinstance(right, Literal)):
        return None
    one, other = number(left), number(right)
    if one is None or other is None:
        return None
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return _exactly(operator, one, other, {left.datatype, right.datatype})
    is_double = XSD["double"] in {left.datatype, right.datatype}
    rounded: Callable[[Decimal | float], float] = float if is_double else single
    result = rounded(_inexactly(operator, rounded(one), rounded(other)))
    return _float_literal(result, XSD["double"] if is_double else XSD["float"])


def absolute(literal: Literal) -> Literal | None:
    """The number without its sign."""
    value = number(literal)
    if value is None:
        return None
    if isinstance(value, float):
        return _float_literal(abs(value), literal.datatype)
    kind = XSD["integer"] if literal.datatype in INTEGERS else XSD["decimal"]
    return Literal(_decimal_text(abs(value)), datatype=kind)


def _exactly(
    operator: str, one: Decimal, other: Decimal, datatypes: set[NamedNode]
) -> Literal | None:
    try:
        result = _ON_DECIMALS[operator](one, other)
        if operator == "/":
            result = result.quantize(_SMALLEST, ROUND_DOWN, _EXACT)
    except (DivisionByZero, InvalidOperation, Overflow):
        return None
    is_integer = datatypes <= INTEGERS and operator != "/"
    return Literal(_decimal_text(result), datatype=XSD["integer"] if is_integer else XSD["decimal"])


def _inexactly(operator: str, one: float, other: float) -> float:
    """By IEEE 754, which divides by zero where Python raises."""
    if operator != "/" or other:
        result: float = OPERATIONS[operator](one, other)
        return result
    return nan if not one or isnan(one) else copysign(inf, one) * copysign(1, other)


def _float_literal(value: float, datatype: NamedNode) -> Literal:
    text = ("INF" if value > 0 else "-INF") if isinf(value) else repr(value)
    return Literal("NaN" if isnan(value) else text, datatype=datatype)


def _decimal_text(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_Function = Callable[..., Term | None]
_FLAGS: Final = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "x": re.VERBOSE}
# Python's regular expressions look around and behind; those of XPath do not.
_FOREIGN: Final = re.compile(r"(?<!\\)\(\?(?!:)")
_END: Final = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$", re.DOTALL)


def _string(name: str) -> _Function:
    """A function of a literal with a string, made of one that takes and gives texts."""
    change: Callable[[str], str] = getattr(str, name)

    def changed(term: Term) -> Term | None:
        if not _is_string(term):
            return None
        return Literal(change(term.value), language=term.language)  # type: ignore[union-attr]

    return changed


def _string_test(test: Callable[[str, str], bool]) -> _Function:
    """A test of two strings, the second without a language tag or with that of the first."""

    def tested(term: Term, part: Term) -> Term | None:
        if not (isinstance(term, Literal) and isinstance(part, Literal)):
            return None
        is_fit = _is_string(term) and _is_string(part) and part.language in {None, term.language}
        return boolean(test(term.value, part.value)) if is_fit else None

    return tested


def _date_part(name: str) -> _Function:
    def part(term: Term) -> Term | None:
        parts = parts_of(term) if isinstance(term, Literal) else None
        text = parts and parts.get(name)
        return Literal(int(text)) if text else None

    return part


def _of_literal(function: Callable[[Literal], Term | None]) -> _Function:
    return lambda term: function(term) if isinstance(term, Literal) else None


def _is_string(term: Term) -> bool:
    return isinstance(term, Literal) and term.datatype in STRINGS


def _text(term: Term) -> Term | None:
    return None if isinstance(term, BlankNode) else Literal(term.value)


def _length(term: Term) -> Term | None:
    return Literal(len(term.value)) if _is_string(term) else None


def _is_iri(term: Term) -> Term | None:
    return boolean(isinstance(term, NamedNode))


def _is_numeric(term: Term) -> Term | None:
    return boolean(number(term) is not None)


def _language_matches(tag: Term, language_range: Term) -> Term | None:
    """RFC 4647's basic filtering, section 3.3.1."""
    if not all(
        isinstance(each, Literal) and each.datatype == XSD["string"]
        for each in (tag, language_range)
    ):
        return None
    text, wanted = tag.value.lower(), language_range.value.lower()
    return boolean(bool(text) if wanted == "*" else f"{text}-".startswith(f"{wanted}-"))


def _regex(term: Term, pattern: Term, flags: Term | None = None) -> Term | None:
    if not _is_string(term) or any(
        each is not None and not (isinstance(each, Literal) and each.datatype == XSD["string"])
        for each in (pattern, flags)
    ):
        return None
    compiled = _compiled(pattern.value, flags.value if flags else "")
    return None if compiled is None else boolean(compiled.search(term.value) is not None)


@lru_cache(maxsize=256)
def _compiled(pattern: str, flags: str) -> re.Pattern[str] | None:
    """The expression in Python's spelling; None where it is none, or one that Python lacks."""
    if set(flags) - {*_FLAGS, "q"}:
        return None
    options = sum(_FLAGS[flag] for flag in set(flags) - {"q"})
    if "q" in flags:
        return re.compile(re.escape(pattern), options)
    if _FOREIGN.search(pattern):
        return None
    if "m" not in flags:
        # Python's $ also stands before a last line break.
        pattern = _END.sub(lambda found: found[1] or r"\Z", pattern)
    try:
        return re.compile(pattern, options)
    except re.error:
        return None


FUNCTIONS: Final[Mapping[str, _Function]] = {
    "isIRI": _is_iri,
    "isURI": _is_iri,
    "isBlank": lambda term: boolean(isinstance(term, BlankNode)),
    "isLiteral": lambda term: boolean(isinstance(term, Literal)),
    "isNumeric": _is_numeric,
    "sameTerm": lambda one, other: boolean(one == other),
    "STR": _text,
    "LANG": _of_literal(lambda literal: Literal(literal.language or "")),
    "DATATYPE": _of_literal(lambda literal: literal.datatype),
    "STRLEN": _length,
    "LCASE": _string("lower"),
    "UCASE": _string("upper"),
    "CONTAINS": _string_test(str.__contains__),
    "STRSTARTS": _string_test(str.startswith),
    "STRENDS": _string_test(str.endswith),
    "langMatches": _language_matches,
    "REGEX": _regex,
    "ABS": _of_literal(absolute),
    "YEAR": _date_part("year"),
    "MONTH": _date_part("month"),
    "DAY": _date_part("day"),
}
