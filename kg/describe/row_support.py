"""The support of a row of an answer: the triples that matched, and who says them.

They are those of the query's basic graph patterns with the values of the row. Variables that the
query does not select get their values from one further query, which asks for all variables of the
solutions behind the rows; of an aggregate, these are the solutions of the row's group.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import rdflib
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, QuerySolutions, Triple

from kg.describe.evidence import GraphProvenance, ProvenanceReader
from kg.describe.query_patterns import PatternGroup, QueryPatterns, Untraced
from kg.errors import MalformedParameter
from kg.statuses import status_of
from kg.store.quad_store import Store
from kg.store.rdflib_dataset import from_rdflib
from kg.store.sparql.dataset import QueryDataset
from kg.store.sparql.query import Query
from kg.store.sparql.tokens import SparqlToken, blank_out, match_brackets

Row = Mapping[str, Any]
# Solutions that are read for all rows together.
_MAX_SOLUTIONS: Final = 100_000
# Triples to look up for the weakest of all rows together: some hundredths of a second.
_MAX_LOOKUPS: Final = 2_000
# What says nothing against a row of which all other patterns are traced.
_ABSENCE: Final = frozenset({Untraced.NEGATION})
_MAX_CACHED: Final = 65_536
# Solutions whose triples are looked up together.
_TOGETHER: Final = 200
# What follows the keys of a group.
_AFTER_KEYS: Final = frozenset({"HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})


class SupportingTriple(NamedTuple):
    """A triple that matched, the named graph that was asked, if one was, and who says it.

    The strongest of its grounds comes first.
    """

    triple: Triple
    graph: NamedNode | None
    grounds: tuple[GraphProvenance, ...]

    @property
    def strongest(self) -> GraphProvenance | None:
        """The strongest of its grounds; names, types and links may have none."""
        return next(iter(self.grounds), None)


@dataclass
class RowSupport:
    """The triples of a row, and the number of the solutions behind it.

    The triples are those of the first `traced` solutions. `is_complete` is whether all solutions of
    the query were read; if not, there may be more behind each row.
    """

    solutions: int = 0
    traced: int = 0
    is_complete: bool = True
    is_found: bool = False
    triples: dict[SupportingTriple, None] = field(default_factory=dict)

    @property
    def weakest(self) -> GraphProvenance | None:
        """The weakest of the strongest grounds of its triples: the row is as strong as that."""
        strongest = (one.strongest for one in self.triples)
        return max(filter(None, strongest), key=_by_strength, default=None)


class RowTracer:
    """Traces rows of a query in a store, whose default graph is that of the reader's view."""

    def __init__(self, store: Store, query: Query, provenance: ProvenanceReader) -> None:
        """Read the patterns of the query; for errors see `Store.query` and `QueryPatterns`.

        `provenance` reads that of the graphs of the store.
        """
        self._store, self._services, self._provenance = store, query.services, provenance
        # The triples of other endpoints are not here, and the values that they gave are in the row.
        text = query.full_text
        for block in query.services:
            text = blank_out(text, block.start, block.end)
        self._query = query = Query(text, query.base_iri)
        # The engine parses the text before rdflib does, and says where it is malformed.
        store.query(query, dataset=QueryDataset())
        self.patterns = QueryPatterns(query)
        self._find = lru_cache(_MAX_CACHED)(self._find_triple)

    @property
    def untraced(self) -> Sequence[Untraced]:
        """The kinds of patterns of the query that are not traced."""
        services = [Untraced.SERVICE] if self._services else []
        return [*services, *self.patterns.untraced]

    def trace(self, rows: Sequence[Row], limit: int) -> list[RowSupport]:
        """Return the support of each row, with the triples of at most `limit` of its solutions.

        A row has the values of the selected variables; one without a value is left out. Raises
        MalformedParameter for another variable.
        """
        self._check_variables(rows)
        return self._trace(rows, limit, self._solutions(self._ask_for_all(rows)), _MAX_SOLUTIONS)

    def find_weakest(self, rows: Sequence[Row], limit: int) -> list[GraphProvenance | None] | None:
        """Return `RowSupport.weakest` of each row of the answer, or None if that takes too long.

        Rows with the values of all variables are not asked for again. Of a row it is None if no
        triple has a status, and of all rows if something is not traced that could be weaker.
        """
        if not _ABSENCE.issuperset(self.untraced):
            return [None] * len(rows)
        groups = self.patterns.groups
        variables = {str(variable) for group in groups for variable in group.variables}
        is_whole = variables.issubset(self.patterns.selected)
        solutions = rows if is_whole else self._solutions(self._ask_for_all(rows))
        most = _MAX_LOOKUPS // max(1, sum(len(group.patterns) for group in groups))
        found = self._trace(rows, limit, solutions, most)
        return [one.weakest for one in found] if all(one.is_complete for one in found) else None

    def _trace(
        self, rows: Sequence[Row], limit: int, solutions: Iterable[Row], most: int
    ) -> list[RowSupport]:
        names = self._checked
        traced: list[tuple[RowSupport, Row]] = []
        found = {tuple(row.get(name) for name in names): RowSupport() for row in rows}
        for number, values in enumerate(solutions):
            if number == most:
                for support in found.values():
                    support.is_complete = False
                break
            matched = found.get(tuple(values.get(name) for name in names))
            if matched is not None:
                matched.solutions += 1
                if matched.traced < limit:
                    matched.traced += 1
                    traced.append((matched, values))
                    if len(traced) == _TOGETHER:
                        self._look_up(traced)
        self._look_up(traced)
        for support in found.values():
            # An aggregate of no solutions is a row, too.
            is_only_row = self.patterns.keys == () and Untraced.GROUP not in self.untraced
            support.is_found = support.solutions > 0 or is_only_row
        return [found[tuple(row.get(name) for name in names)] for row in rows]

    def _look_up(self, traced: list[tuple[RowSupport, Row]]) -> None:
        """Add the triples of these solutions to the support of their rows, and empty the list."""
        self._store.read_ahead(self._triples_of(traced))
        self._store.read_ahead(
            (quad.graph_name, None, None)
            for triple in self._triples_of(traced)
            for quad in self._store.quads(*triple)
        )
        for support, values in traced:
            support.triples.update(dict.fromkeys(self._match(values)))
        traced.clear()

    def _triples_of(self, solutions: Iterable[tuple[RowSupport, Row]]) -> Iterator[Any]:
        for _, values in solutions:
            for group in self.patterns.groups:
                for pattern in group.patterns:
                    terms = tuple(_value(term, values) for term in pattern)
                    if _is_triple(terms):
                        yield terms

    @property
    def _checked(self) -> Sequence[str]:
        """The variables of a row that its solutions have: all, or the keys of its group.

        What is computed may differ each time, if the query is volatile.
        """
        keys, computed = self.patterns.keys, self.patterns.assigned
        if keys is not None:
            return keys
        selected = self.patterns.selected
        return [one for one in selected if not (self._query.is_volatile and one in computed)]

    def _check_variables(self, rows: Sequence[Row]) -> None:
        selected = self.patterns.selected
        for name in (name for row in rows for name in row):
            if name not in selected:
                variables = ", ".join(f"?{one}" for one in selected)
                raise MalformedParameter("row", f"expected only {variables}, got ?{name}")

    def _solutions(self, query: Query) -> Iterator[dict[str, Any]]:
        """Yield the solutions of a SELECT by the names of its variables."""
        found = self._store.query(query, dataset=self._query.dataset)
        if not isinstance(found, QuerySolutions):
            raise TypeError("a SELECT has solutions")
        names = [variable.value for variable in found.variables]
        for solution in found:
            yield dict(zip(names, solution, strict=True))

    def _match(self, values: Mapping[str, Any]) -> Iterator[SupportingTriple]:
        """Yield the triples of a solution; of OPTIONAL and UNION, of the groups that match."""
        for group in self.patterns.groups:
            if group.has_blank_nodes:
                every = next(self._solutions(_ask_for_group(group, values)), {})
                yield from self._match_group(group, {**values, **every})
            else:
                yield from self._match_group(group, values)

    def _match_group(
        self, group: PatternGroup, values: Mapping[str, Any]
    ) -> Sequence[SupportingTriple]:
        """Return the triples of a group of patterns, or none if one of them does not match."""
        graph = _value(group.graph, values)
        triples = [[_value(term, values) for term in pattern] for pattern in group.patterns]
        if (group.graph is not None and graph is None) or not all(map(_is_triple, triples)):
            return []
        found = [self._find(Triple(*terms), graph) for terms in triples]
        return [one for one in found if one is not None] if None not in found else []

    def _find_triple(self, triple: Triple, graph: NamedNode | None) -> SupportingTriple | None:
        """Return a triple with its grounds if it is in the graph that was asked.

        They are those of that graph. One without a status, such as `graph:derived`, only collects
        triples of others, so in it a triple has the grounds of all its graphs.
        """
        names = {quad.graph_name for quad in self._store.quads(*triple)}
        dataset = self._query.dataset
        asked = {graph} if graph else {*dataset.default} if dataset else {DefaultGraph()}
        if names.isdisjoint(asked):
            return None
        grounds = () if DefaultGraph() in asked else self._grounds(names & asked)
        return SupportingTriple(triple, graph, grounds or self._grounds(names))

    def _grounds(self, graphs: Iterable[Any]) -> tuple[GraphProvenance, ...]:
        """Return the provenance of those graphs that have a status, the strongest first."""
        named = sorted((name for name in graphs if isinstance(name, NamedNode)), key=str)
        return tuple(sorted(filter(None, map(self._provenance.get, named)), key=_by_strength))

    def _ask_for_all(self, rows: Sequence[Row]) -> Query:
        """Return the query for all variables of the solutions behind rows, each solution once."""
        query, text = self._query, self._query.full_text
        tokens = query.tokens
        closing = match_brackets(tokens)
        head = next(i for i, token in enumerate(tokens) if token.keyword == "SELECT")
        opening, dataset = head, len(tokens)
        while tokens[opening].text != "{":
            if tokens[opening].keyword == "FROM":
                dataset = min(dataset, opening)
            opening = closing.get(opening, opening) + 1
        closed = closing[opening]
        group = text[tokens[opening].offset : tokens[closed].end]
        graphs = text[tokens[min(dataset, opening)].offset : tokens[opening].offset]
        after = tokens[closed + 1 :]
        end = next((i for i, one in enumerate(after) if one.keyword in _AFTER_KEYS), len(after))
        is_aggregate = self.patterns.keys is not None
        computed = after[:end] if is_aggregate else tokens[head:opening]
        values = next((one.offset for one in after if one.keyword == "VALUES"), len(text))
        where = " ".join(
            [
                self._inline(rows),
                group,
                *_bind(text, computed),
                "" if is_aggregate else text[values:],
            ]
        )
        prologue = text[: query.prologue.end]
        return Query(f"{prologue}SELECT * {graphs} {{ {where} }}", query.base_iri)

    def _inline(self, rows: Sequence[Row]) -> str:
        """Return the rows as VALUES of the variables that can be given, in all rows, to patterns.

        Solutions that differ from the row in another variable are left out when they are read.
        """
        names = [
            name
            for name in self._checked
            if name not in self.patterns.assigned
            and all(isinstance(row.get(name), NamedNode | Literal) for row in rows)
        ]
        lines = dict.fromkeys(f"({' '.join(str(row[name]) for name in names)})" for row in rows)
        variables = " ".join(f"?{name}" for name in names)
        return f"VALUES ({variables}) {{ {' '.join(lines)} }}" if names else ""


def _by_strength(ground: GraphProvenance) -> tuple[int, bool]:
    """Return the sort key of a ground: the strongest status first, asserted before derived."""
    return status_of(ground.status).rank, ground.is_derived


def _bind(text: str, tokens: Sequence[SparqlToken]) -> Iterator[str]:
    """Yield a BIND for each `(expression AS ?variable)` among these tokens."""
    closing = match_brackets(tokens)
    index = 0
    while index < len(tokens):
        end = closing.get(index, index)
        if end > index and tokens[end - 2].keyword == "AS":
            yield f"BIND{text[tokens[index].offset : tokens[end].end]}"
        index = end + 1


def _ask_for_group(group: PatternGroup, values: Mapping[str, Any]) -> Query:
    """Return the query for the blank nodes of a group, as variables, with the values of others."""
    patterns = (" ".join(_text(term, values) for term in one) for one in group.patterns)
    text = " . ".join(patterns)
    if group.graph is not None:
        text = f"GRAPH {_text(group.graph, values)} {{ {text} }}"
    return Query(f"SELECT * {{ {text} }} LIMIT 1")


def _value(term: Any, values: Mapping[str, Any]) -> Any:
    """Return the value of a term of rdflib, or None if it has none."""
    if isinstance(term, rdflib.Variable | rdflib.BNode):
        return values.get(str(term))
    return None if term is None else from_rdflib(term)


def _text(term: Any, values: Mapping[str, Any]) -> str:
    """Return a term for a query; what has no value is a variable."""
    value = _value(term, values)
    return f"?{term}" if value is None or isinstance(value, BlankNode) else str(value)


def _is_triple(terms: Sequence[Any]) -> bool:
    subject, predicate, object_ = terms
    is_subject = isinstance(subject, NamedNode | BlankNode)
    return is_subject and isinstance(predicate, NamedNode) and object_ is not None
