"""Read a SPARQL query from an HTTP request (SPARQL 1.1 Protocol, section 2.1).

/sparql: the SPARQL 1.1 Protocol for queries.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from kg.store.dataset import ENTAILMENTS, QueryDataset
from kg.store.query import announced_version, is_volatile, query_form
from kg.store.service_blocks import read_blocks
from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS, VERSIONS
from service.answers.serialization import write_graph
from service.errors import AddressTooLong, ContentTooLarge, MissingParameter, ReadOnly
from service.http.conditional import conditional_response, entity_tag
from service.http.endpoint import Endpoint, current_endpoint
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
from service.routes.well_known import examples, void_description
from service.served import ServedRelease, served_release

QUERY: Final = "application/sparql-query"
# A character has at most four bytes, each at most three when percent-encoded. OTHER_BYTES is room
# for the other parameters.
BYTES_PER_CHARACTER: Final = 12
OTHER_BYTES: Final = 65_536


@dataclass(frozen=True)
class SparqlRequest:
    """A query with its dataset and options; `text` is none if the client sent no query.

    `version` is the version that the request or the query announces (SPARQL 1.2 Protocol), or
    empty.
    """

    text: str | None
    dataset: QueryDataset | None
    entailment: str
    format_name: str | None
    version: str


async def read_sparql_request(request: Request) -> SparqlRequest:
    """Read the query of a GET, of a POST of a form, or of a POST of the query itself.

    Raises:
        MissingParameter: a POST without a query.
        MalformedParameter: a parameter is not UTF-8, not an IRI, or given twice.
        ReadOnly: the request is an update.
        UnsupportedMediaType: the body has another media type.
        ContentTooLarge, AddressTooLong: the query is longer than the setting allows.
    """
    addressed = query_parameters(request)
    limit = (await current_endpoint(request)).settings.max_query_characters
    if request.method != "POST":
        if all_values(addressed, "update"):
            raise MalformedParameter(
                "update", "GET cannot change anything; expected an update by POST"
            )
        return check_length(parse_parameters(addressed), AddressTooLong("query", limit), limit)
    if declared_media_type(request) == UPDATE_MEDIA_TYPE:
        raise ReadOnly
    media_type = accepted_media_type(request, [FORM_MEDIA_TYPE, QUERY])
    body = await read_body(request, BYTES_PER_CHARACTER * limit + OTHER_BYTES)
    if media_type == FORM_MEDIA_TYPE:
        pairs: Parameters = [*addressed, *decode_parameters(body, "the body")]
    else:
        pairs = [*addressed, ("query", decode_utf8(body, "the body"))]
        pairs += [("version", version) for version in content_type_parameters(request, "version")]
    if all_values(pairs, "update"):
        raise ReadOnly
    sparql_request = parse_parameters(pairs)
    if sparql_request.text is None:
        raise MissingParameter("query", "expected exactly one query in a POST")
    return check_length(sparql_request, ContentTooLarge(limit, "characters"), limit)


def parse_parameters(pairs: Parameters) -> SparqlRequest:
    """Build a request from these parameters.

    Raises:
        MalformedParameter: a parameter has the wrong form, or is given twice.
    """
    return SparqlRequest(
        text=single_value(pairs, "query"),
        dataset=_dataset(pairs),
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
        raise MalformedParameter(
            "version", f"expected one of {', '.join(VERSIONS)}, got '{version}'"
        )
    return version


def check_length(
    sparql_request: SparqlRequest, error: AddressTooLong | ContentTooLarge, limit: int
) -> SparqlRequest:
    """Return the request; raise the error if its query has more characters than the limit."""
    if sparql_request.text is not None and len(sparql_request.text) > limit:
        raise error
    return sparql_request


def _dataset(pairs: Parameters) -> QueryDataset | None:
    """Return the dataset that the client names, if any; a part that it does not name is empty."""
    default = graphs_of(pairs, "default-graph-uri")
    named = graphs_of(pairs, "named-graph-uri")
    return QueryDataset(default, named) if default or named else None


def graphs_of(pairs: Parameters, name: str) -> tuple[NamedNode, ...]:
    """Return the graphs that the parameters of this name give.

    Raises:
        MalformedParameter: a value is not an absolute IRI.
    """
    try:
        return tuple(NamedNode(value) for value in all_values(pairs, name))
    except ValueError as error:
        reason = f"expected an absolute IRI: {error}"
        raise MalformedParameter(name, reason) from error


router = APIRouter(tags=["SPARQL"])

_TEXT: Final = describe_parameter(
    "query", "A SPARQL query; without it, the service description is returned."
)
_FORM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["query"],
    "properties": {field["name"]: field["schema"] for field in (_TEXT, *DATASET_PARAMETERS)},
}
_BODY: Final = {
    "required": True,
    "content": {
        FORM_MEDIA_TYPE: {"schema": _FORM_SCHEMA},
        QUERY: {"schema": {"type": "string", "description": "A SPARQL query, in UTF-8."}},
    },
}
_FORMATS: Final = (*RESULT_FORMATS, *GRAPH_FORMATS)
_OFFERED: Final = {
    "SELECT": RESULT_FORMATS,
    "ASK": RESULT_FORMATS,
    "CONSTRUCT": GRAPH_FORMATS,
    "DESCRIBE": GRAPH_FORMATS,
}
_DESCRIPTION: Final = "The rows, boolean or triples that the query returns."


@router.get(
    "/sparql",
    summary="Run a SPARQL query sent in the address",
    responses=describe_responses(
        (*_FORMATS, HTML), 304, 400, 403, 406, 414, 502, 503, 504, what=_DESCRIPTION
    ),
    response_class=Response,
    openapi_extra={"parameters": [_TEXT, *DATASET_PARAMETERS]},
)
async def ask_by_get(request: Request) -> Response:
    """Run a SPARQL query, or without one return the service description, in RDF or HTML."""
    # Not as FastAPI dependencies: they would double the time that this process needs for a query.
    sparql_request, release = await read_sparql_request(request), await served_release(request)
    if sparql_request.text is None:
        return await run_in_threadpool(_send_description, request, sparql_request, release)
    return await run_query(request, sparql_request, sparql_request.text, release)


@router.post(
    "/sparql",
    summary="Run a SPARQL query sent in the body",
    responses=describe_responses(
        _FORMATS, 400, 403, 406, 413, 415, 502, 503, 504, what=_DESCRIPTION
    ),
    response_class=Response,
    openapi_extra={"requestBody": _BODY, "parameters": DATASET_PARAMETERS},
)
async def ask_by_post(request: Request) -> Response:
    """Run a SPARQL query, sent in a form or directly (`application/sparql-query`)."""
    sparql_request, release = await read_sparql_request(request), await served_release(request)
    return await run_query(request, sparql_request, sparql_request.text or "", release)


async def run_query(
    request: Request, sparql_request: SparqlRequest, text: str, endpoint: Endpoint
) -> Response:
    """Run this query over the data set of the request, and return the answer.

    Args:
        request: the HTTP request, for content negotiation and its client.
        sparql_request: the parameters of the query.
        text: the query itself.
        endpoint: the release or scratch store to run it on.
    """
    # Before the query runs, so that a refused format costs nothing.
    offered = _OFFERED.get(query_form(text) or "", _FORMATS)
    choice = choose_format(request, offered, format_name=sparql_request.format_name)
    # A version in Accept concerns the answer, and overrides the version announced for the query.
    choice = replace(choice, version=choice.version or sparql_request.version)
    endpoint_iri = request_iri(request)
    entailment, dataset = sparql_request.entailment, sparql_request.dataset
    job = create_job(text, choice, entailment=entailment, dataset=dataset, base_iri=endpoint_iri)
    parts = (text, entailment, str(dataset), endpoint_iri, choice.version)
    tag = None if is_volatile(text) else entity_tag(endpoint, choice, *parts)
    if blocks := read_blocks(text):
        note_for_log(request.scope, query=text)
        async with CancelOnDisconnect(request.receive) as client:
            job = await inline_services(request, endpoint, job, blocks)
        if client.is_disconnected:
            return Response(status_code=CLIENT_CLOSED_REQUEST)
    return await answer_query(request, endpoint, job, tag=tag, asked=text)


def _send_description(
    request: Request, sparql_request: SparqlRequest, release: ServedRelease
) -> Response:
    choice = choose_format(request, (*GRAPH_FORMATS, HTML), format_name=sparql_request.format_name)
    endpoint_iri = request_iri(request)

    def body() -> bytes:
        if choice.format == HTML:
            return description_page(
                release.store, release.settings, endpoint_iri, release.queries.values()
            )
        federates = bool(release.settings.services)
        service = describe_service(release.store, endpoint_iri, federates=federates)
        # SPARQL editors look for VoID and examples here, where they are not in the data itself.
        base = base_url(request)
        triples = [*service, *void_description(release, base), *examples(release, base)]
        return write_graph(triples, choice, release.context)

    texts = [query.text for query in release.every_query]
    parts = (endpoint_iri, release.settings.model_dump_json(), release.void_digest, *texts)
    return conditional_response(request, choice, body, tag=entity_tag(release, choice, *parts))
