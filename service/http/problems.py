"""Errors -> application/problem+json (RFC 9457); the only place that knows a status by an error."""

import json
import logging
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from kg import errors as kg
from service import errors as own
from service.http.documents import WebLink, in_header, link_header
from service.http.observation import request_id
from service.http.request import answer_nobody

# The names of RFC 9110, which Python has from 3.13 on.
_TITLES: Final = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
MEDIA_TYPE: Final = "application/problem+json"
# Of what does not say itself when to ask again, such as a service that ends.
_RETRY_SECONDS: Final = 5
_log: Final = logging.getLogger("glocal.service")


@dataclass(frozen=True)
class Problem:
    """A kind of failure: the last part of its type's address, its status, what is to be done."""

    slug: str
    status: int
    advice: str


# The first class that fits decides, so that the special stand before the general.
PROBLEMS: Final[dict[type[Exception], Problem]] = {
    kg.MalformedQuery: Problem(
        "malformed-query", 400, "Correct the SPARQL at the line and column that are named."
    ),
    kg.MalformedUpdate: Problem(
        "malformed-update", 400, "Correct the SPARQL at the line and column that are named."
    ),
    kg.MalformedRdf: Problem(
        "malformed-rdf", 400, "Correct the RDF at the line and column that are named."
    ),
    kg.MalformedPatch: Problem(
        "malformed-patch", 400, "Correct the patch at the line and column that are named."
    ),
    kg.MalformedParameter: Problem(
        "malformed-parameter", 400, "Give the parameter in the form that the detail describes."
    ),
    own.MissingParameter: Problem(
        "missing-parameter", 400, "Give exactly what the detail asks for."
    ),
    kg.PatchTooLarge: Problem("patch-too-large", 413, "Suppose fewer triples at once."),
    kg.LimitExceeded: Problem("query-too-complex", 400, "Ask in smaller parts."),
    own.RefusedEndpoint: Problem(
        "refused-endpoint",
        403,
        "Ask that endpoint yourself, or let the operator of this service allow it.",
    ),
    kg.RefusedQuery: Problem(
        "refused-query", 403, "Leave out what is refused: federation and unknown functions."
    ),
    kg.UpdateFailed: Problem(
        "update-failed", 409, "Write SILENT where a graph may be there or not."
    ),
    own.Unauthorized: Problem("unauthorized", 401, "Send the token in an Authorization header."),
    own.Forbidden: Problem("forbidden", 403, "Send the token that the service was started with."),
    own.NotWritable: Problem("not-writable", 403, "Send queries; this store does not change."),
    own.PreconditionFailed: Problem(
        "precondition-failed", 412, "Read the graph again, and decide anew."
    ),
    own.TooManyUpdates: Problem(
        "too-many-updates", 503, "Ask again after the seconds that Retry-After names."
    ),
    own.ReadOnly: Problem("read-only", 403, "Send queries; a release does not change."),
    kg.RefusedPatch: Problem(
        "refused-patch", 422, "Change facts alone, in evidence graphs that there are or in none."
    ),
    kg.UnknownName: Problem("unknown-name", 404, "Try one of the near names."),
    kg.NotDerived: Problem(
        "not-derived", 404, "See `nearest`: rules that lack only one premise for the triple."
    ),
    own.Withdrawn: Problem(
        "withdrawn", 410, "Use one of the successors, if it names any; drop your link otherwise."
    ),
    own.NotAcceptable: Problem(
        "not-acceptable", 406, "Ask for one of the media types that are offered."
    ),
    kg.NotExpressible: Problem("not-expressible", 406, "Ask for another of the media types."),
    own.ContentTooLarge: Problem("content-too-large", 413, "Send a shorter body."),
    own.AddressTooLong: Problem("address-too-long", 414, "Send the query in the body of a POST."),
    own.RangeNotSatisfiable: Problem(
        "range-not-satisfiable", 416, "Ask for a part that begins within the size that is named."
    ),
    own.UnsupportedMediaType: Problem(
        "unsupported-media-type", 415, "Send one of the media types that are accepted."
    ),
    own.UnsupportedCoding: Problem(
        "unsupported-coding", 415, "Send the body as it is, in no content coding."
    ),
    own.RequestTooSlow: Problem("request-too-slow", 408, "Send the whole request at once."),
    own.HeadTooLong: Problem("head-too-long", 431, "Send fewer or shorter headers."),
    own.TooManyConnections: Problem(
        "too-many-connections", 503, "Ask again after the seconds that Retry-After names."
    ),
    own.ResultTooLarge: Problem(
        "result-too-large", 400, "Ask for less: by LIMIT and OFFSET, or more narrowly."
    ),
    own.QueryTimedOut: Problem("query-timed-out", 504, "Ask more narrowly, or in smaller parts."),
    own.QueryOutOfMemory: Problem(
        "query-out-of-memory", 503, "Ask more narrowly, or in smaller parts."
    ),
    own.EndpointTimedOut: Problem(
        "endpoint-timed-out", 504, "Ask the endpoint for less, or later; or write SERVICE SILENT."
    ),
    own.EndpointFailed: Problem(
        "endpoint-failed", 502, "See what the endpoint says by itself; or write SERVICE SILENT."
    ),
    own.TooManyQueries: Problem(
        "too-many-queries", 503, "Ask again after the seconds that Retry-After names."
    ),
    own.TooManyExplanations: Problem(
        "too-many-explanations", 503, "Ask again after the seconds that Retry-After names."
    ),
    own.QueryProcessEnded: Problem(
        "query-process-ended", 503, "Ask again after the seconds that Retry-After names."
    ),
    own.QueryProcessesDown: Problem(
        "query-processes-down", 503, "Ask again after the seconds that Retry-After names."
    ),
    kg.BrokenRelease: Problem("broken-release", 503, "Tell the operator to build a new release."),
    kg.MalformedInput: Problem("malformed-input", 400, "Correct what the detail names."),
    kg.KgError: Problem("refused", 400, "Correct what the detail names."),
}
UNKNOWN_PATH: Final = Problem("unknown-path", 404, "Start at / for all that is offered.")
WRONG_METHOD: Final = Problem("method-not-allowed", 405, "Use a method that Allow names.")
BAD_REQUEST: Final = Problem("bad-request", 400, "Correct the request's form.")
ENDING: Final = Problem("service-ending", 503, "Ask again once the service runs again.")
UNREADABLE: Final = Problem("unreadable-request", 400, "Send a request in the form of HTTP/1.1.")
INTERNAL: Final = Problem("internal-error", 500, "Report it, with the request.")
ALL: Final = (
    *PROBLEMS.values(),
    UNKNOWN_PATH,
    WRONG_METHOD,
    BAD_REQUEST,
    UNREADABLE,
    ENDING,
    INTERNAL,
)
# Facts that an error carries and a client can use without reading the detail.
_MEMBERS: Final = (
    "line",
    "column",
    "near",
    "nearest",
    "parameter",
    "offered",
    "accepted",
    "limit",
    "allowed",
    "since",
    "reasons",
    "successors",
    "endpoint",
)


def document(
    problem: Problem,
    detail: str,
    *,
    headers: dict[str, str] | None = None,
    members: dict[str, Any] | None = None,
) -> Response:
    """A problem document as a response; it names the request that met the problem."""
    content = {
        "type": f"/problems/{problem.slug}",
        "title": _TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": detail,
        # What is no whole request has none.
        **({"request_id": request_id.get()} if request_id.get() else {}),
        **(members or {}),
    }
    body = json.dumps(content, ensure_ascii=False, indent=1)
    all_headers = {"Cache-Control": "no-store", **(headers or {})}
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        all_headers.setdefault("Retry-After", f"{_RETRY_SECONDS}")
    return Response(body, problem.status, media_type=MEDIA_TYPE, headers=all_headers)


def install(app: FastAPI) -> None:
    """Let every failure of this application be answered by a problem document."""
    app.add_exception_handler(kg.KgError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, answer_nobody)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _internal)


def problem_of(error: Exception) -> Problem:
    """The kind of failure that this error is."""
    return next(
        (problem for kind, problem in PROBLEMS.items() if isinstance(error, kind)), INTERNAL
    )


async def _refused(_: Request, error: Exception) -> Response:
    return refusal(error)


def refusal(error: Exception) -> Response:
    """The problem document of an error of the project."""
    problem = problem_of(error)
    if isinstance(error, kg.UnknownName):
        problem = replace(problem, slug=f"unknown-{error.kind}")
    members = {name: getattr(error, name, None) for name in _MEMBERS}
    headers = {"Vary": "Accept"} if isinstance(error, own.NotAcceptable) else {}
    if isinstance(error, own.UnsupportedMediaType):
        headers = {"Accept-Post": ", ".join(error.accepted)}
    if isinstance(error, own.UnsupportedCoding):
        headers = {"Accept-Encoding": "identity"}
    if isinstance(error, own.Withdrawn) and error.successors:
        links = [WebLink("successor-version", in_header(one)) for one in error.successors]
        headers = {"Link": link_header(links)}
    if isinstance(error, own.RangeNotSatisfiable):
        headers = {"Content-Range": f"bytes */{error.size}"}
    challenge = getattr(error, "challenge", None)
    if challenge is not None:
        headers = {"WWW-Authenticate": challenge}
    retry_seconds = getattr(error, "retry_seconds", None)
    if retry_seconds is not None:
        headers = {"Retry-After": str(retry_seconds)}
    given = {name: value for name, value in members.items() if value not in (None, [], {}, "")}
    return document(problem, str(error), headers=headers, members=given)


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _internal(request, error)
    path = request.url.path
    if error.status_code == WRONG_METHOD.status:
        allowed = ", ".join(allowed_methods(request))
        headers = {"Allow": allowed}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        detail = f"{request.method} is not allowed on {path}. Allowed: {allowed}."
        return document(WRONG_METHOD, detail, headers=headers)
    if error.status_code == UNKNOWN_PATH.status:
        return document(UNKNOWN_PATH, f"Nothing is served at {path}. The doors are listed at /.")
    reason = str(error.detail)
    return document(Problem("bad-request", error.status_code, BAD_REQUEST.advice), reason)


async def _invalid(_: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    places = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in found]
    return document(BAD_REQUEST, "; ".join(places) or str(error))


async def _internal(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "The service failed; nothing is wrong with the request."
    return document(INTERNAL, detail)


def allowed_methods(request: Request) -> list[str]:
    """The methods that this path takes, whichever of its routes takes them."""
    methods = {"OPTIONS"}
    for path, taken in request.app.state.paths:
        if path.fullmatch(request.url.path):
            methods |= taken
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))
