"""How servers differ from SPARQL 1.1 and from the embedded engine, and what is done about it.

A query goes to the server only if each part of it is known to be answered there as by the embedded
engine. Otherwise the server only finds the triples that it needs, and it is evaluated here; and if
these are too many, it is refused with the names of the parts (`GAPS`), never answered wrongly.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol

from pyoxigraph import NamedNode, Variable

from kg.remote.blank_nodes import SKOLEM
from kg.remote.queries.dataset import Edit
from kg.remote.queries.query_tree import Call, Select, calls_in
from kg.remote.queries.scopes import everything_in, expressions_of
from kg.store.query import Query
from kg.store.service_values import BLANK_NODE_FUNCTION

# The kinds of the values of a predicate: `iri`, `blank`, `text` or the local name of a datatype.
KindsOf = Callable[[NamedNode], frozenset[str]]

# Every gap by name, with the reason. Of Virtuoso, if not said otherwise.
GAPS: Final[Mapping[str, str]] = {
    "an aggregate other than COUNT": "SUM and AVG of nothing have no value, AVG rounds otherwise, "
    "MIN and MAX compare in another order, GROUP_CONCAT fails with DISTINCT",
    "a blank node in the template of CONSTRUCT": "labels may be shared between rows",
    "a boolean as a value": "it comes back as an integer",
    "a cast to a datatype": "casts of what has no such value differ, and those to booleans",
    "a comparison of these values": "IRIs and texts compare with numbers, booleans are integers",
    "a condition that is a value": "an IRI or text that is no boolean counts as true",
    "a filter on a variable of another group": "it sees variables from outside of its braces",
    "a function": "functions fail, or convert their arguments, where SPARQL has an error",
    "a join on a variable that may be unbound": "an unbound value joins with nothing",
    "a join on numbers of several types": "1, 1.0 and true are equal in a join",
    "a number, date or boolean in a pattern": "1, 1.0 and true match each other",
    "a path of any length": "it needs a bound end, and a step that is one predicate",
    "a regular expression": "some of them match otherwise; only plain words are sent",
    "an empty pattern": "its solution has a variable that is not in the query",
    "a subquery with ORDER BY and LIMIT": "values of several kinds are in another order",
    "ORDER BY with LIMIT or OFFSET": "values of several kinds are in another order",
    "ORDER BY texts or values of several kinds": "they are in another order, long texts in none",
    "ORDER BY an expression": "its values may be of several kinds",
    "STR of a value that may be no text": "numbers and booleans are written otherwise",
    "arithmetic": "3/2 is 1, 1/0 ends the query, and texts count as 0",
    "MINUS without a variable that both of its sides bind": "it removes everything",
    "OPTIONAL with a variable that the pattern before it need not bind": "it is joined too late",
    "VALUES with UNDEF, numbers, dates or booleans": "1, 1.0 and true are equal",
    "GRAPH ?g in a default graph of several graphs": "on servers other than Virtuoso, a request "
    "would have to list all named graphs, which takes minutes",
    "a custom function": "only the embedded engine has it",
    "a result that the server cannot write": "the server reports an error in the query",
}
# What remains different and is not refused.
DIFFERENCES: Final[Mapping[str, str]] = {
    "numbers, dates and booleans (Virtuoso)": "are equal by value, but may be written otherwise: "
    "1.50 is 1.5, and 1e0 is 1.0",
    "a path of length zero (Virtuoso)": "leads from an IRI to itself even if no triple has it, as "
    "SPARQL 1.1 says; the embedded engine finds nothing there",
    "the order of rows without ORDER BY, and which rows LIMIT then leaves": "is the server's",
    "REDUCED": "may leave duplicates",
    "ORDER BY (every server)": "blank nodes, which are IRIs there, may stand between IRIs; "
    "on Virtuoso such an answer is put in order here",
    "RAND, NOW, UUID, STRUUID, BNODE": "are evaluated by the server, or here",
    "a triple in several graphs of FROM": "is found once, as SPARQL 1.1 says; the embedded engine "
    "finds it once per graph",
}
_BLANK_TEST: Final = frozenset({"ISBLANK", "ISIRI", "ISURI"})
_UNBOUND: Final = "?without_a_value"


class Dialect(Protocol):
    """What is special about a server."""

    # Whether `GRAPH <iri>` finds nothing and `GRAPH ?g` everything, see `dataset`.
    hides_constants: bool

    def gaps(self, select: Select, kinds_of: KindsOf) -> Iterator[str]:
        """Yield the parts of a query that the server does not evaluate as the embedded engine."""

    def edits(self, query: Query, select: Select) -> list[Edit]:
        """Return what to change in a query without gaps, lest IRIs stand for blank nodes in it."""


class Standard:
    """A server that evaluates SPARQL 1.1 as the specification says."""

    hides_constants = False

    def gaps(self, select: Select, kinds_of: KindsOf) -> Iterator[str]:  # noqa: ARG002
        """Yield nothing."""
        return iter(())

    def edits(self, query: Query, select: Select) -> list[Edit]:
        """See `Dialect.edits`; STR of an IRI that stands for a blank node is an error, too."""
        edits = blank_tests(query, select)
        for call in _calls_in(select):
            if call.name == "STR" and isinstance(call.arguments[0], Variable):
                value = str(call.arguments[0])
                guarded = f"STR(IF({_is_skolem(value)}, {_UNBOUND}, {value}))"
                edits.append(Edit(call.start, call.end, guarded))
            elif call.name == BLANK_NODE_FUNCTION.value:
                name = query.full_text[call.start : call.end].partition("(")[2]
                edits.append(Edit(call.start, call.end, f'IRI(CONCAT("{SKOLEM}", {name})'))
        return edits


def blank_tests(query: Query, select: Select) -> list[Edit]:
    """Return edits by which isBlank and isIRI find blank nodes where IRIs stand for them."""
    edits = list[Edit]()
    for call in _calls_in(select):
        if call.name in _BLANK_TEST:
            value = query.full_text[call.start : call.end].partition("(")[2].rpartition(")")[0]
            test = _is_skolem(value)
            if call.name != "ISBLANK":
                test = f'isIRI({value}) && !STRSTARTS(STR({value}), "{SKOLEM}")'
            edits.append(Edit(call.start, call.end, f"({test})"))
    return edits


def _is_skolem(value: str) -> str:
    return f'(isIRI({value}) && STRSTARTS(STR({value}), "{SKOLEM}"))'


def _calls_in(select: Select) -> Iterator[Call]:
    """Yield the outermost of the calls that are changed, everywhere in a query."""
    expressions = [*select.expressions]
    for element in everything_in(select):
        expressions += expressions_of(element)
        if isinstance(element, Select):
            expressions += element.expressions
    for expression in expressions:
        yield from _outermost(calls_in(expression))


def _outermost(calls: Iterable[Call]) -> Iterator[Call]:
    end = -1
    for call in calls:
        if call.name in (*_BLANK_TEST, "STR", BLANK_NODE_FUNCTION.value) and call.start >= end:
            end = call.end
            yield call
