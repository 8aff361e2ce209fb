"""/ and /problems: the interfaces of the service, and its kinds of failure.

Each configuration of the service lists its own interfaces (`app.state.interfaces`).
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import Request, Response
from pyoxigraph import Literal

from kg.namespaces import DCTERMS
from kg.release.void import DATASET
from service.answers.formats import HTML, JSON
from service.answers.json_types import Interfaces, ProblemType, ProblemTypes
from service.answers.serialization import write_json
from service.http.conditional import conditional_response
from service.http.endpoint import CurrentEndpoint
from service.http.html import read_texts, write_html
from service.http.negotiation import choose_format
from service.http.openapi import Router, describe_parameter
from service.http.problems import ALL_PROBLEM_TYPES, Problem
from service.http.request import find_named
from service.pages.service_description import example_query
from service.served import ServedRelease

router = Router("Interfaces")

INTERFACES: Final = read_texts(Path(__file__).with_name("interfaces.tsv"))
# These need parameters; all other keys must be requestable as they are written.
_WITHOUT_LINK: Final = ("/explain", "/id/{name}", "/lookup", "/mcp")


@router.operation(
    "/",
    "The interfaces of the service",
    (JSON, HTML),
    answer=Interfaces,
    operation_id="listInterfaces",
)
def index(request: Request, endpoint: CurrentEndpoint) -> Response:
    """All that the service offers, for people (HTML) and for programs (JSON)."""
    interfaces: Mapping[str, str] = request.app.state.interfaces
    parts, shown = (*interfaces.values(),), {"paths": interfaces, "without_link": _WITHOUT_LINK}
    page = partial(write_html, "scratch-home.html", **shown)
    if isinstance(endpoint, ServedRelease):
        parts = (endpoint.void_digest, *endpoint.queries, *parts)
        page = partial(_write_page, endpoint, **shown)
    listing: Interfaces = {
        "release": endpoint.release_hash,
        "version": endpoint.version,
        "interfaces": dict(interfaces),
    }
    return send_listing(request, listing, page, *parts)


def send_listing(
    request: Request, listing: Mapping[str, object], page: Callable[[], bytes], *parts: str
) -> Response:
    """Respond with a listing as JSON, or with the page about it; `parts` decide its content."""
    choice = choose_format(request, (JSON, HTML))
    return conditional_response(
        request, choice, lambda: page() if choice.format == HTML else write_json(listing), *parts
    )


@router.operation(
    "/problems",
    "The kinds of failure",
    (JSON,),
    (),
    answer=ProblemTypes,
    operation_id="listProblems",
)
async def problems() -> Response:
    """Each `type` of problem document, with its status and what to do."""
    listing: ProblemTypes = {"problems": [_describe(problem) for problem in ALL_PROBLEM_TYPES]}
    return Response(write_json(listing), media_type=JSON.media_type)


@router.operation(
    "/problems/{slug}",
    "One kind of failure",
    (JSON,),
    (404,),
    parameters=[
        describe_parameter(
            "slug", "The last part of the `type` of a problem document.", place="path"
        )
    ],
    answer=ProblemType,
    operation_id="getProblem",
)
async def problem(slug: str) -> Response:
    """One `type` of problem document, with its status and what to do."""
    known = {problem.slug: problem for problem in ALL_PROBLEM_TYPES}
    if slug not in known and slug.startswith("unknown-"):
        slug = "unknown-name"
    found = find_named(known, slug, "problem")
    return Response(write_json(_describe(found)), media_type=JSON.media_type)


def _describe(problem: Problem) -> ProblemType:
    return {"type": f"/problems/{problem.slug}", "status": problem.status, "advice": problem.advice}


def _write_page(release: ServedRelease, **shown: object) -> bytes:
    descriptions = {
        triple.object.language or "": triple.object.value
        for triple in release.void
        if triple.subject == DATASET
        and triple.predicate == DCTERMS["description"]
        and isinstance(triple.object, Literal)
    }
    texts, example = sorted(descriptions.items()), example_query(release.queries.values())
    return write_html("home.html", release=release, texts=texts, example=example, **shown)
