"""Decide whether conditions on one data value exclude every value of every datatype.

The conditions are filters with one variable, as `DataRangeReader` compiles data ranges and the
rules of an ontology contain them. The value spaces of the primitive datatypes of OWL 2 are
disjoint, so each is examined alone: integers, other decimals, floats, doubles, booleans and times
as intervals, strings and the rest by their datatypes, lengths and enumerated values. "Impossible"
is always right; conditions that this module does not understand exclude nothing.

Source: OWL 2 Structural Specification, section 4; XML Schema 1.1, Part 2.
"""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from itertools import product
from math import copysign, inf, isnan
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode

from kg.namespaces import RDF, RDFS, XSD
from kg.reasoning.entailment.intervals import (
    EVERYTHING,
    NOTHING,
    IntervalSet,
    between,
    compared,
    complement,
    has_fraction,
    has_integer,
    intersection,
)
from kg.reasoning.rules.datatypes import RESTRICTION, value_of
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Expression
from kg.reasoning.rules.values import INTEGER_RANGES, numeric_value, parse_date

_MAX_ALTERNATIVES: Final = 4096
_COMPARISONS: Final = frozenset({"<", "<=", ">", ">=", "="})
_NAN: Final = 2**80
_LITERAL: Final = RDFS["Literal"]
# Datatype -> the datatypes directly around it, for strings.
_AROUND: Final[Mapping[NamedNode, tuple[NamedNode, ...]]] = {
    XSD[narrow]: (XSD[broad],)
    for narrow, broad in {
        "normalizedString": "string",
        "token": "normalizedString",
        "language": "token",
        "NMTOKEN": "token",
        "Name": "NMTOKEN",
        "NCName": "Name",
    }.items()
} | {
    XSD["string"]: (RDF["PlainLiteral"],),
    RDF["langString"]: (RDF["PlainLiteral"],),
    XSD["dateTimeStamp"]: (XSD["dateTime"],),
}


class _Atom(NamedTuple):
    """A condition without connectives, and whether it is negated."""

    condition: Expression
    is_true: bool


_Conjunction = tuple[_Atom, ...]


def are_impossible(conditions: Sequence[Expression]) -> bool:
    """Return whether no data value meets all of the conditions, as far as this can be shown."""
    parts = [list(_alternatives(condition, is_true=True)) for condition in conditions]
    total = 1
    for part in parts:
        total *= len(part)
    if total > _MAX_ALTERNATIVES:
        return False
    return all(
        _is_impossible(tuple(atom for part in choice for atom in part))
        for choice in product(*parts)
    )


def _alternatives(expression: Expression, *, is_true: bool) -> Iterator[_Conjunction]:
    """Yield conjunctions of which at least one must be met (disjunctive normal form)."""
    operator = expression.operator
    inner = [each for each in expression.arguments if isinstance(each, Expression)]
    if operator == "!":
        yield from _alternatives(inner[0], is_true=not is_true)
    elif operator in {"&&", RESTRICTION, "||"}:
        parts = [list(_alternatives(each, is_true=is_true)) for each in inner]
        if (operator == "||") == is_true:
            yield from (conjunction for part in parts for conjunction in part)
        else:
            for choice in product(*parts):
                yield tuple(atom for conjunction in choice for atom in conjunction)
    else:
        yield (_Atom(expression, is_true),)


def _is_impossible(conjunction: _Conjunction) -> bool:
    return all(kind.excludes(conjunction) for kind in _KINDS)


class _Numbers(NamedTuple):
    """A part of the value spaces whose values are numbers or correspond to numbers.

    `set_of` gives the numbers that meet an atom, or None where that is not known; `has_value` says
    whether a set contains a value of this part.
    """

    set_of: Callable[[Expression], IntervalSet | None]
    has_value: Callable[[IntervalSet], bool]

    def excludes(self, conjunction: _Conjunction) -> bool:
        """Return whether no value of this part meets the conjunction."""
        sets = []
        for condition, is_true in conjunction:
            found = self.set_of(condition)
            if found is not None:
                sets.append(found if is_true else complement(found))
        return not self.has_value(intersection(sets))


class _Symbols(NamedTuple):
    """A part of the value spaces that is described by its datatype, lengths and single values."""

    datatype: NamedNode | None

    def excludes(self, conjunction: _Conjunction) -> bool:
        """Return whether no value of this part meets the conjunction."""
        values = [
            _operand(condition)
            for condition, is_true in conjunction
            if is_true and condition.operator == "dt-eq"
        ]
        if values:
            return any(_is_refuted(atom, value) for value in values for atom in conjunction)
        affirmed = [condition for condition, is_true in conjunction if is_true]
        denied = [condition for condition, is_true in conjunction if not is_true]
        names = {_operand(each) for each in affirmed if each.operator == "dt-type2"}
        others = {_operand(each) for each in denied if each.operator == "dt-type2"}
        if any(not self._may_overlap(name) for name in names):
            return True
        own = {self.datatype, *names} - {None}
        if any(other in _around(name) for name in own for other in others):
            return True
        return any(each in affirmed for each in denied) or self._has_no_length(conjunction)

    def _may_overlap(self, name: object) -> bool:
        if name == _LITERAL:
            return True
        # A part without a datatype has the values of datatypes that are unknown here, and things.
        return self.datatype is not None and (
            self.datatype in _around(name) or name in _around(self.datatype)
        )

    def _has_no_length(self, conjunction: _Conjunction) -> bool:
        sets = [between(0, inf)]
        for condition, is_true in conjunction:
            first, *_ = condition.arguments
            if isinstance(first, Expression) and first.operator == "STRLEN":
                bound = numeric_value(_operand(condition))  # type: ignore[arg-type]
                if bound is not None and condition.operator in _COMPARISONS:
                    lengths = compared(condition.operator, int(bound))
                    sets.append(lengths if is_true else complement(lengths))
        return not has_integer(intersection(sets))


def _around(name: object) -> set[object]:
    """Return the datatype and all those that include it."""
    found: set[object] = {name, _LITERAL}
    for broad in _AROUND.get(name, ()):  # type: ignore[call-overload]
        found |= _around(broad)
    return found


def _operand(condition: Expression) -> object:
    return condition.arguments[1] if len(condition.arguments) > 1 else None


def _is_refuted(atom: _Atom, value: object) -> bool:
    """Return whether this literal certainly does not meet the atom."""
    if not isinstance(value, Literal) or not atom.condition.variables:
        return False
    binding = {atom.condition.variables[0]: value}
    if atom.is_true:
        return passes(Expression("!", (atom.condition,)), binding)
    return passes(atom.condition, binding)


def _decimals(condition: Expression) -> IntervalSet | None:
    """Return the decimals that meet a condition; integers and others alike."""
    operand = _operand(condition)
    if condition.operator == "dt-type2":
        if operand in INTEGER_RANGES:
            low, high = INTEGER_RANGES[operand]  # type: ignore[index]
            return between(low, high)
        return EVERYTHING if operand in {XSD["decimal"], _LITERAL} else NOTHING
    return _compared_numbers(condition, "decimal")


def _fractions(condition: Expression) -> IntervalSet | None:
    """Return the decimals that meet a condition, where no datatype of integers counts."""
    is_integer_type = condition.operator == "dt-type2" and _operand(condition) in INTEGER_RANGES
    return NOTHING if is_integer_type else _decimals(condition)


def _compared_numbers(condition: Expression, primitive: str) -> IntervalSet | None:
    operand = _operand(condition)
    if not isinstance(operand, Literal) or isinstance(condition.arguments[0], Expression):
        return None
    value = value_of(operand)
    if value is None or value[1] is None:
        return None
    is_equality = condition.operator == "dt-eq"
    if value[0] != primitive:
        return NOTHING if is_equality else None
    if is_equality:
        return compared("=", Fraction(value[1]))
    is_known = condition.operator in _COMPARISONS
    return compared(condition.operator, Fraction(value[1])) if is_known else None


def _position(number: float, codes: tuple[str, str]) -> int:
    """Return the place of a float or double in their order; NaN is beyond all others.

    Minus zero is at -1 and zero at 0: they are equal in comparisons, but two values.
    """
    if isnan(number):
        return _NAN
    bits: int = struct.unpack(codes[1], struct.pack(codes[0], abs(number)))[0]
    return -bits - 1 if copysign(1, number) < 0 else bits


def _compared_floats(operator: str, number: float, codes: tuple[str, str]) -> IntervalSet | None:
    if operator == "dt-eq":
        return compared("=", _position(number, codes))
    if operator not in _COMPARISONS:
        return None
    if isnan(number):
        return NOTHING
    low, high = (-1, 0) if number == 0 else (_position(number, codes),) * 2
    if operator == "=":
        return between(low, high)
    ordered = between(_position(-inf, codes), _position(inf, codes))
    return intersection([ordered, compared(operator, low if operator in {">=", "<"} else high)])


def _floats(datatype: NamedNode, *codes: str) -> Callable[[Expression], IntervalSet | None]:
    """Return the function for floats or doubles, as their places in the order."""

    def set_of(condition: Expression) -> IntervalSet | None:
        operator, operand = condition.operator, _operand(condition)
        if operator == "dt-type2":
            return EVERYTHING if operand in {datatype, _LITERAL} else NOTHING
        if not isinstance(operand, Literal) or isinstance(condition.arguments[0], Expression):
            return None
        number = numeric_value(operand) if operand.datatype == datatype else None
        if not isinstance(number, float):
            return NOTHING if operator == "dt-eq" and value_of(operand) is not None else None
        return _compared_floats(operator, number, (codes[0], codes[1]))

    return set_of


def _is_float(intervals: IntervalSet, largest: int) -> bool:
    allowed = intersection([intervals, between(-largest - 1, largest)])
    return has_integer(allowed) or has_integer(intersection([intervals, between(_NAN, _NAN)]))


def _booleans(condition: Expression) -> IntervalSet | None:
    operand = _operand(condition)
    if condition.operator == "dt-type2":
        return EVERYTHING if operand in {XSD["boolean"], _LITERAL} else NOTHING
    if condition.operator != "dt-eq" or not isinstance(operand, Literal):
        return None
    value = value_of(operand)
    if value is None or value[1] is None:
        return None
    return compared("=", int(value[1])) if value[0] == "boolean" else NOTHING


def _times(*, has_zone: bool) -> Callable[[Expression], IntervalSet | None]:
    """Return the function for xsd:dateTime as seconds; those without a zone are a part alone."""
    names = {XSD["dateTime"], _LITERAL, *([XSD["dateTimeStamp"]] if has_zone else [])}

    def set_of(condition: Expression) -> IntervalSet | None:
        operand = _operand(condition)
        if condition.operator == "dt-type2":
            return EVERYTHING if operand in names else NOTHING
        if not isinstance(operand, Literal) or isinstance(condition.arguments[0], Expression):
            return None
        if condition.operator == "dt-eq":
            value = value_of(operand)
            return None if value is None or value[0] == "dateTime" else NOTHING
        if condition.operator not in _COMPARISONS:
            return None
        seconds = _seconds(operand, has_zone=has_zone)
        return None if seconds is None else compared(condition.operator, seconds)

    return set_of


def _seconds(literal: Literal, *, has_zone: bool) -> Fraction | None:
    """Return the seconds since 1970 of a time in the years 1 to 9999, or None."""
    parts = parse_date(literal) or {}
    is_time = literal.datatype in {XSD["dateTime"], XSD["dateTimeStamp"]}
    if not is_time or not parts or bool(parts.get("zone")) != has_zone:
        return None
    text, _, fraction = (parts.get("time") or "").partition(".")
    try:
        zone = parts.get("zone") or "Z"
        moment = datetime.fromisoformat(
            f"{parts['year']}-{parts['month']}-{parts['day']}T{text}{zone}"
        )
    except ValueError:
        return None
    whole = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    seconds = whole.days * 86400 + whole.seconds
    return Fraction(seconds) + (Fraction(f"0.{fraction}") if fraction else 0)


_FLOAT_INFINITY: Final = 0x7F800000
_DOUBLE_INFINITY: Final = 0x7FF0000000000000
_SYMBOLIC: Final = (
    "string anyURI hexBinary base64Binary date time gYear gYearMonth gMonth gMonthDay gDay"
)
_KINDS: Final[Sequence[_Numbers | _Symbols]] = (
    _Numbers(_decimals, has_integer),
    _Numbers(_fractions, has_fraction),
    _Numbers(_floats(XSD["float"], ">f", ">I"), lambda found: _is_float(found, _FLOAT_INFINITY)),
    _Numbers(_floats(XSD["double"], ">d", ">Q"), lambda found: _is_float(found, _DOUBLE_INFINITY)),
    _Numbers(_booleans, lambda found: has_integer(intersection([found, between(0, 1)]))),
    _Numbers(_times(has_zone=True), bool),
    _Numbers(_times(has_zone=False), bool),
    *(_Symbols(XSD[name]) for name in _SYMBOLIC.split()),
    *(_Symbols(RDF[name]) for name in ("langString", "XMLLiteral", "HTML")),
    _Symbols(None),
)
