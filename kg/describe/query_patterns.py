"""The triple patterns of a SELECT query, in the groups that match together, and what has none."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain, count, product
from math import prod
from typing import Any, Final, NamedTuple

import rdflib
from pyparsing import ParseException
from rdflib.paths import AlternativePath, InvPath, Path, SequencePath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import RefusedQuery
from kg.store.sparql.query import Query

# The parts of a node of the algebra that hold patterns; what MINUS removes is not one of them.
_PARTS: Final = ("p", "p1", "p2")
_Pattern = tuple[Any, Any, Any]
# The triple patterns of one way through a path.
_Way = list[_Pattern]
# Ways through the paths of a basic graph pattern; of more, the last paths are not traced.
_MAX_WAYS: Final = 64
_EXISTS: Final = {"Builtin_EXISTS": "exists", "Builtin_NOTEXISTS": "negation"}


class Untraced(StrEnum):
    """A kind of pattern that no single triples match, or whose triples are not known."""

    AGGREGATE = "aggregate"
    # A value of an aggregate, in a row that does not say from which group.
    GROUP = "group"
    PATH = "path"
    NEGATION = "negation"
    EXISTS = "exists"
    SERVICE = "service"
    # A subquery with variables of its own.
    SUBQUERY = "subquery"


class PatternGroup(NamedTuple):
    """Triple patterns of rdflib's terms that match together; `graph` is None for the default one.

    A blank node stands for any term, the same one within the group.
    """

    patterns: tuple[_Pattern, ...]
    graph: Any

    @property
    def has_blank_nodes(self) -> bool:
        """Whether there are terms that no variable of the query stands for."""
        return any(isinstance(term, rdflib.BNode) for one in self.patterns for term in one)

    @property
    def variables(self) -> set[rdflib.Variable]:
        """The variables of the patterns and of the graph."""
        terms = (term for one in self.patterns for term in one)
        return {term for term in (*terms, self.graph) if isinstance(term, rdflib.Variable)}


class QueryPatterns:
    """The patterns of a SELECT query.

    groups: its basic graph patterns, except those that are not traced.
    untraced: what is not traced, in the order in which it was found.
    selected: the names of the variables of a row.
    assigned: the names of variables that an expression gives a value.
    keys: the names of the variables that it groups by; None if it has no aggregate.
    """

    def __init__(self, query: Query) -> None:
        """Read a query that the engine accepts; RefusedQuery if it is no SELECT of SPARQL 1.1."""
        if query.form != "SELECT":
            raise RefusedQuery("its form", "expected a SELECT, since only its answers have rows")
        try:
            parsed = parseQuery(query.full_text)
            algebra = translateQuery(parsed, base=query.base_iri).algebra
        except ParseException as error:
            where = f"line {error.lineno}, column {error.column}"
            raise RefusedQuery("its syntax", f"expected SPARQL 1.1 ({where})") from error
        except RecursionError as error:
            raise RefusedQuery("its nesting", "expected a query of fewer levels") from error
        self.groups, self.assigned = list[PatternGroup](), set[str]()
        self.keys: tuple[str, ...] | None = None
        self._untraced = dict[Untraced, None]()
        self._is_in_subquery = False
        self.selected = [*dict.fromkeys(map(str, algebra.PV))]
        self._read(_inside_projection(algebra), None)

    @property
    def untraced(self) -> tuple[Untraced, ...]:
        """The kind of what is not traced."""
        return tuple(self._untraced)

    def _read(self, part: Any, graph: Any) -> None:
        """Read the patterns below a node of the algebra."""
        if not isinstance(part, CompValue):
            return
        self._untraced |= dict.fromkeys(map(Untraced, _tests_in(dict.get(part, "expr"))))
        if part.name == "Project":
            self._read_subquery(part, graph)
            return
        if part.name == "AggregateJoin":
            self._untraced[Untraced.AGGREGATE] = None
            if self._is_in_subquery:
                return
            # What is computed of a group is no value of the solutions in it.
            self.assigned.clear()
            self._read_keys(dict.get(part.p, "expr") or [])
        if part.name == "Extend":
            self.assigned.add(str(part.var))
        elif part.name == "BGP":
            self._read_group(part.triples, graph)
        elif part.name == "Minus":
            self._untraced[Untraced.NEGATION] = None
            self._read(part.p1, graph)
            return
        for name in _PARTS:
            self._read(dict.get(part, name), part.term if part.name == "Graph" else graph)

    def _read_keys(self, keys: list[Any]) -> None:
        names = [str(key) for key in keys if isinstance(key, rdflib.Variable)]
        self.keys = tuple(name for name in names if name in self.selected)
        if len(self.keys) < len(keys):
            self._untraced[Untraced.GROUP] = None

    def _read_subquery(self, project: CompValue, graph: Any) -> None:
        """Read a subquery; its patterns with variables of its own have no values outside of it."""
        outside, is_nested = self.groups, self._is_in_subquery
        self.groups, self._is_in_subquery = [], True
        self._read(project.p, graph)
        kept = [group for group in self.groups if group.variables <= {*project.PV}]
        if len(kept) < len(self.groups):
            self._untraced[Untraced.SUBQUERY] = None
        self.groups, self._is_in_subquery = outside + kept, is_nested

    def _read_group(self, triples: list[_Pattern], graph: Any) -> None:
        """Read a basic graph pattern: one group for each way through the paths in it."""
        # Names that are those of no variable.
        numbers = count()
        nodes = defaultdict[Any, Any](lambda: rdflib.BNode(f"node_without_a_name_{next(numbers)}"))
        several = list[Sequence[_Way]]()
        for triple in triples:
            _check_iris(triple)
            ways = _ways(*triple)
            traced = [way for way in ways if not any(isinstance(one[1], Path) for one in way)]
            if len(traced) < len(ways) or prod(map(len, [*several, traced])) > _MAX_WAYS:
                self._untraced[Untraced.PATH] = None
            if traced and prod(map(len, [*several, traced])) <= _MAX_WAYS:
                several.append(traced)
        for ways in product(*several) if several else ():
            patterns = (
                tuple(nodes[term] if isinstance(term, rdflib.BNode) else term for term in pattern)
                for way in ways
                for pattern in way
            )
            self.groups.append(PatternGroup(tuple(patterns), graph))


def _check_iris(triple: _Pattern) -> None:
    """Raise RefusedQuery for an IRI that rdflib cannot resolve, as against the base `urn:a:`."""
    for term in triple:
        if isinstance(term, rdflib.URIRef) and ":" not in term:
            raise RefusedQuery("its base IRI", f"expected one from which <{term}> is an IRI")


def _inside_projection(algebra: Any) -> Any:
    """Return the pattern of a query below its own projection."""
    while algebra.name != "Project":
        algebra = algebra.p
    return algebra.p


def _ways(subject: Any, path: Any, object_: Any) -> Sequence[_Way]:
    """Return the ways through a path of steps, of which each may be inverse or an alternative.

    A repeated or negated step stays as it is, in the place of the predicate.
    """
    if isinstance(path, InvPath):
        return _ways(object_, path.arg, subject)
    if isinstance(path, AlternativePath):
        return [way for one in path.args for way in _ways(subject, one, object_)]
    if isinstance(path, SequencePath):
        nodes = [subject, *(rdflib.BNode() for _ in path.args[1:]), object_]
        steps = zip(nodes, path.args, nodes[1:], strict=False)
        return [[*chain.from_iterable(ways)] for ways in product(*(_ways(*one) for one in steps))]
    return [[(subject, path, object_)]]


def _tests_in(expression: Any) -> Iterator[str]:
    """Yield the kinds of tests for other patterns in an expression."""
    if isinstance(expression, CompValue):
        if expression.name in _EXISTS:
            yield _EXISTS[expression.name]
            return
        expression = [*expression.values()]
    if isinstance(expression, list):
        for one in expression:
            yield from _tests_in(one)
