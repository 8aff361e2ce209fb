"""Evaluate filters for given values of their variables, and aggregates over a group's terms.

None stands for an error.

Source: SPARQL 1.1 Query Language, sections 17 and 18.5.1.
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
from kg.reasoning.rules.functions import FUNCTIONS, OPERATIONS, calculate
from kg.reasoning.rules.patterns import Expression, Term, TermOrVariable
from kg.reasoning.rules.values import (
    are_equal,
    boolean_literal,
    compare,
    effective_boolean_value,
    numeric_value,
)

COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_CONNECTIVES: Final = frozenset({"&&", "||", "!", RESTRICTION})
_MEMBERSHIP: Final = frozenset({"IN", "NOT IN"})
# XML Schema lets implementations limit a decimal's digits; RDF stores keep 18 after the point.
_PLACES: Final = 18
_DOUBLE, _FLOAT, _DECIMAL = XSD["double"], XSD["float"], XSD["decimal"]


def passes(condition: Expression, binding: Mapping[Variable, Term]) -> bool:
    """Return whether the condition is true; an error such as `"x" < 1` is not."""
    return effective_boolean_value(_evaluate(condition, binding)) is True


def _evaluate(
    expression: Expression | TermOrVariable, binding: Mapping[Variable, Term]
) -> Term | None:
    if isinstance(expression, Variable):
        return binding[expression]
    if not isinstance(expression, Expression):
        return expression
    operator = expression.operator
    if operator in _CONNECTIVES:
        return boolean_literal(_evaluate_connective(expression, binding))
    values = [_evaluate(argument, binding) for argument in expression.arguments]
    if operator in _MEMBERSHIP:
        return boolean_literal(_evaluate_membership(operator, values))
    terms = [value for value in values if value is not None]
    if len(terms) < len(values):
        return None
    if operator in COMPARISONS:
        return boolean_literal(compare(operator, *terms))
    if operator in OPERATIONS:
        return calculate(operator, *terms)
    if operator in DATATYPE_TESTS:
        return boolean_literal(DATATYPE_TESTS[operator](*terms))
    return FUNCTIONS[operator](*terms)


def _evaluate_connective(expression: Expression, binding: Mapping[Variable, Term]) -> bool | None:
    operands = [
        effective_boolean_value(_evaluate(argument, binding)) for argument in expression.arguments
    ]
    if expression.operator == "!":
        return None if operands[0] is None else not operands[0]
    # Facets mean nothing where the base datatype is an error.
    if expression.operator == RESTRICTION and operands[0] is None:
        return None
    return _combine(operands, decisive=expression.operator == "||")


def _evaluate_membership(operator: str, values: list[Term | None]) -> bool | None:
    """Evaluate IN or NOT IN: compare the first value with the others, as in a chain of `||`."""
    first, others = values[0], values[1:]
    if first is None:
        return None
    comparisons = [None if other is None else are_equal(first, other) for other in others]
    is_member = _combine(comparisons, decisive=True)
    return is_member if operator == "IN" or is_member is None else not is_member


def _combine(operands: list[bool | None], *, decisive: bool) -> bool | None:
    """Evaluate `||` (decisive: true) or `&&` (false); the decisive value outweighs errors."""
    if decisive in operands:
        return decisive
    return None if None in operands else not decisive


def compute_aggregate(function: str, terms: Sequence[Term]) -> Term | None:
    """Apply the function to the terms, repeated ones included; return None for an error.

    SUM has the widest datatype of the terms, and so has AVG, but at least decimal. MIN and MAX are
    the first term by spelling of those with the extreme value, an error if two have no order.
    """
    return AGGREGATES[function](terms)


def _sum_divided_by(terms: Sequence[Term], divisor: int, narrowest: NamedNode) -> Literal | None:
    # A floating-point sum depends on the order, so add one by one in the order of spelling.
    values = (numeric_value(term) for term in sorted(terms, key=str))
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(terms):
        return None
    datatypes = {term.datatype for term in terms if isinstance(term, Literal)}
    for datatype in (_DOUBLE, _FLOAT):
        if datatype in datatypes:
            return _stored_float(reduce(add, map(float, numbers), 0.0) / divisor, datatype)
    total = sum(map(Fraction, numbers), Fraction()) / divisor
    if _DECIMAL in {narrowest, *datatypes}:
        return Literal(_decimal_text(total), datatype=_DECIMAL)
    return Literal(str(total), datatype=narrowest)


def _decimal_text(value: Fraction) -> str:
    """Return the canonical spelling (XML Schema 1.1, section 3.3.3.2), truncated to 18 decimals."""
    digits = str(abs(value.numerator) * 10**_PLACES // value.denominator).zfill(_PLACES + 1)
    whole, fraction = digits[:-_PLACES], digits[-_PLACES:].rstrip("0")
    spelling = f"{whole}.{fraction}" if fraction else whole
    return f"-{spelling}" if value < 0 and spelling != "0" else spelling


def _stored_float(value: float, datatype: NamedNode) -> Literal:
    """Return the literal as a store spells it: no exponent, as few digits as identify it."""
    if datatype == _DOUBLE:
        return Literal(value)
    single = numeric_value(Literal(Literal(value).value, datatype=_FLOAT))
    # Nine digits tell any two numbers of 32 bits apart.
    candidates = (f"{single:.{digits}g}" for digits in range(1, 10))
    exact = (text for text in candidates if numeric_value(Literal(text, datatype=_FLOAT)) == single)
    text = next(exact, None)
    # Python's "inf" and "nan" are not spellings of XML Schema, so neither is among the matches.
    spelling = Literal(float(single or 0)).value if text is None else f"{Decimal(text):f}"
    return Literal(spelling, datatype=_FLOAT)


def _extreme(terms: Sequence[Term], operator: str, kinds: Sequence[type[Term]]) -> Term | None:
    """Return the term that comes before all others, or None if two have no order.

    Blank nodes, IRIs and literals come in that order (SPARQL 1.1, section 15.1); for the greatest
    term, in reverse.
    """
    kind = next((kind for kind in kinds if any(isinstance(term, kind) for term in terms)), None)
    best: Term | None = None
    for term in sorted({term for term in terms if kind and isinstance(term, kind)}, key=str):
        if best is None or _precedes(operator, term, best):
            best = term
        elif not (_precedes(operator, best, term) or are_equal(best, term)):
            return None
    return best


def _precedes(operator: str, left: Term, right: Term) -> bool:
    if isinstance(left, NamedNode) and isinstance(right, NamedNode):
        left, right = Literal(left.value), Literal(right.value)
    return passes(Expression(operator, (left, right)), {})


AGGREGATES: Final[Mapping[str, Callable[[Sequence[Term]], Term | None]]] = {
    "COUNT": lambda terms: Literal(len(terms)),
    "SUM": lambda terms: _sum_divided_by(terms, 1, XSD["integer"]),
    "MIN": lambda terms: _extreme(terms, "<", (BlankNode, NamedNode, Literal)),
    "MAX": lambda terms: _extreme(terms, ">", (Literal, NamedNode, BlankNode)),
    "AVG": lambda terms: _sum_divided_by(terms, len(terms), _DECIMAL) if terms else None,
}
