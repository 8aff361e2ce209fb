"""Read a query or an update from a request to /sparql (SPARQL 1.1 Protocol, section 2.2).

/sparql: the SPARQL 1.1 Protocol for queries and updates.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.errors import MalformedParameter
from kg.store.dataset import ENTAILMENTS, QueryDataset
from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS
from service.errors import ContentTooLarge, MissingParameter
from service.http.conditional import conditional_response, entity_tag
from service.http.negotiation import choose_format
from service.http.observation import note_for_log
from service.http.openapi import (
    DATASET_PARAMETERS,
    ENTAILMENT_PARAMETER,
    describe_parameter,
    describe_responses,
)
from service.http.query_answer import client_key
from service.http.request import (
    FORM_MEDIA_TYPE,
    UPDATE_MEDIA_TYPE,
    Parameters,
    accepted_media_type,
    all_values,
    content_type_parameters,
    decode_parameters,
    decode_utf8,
    query_parameters,
    read_body,
    request_iri,
    single_value,
)
from service.queries.messages import Update
from service.routes.sparql import (
    BYTES_PER_CHARACTER,
    OTHER_BYTES,
    QUERY,
    SparqlRequest,
    check_length,
    graphs_of,
    parse_parameters,
    read_sparql_request,
    run_query,
)
from service.scratch.routes.home import describe_endpoint
from service.scratch.store import (
    ScratchStore,
    apply_change,
    current_scratch_store,
    require_write_access,
)

# In a form, each byte may be percent-encoded.
_FORM_BYTES_PER_BYTE: Final = 3
# The parameters of queries, and those that correspond to them in updates.
_UPDATE_PARAMETERS: Final = {
    "default-graph-uri": "using-graph-uri",
    "named-graph-uri": "using-named-graph-uri",
}


@dataclass(frozen=True)
class UpdateRequest:
    """An update, with the dataset of its patterns."""

    text: str
    using: QueryDataset | None


async def read_query(request: Request) -> SparqlRequest:
    """Read the query of a GET, if there is one; a FastAPI dependency.

    Raises:
        MalformedParameter: also for `entailment=none`, since a scratch store derives nothing.
        KgError: see `read_request`.
    """
    return _without_entailment(await read_sparql_request(request))


async def read_post(request: Request) -> SparqlRequest | UpdateRequest:
    """Read the query or update of a POST, sent in a form or directly; a FastAPI dependency.

    Raises:
        Unauthorized, Forbidden, NotWritable: an update by a client without write access.
        MissingParameter: the request has neither a query nor an update.
        MalformedParameter: it has both, or one of them is malformed.
        UnsupportedMediaType, ContentTooLarge: see `read_body`.
    """
    store = await current_scratch_store(request)
    max_characters = store.settings.max_query_characters
    max_bytes = store.settings.max_update_bytes
    url_pairs = query_parameters(request)
    media_type = accepted_media_type(request, [FORM_MEDIA_TYPE, QUERY, UPDATE_MEDIA_TYPE])
    if media_type == UPDATE_MEDIA_TYPE:
        require_write_access(request, store)
        text = decode_utf8(await read_body(request, max_bytes), "the body")
        return _update([*url_pairs, ("update", text)], max_bytes)
    form_bytes = _FORM_BYTES_PER_BYTE * max_bytes if media_type == FORM_MEDIA_TYPE else 0
    query_bytes = BYTES_PER_CHARACTER * max_characters
    body = await read_body(request, max(form_bytes, query_bytes) + OTHER_BYTES)
    if media_type == FORM_MEDIA_TYPE:
        pairs: Parameters = [*url_pairs, *decode_parameters(body, "the body")]
        if all_values(pairs, "update"):
            require_write_access(request, store)
            return _update(pairs, max_bytes)
    else:
        if all_values(url_pairs, "update"):
            raise MalformedParameter("update", "is given with a query; expected only one of them")
        pairs = [*url_pairs, ("query", decode_utf8(body, "the body"))]
        pairs += [("version", version) for version in content_type_parameters(request, "version")]
    sparql_request = _without_entailment(parse_parameters(pairs))
    if sparql_request.text is None:
        raise MissingParameter("query", "expected exactly one query or one update in a POST")
    return check_length(
        sparql_request, ContentTooLarge(max_characters, "characters"), max_characters
    )


def _update(pairs: Parameters, max_bytes: int) -> UpdateRequest:
    text = single_value(pairs, "update") or ""
    if all_values(pairs, "query"):
        raise MalformedParameter("query", "is given with an update; expected only one of them")
    for query_name, update_name in _UPDATE_PARAMETERS.items():
        if all_values(pairs, query_name):
            raise MalformedParameter(
                query_name, f"is for queries; expected {update_name} for an update"
            )
    if len(text.encode()) > max_bytes:
        raise ContentTooLarge(max_bytes, "bytes")
    default, named = graphs_of(pairs, "using-graph-uri"), graphs_of(pairs, "using-named-graph-uri")
    return UpdateRequest(text, QueryDataset(default, named) if default or named else None)


def _without_entailment(sparql_request: SparqlRequest) -> SparqlRequest:
    """Return the request, after checking that it does not set the entailment."""
    if sparql_request.entailment != ENTAILMENTS[0]:
        reason = f"'{sparql_request.entailment}' has no meaning for a scratch store"
        raise MalformedParameter(
            "entailment", f"{reason}, which has no derived triples; expected no such parameter"
        )
    return sparql_request


router = APIRouter(tags=["SPARQL"])

_TEXT: Final = describe_parameter(
    "query", "A SPARQL query; without it, the service description is returned."
)
_UPDATE: Final = describe_parameter("update", "A SPARQL Update request, instead of a query.")
_USING: Final = [
    {**describe_parameter(f"using-{name}", text), "schema": DATASET_PARAMETERS[0]["schema"]}
    for name, text in (
        ("graph-uri", "For an update: a graph to merge into the default graph of its patterns."),
        ("named-graph-uri", "For an update: a named graph of its patterns."),
    )
]
_DATASET: Final = [field for field in DATASET_PARAMETERS if field != ENTAILMENT_PARAMETER]
_FORM: Final = [_TEXT, _UPDATE, *_DATASET, *_USING]
_FORM_SCHEMA: Final = {
    "type": "object",
    "properties": {field["name"]: field["schema"] for field in _FORM},
}
_BODY: Final = {
    "required": True,
    "content": {
        FORM_MEDIA_TYPE: {"schema": _FORM_SCHEMA},
        QUERY: {"schema": {"type": "string", "description": "A SPARQL query, in UTF-8."}},
        UPDATE_MEDIA_TYPE: {
            "schema": {"type": "string", "description": "A SPARQL Update request, in UTF-8."}
        },
    },
}
_FORMATS: Final = (*RESULT_FORMATS, *GRAPH_FORMATS)
_DESCRIPTION: Final = "The rows, boolean or triples that the query returns."


@router.get(
    "/sparql",
    summary="Run a SPARQL query sent in the address",
    responses=describe_responses(
        (*_FORMATS, HTML), 304, 400, 403, 406, 414, 502, 503, 504, what=_DESCRIPTION
    ),
    response_class=Response,
    openapi_extra={"parameters": [_TEXT, *_DATASET]},
)
async def ask_by_get(
    request: Request,
    sparql_request: Annotated[SparqlRequest, Depends(read_query)],
    store: Annotated[ScratchStore, Depends(current_scratch_store)],
) -> Response:
    """Run a SPARQL query, or without one return the service description, in RDF or HTML."""
    if sparql_request.text is not None:
        return await run_query(request, sparql_request, sparql_request.text, store)
    choice = choose_format(request, (*GRAPH_FORMATS, HTML), format_name=sparql_request.format_name)
    endpoint = request_iri(request)
    body = await describe_endpoint(store, endpoint, choice, client_key(request))
    headers = {"Cache-Control": store.freshness}
    tag = entity_tag(store, choice, endpoint, body.decode())
    return conditional_response(request, choice, lambda: body, tag=tag, headers=headers)


@router.post(
    "/sparql",
    summary="Run a SPARQL query or update sent in the body",
    responses=describe_responses(
        _FORMATS, 204, 400, 401, 403, 406, 409, 413, 415, 502, 503, 504, what=_DESCRIPTION
    ),
    response_class=Response,
    openapi_extra={"requestBody": _BODY, "parameters": [*_DATASET, *_USING]},
)
async def ask_or_change_by_post(
    request: Request,
    sparql_request: Annotated[SparqlRequest | UpdateRequest, Depends(read_post)],
    store: Annotated[ScratchStore, Depends(current_scratch_store)],
) -> Response:
    """Run a SPARQL query or update, sent in a form or directly.

    An update is atomic: it is made completely or not at all. Once it is answered, every query sees
    it.
    """
    if isinstance(sparql_request, SparqlRequest):
        return await run_query(request, sparql_request, sparql_request.text or "", store)
    note_for_log(request.scope, query=sparql_request.text)
    await apply_change(
        request,
        store,
        Update(sparql_request.text, request_iri(request), sparql_request.using),
        lambda _: None,
    )
    return Response(status_code=204)
