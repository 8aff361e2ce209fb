"""A query that asks other endpoints too -> one that the store can answer."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Final

from fastapi import Request
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from kg.store.dataset import Dataset, dataset_of
from kg.store.service_blocks import ServiceBlock
from kg.store.service_values import Solutions, checkable
from service.answers.formats import RESULT_FORMATS
from service.asking import client_of, small
from service.endpoint import Endpoint
from service.errors import RefusedEndpoint, ResultTooLarge
from service.metrics import REFUSED
from service.queries.messages import Job

_JSON: Final = next(
    one for one in RESULT_FORMATS if one.media_type == "application/sparql-results+json"
)


async def without_services(
    request: Request, here: Endpoint, job: Job, blocks: Sequence[ServiceBlock]
) -> Job:
    """The job with the solutions of other endpoints in the places of these blocks of its query.

    What it asks of the store on the way is within the limits of queries, and while another
    endpoint is waited for, the query takes its client's place like any that runs.

    Raises:
        RefusedEndpoint: an endpoint that may not be asked; none has been asked then.
        EndpointFailed: one that gives no answer to be used.
        KgError: see `QueryProcesses.ask`.
    """
    federation, base_iri = here.federation, job.base_iri or ""
    asks = _Asks(here, job, client_of(request))
    try:
        federation.check(job.text, blocks, base_iri)
        await asks.check_form(checkable(job.text, blocks))
        text = await federation.inlined(
            job.text, base_iri, asks.solutions, asks.place, restricts=not here.may_change
        )
    except RefusedEndpoint:
        here.metrics.service_calls[REFUSED] += 1
        raise
    return replace(job, text=text)


class _Asks:
    """What a query asks of this service's store before it is answered."""

    def __init__(self, here: Endpoint, job: Job, client: str) -> None:
        self._here, self._job, self._client = here, job, client
        self._dataset = job.dataset or dataset_of(job.text, job.base_iri)

    async def check_form(self, text: str) -> None:
        """Let a query pass that is well-formed: no triples are asked.

        Raises:
            KgError: see `QueryProcesses.ask`.
        """
        with suppress(ResultTooLarge):
            await small(self._here, replace(self._job, text=text, dataset=Dataset()), self._client)

    async def solutions(self, text: str) -> Solutions | None:
        """The solutions of a SELECT; none if they are more than a MiB."""
        asked = Job(
            text,
            _JSON.media_type,
            _JSON.media_type,
            # So that nothing is written in a form that hides triple terms.
            version="1.2",
            entailment=self._job.entailment,
            dataset=self._dataset,
            base_iri=self._job.base_iri,
        )
        try:
            body = await small(self._here, asked, self._client)
        except ResultTooLarge:
            return None
        return await asyncio.to_thread(_solutions_in, body)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """A place among the queries that run, for as long as another endpoint is waited for."""
        admission = self._here.processes.admission
        await admission.enter(self._client)
        try:
            yield
        finally:
            admission.leave(self._client)


def _solutions_in(body: bytes) -> Solutions:
    found = parse_query_results(body, format=QueryResultsFormat.JSON)
    if not isinstance(found, QuerySolutions):
        raise TypeError("a SELECT has given no rows")
    names = [variable.value for variable in found.variables]
    return Solutions(names, [[row[name] for name in names] for row in found])
