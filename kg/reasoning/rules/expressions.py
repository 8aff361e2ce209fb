"""An expression and what its variables stand for -> a term, or None for an error.

Source: SPARQL 1.1 Query Language, section 17.

The terms of a group -> their count, sum, least, greatest or average, as SPARQL says.

Source: SPARQL 1.1 Query Language, section 18.5.1.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.namespaces import XSD
from kg.reasoning.rules.datatypes import DATATYPE_TESTS, RESTRICTION
from kg.reasoning.rules.functions import FUNCTIONS as _FUNCTIONS
from kg.reasoning.rules.functions import OPERATIONS, calculated
from kg.reasoning.rules.patterns import Filter, Slot, Term
from kg.reasoning.rules.values import are_equal, boolean, compared, number, truth

# What the filter of a rule file may use; anything else makes it malformed. Compiled axioms also
# use the tests of `DATATYPE_TESTS`, which SPARQL does not have.
FUNCTIONS: Final = frozenset(_FUNCTIONS)
COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
CONNECTIVES: Final = frozenset({"&&", "||", "!"})
_MEMBERSHIP: Final = frozenset({"IN", "NOT IN"})


def passes(condition: Filter, binding: Mapping[Variable, Term]) -> bool:
    """Whether the condition is true; an error, as of `"x" < 1`, is not."""
    return truth(_value(condition, binding)) is True


def _value(expression: Filter | Slot, binding: Mapping[Variable, Term]) -> Term | None:
    """The term an expression stands for, or None for an error."""
    if isinstance(expression, Variable):
        return binding[expression]
    if not isinstance(expression, Filter):
        return expression
    operator = expression.operator
    if operator in CONNECTIVES or operator == RESTRICTION:
        return boolean(_connected(expression, binding))
    values = [_value(argument, binding) for argument in expression.arguments]
    if operator in _MEMBERSHIP:
        return boolean(_is_listed(operator, values))
    terms = [value for value in values if value is not None]
    if len(terms) < len(values):
        return None
    if operator in COMPARISONS:
        return boolean(compared(operator, *terms))
    if operator in OPERATIONS:
        return calculated(operator, *terms)
    if operator in DATATYPE_TESTS:
        return boolean(DATATYPE_TESTS[operator](*terms))
    return _FUNCTIONS[operator](*terms)


def _connected(expression: Filter, binding: Mapping[Variable, Term]) -> bool | None:
    truths = [truth(_value(argument, binding)) for argument in expression.arguments]
    if expression.operator == "!":
        return None if truths[0] is None else not truths[0]
    if expression.operator == RESTRICTION and truths[0] is None:
        return None
    return _joined(truths, decisive=expression.operator == "||")


def _is_listed(operator: str, values: list[Term | None]) -> bool | None:
    """Whether the first value equals one of the others, an error counting as in `||`."""
    first, others = values[0], values[1:]
    if first is None:
        return None
    equals = [None if other is None else are_equal(first, other) for other in others]
    found = _joined(equals, decisive=True)
    return found if operator == "IN" or found is None else not found


def _joined(truths: list[bool | None], *, decisive: bool) -> bool | None:
    """The decisive value if one is it; else an error if one is an error; else the other."""
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive


# XML Schema lets a decimal have so many digits at most; RDF stores keep 18 after the point.
_PLACES: Final = 18
_DIGITS_OF_A_FLOAT: Final = 9
_DOUBLE, _FLOAT, _DECIMAL = XSD["double"], XSD["float"], XSD["decimal"]


def aggregated(function: str, terms: Sequence[Term]) -> Term | None:
    """The value of the function for these terms, repeated ones included; None for an error.

    COUNT is an integer. SUM has the widest of the datatypes added, and AVG too, decimal at
    least. MIN and MAX are one of the terms; where two have no order there is neither, and of
    terms with one value it is the first by spelling.
    """
    return _AGGREGATES[function](terms)


def _count(terms: Sequence[Term]) -> Literal:
    return Literal(str(len(terms)), datatype=XSD["integer"])


def _sum(terms: Sequence[Term]) -> Literal | None:
    return _added(terms, 1, XSD["integer"])


def _average(terms: Sequence[Term]) -> Literal | None:
    return _added(terms, len(terms), _DECIMAL) if terms else None


def _added(terms: Sequence[Term], divisor: int, narrowest: NamedNode) -> Literal | None:
    # In one order and one by one, since the sum of floating-point numbers depends on both.
    values = [number(term) for term in sorted(terms, key=str)]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values):
        return None
    datatypes = {term.datatype for term in terms if isinstance(term, Literal)}
    for datatype in (_DOUBLE, _FLOAT):
        if datatype in datatypes:
            return _floating(reduce(add, map(float, numbers), 0.0) / divisor, datatype)
    total = sum(map(Fraction, numbers), Fraction()) / divisor
    is_decimal = _DECIMAL in {narrowest, *datatypes}
    spelling = _decimal(total) if is_decimal else str(total)
    return Literal(spelling, datatype=_DECIMAL if is_decimal else narrowest)


def _decimal(value: Fraction) -> str:
    """The canonical spelling, cut off at the last place kept.

    Source: XML Schema 1.1, Part 2, section 3.3.3.2.
    """
    digits = str(abs(value.numerator) * 10**_PLACES // value.denominator).zfill(_PLACES + 1)
    whole, rest = digits[:-_PLACES], digits[-_PLACES:].rstrip("0")
    spelling = f"{whole}.{rest}" if rest else whole
    return f"-{spelling}" if value < 0 and spelling != "0" else spelling


def _floating(value: float, datatype: NamedNode) -> Literal:
    """Spelled as a store spells it, without an exponent, in as few digits as tell it apart."""
    if datatype == _DOUBLE:
        return Literal(value)
    single = number(Literal(Literal(value).value, datatype=_FLOAT))
    short = (f"{single:.{digits}g}" for digits in range(1, _DIGITS_OF_A_FLOAT + 1))
    same = (text for text in short if number(Literal(text, datatype=_FLOAT)) == single)
    text = next(same, None)
    # Neither infinity nor what is no number has digits.
    spelling = Literal(float(single or 0)).value if text is None else f"{Decimal(text):f}"
    return Literal(spelling, datatype=_FLOAT)


def _least(terms: Sequence[Term]) -> Term | None:
    return _first(terms, "<", (BlankNode, NamedNode, Literal))


def _greatest(terms: Sequence[Term]) -> Term | None:
    return _first(terms, ">", (Literal, NamedNode, BlankNode))


def _first(terms: Sequence[Term], operator: str, kinds: Sequence[type[Term]]) -> Term | None:
    """The term that comes before all others; blank nodes, IRIs and literals come in that order.

    Source: SPARQL 1.1 Query Language, section 15.1.
    """
    kind = next((kind for kind in kinds if any(isinstance(term, kind) for term in terms)), None)
    best: Term | None = None
    for term in sorted({term for term in terms if kind and isinstance(term, kind)}, key=str):
        if best is None or _precedes(operator, term, best):
            best = term
        elif not (_precedes(operator, best, term) or are_equal(best, term)):
            return None
    return best


def _precedes(operator: str, one: Term, other: Term) -> bool:
    if isinstance(one, NamedNode) and isinstance(other, NamedNode):
        one, other = Literal(one.value), Literal(other.value)
    return passes(Filter(operator, (one, other)), {})


_AGGREGATES: Final[Mapping[str, Callable[[Sequence[Term]], Term | None]]] = {
    "COUNT": _count,
    "SUM": _sum,
    "MIN": _least,
    "MAX": _greatest,
    "AVG": _average,
}
