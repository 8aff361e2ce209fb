"""/sparql: queries, updates and the service description, by the SPARQL 1.1 Protocol.

A release refuses all updates. The description of these routes in OpenAPI is that of a release;
`service/scratch/sparql.py` adds the same routes with their description for a scratch store.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from fastapi import Request, Response
from pyoxigraph import Triple

from kg.errors import MalformedParameter
from kg.sparql.dataset import ENTAILMENTS, QueryDataset
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW
from kg.store.quad_store import view_with_dataset
from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS, VERSIONS, Choice
from service.answers.serialization import write_graph
from service.errors import AddressTooLong, ContentTooLarge, MissingParameter, ReadOnly
from service.http import query_answer
from service.http import request as http
from service.http.conditional import conditional_response, entity_tag
from service.http.endpoint import Endpoint, endpoint_in
from service.http.negotiation import choose_format, choose_page_language
from service.http.observation import note_for_log
from service.http.openapi import (
    DATASET_PARAMETERS,
    LANGUAGE_PARAMETER,
    PAGING_PARAMETERS,
    VIEW_PARAMETERS,
    Router,
    describe_form,
    describe_parameter,
)
from service.http.threads import in_thread
from service.http.views import asks_for_view, choose_view_in_thread
from service.pages import service_description
from service.pages.result_page import CELLS_PARAMETER, SHOW_PARAMETER
from service.queries.messages import QueryJob, Update
from service.routes.about.well_known import describe_dataset, describe_saved_queries
from service.routes.sparql_pages import QueryPages, show_query_on_failure
from service.served import ServedRelease

router = Router("SPARQL")

QUERY_MEDIA_TYPE: Final = "application/sparql-query"
# A character has at most four bytes, each at most three when percent-encoded. `_OTHER_BYTES` is
# room for the other parameters.
_BYTES_PER_CHARACTER: Final = 12
_FORM_BYTES_PER_BYTE: Final = 3
_OTHER_BYTES: Final = 65_536

QUERY_PARAMETER: Final = describe_parameter(
    "query", "A SPARQL query; without it, the service description is returned."
)
QUERY_TEXT: Final = {"type": "string", "description": "A SPARQL query, in UTF-8."}
_FORM: Final = describe_form(
    "QueryForm", (QUERY_PARAMETER, *VIEW_PARAMETERS, *DATASET_PARAMETERS), required=["query"]
)
ANSWER_FORMATS: Final = (*RESULT_FORMATS, *GRAPH_FORMATS)
_FORMATS_BY_FORM: Final = {
    **dict.fromkeys(("SELECT", "ASK"), RESULT_FORMATS),
    **dict.fromkeys(("CONSTRUCT", "DESCRIBE"), GRAPH_FORMATS),
}
# What clients call the format of the answer; SPARQLWrapper sends all three.
_FORMAT_NAMES: Final = ("format", "output", "results")
# Graphs of a scratch store beyond this number exist, but are not listed.
_MAX_GRAPHS: Final = 5000
_COUNTS: Final = (
    "SELECT ?graph (COUNT(?s) AS ?n) { { ?s ?p ?o } UNION "
    "{ GRAPH ?graph { OPTIONAL { ?s ?p ?o } } } } "
    f"GROUP BY ?graph ORDER BY ?graph LIMIT {_MAX_GRAPHS}"
)
# Of a page in HTML.
PAGE_PARAMETERS: Final = [PAGING_PARAMETERS[1], LANGUAGE_PARAMETER, CELLS_PARAMETER, SHOW_PARAMETER]
ANSWER: Final = "The rows, boolean or triples that the query returns."
GET_STATUSES: Final = (304, 400, 403, 406, 414, 502, 503, 504)


@dataclass(frozen=True)
class SparqlRequest:
    """A query with its dataset and options; `text` is None if the client sent no query.

    `pairs` are all parameters. `version` is the version that the request announces (SPARQL 1.2
    Protocol), or empty.
    """

    text: str | None
    dataset: QueryDataset | None
    entailment: str
    format_names: Sequence[str]
    version: str
    pairs: http.Parameters


@router.operation(
    "/sparql",
    "Run a SPARQL query sent in the address",
    (*ANSWER_FORMATS, HTML),
    GET_STATUSES,
    what=ANSWER,
    parameters=[QUERY_PARAMETER, *VIEW_PARAMETERS, *DATASET_PARAMETERS, *PAGE_PARAMETERS],
    operation_id="runQuery",
)
async def ask_by_get(request: Request) -> Response:
    """Run a SPARQL query, or without one return the service description, in RDF or HTML.

    In HTML, the page has the editor, and 200 rows or triples from `offset` on. The header
    `Glocal-Warning` names terms of the query that the release should have and has not, variables of
    the SELECT that its pattern never binds, dates that do not compare with all others and SILENT
    blocks that bound nothing, and tells if GRAPH reads statements over which no view decides.
    """
    # Not as FastAPI dependencies: they would double the time that this process needs for a query.
    endpoint = endpoint_in(request.scope)
    query = _read_get(request, endpoint)
    if query.text is None:
        return await _send_description(request, query, endpoint)
    return await _run_query(request, query, endpoint)


@router.operation(
    "/sparql",
    "Run a SPARQL query sent in the body",
    (*ANSWER_FORMATS, HTML),
    (303, 400, 403, 406, 413, 415, 502, 503, 504),
    what=ANSWER,
    body={http.FORM_MEDIA_TYPE: _FORM, QUERY_MEDIA_TYPE: QUERY_TEXT},
    parameters=[*VIEW_PARAMETERS, *DATASET_PARAMETERS],
    method="POST",
    operation_id="postQuery",
)
async def ask_by_post(request: Request) -> Response:
    """Run a SPARQL query, sent in a form or directly (`application/sparql-query`).

    In HTML, the answer to a form stands at an address of its own, if the query fits into one. The
    header `Glocal-Warning` is that of GET.
    """
    endpoint = endpoint_in(request.scope)
    posted = await _read_post(request, endpoint)
    if isinstance(posted, SparqlRequest):
        return await _run_query(request, posted, endpoint)
    note_for_log(request.scope, query=posted.text)
    changed = await endpoint.apply_change(request, posted)
    return Response(status_code=204, headers=query_answer.headers_of_change(changed))


HANDLERS: Final = {("GET", "/sparql"): ask_by_get, ("POST", "/sparql"): ask_by_post}


def _read_get(request: Request, endpoint: Endpoint) -> SparqlRequest:
    pairs = http.query_parameters(request)
    if http.all_values(pairs, "update"):
        raise MalformedParameter("update", "GET cannot change anything; expected an update by POST")
    show_query_on_failure(request.scope, endpoint, pairs)
    query = _parse_query(pairs, endpoint)
    max_characters = endpoint.settings.max_query_characters
    if query.text is not None and len(query.text) > max_characters:
        raise AddressTooLong("query", max_characters)
    return query


async def _read_post(request: Request, endpoint: Endpoint) -> SparqlRequest | Update:
    settings, is_scratch = endpoint.settings, endpoint.is_scratch
    accepted = [http.FORM_MEDIA_TYPE, QUERY_MEDIA_TYPE]
    if is_scratch:
        accepted.append(http.UPDATE_MEDIA_TYPE)
    elif http.declared_media_type(request) == http.UPDATE_MEDIA_TYPE:
        raise ReadOnly
    media_type, pairs = http.accepted_media_type(request, accepted), http.query_parameters(request)
    if media_type == http.UPDATE_MEDIA_TYPE:
        endpoint.require_write_access(request)
        body = await http.read_body(request, settings.max_update_bytes)
        pairs.append(("update", http.decode_utf8(body, "the body")))
        return _parse_update(request, endpoint, pairs)
    max_bytes = _BYTES_PER_CHARACTER * settings.max_query_characters
    if is_scratch and media_type == http.FORM_MEDIA_TYPE:
        max_bytes = max(max_bytes, _FORM_BYTES_PER_BYTE * settings.max_update_bytes)
    body = await http.read_body(request, max_bytes + _OTHER_BYTES)
    if media_type == http.FORM_MEDIA_TYPE:
        pairs += http.decode_parameters(body, "the body")
    else:
        pairs.append(("query", http.decode_utf8(body, "the body")))
        pairs += (("version", name) for name in http.content_type_parameters(request, "version"))
    if http.all_values(pairs, "update"):
        if is_scratch and media_type == QUERY_MEDIA_TYPE:
            raise MalformedParameter("update", "is given with a query; expected only one of them")
        endpoint.require_write_access(request)
        return _parse_update(request, endpoint, pairs)
    show_query_on_failure(request.scope, endpoint, pairs)
    query = _parse_query(pairs, endpoint)
    if query.text is None:
        expected = "exactly one query or one update" if is_scratch else "exactly one query"
        raise MissingParameter("query", f"expected {expected} in a POST")
    if len(query.text) > settings.max_query_characters:
        raise ContentTooLarge(settings.max_query_characters, "characters")
    return query


def _parse_query(pairs: http.Parameters, endpoint: Endpoint) -> SparqlRequest:
    entailment = http.single_value(pairs, "entailment") or ENTAILMENTS[0]
    for name in ("entailment", "view", "world") if endpoint.is_scratch else ():
        value = http.single_value(pairs, name)
        has_meaning = name == "entailment" and (value == ENTAILMENTS[0] or endpoint.has_derived)
        if value and not has_meaning:
            why = "" if endpoint.has_derived else ", where nothing is derived"
            reason = f"'{value}' has no meaning for a scratch store{why}"
            raise MalformedParameter(name, f"{reason}; expected no such parameter")
    return SparqlRequest(
        text=http.single_value(pairs, "query"),
        dataset=_parse_dataset(pairs, "default-graph-uri", "named-graph-uri"),
        entailment=entailment,
        format_names=[value for name in _FORMAT_NAMES for value in http.all_values(pairs, name)],
        version=_version(pairs),
        pairs=pairs,
    )


def _parse_update(request: Request, endpoint: Endpoint, pairs: http.Parameters) -> Update:
    text = http.single_value(pairs, "update") or ""
    if http.all_values(pairs, "query"):
        raise MalformedParameter("query", "is given with an update; expected only one of them")
    for name in ("default-graph-uri", "named-graph-uri"):
        if http.all_values(pairs, name):
            reason = f"is for queries; expected using-{name.removeprefix('default-')} for an update"
            raise MalformedParameter(name, reason)
    max_bytes = endpoint.settings.max_update_bytes
    if len(text.encode()) > max_bytes:
        raise ContentTooLarge(max_bytes, "bytes")
    using = _parse_dataset(pairs, "using-graph-uri", "using-named-graph-uri")
    declarations = Query.with_prefixes(text, endpoint.known_prefixes).declarations
    return Update(text, http.request_iri(request), using, declarations)


def _parse_dataset(pairs: http.Parameters, default: str, named: str) -> QueryDataset | None:
    """Return the dataset of the parameters with these names, or None if there are none."""
    values = ((name, http.all_values(pairs, name)) for name in (default, named))
    graphs = [tuple(http.parse_iri(name, value) for value in given) for name, given in values]
    return QueryDataset(*graphs) if any(graphs) else None


def _version(pairs: http.Parameters) -> str:
    version = http.single_value(pairs, "version") or ""
    if version and version not in VERSIONS:
        reason = f"expected one of {', '.join(VERSIONS)}, got '{version}'"
        raise MalformedParameter("version", reason)
    return version


async def _run_query(request: Request, query: SparqlRequest, endpoint: Endpoint) -> Response:
    text, iri = query.text or "", http.request_iri(request)
    parsed = await query_answer.read_query(request, text, iri)
    # Before the query runs, so that a refused format costs nothing.
    offered = _FORMATS_BY_FORM.get(parsed.form or "", ANSWER_FORMATS)
    choice = choose_format(request, (*offered, HTML), format_names=query.format_names)
    # A version in Accept concerns the answer, and overrides the version announced for the query.
    announced = parsed.version if parsed.version in VERSIONS else ""
    choice = replace(choice, version=choice.version or query.version or announced)
    pages = None
    if choice.format == HTML:
        pages = _read_pages(request, endpoint, query.pairs)
        query = replace(query, pairs=pages.pairs)
    hints = await query_answer.find_unused(request, parsed)
    view, is_beyond_view = DEFAULT_VIEW, False
    if isinstance(endpoint, ServedRelease):
        checker = endpoint.term_checker
        hints = [*await query_answer.find_unknown_terms(request, checker, parsed), *hints]
        view = await choose_view_in_thread(request, endpoint.resolver(request), query.pairs)
        if asks_for_view(query.pairs) and (query.dataset or parsed.dataset):
            raise view_with_dataset()
        if not (query.dataset or parsed.dataset):
            is_beyond_view = await query_answer.is_beyond_view(request, parsed)
    # A page is made of an answer in another format.
    written = choice if pages is None else Choice(offered[0], offered[0].media_type)
    job = QueryJob(parsed, written, query.entailment, view, query.dataset)
    about_answer = (query.entailment, repr(view), str(query.dataset), iri, choice.version)
    parts = (text, parsed.declarations, *about_answer)
    if pages is not None and (address := pages.address_of_form()) is not None:
        return Response(status_code=303, headers={"Location": address})
    if parsed.services:
        note_for_log(request.scope, query=text)
        async with http.CancelOnDisconnect(request.receive) as client:
            job, silent = await query_answer.inline_services(request, endpoint, job)
            hints += silent
        if client.is_disconnected:
            return Response(status_code=http.CLIENT_CLOSED_REQUEST)
    warnings = query_answer.warn_of(hints, is_beyond_view=is_beyond_view)
    if pages is not None:
        make_tag = None if parsed.is_volatile else partial(entity_tag, endpoint, choice, *parts)
        return await pages.send_answer(job, hints, warnings, make_tag)
    tag = None if parsed.is_volatile else entity_tag(endpoint, choice, *parts)
    return await query_answer.answer_query(
        request, endpoint, job, tag=tag, asked=text, others=warnings
    )


def _read_pages(request: Request, endpoint: Endpoint, pairs: http.Parameters) -> QueryPages:
    """Return the pages of a request."""
    return QueryPages(request, endpoint, pairs, choose_page_language(request))


async def _send_description(request: Request, query: SparqlRequest, endpoint: Endpoint) -> Response:
    choice = choose_format(request, (*GRAPH_FORMATS, HTML), format_names=query.format_names)
    iri, settings = http.request_iri(request), endpoint.settings
    triples: Callable[[], Sequence[Triple]]
    facts: Callable[[], Mapping[str, object]]
    if isinstance(endpoint, ServedRelease):
        triples = partial(_describe_release, endpoint, iri, http.base_url(request))
        facts = partial(service_description.endpoint_facts, endpoint.store, settings, iri)
        parts = [*(query.text for query in endpoint.every_query), repr(endpoint.content.topics)]
        if choice.format != HTML:
            parts.append(endpoint.void_digest)
    else:
        sizes = await _count_triples(endpoint, http.client_key(request))
        said = (iri, sizes, settings, endpoint.may_change)
        describe = service_description.describe_scratch_service
        triples = partial(describe, *said, endpoint.regime, endpoint.known_prefixes)
        facts = partial(service_description.scratch_endpoint_facts, *said)
        parts = [str(sizes), str(endpoint.known_prefixes)]
    parts = [iri, settings.model_dump_json(), *parts]
    if choice.format == HTML:
        pages = _read_pages(request, endpoint, query.pairs)
        return await pages.send_description(facts, parts)

    def body() -> bytes:
        return write_graph(triples(), choice, endpoint.context)

    return await in_thread(request, partial(conditional_response, request, choice, body, *parts))


def _describe_release(release: ServedRelease, endpoint: str, base: str) -> list[Triple]:
    """Describe the endpoint at this URL, its data and its saved queries.

    SPARQL editors look for VoID and examples here, where they are not in the data itself.
    """
    federates = bool(release.settings.services)
    return [
        *service_description.describe_service(release.store, endpoint, federates=federates),
        *describe_dataset(release, base),
        *describe_saved_queries(release, base),
    ]


async def _count_triples(endpoint: Endpoint, client: str) -> dict[str, int]:
    """Count the triples of each graph by a query; the default graph has the key `default`."""
    job = QueryJob(Query(_COUNTS), Choice(RESULT_FORMATS[0], RESULT_FORMATS[0].media_type))
    rows = json.loads(await query_answer.run_whole(endpoint.shared_queries, job, client))[
        "results"
    ]["bindings"]
    counts = {row.get("graph", {}).get("value", "default"): int(row["n"]["value"]) for row in rows}
    return {"default": 0, **counts}
