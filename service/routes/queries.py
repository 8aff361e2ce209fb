"""/queries and /queries/{name}: the saved queries, also as a page with a form for each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from fastapi import Request, Response

from kg.describe.graph_patterns import reads_named_graphs
from kg.sparql.dataset import ENTAILMENTS
from kg.sparql.paging import Page, select_page
from kg.sparql.query import Query
from kg.sparql.query_header import RESERVED_PARAMETERS
from kg.statuses import view_parameters
from kg.store.saved_queries import ReadIri, SavedQuery, get_query
from service.answers.formats import GRAPH_FORMATS, HTML, JSON, RESULT_FORMATS, SPARQL, Choice
from service.answers.json_types import SavedQuestion, SavedQuestions
from service.answers.serialization import write_json
from service.evaluators.row_statuses import find_row_statuses
from service.http.conditional import conditional_response, entity_tag
from service.http.documents import WebLink, language_headers, page_links
from service.http.negotiation import choose_format, choose_page_language
from service.http.observation import note_for_log
from service.http.openapi import (
    ENTAILMENT_PARAMETER,
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    PAGING_PARAMETERS,
    VIEW_PARAMETERS,
    Router,
    describe_parameter,
)
from service.http.query_answer import answer_query, answer_with_page, warn_of
from service.http.request import (
    Parameters,
    base_url,
    chosen_value,
    client_key,
    number_value,
    query_parameters,
    query_string_with,
    single_value,
)
from service.http.streaming import StreamedResponse
from service.http.threads import in_thread
from service.http.views import asks_for_view, choose_view_in_thread
from service.pages.problem_page import show_form_on_failure
from service.pages.query_page import ViewChoice
from service.pages.question_page import (
    AskedQuestion,
    find_questions,
    group_questions,
    write_question_list,
    write_question_page,
)
from service.pages.result_page import (
    CELLS,
    CELLS_PARAMETER,
    SHOW_PARAMETER,
    Asked,
    Result,
    RowStatuses,
    check_display,
    read_result,
)
from service.queries.messages import QueryJob
from service.queries.output import RowCounter
from service.served import CurrentRelease, ServedRelease

router = Router("Questions")

# Beyond this many rows, no page begins.
_MAX_OFFSET: Final = 10**12
_WORDS: Final = describe_parameter("q", "Words that the listed questions have.")
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
    parameters=[_WORDS, FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    answer=SavedQuestions,
    operation_id="listQuestions",
)
def list_queries(request: Request, release: CurrentRelease) -> Response:
    """List each saved query: its question in each language, its parameters, its address."""
    words = single_value(query_parameters(request), "q") or ""
    queries = find_questions(release.queries.values(), words)
    choice, texts = choose_format(request, (JSON, HTML)), [query.text for query in queries]
    if choice.format == JSON:
        listing: SavedQuestions = {"queries": [_describe(query) for query in queries]}
        return conditional_response(request, choice, partial(write_json, listing), *texts)
    language, path = choose_page_language(request), f"/queries{'?' if words else ''}"
    path += urlencode({"q": words} if words else {})
    terms, groups = release.page_terms(language), group_questions(queries, release.content.topics)
    page = partial(write_question_list, terms, groups, words, path)
    parts = (words, *map(str, language), *texts, repr(release.content.topics))
    headers = language_headers(language)
    return conditional_response(request, choice, page, *parts, headers=headers)


@router.operation(
    "/queries/{name}",
    "Run a saved query",
    (*RESULT_FORMATS, *GRAPH_FORMATS, SPARQL, HTML),
    (304, 400, 404, 406, 503, 504),
    parameters=[
        _NAME,
        _QUERY_PARAMETERS,
        *PAGING_PARAMETERS,
        *VIEW_PARAMETERS,
        ENTAILMENT_PARAMETER,
        FORMAT_PARAMETER,
        LANGUAGE_PARAMETER,
        CELLS_PARAMETER,
        SHOW_PARAMETER,
    ],
    operation_id="askQuestion",
)
async def ask_by_name(request: Request, name: str, release: CurrentRelease) -> Response:
    """Run a saved query, or return its text with `Accept: application/sparql-query`.

    It runs in its own view, unless the request names another. With `limit` or `offset`, columns
    break the ties of its order, so that each row is on one page; Link headers lead to the other
    pages. There is no link `next` if the page has fewer rows than `limit`. A page in HTML has the
    form of the question and, unless it lacks all its parameters, the first rows of the answer.
    """
    query = get_query(release.queries, name)
    pairs = query_parameters(request)
    values = {
        key: single_value(pairs, key) or "" for key, _ in pairs if key not in RESERVED_PARAMETERS
    }
    entailment = single_value(pairs, "entailment") or ENTAILMENTS[0]
    formats = GRAPH_FORMATS if query.form == "CONSTRUCT" else RESULT_FORMATS
    choice = choose_format(request, (*formats, SPARQL, HTML))
    if choice.format == SPARQL:
        return conditional_response(request, choice, query.text.encode, query.text)
    resolver = release.resolver(request)
    read_iri: ReadIri = resolver.read_value
    pages = None
    if choice.format == HTML:
        pages = _QuestionPages(request, release, query, values)
        read_iri = pages.asked.note_reading(read_iri)
        if query.parameters and not values:
            return await pages.send_form()
    page = _read_page(pairs, release.settings.max_result_rows)
    # In a thread: resolving a name, or finding those similar to an unknown one, may take long.
    bound = await in_thread(request, partial(query.bind, values, read_iri))
    view = await choose_view_in_thread(request, resolver, pairs, (query.view, query.world))
    terms = sorted(f"{variable} {term}" for variable, term in bound.items())
    job = QueryJob(Query(query.text), choice, entailment, view, substitutions=bound)
    if pages is not None:
        return await pages.send_answer(job, page.offset, terms)
    job = replace(job, query=select_page(job.query, page))
    parts = (job.query.text, entailment, repr(view), *terms)
    # In its own view, a question means what it reads through GRAPH.
    is_beyond_view = asks_for_view(pairs) and reads_named_graphs(Query(query.text))
    others = warn_of([], is_beyond_view=is_beyond_view)
    tag = entity_tag(release, choice, *parts)
    answer = await answer_query(request, release, job, tag=tag, others=others)
    # A 304 has no rows to count, and would replace the links that the client holds.
    if answer.status_code == 200 and page.limit is not None:
        links = _links_to_pages(request, answer, choice, page.limit, page.offset)
        answer.headers.append("Link", page_links(links))
    return answer


class _QuestionPages:
    """The pages that answer one request for a saved question."""

    def __init__(
        self,
        request: Request,
        release: ServedRelease,
        query: SavedQuery,
        values: Mapping[str, str],
    ) -> None:
        self._request, self._release = request, release
        pairs = query_parameters(request)
        view, world = single_value(pairs, "view"), single_value(pairs, "world")
        worlds = release.store.views.worlds
        choice = ViewChoice(view or query.view, world or ("" if view else query.world), worlds)
        self.asked = AskedQuestion(query, values, choice, chosen_value(pairs, "cells", *CELLS))
        self._language = choose_page_language(request)
        self._terms = release.page_terms(self._language)
        path, most = f"/queries/{quote(query.name)}", release.settings.max_address_characters
        headings = query.headings(self._language.tag)
        home = base_url(request)
        self._again = Asked(path, pairs, query.form, most, headings=headings, home=home)
        check_display(pairs)
        show_form_on_failure(request.scope, lambda _, failure: self._write(failure=failure))

    async def send_form(self) -> Response:
        """Respond with the form alone."""
        choice, parts = Choice(HTML, HTML.media_type), [*map(str, self._language), repr(self.asked)]
        headers = language_headers(self._language)
        send = partial(conditional_response, self._request, choice, self._write, *parts)
        return await in_thread(self._request, partial(send, headers=headers))

    async def send_answer(self, job: QueryJob, offset: int, terms: Sequence[str]) -> Response:
        """Respond with the form and a page of the answer."""
        self.asked.choice = self.asked.choice.of(job.view)
        text = self.asked.query.query_with(job.substitutions)
        is_beyond_view = reads_named_graphs(job.query)
        standing = view_parameters(job.view)
        again = replace(
            self._again, offset=offset, standing=standing, is_beyond_view=is_beyond_view
        )
        find_statuses = None
        if again.form == "SELECT":
            fields = {"query": text, **view_parameters(job.view), **again.look}
            again = replace(again, support=fields)
            client, evaluations = client_key(self._request), self._release.shared_evaluations
            find_statuses = partial(find_row_statuses, evaluations, again, job, client)
        job = replace(job, choice=again.choice, page=again.page)
        note_for_log(self._request.scope, query=job.query.text)
        parts = (job.query.text, job.entailment, repr(job.view), *terms, repr(again))
        choice = Choice(HTML, HTML.media_type)
        tag = entity_tag(self._release, choice, *map(str, self._language), *parts)

        def write(body: bytes, seconds: float, statuses: RowStatuses) -> bytes:
            self._terms = self._release.in_view(job.view).page_terms(self._language)
            result = read_result(self._terms, again, body, seconds, statuses)
            return self._write(result=result, text=text)

        asks = asks_for_view(self._again.pairs)
        others = language_headers(self._language) | warn_of(
            [], is_beyond_view=is_beyond_view and asks
        )
        return await answer_with_page(
            self._request,
            self._release,
            job,
            write,
            tag=tag,
            others=others,
            annotate=find_statuses,
        )

    def _write(
        self,
        *,
        result: Result | None = None,
        failure: Mapping[str, Any] | None = None,
        text: str = "",
    ) -> bytes:
        chosen = {"view": self.asked.choice.view, "world": self.asked.choice.world}
        asked = self.asked.query
        question = asked.questions.get(self._language.tag, asked.question)
        shown = {"query": f"# {question}\n{text or asked.query}", **chosen}
        editor = urlencode({key: value for key, value in shown.items() if value})
        return write_question_page(
            self._terms,
            self.asked,
            self._again.address(),
            result=result,
            failure=failure,
            editor=self._terms.in_language(f"/sparql?{editor}"),
        )


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
        "parameters": {name: one.expected for name, one in query.parameters.items()},
        "view": query.view,
        "answer": query.answer,
        "form": query.form,
        "href": f"/queries/{query.name}",
        "template": f"/queries/{query.name}" + (f"?{names}" if names else ""),
    }
    if query.world:
        described["world"] = query.world
    return described
