"""Evaluate a query on a release that is on a server: there, or here on the triples it needs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any, Final

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, QuerySolutions, Triple, Variable

from kg.remote.blank_nodes import skolemize
from kg.remote.client import RESULTS, TRIPLES, Answer, SparqlServer
from kg.remote.errors import NotOfThisStore, StoreFailed
from kg.remote.queries.dataset import (
    Edit,
    Request,
    ServerDataset,
    apply,
    names_hidden_graph,
    restrict,
    spans_graphs,
)
from kg.remote.queries.dialects import GAPS, Dialect
from kg.remote.queries.needed_quads import NeededQuads, TooManyQuads
from kg.remote.queries.ordering import MAX_ROWS, put_in_order
from kg.remote.queries.query_reader import read_query
from kg.remote.queries.query_scanner import UnreadQuery
from kg.remote.queries.query_tree import Select, Values
from kg.remote.queries.results import (
    as_boolean,
    as_triples,
    is_in_order,
    may_be_of_nothing,
    read_results,
)
from kg.remote.queries.scopes import possible
from kg.remote.queries.value_kinds import Kinds, KindsOf
from kg.remote.terms import repaired
from kg.store.engine import Results
from kg.store.sparql.query import Query

# Triples that are fetched to evaluate one query here, which takes about a second.
MAX_FETCHED: Final = 100_000
# Resources of one DESCRIBE.
_MAX_RESOURCES: Final = 10_000
# The statuses by which servers report that they cannot evaluate a query.
_ERRORS_OF_QUERIES: Final = (400, 500)
_REPORTED: Final = "a result that the server cannot write"
_EMPTY: Final = pyoxigraph.Store()
_NONE: Final[Mapping[Variable, Any]] = MappingProxyType({})
# Queries whose parts are kept, such as saved questions, and the longest of them.
_MAX_KEPT: Final = 256
_MAX_KEPT_CHARACTERS: Final = 4_096
_GRAPHS: Final = frozenset({"CONSTRUCT", "DESCRIBE"})


class _SentInVain(Exception):
    """A query that was sent unread cannot be answered so."""


class Evaluation:
    """Evaluates queries on a server, in its dialect.

    `kinds_of` may ask the server, `kept_kinds` returns None instead. `triples_of` returns the
    triples of a resource in the graphs of a dataset.
    """

    def __init__(
        self,
        server: SparqlServer,
        dialect: Dialect,
        kinds_of: KindsOf,
        kept_kinds: Callable[[NamedNode], Kinds | None],
        triples_of: Callable[[Any, Sequence[NamedNode]], Iterable[Triple]],
    ) -> None:
        self._server, self._dialect = server, dialect
        self._kinds_of, self._kept_kinds = kinds_of, kept_kinds
        self._triples_of = triples_of

    def evaluate(
        self,
        query: Query,
        dataset: ServerDataset,
        substitutions: Mapping[Variable, Any],
        functions: Mapping[NamedNode, Any],
    ) -> Results:
        """Return the results; for errors see `NotOfThisStore`, and `pyoxigraph.Store.query`."""
        run: dict[str, Any] = {
            "substitutions": dict(substitutions),
            "custom_functions": dict(functions),
        }

        @cache
        def check() -> None:
            # The embedded engine reads it, so what is malformed has the same error everywhere.
            _EMPTY.query(query.full_text, base_iri=query.base_iri, **run)

        form = None if substitutions else self._dialect.form_of_plain(query.full_text)
        if form:
            with suppress(_SentInVain):
                return self._ask_at_once(query, form, dataset, check)
        check()
        select = _read(query)
        if form and self._dialect.answers_plain:
            return self._evaluate_here(query, select, dataset, run, [_REPORTED])
        if select.form == "DESCRIBE":
            return self._describe(query, select, dataset, substitutions, functions)
        gaps = self._gaps(_with_values(select, substitutions), dataset, self._kinds_of)
        if not gaps:
            request = self._request(query, select, dataset, substitutions)
            answer = self._answer(request, select.form)
            found = answer and self._results(query, select, dataset, answer, substitutions)
            if found is not None and not isinstance(found, str):
                return found
            gaps = [found or _REPORTED]
        return self._evaluate_here(query, select, dataset, run, gaps)

    def _ask_at_once(
        self, query: Query, form: str, dataset: ServerDataset, check: Callable[[], None]
    ) -> Results:
        """Send a query as it is, and read it while the server works; _SentInVain if that is wrong.

        Then the connection is closed, and the server's answer is never read.
        """
        read = list[Select]()

        def meanwhile() -> None:
            check()
            if not self._dialect.answers_plain:
                select = _read(query)
                if self._gaps(select, dataset, self._kept_kinds_of) or self._dialect.edits(
                    query, select, self._kept_kinds_of
                ):
                    raise _SentInVain
                read.append(select)

        answer = self._answer(Request(query.full_text, dataset.default), form, meanwhile)
        if answer is None:
            raise _SentInVain
        if not read:
            return read_results(answer, self._server.address)
        found = self._results(query, read[-1], dataset, answer)
        if isinstance(found, str):
            raise _SentInVain
        return found

    def _kept_kinds_of(self, predicate: NamedNode) -> Kinds:
        """Return what is known of a predicate; _SentInVain if the server would have to be asked."""
        kinds = self._kept_kinds(predicate)
        if kinds is None:
            raise _SentInVain
        return kinds

    def _gaps(self, select: Select, dataset: ServerDataset, kinds_of: KindsOf) -> list[str]:
        """Return the parts of a query that the server does not evaluate as the embedded engine."""
        gaps = [*dict.fromkeys(self._dialect.gaps(select, kinds_of))]
        hides = self._dialect.hides_constants
        if not hides and spans_graphs(select, dataset):
            gaps.append("GRAPH ?g in a default graph of several graphs")
        if hides and names_hidden_graph(select, dataset):
            gaps.append("GRAPH of a graph that is not there")
        return gaps

    def _results(
        self,
        query: Query,
        select: Select,
        dataset: ServerDataset,
        answer: Answer,
        substitutions: Mapping[Variable, Any] = _NONE,
    ) -> Results | str:
        """Return the results in an answer, or the gap that shows only there."""
        is_sorted_here = bool(select.order and select.is_sliced and self._dialect.hides_constants)
        limit = MAX_ROWS + 1 if is_sorted_here else select.limit
        found = read_results(answer, self._server.address, limit)
        columns = [one.value for one in select.order if isinstance(one, Variable)]
        if select.form == "ASK" and isinstance(found, QuerySolutions):
            return as_boolean(next(found, None) is not None)
        if not self._dialect.hides_constants or select.form != "SELECT":
            return found
        if select.is_grouped and may_be_of_nothing(answer.body, bool(select.keys)):
            inner = _pattern_of(query, select)
            if inner is None or not self._has_rows(inner, dataset, substitutions):
                return "an aggregate of nothing"
        is_in_order_there = not is_sorted_here and is_in_order(answer.body, columns)
        if is_in_order_there or not isinstance(found, QuerySolutions):
            return found
        return put_in_order(found, select) or "ORDER BY texts or values of several kinds"

    def _answer(
        self, request: Request, form: str, meanwhile: Callable[[], None] = lambda: None
    ) -> Answer | None:
        """Return the answer of the server, or None if it reports that it has none."""
        try:
            return self._send(request, TRIPLES if form in _GRAPHS else RESULTS, meanwhile)
        except StoreFailed as error:
            if error.status not in _ERRORS_OF_QUERIES:
                raise
            return None

    def _has_rows(
        self, query: Query, dataset: ServerDataset, substitutions: Mapping[Variable, Any]
    ) -> bool:
        request = self._request(query, read_query(query), dataset, substitutions)
        found = read_results(self._send(request), self._server.address, 1)
        return isinstance(found, QuerySolutions) and next(found, None) is not None

    def _request(
        self,
        query: Query,
        select: Select,
        dataset: ServerDataset,
        substitutions: Mapping[Variable, Any],
    ) -> Request:
        edits = self._dialect.edits(query, select, self._kinds_of)
        inside = select.where.start + 1
        for variable, term in substitutions.items():
            edits.append(Edit(inside, inside, f" VALUES {variable} {{ {skolemize(term)} }} "))
        hides = self._dialect.hides_constants
        request = restrict(query, select, dataset, edits, hides_constants=hides)
        if query.base_iri is None:
            return request
        return replace(request, text=f"BASE <{query.base_iri}>\n{request.text}")

    def _send(
        self,
        request: Request,
        accept: str = RESULTS,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Answer:
        return self._server.query(
            request.text,
            request.default,
            request.named,
            accept=accept,
            parameters=self._dialect.time_limit(self._server.seconds),
            meanwhile=meanwhile,
        )

    def _evaluate_here(
        self,
        query: Query,
        select: Select,
        dataset: ServerDataset,
        run: Mapping[str, Any],
        gaps: Sequence[str],
    ) -> Results:
        """Evaluate a query on the quads that it needs; NotOfThisStore if these are too many."""
        hides = self._dialect.hides_constants
        is_one = hides or len(dataset.default) == 1
        needed = NeededQuads(select, run["substitutions"], () if is_one else dataset.default)
        fetched = replace(dataset, known=frozenset(dataset.default))

        def rows_of(text: str, most: int) -> Iterable[Mapping[str, Any]]:
            inner = Query(f"{text} LIMIT {most + 1}" if " LIMIT " not in text else text)
            parts = read_query(inner)
            request = restrict(inner, parts, fetched, (), hides_constants=hides)
            found = read_results(self._send(request), self._server.address, parts.limit)
            if not isinstance(found, QuerySolutions):
                return
            names = [variable.value for variable in found.variables]
            for row in found:
                yield {name: repaired(row[name]) for name in names}

        try:
            quads = needed.fetch(rows_of, MAX_FETCHED)
        except TooManyQuads as error:
            reason = f"{GAPS.get(gaps[0], 'it is not of SPARQL 1.1')}, and more than {MAX_FETCHED} "
            reason += "triples would be needed to evaluate it here; expected patterns with fewer"
            raise NotOfThisStore(" and ".join(gaps[:3]), reason) from error
        store = pyoxigraph.Store()
        store.extend(quads)
        if needed.needs_all_names:
            for name in dataset.visible:
                store.add_graph(name)
        return store.query(
            query.engine_text,
            base_iri=query.base_iri,
            default_graph=[DefaultGraph()],
            named_graphs=[name for name in store.named_graphs() if name in dataset.visible],
            **run,
        )

    def _describe(
        self,
        query: Query,
        select: Select,
        dataset: ServerDataset,
        substitutions: Mapping[Variable, Any],
        functions: Mapping[NamedNode, Any],
    ) -> Results:
        """Return the triples about each resource, and about blank nodes below it."""
        resources = dict[Any, None]()
        for term in select.resources:
            if not isinstance(term, Variable):
                resources[term] = None
        start, end = select.head
        variables = [term for term in select.resources if isinstance(term, Variable)]
        if (variables or not select.resources) and select.where.end:
            selected = " ".join(map(str, variables)) or "*"
            head = f"SELECT {selected} WHERE "
            text = apply(query.full_text, [Edit(start, end, head)])
            inner = Query(text, query.base_iri)
            rows = self.evaluate(inner, dataset, substitutions, functions)
            for row in rows if isinstance(rows, QuerySolutions) else ():
                resources |= dict.fromkeys(term for term in row if _is_node(term))
                if len(resources) > _MAX_RESOURCES:
                    reason = f"expected at most {_MAX_RESOURCES} resources; add a LIMIT"
                    raise NotOfThisStore("DESCRIBE of that many resources", reason)
        queue, found = [*resources], dict[Triple, None]()
        for resource in queue:  # grows meanwhile
            triples = [*self._triples_of(resource, dataset.default)]
            found |= dict.fromkeys(triples)
            below = (one.object for one in triples if isinstance(one.object, BlankNode))
            for node in below:
                if node not in resources:
                    resources[node] = None
                    queue.append(node)
        return as_triples(found)


def _read(query: Query) -> Select:
    """Return the parts of a query; NotOfThisStore if it is not of SPARQL 1.1."""
    is_short = len(query.full_text) <= _MAX_KEPT_CHARACTERS
    try:
        return (_read_kept if is_short else _read_anew)(query.full_text, query.base_iri)
    except UnreadQuery as error:
        raise NotOfThisStore(str(error), "expected a query of SPARQL 1.1") from error


def _read_anew(text: str, base_iri: str | None) -> Select:
    return read_query(Query(text, base_iri))


_read_kept: Final = lru_cache(maxsize=_MAX_KEPT)(_read_anew)


def _is_node(term: Any) -> bool:
    return isinstance(term, NamedNode | BlankNode)


def _pattern_of(query: Query, select: Select) -> Query | None:
    """Return the query for one solution of the pattern of another one; None if there is none."""
    variable = next((one for one in possible(select.where) if isinstance(one, Variable)), None)
    if variable is None or select.values is not None:
        return None
    text, where = query.full_text, select.where
    pattern = text[where.start : where.end]
    declared = text[: select.head[0]]
    return Query(f"{declared}SELECT {variable} {pattern} LIMIT 1", query.base_iri)


def _with_values(select: Select, substitutions: Mapping[Variable, Any]) -> Select:
    """Return a query in which values are given to these variables."""
    if not substitutions:
        return select
    given = Values([*substitutions], [[*substitutions.values()]])
    where = select.where
    return replace(select, where=replace(where, elements=(given, *where.elements)))
