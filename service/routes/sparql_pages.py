"""The pages of /sparql: the editor with an answer, with a failure, or with the description."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from fastapi import Request, Response
from starlette.types import Scope

from kg.namespaces import GLOCAL
from kg.sparql.hints import QueryHint
from kg.statuses import DEFAULT_VIEW, VIEWS, view_parameters
from service.answers.formats import HTML, Choice
from service.evaluators.row_statuses import find_row_statuses
from service.excerpts.names import NO_NAMES, Names, read_names
from service.excerpts.reader import BEYOND_LIMITS, DataReader
from service.http import request as http
from service.http.conditional import conditional_response
from service.http.documents import language_headers
from service.http.endpoint import Endpoint
from service.http.negotiation import Language, accepted_languages
from service.http.observation import note_for_log
from service.http.query_answer import answer_with_page, is_beyond_view
from service.http.threads import in_thread
from service.pages.data.terms import DataTerms
from service.pages.page_or_document import page_terms
from service.pages.problem_page import language_of_failure, show_form_on_failure
from service.pages.query_page import Editor, ViewChoice, start_query, write_query_page
from service.pages.result_page import (
    CELLS,
    Asked,
    Result,
    RowStatuses,
    check_display,
    read_result,
    terms_of_result,
)
from service.pages.service_description import example_query
from service.queries.messages import QueryJob
from service.served import ServedRelease

_PATH: Final = "/sparql"
_PAGE: Final = Choice(HTML, HTML.media_type)
_DEFAULT_VIEW: Final = next(name for name, base in VIEWS.items() if base == DEFAULT_VIEW.base)
# Rows of a page start before this one.
_MAX_OFFSET: Final = 10**9


class QueryPages:
    """The pages that answer one request; `pairs` are its parameters without the default view."""

    def __init__(
        self, request: Request, endpoint: Endpoint, pairs: http.Parameters, language: Language
    ) -> None:
        self._request, self._endpoint, self._language = request, endpoint, language
        given, choice = dict(pairs), None
        if isinstance(endpoint, ServedRelease):
            names = given.get("view") or _DEFAULT_VIEW, given.get("world", "")
            choice = ViewChoice(*names, endpoint.store.views.worlds)
            # The editor always sends a view, and a query with FROM must have none.
            if not given.get("world"):
                pairs = [pair for pair in pairs if pair != ("view", _DEFAULT_VIEW)]
        self.pairs = pairs
        self._editor = Editor(given.get("query", ""), pairs, choice)
        self._terms = page_terms(request.scope, language)
        most, home = endpoint.settings.max_address_characters, http.base_url(request)
        self._again = Asked(_PATH, pairs, "", most, home=home)

    def address_of_form(self) -> str | None:
        """Return the address of what a form asks, where people can share it, if it fits into one.

        None for other requests.
        """
        again = self._asked()
        is_form = http.declared_media_type(self._request) == http.FORM_MEDIA_TYPE
        if self._request.method != "POST" or not is_form:
            return None
        root = self._request.scope.get("root_path", "")
        address = root + self._terms.in_language(again.address(offset=again.offset))
        return address if again.is_shareable else None

    def _asked(self, form: str = "") -> Asked:
        offset = http.number_value(self._again.pairs, "offset", 0, range(_MAX_OFFSET))
        http.chosen_value(self._again.pairs, "cells", *CELLS)
        check_display(self._again.pairs)
        return replace(self._again, form=form, offset=offset)

    async def send_answer(
        self,
        job: QueryJob,
        hints: Sequence[QueryHint],
        headers: Mapping[str, str],
        make_tag: Callable[..., str] | None,
    ) -> Response:
        """Respond with a page of the answer to this job; the hints are about its query.

        `make_tag` returns an entity tag, of which it has some parts, or is None if there is none.
        """
        again, dataset = self._asked(job.query.form or ""), job.dataset or job.query.dataset
        if isinstance(self._endpoint, ServedRelease) and not dataset:
            again = replace(again, is_beyond_view=await is_beyond_view(self._request, job.query))
        note_for_log(self._request.scope, query=self._editor.text)
        if self._editor.choice:
            self._editor = replace(self._editor, choice=self._editor.choice.of(job.view))
        endpoint, find_statuses = self._endpoint, None
        shown = {} if job.query.dataset else view_parameters(job.view)
        if isinstance(endpoint, ServedRelease) and not self._editor.others:
            again = replace(again, standing=shown)
        if (
            isinstance(endpoint, ServedRelease)
            and again.standing is not None
            and again.form == "SELECT"
        ):
            again = replace(again, support={"query": self._editor.text, **shown, **again.look})
            client, evaluations = http.client_key(self._request), endpoint.shared_evaluations
            find_statuses = partial(find_row_statuses, evaluations, again, job, client)
        key = ""
        if isinstance(self._terms, DataTerms):
            self._terms = self._terms.for_reader(accepted_languages(self._request))
            key = self._terms.key
        tag = make_tag(*map(str, self._language), repr(again), key) if make_tag else None
        page_job = replace(job, choice=again.choice, page=again.page)

        def write(body: bytes, seconds: float, statuses: RowStatuses) -> bytes:
            if isinstance(endpoint, ServedRelease):
                self._terms = endpoint.in_view(job.view).page_terms(self._language)
            result = read_result(self._terms, again, body, seconds, statuses)
            return self.write(result=result, hints=hints)

        others = {**language_headers(self._language), **headers}
        answer = partial(answer_with_page, self._request, endpoint, page_job)
        if isinstance(terms := self._terms, DataTerms):

            def write_with_names(body: bytes, seconds: float, names: Names | None) -> bytes:
                self._terms = terms.knowing(names or NO_NAMES)
                return write(body, seconds, None)

            find_names = partial(self._find_names, again)
            return await answer(write_with_names, tag=tag, others=others, annotate=find_names)
        return await answer(write, tag=tag, others=others, annotate=find_statuses)

    async def _find_names(self, asked: Asked, body: bytes) -> Names | None:
        """Return the names of what a result mentions; None beyond the limits of queries."""
        reader = DataReader(self._endpoint, http.client_key(self._request))
        with suppress(*BEYOND_LIMITS):
            return await read_names(reader, terms_of_result(asked, body))
        return None

    async def send_description(
        self, facts: Callable[[], Mapping[str, Any]], parts: Sequence[str]
    ) -> Response:
        """Respond with an example in the editor, and the facts about the endpoint below it.

        `facts` returns them, and `parts` decide them.
        """

        def write() -> bytes:
            text = example_query([])
            if isinstance(self._endpoint, ServedRelease):
                text = start_query(self._terms, GLOCAL[self._endpoint.content.example_class])
            self._editor = replace(self._editor, text=text)
            return self.write(endpoint=facts())

        send = partial(conditional_response, self._request, _PAGE, write)
        all_parts = (*map(str, self._language), repr(self._again), *parts)
        headers = language_headers(self._language)
        return await in_thread(self._request, partial(send, *all_parts, headers=headers))

    def write(
        self,
        *,
        result: Result | None = None,
        failure: Mapping[str, Any] | None = None,
        hints: Sequence[QueryHint] = (),
        endpoint: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Write a page; for what it shows see `write_query_page`."""
        # An address that is too long is not repeated in the links to other languages.
        path = self._again.address() if self._again.is_shareable else _PATH
        served = self._endpoint
        topics = served.content.topics if isinstance(served, ServedRelease) else ()
        return write_query_page(
            self._terms,
            self._editor,
            path,
            result=result,
            failure=failure,
            hints=hints,
            endpoint=endpoint,
            topics=topics,
        )


def show_query_on_failure(scope: Scope, endpoint: Endpoint, pairs: http.Parameters) -> None:
    """Have a failure of this request shown above the editor, with what was typed."""

    def write(request: Request, failure: Mapping[str, Any]) -> bytes:
        pages = QueryPages(request, endpoint, pairs, language_of_failure(request))
        return pages.write(failure=failure)

    show_form_on_failure(scope, write)
