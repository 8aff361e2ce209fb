"""One SERVICE block -> its solutions."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from kg.store.service_blocks import Names, ServiceBlock
from kg.store.service_values import Restriction, Solutions, has_node, question
from service.errors import EndpointFailed, EndpointTimedOut, RefusedEndpoint
from service.federation.answers import solutions_in
from service.federation.budget import Budget
from service.federation.calls import Caller
from service.federation.dialling import ForbiddenAddress

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
