"""What a filter says of terms, with SPARQL's errors: true, false, or neither.

Source: SPARQL 1.1 Query Language, section 17.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from math import copysign, inf, isnan, nan
from operator import ge, gt, le, lt
from struct import pack, unpack
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.namespaces import RDF, XSD
from kg.rules.patterns import Filter, Slot, Term

# What a filter may use; FILTER (op …) with anything else makes a rule file malformed.
FUNCTIONS: Final = frozenset({"isIRI", "sameTerm", "STRSTARTS", "STR", "YEAR"})
COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
CONNECTIVES: Final = frozenset({"&&", "||", "!"})

_ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_INTEGERS: Final = (
    "integer int long short byte nonNegativeInteger positiveInteger nonPositiveInteger "
    "negativeInteger unsignedInt unsignedLong unsignedShort unsignedByte"
)
_NUMBERS: Final = frozenset(XSD[name] for name in f"{_INTEGERS} decimal double float".split())
_FLOATS: Final = frozenset({XSD["double"], XSD["float"]})
_WITH_TRUTH: Final = _NUMBERS | {XSD["boolean"]}
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_FLOAT: Final = re.compile(rf"{_DECIMAL.pattern}([eE][+-]?[0-9]+)?")
_INFINITE: Final = {"INF": inf, "+INF": inf, "-INF": -inf, "NaN": nan}
_DATES: Final = frozenset(XSD[name] for name in ("date", "dateTime", "gYear", "gYearMonth"))
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
_FALSE: Final = Literal("false", datatype=XSD["boolean"])


def passes(condition: Filter, binding: Mapping[Variable, Term]) -> bool:
    """Whether the condition is true; an error, as of `"x" < 1`, is not."""
    return _truth(_value(condition, binding)) is True


def are_equal(left: Term, right: Term) -> bool | None:
    """SPARQL's `=`: of literals by value; None where the two cannot be compared."""
    if not (isinstance(left, Literal) and isinstance(right, Literal)):
        return left == right
    pair = _comparable_pair(left, right)
    if pair is not None:
        return bool(pair[0] == pair[1])
    return True if left == right else None


def _value(expression: Filter | Slot, binding: Mapping[Variable, Term]) -> Term | None:
    """The term an expression stands for, or None for an error."""
    if isinstance(expression, Variable):
        return binding[expression]
    if not isinstance(expression, Filter):
        return expression
    if expression.operator in CONNECTIVES:
        return _boolean(_connected(expression, binding))
    values = [_value(argument, binding) for argument in expression.arguments]
    terms = [value for value in values if value is not None]
    if len(terms) < len(values):
        return None
    if expression.operator in COMPARISONS:
        return _boolean(_compared(expression.operator, *terms))
    return _called(expression.operator, terms)


def _connected(expression: Filter, binding: Mapping[Variable, Term]) -> bool | None:
    truths = [_truth(_value(argument, binding)) for argument in expression.arguments]
    if expression.operator == "!":
        return None if truths[0] is None else not truths[0]
    decisive = expression.operator == "||"
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


def _compared(operator: str, left: Term, right: Term) -> bool | None:
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


def _called(function: str, terms: list[Term]) -> Term | None:
    first = terms[0]
    if function == "isIRI":
        return _boolean(isinstance(first, NamedNode))
    if function == "sameTerm":
        return _boolean(first == terms[1])
    if function == "STR":
        return Literal(first.value) if isinstance(first, NamedNode | Literal) else None
    if not isinstance(first, Literal):
        return None
    if function == "YEAR":
        is_date = first.datatype in _DATES and first.value[:4].isdigit()
        return Literal(int(first.value[:4])) if is_date else None
    prefix = terms[1]
    if not isinstance(prefix, Literal) or not {first.datatype, prefix.datatype} <= _STRINGS:
        return None
    return _boolean(first.value.startswith(prefix.value))


_STRINGS: Final = frozenset({XSD["string"], RDF["langString"]})


def _comparable_pair(left: Literal, right: Literal) -> tuple[Any, Any] | None:
    """The values of both, if they are of one family; numbers promoted to the wider type."""
    first, second = _comparable(left), _comparable(right)
    if first is None or second is None or first[0] != second[0]:
        return None
    one, other = first[1], second[1]
    if isinstance(one, float) or isinstance(other, float):
        is_single = XSD["double"] not in {left.datatype, right.datatype}
        promoted = _single if is_single else float
        return promoted(one), promoted(other)
    return one, other


def _comparable(literal: Literal) -> tuple[str, Any] | None:
    """A family of values that can be compared with one another, and the value in it."""
    datatype, text = literal.datatype, literal.value
    if datatype in _NUMBERS:
        number = _number(datatype, text)
        return None if number is None else ("number", number)
    if datatype == XSD["string"]:
        return "string", text
    if literal.language is not None:
        return f"@{literal.language}", text
    if datatype == XSD["boolean"]:
        return ("boolean", _BOOLEANS[text]) if text in _BOOLEANS else None
    # Dates of one datatype with four-digit years and no time zone are ordered as text.
    if datatype in _DATES and text[:4].isdigit() and not text.endswith("Z"):
        return datatype.value, text
    return None


def _number(datatype: NamedNode, text: str) -> Decimal | float | None:
    """The value, exact but for floats and doubles; None where the spelling is not the datatype's.

    Source: XML Schema 1.1, Part 2, sections 3.3.3 to 3.3.5 and 3.4.
    """
    if datatype in _FLOATS:
        if text in _INFINITE:
            return _INFINITE[text]
        if not _FLOAT.fullmatch(text):
            return None
        return _single(float(text)) if datatype == XSD["float"] else float(text)
    pattern = _DECIMAL if datatype == XSD["decimal"] else _INTEGER
    return Decimal(text) if pattern.fullmatch(text) else None


def _single(number: Decimal | float) -> float:
    """The nearest number of 32 bits; beyond their range, infinity."""
    try:
        return float(unpack("f", pack("f", float(number)))[0])
    except OverflowError:
        return copysign(inf, number)


def _truth(term: Term | None) -> bool | None:
    """The effective boolean value; a boolean or number spelled wrongly has the value false.

    Source: SPARQL 1.1 Query Language, section 17.2.2.
    """
    if not isinstance(term, Literal):
        return None
    comparable = _comparable(term)
    if comparable is None:
        return False if term.datatype in _WITH_TRUTH else None
    if comparable[0] not in {"number", "string", "boolean"}:
        return None
    value = comparable[1]
    return bool(value) and not (isinstance(value, float) and isnan(value))


def _boolean(value: bool | None) -> Term | None:
    if value is None:
        return None
    return _TRUE if value else _FALSE


def number(term: Term) -> Decimal | float | None:
    """The value of a numeric literal, exact but for floats and doubles; None of all else."""
    if not isinstance(term, Literal) or term.datatype not in _NUMBERS:
        return None
    return _number(term.datatype, term.value)
