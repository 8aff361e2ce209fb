"""How servers differ from SPARQL 1.1 and from the embedded engine, and what is done about it.

A query goes to the server only if each part of it is known to be answered there as by the embedded
engine. Otherwise the server only finds the triples that it needs, and it is evaluated here; and if
these are too many, it is refused with the names of the parts (`GAPS`), never answered wrongly.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, Protocol

from kg.remote.blank_nodes import SKOLEM
from kg.remote.queries.dataset import Edit
from kg.remote.queries.query_tree import Call, Select, calls_in
from kg.remote.queries.scopes import everything_in, expressions_of
from kg.remote.queries.value_kinds import KindsOf
from kg.store.sparql.query import Query

# Every gap by name, with the reason. Of Virtuoso, if not said otherwise. docs/own-store.md has
# these rows, too.
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
    "ORDER BY with LIMIT or OFFSET": "expressions are put in another order; columns are put in "
    "order here",
    "ORDER BY texts or values of several kinds": "more than 100,000 rows cannot be put in order "
    "here",
    "ORDER BY an expression": "its values may be of several kinds",
    "STR of a value that may be no text": "numbers and booleans are written otherwise",
    "arithmetic": "3/2 is 1, 1/0 ends the query, and texts count as 0",
    "MINUS without a variable that both of its sides bind": "it removes everything",
    "OPTIONAL with a variable that the pattern before it need not bind": "it is joined too late",
    "VALUES with UNDEF, numbers, dates or booleans": "1, 1.0 and true are equal",
    "VALUES of several variables with a text in a language": "the text joins with nothing",
    "GRAPH ?g in a default graph of several graphs": "on servers other than Virtuoso, a request "
    "would have to list all named graphs, which takes minutes",
    "a function of an expression that may be a blank node": "on servers other than Virtuoso, IRIs "
    "stand for blank nodes, and only those that a variable has are told apart",
    "MIN or MAX of what may be a blank node": "on servers other than Virtuoso, IRIs stand for "
    "blank nodes, and come between other IRIs",
    "ORDER BY an expression that may be a blank node": "on servers other than Virtuoso, IRIs stand "
    "for blank nodes; only variables can be put in order there",
    "GRAPH of a graph that is not there": "NOT EXISTS and ASK of what cannot be true are wrong",
    "a condition that is always false": "an aggregate of it may be 1",
    "an aggregate of nothing": "it may have a row too many, or be 1",
    "a custom function": "only the embedded engine has it",
    "a result that the server cannot write": "the server reports an error in the query",
}
# What remains different and is not refused.
DIFFERENCES: Final[Mapping[str, str]] = {
    "numbers, dates and booleans (Virtuoso)": "are equal by value, but may be written otherwise: "
    "1.50 is 1.5, and 1e0 is 1.0",
    "the order of rows without ORDER BY, and which rows LIMIT then leaves": "is the server's",
    "REDUCED": "may leave any number of duplicates",
    "RAND, NOW, UUID, STRUUID, BNODE": "are evaluated by the server, or here",
}
BLANK_TESTS: Final = frozenset({"ISBLANK", "ISIRI", "ISURI"})


class Dialect(Protocol):
    """The ways in which a server is special."""

    # Whether `GRAPH <iri>` finds nothing and `GRAPH ?g` everything, see `dataset`.
    hides_constants: bool
    # The kinds of terms, of "iri" and "literal", at which it misses a path of length zero.
    missed_terms: Collection[str]

    def time_limit(self, seconds: float | None) -> str:
        """Return parameters of a request for whose answer nobody waits longer than this."""

    # Whether no plain query has gaps or edits; otherwise each is read while the server works on it.
    answers_plain: bool

    def form_of_plain(self, text: str) -> str | None:
        """Return the form of a query that may be sent before it is read, if that shows at once."""

    def gaps(self, select: Select, kinds_of: KindsOf) -> Iterator[str]:
        """Yield the parts of a query that the server does not evaluate as the embedded engine."""

    def edits(self, query: Query, select: Select, kinds_of: KindsOf) -> list[Edit]:
        """Return what to change in a query without gaps, lest IRIs stand for blank nodes in it."""


def blank_tests(query: Query, select: Select) -> list[Edit]:
    """Return edits by which isBlank and isIRI find blank nodes where IRIs stand for them.

    To a server, no such test is sent that stands in another one.
    """
    edits = list[Edit]()
    for call in calls_of(select, BLANK_TESTS):
        value = query.full_text[call.start : call.end].partition("(")[2].rpartition(")")[0]
        test = is_skolem(value)
        if call.name != "ISBLANK":
            test = f'isIRI({value}) && !STRSTARTS(STR({value}), "{SKOLEM}")'
        edits.append(Edit(call.start, call.end, f"({test})"))
    return edits


def is_skolem(value: str) -> str:
    """Return the condition that an IRI that stands for a blank node is a value."""
    return f'(isIRI({value}) && STRSTARTS(STR({value}), "{SKOLEM}"))'


def calls_of(select: Select, names: Collection[str]) -> Iterator[Call]:
    """Yield the calls of functions, everywhere in a query, the outer ones first."""
    expressions = [*select.expressions]
    for element in everything_in(select):
        expressions += expressions_of(element)
        if isinstance(element, Select):
            expressions += element.expressions
    for expression in expressions:
        yield from (call for call in calls_in(expression) if call.name in names)
