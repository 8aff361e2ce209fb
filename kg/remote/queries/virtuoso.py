"""The parts of a query that Virtuoso 7 evaluates as the embedded engine does; all others are gaps.

Each was compared on a release; see `kg.remote.queries.dialects.GAPS` for what was found.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.remote.blank_nodes import SKOLEM
from kg.remote.queries.dataset import Edit
from kg.remote.queries.dialects import blank_tests
from kg.remote.queries.ordering import MAX_ROWS
from kg.remote.queries.plain_queries import form_of_plain
from kg.remote.queries.query_tree import (
    Bind,
    Filter,
    Group,
    Path,
    Select,
    Triples,
    Union,
    Values,
    calls_in,
)
from kg.remote.queries.scopes import (
    everything_in,
    possible,
    unsafe_joins,
    variables_of_patterns,
)
from kg.remote.queries.value_kinds import KindsOf, ValueKinds
from kg.remote.queries.virtuoso_expressions import Expressions, is_text, texts_of_variables
from kg.store.sparql.query import Query

# Between the end of the waiting for an answer and that of the query.
_SECONDS_AFTER: Final = 1
_OFTEN_CHANGED: Final = re.compile(r"\b(?:ASK|SUM|AVG|BIND|VALUES|MINUS|STRLEN)\b", re.IGNORECASE)
_SELECT_ONE: Final = "SELECT (1 AS ?is_found) "


class Virtuoso:
    """See `kg.remote.queries.dialects.Dialect`."""

    hides_constants, answers_plain = True, False
    missed_terms: Collection[str] = frozenset({"literal"})

    def time_limit(self, seconds: float | None) -> str:
        """See `Dialect.time_limit`: a query that is given up does not go on for long.

        Virtuoso may send a part of an answer then, and not always says so. It must not end a query
        before whoever asked has given it up.
        """
        return "" if seconds is None else f"timeout={int(1000 * (seconds + _SECONDS_AFTER))}"

    def form_of_plain(self, text: str) -> str | None:
        """See `Dialect.form_of_plain`; what mostly has gaps or edits is read first."""
        return None if _OFTEN_CHANGED.search(text) else form_of_plain(text)

    def gaps(self, select: Select, kinds_of: KindsOf) -> Iterator[str]:
        """Yield the parts of a query that Virtuoso evaluates otherwise."""
        if any(isinstance(term, BlankNode) for one in select.template for term in one):
            yield "a blank node in the template of CONSTRUCT"
        if not possible(select.where):
            yield "an empty pattern"
        if select.order and not _orders_by_columns(select):
            if select.is_sliced:
                yield "ORDER BY with LIMIT or OFFSET"
            yield "ORDER BY an expression"
        yield from _gaps_of(select, kinds_of)

    def edits(self, query: Query, select: Select, kinds_of: KindsOf) -> list[Edit]:
        """See `Dialect.edits`; a filter on STR of an IRI that stands for a blank node is false."""
        edits = blank_tests(query, select)
        if select.form == "ASK":
            # It would be true for conditions of which Virtuoso knows that they never hold.
            start, _ = select.head
            found = sorted(str(v) for v in possible(select.where) if isinstance(v, Variable))
            head = f"SELECT {found[0]} " if found and not select.is_grouped else _SELECT_ONE
            edits.append(Edit(start, start + len("ASK"), head))
            if not _has_modifiers(select):
                edits.append(Edit(select.where.end, select.where.end, " LIMIT 1 "))
        elif select.order and select.is_sliced:
            # All rows are put in order here.
            edits.append(Edit(*select.slice, f" LIMIT {MAX_ROWS + 1} "))
        filters = (one for one in everything_in(select) if isinstance(one, Filter))
        with_texts = [one for one in filters if any(texts_of_variables(one.expression))]
        for element in with_texts:
            if guards := [*_guards(element.expression, ValueKinds(select, kinds_of))]:
                edits.append(Edit(element.start, element.start, f"({' && '.join(guards)} && "))
                edits.append(Edit(element.end, element.end, ")"))
        return edits


def _has_modifiers(select: Select) -> bool:
    return select.is_sliced or bool(select.keys or select.having or select.order)


def _guards(expression: Any, kinds: ValueKinds) -> Iterator[str]:
    """Yield conditions by which the variables in STR have no IRI of a blank node."""
    for name in filter(kinds.may_be_blank, texts_of_variables(expression)):
        yield f'!(isIRI({name}) && STRSTARTS(STR({name}), "{SKOLEM}"))'


def _orders_by_columns(select: Select) -> bool:
    returned = {variable for variable, _ in select.items}
    return all(isinstance(one, Variable) and one in returned for one in select.order)


def _gaps_of(select: Select, kinds_of: KindsOf) -> Iterator[str]:
    """Yield the gaps of a query or subquery."""
    kinds = ValueKinds(select, kinds_of)
    expressions = Expressions(kinds.of)
    if select.values is not None:
        yield from _values_gaps(select.values)
    yield from unsafe_joins(select.where)
    yield from kinds.unequal_joins()
    for _, expression in select.items:
        if expression is not None:
            yield from expressions.value(expression, has_keys=bool(select.keys))
    for expression, _ in select.keys:
        if not isinstance(expression, Variable):
            yield from expressions.value(expression)
    for expression in select.having:
        yield from expressions.condition(expression)
    yield from _group_gaps(select.where, expressions, kinds_of)


def _group_gaps(group: Group, expressions: Expressions, kinds_of: KindsOf) -> Iterator[str]:
    if not group.elements:
        yield "an empty pattern"
    for element in group.elements:
        if isinstance(element, Triples):
            for subject, path, object_ in element.patterns:
                yield from _pattern_gaps(subject, path, object_, group)
        elif isinstance(element, Union):
            for one in element.groups:
                yield from _group_gaps(one, expressions, kinds_of)
        elif isinstance(element, Group):
            yield from _group_gaps(element, expressions, kinds_of)
        else:
            yield from _element_gaps(element, expressions, kinds_of)


def _element_gaps(element: Any, expressions: Expressions, kinds_of: KindsOf) -> Iterator[str]:
    if isinstance(element, Filter):
        yield from expressions.condition(element.expression)
        yield from _tested_gaps(element.expression, expressions, kinds_of)
    elif isinstance(element, Bind):
        yield from expressions.value(element.expression)
    elif isinstance(element, Values):
        yield from _values_gaps(element)
    elif isinstance(element, Select):
        if element.order and element.is_sliced:
            yield "a subquery with ORDER BY and LIMIT"
        yield from _gaps_of(element, kinds_of)


def _tested_gaps(expression: Any, expressions: Expressions, kinds_of: KindsOf) -> Iterator[str]:
    for call in calls_in(expression):
        if call.group is not None:
            yield from _group_gaps(call.group, expressions, kinds_of)


def _pattern_gaps(subject: Any, path: Any, object_: Any, group: Group) -> Iterator[str]:
    if any(isinstance(term, Literal) and not is_text(term) for term in (subject, object_)):
        yield "a number, date or boolean in a pattern"
    if not _is_repeated(path):
        return
    plain = variables_of_patterns(
        pattern
        for element in group.elements
        if isinstance(element, Triples)
        for pattern in element.patterns
        if not _is_repeated(pattern[1])
    )
    has_start = any(isinstance(end, NamedNode) or end in plain for end in (subject, object_))
    if not (has_start and _is_simple(path)) or subject == object_ or isinstance(object_, Literal):
        yield "a path of any length"


def _is_repeated(path: Any) -> bool:
    return isinstance(path, Path) and (path.operator in "*+?" or any(map(_is_repeated, path.parts)))


def _is_simple(path: Any) -> bool:
    """Return whether each repeated step of a path is one predicate, perhaps inverted."""
    if not isinstance(path, Path):
        return True
    if path.operator in "*+?":
        return isinstance(path.parts[0], NamedNode)
    return path.operator in "/^" and all(map(_is_simple, path.parts))


def _values_gaps(values: Values) -> Iterator[str]:
    terms = (term for row in values.rows for term in row)
    if not values.rows or not all(isinstance(term, NamedNode) or is_text(term) for term in terms):
        yield "VALUES with UNDEF, numbers, dates or booleans"
    if len(values.variables) > 1 and any(
        _has_language(term) for row in values.rows for term in row
    ):
        yield "VALUES of several variables with a text in a language"


def _has_language(term: Any) -> bool:
    return isinstance(term, Literal) and term.language is not None
