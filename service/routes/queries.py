"""/queries and /queries/{name}: the saved queries, also as a page with a form for each."""

from functools import partial
from typing import Any, Final

from fastapi import Request, Response

from kg.store.dataset import ENTAILMENTS
from kg.store.query import Query
from kg.store.saved_queries import SavedQuery, get_query
from service.answers.formats import GRAPH_FORMATS, HTML, JSON, RESULT_FORMATS, SPARQL
from service.answers.json_types import SavedQuestion, SavedQuestions
from service.http.conditional import conditional_response, entity_tag
from service.http.html import write_html
from service.http.negotiation import choose_format
from service.http.openapi import (
    ENTAILMENT_PARAMETER,
    FORMAT_PARAMETER,
    VIEW_PARAMETERS,
    Router,
    describe_parameter,
)
from service.http.query_answer import answer_query
from service.http.request import query_parameters, single_value
from service.http.turns import in_turn
from service.http.views import choose_view
from service.queries.messages import QueryJob
from service.routes.home import send_listing
from service.served import CurrentRelease

router = Router("Questions")

_RESERVED: Final = ("format", "entailment", "view", "world")
_NAME: Final = describe_parameter(
    "name", "The name of a saved query; see `/queries`.", place="path"
)
_QUERY_PARAMETERS: Final[dict[str, Any]] = {
    "name": "values",
    "in": "query",
    "description": "The parameters of the query, as listed by `GET /queries`: each an IRI, a "
    "CURIE, a number, or text.",
    "schema": {
        "title": "QuestionValues",
        "type": "object",
        "properties": {},
        "additionalProperties": {"type": "string"},
    },
    "style": "form",
    "explode": True,
}


@router.operation(
    "/queries",
    "List the saved queries",
    (JSON, HTML),
    answer=SavedQuestions,
    operation_id="listQuestions",
)
def list_queries(request: Request, release: CurrentRelease) -> Response:
    """List each saved query: its question in each language, its parameters, its address."""
    queries = release.queries.values()
    listing: SavedQuestions = {"queries": [_describe(query) for query in queries]}
    texts = [query.text for query in queries]
    page = partial(write_html, "queries.html", queries=queries)
    return send_listing(request, listing, page, *texts)


@router.operation(
    "/queries/{name}",
    "Run a saved query",
    (*RESULT_FORMATS, *GRAPH_FORMATS, SPARQL),
    (304, 400, 404, 406, 503, 504),
    parameters=[_NAME, _QUERY_PARAMETERS, *VIEW_PARAMETERS, ENTAILMENT_PARAMETER, FORMAT_PARAMETER],
    operation_id="askQuestion",
)
async def ask_by_name(request: Request, name: str, release: CurrentRelease) -> Response:
    """Run a saved query, or return its text with `Accept: application/sparql-query`.

    It runs in its own view, unless the request names another.
    """
    query = get_query(release.queries, name)
    pairs = query_parameters(request)
    values = {key: single_value(pairs, key) or "" for key, _ in pairs if key not in _RESERVED}
    entailment = single_value(pairs, "entailment") or ENTAILMENTS[0]
    formats = GRAPH_FORMATS if query.form == "CONSTRUCT" else RESULT_FORMATS
    choice = choose_format(request, (*formats, SPARQL))
    if choice.format == SPARQL:
        return conditional_response(request, choice, query.text.encode, query.text)
    # In a thread: finding names similar to an unknown one takes long.
    bound = await in_turn(request, partial(query.bind_known, release.store, values))
    view = choose_view(request.scope, release.store.views, pairs, (query.view, query.world))
    parts = (query.text, entailment, repr(view), *map(str, sorted(values.items())))
    job = QueryJob(Query(query.text), choice, entailment, view, substitutions=bound)
    return await answer_query(request, release, job, tag=entity_tag(release, choice, *parts))


def _describe(query: SavedQuery) -> SavedQuestion:
    names = "&".join(f"{name}={{{name}}}" for name in query.parameters)
    described: SavedQuestion = {
        "name": query.name,
        "question": dict(query.questions),
        "parameters": dict(query.parameters),
        "view": query.view,
        "answer": query.answer,
        "form": query.form,
        "href": f"/queries/{query.name}",
        "template": f"/queries/{query.name}" + (f"?{names}" if names else ""),
    }
    if query.world:
        described["world"] = query.world
    return described
