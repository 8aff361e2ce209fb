"""Which variables of a group are certainly bound, and whether its parts can be joined freely.

Where a variable may be unbound when other parts of the group use it, servers differ from SPARQL
1.1: they join in another order, or take an unbound variable for one that is equal to nothing.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import BlankNode, Variable

from kg.remote.queries.query_tree import (
    Bind,
    Call,
    Filter,
    Group,
    Path,
    Select,
    Triples,
    Union,
    Values,
    calls_in,
    variables_in,
)

Variables = frozenset[Any]
NONE: Variables = frozenset()


def certain(element: Any) -> Variables:
    """Return the variables that every solution of an element binds."""
    if isinstance(element, Triples):
        return variables_of_patterns(element.patterns)
    if isinstance(element, Union):
        return frozenset.intersection(*map(certain, element.groups))
    if isinstance(element, Values):
        rows = element.rows
        return frozenset(
            variable
            for index, variable in enumerate(element.variables)
            if rows and all(row[index] is not None for row in rows)
        )
    if isinstance(element, Select):
        inner = certain(element.where)
        if not element.items:
            return inner
        keys = {variable for _, variable in element.keys}
        return frozenset(
            variable
            for variable, expression in element.items
            if (variable in inner if expression is None else _is_count(expression))
            or (variable in keys and variable in inner)
        )
    if isinstance(element, Group) and element.kind not in ("OPTIONAL", "MINUS"):
        graph = _variable(element.graph)
        return NONE.union(graph, *map(certain, element.elements))
    return NONE


def possible(element: Any) -> Variables:
    """Return the variables that solutions of an element may bind."""
    if isinstance(element, Triples):
        return variables_of_patterns(element.patterns)
    if isinstance(element, Union):
        return NONE.union(*map(possible, element.groups))
    if isinstance(element, Values):
        return frozenset(element.variables)
    if isinstance(element, Bind):
        return frozenset({element.variable})
    if isinstance(element, Select):
        if element.items:
            return frozenset(variable for variable, _ in element.items)
        return possible(element.where)
    if isinstance(element, Group) and element.kind != "MINUS":
        return NONE.union(_variable(element.graph), *map(possible, element.elements))
    return NONE


def used(element: Any) -> Variables:
    """Return all variables that are visible in an element, also in its filters."""
    found = set[Any]()
    for one in parts_of(element):
        found |= possible(one)
        for expression in expressions_of(one):
            found |= {*variables_in(expression)}
    return frozenset(found)


def parts_of(element: Any) -> Iterator[Any]:
    """Yield an element and all below it, but nothing inside of a subquery."""
    yield element
    if isinstance(element, Group):
        for one in element.elements:
            yield from parts_of(one)
    elif isinstance(element, Union):
        for group in element.groups:
            yield from parts_of(group)
    for expression in expressions_of(element):
        for call in calls_in(expression):
            if call.group is not None:
                yield from parts_of(call.group)


def everything_in(select: Select) -> Iterator[Any]:
    """Yield all elements of a query, those of its subqueries and of EXISTS included."""
    for element in parts_of(select.where):
        yield element
        if isinstance(element, Select):
            yield from everything_in(element)
    for expression in select.expressions:
        for call in calls_in(expression):
            if call.group is not None:
                yield from everything_in(Select("ASK", where=call.group))


def has_default_patterns(select: Select) -> bool:
    """Return whether a query has triple patterns outside of GRAPH."""
    expressions = [*select.expressions]
    elements = [select.where]
    while elements:
        element: Any = elements.pop()
        if isinstance(element, Triples):
            return True
        if isinstance(element, Group) and element.kind != "GRAPH":
            elements += element.elements
        elif isinstance(element, Union):
            elements += element.groups
        elif isinstance(element, Select) and has_default_patterns(element):
            return True
        expressions += expressions_of(element)
    tests = (call.group for one in expressions for call in calls_in(one))
    return any(group and has_default_patterns(Select("ASK", where=group)) for group in tests)


def is_tested_outside(select: Select) -> bool:
    """Return whether an expression outside of the pattern tests for another pattern."""
    return any(
        call.group is not None for expression in select.expressions for call in calls_in(expression)
    )


def expressions_of(element: Any) -> Iterator[Any]:
    """Yield the expression of a FILTER or BIND."""
    if isinstance(element, Filter | Bind):
        yield element.expression


def unsafe_joins(group: Group, outside: Variables = NONE) -> Iterator[str]:
    """Yield the kinds of joins of a group on variables that may be unbound.

    `outside` are the variables of the parts around it.
    """
    bound, maybe = NONE, NONE
    for index, element in enumerate(group.elements):
        others = [one for position, one in enumerate(group.elements) if position != index]
        kind = element.kind if isinstance(element, Group) else None
        if kind == "OPTIONAL":
            around = outside.union(*map(possible, others))
            if used(element) & around - bound:
                yield "OPTIONAL with a variable that the pattern before it need not bind"
            yield from unsafe_joins(element, around)
            maybe |= possible(element)
        elif kind == "MINUS":
            if not (certain(element) & bound) or (possible(element) & maybe - bound):
                yield "MINUS without a variable that both of its sides bind"
            yield from unsafe_joins(element)
        else:
            new, sure = possible(element), certain(element)
            if new & maybe - bound or (new - sure) & (bound | maybe):
                yield "a join on a variable that may be unbound"
            yield from _unsafe_parts(element)
            bound, maybe = bound | sure, maybe | (new - sure)
        for expression in expressions_of(element):
            for call in calls_in(expression):
                if call.group is not None:
                    yield from unsafe_joins(call.group)


def _unsafe_parts(element: Any) -> Iterator[str]:
    """Yield the unsafe joins in the groups of an element that is joined."""
    groups = element.groups if isinstance(element, Union) else (element,)
    for group in groups:
        if isinstance(group, Group):
            yield from unsafe_joins(group)
            if _outside_filters(group):
                yield "a filter on a variable of another group"


def _outside_filters(group: Group) -> bool:
    """Return whether a filter of a group uses a variable that the group does not bind."""
    inside = possible(group)
    return any(
        not set(variables_in(expression)) <= inside
        for element in group.elements
        for expression in expressions_of(element)
    )


def variables_of_patterns(patterns: Iterable[tuple[Any, Any, Any]]) -> Variables:
    """Return the variables and blank nodes of triple patterns."""
    return frozenset(
        term
        for pattern in patterns
        for term in pattern
        if not isinstance(term, Path) and isinstance(term, Variable | BlankNode)
    )


def _variable(term: Any) -> Variables:
    return frozenset({term}) if isinstance(term, Variable) else NONE


def _is_count(expression: Any) -> bool:
    return isinstance(expression, Call) and expression.name == "COUNT"
