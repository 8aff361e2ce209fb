"""What an endpoint answers -> solutions.

One SERVICE block -> its solutions.

A query with SERVICE blocks -> a query with the solutions of their endpoints instead.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pyoxigraph import BlankNode, NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results

from kg.errors import LimitExceeded
from kg.store.service_blocks import Names, ServiceBlock, outermost, read_blocks
from kg.store.service_values import (
    Restriction,
    Solutions,
    Term,
    has_node,
    question,
    restriction_of,
    with_solutions,
)
from service.allow_list import AllowList, Origin
from service.errors import EndpointFailed, EndpointTimedOut, RefusedEndpoint
from service.federation.calls import Answered, Budget, Caller, ServiceLimits
from service.federation.connections import ForbiddenAddress, GuardedBackend, Resolver, resolve_name

_FORMATS: Final = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
}
# The parser calls itself for each triple term inside another, and takes the process with it
# where its stack ends: from some thousands on. A flat answer is five deep.
_MOST_DEPTH: Final = 64
_JSON_MARK: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[{]|[\]}]', re.DOTALL)
# The parser takes XML that is cut off for whole.
_XML_END: Final = re.compile(rb"</[^<>]*sparql\s*>\s*\Z")
_XML_TRIPLE: Final = re.compile(rb"<[^<>\s]*triple[\s/>]")


def solutions_in(endpoint: str, answered: Answered, *, most_rows: int) -> Solutions:
    """The solutions of an answer; one more than so many, if there are more.

    Its blank nodes are new ones: they are of this answer and no other.

    Raises:
        EndpointFailed: another media type, a format that is broken, or something else than rows.
    """
    form = _FORMATS.get(answered.media_type)
    if form is None:
        what = f"'{answered.media_type[:80]}'" if answered.media_type else "of no media type"
        raise EndpointFailed(endpoint, f"it is {what}, not SPARQL results in JSON or XML")
    if _is_deep(answered.body, form):
        raise EndpointFailed(endpoint, "its terms are nested too deep")
    if form == QueryResultsFormat.XML and _XML_END.search(answered.body) is None:
        raise EndpointFailed(endpoint, "its results are broken: they have no end")
    try:
        found = _parsed(answered.body, form, most_rows)
    except (SyntaxError, ValueError) as error:
        # Without the frames that hold the parser: it may be let go in this thread alone.
        error.__traceback__ = None
        raise EndpointFailed(endpoint, f"its results are broken: {str(error)[:200]}") from error
    if found is None:
        raise EndpointFailed(endpoint, "it is a yes or no instead of rows")
    return found


def _parsed(body: bytes, form: QueryResultsFormat, most_rows: int) -> Solutions | None:
    """The solutions; none of a yes or no."""
    found = parse_query_results(body, format=form)
    if not isinstance(found, QuerySolutions):
        return None
    names = [variable.value for variable in found.variables]
    return Solutions(names, list(islice(_rows(found, names), most_rows + 1)))


def _rows(found: QuerySolutions, names: Sequence[str]) -> Iterator[list[Term | None]]:
    nodes: dict[str, BlankNode] = {}
    for solution in found:
        row: list[Term | None] = []
        for name in names:
            term = solution[name]
            if isinstance(term, BlankNode):
                term = nodes.setdefault(term.value, BlankNode())
            elif has_node(term):
                raise ValueError("a triple term with a blank node in it cannot be taken over")
            row.append(term)
        yield row


def _is_deep(body: bytes, form: QueryResultsFormat) -> bool:
    if form == QueryResultsFormat.XML:
        return _XML_TRIPLE.search(body) is not None
    depth = 0
    for mark in _JSON_MARK.finditer(body):
        first = mark[0][:1]
        depth += (first in b"[{") - (first in b"]}")
        if depth > _MOST_DEPTH:
            return True
    return False


# Asks the store of this service; none where the answer is too large.
AskHere = Callable[[str], Awaitable[Solutions | None]]
Place = Callable[[], AbstractAsyncContextManager[None]]

_log: Final = logging.getLogger("glocal.service")
# So many of our solutions go with a question; where there are more, it goes without.
_MOST_SENT: Final = 1_000
_MOST_ENDPOINTS: Final = 100


@dataclass(frozen=True)
class BlockRun:
    """What the blocks of one query share: its names, its budget, and who is asked."""

    names: Names
    caller: Caller
    budget: Budget
    outcomes: Counter[str]
    ask_here: AskHere
    place: Place
    restricts: bool
    check_endpoint: Callable[[str], None]

    async def solutions(
        self, text: str, block: ServiceBlock, restriction: Restriction | None
    ) -> Solutions:
        """All solutions of the block, or those that can join with what stands before it.

        Raises:
            RefusedEndpoint: a variable stands for no endpoint that may be asked.
            EndpointFailed: an endpoint gives no answer to be used, and the block is not SILENT.
        """
        if block.variable is not None:
            endpoints = await self._endpoints(block, restriction)
        else:
            endpoints = [self.names.iri(text, block.endpoint)]
        sent = await self._sent(restriction)
        if sent is not None and not sent.rows:
            return Solutions(block.certain, [])
        asked = question(block, self.names, sent)
        found = [await self._ask(endpoint, block, asked) for endpoint in endpoints]
        if block.variable is None:
            return found[0]
        return _by_endpoint(block.variable, endpoints, found)

    async def _endpoints(
        self, block: ServiceBlock, restriction: Restriction | None
    ) -> Sequence[str]:
        """The endpoints that a variable stands for, each of which may be asked."""
        name = block.endpoint.text
        if restriction is None or restriction.endpoint is None:
            raise RefusedEndpoint(name, "nothing that stands before the block binds it")
        variables = [restriction.endpoint]
        asked = restriction.query(self.names.prologue, variables, most_rows=_MOST_ENDPOINTS)
        found = await self.ask_here(asked)
        if found is None or len(found.rows) > _MOST_ENDPOINTS:
            raise RefusedEndpoint(name, f"it stands for more than {_MOST_ENDPOINTS} endpoints")
        endpoints = []
        for [term] in found.rows:
            if not isinstance(term, NamedNode):
                raise RefusedEndpoint(name, f"it stands for {term or 'nothing'}, which is no IRI")
            self.check_endpoint(term.value)
            endpoints.append(term.value)
        return endpoints

    async def _sent(self, restriction: Restriction | None) -> Solutions | None:
        """What the endpoint is told to join with; none if that is too much, or nothing."""
        if not self.restricts or restriction is None or not restriction.variables:
            return None
        asked = restriction.query(self.names.prologue, restriction.variables, most_rows=_MOST_SENT)
        found = await self.ask_here(asked)
        if found is None or len(found.rows) > _MOST_SENT:
            return None
        columns = zip(*found.rows, strict=True) if found.rows else [()] * len(found.variables)
        whole = [
            name
            for name, column in zip(found.variables, columns, strict=True)
            if not any(term is None or has_node(term) for term in column)
        ]
        kept = found.keep(whole)
        distinct = list(dict.fromkeys(map(tuple, kept.rows)))
        return Solutions(whole, distinct) if whole else None

    async def _ask(self, endpoint: str, block: ServiceBlock, asked: str) -> Solutions:
        try:
            found = await self._answer(endpoint, asked)
            self.outcomes["answered"] += 1
        except EndpointFailed as error:
            self.outcomes[_outcome(error)] += 1
            _log.warning("%s", error)
            if not block.is_silent:
                raise
            # As SPARQL 1.1 Federated Query says in section 2.3: one that binds nothing.
            return Solutions(block.certain, [[None] * len(block.certain)])
        return found.keep(block.variables)

    async def _answer(self, endpoint: str, asked: str) -> Solutions:
        if (limit := self.budget.take_call()) is not None:
            raise EndpointFailed(endpoint, limit)
        async with self.place():
            answered = await self.caller.ask(endpoint, asked, self.budget)
        found = await asyncio.to_thread(
            solutions_in, endpoint, answered, most_rows=self.budget.rows
        )
        if (limit := self.budget.take_rows(len(found.rows))) is not None:
            raise EndpointFailed(endpoint, limit)
        return found


def _outcome(error: EndpointFailed) -> str:
    if isinstance(error.__cause__, ForbiddenAddress):
        return "forbidden-address"
    return "timed-out" if isinstance(error, EndpointTimedOut) else "failed"


def _by_endpoint(variable: str, endpoints: Sequence[str], found: Sequence[Solutions]) -> Solutions:
    """The solutions of several endpoints, each joined with the one that it came from."""
    names = sorted({name for one in found for name in one.variables} - {variable})
    rows = []
    for endpoint, one in zip(endpoints, found, strict=True):
        node = NamedNode(endpoint)
        for row in one.rows:
            said = dict(zip(one.variables, row, strict=True))
            if said.get(variable) in (None, node):
                rows.append([node, *(said.get(name) for name in names)])
    return Solutions([variable, *names], rows)


class Federation:
    """The endpoints that may be asked, and how much of them one query may take."""

    def __init__(
        self,
        allowed: AllowList,
        limits: ServiceLimits,
        outcomes: Counter[str],
        *,
        takes_variables: bool = False,
        resolve: Resolver = resolve_name,
    ) -> None:
        """Make ready to ask; nothing is asked yet.

        Args:
            allowed: the origins that may be asked.
            limits: of one query.
            outcomes: counts what becomes of calls.
            takes_variables: whether an endpoint may be a variable that is bound before its block.
            resolve: a name's addresses.
        """
        self._allowed, self._limits, self._outcomes = allowed, limits, outcomes
        self._takes_variables = takes_variables
        self._caller = Caller(allowed, GuardedBackend(allowed, resolve))

    def check(self, text: str, blocks: Sequence[ServiceBlock], base_iri: str) -> None:
        """Let pass a query that asks only endpoints which may be asked.

        Raises:
            RefusedEndpoint: an endpoint is not on the list, or a variable.
            LimitExceeded: more blocks than calls.
            MalformedQuery: an endpoint's prefix is not declared.
        """
        names = Names.of(text, base_iri)
        asked = outermost(blocks)
        for block in asked:
            if block.variable is None:
                self.check_endpoint(names.iri(text, block.endpoint))
            elif not self._takes_variables:
                raise RefusedEndpoint(
                    block.endpoint.text,
                    "the endpoint is a variable. Name it by an IRI; or the operator of this "
                    "service sets services_by_variable",
                )
        if len(asked) > self._limits.calls:
            raise LimitExceeded("SERVICE blocks", self._limits.calls, "Ask in smaller parts.")

    async def inlined(
        self, text: str, base_iri: str, ask_here: AskHere, place: Place, *, restricts: bool
    ) -> str:
        """The query, each outermost block replaced by the solutions of its endpoint.

        Args:
            text: a query that has passed `check` and is well-formed.
            base_iri: what its relative IRIs are resolved against.
            ask_here: for what stands before a block.
            place: where an endpoint is waited for.
            restricts: whether a question has with it what stands before its block, which has to
                be the same still when the query is answered.

        Raises:
            RefusedEndpoint: a variable stands for no endpoint that may be asked.
            EndpointFailed: an endpoint gives no answer to be used, and its block is not SILENT.
        """
        run = BlockRun(
            Names.of(text, base_iri),
            self._caller,
            Budget(self._limits),
            self._outcomes,
            ask_here,
            place,
            restricts,
            self.check_endpoint,
        )
        # Reading a text with thousands of rows takes a while, and the event loop has none.
        while blocks := await asyncio.to_thread(read_blocks, text):
            block = blocks[0]
            restriction = await asyncio.to_thread(restriction_of, text, block)
            solutions = await run.solutions(text, block, restriction)
            text = await asyncio.to_thread(with_solutions, text, block, solutions)
        return text

    def check_endpoint(self, endpoint: str) -> None:
        """Let pass an endpoint that is on the list.

        Raises:
            RefusedEndpoint: it is not; it says how the operator allows it.
        """
        try:
            origin = Origin.of(endpoint)
        except ValueError as error:
            raise RefusedEndpoint(endpoint, str(error)) from error
        if origin not in self._allowed:
            raise RefusedEndpoint(
                endpoint,
                f"this service may not ask {origin}. Its operator allows it by adding {origin} to "
                "the setting services (GLOCAL_SERVICES)",
            )
