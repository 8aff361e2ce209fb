"""/sparql: the SPARQL 1.1 Protocol for queries.

Reading a request (section 2.1 of the protocol) and running its query are public, since a scratch
store does the same with queries, and also takes updates.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from kg.store.dataset import ENTAILMENTS, QueryDataset
from kg.store.query import announced_version, is_volatile, may_have_service, query_form
from kg.store.service_blocks import read_blocks
from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS, VERSIONS
from service.answers.serialization import write_graph
from service.errors import AddressTooLong, ContentTooLarge, MissingParameter, ReadOnly
from service.http.conditional import conditional_response, entity_tag
from service.http.endpoint import Endpoint, endpoint_in
from service.http.negotiation import choose_format
from service.http.observation import note_for_log
from service.http.openapi import DATASET_PARAMETERS, describe_parameter, describe_responses
from service.http.query_answer import answer_query, create_job, inline_services
from service.http.request import (
    CLIENT_CLOSED_REQUEST,
    FORM_MEDIA_TYPE,
    UPDATE_MEDIA_TYPE,
    CancelOnDisconnect,
    Parameters,
    accepted_media_type,
    all_values,
    base_url,
    content_type_parameters,
    declared_media_type,
    decode_parameters,
    decode_utf8,
    query_parameters,
    read_body,
    request_iri,
    single_value,
)
from service.pages.service_description import describe_service, description_page
from service.routes.graphs import parse_iri
from service.routes.well_known import describe_dataset, describe_saved_queries
from service.served import ServedRelease, served_release

router = APIRouter(tags=["SPARQL"], default_response_class=Response)

QUERY_MEDIA_TYPE: Final = "application/sparql-query"
# A character has at most four bytes, each at most three when percent-encoded. OTHER_BYTES is room
# for the other parameters.
BYTES_PER_CHARACTER: Final = 12
OTHER_BYTES: Final = 65_536

QUERY_PARAMETER: Final = describe_parameter(
    "query", "A SPARQL query; without it, the service description is returned."
)
QUERY_BODY: Final = {"schema": {"type": "string", "description": "A SPARQL query, in UTF-8."}}
_FORM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["query"],
    "properties": {
        field["name"]: field["schema"] for field in (QUERY_PARAMETER, *DATASET_PARAMETERS)
    },
}
_BODY: Final = {
    "required": True,
    "content": {FORM_MEDIA_TYPE: {"schema": _FORM_SCHEMA}, QUERY_MEDIA_TYPE: QUERY_BODY},
}
ANSWER_FORMATS: Final = (*RESULT_FORMATS, *GRAPH_FORMATS)
_FORMATS_BY_FORM: Final = {
    "SELECT": RESULT_FORMATS,
    "ASK": RESULT_FORMATS,
    "CONSTRUCT": GRAPH_FORMATS,
    "DESCRIBE": GRAPH_FORMATS,
}
ANSWER: Final = "The rows, boolean or triples that the query returns."
GET_RESPONSES: Final = describe_responses(
    (*ANSWER_FORMATS, HTML), 304, 400, 403, 406, 414, 502, 503, 504, what=ANSWER
)


@dataclass(frozen=True)
class SparqlRequest:
    """A query with its dataset and options; `text` is None if the client sent no query.

    `version` is the version that the request or the query announces (SPARQL 1.2 Protocol), or
    empty.
    """

    text: str | None
    dataset: QueryDataset | None
    entailment: str
    format_name: str | None
    version: str


@router.get(
    "/sparql",
    summary="Run a SPARQL query sent in the address",
    responses=GET_RESPONSES,
    openapi_extra={"parameters": [QUERY_PARAMETER, *DATASET_PARAMETERS]},
)
async def ask_by_get(request: Request) -> Response:
    """Run a SPARQL query, or without one return the service description, in RDF or HTML."""
    # Not as FastAPI dependencies: they would double the time that this process needs for a query.
    query, release = await read_sparql_request(request), await served_release(request)
    if query.text is None:
        return await run_in_threadpool(_send_description, request, query, release)
    return await run_query(request, query, release)


@router.post(
    "/sparql",
    summary="Run a SPARQL query sent in the body",
    responses=describe_responses(
        ANSWER_FORMATS, 400, 403, 406, 413, 415, 502, 503, 504, what=ANSWER
    ),
    openapi_extra={"requestBody": _BODY, "parameters": DATASET_PARAMETERS},
)
async def ask_by_post(request: Request) -> Response:
    """Run a SPARQL query, sent in a form or directly (`application/sparql-query`)."""
    return await run_query(
        request, await read_sparql_request(request), await served_release(request)
    )


async def read_sparql_request(request: Request) -> SparqlRequest:
    """Read the query of a GET, of a POST of a form, or of a POST of the query itself.

    Raises:
        MissingParameter: a POST without a query.
        MalformedParameter: a parameter is not UTF-8, not an IRI, or given twice.
        ReadOnly: the request is an update.
        UnsupportedMediaType: the body has another media type.
        ContentTooLarge, AddressTooLong: the query is longer than the setting allows.
    """
    max_characters = endpoint_in(request.scope).settings.max_query_characters
    if request.method != "POST":
        pairs: Parameters = query_parameters(request)
        if all_values(pairs, "update"):
            reason = "GET cannot change anything; expected an update by POST"
            raise MalformedParameter("update", reason)
        query = parse_parameters(pairs)
        if query.text is not None and len(query.text) > max_characters:
            raise AddressTooLong("query", max_characters)
        return query
    if declared_media_type(request) == UPDATE_MEDIA_TYPE:
        raise ReadOnly
    accepted_media_type(request, [FORM_MEDIA_TYPE, QUERY_MEDIA_TYPE])
    body = await read_body(request, BYTES_PER_CHARACTER * max_characters + OTHER_BYTES)
    pairs = posted_parameters(request, body)
    if all_values(pairs, "update"):
        raise ReadOnly
    query = parse_parameters(pairs)
    check_posted_query(query, max_characters, expected="exactly one query in a POST")
    return query


def posted_parameters(request: Request, body: bytes) -> Parameters:
    """Return the parameters of the address and of the body, which is a form or a query.

    Raises:
        MalformedParameter: they are not UTF-8.
    """
    pairs = query_parameters(request)
    if declared_media_type(request) == FORM_MEDIA_TYPE:
        return [*pairs, *decode_parameters(body, "the body")]
    versions = content_type_parameters(request, "version")
    return [
        *pairs,
        ("query", decode_utf8(body, "the body")),
        *(("version", version) for version in versions),
    ]


def parse_parameters(pairs: Parameters) -> SparqlRequest:
    """Build a request from these parameters.

    Raises:
        MalformedParameter: a parameter has the wrong form, or is given twice.
    """
    default, named = graphs_of(pairs, "default-graph-uri"), graphs_of(pairs, "named-graph-uri")
    return SparqlRequest(
        text=single_value(pairs, "query"),
        dataset=QueryDataset(default, named) if default or named else None,
        entailment=single_value(pairs, "entailment") or ENTAILMENTS[0],
        format_name=single_value(pairs, "format") or None,
        version=_version(pairs),
    )


def _version(pairs: Parameters) -> str:
    """Return the version of the parameter, or else the one that the query declares."""
    version = single_value(pairs, "version")
    if version is None:
        announced = announced_version(single_value(pairs, "query") or "")
        return announced if announced in VERSIONS else ""
    if version not in VERSIONS:
        reason = f"expected one of {', '.join(VERSIONS)}, got '{version}'"
        raise MalformedParameter("version", reason)
    return version


def check_posted_query(query: SparqlRequest, max_characters: int, *, expected: str) -> None:
    """Check that a POST has a query that is not too long.

    Raises:
        MissingParameter: it has none.
        ContentTooLarge: the query has more characters.
    """
    if query.text is None:
        raise MissingParameter("query", f"expected {expected}")
    if len(query.text) > max_characters:
        raise ContentTooLarge(max_characters, "characters")


def graphs_of(pairs: Parameters, name: str) -> tuple[NamedNode, ...]:
    """Return the graphs that the parameters of this name give.

    Raises:
        MalformedParameter: a value is not an absolute IRI.
    """
    return tuple(parse_iri(name, value) for value in all_values(pairs, name))


async def run_query(request: Request, query: SparqlRequest, endpoint: Endpoint) -> Response:
    """Run the query of a request on this release or scratch store, and return the answer."""
    text = query.text or ""
    # Before the query runs, so that a refused format costs nothing.
    offered = _FORMATS_BY_FORM.get(query_form(text) or "", ANSWER_FORMATS)
    choice = choose_format(request, offered, format_name=query.format_name)
    # A version in Accept concerns the answer, and overrides the version announced for the query.
    choice = replace(choice, version=choice.version or query.version)
    iri = request_iri(request)
    job = create_job(text, choice, entailment=query.entailment, dataset=query.dataset, base_iri=iri)
    parts = (text, query.entailment, str(query.dataset), iri, choice.version)
    tag = None if is_volatile(text) else entity_tag(endpoint, choice, *parts)
    if may_have_service(text) and (blocks := read_blocks(text)):
        note_for_log(request.scope, query=text)
        async with CancelOnDisconnect(request.receive) as client:
            job = await inline_services(request, endpoint, job, blocks)
        if client.is_disconnected:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
    return await answer_query(request, endpoint, job, tag=tag, asked=text)


def _send_description(request: Request, query: SparqlRequest, release: ServedRelease) -> Response:
    choice = choose_format(request, (*GRAPH_FORMATS, HTML), format_name=query.format_name)
    iri, settings = request_iri(request), release.settings

    def body() -> bytes:
        if choice.format == HTML:
            return description_page(release.store, settings, iri, release.queries.values())
        service = describe_service(release.store, iri, federates=bool(settings.services))
        # SPARQL editors look for VoID and examples here, where they are not in the data itself.
        base = base_url(request)
        dataset, examples = describe_dataset(release, base), describe_saved_queries(release, base)
        return write_graph([*service, *dataset, *examples], choice, release.context)

    texts = [query.text for query in release.every_query]
    parts = (iri, settings.model_dump_json(), release.void_digest, *texts)
    return conditional_response(request, choice, body, tag=entity_tag(release, choice, *parts))
