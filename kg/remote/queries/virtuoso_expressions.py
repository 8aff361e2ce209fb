"""The expressions that Virtuoso 7 evaluates as the embedded engine does.

An expression has one of the types `iri`, `text` (a literal, perhaps with a language), `string`
(without one), `number`, or None if it is not known to be evaluated rightly.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.namespaces import RDF, XSD
from kg.remote.queries.query_tree import AGGREGATES, Call, calls_in, has_aggregate

_TEXT: Final = frozenset({XSD["string"].value, RDF["langString"].value})
_INTEGERS: Final = frozenset({"integer", "positiveInteger", "nonNegativeInteger", "int", "long"})
_NUMBERS: Final = _INTEGERS | {"decimal", "double", "float"}
_LITERAL_PATTERN: Final = re.compile(r"\^?[A-Za-z0-9 -]+\$?")
_ORDERING: Final = frozenset({"<", ">", "<=", ">="})
_EQUALITY: Final = frozenset({"=", "!=", "SAMETERM"})
_IN_TEXT: Final = frozenset({"CONTAINS", "STRSTARTS", "STRENDS"})
# An error in their arguments need not be one of theirs.
_FORGIVING: Final = frozenset({"||", "!", "IN", "NOT IN", "COALESCE"})
_LARGEST: Final = 2**31
_EQUAL_TYPES: Final = frozenset({("iri", "iri"), ("text", "text"), ("string", "string")})


def is_text(term: Any) -> bool:
    """Return whether a term is a string or a text with a language."""
    return isinstance(term, Literal) and term.datatype.value in _TEXT


def _is_string(term: Any) -> bool:
    return is_text(term) and not term.language


class Expressions:
    """Finds what is not evaluated rightly; `kinds_of` are the kinds of a variable's values."""

    def __init__(self, kinds_of: Callable[[Any], frozenset[str] | None]) -> None:
        self._kinds_of = kinds_of

    def value(self, expression: Any, *, has_keys: bool = False) -> Iterator[str]:
        """Yield the gaps of an expression whose value is returned or bound."""
        if isinstance(expression, Variable) or self._is_total(expression, has_keys=has_keys):
            return
        if has_aggregate(expression) and not _is_count(expression):
            yield "an aggregate other than COUNT"
        elif self.type_of(expression) is None or [*texts_of_variables(expression)]:
            yield _name_of(expression)

    def _is_total(self, expression: Any, *, has_keys: bool) -> bool:
        """Return whether it is a sum, least or greatest value of integers, of groups not empty."""
        if not (isinstance(expression, Call) and expression.name in ("SUM", "MIN", "MAX")):
            return False
        kinds = self._kinds_of(expression.arguments[0])
        return has_keys and kinds is not None and kinds <= _INTEGERS

    def condition(self, expression: Any) -> Iterator[str]:
        """Yield the gaps of the expression of a FILTER or HAVING."""
        names = {call.name for call in calls_in(expression)}
        if names & _FORGIVING and [*texts_of_variables(expression)]:
            yield "STR of a value that may be no text"
        yield from self._condition(expression)

    def _condition(self, expression: Any) -> Iterator[str]:
        if not isinstance(expression, Call):
            yield "a condition that is a value"
            return
        name, arguments = expression.name, expression.arguments
        if name in ("&&", "||", "!"):
            for argument in arguments:
                yield from self._condition(argument)
        elif name in ("IN", "NOT IN"):
            for argument in arguments[1:]:
                if not self._is_comparable("=", arguments[0], argument):
                    yield "a comparison of these values"
        elif name in _EQUALITY or name in _ORDERING:
            if not self._is_comparable(name, *arguments):
                yield "a comparison of these values"
        elif not self._is_test(name, arguments, expression):
            yield _name_of(expression)

    def _is_test(self, name: str, arguments: Any, expression: Call) -> bool:
        if expression.group is not None or name == "BOUND":
            return True
        if name == "ISLITERAL" and self.type_of(arguments[0]) == "iri":
            return False
        if name in ("ISIRI", "ISURI", "ISBLANK", "ISLITERAL"):
            return isinstance(arguments[0], Variable)
        if name == "LANGMATCHES":
            language, range_ = arguments
            return _is_language(language) and _is_string(range_)
        if name in _IN_TEXT:
            types = self.type_of(arguments[0]), self.type_of(arguments[1])
            return types[0] in ("text", "string") and types[1] == "string"
        if name == "REGEX" and self.type_of(arguments[0]) in ("text", "string"):
            constants = [getattr(argument, "value", "") for argument in arguments[1:]]
            is_plain = _LITERAL_PATTERN.fullmatch(constants[0]) is not None
            return is_plain and constants[1:] in ([], ["i"])
        return False

    def _is_comparable(self, operator: str, left: Any, right: Any) -> bool:
        types = self.type_of(left), self.type_of(right)
        if types == ("number", "number"):
            # A variable that equals a number is returned as that number, of whichever type.
            is_safe = operator in _ORDERING or all(map(self._is_one_integer, (left, right)))
            return is_safe and operator != "SAMETERM"
        if operator in _ORDERING:
            return types == ("string", "string")
        # A constant is compared as a variable is, but not a constant with what is computed.
        for one, other in ((left, right), (right, left)):
            if _is_string(one) and self.type_of(other) == "text":
                return True
        return types in _EQUAL_TYPES or (
            "text-or-iri" in types and {*types} <= {"text-or-iri", "text", "iri"}
        )

    def type_of(self, expression: Any) -> str | None:
        """Return the type of an expression, or None."""
        if isinstance(expression, NamedNode):
            return "iri"
        if isinstance(expression, Literal):
            return _type_of_literal(expression)
        if isinstance(expression, Variable):
            return _type_of_kinds(self._kinds_of(expression))
        if not isinstance(expression, Call):
            return None
        return self._type_of_call(expression)

    def _type_of_call(self, call: Call) -> str | None:
        name, arguments = call.name, call.arguments
        if name == "COUNT":
            return "number"
        types = [self.type_of(argument) for argument in arguments]
        if name == "STR":
            is_written_alike = types[0] in ("iri", "text", "string", "text-or-iri")
            return "string" if is_written_alike else None
        if name == "LANG":
            return "string" if isinstance(arguments[0], Variable) else None
        if name == "LCASE":
            return types[0] if types[0] in ("text", "string") else None
        if name == "STRLEN":
            return "number" if types[0] in ("text", "string") else None
        if name == "CONCAT":
            return "string" if {*types} == {"string"} else None
        if name in ("STRAFTER", "STRBEFORE"):
            is_word = _is_string(arguments[1]) and arguments[1].value
            return "string" if types[0] == "string" and is_word else None
        if name == "COALESCE":
            return types[0] if len({*types}) == 1 else None
        if name in ("+", "-", "*") and len(arguments) > 1 and {*types} == {"number"}:
            return "number" if all(map(self._is_whole, arguments)) else None
        return None

    def _is_one_integer(self, expression: Any) -> bool:
        if isinstance(expression, Variable):
            return self._kinds_of(expression) == frozenset({"integer"})
        return isinstance(expression, Call) or expression.datatype == XSD["integer"]

    def _is_whole(self, expression: Any) -> bool:
        if isinstance(expression, Variable):
            return (self._kinds_of(expression) or frozenset({"?"})) <= _INTEGERS
        return isinstance(expression, Call) or expression.datatype == XSD["integer"]


def _type_of_literal(literal: Literal) -> str | None:
    if is_text(literal):
        return "text" if literal.language else "string"
    kind = literal.datatype.value.rpartition("#")[2]
    if kind == "decimal" or (kind == "integer" and abs(int(literal.value)) < _LARGEST):
        return "number"
    return None


def _type_of_kinds(kinds: frozenset[str] | None) -> str | None:
    if not kinds:
        return None
    if kinds <= {"iri", "blank"}:
        return "iri"
    if kinds == {"text"}:
        return "text"
    if kinds <= {"iri", "blank", "text"}:
        return "text-or-iri"
    return "number" if kinds <= _NUMBERS else None


def _is_language(expression: Any) -> bool:
    return isinstance(expression, Call) and expression.name == "LANG"


def _is_count(expression: Any) -> bool:
    return isinstance(expression, Call) and expression.name == "COUNT"


def texts_of_variables(expression: Any) -> Iterator[Variable]:
    """Yield the variables that are arguments of STR: their IRIs may stand for blank nodes."""
    for call in calls_in(expression):
        if call.name == "STR" and isinstance(call.arguments[0], Variable):
            yield call.arguments[0]


def _name_of(expression: Any) -> str:
    """Return the name of the gap of an expression that is not evaluated rightly."""
    if not isinstance(expression, Call):
        return "a boolean as a value"
    name = expression.name
    if name in ("+", "-", "*", "/"):
        return "arithmetic"
    if name in AGGREGATES:
        return "an aggregate other than COUNT"
    if name == "STR":
        return "STR of a value that may be no text"
    if name == "ISLITERAL":
        return "a condition that is always false"
    if name == "REGEX":
        return "a regular expression"
    if name.startswith(XSD):
        return "a cast to a datatype"
    if not name[0].isalpha():
        return "a boolean as a value"
    return "a custom function" if ":" in name else "a function"
