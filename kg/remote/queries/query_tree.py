"""The parts of a SPARQL query, as `query_reader` reads them, with their offsets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

# A blank node in a pattern is a variable that no other part of the query knows.
Term = NamedNode | Literal | BlankNode | Variable
AGGREGATES: Final = frozenset({"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"})


@dataclass(frozen=True)
class Path:
    """A property path: one of the operators `/ | ^ * + ? !`, applied to paths and predicates."""

    operator: str
    parts: Sequence[Any]


@dataclass(frozen=True)
class Call:
    """An operator, function or aggregate with its arguments; the name is in capitals, or an IRI.

    `IN` has the tested expression first; `EXISTS` has a group instead of arguments.
    """

    name: str
    arguments: Sequence[Any]
    start: int
    end: int
    group: "Group | None" = None
    is_distinct: bool = False


Expression = Term | Call


@dataclass(frozen=True)
class Triples:
    """Triple patterns, whose predicates may be paths, that stand beside each other."""

    patterns: Sequence[tuple[Term, Any, Term]]


@dataclass(frozen=True)
class Filter:
    """A FILTER, with the offsets of its expression."""

    expression: Expression
    start: int
    end: int


@dataclass(frozen=True)
class Bind:
    """A BIND."""

    expression: Expression
    variable: Variable


@dataclass(frozen=True)
class Values:
    """Inline data: rows of terms, None for UNDEF."""

    variables: Sequence[Variable]
    rows: Sequence[Sequence[Term | None]]


@dataclass(frozen=True)
class Group:
    """The elements between braces; `start` is the offset of the first brace, `end` after the last.

    `kind` is GROUP, OPTIONAL, MINUS or GRAPH, which has the term `graph` from `graph_start` on.
    """

    elements: Sequence[Any]
    start: int
    end: int
    kind: str = "GROUP"
    graph: Term | None = None
    graph_start: int = 0


@dataclass(frozen=True)
class Union:
    """Alternative groups."""

    groups: Sequence[Group]


@dataclass
class Select:
    """A query or a subquery.

    items: the variables that it returns, each with its expression; empty for `*`.
    template: the triples of a CONSTRUCT. resources: the terms of a DESCRIBE; empty for `*`.
    keys: the expressions of GROUP BY, each with the variable that it is bound to.
    order: the expressions of ORDER BY; each with an offset in `order_starts`, and `descending`.
    slice: the offsets from ORDER BY to the end of LIMIT and OFFSET.
    head: the offsets of the part from the form of the query to its pattern.
    dataset: the offsets of its FROM clauses.
    """

    form: str
    head: tuple[int, int] = (0, 0)
    dataset: tuple[int, int] = (0, 0)
    modifier: str = ""
    items: list[tuple[Variable, Expression | None]] = field(default_factory=list)
    template: list[tuple[Term, Any, Term]] = field(default_factory=list)
    resources: list[Term] = field(default_factory=list)
    where: Group = field(default_factory=lambda: Group((), 0, 0))
    keys: list[tuple[Expression, Variable | None]] = field(default_factory=list)
    having: list[Expression] = field(default_factory=list)
    order: list[Expression] = field(default_factory=list)
    order_starts: list[int] = field(default_factory=list)
    descending: list[bool] = field(default_factory=list)
    limit: int | None = None
    offset: int | None = None
    slice: tuple[int, int] = (0, 0)
    values: Values | None = None

    @property
    def is_grouped(self) -> bool:
        """Whether it has GROUP BY, HAVING or an aggregate."""
        expressions = [expression for _, expression in self.items] + self.order
        return bool(self.keys or self.having) or any(map(has_aggregate, expressions))

    @property
    def is_sliced(self) -> bool:
        """Whether it has LIMIT or OFFSET."""
        return not (self.limit is None and self.offset is None)

    @property
    def expressions(self) -> Iterator[Expression]:
        """All expressions outside of its pattern."""
        yield from (expression for _, expression in self.items if expression is not None)
        yield from (expression for expression, _ in self.keys)
        yield from (*self.having, *self.order)


def calls_in(expression: Any) -> Iterator[Call]:
    """Yield the calls in an expression, outermost first, but not those in the group of EXISTS."""
    if isinstance(expression, Call):
        yield expression
        for argument in expression.arguments:
            yield from calls_in(argument)


def has_aggregate(expression: Any) -> bool:
    """Return whether an expression has an aggregate."""
    return any(call.name in AGGREGATES for call in calls_in(expression))


def variables_in(expression: Any) -> Iterator[Variable]:
    """Yield the variables in an expression, but not those in the group of EXISTS."""
    if isinstance(expression, Variable):
        yield expression
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from variables_in(argument)


def predicates_in(path: Any) -> Iterator[NamedNode | Variable | None]:
    """Yield the predicates of a path, and None for all that a negated set may match."""
    if not isinstance(path, Path):
        yield path
    elif path.operator == "!":
        yield None
    else:
        for part in path.parts:
            yield from predicates_in(part)
