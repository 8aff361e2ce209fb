"""/problems: the kinds of failure, each with its status and what to do."""

from collections.abc import Callable

from fastapi import Request, Response

from service.answers.formats import HTML, JSON
from service.answers.json_types import ProblemType, ProblemTypes
from service.answers.serialization import write_json
from service.http.documents import language_headers
from service.http.negotiation import choose_page_language
from service.http.openapi import LANGUAGE_PARAMETER, Router, describe_parameter
from service.http.problems import ALL_PROBLEM_TYPES, Problem, prefers_page
from service.http.request import find_named
from service.pages.page_or_document import page_terms
from service.pages.problem_types_page import write_problem_type_page, write_problem_types_page
from service.pages.terms import TermWriter

router = Router("Interfaces")


@router.operation(
    "/problems",
    "The kinds of failure",
    (JSON, HTML),
    (),
    parameters=[LANGUAGE_PARAMETER],
    answer=ProblemTypes,
    operation_id="listProblems",
)
def problems(request: Request) -> Response:
    """Each `type` of problem document, with its status and what to do."""
    listing: ProblemTypes = {"problems": [_describe(problem) for problem in ALL_PROBLEM_TYPES]}
    return _send(request, listing, write_problem_types_page)


@router.operation(
    "/problems/{slug}",
    "One kind of failure",
    (JSON, HTML),
    (404,),
    parameters=[
        describe_parameter(
            "slug", "The last part of the `type` of a problem document.", place="path"
        ),
        LANGUAGE_PARAMETER,
    ],
    answer=ProblemType,
    operation_id="getProblem",
)
def problem(request: Request, slug: str) -> Response:
    """One `type` of problem document, with its status and what to do."""
    known = {problem.slug: problem for problem in ALL_PROBLEM_TYPES}
    if slug not in known and slug.startswith("unknown-"):
        slug = "unknown-name"
    found = find_named(known, slug, "problem")
    return _send(request, _describe(found), lambda terms: write_problem_type_page(terms, found))


def _send(
    request: Request,
    listing: ProblemType | ProblemTypes,
    write_page: Callable[[TermWriter], bytes],
) -> Response:
    """Respond with JSON whatever a client accepts, unless it prefers the page."""
    if not prefers_page(request):
        headers = language_headers(None)
        return Response(write_json(listing), media_type=JSON.media_type, headers=headers)
    language = choose_page_language(request)
    page = write_page(page_terms(request.scope, language))
    return Response(page, media_type=HTML.media_type, headers=language_headers(language))


def _describe(problem: Problem) -> ProblemType:
    return {"type": f"/problems/{problem.slug}", "status": problem.status, "advice": problem.advice}
