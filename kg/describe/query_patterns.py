"""The triple patterns of a SELECT query, in the groups that match together, and what has none."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import chain, count, product
from math import prod
from typing import Any, Final, NamedTuple

import rdflib
from pyparsing import ParseException
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, SequencePath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from kg.errors import RefusedQuery
from kg.sparql.query import Query

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

    # In a subquery.
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

    A blank node stands for any term, the same one within the group. A predicate may be a path of
    rdflib that is repeated or negated.
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


class Either(NamedTuple):
    """Parts of a query of which one is enough, such as those of UNION: each is a list of parts."""

    choices: tuple[tuple["Part", ...], ...]


class Perhaps(NamedTuple):
    """Parts of a query that need not match, such as those of OPTIONAL."""

    parts: tuple["Part", ...]


Part = PatternGroup | Either | Perhaps


def groups_of(parts: Iterable[Part]) -> Iterator[PatternGroup]:
    """Yield all groups of patterns in parts of a query."""
    for part in parts:
        if isinstance(part, Either):
            yield from groups_of(chain.from_iterable(part.choices))
        elif isinstance(part, Perhaps):
            yield from groups_of(part.parts)
        else:
            yield part


class QueryPatterns:
    """The patterns of a SELECT query.

    parts: its basic graph patterns, except those that are not traced; of each solution, those that
        match are there together.
    has_union: whether a UNION has them.
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
        self.assigned, self.has_union = set[str](), False
        self.keys: tuple[str, ...] | None = None
        self._untraced = dict[Untraced, None]()
        self._is_in_subquery = False
        self.selected = [*dict.fromkeys(map(str, algebra.PV))]
        self.parts = self._read(_inside_projection(algebra), None)

    @property
    def groups(self) -> list[PatternGroup]:
        """The groups of all parts."""
        return [*groups_of(self.parts)]

    @property
    def is_aggregate(self) -> bool:
        """Whether rows are computed of many solutions."""
        return self.keys is not None

    @property
    def untraced(self) -> tuple[Untraced, ...]:
        """The kind of what is not traced."""
        return tuple(self._untraced)

    def _read(self, part: Any, graph: Any) -> tuple[Part, ...]:
        """Return the parts below a node of the algebra."""
        if not isinstance(part, CompValue):
            return ()
        self._untraced |= dict.fromkeys(map(Untraced, _tests_in(dict.get(part, "expr"))))
        if part.name == "Project":
            return self._read_subquery(part, graph)
        if part.name == "AggregateJoin":
            if self._is_in_subquery:
                self._untraced[Untraced.AGGREGATE] = None
                return ()
            # What is computed of a group is no value of the solutions in it.
            self.assigned.clear()
            self._read_keys(dict.get(part.p, "expr") or [])
        if part.name == "Extend":
            self.assigned.add(str(part.var))
        elif part.name == "BGP":
            return self._read_group(part.triples, graph)
        elif part.name == "Minus":
            self._untraced[Untraced.NEGATION] = None
            return self._read(part.p1, graph)
        elif part.name == "Union":
            self.has_union = True
            return (Either((self._read(part.p1, graph), self._read(part.p2, graph))),)
        elif part.name == "LeftJoin":
            return (*self._read(part.p1, graph), Perhaps(self._read(part.p2, graph)))
        inside = part.term if part.name == "Graph" else graph
        below = (self._read(dict.get(part, name), inside) for name in _PARTS)
        return tuple(chain.from_iterable(below))

    def _read_keys(self, keys: list[Any]) -> None:
        names = [str(key) for key in keys if isinstance(key, rdflib.Variable)]
        self.keys = tuple(name for name in names if name in self.selected)
        if len(self.keys) < len(keys):
            self._untraced[Untraced.GROUP] = None

    def _read_subquery(self, project: CompValue, graph: Any) -> tuple[Part, ...]:
        """Return the parts of a subquery without variables of its own, which have no values."""
        is_nested, self._is_in_subquery = self._is_in_subquery, True
        parts = self._read(project.p, graph)
        self._is_in_subquery = is_nested

        def is_known(part: Part) -> bool:
            return all(group.variables <= {*project.PV} for group in groups_of([part]))

        kept = tuple(filter(is_known, parts))
        if len(kept) < len(parts):
            self._untraced[Untraced.SUBQUERY] = None
        return kept

    def _read_group(self, triples: list[_Pattern], graph: Any) -> tuple[Part, ...]:
        """Return a basic graph pattern: one group for each way through the paths in it."""
        # Names that are those of no variable.
        numbers = count()
        nodes = defaultdict[Any, Any](lambda: rdflib.BNode(f"node_without_a_name_{next(numbers)}"))
        several = list[Sequence[_Way]]()
        for triple in triples:
            _check_iris(triple)
            ways = _ways(*triple)
            is_read = all(_is_read(one[1]) for way in ways for one in way)
            if not is_read or prod(map(len, [*several, ways])) > _MAX_WAYS:
                self._untraced[Untraced.PATH] = None
            else:
                several.append(ways)
        groups = list[PatternGroup]()
        for ways in product(*several) if several else ():
            patterns = (
                tuple(nodes[term] if isinstance(term, rdflib.BNode) else term for term in pattern)
                for way in ways
                for pattern in way
            )
            groups.append(PatternGroup(tuple(patterns), graph))
        return tuple(groups) if len(groups) < 2 else (Either(tuple((one,) for one in groups)),)


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


def _is_read(path: Any) -> bool:
    """Whether rdflib has read the whole path: of a negated set, it loses the inverse steps."""
    match path:
        case NegatedPath():
            return all(isinstance(one, rdflib.URIRef) for one in path.args)
        case SequencePath() | AlternativePath():
            return all(map(_is_read, path.args))
        case InvPath():
            return _is_read(path.arg)
        case MulPath():
            return _is_read(path.path)
        case _:
            return True


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
