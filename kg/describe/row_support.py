"""The support of a row of an answer: the triples that matched, and who says them.

They are those of the query's basic graph patterns with the values of the row. Variables that the
query does not select get their values from one further query, which asks for all variables of the
solutions behind the rows; of an aggregate, these are the solutions of the row's group.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import rdflib
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, QuerySolutions, Triple
from rdflib.paths import Path

from kg.describe.evidence import GraphProvenance, ProvenanceReader
from kg.describe.query_patterns import (
    Either,
    Part,
    PatternGroup,
    Perhaps,
    QueryPatterns,
    Untraced,
)
from kg.describe.supporting_triples import (
    Bound,
    Match,
    RowSupport,
    SupportingTriple,
    strongest_first,
)
from kg.describe.witness_paths import TooManySteps, WitnessPaths
from kg.errors import MalformedParameter
from kg.namespaces import GRAPH, RDF
from kg.sparql.dataset import QueryDataset
from kg.sparql.query import Query
from kg.sparql.tokens import SparqlToken, blank_out, match_brackets
from kg.store.quad_store import Store
from kg.store.rdflib_dataset import from_rdflib

Row = Mapping[str, Any]
# Solutions that are read for all rows together.
_MAX_SOLUTIONS: Final = 100_000
# Of these, those whose strength is examined: up to half a second.
_MAX_EXAMINED: Final = 5_000
# Triples to look up for the strength of all rows together: some hundredths of a second.
_MAX_LOOKUPS: Final = 2_000
# Triples that paths of any length follow, and matches for the nodes without a name of a group.
_MAX_STEPS, _MAX_HIDDEN = 2_000, 1_000
# What says nothing against a row of which all other patterns are traced.
_ABSENCE: Final = frozenset({Untraced.NEGATION})
_MAX_CACHED: Final = 65_536
# Solutions whose triples are looked up together.
_TOGETHER: Final = 200
# What follows the keys of a group.
_AFTER_KEYS: Final = frozenset({"HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})


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
        self._paths = WitnessPaths(self._find_steps, _MAX_STEPS)

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
        solutions = self._solutions(self._ask_for_all(rows))
        return self._trace(rows, limit, solutions, _MAX_SOLUTIONS, _MAX_EXAMINED)

    def find_weakest(self, rows: Sequence[Row]) -> list[GraphProvenance | None] | None:
        """Return how strong each row of the answer is, or None if that takes too long.

        Rows with the values of all variables are not asked for again. Of a row it is None if no
        triple has a status, or if its strength is known only as a bound.
        """
        if not _ABSENCE.issuperset(self.untraced):
            return [None] * len(rows)
        groups = self.patterns.groups
        variables = {str(variable) for group in groups for variable in group.variables}
        is_whole = variables.issubset(self.patterns.selected)
        solutions = rows if is_whole else self._solutions(self._ask_for_all(rows))
        most = _MAX_LOOKUPS // max(1, sum(len(group.patterns) for group in groups))
        found = self._trace(rows, 0, solutions, most, most)
        if not all(one.is_complete for one in found):
            return None
        return [one.ground if one.bound is Bound.EXACT else None for one in found]

    def _trace(
        self,
        rows: Sequence[Row],
        limit: int,
        solutions: Iterable[Row],
        most: int,
        most_examined: int,
    ) -> list[RowSupport]:
        names = self._checked
        waiting: list[tuple[RowSupport, Row]] = []
        found = {tuple(row.get(name) for name in names): self._support() for row in rows}
        for number, values in enumerate(solutions):
            if number == most:
                for support in found.values():
                    support.is_complete = False
                break
            matched = found.get(tuple(values.get(name) for name in names))
            if matched is not None:
                matched.solutions += 1
                if matched.solutions <= limit or most_examined > 0:
                    most_examined -= 1
                    waiting.append((matched, values))
                    if len(waiting) == _TOGETHER:
                        self._examine(waiting, limit)
        self._examine(waiting, limit)
        for support in found.values():
            # An aggregate of no solutions is a row, too.
            is_only_row = self.patterns.keys == () and Untraced.GROUP not in self.untraced
            support.is_found = support.solutions > 0 or is_only_row
        return [found[tuple(row.get(name) for name in names)] for row in rows]

    def _support(self) -> RowSupport:
        """Return the support of a row before its first solution."""
        hidden = {*self.untraced} - _ABSENCE
        # The matches of other groups may be weaker than the row's own.
        has_others = Untraced.GROUP in hidden
        may_be_weaker = not hidden <= {Untraced.GROUP}
        return RowSupport(
            is_aggregate=self.patterns.is_aggregate,
            may_be_weaker=may_be_weaker,
            may_be_stronger=has_others or (may_be_weaker and self.patterns.has_union),
        )

    def _examine(self, waiting: list[tuple[RowSupport, Row]], limit: int) -> None:
        """Examine these solutions of rows, list the triples of the first, and empty the list."""
        for support, values in waiting:
            try:
                match = self._match(self.patterns.parts, values)
            except TooManySteps:
                match = None
            if match is None:
                # It is a solution all the same, for a reason that is not known.
                support.may_be_weaker = support.may_be_stronger = True
                match = Match()
            support.add(match)
            if support.traced < limit:
                support.traced += 1
                support.triples.update(dict.fromkeys(match.triples))
        waiting.clear()

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

    def _match(self, parts: Iterable[Part], values: Row) -> Match | None:
        """Return the match of parts of the query in a solution; None if one does not match.

        It lists the triples of all choices that match, and is as strong as the one that counts.
        """
        found = Match()
        for part in parts:
            match part:
                case PatternGroup():
                    one = self._match_group(part, values)
                case Perhaps():
                    one = self._match(part.parts, values) or Match()
                case Either():
                    ways = (self._match(choice, values) for choice in part.choices)
                    one = self._choose([way for way in ways if way is not None])
            if one is None:
                return None
            found = found.joined(one)
        return found

    def _choose(self, ways: Sequence[Match]) -> Match | None:
        """Return the triples of several matches, as strong as the one that counts."""
        counting = self._counting(ways)
        triples = dict.fromkeys(one for way in ways for one in way.triples)
        return counting and Match((*triples,), counting.weakest)

    def _counting(self, ways: Sequence[Match]) -> Match | None:
        """Return which of several matches makes the row as strong as it is."""
        choose = max if self.patterns.is_aggregate else min
        return choose(ways, key=lambda way: way.strength, default=None)

    def _match_group(self, group: PatternGroup, values: Row) -> Match | None:
        """Return the match of a group; of several for its blank nodes, the one that counts."""
        if not group.has_blank_nodes:
            return self._match_values(group, values)
        found = list[Match]()
        for number, every in enumerate(self._solutions(_ask_for_group(group, values))):
            if number == _MAX_HIDDEN:
                raise TooManySteps
            if (one := self._match_values(group, {**values, **every})) is not None:
                found.append(one)
        return self._counting(found)

    def _match_values(self, group: PatternGroup, values: Row) -> Match | None:
        """Return the triples of a group of patterns, or None if one of them does not match."""
        graph = _value(group.graph, values)
        if group.graph is not None and graph is None:
            return None
        found = Match()
        for subject, predicate, object_ in group.patterns:
            start, end = _value(subject, values), _value(object_, values)
            if isinstance(predicate, Path):
                way = None
                if start is not None and end is not None:
                    way = self._paths.witness(start, predicate, end, graph)
            else:
                terms = start, _value(predicate, values), end
                one = self._find(Triple(*terms), graph) if _is_triple(terms) else None
                way = Match().with_triples([one]) if one else None
            if way is None:
                return None
            found = found.joined(way)
        return found

    def _find_steps(
        self, node: Any, predicate: NamedNode | None, graph: NamedNode | None, is_inverse: bool
    ) -> Iterator[SupportingTriple]:
        """Yield the triples that lead from a node, or to it; see `WitnessPaths`."""
        if not is_inverse and isinstance(node, Literal):
            return
        ends = (None, predicate, node) if is_inverse else (node, predicate, None)
        for triple in dict.fromkeys(quad.triple for quad in self._store.quads(*ends)):
            if (one := self._find(triple, graph)) is not None:
                yield one

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
        grounds = grounds or self._grounds(names)
        if not grounds and triple.predicate == RDF["type"] and GRAPH["entities"] in names:
            grounds = (self._provenance.of_type(triple.subject),)
        return SupportingTriple(triple, graph, grounds)

    def _grounds(self, graphs: Iterable[Any]) -> tuple[GraphProvenance, ...]:
        """Return the provenance of those graphs that have a status, the strongest first."""
        named = sorted((name for name in graphs if isinstance(name, NamedNode)), key=str)
        return strongest_first(map(self._provenance.get, named))

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
    return Query(f"SELECT * {{ {text} }}")


def _value(term: Any, values: Mapping[str, Any]) -> Any:
    """Return the value of a term of rdflib, or None if it has none."""
    if isinstance(term, rdflib.Variable | rdflib.BNode):
        return values.get(str(term))
    return None if term is None or isinstance(term, Path) else from_rdflib(term)


def _text(term: Any, values: Mapping[str, Any]) -> str:
    """Return a term or path for a query; what has no value is a variable."""
    if isinstance(term, Path):
        return term.n3()
    value = _value(term, values)
    return f"?{term}" if value is None or isinstance(value, BlankNode) else str(value)


def _is_triple(terms: Sequence[Any]) -> bool:
    subject, predicate, object_ = terms
    is_subject = isinstance(subject, NamedNode | BlankNode)
    return is_subject and isinstance(predicate, NamedNode) and object_ is not None
