"""Answer every failure with a problem document (application/problem+json, RFC 9457).

Here alone each error has its HTTP status.
"""

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
from service.http.documents import WebLink, link_header, to_uri
from service.http.observation import request_id
from service.http.request import answer_disconnected

# The titles of RFC 9110, which Python has only from 3.13 on.
_TITLES: Final = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
MEDIA_TYPE: Final = "application/problem+json"
# For a 503 that names no time of its own, such as at shutdown.
_RETRY_SECONDS: Final = 5
_log: Final = logging.getLogger("glocal.service")


@dataclass(frozen=True)
class ProblemType:
    """A type of failure; `slug` is the last part of its URL, `advice` tells clients what to do."""

    slug: str
    status: int
    advice: str


# The first matching class decides, so subclasses stand before their base classes.
PROBLEM_TYPES: Final[dict[type[Exception], ProblemType]] = {
    kg.MalformedQuery: ProblemType(
        "malformed-query", 400, "Correct the SPARQL at the given line and column."
    ),
    kg.MalformedUpdate: ProblemType(
        "malformed-update", 400, "Correct the SPARQL at the given line and column."
    ),
    kg.MalformedRdf: ProblemType(
        "malformed-rdf", 400, "Correct the RDF at the given line and column."
    ),
    kg.MalformedPatch: ProblemType(
        "malformed-patch", 400, "Correct the patch at the given line and column."
    ),
    kg.MalformedParameter: ProblemType(
        "malformed-parameter", 400, "Send the parameter in the form that the detail describes."
    ),
    own.MissingParameter: ProblemType(
        "missing-parameter", 400, "Send exactly the parameters that the detail asks for."
    ),
    kg.PatchTooLarge: ProblemType("patch-too-large", 413, "Send a patch of fewer triples."),
    kg.LimitExceeded: ProblemType(
        "query-too-complex", 400, "Split the request into smaller parts."
    ),
    own.RefusedEndpoint: ProblemType(
        "refused-endpoint",
        403,
        "Query that endpoint directly, or ask the operator of this service to allow it.",
    ),
    kg.RefusedQuery: ProblemType(
        "refused-query", 403, "Remove the refused part, such as SERVICE or an unknown function."
    ),
    kg.UpdateFailed: ProblemType(
        "update-failed", 409, "Write SILENT where a graph may or may not exist."
    ),
    own.Unauthorized: ProblemType(
        "unauthorized", 401, "Send the token in an Authorization header."
    ),
    own.Forbidden: ProblemType(
        "forbidden", 403, "Send the token that the service was started with."
    ),
    own.NotWritable: ProblemType(
        "not-writable", 403, "Send queries only; this store is read-only."
    ),
    own.PreconditionFailed: ProblemType(
        "precondition-failed", 412, "Read the graph again before you change it."
    ),
    own.TooManyUpdates: ProblemType(
        "too-many-updates", 503, "Retry after the seconds given by Retry-After."
    ),
    own.ReadOnly: ProblemType("read-only", 403, "Send queries only; a release is read-only."),
    kg.RefusedPatch: ProblemType(
        "refused-patch",
        422,
        "Change only facts, either in existing evidence graphs or outside any graph.",
    ),
    kg.UnknownName: ProblemType("unknown-name", 404, "Try one of the similar names in `near`."),
    kg.NotDerived: ProblemType(
        "not-derived", 404, "See `nearest`: rules that lack only one premise to derive the triple."
    ),
    own.Withdrawn: ProblemType(
        "withdrawn", 410, "Use one of `successors` if there are any; otherwise remove your link."
    ),
    own.NotAcceptable: ProblemType(
        "not-acceptable", 406, "Accept one of the media types in `offered`."
    ),
    kg.FormatCannotExpress: ProblemType("not-expressible", 406, "Accept another media type."),
    own.ContentTooLarge: ProblemType("content-too-large", 413, "Send a shorter body."),
    own.AddressTooLong: ProblemType(
        "address-too-long", 414, "Send the query in the body of a POST."
    ),
    own.RangeNotSatisfiable: ProblemType(
        "range-not-satisfiable", 416, "Request a range that begins within the file."
    ),
    own.UnsupportedMediaType: ProblemType(
        "unsupported-media-type", 415, "Send one of the media types in `accepted`."
    ),
    own.UnsupportedCoding: ProblemType(
        "unsupported-coding", 415, "Send the body without a content coding, not compressed."
    ),
    own.RequestTooSlow: ProblemType("request-too-slow", 408, "Send the whole request faster."),
    own.HeadTooLong: ProblemType("head-too-long", 431, "Send fewer or shorter headers."),
    own.TooManyConnections: ProblemType(
        "too-many-connections", 503, "Retry after the seconds given by Retry-After."
    ),
    own.ResultTooLarge: ProblemType(
        "result-too-large", 400, "Page with LIMIT and OFFSET, or make the query more specific."
    ),
    own.QueryTimedOut: ProblemType(
        "query-timed-out", 504, "Make the query more specific, or split it into smaller parts."
    ),
    own.QueryOutOfMemory: ProblemType(
        "query-out-of-memory", 503, "Make the query more specific, or split it into smaller parts."
    ),
    own.EndpointTimedOut: ProblemType(
        "endpoint-timed-out",
        504,
        "Request less from the endpoint, retry later, or write SERVICE SILENT.",
    ),
    own.EndpointFailed: ProblemType(
        "endpoint-failed", 502, "Query the endpoint directly to see why, or write SERVICE SILENT."
    ),
    own.TooManyQueries: ProblemType(
        "too-many-queries", 503, "Retry after the seconds given by Retry-After."
    ),
    own.TooManyExplanations: ProblemType(
        "too-many-explanations", 503, "Retry after the seconds given by Retry-After."
    ),
    own.QueryProcessEnded: ProblemType(
        "query-process-ended", 503, "Retry after the seconds given by Retry-After."
    ),
    own.QueryProcessesDown: ProblemType(
        "query-processes-down", 503, "Retry after the seconds given by Retry-After."
    ),
    kg.BrokenRelease: ProblemType(
        "broken-release", 503, "Ask the operator to build a new release."
    ),
    kg.MalformedInput: ProblemType(
        "malformed-input", 400, "Correct the error that the detail names."
    ),
    kg.KgError: ProblemType("refused", 400, "Correct the error that the detail names."),
}
UNKNOWN_PATH: Final = ProblemType("unknown-path", 404, "See / for a list of all paths.")
WRONG_METHOD: Final = ProblemType(
    "method-not-allowed", 405, "Use one of the methods in the header Allow."
)
BAD_REQUEST: Final = ProblemType("bad-request", 400, "Correct the form of the request.")
SHUTTING_DOWN: Final = ProblemType(
    "service-ending", 503, "Retry when the service is running again."
)
UNREADABLE: Final = ProblemType("unreadable-request", 400, "Send a well-formed HTTP/1.1 request.")
INTERNAL: Final = ProblemType("internal-error", 500, "Report the error, with the request.")
ALL_PROBLEM_TYPES: Final = (
    *PROBLEM_TYPES.values(),
    UNKNOWN_PATH,
    WRONG_METHOD,
    BAD_REQUEST,
    UNREADABLE,
    SHUTTING_DOWN,
    INTERNAL,
)
# Attributes of errors that become members of the document, so that no client parses the detail.
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


def problem_document(
    problem: ProblemType,
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
        **({"request_id": request_id.get()} if request_id.get() else {}),
        **(members or {}),
    }
    body = json.dumps(content, ensure_ascii=False, indent=1)
    all_headers = {"Cache-Control": "no-store", **(headers or {})}
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        all_headers.setdefault("Retry-After", f"{_RETRY_SECONDS}")
    return Response(body, problem.status, media_type=MEDIA_TYPE, headers=all_headers)


def add_error_handlers(app: FastAPI) -> None:
    """Make this application answer every failure with a problem document."""
    app.add_exception_handler(kg.KgError, _answer_kg_error)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(ClientDisconnect, answer_disconnected)
    app.add_exception_handler(RequestValidationError, _answer_invalid_request)
    app.add_exception_handler(Exception, _answer_internal_error)


def problem_of(error: Exception) -> ProblemType:
    """Return the problem type of an error."""
    return next(
        (
            problem
            for error_class, problem in PROBLEM_TYPES.items()
            if isinstance(error, error_class)
        ),
        INTERNAL,
    )


async def _answer_kg_error(_: Request, error: Exception) -> Response:
    return problem_response(error)


def problem_response(error: Exception) -> Response:
    """Return the problem document of an error, with the headers that belong to it."""
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
        links = [WebLink("successor-version", to_uri(iri)) for iri in error.successors]
        headers = {"Link": link_header(links)}
    if isinstance(error, own.RangeNotSatisfiable):
        headers = {"Content-Range": f"bytes */{error.size}"}
    challenge = getattr(error, "challenge", None)
    if challenge is not None:
        headers = {"WWW-Authenticate": challenge}
    retry_seconds = getattr(error, "retry_seconds", None)
    if retry_seconds is not None:
        headers = {"Retry-After": str(retry_seconds)}
    present = {name: value for name, value in members.items() if value not in (None, [], {}, "")}
    return problem_document(problem, str(error), headers=headers, members=present)


async def _answer_http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return await _answer_internal_error(request, error)
    path = request.url.path
    if error.status_code == WRONG_METHOD.status:
        allowed = ", ".join(allowed_methods(request))
        headers = {"Allow": allowed}
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        detail = f"Method {request.method} is not allowed on {path}. Allowed: {allowed}."
        return problem_document(WRONG_METHOD, detail, headers=headers)
    if error.status_code == UNKNOWN_PATH.status:
        return problem_document(
            UNKNOWN_PATH, f"Unknown path {path}. See / for a list of all paths."
        )
    reason = str(error.detail)
    return problem_document(
        ProblemType("bad-request", error.status_code, BAD_REQUEST.advice), reason
    )


async def _answer_invalid_request(_: Request, error: Exception) -> Response:
    mistakes = error.errors() if isinstance(error, RequestValidationError) else []
    reasons = [
        f"{'.'.join(map(str, mistake['loc'][1:]))}: {mistake['msg']}" for mistake in mistakes
    ]
    return problem_document(BAD_REQUEST, "; ".join(reasons) or str(error))


async def _answer_internal_error(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "The service failed. The request is not to blame."
    return problem_document(INTERNAL, detail)


def allowed_methods(request: Request) -> list[str]:
    """Return the HTTP methods of all routes that match this path."""
    methods = {"OPTIONS"}
    for path, route_methods in request.app.state.paths:
        if path.fullmatch(request.url.path):
            methods |= route_methods
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))
