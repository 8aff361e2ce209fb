"""A query of a request -> the response that its query process gives.

A query that asks other endpoints too -> one that the store can answer.
"""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from fastapi import Request, Response
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results
from starlette.types import Receive, Scope, Send

from kg.errors import KgError
from kg.store.dataset import Dataset, dataset_of
from kg.store.service_blocks import ServiceBlock
from kg.store.service_values import Solutions, checkable
from service.answers.formats import RESULT_FORMATS, VERSIONS, Choice
from service.errors import RefusedEndpoint, ResultTooLarge
from service.http.conditional import caching, has_any, not_modified, with_links
from service.http.endpoint import Endpoint
from service.http.observation import CLIENT_LEFT, REFUSED, SLOW_CLIENT, Metrics, note
from service.http.request import CLIENT_GONE, UntilGone
from service.queries.messages import HELD_BACK_BYTES, Job
from service.queries.processes import Answer

_log: Final = logging.getLogger("glocal.service")
# Who has one IPv6 address has a network of them.
_IPV6_NETWORK: Final = 64


async def ask(
    request: Request, here: Endpoint, job: Job, *, tag: str | None, asked: str = ""
) -> Response:
    """What the query of this request returns; it ends if the client goes away.

    Args:
        request: from whom, and what its client holds already.
        here: the query processes, and how long an answer may be sent.
        job: the query.
        tag: the entity tag of the answer; none if it differs from time to time.
        asked: what the client has asked, where the job has it in other words.

    Raises:
        KgError: see `QueryProcesses.ask`.
    """
    choice = job.choice
    headers = with_links(caching(tag, here.freshness), choice)
    note(request.scope, query=asked or job.text)
    if not_modified(request, tag):
        return Response(status_code=304, headers=headers)
    kept = here.cache.body(tag.encode()) if tag is not None else None
    if kept is not None and not has_any(request):
        return Response(kept, headers={"Content-Type": choice.content_type, **headers})
    async with UntilGone(request.receive) as client:
        answer = await here.shared_queries.ask(job, client_of(request), tag)
    if client.is_gone:
        return Response(status_code=CLIENT_GONE)
    if answer.run.generation != here.generation:
        tag, headers = None, caching(None)
    if tag is not None and has_any(request):
        answer.run.close()
        return Response(status_code=304, headers=headers)
    headers = {"Content-Type": choice.content_type, **headers}
    if answer.run.is_whole:
        return Response(answer.first, headers=headers)
    return StreamedAnswer(answer, headers, here.settings.max_sending_seconds, here.metrics)


async def small(here: Endpoint, job: Job, client: str) -> bytes:
    """The answer of a query that is part of a greater one, at most a MiB.

    Raises:
        ResultTooLarge: it is larger.
        KgError: see `QueryProcesses.ask`.
    """
    answer = await here.shared_queries.ask(job, client, tag=None)
    answer.run.close()
    if not answer.run.is_whole:
        raise ResultTooLarge("bytes", HELD_BACK_BYTES)
    return answer.first


def job_for(text: str, choice: Choice, **others: Any) -> Job:
    """The job of a query whose answer is wanted in this format."""
    version = choice.version or VERSIONS[0]
    return Job(
        text,
        choice.format.media_type,
        choice.media_type,
        version=version,
        profiles=choice.profiles,
        context=choice.context,
        **others,
    )


def client_of(request: Request) -> str:
    """Who shares one client's share: an IPv4 address, or the network of an IPv6 address."""
    return _share_of(request.client.host if request.client is not None else "")


@lru_cache(maxsize=256)
def _share_of(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address.packed, _IPV6_NETWORK), strict=False))
    return host


class StreamedAnswer(Response):
    """An answer that is sent while it comes.

    Where it breaks off, so does the connection: nobody takes a part for the whole.
    """

    def __init__(
        self,
        answer: Answer,
        headers: Mapping[str, str],
        max_sending_seconds: float,
        metrics: Metrics,
    ) -> None:
        super().__init__(None, headers=headers)
        del self.headers["content-length"]
        self._answer, self._left_seconds = answer, max_sending_seconds
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; end the query if the client goes away or takes too long to read."""
        _ = scope
        try:
            async with UntilGone(receive) as client:
                await self._send_all(send)
            self._metrics.unanswered_queries[CLIENT_LEFT] += client.is_gone
        except KgError as error:
            self._metrics.note_failure(error)
            _log.warning("An answer was cut off: %s", error)
        except TimeoutError:
            self._metrics.unanswered_queries[SLOW_CLIENT] += 1
            _log.warning("An answer was cut off: its client took too long to read it.")
        finally:
            self._answer.run.close()

    async def _send_all(self, send: Send) -> None:
        run = self._answer.run
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        await self._send(send, self._answer.first, more=True)
        while not run.is_whole:
            part = await run.next_part()
            await self._send(send, part, more=not run.is_whole)

    async def _send(self, send: Send, part: bytes, *, more: bool) -> None:
        clock = asyncio.get_running_loop().time
        before = clock()
        async with asyncio.timeout(self._left_seconds):
            await send({"type": "http.response.body", "body": part, "more_body": more})
        self._left_seconds -= clock() - before


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
