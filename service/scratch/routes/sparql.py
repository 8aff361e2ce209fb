"""A POST to /sparql -> the query or the update that it is (SPARQL 1.1 Protocol, section 2.2).

/sparql: the SPARQL 1.1 Protocol, for queries and updates.
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

# Of a form, where each may be percent-encoded.
_FORM_BYTES_PER_BYTE: Final = 3
_OF_UPDATES: Final = {
    "default-graph-uri": "using-graph-uri",
    "named-graph-uri": "using-named-graph-uri",
}


@dataclass(frozen=True)
class UpdateRequest:
    """One update, with the dataset of its patterns."""

    text: str
    using: Dataset | None


async def read_query(request: Request) -> SparqlRequest:
    """The query of a GET, or none; a FastAPI dependency.

    Raises:
        MalformedParameter: also for `entailment=none`, since nothing is derived here.
        KgError: see `read_request`.
    """
    return _plain(await read_request(request))


async def read_post(request: Request) -> SparqlRequest | UpdateRequest:
    """The query or the update of a form POST or a direct POST; a FastAPI dependency.

    Raises:
        Unauthorized, Forbidden, NotWritable: an update of who may not write.
        MissingParameter: neither a query nor an update.
        MalformedParameter: both, or one of the wrong form.
        UnsupportedMediaType, ContentTooLarge: see `read_body`.
    """
    here = await scratch(request)
    characters, most = here.settings.max_query_characters, here.settings.max_update_bytes
    addressed = in_address(request)
    media_type = media_type_of(request, [FORM, QUERY, UPDATE])
    if media_type == UPDATE:
        authorise(request, here)
        text = decoded(await read_body(request, most), "the body")
        return _update([*addressed, ("update", text)], most)
    form_bytes = _FORM_BYTES_PER_BYTE * most if media_type == FORM else 0
    body = await read_body(request, max(form_bytes, BYTES_PER_CHARACTER * characters) + OTHER_BYTES)
    if media_type == FORM:
        pairs: Pairs = [*addressed, *pairs_of(body, "the body")]
        if every(pairs, "update"):
            authorise(request, here)
            return _update(pairs, most)
    else:
        if every(addressed, "update"):
            raise MalformedParameter("update", "stands beside a query; right would be one of them")
        pairs = [*addressed, ("query", decoded(body, "the body"))]
        pairs += [("version", one) for one in parameters_of(request, "version")]
    found = _plain(request_of(pairs))
    if found.text is None:
        raise MissingParameter("query", "a POST has to bring exactly one query or one update")
    return with_limit(found, ContentTooLarge(characters, "characters"), characters)


def _update(pairs: Pairs, most_bytes: int) -> UpdateRequest:
    text = single(pairs, "update") or ""
    if every(pairs, "query"):
        raise MalformedParameter("query", "stands beside an update; right would be one of them")
    for name, right in _OF_UPDATES.items():
        if every(pairs, name):
            raise MalformedParameter(name, f"is for queries; right for an update would be {right}")
    if len(text.encode()) > most_bytes:
        raise ContentTooLarge(most_bytes, "bytes")
    default, named = graphs_of(pairs, "using-graph-uri"), graphs_of(pairs, "using-named-graph-uri")
    return UpdateRequest(text, Dataset(default, named) if default or named else None)


def _plain(found: SparqlRequest) -> SparqlRequest:
    if found.entailment != ENTAILMENTS[0]:
        reason = f"'{found.entailment}' means nothing here, where nothing is derived"
        raise MalformedParameter("entailment", f"{reason}; right would be none at all")
    return found


router = APIRouter(tags=["SPARQL"])

_TEXT: Final = parameter("query", "One SPARQL query. Without it: the service description.")
_UPDATE: Final = parameter("update", "One SPARQL Update, instead of a query.")
_USING: Final = [
    {**parameter(f"using-{name}", what), "schema": DATASET[0]["schema"]}
    for name, what in (
        ("graph-uri", "Of an update: a graph of the default graph of its patterns."),
        ("named-graph-uri", "Of an update: a named graph of its patterns."),
    )
]
_DATASET: Final = [one for one in DATASET if one != ENTAILMENT]
_FORM: Final = [_TEXT, _UPDATE, *_DATASET, *_USING]
_FORM_SCHEMA: Final = {
    "type": "object",
    "properties": {one["name"]: one["schema"] for one in _FORM},
}
_BODY: Final = {
    "required": True,
    "content": {
        FORM: {"schema": _FORM_SCHEMA},
        QUERY: {"schema": {"type": "string", "description": "One SPARQL query, UTF-8."}},
        UPDATE: {"schema": {"type": "string", "description": "One SPARQL Update, UTF-8."}},
    },
}
_FORMATS: Final = (*RESULT_FORMATS, *GRAPH_FORMATS)
_WHAT: Final = "Rows, a yes or no, or triples."


@router.get(
    "/sparql",
    summary="Ask by SPARQL, the query in the address",
    responses=responses((*_FORMATS, HTML), 304, 400, 403, 406, 414, 502, 503, 504, what=_WHAT),
    response_class=Response,
    openapi_extra={"parameters": [_TEXT, *_DATASET]},
)
async def ask_by_get(
    request: Request,
    asked: Annotated[SparqlRequest, Depends(read_query)],
    here: Annotated[Scratch, Depends(scratch)],
) -> Response:
    """Run one SPARQL query; without a query, the description of the service in RDF or HTML."""
    if asked.text is not None:
        return await answered(request, asked, asked.text, here)
    choice = choose(request, (*GRAPH_FORMATS, HTML), format_name=asked.format_name)
    endpoint = iri_of(request)
    body = await described(here, endpoint, choice, client_of(request))
    headers = {"Cache-Control": here.freshness}
    tag = tag_of(here, choice, endpoint, body.decode())
    return answer(request, choice, lambda: body, tag=tag, headers=headers)


@router.post(
    "/sparql",
    summary="Ask or change by SPARQL, the query or update in the body",
    responses=responses(
        _FORMATS, 204, 400, 401, 403, 406, 409, 413, 415, 502, 503, 504, what=_WHAT
    ),
    response_class=Response,
    openapi_extra={"requestBody": _BODY, "parameters": [*_DATASET, *_USING]},
)
async def ask_or_change_by_post(
    request: Request,
    asked: Annotated[SparqlRequest | UpdateRequest, Depends(read_post)],
    here: Annotated[Scratch, Depends(scratch)],
) -> Response:
    """Run one SPARQL query or update, sent as a form or as it is.

    An update is carried out whole or not at all; once it is answered, every query sees it.
    """
    if isinstance(asked, SparqlRequest):
        return await answered(request, asked, asked.text or "", here)
    note(request.scope, query=asked.text)
    await write(request, here, Update(asked.text, iri_of(request), asked.using), lambda _: None)
    return Response(status_code=204)
