"""The page about a failure: what is wrong, what to do, and the form again with what was sent."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, Protocol, cast

from fastapi import Request
from starlette.types import Scope

from kg.errors import MalformedParameter
from service.http.endpoint import endpoint_in
from service.http.negotiation import LANGUAGES, Language, choose_page_language
from service.pages.terms import TermWriter

_FORM: Final = "glocal.form"
# Writes the page of a route's form with what was sent, and the failure above it.
FormWriter = Callable[[Mapping[str, Any]], bytes]


class PageEndpoint(Protocol):
    """An endpoint that has pages, as a release and a scratch store have."""

    @property
    def page_terms(self) -> Callable[[Language], TermWriter]:
        """The writers of terms on pages, by the language of the page."""


def show_form_on_failure(scope: Scope, write: FormWriter) -> None:
    """Have a failure of this request shown on the page of its form, if the client wants a page."""
    scope[_FORM] = write


def page_language_or_default(request: Request) -> Language:
    """Return the language of the page about a failure, which may be that `lang` is malformed."""
    with suppress(MalformedParameter):
        return choose_page_language(request)
    return Language(LANGUAGES[0], is_explicit=False)


def write_problem_page(request: Request, failure: Mapping[str, Any]) -> bytes:
    """Write the page about a failure from the members of its problem document."""
    form: FormWriter | None = request.scope.get(_FORM)
    if form is not None:
        return form(failure)
    language = page_language_or_default(request)
    terms = cast(PageEndpoint, endpoint_in(request.scope)).page_terms(language)
    return terms.write_page(
        "problem.html",
        title=terms.words.get(f"problem-{failure['status']}", failure["title"]),
        path="/",
        failure=failure,
    )
