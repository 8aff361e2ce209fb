"""The quads that a query needs, so that it can be evaluated here as the embedded engine does.

The solutions of a group depend only on those triples of each pattern that join with the other
patterns of the group, and with those around it that it shares certainly bound variables with. So
each pattern becomes a SELECT DISTINCT of its triples, among the patterns that restrict them. What
may not restrict is left out, which gives more triples, never fewer: filters, subqueries and paths
of any length.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Final, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Variable

from kg.namespaces import XSD
from kg.remote.blank_nodes import restore, skolemize
from kg.remote.queries.query_tree import (
    Group,
    Path,
    Select,
    Triples,
    Union,
    Values,
    calls_in,
    predicates_in,
)
from kg.remote.queries.scopes import expressions_of, used

# Rows of VALUES that restrict patterns, and ways through a path that are asked for one by one.
_MAX_ROWS: Final = 100
# Patterns that restrict one pattern, the nearest first: with more, a server may take seconds.
_MAX_CONTEXT: Final = 4
_MAX_WAYS: Final = 8
_REPEATED: Final = frozenset("*+?!")
_MAY_BE_EMPTY: Final = frozenset("*?")
_NUMBERS: Final = frozenset({XSD["integer"], XSD["decimal"]})
# To a server, booleans may be numbers.
_NUMBERS_OF_BOOLEANS: Final = {"true": Literal(1), "false": Literal(0)}
Row = Mapping[str, Any]
# Returns the rows of a SELECT on the server, at most the given number and one more.
Select_ = Callable[[str, int], Iterable[Row]]


class Pattern(NamedTuple):
    """A triple pattern, in the default graph if `graph` is None."""

    subject: Any
    predicate: Any
    object: Any
    graph: Any = None

    @property
    def variables(self) -> list[Any]:
        """Its variables and blank nodes, each once."""
        return [*dict.fromkeys(term for term in self if isinstance(term, Variable | BlankNode))]


class Question(NamedTuple):
    """The triples of a pattern that are needed, and what restricts them."""

    pattern: Pattern
    context: tuple[Any, ...] = ()
    # For a term of which it is only asked whether it is in the graph.
    most: int | None = None


class TooManyQuads(Exception):
    """A query needs more quads than may be fetched."""


class NeededQuads:
    """Collects what a query needs; `bound` are values of variables of its outermost pattern.

    `default` are graphs whose union is the default graph, if no request can have that beside all
    named graphs.
    """

    def __init__(
        self, select: Select, bound: Mapping[Any, Any], default: Sequence[NamedNode] = ()
    ) -> None:
        self._default = default
        self.questions = dict[Question, None]()
        self.needs_all_names = False
        self._bound: Mapping[Any, Any] = bound
        self._read_query(select)

    def fetch(self, rows_of: Select_, most: int) -> list[Quad]:
        """Return the quads; TooManyQuads if the patterns match more than `most` triples."""
        quads, left = dict[Quad, None](), most
        for question in self.questions:
            limit = left if question.most is None else question.most
            number = 0
            for row in rows_of(_text_of(question, self._default), limit):
                number += 1
                quads[_quad(question.pattern, row)] = None
                if question.most is None and number > left:
                    raise TooManyQuads
            left -= number
        return [*quads]

    def _read_query(self, select: Select, graph: Any = None) -> None:
        where = select.where
        if select.values is not None:
            where = replace(where, elements=(*where.elements, select.values))
        self._read(where, graph, ())
        for expression in select.expressions:
            self._read_tests(expression, graph, ())

    def _read_tests(self, expression: Any, graph: Any, context: tuple[Any, ...]) -> None:
        for call in calls_in(expression):
            if call.group is not None:
                self._read(call.group, graph, context)

    def _read(self, group: Group, graph: Any, around: tuple[Any, ...]) -> None:
        """Read a group in a graph; `around` are patterns that join with its solutions."""
        own = (*self._own(group.elements, graph),)
        for index, element in enumerate(group.elements):
            if isinstance(element, Triples):
                for pattern in element.patterns:
                    self._ask(self._in(pattern, graph), (*own, *around))
            elif isinstance(element, Group) and element.kind in ("OPTIONAL", "MINUS"):
                before = (*self._own(group.elements[:index], graph),)
                # What is further out has a variable of this group that the pattern before lacks.
                is_free = used(element) - _variables(before) & _variables(around)
                self._read(element, graph, before if is_free else (*before, *around))
            elif isinstance(element, Group):
                self._read(element, self._graph(element, graph), (*own, *around))
            elif isinstance(element, Union):
                for one in element.groups:
                    self._read(one, graph, (*own, *around))
            elif isinstance(element, Select):
                # Its variables are its own, and values from outside are not known in it.
                outside, self._bound = self._bound, {}
                self._read_query(element, graph)
                self._bound = outside
            for expression in expressions_of(element):
                self._read_tests(expression, graph, own)

    def _graph(self, group: Group, graph: Any) -> Any:
        """Return the graph of the patterns in a group that stands in another graph."""
        if group.kind != "GRAPH":
            return graph
        name = self._value(group.graph)
        if isinstance(name, Variable) and not any(isinstance(e, Triples) for e in group.elements):
            self.needs_all_names = True
        return name

    def _own(self, elements: Iterable[Any], graph: Any) -> Iterator[Any]:
        """Yield the patterns and inline values of a group that every solution of it fulfils."""
        for element in elements:
            if isinstance(element, Triples):
                for pattern in element.patterns:
                    ways = _ways(*pattern)
                    if ways is not None and len(ways) == 1:
                        yield from (self._in(one, graph) for one in ways[0])
            elif isinstance(element, Values):
                if _restricts(element):
                    yield _Frozen(element)
            elif isinstance(element, Group) and element.kind in ("GRAPH", "GROUP"):
                yield from self._own(element.elements, self._graph(element, graph))

    def _in(self, pattern: Sequence[Any], graph: Any) -> Pattern:
        subject, predicate, object_ = map(self._value, pattern)
        return Pattern(subject, predicate, object_, graph)

    def _value(self, term: Any) -> Any:
        return self._bound.get(term, term) if isinstance(term, Variable) else term

    def _ask(self, pattern: Pattern, context: tuple[Any, ...]) -> None:
        ways = _ways(*pattern[:3])
        if ways is not None:
            for way in ways:
                patterns = [Pattern(*one, pattern.graph) for one in way]
                for one in patterns:
                    self._add(one, (*patterns, *context))
            return
        subject, path, object_, graph = pattern
        for predicate in predicates_in(path):
            self._add(
                Pattern(Variable("from"), predicate or Variable("by"), Variable("to"), graph), ()
            )
        if not _may_be_empty(path):
            return
        ends = subject, object_
        around = _variables(one for one in context if one != pattern)
        if not any(end in around for end in ends) and all(map(_is_open, ends)):
            self._add(Pattern(Variable("from"), Variable("by"), Variable("to"), graph), ())
        for end in ends:
            if not _is_open(end):
                # A path without a step leads from a term of the graph to itself.
                self.questions[
                    Question(Pattern(end, Variable("by"), Variable("to"), graph), (), 1)
                ] = None
                other = Pattern(Variable("from"), Variable("by"), end, graph)
                self.questions[Question(other, (), 1)] = None

    def _add(self, pattern: Pattern, context: Iterable[Any]) -> None:
        if _is_typed(pattern.object):
            # A server finds values that are equal; which of them are the same is seen here.
            variable, value = (
                Variable("value"),
                _NUMBERS_OF_BOOLEANS.get(pattern.object.value, pattern.object),
            )
            pattern = pattern._replace(object=variable)
            if value.datatype in _NUMBERS:
                context = (*context, _Equal(variable, value))
        self.questions[Question(pattern, _connected(pattern, context))] = None


class _Frozen(NamedTuple):
    """Inline values as a part of a context."""

    values: Values

    @property
    def variables(self) -> list[Any]:
        return [*self.values.variables]

    def __hash__(self) -> int:
        return id(self.values)


class _Equal(NamedTuple):
    """A condition on the value of a variable."""

    variable: Variable
    value: Literal

    @property
    def variables(self) -> list[Any]:
        return [self.variable]


def _restricts(values: Values) -> bool:
    rows = values.rows
    terms = [term for row in rows for term in row]
    return len(rows) <= _MAX_ROWS and all(
        isinstance(term, NamedNode) or (term is not None and not _is_typed(term)) for term in terms
    )


def _is_typed(term: Any) -> bool:
    datatype = getattr(term, "datatype", None)
    return datatype is not None and not datatype.value.endswith(("#string", "#langString"))


def _is_open(term: Any) -> bool:
    return isinstance(term, Variable | BlankNode)


def _variables(context: Iterable[Any]) -> frozenset[Any]:
    return frozenset(variable for one in context for variable in one.variables)


def _connected(pattern: Pattern, context: Iterable[Any]) -> tuple[Any, ...]:
    """Return the parts of a context that share variables with a pattern, or with such a part."""
    left = [one for one in dict.fromkeys(context) if one != pattern]
    known, found = {*pattern.variables}, list[Any]()
    while near := [one for one in left if known.intersection(one.variables)]:
        left = [one for one in left if one not in near]
        known |= _variables(near)
        found += sorted(near, key=lambda one: len(one.variables))
    return tuple(found[:_MAX_CONTEXT])


def _ways(subject: Any, path: Any, object_: Any) -> list[list[tuple[Any, Any, Any]]] | None:
    """Return the ways through a path as triple patterns, or None if their length is open."""
    if not isinstance(path, Path):
        return [[(subject, path, object_)]]
    if path.operator in _REPEATED:
        return None
    if path.operator == "^":
        return _ways(object_, path.parts[0], subject)
    if path.operator == "|":
        several = [_ways(subject, part, object_) for part in path.parts]
        found = [way for ways in several for way in ways or ()]
        return found if None not in several and len(found) <= _MAX_WAYS else None
    between = [BlankNode() for _ in path.parts[1:]]
    nodes = [subject, *between, object_]
    steps = [_ways(*step) for step in zip(nodes, path.parts, nodes[1:], strict=False)]
    if any(step is None for step in steps):
        return None
    found = [
        [pattern for way in chosen for pattern in way]
        for chosen in product(*(step for step in steps if step is not None))
    ]
    return found if len(found) <= _MAX_WAYS else None


def _may_be_empty(path: Any) -> bool:
    if not isinstance(path, Path):
        return False
    if path.operator in _MAY_BE_EMPTY:
        return True
    parts = map(_may_be_empty, path.parts)
    if path.operator == "!":
        return False
    return any(parts)


def _text_of(question: Question, default: Sequence[NamedNode]) -> str:
    """Return the SELECT of the distinct triples of a pattern."""
    names = dict[Any, str]()

    def name(term: Any) -> str:
        if not _is_open(term):
            return str(skolemize(term))
        return names.setdefault(term, f"?v{len(names)}")

    def write(part: Any) -> str:
        if isinstance(part, Pattern):
            triple = " ".join(map(name, part[:3]))
            return f"{triple} ."
        if isinstance(part, _Equal):
            # With `=`, Virtuoso would return this value, of whichever type.
            variable, value = name(part.variable), part.value
            return f"FILTER({variable} >= {value} && {variable} <= {value})"
        heads = " ".join(map(name, part.values.variables))
        rows = " ".join(f"({' '.join(map(str, row))})" for row in part.values.rows)
        return f"VALUES ({heads}) {{ {rows} }}"

    for variable in question.pattern.variables:
        name(variable)
    parts = question.pattern, *question.context
    has_named = any(isinstance(part, Pattern) and part.graph is not None for part in parts)

    def write_default(patterns: list[str]) -> str:
        if not (default and has_named):
            return " ".join(patterns)
        return " ".join(
            " UNION ".join(f"{{ GRAPH {graph} {{ {pattern} }} }}" for graph in default)
            for pattern in patterns
        )

    graphs = dict.fromkeys(part.graph for part in parts if isinstance(part, Pattern))
    # The patterns of a graph stand together, since each GRAPH may be joined with a list of graphs.
    groups = [
        [write(part) for part in parts if isinstance(part, Pattern) and part.graph == graph]
        for graph in graphs
    ]
    body = " ".join(
        write_default(group) if graph is None else f"GRAPH {name(graph)} {{ {' '.join(group)} }}"
        for graph, group in zip(graphs, groups, strict=True)
    )
    body += " " + " ".join(write(part) for part in parts if not isinstance(part, Pattern))
    selected = " ".join(names[term] for term in question.pattern.variables)
    limit = "" if question.most is None else f" LIMIT {question.most}"
    if not selected:
        return f"SELECT ?v {{ {body} VALUES ?v {{ {question.pattern.predicate} }} }} LIMIT 1"
    return f"SELECT DISTINCT {selected} {{ {body} }}{limit}"


def _quad(pattern: Pattern, row: Row) -> Quad:
    names = {term: f"v{index}" for index, term in enumerate(pattern.variables)}
    terms = [row[names[term]] if _is_open(term) else term for term in pattern[:3]]
    graph = pattern.graph
    if graph is None:
        name: Any = DefaultGraph()
    else:
        name = row[names[graph]] if _is_open(graph) else graph
    return Quad(restore(terms[0]), terms[1], restore(terms[2]), name)
