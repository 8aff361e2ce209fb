"""The support of a row: the triples that matched the patterns of a query, and who says them.

The patterns are those of the query's basic graph patterns, with the values of the row. Variables
that the query does not select get their values from one further query, which asks for all variables
with the rows as `VALUES`. What has no single triples (aggregates, property paths, negation, other
endpoints) is named and not traced.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import rdflib
from pyoxigraph import BlankNode, Literal, NamedNode, QuerySolutions, Triple
from pyparsing import ParseException
from rdflib.paths import Path as PropertyPath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.describe.evidence import GraphProvenance, ProvenanceReader
from kg.errors import MalformedQuery
from kg.statuses import Status, status_of
from kg.store.quad_store import Store
from kg.store.query import Query
from kg.store.rdflib_dataset import from_rdflib
from kg.store.tokens import match_brackets

Row = Mapping[str, NamedNode | Literal]
# Solutions that are read for each row, which may come from many.
_SOLUTIONS_OF_A_ROW: Final = 10
_NUMBER: Final = "row_of_the_answer"
# The parts of an algebra's node that hold its patterns.
_PARTS: Final = ("p", "p1", "p2")
# Nodes whose patterns have no single triples.
_UNTRACED: Final = {"AggregateJoin": "aggregate", "ServiceGraphPattern": "other endpoint"}
_EXISTS: Final = {"Builtin_EXISTS", "Builtin_NOTEXISTS"}


class SupportingTriple(NamedTuple):
    """A triple that matched, the named graph that was asked, if one was, and who says it."""

    triple: Triple
    graph: NamedNode | None
    grounds: tuple[GraphProvenance, ...]

    @property
    def status(self) -> Status | None:
        """Its strongest status; None if no graph with a status says it."""
        statuses = (status_of(ground.status) for ground in self.grounds)
        return min(statuses, key=lambda status: status.rank, default=None)


@dataclass
class RowSupport:
    """The triples of a row, and the kinds of patterns of its query that are not traced.

    `is_complete` is whether all solutions behind the row were read.
    """

    untraced: tuple[str, ...]
    triples: list[SupportingTriple] = field(default_factory=list)
    is_complete: bool = True

    @property
    def status(self) -> Status | None:
        """The weakest status of its triples."""
        statuses = [one.status for one in self.triples if one.status is not None]
        return max(statuses, key=lambda status: status.rank, default=None)


class _Pattern(NamedTuple):
    """A triple pattern of rdflib's terms, and the graph that it asks: None for the default one."""

    subject: Any
    predicate: Any
    object: Any
    graph: Any

    @property
    def has_blank_nodes(self) -> bool:
        """Whether a blank node stands for any term, which the query cannot select."""
        return any(isinstance(term, rdflib.BNode) for term in self)


class RowTracer:
    """Traces rows of a query in a store, whose default graph is that of the reader's view."""

    def __init__(self, store: Store, query: Query) -> None:
        """Read the patterns of the query.

        Raises MalformedQuery if it is not a SELECT of SPARQL 1.1, and what `Store.query` raises.
        """
        if query.form != "SELECT":
            raise MalformedQuery("expected a SELECT, since only its answers have rows")
        self._store, self._query = store, query
        self._provenance = ProvenanceReader(store)
        # The engine parses the text before rdflib does, and says where it is malformed.
        store.query(query)
        try:
            algebra = translateQuery(parseQuery(query.full_text), base=query.base_iri).algebra
        except ParseException as error:
            reason = f"only a query of SPARQL 1.1 can be traced: {error.msg}"
            raise MalformedQuery(reason, error.lineno, error.column) from error
        self._patterns, self._untraced = list[_Pattern](), dict[str, None]()
        # Variables that a BIND gives a value.
        self._assigned: set[str] = set()
        self._read(algebra, None)

    def trace(self, rows: Sequence[Row]) -> list[RowSupport]:
        """Return the support of each row; each has values of selected variables.

        A row that is not among the answers has no triples.
        """
        found = [RowSupport(tuple(self._untraced)) for _ in rows]
        if not (rows and self._patterns):
            return found
        limit = len(rows) * _SOLUTIONS_OF_A_ROW
        solutions = self._solutions(self._ask_for_all(rows, limit + 1))
        for number, values in enumerate(solutions):
            if number == limit:
                for support in found:
                    support.is_complete = False
                break
            support = found[int(values.pop(_NUMBER).value)]
            support.triples = list(dict.fromkeys([*support.triples, *self._match(values)]))
        return found

    def _solutions(self, query: Query) -> Iterator[dict[str, Any]]:
        """Yield the solutions of a SELECT by the names of its variables."""
        found = self._store.query(query)
        if not isinstance(found, QuerySolutions):
            raise TypeError("a SELECT has solutions")
        names = [variable.value for variable in found.variables]
        for solution in found:
            yield dict(zip(names, solution, strict=True))

    def _read(self, part: Any, graph: Any) -> None:
        """Collect the patterns below a node of the algebra, and what is not traced."""
        if not isinstance(part, CompValue):
            return
        if part.name in _UNTRACED:
            self._untraced[_UNTRACED[part.name]] = None
            return
        if part.name == "Minus" or not _EXISTS.isdisjoint(_names_in(dict.get(part, "expr"))):
            self._untraced["negation"] = None
        if part.name == "Extend":
            self._assigned.add(str(part.var))
        for subject, predicate, object_ in dict.get(part, "triples") or ():
            if isinstance(predicate, PropertyPath):
                self._untraced["property path"] = None
            else:
                self._patterns.append(_Pattern(subject, predicate, object_, graph))
        for name in _PARTS[:2] if part.name == "Minus" else _PARTS:
            self._read(dict.get(part, name), part.term if part.name == "Graph" else graph)

    def _match(self, values: Mapping[str, Any]) -> Iterator[SupportingTriple]:
        """Yield the triples of a solution; of OPTIONAL and UNION, those that are there."""
        for pattern in self._patterns:
            if not pattern.has_blank_nodes:
                yield from self._supporting(pattern, values)
        blank = [pattern for pattern in self._patterns if pattern.has_blank_nodes]
        if blank:
            yield from self._match_blank(blank, values)

    def _match_blank(
        self, patterns: Sequence[_Pattern], values: Mapping[str, Any]
    ) -> Iterator[SupportingTriple]:
        """Yield the triples of patterns with blank nodes, whose values the engine has to find."""
        texts = []
        for pattern in patterns:
            terms = [_text(term, values) for term in pattern[:3]]
            text = f"{' '.join(terms)} ."
            graph = pattern.graph
            texts.append(text if graph is None else f"GRAPH {_text(graph, values)} {{ {text} }}")
        for more in self._solutions(Query(f"SELECT * {{ {' '.join(texts)} }} LIMIT 1")):
            for pattern in patterns:
                yield from self._supporting(pattern, {**values, **more})

    def _supporting(
        self, pattern: _Pattern, values: Mapping[str, Any]
    ) -> Iterator[SupportingTriple]:
        """Yield the triple of a pattern with these values, if the graph that it asks has it."""
        subject, predicate, object_, graph = (_value(term, values) for term in pattern)
        if None in (subject, predicate, object_) or (pattern.graph is not None and graph is None):
            return
        if not isinstance(subject, NamedNode | BlankNode) or not isinstance(predicate, NamedNode):
            return
        triple = Triple(subject, predicate, object_)
        if self._store.contains(triple, graph):
            names = [graph] if graph else [quad.graph_name for quad in self._store.quads(*triple)]
            grounds = (self._provenance.get(name) for name in names if isinstance(name, NamedNode))
            yield SupportingTriple(triple, graph, tuple(filter(None, grounds)))

    def _ask_for_all(self, rows: Sequence[Row], limit: int) -> Query:
        """Return the query for all variables of the solutions behind rows, with their numbers."""
        query = self._query
        tokens, text = query.tokens, query.full_text
        closing = match_brackets(tokens)
        index = next(i for i, token in enumerate(tokens) if token.keyword == "SELECT")
        start, computed = len(text), dict[str, str]()
        while tokens[index].text != "{":
            if tokens[index].text == "(":
                end = closing[index]
                # (expression AS ?variable)
                expression = text[tokens[index].end : tokens[end - 2].offset]
                computed[tokens[end - 1].text[1:]] = expression
                index = end
            elif tokens[index].keyword in ("FROM", "WHERE"):
                start = min(start, tokens[index].offset)
            index += 1
        group = text[tokens[index].end : tokens[closing[index]].offset]
        dataset = text[min(start, tokens[index].offset) : tokens[index].offset]
        late = {*computed, *self._assigned}
        names = dict.fromkeys(name for row in rows for name in row)
        first = _inline(rows, [name for name in names if name not in late])
        last = _inline(rows, [name for name in names if name in late])
        binds = " ".join(f"BIND({text} AS ?{name})" for name, text in computed.items())
        where = f"{first}\n{group}\n{binds} {last if late else ''}"
        asked = f"{text[: query.prologue.end]}SELECT * {dataset} {{ {where} }} LIMIT {limit}"
        return Query(asked, query.base_iri)


def _inline(rows: Sequence[Row], names: Sequence[str]) -> str:
    """Return rows as VALUES of these variables and of the number of the row."""
    values = (
        f"({number} {' '.join(str(row.get(name, 'UNDEF')) for name in names)})"
        for number, row in enumerate(rows)
    )
    variables = " ".join(f"?{name}" for name in (_NUMBER, *names))
    return f"VALUES ({variables}) {{ {' '.join(values)} }}"


def _value(term: Any, values: Mapping[str, Any]) -> Any:
    """Return the value of a term of rdflib, or None if it has none."""
    if term is None:
        return None
    if isinstance(term, rdflib.Variable | rdflib.BNode):
        return values.get(str(term))
    return from_rdflib(term)


def _text(term: Any, values: Mapping[str, Any]) -> str:
    """Return a term for a query; what has no value yet is a variable."""
    value = _value(term, values)
    return f"?{term}" if value is None else str(value)


def _names_in(expression: Any) -> set[str]:
    """Return the names of the nodes of an expression."""
    if isinstance(expression, CompValue):
        below = (_names_in(one) for one in expression.values())
        return {expression.name}.union(*below)
    if isinstance(expression, list):
        return set[str]().union(*map(_names_in, expression))
    return set()
