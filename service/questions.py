"""/queries/…: saved queries by name."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.saved_queries import SavedQuery, find_query
from kg.store import ENTAILMENTS
from service.conditional import answer, tag_of
from service.documentation import ENTAILMENT, FORMAT, responses
from service.formats import GRAPH_FORMATS, JSON, RESULT_FORMATS, SPARQL
from service.representations import negotiate, write_json, write_results
from service.served import Served, served
from service.sparql_request import pairs_of, single

router = APIRouter(tags=["Questions"])

_OWN: Final = ("format", "entailment")
_VALUES: Final[dict[str, Any]] = {
    "name": "values",
    "in": "query",
    "description": "The query's own parameters by name, as `GET /queries` lists them: an IRI or "
    "a CURIE such as `id:London`, a number, or text.",
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    "style": "form",
    "explode": True,
}


@router.get(
    "/queries",
    summary="The questions that can be asked by name",
    responses=responses((JSON,), 304, 406),
    response_class=Response,
)
def list_queries(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Each question in English and Chinese, with its parameters and where it is asked."""
    choice = negotiate(request.headers.getlist("accept"), (JSON,))
    listing = {"queries": [_listed(query) for query in here.queries.values()]}
    texts = [query.text for query in here.queries.values()]
    return answer(request, choice, lambda: write_json(listing), tag=tag_of(here, choice, *texts))


@router.get(
    "/queries/{name}",
    summary="Ask one question",
    responses=responses((*RESULT_FORMATS, *GRAPH_FORMATS, SPARQL), 304, 400, 404, 406),
    response_class=Response,
    openapi_extra={"parameters": [_VALUES, ENTAILMENT, FORMAT]},
)
def ask(request: Request, name: str, here: Annotated[Served, Depends(served)]) -> Response:
    """The answer; or with `Accept: application/sparql-query` the query's text."""
    query = find_query(here.queries, name)
    pairs = pairs_of(request.scope["query_string"], "the address")
    values = {key: single(pairs, key) or "" for key, _ in pairs if key not in _OWN}
    entailment = single(pairs, "entailment") or ENTAILMENTS[0]
    formats = GRAPH_FORMATS if query.form == "CONSTRUCT" else RESULT_FORMATS
    accept = request.headers.getlist("accept")
    format_name = single(pairs, "format") or None
    choice = negotiate(accept, (*formats, SPARQL), format_name=format_name)
    if choice.format == SPARQL:
        return answer(request, choice, query.text.encode, tag=tag_of(here, choice, query.text))
    results = query.run(here.store, values, entailment=entailment)
    parts = (query.text, entailment, *(f"{key}={value}" for key, value in sorted(values.items())))
    return answer(
        request,
        choice,
        lambda: write_results(results, choice, here.context),
        tag=tag_of(here, choice, *parts),
    )


def _listed(query: SavedQuery) -> dict[str, Any]:
    names = "&".join(f"{name}={{{name}}}" for name in query.parameters)
    return {
        "name": query.name,
        "question": dict(query.question),
        "parameters": dict(query.parameters),
        "answer": query.answer,
        "form": query.form,
        "href": f"/queries/{query.name}",
        "template": f"/queries/{query.name}" + (f"?{names}" if names else ""),
    }
