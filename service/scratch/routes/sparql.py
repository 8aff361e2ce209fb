"""Read a query or an update from a request to /sparql (SPARQL 1.1 Protocol, section 2.2).

/sparql: the SPARQL 1.1 Protocol for queries and updates.
"""

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.errors import MalformedParameter
from kg.store.dataset import ENTAILMENTS, Dataset
from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS
from service.errors import ContentTooLarge, MissingParameter
from service.http.conditional import answer, tag_of
from service.http.negotiation import choose
from service.http.observation import note
from service.http.openapi import DATASET, ENTAILMENT, parameter, responses
from service.http.query_answer import client_of
from service.http.request import (
    FORM,
    UPDATE,
    Pairs,
    decoded,
    every,
    in_address,
    iri_of,
    media_type_of,
    pairs_of,
    parameters_of,
    read_body,
    single,
)
from service.queries.messages import Update
from service.routes.sparql import (
    BYTES_PER_CHARACTER,
    OTHER_BYTES,
    QUERY,
    SparqlRequest,
    answered,
    graphs_of,
    read_request,
    request_of,
    with_limit,
)
from service.scratch.routes.home import described
from service.scratch.store import Scratch, authorise, scratch, write

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
    using: Dataset | None


async def read_query(request: Request) -> SparqlRequest:
    """Read the query of a GET, if there is one; a FastAPI dependency.

    Raises:
        MalformedParameter: also for `entailment=none`, since a scratch store derives nothing.
        KgError: see `read_request`.
    """
    return _without_entailment(await read_request(request))


async def read_post(request: Request) -> SparqlRequest | UpdateRequest:
    """Read the query or update of a POST, sent in a form or directly; a FastAPI dependency.

    Raises:
        Unauthorized, Forbidden, NotWritable: an update by a client without write access.
        MissingParameter: the request has neither a query nor an update.
        MalformedParameter: it has both, or one of them is malformed.
        UnsupportedMediaType, ContentTooLarge: see `read_body`.
    """
    store = await scratch(request)
    max_characters = store.settings.max_query_characters
    max_bytes = store.settings.max_update_bytes
    url_pairs = in_address(request)
    media_type = media_type_of(request, [FORM, QUERY, UPDATE])
    if media_type == UPDATE:
        authorise(request, store)
        text = decoded(await read_body(request, max_bytes), "the body")
        return _update([*url_pairs, ("update", text)], max_bytes)
    form_bytes = _FORM_BYTES_PER_BYTE * max_bytes if media_type == FORM else 0
    query_bytes = BYTES_PER_CHARACTER * max_characters
    body = await read_body(request, max(form_bytes, query_bytes) + OTHER_BYTES)
    if media_type == FORM:
        pairs: Pairs = [*url_pairs, *pairs_of(body, "the body")]
        if every(pairs, "update"):
            authorise(request, store)
            return _update(pairs, max_bytes)
    else:
        if every(url_pairs, "update"):
            raise MalformedParameter("update", "is given with a query; expected only one of them")
        pairs = [*url_pairs, ("query", decoded(body, "the body"))]
        pairs += [("version", version) for version in parameters_of(request, "version")]
    sparql_request = _without_entailment(request_of(pairs))
    if sparql_request.text is None:
        raise MissingParameter("query", "expected exactly one query or one update in a POST")
    return with_limit(sparql_request, ContentTooLarge(max_characters, "characters"), max_characters)


def _update(pairs: Pairs, max_bytes: int) -> UpdateRequest:
    text = single(pairs, "update") or ""
    if every(pairs, "query"):
        raise MalformedParameter("query", "is given with an update; expected only one of them")
    for query_name, update_name in _UPDATE_PARAMETERS.items():
        if every(pairs, query_name):
            raise MalformedParameter(
                query_name, f"is for queries; expected {update_name} for an update"
            )
    if len(text.encode()) > max_bytes:
        raise ContentTooLarge(max_bytes, "bytes")
    default, named = graphs_of(pairs, "using-graph-uri"), graphs_of(pairs, "using-named-graph-uri")
    return UpdateRequest(text, Dataset(default, named) if default or named else None)


def _without_entailment(sparql_request: SparqlRequest) -> SparqlRequest:
    """Return the request, after checking that it does not set the entailment."""
    if sparql_request.entailment != ENTAILMENTS[0]:
        reason = f"'{sparql_request.entailment}' has no meaning for a scratch store"
        raise MalformedParameter(
            "entailment", f"{reason}, which has no derived triples; expected no such parameter"
        )
    return sparql_request


router = APIRouter(tags=["SPARQL"])

_TEXT: Final = parameter(
    "query", "A SPARQL query; without it, the service description is returned."
)
_UPDATE: Final = parameter("update", "A SPARQL Update request, instead of a query.")
_USING: Final = [
    {**parameter(f"using-{name}", text), "schema": DATASET[0]["schema"]}
    for name, text in (
        ("graph-uri", "For an update: a graph to merge into the default graph of its patterns."),
        ("named-graph-uri", "For an update: a named graph of its patterns."),
    )
]
_DATASET: Final = [field for field in DATASET if field != ENTAILMENT]
_FORM: Final = [_TEXT, _UPDATE, *_DATASET, *_USING]
_FORM_SCHEMA: Final = {
    "type": "object",
    "properties": {field["name"]: field["schema"] for field in _FORM},
}
_BODY: Final = {
    "required": True,
    "content": {
        FORM: {"schema": _FORM_SCHEMA},
        QUERY: {"schema": {"type": "string", "description": "A SPARQL query, in UTF-8."}},
        UPDATE: {"schema": {"type": "string", "description": "A SPARQL Update request, in UTF-8."}},
    },
}
_FORMATS: Final = (*RESULT_FORMATS, *GRAPH_FORMATS)
_DESCRIPTION: Final = "The rows, boolean or triples that the query returns."


@router.get(
    "/sparql",
    summary="Run a SPARQL query sent in the address",
    responses=responses(
        (*_FORMATS, HTML), 304, 400, 403, 406, 414, 502, 503, 504, what=_DESCRIPTION
    ),
    response_class=Response,
    openapi_extra={"parameters": [_TEXT, *_DATASET]},
)
async def ask_by_get(
    request: Request,
    sparql_request: Annotated[SparqlRequest, Depends(read_query)],
    store: Annotated[Scratch, Depends(scratch)],
) -> Response:
    """Run a SPARQL query, or without one return the service description, in RDF or HTML."""
    if sparql_request.text is not None:
        return await answered(request, sparql_request, sparql_request.text, store)
    choice = choose(request, (*GRAPH_FORMATS, HTML), format_name=sparql_request.format_name)
    endpoint = iri_of(request)
    body = await described(store, endpoint, choice, client_of(request))
    headers = {"Cache-Control": store.freshness}
    tag = tag_of(store, choice, endpoint, body.decode())
    return answer(request, choice, lambda: body, tag=tag, headers=headers)


@router.post(
    "/sparql",
    summary="Run a SPARQL query or update sent in the body",
    responses=responses(
        _FORMATS, 204, 400, 401, 403, 406, 409, 413, 415, 502, 503, 504, what=_DESCRIPTION
    ),
    response_class=Response,
    openapi_extra={"requestBody": _BODY, "parameters": [*_DATASET, *_USING]},
)
async def ask_or_change_by_post(
    request: Request,
    sparql_request: Annotated[SparqlRequest | UpdateRequest, Depends(read_post)],
    store: Annotated[Scratch, Depends(scratch)],
) -> Response:
    """Run a SPARQL query or update, sent in a form or directly.

    An update is atomic: it is made completely or not at all. Once it is answered, every query sees
    it.
    """
    if isinstance(sparql_request, SparqlRequest):
        return await answered(request, sparql_request, sparql_request.text or "", store)
    note(request.scope, query=sparql_request.text)
    await write(
        request,
        store,
        Update(sparql_request.text, iri_of(request), sparql_request.using),
        lambda _: None,
    )
    return Response(status_code=204)
