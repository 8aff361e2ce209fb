"""The page about a failure: what is wrong, what to do, and the form again with what was sent."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any, Final

from fastapi import Request
from starlette.types import Scope

from kg.errors import MalformedParameter
from service.http.negotiation import Language, choose_page_language
from service.http.problems import UNKNOWN_PATH
from service.pages.failure_details import translate_detail
from service.pages.page_or_document import page_terms
from service.pages.problem_types_page import translated_advice

_FORM: Final = "glocal.form"
# Of an unknown path to one that exists.
_LEAST_SIMILARITY: Final = 0.6
# Writes the page of a route's form with what was sent by a request, and the failure above it.
FormWriter = Callable[[Request, Mapping[str, Any]], bytes]


def show_form_on_failure(scope: Scope, write: FormWriter) -> None:
    """Have a failure of this request shown on the page of its form, if the client wants a page.

    If `write` refers to the request, only a collection of garbage frees both.
    """
    scope[_FORM] = write


def language_of_failure(request: Request) -> Language:
    """Return the language that a request prefers; a wrong one is not worth a second failure."""
    with suppress(MalformedParameter):
        return choose_page_language(request)
    return Language("en", is_explicit=False)


def _near_paths(request: Request, failure: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return similar names or paths with the paths that lead there: where a name ends the path.

    Empty for a failure that has nothing to do with its path.
    """
    path: str = request.scope["path"]
    if failure["type"] == f"/problems/{UNKNOWN_PATH.slug}":
        interfaces: Mapping[str, str] = request.app.state.interfaces
        known = dict.fromkeys(path for path in interfaces if "{" not in path)
        first = f"/{path.split('/')[1]}"
        return [(one, one) for one in get_close_matches(first, known, cutoff=_LEAST_SIMILARITY)]
    folder, _, last = path.rpartition("/")
    if not last or f"'{last.partition('.')[0]}" not in failure["detail"]:
        return []
    names = [name for name in failure.get("near", ()) if ":" not in name]
    return [(name, f"{folder}/{name}") for name in names]


def write_problem_page(request: Request, failure: Mapping[str, Any]) -> bytes:
    """Write the page about a failure from the members of its problem document."""
    language = language_of_failure(request)
    slug = failure["type"].rpartition("/")[2]
    said = translate_detail(failure["detail"], language.tag)
    failure = {**failure, "advice": translated_advice(slug, language.tag), "said": said}
    form: FormWriter | None = request.scope.get(_FORM)
    if form is not None:
        return form(request, failure)
    terms = page_terms(request.scope, language)
    near = [(name, terms.local(path)) for name, path in _near_paths(request, failure)]
    return terms.write_page(
        "problem.html",
        title=terms.words.get(f"problem-{failure['status']}", failure["title"]),
        path="/",
        failure=failure,
        near=near,
    )
