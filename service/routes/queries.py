"""The HTML page of the saved questions, with an input field for each parameter.

/queries and /queries/{name}: the saved queries.
"""

from collections.abc import Iterable
from html import escape
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from kg.store.dataset import ENTAILMENTS
from kg.store.saved_queries import SavedQuery, get_query
from service.answers.formats import GRAPH_FORMATS, HTML, JSON, RESULT_FORMATS, SPARQL
from service.answers.serialization import write_json
from service.http.conditional import conditional_response, entity_tag
from service.http.html import BUTTONS, write_page_with_home_link
from service.http.negotiation import choose_format
from service.http.openapi import ENTAILMENT_PARAMETER, FORMAT_PARAMETER, describe_responses
from service.http.query_answer import answer_query, create_job
from service.http.request import query_parameters, single_value
from service.served import ServedRelease, served_release

_BODY: Final = """<h1>Questions</h1>
<p>Where a question asks for a thing, enter its IRI or a CURIE: <code>id:…</code> stands for
<code>/id/…</code>.</p>
{questions}"""
_QUESTION: Final = """<section id="{name}"><h2>{en}</h2><p lang="zh">{zh}</p>
<form action="queries/{name}">{fields}
  {buttons}
  <a href="queries/{name}?format={sparql}">SPARQL</a></form></section>"""
_TURTLE_BUTTON: Final = """<button name="format" value="ttl">Run query (Turtle)</button>"""


def questions_page(queries: Iterable[SavedQuery]) -> bytes:
    """Return the page at `/queries`."""
    questions = "\n".join(map(_write_question, queries))
    return write_page_with_home_link("Questions", _BODY.format(questions=questions))


def _write_question(query: SavedQuery) -> str:
    fields = "".join(
        f'<p><label>{escape(name)}: {escape(meaning)}<br><input name="{escape(name)}" required>'
        "</label></p>"
        for name, meaning in query.parameters.items()
    )
    return _QUESTION.format(
        name=query.name,
        en=escape(query.questions["en"]),
        zh=escape(query.questions["zh"]),
        fields=fields,
        buttons=_TURTLE_BUTTON if query.form == "CONSTRUCT" else BUTTONS,
        sparql=SPARQL.name,
    )


router = APIRouter(tags=["Questions"])

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
    response_class=Response,
)
def list_queries(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """List each saved query: its question in English and Chinese, its parameters, its address."""
    choice = choose_format(request, (JSON, HTML))
    listing = {"queries": [_describe(query) for query in release.queries.values()]}
    texts = [query.text for query in release.queries.values()]

    def body() -> bytes:
        if choice.format == HTML:
            return questions_page(release.queries.values())
        return write_json(listing)

    return conditional_response(request, choice, body, tag=entity_tag(release, choice, *texts))


@router.get(
    "/queries/{name}",
    summary="Run a saved query",
    responses=describe_responses(
        (*RESULT_FORMATS, *GRAPH_FORMATS, SPARQL), 304, 400, 404, 406, 503, 504
    ),
    response_class=Response,
    openapi_extra={"parameters": [_QUERY_PARAMETERS, ENTAILMENT_PARAMETER, FORMAT_PARAMETER]},
)
async def ask_by_name(
    request: Request, name: str, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """Run a saved query, or return its text with `Accept: application/sparql-query`."""
    query = get_query(release.queries, name)
    pairs = query_parameters(request)
    values = {key: single_value(pairs, key) or "" for key, _ in pairs if key not in _RESERVED}
    entailment = single_value(pairs, "entailment") or ENTAILMENTS[0]
    formats = GRAPH_FORMATS if query.form == "CONSTRUCT" else RESULT_FORMATS
    choice = choose_format(request, (*formats, SPARQL))
    if choice.format == SPARQL:
        return conditional_response(
            request, choice, query.text.encode, tag=entity_tag(release, choice, query.text)
        )
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
