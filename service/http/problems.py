"""Answer every failure with a problem document (application/problem+json, RFC 9457), or a page.

Only here do errors have an HTTP status. A client that prefers HTML gets the same status, headers
and facts as a page.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from kg import errors as kg
from kg.describe.json_ld_context import CONTEXT_RELATION
from kg.namespaces import BASE, DCTERMS, HYDRA
from service import errors as own
from service.answers.formats import HTML, JSON_LD, PROBLEM
from service.http.conditional import NOT_STORED
from service.http.documents import WebLink, link_header, to_uri
from service.http.endpoint import endpoint_in
from service.http.negotiation import negotiate
from service.http.observation import request_id
from service.http.request import all_values, answer_disconnected, base_url, query_parameters
from service.http.threads import in_thread

# The titles of RFC 9110, which Python has only from 3.13 on.
_TITLES: Final = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
MEDIA_TYPE: Final = PROBLEM.media_type
# By this context, to which a header links, problem documents are JSON-LD too: PyLD, which does not
# look at the status, then shows what failed instead of nothing.
PROBLEM_CONTEXT_NAME: Final = "problem"
PROBLEM_CONTEXT: Final = {
    "type": "@type",
    "title": DCTERMS["title"].value,
    "status": HYDRA["statusCode"].value,
    "detail": DCTERMS["description"].value,
}
# For a 503 that names no time of its own, such as at shutdown.
_RETRY_SECONDS: Final = 5
_log: Final = logging.getLogger("glocal.service")


@dataclass(frozen=True)
class Problem:
    """A type of problem; `slug` is the last part of its URL, `advice` tells clients what to do."""

    slug: str
    status: int
    advice: str


_RETRY: Final = "Retry after the seconds given by Retry-After."
_CORRECT_SPARQL: Final = "Correct the SPARQL at the given line and column."
_CORRECT_ERROR: Final = "Correct the error that the detail names."
_NARROW: Final = "Make the query more specific, or split it or the change into smaller parts."
_DIRECTLY: Final = "Query that endpoint directly, or ask the operator of this service to allow it."
_CALL_LESS: Final = "Request less from the endpoint, retry later, or write SERVICE SILENT."
_CHANGE_FACTS: Final = "Change only facts, either in existing evidence graphs or outside any graph."
# The status and the advice. The slug is the name of the class, with hyphens, or is in `_SLUGS`.
# The first matching class decides, so subclasses stand before their base classes.
_ERRORS: Final[dict[type[Exception], tuple[int, str]]] = {
    kg.MalformedQuery: (400, _CORRECT_SPARQL),
    kg.MalformedUpdate: (400, _CORRECT_SPARQL),
    kg.MalformedRdf: (400, "Correct the RDF at the given line and column."),
    kg.MalformedPatch: (400, "Correct the patch at the given line and column."),
    own.MissingParameter: (400, "Send exactly the parameters that the detail asks for."),
    kg.MalformedParameter: (400, "Send the parameter in the form that the detail describes."),
    kg.PatchTooLarge: (413, "Send a patch of fewer triples."),
    kg.LimitExceeded: (400, "Split the request into smaller parts."),
    own.RefusedEndpoint: (403, _DIRECTLY),
    kg.RefusedQuery: (403, "Remove the refused part, such as SERVICE or an unknown function."),
    kg.ContradictingUpdate: (409, "Change what the explanation rests on, in the same update."),
    kg.UpdateFailed: (409, "Write SILENT where a graph may or may not exist."),
    own.Unauthorized: (401, "Send the token in an Authorization header."),
    own.Forbidden: (403, "Send the token that the service was started with."),
    own.TooManyFailedTokens: (429, _RETRY),
    own.NotWritable: (403, "Send queries only; this store is read-only."),
    own.PreconditionFailed: (412, "Read the graph again before you change it."),
    own.TooManyUpdates: (503, _RETRY),
    own.ReadOnly: (403, "Send queries only; a release is read-only."),
    kg.RefusedPatch: (422, _CHANGE_FACTS),
    own.MultipleChoices: (300, "Follow the `href` of one of the `candidates`."),
    kg.AmbiguousName: (400, "Send the `name` of one of the `candidates`."),
    kg.UnknownName: (404, "Try one of the similar names in `near`."),
    kg.NotDerived: (404, "See `nearest`: rules that lack only one premise to derive the triple."),
    kg.Withdrawn: (410, "Use one of `successors` if there are any; otherwise remove your link."),
    own.PageBeyondEnd: (404, "Request a page up to `last`."),
    own.NotAcceptable: (406, "Accept one of the media types in `offered`."),
    kg.FormatCannotExpress: (406, "Accept another media type."),
    own.ContentTooLarge: (413, "Send a shorter body."),
    own.AddressTooLong: (414, "Send the query in the body of a POST."),
    own.MisdirectedRequest: (421, "Use a host name that the operator has allowed."),
    own.ForeignOrigin: (403, "Use a page of an origin that the operator has allowed."),
    own.RangeNotSatisfiable: (416, "Request a range that begins within the file."),
    own.UnsupportedMediaType: (415, "Send one of the media types in `accepted`."),
    own.UnsupportedCoding: (415, "Send the body without a content coding, not compressed."),
    own.RequestTooSlow: (408, "Send the whole request faster."),
    own.UnreadableRequest: (400, "Send a well-formed HTTP/1.1 request."),
    own.HeadTooLong: (431, "Send fewer or shorter headers."),
    own.TooManyConnections: (503, _RETRY),
    own.ResultTooLarge: (400, "Page with LIMIT and OFFSET, or make the query more specific."),
    own.QueryTimedOut: (504, _NARROW),
    own.StackOverflowed: (400, _NARROW),
    own.QueryOutOfMemory: (503, _NARROW),
    own.EndpointTimedOut: (504, _CALL_LESS),
    own.EndpointFailed: (502, "Query the endpoint directly to see why, or write SERVICE SILENT."),
    own.TooManyQueries: (503, _RETRY),
    own.BudgetSpent: (429, _RETRY),
    own.MemoryShort: (503, _RETRY),
    own.QueryProcessEnded: (503, _RETRY),
    own.QueryProcessesDown: (503, _RETRY),
    own.EvaluatorsDown: (503, _RETRY),
    own.ReleaseNotVerified: (503, _RETRY),
    own.ServiceEnding: (503, "Retry when the service is running again."),
    own.ExtraNotInstalled: (501, "Ask the operator of this service to install the extra."),
    kg.BrokenRelease: (503, "Ask the operator to check the release."),
    kg.MalformedInput: (400, _CORRECT_ERROR),
    kg.KgError: (400, _CORRECT_ERROR),
}
_SLUGS: Final[dict[type[Exception], str]] = {
    kg.LimitExceeded: "query-too-complex",
    kg.FormatCannotExpress: "not-expressible",
    kg.KgError: "refused",
}
_WORD_START: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PROBLEMS: Final = {
    kind: Problem(_SLUGS.get(kind) or _WORD_START.sub("-", kind.__name__).lower(), status, advice)
    for kind, (status, advice) in _ERRORS.items()
}
UNKNOWN_PATH: Final = Problem("unknown-path", 404, "See / for a list of all paths.")
_ALLOWED: Final = "Use one of the methods in the header Allow."
WRONG_METHOD: Final = Problem("method-not-allowed", 405, _ALLOWED)
BAD_REQUEST: Final = Problem("bad-request", 400, "Correct the form of the request.")
INTERNAL: Final = Problem("internal-error", 500, "Report the error, with the request.")
_OTHERS: Final = (UNKNOWN_PATH, WRONG_METHOD, BAD_REQUEST, INTERNAL)
ALL_PROBLEM_TYPES: Final = (*_PROBLEMS.values(), *_OTHERS)
# Attributes of errors that become members of the document, so that no client parses the detail.
_MEMBERS: Final = (
    *("line", "column", "near", "nearest", "elsewhere", "caveat", "explanation"),
    *("parameter", "offered", "accepted"),
    *("last", "limit", "allowed", "since", "reasons", "successors", "endpoint"),
)


def problem_document(
    problem: Problem,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    members: dict[str, Any] | None = None,
) -> Response:
    """Return a problem document as a response, with the id of the request that failed."""
    content = {
        "type": f"/problems/{problem.slug}",
        "title": _TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": detail,
        # A request that was not read completely has no id.
        **({"request_id": found} if (found := request_id.get()) else {}),
        **(members or {}),
    }
    body = to_json(content, indent=1)
    is_unavailable = problem.status == HTTPStatus.SERVICE_UNAVAILABLE
    retry = {"Retry-After": str(_RETRY_SECONDS)} if is_unavailable else {}
    all_headers = {**NOT_STORED, **retry, **(headers or {})}
    return Response(body, problem.status, media_type=MEDIA_TYPE, headers=all_headers)


# Writes the page about the failure of a request from the members of its problem document, and
# `retry_seconds` if the client should wait.
PageWriter = Callable[[Request, Mapping[str, Any]], bytes]


def add_error_handlers(app: FastAPI, write_page: PageWriter) -> None:
    """Make this application answer every failure with a problem document or a page."""
    for kind in (*_ANSWERS, ClientDisconnect):
        app.add_exception_handler(kind, partial(answer_error, write_page))


async def answer_error(write_page: PageWriter, request: Request, error: Exception) -> Response:
    """Answer an error with its problem document, or with a page if the client prefers one."""
    if isinstance(error, ClientDisconnect):
        return await answer_disconnected(request, error)
    answer = next(answer for kind, answer in _ANSWERS.items() if isinstance(error, kind))
    return await _answer(answer, write_page, request, error)


async def answer_refusal(write_page: PageWriter, request: Request, error: Exception) -> Response:
    """Answer an error of a request that has not reached the application, in the same way.

    The document has no link to its context, since the host in it may not be that of the service.
    """
    response = problem_response(error)
    is_ending = isinstance(error, own.ServiceEnding)
    if not prefers_page(request):
        return response
    return await _as_page(write_page, request, response, is_ending=is_ending)


async def _answer(
    answer: Callable[[Request, Exception], Response],
    write_page: PageWriter,
    request: Request,
    error: Exception,
) -> Response:
    response = answer(request, error)
    if response.media_type != MEDIA_TYPE:
        return response
    if not prefers_page(request):
        return _with_context(request, response)
    return await _as_page(write_page, request, response)


async def _as_page(
    write_page: PageWriter, request: Request, response: Response, *, is_ending: bool = False
) -> Response:
    """Return the page that says the same as a problem document, with its status and headers."""
    failure = json.loads(bytes(response.body))
    # The page has a list of them.
    candidates = [one["name"] for one in failure.get("candidates", ())]
    for sentence in (kg.did_you_mean(failure.get("near", ())), kg.expect_one_of(candidates)):
        failure["detail"] = failure["detail"].replace(sentence, "")
    if seconds := response.headers.get("retry-after"):
        failure["retry_seconds"] = seconds
    write = partial(write_page, request, failure)
    # In a thread, since the form may hold a long query; but at the end nothing waits for a turn.
    page = write() if is_ending else await in_thread(request, write)
    headers = {**response.headers, "Vary": "Accept, Accept-Language"}
    del headers["content-length"], headers["content-type"]
    return Response(page, response.status_code, headers=headers, media_type=HTML.media_type)


def _with_context(request: Request, response: Response) -> Response:
    """Add the link to the context of problem documents, if this service has contexts."""
    if endpoint_in(request.scope).context_version is not None:
        # A bad host has no address.
        with suppress(kg.KgError):
            address = f"{base_url(request)}context/{PROBLEM_CONTEXT_NAME}.jsonld"
            link = f'<{address}>; rel="{CONTEXT_RELATION}"; type="{JSON_LD.media_type}"'
            response.headers["Link"] = ", ".join([*response.headers.getlist("Link"), link])
    return response


def prefers_page(request: Request) -> bool:
    """Return whether a request prefers HTML to a problem document, by `format` or by Accept."""
    accept = ",".join(request.headers.getlist("accept"))
    with suppress(kg.KgError):
        names = tuple(filter(None, all_values(query_parameters(request), "format")))
        return negotiate(accept, (PROBLEM, HTML), format_names=names).format == HTML
    return False


def problem_of(error: Exception) -> Problem:
    """Return the problem type of an error."""
    found = (problem for kind, problem in _PROBLEMS.items() if isinstance(error, kind))
    return next(found, INTERNAL)


def _answer_kg_error(_: Request, error: Exception) -> Response:
    return problem_response(error)


def problem_response(error: Exception) -> Response:
    """Return the problem document of an error, with the headers that belong to it."""
    problem = problem_of(error)
    if isinstance(error, kg.UnknownName):
        problem = replace(problem, slug=f"unknown-{error.kind}")
    values = ((name, getattr(error, name, None)) for name in _MEMBERS)
    members = {name: value for name, value in values if value not in (None, [], {}, "")}
    if isinstance(error, kg.AmbiguousName):
        members["candidates"] = [
            {**one, "href": quote(f"/{str(one['id']).removeprefix(BASE)}", safe="/#")}
            for one in error.candidates
        ]
    headers = {"Vary": "Accept"} if isinstance(error, own.NotAcceptable) else {}
    if isinstance(error, own.UnsupportedMediaType):
        headers = {"Accept-Post": ", ".join(error.accepted)}
    if isinstance(error, own.UnsupportedCoding):
        headers = {"Accept-Encoding": "identity"}
    if isinstance(error, kg.Withdrawn) and error.successors:
        links = [WebLink("successor-version", to_uri(iri)) for iri in error.successors]
        headers = {"Link": link_header(links)}
    if isinstance(error, own.RangeNotSatisfiable):
        headers = {"Content-Range": f"bytes */{error.size}"}
    if isinstance(error, own.Unauthorized | own.Forbidden):
        headers = {"WWW-Authenticate": error.challenge}
    if hasattr(error, "retry_seconds"):
        headers = {"Retry-After": str(error.retry_seconds)}
    return problem_document(problem, _detail(error, problem), headers=headers, members=members)


def _detail(error: Exception, problem: Problem) -> str:
    """Return what to say of an error; the place of the release is no client's business."""
    if isinstance(error, kg.BrokenRelease):
        return f"The release is not as it was built: {error.reason}. {problem.advice}"
    return str(error)


def _answer_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _answer_internal_error(request, error)
    path = request.url.path
    if error.status_code == WRONG_METHOD.status:
        allowed = ", ".join(_allowed_methods(request))
        headers = {"Allow": allowed}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        detail = f"Method {request.method} is not allowed on {path}. Allowed: {allowed}."
        return problem_document(WRONG_METHOD, detail, headers=headers)
    if error.status_code == UNKNOWN_PATH.status:
        return problem_document(UNKNOWN_PATH, f"Unknown path {path}. {UNKNOWN_PATH.advice}")
    return problem_document(replace(BAD_REQUEST, status=error.status_code), str(error.detail))


def _answer_invalid_request(_: Request, error: Exception) -> Response:
    mistakes = error.errors() if isinstance(error, RequestValidationError) else []
    reasons = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in mistakes]
    return problem_document(BAD_REQUEST, "; ".join(reasons) or str(error))


def _answer_internal_error(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem_document(INTERNAL, "The service failed. The request is not to blame.")


def _allowed_methods(request: Request) -> list[str]:
    methods = {"OPTIONS"}
    for path, route_methods in request.app.state.paths:
        if path.fullmatch(request.url.path):
            methods |= route_methods
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


# The kinds of errors, each before the wider ones.
_ANSWERS: Final[Mapping[type[Exception], Callable[[Request, Exception], Response]]] = {
    kg.KgError: _answer_kg_error,
    HTTPException: _answer_http_exception,
    RequestValidationError: _answer_invalid_request,
    Exception: _answer_internal_error,
}
