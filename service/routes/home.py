"""/, /problems and /logo.svg: the interfaces of the service, its kinds of failure, and its logo.

Each configuration of the service lists its own interfaces (`app.state.interfaces`).
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import Request, Response
from pyoxigraph import Literal

from kg.errors import UnknownName
from kg.namespaces import DCTERMS
from kg.release.void import DATASET
from service.answers.formats import HTML, JSON, SVG, Choice
from service.answers.serialization import write_json
from service.http.conditional import conditional_response
from service.http.endpoint import CurrentEndpoint
from service.http.html import write_html
from service.http.negotiation import choose_format
from service.http.openapi import Router
from service.http.problems import ALL_PROBLEM_TYPES, Problem
from service.pages.service_description import example_query
from service.served import ServedRelease

router = Router("Doors")

INTERFACES: Final = {
    "/sparql": "SPARQL 1.1 queries by GET and POST; without a query, the service description.",
    "/graphs?default": "Whole graphs (Graph Store Protocol), read-only: ?default, ?graph=IRI, or a "
    "path such as /graphs/graph/asserted.",
    "/explain": "Proofs of a triple: /explain?subject=…&predicate=…&object=…, as IRIs or CURIEs.",
    "/whatif": "What would hold if some facts were different: POST INSERT DATA and DELETE DATA "
    "(application/sparql-update), or TriG.",
    "/contradictions": "Contradictions of claims, hypotheses and plans, each with its proof.",
    "/rules": "The rules by which the release was derived; each has its own document.",
    "/queries": "Saved questions, each with a name.",
    "/ontology": "The whole ontology; its modules are at paths such as /ontology/core, its "
    "JSON-LD context at /context.jsonld.",
    "/frames": "The frames for framed JSON-LD, by class.",
    "/id/London": "A resource: redirects (303) to /data/id/London.html, .ttl, .jsonld and so on.",
    "/graph/asserted": "A graph; also /evidence/…, /source/…, /rule/…, /contradiction/….",
    "/lookup": "The resource with an external identifier or name: /lookup?wikidata=Q84, or "
    "geonames, iri, label, alias; redirects (303) to it.",
    "/links": "The links to Wikidata and GeoNames, as SSSOM files.",
    "/reconcile": "Matches tables of names with resources; the address to enter in OpenRefine.",
    "/catalog": "The releases and their files, with sizes and hashes, in DCAT.",
    "/dumps": "The release as one file: N-Quads, TriG, Turtle, nanopublications, RDF 1.2.",
    "/void": "Description and statistics of the data in VoID; also at /.well-known/void.",
    "/.well-known/sparql-examples": "The saved questions, for SPARQL editors.",
    "/.well-known/api-catalog": "The interfaces, for programs that know only the host.",
    "/sitemap.xml": "All pages, for crawlers; /robots.txt refers to it.",
    "/healthz": "Whether the service is running, and which release it serves.",
    "/readyz": "Whether it can answer queries.",
    "/metrics": "Metrics for Prometheus.",
    "/openapi.json": "The description of these interfaces for programs (OpenAPI).",
    "/problems": "The kinds of failure, and what to do about each.",
}
# These need parameters; all other keys must be requestable as they are written.
_WITHOUT_LINK: Final = ("/explain", "/lookup")
_LOGO: Final = (Path(__file__).parent.parent / "pages" / "logo.svg").read_bytes()


@router.operation("/logo.svg", "Get the logo", (SVG,), (304,))
def logo(request: Request) -> Response:
    """Return the logo: a globe with three places linked to each other."""
    choice = Choice(SVG, SVG.media_type)
    return conditional_response(request, choice, lambda: _LOGO, _LOGO.decode())


@router.operation("/", "The interfaces of the service", (JSON, HTML))
def index(request: Request, endpoint: CurrentEndpoint) -> Response:
    """All that the service offers, for people (HTML) and for programs (JSON)."""
    interfaces: Mapping[str, str] = request.app.state.interfaces
    parts, shown = (*interfaces.values(),), {"paths": interfaces, "without_link": _WITHOUT_LINK}
    page = partial(write_html, "scratch-home.html", **shown)
    if isinstance(endpoint, ServedRelease):
        parts = (endpoint.void_digest, *endpoint.queries, *parts)
        page = partial(_write_page, endpoint, **shown)
    state = {"release": endpoint.release_hash, "version": endpoint.version}
    return send_listing(request, {**state, "doors": interfaces}, page, *parts)


def send_listing(
    request: Request, listing: Mapping[str, object], page: Callable[[], bytes], *parts: str
) -> Response:
    """Respond with a listing as JSON, or with the page about it; `parts` decide its content."""
    choice = choose_format(request, (JSON, HTML))
    return conditional_response(
        request, choice, lambda: page() if choice.format == HTML else write_json(listing), *parts
    )


@router.operation("/problems", "The kinds of failure", (JSON,), ())
def problems() -> Response:
    """Each `type` of problem document, with its status and what to do."""
    listing = {"problems": [_describe(problem) for problem in ALL_PROBLEM_TYPES]}
    return Response(write_json(listing), media_type=JSON.media_type)


@router.operation("/problems/{slug}", "One kind of failure", (JSON,), (404,))
def problem(slug: str) -> Response:
    """One `type` of problem document, with its status and what to do."""
    known = {problem.slug: problem for problem in ALL_PROBLEM_TYPES}
    match = known.get(slug) or (known["unknown-name"] if slug.startswith("unknown-") else None)
    if match is None:
        raise UnknownName(slug, list(known), kind="problem")
    return Response(write_json(_describe(match)), media_type=JSON.media_type)


def _describe(problem: Problem) -> dict[str, object]:
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
