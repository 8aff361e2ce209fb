"""An expression and what its variables stand for -> a term, or None for an error.

Source: SPARQL 1.1 Query Language, section 17.
"""

from collections.abc import Mapping
from typing import Final

from pyoxigraph import Variable

from kg.rules.filters.arithmetic import OPERATIONS, calculated
from kg.rules.filters.datatypes import DATATYPE_TESTS, RESTRICTION
from kg.rules.filters.functions import FUNCTIONS as _FUNCTIONS
from kg.rules.filters.values import are_equal, boolean, compared, truth
from kg.rules.patterns import Filter, Slot, Term

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
