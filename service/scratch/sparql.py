"""/sparql: the SPARQL 1.1 Protocol, for queries and updates."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS
from service.http.conditional import answer, tag_of
from service.http.negotiation import choose
from service.http.observation import note
from service.http.openapi import DATASET, ENTAILMENT, parameter, responses
from service.http.query_answer import client_of
from service.http.request import FORM, UPDATE, iri_of
from service.queries.messages import Update
from service.routes.sparql import QUERY, SparqlRequest, answered
from service.scratch.description import described
from service.scratch.sparql_request import UpdateRequest, read_post, read_query
from service.scratch.store import Scratch, scratch
from service.scratch.writing import write

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
