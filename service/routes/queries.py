"""/queries and /queries/{name}: the saved queries, also as a page with a form for each."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response

from kg.store.dataset import ENTAILMENTS
from kg.store.paging import Page, select_page
from kg.store.query import Query
from kg.store.saved_queries import RESERVED_PARAMETERS, SavedQuery, get_query
from service.answers.formats import GRAPH_FORMATS, HTML, JSON, RESULT_FORMATS, SPARQL, Choice
from service.answers.json_types import SavedQuestion, SavedQuestions
from service.answers.serialization import write_json
from service.http.conditional import conditional_response, entity_tag
from service.http.documents import WebLink, page_links
from service.http.html import write_html
from service.http.negotiation import choose_format
from service.http.openapi import (
    ENTAILMENT_PARAMETER,
    FORMAT_PARAMETER,
    PAGING_PARAMETERS,
    VIEW_PARAMETERS,
    Router,
    describe_parameter,
)
from service.http.query_answer import answer_query
from service.http.request import (
    Parameters,
    number_value,
    query_parameters,
    query_string_with,
    single_value,
)
from service.http.streaming import StreamedResponse
from service.http.turns import in_turn
from service.http.views import choose_view_in_turn
from service.pages.page_or_document import send_page_or_document
from service.queries.messages import QueryJob
from service.queries.output import RowCounter
from service.served import CurrentRelease

router = Router("Questions")

# Beyond this many rows, no page begins.
_MAX_OFFSET: Final = 10**12
_NAME: Final = describe_parameter(
    "name", "The name of a saved query; see `/queries`.", place="path"
)
_QUERY_PARAMETERS: Final[dict[str, Any]] = {
    "name": "values",
    "in": "query",
    "description": "The parameters of the query, as listed by `GET /queries`: each a thing by "
    "any name, CURIE, IRI or address of its page, a number, or text.",
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
    page = write_html("queries.html", queries=queries)
    body = write_json(listing)
    return send_page_or_document(request, (JSON,), lambda _: body, lambda _: page, *texts)


@router.operation(
    "/queries/{name}",
    "Run a saved query",
    (*RESULT_FORMATS, *GRAPH_FORMATS, SPARQL),
    (304, 400, 404, 406, 503, 504),
    parameters=[
        _NAME,
        _QUERY_PARAMETERS,
        *PAGING_PARAMETERS,
        *VIEW_PARAMETERS,
        ENTAILMENT_PARAMETER,
        FORMAT_PARAMETER,
    ],
    operation_id="askQuestion",
)
async def ask_by_name(request: Request, name: str, release: CurrentRelease) -> Response:
    """Run a saved query, or return its text with `Accept: application/sparql-query`.

    It runs in its own view, unless the request names another. With `limit` or `offset`, columns
    break the ties of its order, so that each row is on one page; Link headers lead to the other
    pages. There is no link `next` if the page has fewer rows than `limit`.
    """
    query = get_query(release.queries, name)
    pairs = query_parameters(request)
    values = {
        key: single_value(pairs, key) or "" for key, _ in pairs if key not in RESERVED_PARAMETERS
    }
    entailment = single_value(pairs, "entailment") or ENTAILMENTS[0]
    formats = GRAPH_FORMATS if query.form == "CONSTRUCT" else RESULT_FORMATS
    choice = choose_format(request, (*formats, SPARQL))
    if choice.format == SPARQL:
        return conditional_response(request, choice, query.text.encode, query.text)
    page = _read_page(pairs, release.settings.max_result_rows)
    asked = select_page(Query(query.text), page)
    resolver = release.resolver(request)
    # In a thread: resolving a name, or finding those similar to an unknown one, may take long.
    bound = await in_turn(request, partial(query.bind, values, resolver.read_value))
    view = await choose_view_in_turn(request, resolver, pairs, (query.view, query.world))
    terms = sorted(f"{variable} {term}" for variable, term in bound.items())
    parts = (asked.text, entailment, repr(view), *terms)
    job = QueryJob(asked, choice, entailment, view, substitutions=bound)
    answer = await answer_query(request, release, job, tag=entity_tag(release, choice, *parts))
    # A 304 has no rows to count, and would replace the links that the client holds.
    if answer.status_code == 200 and page.limit is not None:
        links = _links_to_pages(request, answer, choice, page.limit, page.offset)
        answer.headers.append("Link", page_links(links))
    return answer


def _read_page(pairs: Parameters, max_rows: int) -> Page:
    limit = number_value(pairs, "limit", max_rows, range(1, max_rows + 1))
    offset = number_value(pairs, "offset", 0, range(_MAX_OFFSET))
    return Page(limit if single_value(pairs, "limit") else None, offset)


def _links_to_pages(
    request: Request, answer: Response, choice: Choice, limit: int, offset: int
) -> Iterator[WebLink]:
    """Yield the links from a page to the first, the one before and, unless it is last, the next."""

    def link(relation: str, start: int) -> WebLink:
        address = query_string_with(request, limit=limit, offset=start)
        return WebLink(relation, f"{quote(request.scope['path'])}?{address}")

    yield link("first", 0)
    if offset:
        yield link("prev", max(0, offset - limit))
    # Rows that are streamed cannot be counted before the headers are sent.
    is_streamed = isinstance(answer, StreamedResponse)
    if is_streamed or RowCounter(choice.format.media_type).add(bytes(answer.body)) >= limit:
        yield link("next", offset + limit)


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
