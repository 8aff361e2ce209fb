"""Respond with a document for programs, or with the page that tells people the same."""

from collections.abc import Callable, Sequence
from typing import Protocol, cast

from fastapi import Request, Response
from starlette.types import Scope

from service.answers.formats import HTML, Choice, Format
from service.http.conditional import conditional_response
from service.http.documents import language_headers
from service.http.endpoint import endpoint_in
from service.http.negotiation import Language, choose_format, choose_page_language
from service.pages.terms import TermWriter


class PageEndpoint(Protocol):
    """An endpoint that has pages, as a release and a scratch store have."""

    @property
    def page_terms(self) -> Callable[[Language], TermWriter]:
        """The writers of terms on pages, by the language of the page."""


def page_terms(scope: Scope, language: Language) -> TermWriter:
    """Return the writer of terms for a page of the endpoint of a request."""
    return cast(PageEndpoint, endpoint_in(scope)).page_terms(language)


def send_page_or_document(
    request: Request,
    formats: Sequence[Format],
    write: Callable[[Choice], bytes],
    write_page: Callable[[TermWriter], bytes],
    *parts: str,
) -> Response:
    """Respond in one of these formats, or with the page in the language that the client prefers.

    `parts` decide the content of both.
    """
    choice = choose_format(request, (*formats, HTML))
    if choice.format == HTML:
        return _send(request, choice, write_page, *parts)
    headers = language_headers(None)
    return conditional_response(request, choice, lambda: write(choice), *parts, headers=headers)


def send_page(request: Request, write: Callable[[TermWriter], bytes], *parts: str) -> Response:
    """Respond with a page that no document for programs stands beside."""
    return _send(request, choose_format(request, (HTML,)), write, *parts)


def _send(
    request: Request, choice: Choice, write: Callable[[TermWriter], bytes], *parts: str
) -> Response:
    language = choose_page_language(request)
    terms = page_terms(request.scope, language)
    parts = (*map(str, language), *parts)
    headers = language_headers(language)
    return conditional_response(request, choice, lambda: write(terms), *parts, headers=headers)
