"""Run the query of a request in a query process, and respond with its result.

The SERVICE blocks of a query are replaced beforehand by the solutions of other endpoints.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar
from urllib.parse import quote

from fastapi import Request, Response
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from kg.describe.graph_patterns import GRAPH_WARNING, reads_named_graphs
from kg.sparql.dataset import QueryDataset
from kg.sparql.hints import QueryHint, find_date_comparisons
from kg.sparql.query import Query
from kg.sparql.select_clauses import find_unbound, may_have_unbound
from kg.sparql.service_values import Solutions, with_graph_for_service
from kg.store.unknown_terms import TermChecker
from service.answers.formats import HTML, RESULTS_JSON, Choice
from service.errors import RefusedEndpoint, ResultTooLarge
from service.http.conditional import answer_headers, client_accepts_any_tag, is_not_modified
from service.http.documents import WebLink, link_header
from service.http.endpoint import Changed, Endpoint, endpoint_in
from service.http.kept_answers import SharedQueries
from service.http.metrics import REFUSED
from service.http.observation import note_for_log
from service.http.request import CLIENT_CLOSED_REQUEST, CancelOnDisconnect, client_key
from service.http.streaming import StreamedResponse
from service.http.threads import in_thread
from service.queries.messages import HELD_BACK_BYTES, Job, QueryJob
from service.queries.processes import QueryAnswer

T = TypeVar("T")
_log: Final = logging.getLogger("glocal.service")
# Characters from which on reading a text could delay other requests.
_LONG_TEXT: Final = 5_000
_SHORT_TEXT: Final = 1_000
# Printable ASCII that needs no escape in a string of a header (RFC 9651, section 3.3.3).
_IN_HEADER: Final = " !#$&'()*+,/:;<=>?@[]^`{|}~"
# Characters of one warning; three of them fit beside all other headers in the buffers of proxies.
_MAX_WARNING: Final = 300
_SOLUTIONS: Final = Choice(RESULTS_JSON, RESULTS_JSON.media_type)


async def answer_query(
    request: Request,
    endpoint: Endpoint,
    job: QueryJob,
    *,
    tag: str | None,
    asked: str = "",
    others: Mapping[str, str] | None = None,
) -> Response:
    """Respond with the result of a query; see `answer_job`.

    `asked` is the query as the client sent it, for the log.
    """
    note_for_log(request.scope, query=asked or job.query.text)
    return await answer_job(request, endpoint, endpoint.shared_queries, job, tag=tag, others=others)


async def answer_job(
    request: Request,
    endpoint: Endpoint,
    processes: SharedQueries,
    job: Job,
    *,
    tag: str | None,
    others: Mapping[str, str] | None = None,
) -> Response:
    """Respond with the answer to a job; stop its process if the client disconnects.

    `tag` is the entity tag of the answer, or None if the answer may differ each time. For `others`
    see `answer_headers`, and for the errors `QueryProcesses.run`.
    """
    headers = answer_headers(request.scope, job.choice, tag, others)
    if is_not_modified(request, tag):
        return Response(status_code=304, headers=headers)
    kept = endpoint.cache.find(tag.encode()) if tag is not None else None
    if kept is not None and not client_accepts_any_tag(request):
        return Response(kept.body, headers={"Content-Type": kept.content_type, **headers})
    async with CancelOnDisconnect(request.receive) as client:
        answer = await processes.run(job, client_key(request), tag)
    if client.is_disconnected:
        return Response(status_code=CLIENT_CLOSED_REQUEST)
    # The store has been written to since the tag was made.
    if answer.run.generation != endpoint.generation:
        tag, headers = None, answer_headers(request.scope, job.choice, None, others)
    if tag is not None and client_accepts_any_tag(request):
        answer.run.close()
        return Response(status_code=304, headers=headers)
    headers = {"Content-Type": answer.content_type, **headers}
    if answer.run.is_complete:
        return Response(answer.first, headers=headers)
    seconds = endpoint.settings.max_sending_seconds
    return StreamedResponse(answer, headers, endpoint.metrics, seconds)


async def answer_with_page(
    request: Request,
    endpoint: Endpoint,
    job: Job,
    write: Callable[[bytes, float, T | None], bytes],
    *,
    tag: str | None,
    others: Mapping[str, str],
    annotate: Callable[[bytes], Awaitable[T | None]] | None = None,
) -> Response:
    """Respond with the page that a function makes of a result and the seconds that it took.

    `annotate` returns what the page says of the result besides, or None if that cannot be had now.
    For `tag` and `others` see `answer_job`; ResultTooLarge is a result of more than 1 MiB.
    """
    choice = Choice(HTML, HTML.media_type)
    headers = answer_headers(request.scope, choice, tag, others)
    if is_not_modified(request, tag):
        return Response(status_code=304, headers=headers)
    start, key = time.perf_counter(), tag and f"{tag} rows"
    kept = endpoint.cache.find(key.encode()) if key else None
    if kept is not None:
        body = kept.body
    else:
        async with CancelOnDisconnect(request.receive) as client:
            answer = await endpoint.shared_queries.run(job, client_key(request), key)
        if client.is_disconnected:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
        body = _whole(answer)
        # The store has been written to since the tag was made.
        if answer.run.generation != endpoint.generation:
            tag, headers = None, answer_headers(request.scope, choice, None, others)
    seconds = time.perf_counter() - start
    notes = None if annotate is None else await annotate(body)
    if annotate is not None and notes is None:
        # A page that lacks them must not be kept.
        tag, headers = None, answer_headers(request.scope, choice, None, others)
    page = await in_thread(request, partial(write, body, seconds, notes))
    if tag is not None and client_accepts_any_tag(request):
        return Response(status_code=304, headers=headers)
    return Response(page, headers={"Content-Type": choice.content_type, **headers})


async def run_whole(
    processes: SharedQueries, job: Job, client: str, tag: str | None = None
) -> bytes:
    """Return the whole answer to a job; raise ResultTooLarge if it exceeds 1 MiB.

    With a tag, other requests may share the answer.
    """
    return _whole(await processes.run(job, client, tag))


def _whole(answer: QueryAnswer) -> bytes:
    answer.run.close()
    if not answer.run.is_complete:
        raise ResultTooLarge("bytes", HELD_BACK_BYTES)
    return answer.first


async def read_query(request: Request, text: str, base_iri: str) -> Query:
    """Read the query of a client, which need not declare the prefixes of the data.

    A long text is read in a thread, as that takes long.
    """
    prefixes = endpoint_in(request.scope).known_prefixes

    def read() -> Query:
        return Query.with_prefixes(text, prefixes, base_iri)

    if len(text) <= _LONG_TEXT:
        return read()
    query = await in_thread(request, read)
    await in_thread(request, lambda: (query.form, query.is_volatile, query.services))
    return query


async def find_unknown_terms(
    request: Request, checker: TermChecker, query: Query
) -> list[QueryHint]:
    """Return the first terms of a query that the release should have and has not."""
    find = partial(checker.find_unknown, query)
    is_long = len(query.text) > _LONG_TEXT
    if not is_long and checker.remembers_all(query.full_text):
        return []
    iris = await in_thread(request, find) if is_long else find()
    # In a thread: finding similar terms takes long.
    return await in_thread(request, lambda: [*map(checker.describe, iris)]) if iris else []


async def find_unused(request: Request, query: Query) -> list[QueryHint]:
    """Return hints at variables that nothing can bind, and at dates that do not compare."""
    # Finding similar ones takes the longer, the more variables a text can have.
    is_slow = len(query.text) > _SHORT_TEXT and may_have_unbound(query)

    def find() -> list[QueryHint]:
        return [*find_unbound(query), *find_date_comparisons(query)]

    return await in_thread(request, find) if is_slow else find()


async def is_beyond_view(request: Request, query: Query) -> bool:
    """Return whether a query reads statements through GRAPH, over which no view decides."""
    find = partial(reads_named_graphs, query)
    return await in_thread(request, find) if len(query.text) > _LONG_TEXT else find()


def warn_of(found: Sequence[QueryHint], *, is_beyond_view: bool = False) -> dict[str, str]:
    """Return the header that has the hints at a query, if there are any.

    It also tells that a view does not decide over what GRAPH reads.
    """
    texts = [*map(str, found), *([GRAPH_WARNING] if is_beyond_view else [])]
    return {"Glocal-Warning": write_warnings(texts)} if texts else {}


def headers_of_change(changed: Changed) -> dict[str, str]:
    """Return the headers that say of a change that the data contradicts itself, if it does."""
    if not changed.contradictions:
        return {}
    count, new = changed.contradictions, changed.new_contradictions
    warning = f"The data contradicts itself. Contradictions: {count:,}. Of these new: {new:,}."
    link = link_header([WebLink("related", "/contradictions")])
    return {"Glocal-Warning": write_warnings([warning]), "Link": link}


def write_warnings(texts: Iterable[str]) -> str:
    """Return the value of the header `Glocal-Warning`, which warns of what a client sent.

    It is a list of strings (RFC 9651), in which what is not ASCII is percent-encoded.
    """
    cut = (quote(text[:_MAX_WARNING], safe=_IN_HEADER)[:_MAX_WARNING] for text in texts)
    return ", ".join(f'"{warning}"' for warning in cut)


async def inline_services(
    request: Request, endpoint: Endpoint, job: QueryJob
) -> tuple[QueryJob, list[QueryHint]]:
    """Return the job with the SERVICE blocks of its query replaced by the endpoints' solutions.

    The hints name the SILENT blocks that bound nothing, and why.

    The subqueries that this runs on the store are subject to the limits of queries. While it waits
    for another endpoint, the query counts as one of its client's running queries. RefusedEndpoint
    is raised before any call, EndpointFailed for an unusable answer.
    """
    subqueries = _Subqueries(endpoint, job, client_key(request))
    # The first time, this imports the HTTP client.
    federation = await asyncio.to_thread(lambda: endpoint.federation)
    try:
        await asyncio.to_thread(federation.check_endpoints, job.query)
        await subqueries.check_form(await asyncio.to_thread(with_graph_for_service, job.query))
        # The variables of a `*` are named first, while the text still has them in their order.
        text = await asyncio.to_thread(lambda: job.query.engine_text)
        query, sends_bindings = Query(text, job.query.base_iri), not endpoint.may_change
        query, silent = await federation.inline_services(
            query, subqueries.solutions, subqueries.place, sends_bindings=sends_bindings
        )
    except RefusedEndpoint:
        endpoint.metrics.service_calls.labels(REFUSED).inc()
        raise
    hints = [QueryHint("silent-service", str(error)) for error in silent]
    return replace(job, query=query), hints


class _Subqueries:
    """The subqueries that a federated query runs on this service's own store."""

    def __init__(self, endpoint: Endpoint, job: QueryJob, client: str) -> None:
        self._endpoint, self._job, self._client = endpoint, job, client
        self._dataset = job.dataset or job.query.dataset

    async def check_form(self, query: Query) -> None:
        """Check that a query is well-formed, by running it on an empty dataset."""
        job = replace(self._job, query=query, dataset=QueryDataset())
        with suppress(ResultTooLarge):
            await run_whole(self._endpoint.shared_queries, job, self._client)

    async def solutions(self, text: str) -> Solutions | None:
        """Return the solutions of a SELECT, or None if they take more than 1 MiB."""
        query, entailment = Query(text, self._job.query.base_iri), self._job.entailment
        subquery = QueryJob(query, _SOLUTIONS, entailment, self._job.view, self._dataset)
        try:
            body = await run_whole(self._endpoint.shared_queries, subquery, self._client)
        except ResultTooLarge:
            return None
        return await asyncio.to_thread(_parsed_solutions, body)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Count as a running query while waiting for another endpoint."""
        admission = self._endpoint.processes.admission
        place = await admission.enter(self._client)
        try:
            yield
        finally:
            admission.leave(place)


def _parsed_solutions(body: bytes) -> Solutions:
    results = parse_query_results(body, format=QueryResultsFormat.JSON)
    if not isinstance(results, QuerySolutions):
        raise TypeError(f"expected QuerySolutions, got a {type(results).__name__}")
    names = [variable.value for variable in results.variables]
    return Solutions(names, [[row[name] for name in names] for row in results])
