"""The page about a failure: what is wrong, what to do, and the form again with what was sent."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from fastapi import Request
from starlette.types import Scope

from kg.errors import MalformedParameter
from service.http.negotiation import Language, choose_page_language
from service.pages.page_or_document import page_terms

_FORM: Final = "glocal.form"
# Writes the page of a route's form with what was sent, and the failure above it.
FormWriter = Callable[[Mapping[str, Any]], bytes]


def show_form_on_failure(scope: Scope, write: FormWriter) -> None:
    """Have a failure of this request shown on the page of its form, if the client wants a page."""
    scope[_FORM] = write


def write_problem_page(request: Request, failure: Mapping[str, Any]) -> bytes:
    """Write the page about a failure from the members of its problem document."""
    form: FormWriter | None = request.scope.get(_FORM)
    if form is not None:
        return form(failure)
    language = Language("en", is_explicit=False)
    with suppress(MalformedParameter):
        language = choose_page_language(request)
    terms = page_terms(request.scope, language)
    return terms.write_page(
        "problem.html",
        title=terms.words.get(f"problem-{failure['status']}", failure["title"]),
        path="/",
        failure=failure,
    )
