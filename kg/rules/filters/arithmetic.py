"""Numbers added, subtracted, multiplied, divided; the result in the wider datatype of the two.

Source: SPARQL 1.1 Query Language, section 17.3; XPath and XQuery Functions and Operators,
section 6.2.
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from math import copysign, inf, isinf, isnan, nan
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from kg.namespaces import XSD
from kg.rules.filters.values import INTEGERS, number, single
from kg.rules.patterns import Term

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
