"""Servers that evaluate SPARQL 1.1 as the specification says.

IRIs stand for blank nodes there, so all that tells the two apart is rewritten, or evaluated here.
"""

from collections.abc import Collection, Iterator
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.namespaces import XSD
from kg.remote.blank_nodes import SKOLEM
from kg.remote.queries.dataset import Edit
from kg.remote.queries.dialects import BLANK_TESTS, blank_tests, calls_of, is_skolem
from kg.remote.queries.plain_queries import form_of_plain
from kg.remote.queries.query_tree import Call, Select, calls_in
from kg.remote.queries.scopes import everything_in
from kg.remote.queries.value_kinds import KindsOf, ValueKinds
from kg.store.sparql.query import Query
from kg.store.sparql.service_values import BLANK_NODE_FUNCTION

# An expression whose value is an error.
_ERROR: Final = "(1/0)"
# Functions of IRIs that have an error for blank nodes.
_OF_IRIS: Final = {
    "STR": "STR",
    "IRI": "IRI",
    "URI": "IRI",
    XSD["string"].value: str(XSD["string"]),
}
# Their calls are rewritten as a whole.
_TESTS: Final = BLANK_TESTS | {BLANK_NODE_FUNCTION.value}
_ORDERED: Final = frozenset({"MIN", "MAX"})


class Standard:
    """See `kg.remote.queries.dialects.Dialect`."""

    hides_constants, answers_plain = False, True
    # oxigraph's server is one of them; the rewriting changes nothing for the others.
    missed_terms: Collection[str] = frozenset({"iri", "literal"})
    form_of_plain = staticmethod(form_of_plain)

    def time_limit(self, seconds: float | None) -> str:  # noqa: ARG002
        """See `Dialect.time_limit`: SPARQL 1.1 has no such parameter."""
        return ""

    def gaps(self, select: Select, kinds_of: KindsOf) -> Iterator[str]:
        """Yield the parts whose blank nodes would be compared as IRIs."""
        kinds = ValueKinds(select, kinds_of)
        for call in calls_of(select, {*_OF_IRIS, *_TESTS}):
            if isinstance(call.arguments[0], Call) and _tells_apart(call, kinds):
                yield "a function of an expression that may be a blank node"
        for one in _selects(select):
            kinds = ValueKinds(one, kinds_of)
            calls = (call for expression in one.expressions for call in calls_in(expression))
            if any(call.name in _ORDERED and _may_be_blank(call, kinds) for call in calls):
                yield "MIN or MAX of what may be a blank node"
            expressions = (key for key in one.order if not isinstance(key, Variable))
            if any(_may_be_blank(key, kinds) for key in expressions):
                yield "ORDER BY an expression that may be a blank node"

    def edits(self, query: Query, select: Select, kinds_of: KindsOf) -> list[Edit]:
        """See `Dialect.edits`: blank nodes come before IRIs, and have no text."""
        edits = blank_tests(query, select)
        for call in calls_of(select, _OF_IRIS):
            if isinstance(call.arguments[0], Variable):
                value = str(call.arguments[0])
                guarded = f"{_OF_IRIS[call.name]}(IF({is_skolem(value)}, {_ERROR}, {value}))"
                edits.append(Edit(call.start, call.end, guarded))
        for call in calls_of(select, {BLANK_NODE_FUNCTION.value}):
            name = query.full_text[call.start : call.end].partition("(")[2]
            edits.append(Edit(call.start, call.end, f'IRI(CONCAT("{SKOLEM}", {name})'))
        for one in _selects(select):
            kinds = ValueKinds(one, kinds_of)
            for key, start, is_descending in zip(
                one.order, one.order_starts, one.descending, strict=True
            ):
                if isinstance(key, Variable) and _may_be_blank(key, kinds):
                    word = "DESC" if is_descending else "ASC"
                    before = f" {word}(IF({is_skolem(str(key))}, 0, 1)) "
                    edits.append(Edit(start, start, before))
        return edits


def _selects(select: Select) -> Iterator[Select]:
    """Yield a query and its subqueries."""
    yield select
    yield from (one for one in everything_in(select) if isinstance(one, Select))


def _tells_apart(call: Call, kinds: ValueKinds) -> bool:
    """Return whether a function of an expression has another value for blank nodes in it."""
    [argument, *_] = call.arguments
    inner = any(one.name in (*_OF_IRIS, *_TESTS) for one in calls_in(argument))
    return _may_be_blank(argument, kinds) or (inner and call.name in _TESTS)


def _may_be_blank(expression: Any, kinds: ValueKinds) -> bool:
    """Return whether the value of an expression may be a blank node."""
    if isinstance(expression, Variable):
        return kinds.may_be_blank(expression)
    if isinstance(expression, NamedNode | Literal):
        return False
    return any(_may_be_blank(value, kinds) for value in _values(expression))


def _values(call: Call) -> Iterator[Any]:
    """Yield the arguments that the value of a call may be."""
    if call.name == "IF":
        yield from call.arguments[1:]
    elif call.name in (*_ORDERED, "COALESCE", "SAMPLE"):
        yield from call.arguments
