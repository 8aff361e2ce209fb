"""Run the query of a request in a query process, and respond with its result.

The SERVICE blocks of a query are replaced beforehand by the solutions of other endpoints.
"""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from typing import Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results
from starlette.types import Receive, Scope, Send

from kg.errors import KgError
from kg.store.dataset import QueryDataset
from kg.store.query import Query
from kg.store.service_values import Solutions, with_graph_for_service
from service.answers.formats import RESULTS_JSON, Choice
from service.errors import RefusedEndpoint, ResultTooLarge
from service.http.conditional import answer_headers, client_accepts_any_tag, is_not_modified
from service.http.endpoint import Endpoint
from service.http.observation import CLIENT_DISCONNECTED, REFUSED, SLOW_CLIENT, note_for_log
from service.http.request import CLIENT_CLOSED_REQUEST, CancelOnDisconnect
from service.queries.messages import HELD_BACK_BYTES, QueryJob
from service.queries.processes import QueryAnswer

_log: Final = logging.getLogger("glocal.service")
# A host with one IPv6 address usually has a whole /64 of them.
_IPV6_PREFIX_BITS: Final = 64
# Characters from which on reading a text could delay other requests.
_LONG_TEXT: Final = 5_000
_SOLUTIONS: Final = Choice(RESULTS_JSON, RESULTS_JSON.media_type)


async def answer_query(
    request: Request, endpoint: Endpoint, job: QueryJob, *, tag: str | None, asked: str = ""
) -> Response:
    """Respond with the result of a query; stop the query if the client disconnects.

    `tag` is the entity tag of the answer, or None if the answer may differ each time. `asked` is
    the query as the client sent it, for the log. For the errors see `QueryProcesses.run`.
    """
    headers = answer_headers(request.scope, job.choice, tag)
    note_for_log(request.scope, query=asked or job.query.text)
    if is_not_modified(request, tag):
        return Response(status_code=304, headers=headers)
    kept = endpoint.cache.get(tag.encode()) if tag is not None else None
    if kept is not None and not client_accepts_any_tag(request):
        return Response(kept.body, headers={"Content-Type": kept.content_type, **headers})
    async with CancelOnDisconnect(request.receive) as client:
        answer = await endpoint.shared_queries.run(job, client_key(request), tag)
    if client.is_disconnected:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    # The store has been written to since the tag was made.
    if answer.run.generation != endpoint.generation:
        tag, headers = None, answer_headers(request.scope, job.choice, None)
    if tag is not None and client_accepts_any_tag(request):
        answer.run.close()
        return Response(status_code=304, headers=headers)
    headers = {"Content-Type": answer.content_type, **headers}
    if answer.run.is_complete:
        return Response(answer.first, headers=headers)
    return _StreamedResponse(answer, headers, endpoint)


async def run_subquery(endpoint: Endpoint, job: QueryJob, client: str) -> bytes:
    """Return the whole result of a query in another one; ResultTooLarge if it exceeds 1 MiB."""
    answer = await endpoint.shared_queries.run(job, client, tag=None)
    answer.run.close()
    if not answer.run.is_complete:
        raise ResultTooLarge("bytes", HELD_BACK_BYTES)
    return answer.first


async def read_query(text: str, base_iri: str | None = None) -> Query:
    """Read the query of a client; a long text is read in a thread, as that takes long."""
    query = Query(text, base_iri)
    if len(text) > _LONG_TEXT:
        await run_in_threadpool(lambda: (query.form, query.is_volatile, query.services))
    return query


def client_key(request: Request) -> str:
    """Return the IPv4 address, or the IPv6 /64 network, to which the limits of one client apply."""
    return _network_of(request.client.host if request.client is not None else "")


@lru_cache(maxsize=256)
def _network_of(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address.packed, _IPV6_PREFIX_BITS), strict=False))
    return host


class _StreamedResponse(Response):
    """A response that is sent while its query runs; it ends if the client leaves or is too slow.

    If the query fails, the connection is closed before the end of the body, so that no client takes
    a part for the whole.
    """

    def __init__(self, answer: QueryAnswer, headers: Mapping[str, str], endpoint: Endpoint) -> None:
        super().__init__(None, headers=headers)
        del self.headers["content-length"]
        self._answer, self._metrics = answer, endpoint.metrics
        self._remaining_seconds = endpoint.settings.max_sending_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _ = scope
        try:
            async with CancelOnDisconnect(receive) as client:
                await self._send_all(send)
            self._metrics.unanswered_queries[CLIENT_DISCONNECTED] += client.is_disconnected
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
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await self._send(send, self._answer.first, more=True)
        while not run.is_complete:
            await self._send(send, await run.next_part(), more=not run.is_complete)

    async def _send(self, send: Send, part: bytes, *, more: bool) -> None:
        clock = asyncio.get_running_loop().time
        started = clock()
        async with asyncio.timeout(self._remaining_seconds):
            await send({"type": "http.response.body", "body": part, "more_body": more})
        self._remaining_seconds -= clock() - started


async def inline_services(request: Request, endpoint: Endpoint, job: QueryJob) -> QueryJob:
    """Return the job with the SERVICE blocks of its query replaced by the endpoints' solutions.

    The subqueries that this runs on the store are subject to the limits of queries. While it waits
    for another endpoint, the query counts as one of its client's running queries. RefusedEndpoint
    is raised before any call, EndpointFailed for an unusable answer.
    """
    federation, subqueries = endpoint.federation, _Subqueries(endpoint, job, client_key(request))
    try:
        await asyncio.to_thread(federation.check_endpoints, job.query)
        await subqueries.check_form(await asyncio.to_thread(with_graph_for_service, job.query))
        # The variables of a `*` are named first, while the text still has them in their order.
        text = await asyncio.to_thread(lambda: job.query.engine_text)
        query, sends_bindings = Query(text, job.query.base_iri), not endpoint.may_change
        query = await federation.inline_services(
            query, subqueries.solutions, subqueries.place, sends_bindings=sends_bindings
        )
    except RefusedEndpoint:
        endpoint.metrics.service_calls[REFUSED] += 1
        raise
    return replace(job, query=query)


class _Subqueries:
    """The subqueries that a federated query runs on this service's own store."""

    def __init__(self, endpoint: Endpoint, job: QueryJob, client: str) -> None:
        self._endpoint, self._job, self._client = endpoint, job, client
        self._dataset = job.dataset or job.query.dataset

    async def check_form(self, query: Query) -> None:
        """Check that a query is well-formed, by running it on an empty dataset."""
        job = replace(self._job, query=query, dataset=QueryDataset())
        with suppress(ResultTooLarge):
            await run_subquery(self._endpoint, job, self._client)

    async def solutions(self, text: str) -> Solutions | None:
        """Return the solutions of a SELECT, or None if they take more than 1 MiB."""
        query, entailment = Query(text, self._job.query.base_iri), self._job.entailment
        subquery = QueryJob(query, _SOLUTIONS, entailment, self._job.view, self._dataset)
        try:
            body = await run_subquery(self._endpoint, subquery, self._client)
        except ResultTooLarge:
            return None
        return await asyncio.to_thread(_parsed_solutions, body)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Count as a running query while waiting for another endpoint."""
        admission = self._endpoint.processes.admission
        await admission.enter(self._client)
        try:
            yield
        finally:
            admission.leave(self._client)


def _parsed_solutions(body: bytes) -> Solutions:
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if not isinstance(results, QuerySolutions):
        raise TypeError(f"expected QuerySolutions, got a {type(results).__name__}")
    names = [variable.value for variable in results.variables]
    return Solutions(names, [[row[name] for name in names] for row in results])
