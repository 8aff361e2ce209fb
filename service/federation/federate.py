"""A query with SERVICE blocks -> a query with the solutions of their endpoints instead."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from kg.errors import LimitExceeded
from kg.store.service_blocks import Names, ServiceBlock, outermost, read_blocks
from kg.store.service_values import restriction_of, with_solutions
from service.allow_list import AllowList, Origin
from service.errors import RefusedEndpoint
from service.federation.block import AskHere, BlockRun, Place
from service.federation.budget import Budget, ServiceLimits
from service.federation.calls import Caller
from service.federation.dialling import GuardedBackend, Resolver, resolve_name


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
