"""/queries and /queries/{name}: the saved queries, also as a page with a form for each."""

from collections.abc import Iterable
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from kg.store.dataset import ENTAILMENTS
from kg.store.saved_queries import SavedQuery, get_query
from service.answers.formats import GRAPH_FORMATS, HTML, JSON, RESULT_FORMATS, SPARQL
from service.http.conditional import conditional_response, entity_tag
from service.http.html import BUTTONS, write_page_with_home_link
from service.http.negotiation import choose_format
from service.http.openapi import ENTAILMENT_PARAMETER, FORMAT_PARAMETER, describe_responses
from service.http.query_answer import answer_query, create_job
from service.http.request import query_parameters, single_value
from service.routes.home import send_listing
from service.served import CurrentRelease

router = APIRouter(tags=["Questions"], default_response_class=Response)

_BODY: Final = """<h1>Questions</h1>
<p>Where a question asks for a thing, enter its IRI or a CURIE: <code>id:…</code> stands for
<code>/id/…</code>.</p>
{questions}"""
_QUESTION: Final = """<section id="{name}"><h2>{en}</h2><p lang="zh">{zh}</p>
<form action="queries/{name}">{fields}
  {buttons}
  <a href="queries/{name}?format={sparql}">SPARQL</a></form></section>"""
_TURTLE_BUTTON: Final = """<button name="format" value="ttl">Run query (Turtle)</button>"""
_RESERVED: Final = ("format", "entailment")
_QUERY_PARAMETERS: Final[dict[str, Any]] = {
    "name": "values",
    "in": "query",
    "description": "The parameters of the query, as listed by `GET /queries`: each an IRI, a "
    "CURIE such as `id:London`, a number, or text.",
    "schema": {"type": "object", "additionalProperties": {"type": "string"}},
    "style": "form",
    "explode": True,
}


@router.get(
    "/queries",
    summary="List the saved queries",
    responses=describe_responses((JSON, HTML), 304, 406),
)
def list_queries(request: Request, release: CurrentRelease) -> Response:
    """List each saved query: its question in English and Chinese, its parameters, its address."""
    queries = release.queries.values()
    listing = {"queries": [_describe(query) for query in queries]}
    texts = [query.text for query in queries]
    return send_listing(request, release, listing, lambda: _write_page(queries), *texts)


@router.get(
    "/queries/{name}",
    summary="Run a saved query",
    responses=describe_responses(
        (*RESULT_FORMATS, *GRAPH_FORMATS, SPARQL), 304, 400, 404, 406, 503, 504
    ),
    openapi_extra={"parameters": [_QUERY_PARAMETERS, ENTAILMENT_PARAMETER, FORMAT_PARAMETER]},
)
async def ask_by_name(request: Request, name: str, release: CurrentRelease) -> Response:
    """Run a saved query, or return its text with `Accept: application/sparql-query`."""
    query = get_query(release.queries, name)
    pairs = query_parameters(request)
    values = {key: single_value(pairs, key) or "" for key, _ in pairs if key not in _RESERVED}
    entailment = single_value(pairs, "entailment") or ENTAILMENTS[0]
    formats = GRAPH_FORMATS if query.form == "CONSTRUCT" else RESULT_FORMATS
    choice = choose_format(request, (*formats, SPARQL))
    if choice.format == SPARQL:
        tag = entity_tag(release, choice, query.text)
        return conditional_response(request, choice, query.text.encode, tag=tag)
    # In a thread: finding names similar to an unknown one takes long.
    bound = await run_in_threadpool(query.bind_known, release.store, values)
    job = create_job(query.text, choice, entailment=entailment, substitutions=bound)
    parts = (query.text, entailment, *(f"{key}={value}" for key, value in sorted(values.items())))
    return await answer_query(request, release, job, tag=entity_tag(release, choice, *parts))


def _describe(query: SavedQuery) -> dict[str, Any]:
    names = "&".join(f"{name}={{{name}}}" for name in query.parameters)
    return {
        "name": query.name,
        "question": dict(query.questions),
        "parameters": dict(query.parameters),
        "answer": query.answer,
        "form": query.form,
        "href": f"/queries/{query.name}",
        "template": f"/queries/{query.name}" + (f"?{names}" if names else ""),
    }


def _write_page(queries: Iterable[SavedQuery]) -> bytes:
    questions = "\n".join(map(_write_question, queries))
    return write_page_with_home_link("Questions", _BODY.format(questions=questions))


def _write_question(query: SavedQuery) -> str:
    return _QUESTION.format(
        name=query.name,
        en=escape(query.questions["en"]),
        zh=escape(query.questions["zh"]),
        fields="".join(
            f"<p><label>{escape(name)}: {escape(meaning)}<br>"
            f'<input name="{escape(name)}" required></label></p>'
            for name, meaning in query.parameters.items()
        ),
        buttons=_TURTLE_BUTTON if query.form == "CONSTRUCT" else BUTTONS,
        sparql=SPARQL.name,
    )
