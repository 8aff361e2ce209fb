"""Replace the SERVICE blocks of a query by the solutions of their endpoints.

The blocks are evaluated one after another, from the first on. Before a block is sent, the patterns
before it are run on this service's own store, and their solutions go with it, so that the endpoint
returns only what can join with them. They stay here if the store may change meanwhile.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from operator import attrgetter
from typing import Final

from prometheus_client import Counter
from pyoxigraph import BlankNode, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results

from kg.errors import LimitExceeded
from kg.sparql import service_values
from kg.sparql.query import Query
from kg.sparql.service_blocks import ServiceBlock
from kg.sparql.service_values import JoinRestriction, Solutions, Term, contains_blank_node
from service.allow_list import AllowList, Origin
from service.errors import EndpointFailed, EndpointTimedOut, RefusedEndpoint
from service.federation.calls import Budget, EndpointClient, EndpointResponse
from service.federation.connections import AllowListBackend, ForbiddenAddress, resolve_name
from service.settings import Settings

_WIKIDATA: Final = "http://wikiba.se/ontology#"
# Queries this service's own store; returns None if the answer is too large.
LocalQuery = Callable[[str], Awaitable[Solutions | None]]
# Makes a context that is held while an endpoint is called.
CallContext = Callable[[], AbstractAsyncContextManager[None]]

_log: Final = logging.getLogger("glocal.service")
# At most this many of our own solutions are sent with a query; if there are more, none are.
_MAX_SENT_ROWS: Final = 1_000
_MAX_ENDPOINTS: Final = 100
_FORMATS: Final = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
}
# The parser recurses into nested triple terms, and a few thousand levels overflow its stack and
# crash the process. A result without triple terms has a depth of five.
_MAX_DEPTH: Final = 64
_JSON_MARK: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
# The parser accepts truncated XML, so the end tag is checked here.
_XML_END: Final = re.compile(rb"</[^<>]*sparql\s*>\s*\Z")
_XML_TRIPLE: Final = re.compile(rb"<[^<>\s]*triple[\s/>]")


class Federation:
    """The endpoints that the settings allow to call; `outcomes` counts the calls by outcome."""

    def __init__(self, settings: Settings, outcomes: Counter) -> None:
        self.settings, self.outcomes = settings, outcomes
        self._allowed = AllowList.parse(settings.services)
        self.client = EndpointClient(self._allowed, AllowListBackend(self._allowed, resolve_name))

    def check_endpoints(self, query: Query) -> None:
        """Check that a query calls only allowed endpoints, and no more than it may make calls.

        A SILENT block may name any. Raises RefusedEndpoint, LimitExceeded, or MalformedQuery for an
        undeclared prefix.
        """
        for block in query.services:
            endpoint = None if block.variable else query.resolve(block.endpoint)
            if not block.is_silent:
                self.check_block(block, endpoint)
        most = self.settings.max_service_calls
        if len(query.services) > most:
            raise LimitExceeded("SERVICE blocks", most, "Split the query into parts.")

    async def inline_services(
        self,
        query: Query,
        query_local_store: LocalQuery,
        call_context: CallContext,
        *,
        sends_bindings: bool,
    ) -> tuple[Query, list[RefusedEndpoint | EndpointFailed]]:
        """Return the query with each outermost block replaced by the solutions of its endpoint.

        The errors are those of SILENT blocks, which bind nothing.

        The query is well-formed and has passed `check_endpoints`. `sends_bindings` tells whether
        solutions of the patterns before a block are sent to its endpoint; this requires that the
        store does not change until the query is answered. For the errors see `evaluate`.
        """
        budget = Budget(self.settings)
        evaluator = _BlockEvaluator(self, budget, query_local_store, call_context, sends_bindings)
        # In threads, since parsing a query with thousands of rows would block the event loop.
        while services := await asyncio.to_thread(attrgetter("services"), query):
            block: ServiceBlock = services[0]
            restriction = await asyncio.to_thread(service_values.find_restriction, block)
            solutions = await evaluator.evaluate(query, block, restriction)
            query = await asyncio.to_thread(service_values.replace_block, query, block, solutions)
        return query, evaluator.silenced

    def check_block(self, block: ServiceBlock, endpoint: str | None) -> None:
        """Check that the endpoint of a block may be called, or a variable, if it is None."""
        if endpoint is not None:
            self.check_endpoint(endpoint)
        elif not self.settings.services_by_variable:
            raise RefusedEndpoint(
                block.endpoint.text,
                "the endpoint is a variable; expected an IRI. The operator of this service can "
                "allow variables by the setting services_by_variable",
            )

    def check_endpoint(self, endpoint: str) -> None:
        """Check that an endpoint is on the allow list; RefusedEndpoint tells how to allow it."""
        if endpoint.startswith(_WIKIDATA):
            reason = "it is a part of Wikidata's own query service. Here, ask for rdfs:label"
            raise RefusedEndpoint(endpoint, reason)
        try:
            origin = Origin.parse(endpoint)
        except ValueError as error:
            raise RefusedEndpoint(endpoint, str(error)) from error
        if origin not in self._allowed:
            raise RefusedEndpoint(
                endpoint,
                f"this service may not call {origin}. Its operator can allow it by adding "
                f"{origin} to the setting services (GLOCAL_SERVICES)",
            )


@dataclass(frozen=True)
class _BlockEvaluator:
    """Evaluates the SERVICE blocks of one query; see `Federation.inline_services`."""

    federation: Federation
    budget: Budget
    query_local_store: LocalQuery
    call_context: CallContext
    sends_bindings: bool
    silenced: list[RefusedEndpoint | EndpointFailed] = field(default_factory=list)

    async def evaluate(
        self, query: Query, block: ServiceBlock, restriction: JoinRestriction | None
    ) -> Solutions:
        """Return all solutions of a query's block, or those that join with the patterns before it.

        Unless the block is SILENT, raises RefusedEndpoint if a value of the endpoint's variable is
        not allowed, and EndpointFailed if an endpoint returns no usable answer.
        """
        endpoint = None if block.variable else query.resolve(block.endpoint)
        try:
            self.federation.check_block(block, endpoint)
            variable = partial(self._variable_endpoints, query, block, restriction)
            endpoints = await variable() if endpoint is None else [endpoint]
        except RefusedEndpoint as error:
            if not block.is_silent:
                raise
            return self._silence(block, error, "refused")
        bindings = await self._bindings_to_send(query, restriction)
        if bindings is not None and not bindings.rows:
            return Solutions(block.certain_variables, [])
        text = service_values.endpoint_query(query, block, bindings)
        results = [await self._query_endpoint(endpoint, block, text) for endpoint in endpoints]
        if block.variable is None:
            return results[0]
        return _with_endpoint(block.variable, endpoints, results)

    async def _variable_endpoints(
        self, query: Query, block: ServiceBlock, restriction: JoinRestriction | None
    ) -> Sequence[str]:
        """Return the endpoints that are a variable's values, and check that all are allowed."""
        name = block.endpoint.text
        if restriction is None or restriction.endpoint is None:
            raise RefusedEndpoint(name, "no pattern before the block binds this variable")
        variables = [restriction.endpoint]
        text = restriction.query(query.prologue_text, variables, most_rows=_MAX_ENDPOINTS)
        values = await self.query_local_store(text)
        if values is None or len(values.rows) > _MAX_ENDPOINTS:
            most = f"more than {_MAX_ENDPOINTS} endpoints as values"
            raise RefusedEndpoint(name, f"this variable has {most}")
        endpoints = []
        for [term] in values.rows:
            if not isinstance(term, NamedNode):
                value = f"the value {term}, which is not an IRI" if term else "an unbound value"
                raise RefusedEndpoint(name, f"this variable has {value}")
            self.federation.check_endpoint(term.value)
            endpoints.append(term.value)
        return endpoints

    async def _bindings_to_send(
        self, query: Query, restriction: JoinRestriction | None
    ) -> Solutions | None:
        """Return the solutions for the endpoint to join with; None if there are too many or none.

        Variables that are unbound or bound to a blank node in some solution are left out.
        """
        if not self.sends_bindings or restriction is None or not restriction.variables:
            return None
        prologue, variables = query.prologue_text, restriction.variables
        text = restriction.query(prologue, variables, most_rows=_MAX_SENT_ROWS)
        solutions = await self.query_local_store(text)
        if solutions is None or len(solutions.rows) > _MAX_SENT_ROWS:
            return None
        names = solutions.variables
        columns = zip(*solutions.rows, strict=True) if solutions.rows else [()] * len(names)
        sendable = [
            name
            for name, column in zip(names, columns, strict=True)
            if not any(term is None or contains_blank_node(term) for term in column)
        ]
        distinct_rows = list(dict.fromkeys(map(tuple, solutions.project(sendable).rows)))
        return Solutions(sendable, distinct_rows) if sendable else None

    async def _query_endpoint(self, endpoint: str, block: ServiceBlock, query: str) -> Solutions:
        """Query one endpoint and count the outcome; a SILENT block that fails binds nothing."""
        try:
            solutions = await self._call(endpoint, query)
            self.federation.outcomes.labels("answered").inc()
        except EndpointFailed as error:
            is_forbidden = isinstance(error.__cause__, ForbiddenAddress)
            outcome = "timed-out" if isinstance(error, EndpointTimedOut) else "failed"
            nothing = self._silence(block, error, "forbidden-address" if is_forbidden else outcome)
            if not block.is_silent:
                raise
            return nothing
        return solutions.project(block.variables)

    def _silence(
        self, block: ServiceBlock, error: RefusedEndpoint | EndpointFailed, outcome: str
    ) -> Solutions:
        """Note an error, and return what a SILENT block then has for solutions."""
        self.federation.outcomes.labels(outcome).inc()
        _log.warning("%s", error)
        self.silenced.append(error)
        # One solution without bindings (SPARQL 1.1 Federated Query, section 2.3).
        return Solutions(block.certain_variables, [[None] * len(block.certain_variables)])

    async def _call(self, endpoint: str, query: str) -> Solutions:
        budget = self.budget
        budget.take_call(endpoint)
        async with self.call_context():
            response = await self.federation.client.post_query(endpoint, query, budget)
        found = await asyncio.to_thread(parse_solutions, endpoint, response, max_rows=budget.rows)
        budget.take_rows(endpoint, len(found.rows))
        return found


def _with_endpoint(
    variable: str, endpoints: Sequence[str], results: Sequence[Solutions]
) -> Solutions:
    """Merge the solutions of several endpoints, each with its endpoint bound to the variable."""
    names = sorted({name for solutions in results for name in solutions.variables} - {variable})
    rows = []
    for endpoint, solutions in zip(endpoints, results, strict=True):
        node = NamedNode(endpoint)
        for row in solutions.rows:
            bindings = dict(zip(solutions.variables, row, strict=True))
            # A solution that binds the variable to another value does not join.
            if bindings.get(variable) in (None, node):
                rows.append([node, *(bindings.get(name) for name in names)])
    return Solutions([variable, *names], rows)


def parse_solutions(endpoint: str, response: EndpointResponse, *, max_rows: int) -> Solutions:
    """Parse the solutions in a response, up to one row more than `max_rows`.

    Blank nodes are replaced by new ones, so that they differ from those of any other response.
    Raises EndpointFailed if the media type is not supported, or the results are broken or not rows.
    """
    form = _FORMATS.get(response.media_type)
    if form is None:
        media_type = f"media type '{response.media_type[:80]}'"
        reason = f"its response has {media_type if response.media_type else 'no media type'}"
        raise EndpointFailed(endpoint, f"{reason}; expected SPARQL results in JSON or XML")
    if _is_too_deep(response.body, form):
        raise EndpointFailed(endpoint, "its terms are nested too deeply")
    if form == QueryResultsFormat.XML and _XML_END.search(response.body) is None:
        raise EndpointFailed(endpoint, "its results are broken: the end tag is missing")
    try:
        solutions = _parse(response.body, form, max_rows)
    except (SyntaxError, ValueError) as error:
        # Drop the stack frames that hold the parser, which must be freed in this thread.
        error.__traceback__ = None
        raise EndpointFailed(endpoint, f"its results are broken: {str(error)[:200]}") from error
    if solutions is None:
        raise EndpointFailed(endpoint, "it returned a boolean; expected rows")
    return solutions


def _parse(body: bytes, form: QueryResultsFormat, max_rows: int) -> Solutions | None:
    """Parse the solutions; return None for a boolean result."""
    results = parse_query_results(body, format=form)
    if not isinstance(results, QuerySolutions):
        return None
    names = [variable.value for variable in results.variables]
    return Solutions(names, list(islice(_rows(results, names), max_rows + 1)))


def _rows(results: QuerySolutions, names: Sequence[str]) -> Iterator[list[Term | None]]:
    nodes: dict[str, BlankNode] = {}
    for solution in results:
        row: list[Term | None] = []
        for name in names:
            term = solution[name]
            if isinstance(term, BlankNode):
                term = nodes.setdefault(term.value, BlankNode())
            elif contains_blank_node(term):
                raise ValueError("a triple term contains a blank node, which is not supported")
            row.append(term)
        yield row


def _is_too_deep(body: bytes, form: QueryResultsFormat) -> bool:
    if form == QueryResultsFormat.XML:
        return _XML_TRIPLE.search(body) is not None
    depth = 0
    for mark in _JSON_MARK.finditer(body):
        first = mark[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > _MAX_DEPTH:
            return True
    return False
