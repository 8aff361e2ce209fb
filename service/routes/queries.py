"""The saved questions for people: each with a field for whatever it needs to be told.

/queries/…: saved queries by name.
"""

from collections.abc import Iterable
from html import escape
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from kg.store.dataset import ENTAILMENTS
from kg.store.saved_queries import SavedQuery, find_query
from service.answers.formats import GRAPH_FORMATS, HTML, JSON, RESULT_FORMATS, SPARQL
from service.answers.serialization import write_json
from service.http.conditional import answer, tag_of
from service.http.html import BUTTONS, door_page
from service.http.negotiation import choose
from service.http.openapi import ENTAILMENT, FORMAT, responses
from service.http.query_answer import ask, job_for
from service.http.request import in_address, single
from service.served import Served, served

_BODY: Final = """<h1>Questions</h1>
<p>Where a question asks for a thing, give its IRI or a CURIE: what is at <code>/id/…</code> here
is <code>id:…</code>.</p>
{questions}"""
_QUESTION: Final = """<section id="{name}"><h2>{en}</h2><p lang="zh">{zh}</p>
<form action="queries/{name}">{fields}
  {buttons}
  <a href="queries/{name}?format={sparql}">SPARQL</a></form></section>"""
_FOR_TRIPLES: Final = """<button name="format" value="ttl">Ask for triples (Turtle)</button>"""


def questions_page(queries: Iterable[SavedQuery]) -> bytes:
    """The page at `/queries`."""
    questions = "\n".join(map(_question, queries))
    return door_page("Questions", _BODY.format(questions=questions))


def _question(query: SavedQuery) -> str:
    fields = "".join(
        f'<p><label>{escape(name)}: {escape(what)}<br><input name="{escape(name)}" required>'
        "</label></p>"
        for name, what in query.parameters.items()
    )
    return _QUESTION.format(
        name=query.name,
        en=escape(query.question["en"]),
        zh=escape(query.question["zh"]),
        fields=fields,
        buttons=_FOR_TRIPLES if query.form == "CONSTRUCT" else BUTTONS,
        sparql=SPARQL.name,
    )


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
    responses=responses((JSON, HTML), 304, 406),
    response_class=Response,
)
def list_queries(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Each question in English and Chinese, with its parameters and where it is asked."""
    choice = choose(request, (JSON, HTML))
    listing = {"queries": [_listed(query) for query in here.queries.values()]}
    texts = [query.text for query in here.queries.values()]

    def body() -> bytes:
        if choice.format == HTML:
            return questions_page(here.queries.values())
        return write_json(listing)

    return answer(request, choice, body, tag=tag_of(here, choice, *texts))


@router.get(
    "/queries/{name}",
    summary="Ask one question",
    responses=responses((*RESULT_FORMATS, *GRAPH_FORMATS, SPARQL), 304, 400, 404, 406, 503, 504),
    response_class=Response,
    openapi_extra={"parameters": [_VALUES, ENTAILMENT, FORMAT]},
)
async def ask_by_name(
    request: Request, name: str, here: Annotated[Served, Depends(served)]
) -> Response:
    """The answer; or with `Accept: application/sparql-query` the query's text."""
    query = find_query(here.queries, name)
    pairs = in_address(request)
    values = {key: single(pairs, key) or "" for key, _ in pairs if key not in _OWN}
    entailment = single(pairs, "entailment") or ENTAILMENTS[0]
    formats = GRAPH_FORMATS if query.form == "CONSTRUCT" else RESULT_FORMATS
    choice = choose(request, (*formats, SPARQL))
    if choice.format == SPARQL:
        return answer(request, choice, query.text.encode, tag=tag_of(here, choice, query.text))
    # In a thread, since the names that are near an unknown one are many.
    bound = await run_in_threadpool(query.bind_in, here.store, values)
    job = job_for(query.text, choice, entailment=entailment, substitutions=bound)
    parts = (query.text, entailment, *(f"{key}={value}" for key, value in sorted(values.items())))
    return await ask(request, here, job, tag=tag_of(here, choice, *parts))


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
