"""/, /problems and /logo.svg: the interfaces of the service, its kinds of failure, and its logo.

A scratch service lists its own interfaces, and has the same routes for problems.
"""

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response
from pyoxigraph import Literal

from kg.errors import UnknownName
from kg.namespaces import DCTERMS
from kg.release.void import DATASET
from kg.store.saved_queries import SavedQuery
from service.answers.formats import HTML, JSON, SPARQL, SVG, Choice
from service.answers.serialization import write_json
from service.http.conditional import conditional_response, entity_tag
from service.http.endpoint import Endpoint
from service.http.html import query_field, write_html_page
from service.http.negotiation import choose_format
from service.http.openapi import describe_responses
from service.http.problems import ALL_PROBLEM_TYPES, Problem
from service.served import CurrentRelease, ServedRelease

router = APIRouter(tags=["Doors"], default_response_class=Response)
problem_router = APIRouter(default_response_class=Response)

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
_BODY: Final = """<h1>Glocal</h1>
{about}
<p>Release {release}, version {version}.</p>
{field}
<h2>Interfaces</h2>
<dl>{interfaces}</dl>
<h2>Questions</h2>
<ul>{questions}</ul>"""


@router.get("/logo.svg", summary="Get the logo", responses=describe_responses((SVG,), 304))
def logo(request: Request, release: CurrentRelease) -> Response:
    """Return the logo: a globe with three places linked to each other."""
    choice = Choice(SVG, SVG.media_type)
    tag = entity_tag(release, choice, _LOGO.decode())
    return conditional_response(request, choice, lambda: _LOGO, tag=tag)


@router.get(
    "/",
    summary="The interfaces of the service",
    responses=describe_responses((JSON, HTML), 304, 406),
)
def index(request: Request, release: CurrentRelease) -> Response:
    """All that the service offers, for people (HTML) and for programs (JSON)."""
    parts = (release.void_digest, *release.queries, *INTERFACES.values())
    listing = list_interfaces(release, INTERFACES)
    return send_listing(request, release, listing, lambda: _page(release), *parts)


def list_interfaces(endpoint: Endpoint, interfaces: Mapping[str, str]) -> dict[str, object]:
    """Return the content of the JSON document about the interfaces of an endpoint."""
    return {"release": endpoint.release_hash, "version": endpoint.version, "doors": interfaces}


def send_listing(
    request: Request,
    endpoint: Endpoint,
    listing: Mapping[str, object],
    page: Callable[[], bytes],
    *parts: str,
) -> Response:
    """Respond with a listing as JSON, or with the page about it; `parts` decide its content."""
    choice = choose_format(request, (JSON, HTML))
    return conditional_response(
        request,
        choice,
        lambda: page() if choice.format == HTML else write_json(listing),
        tag=entity_tag(endpoint, choice, *parts),
        headers={"Cache-Control": endpoint.cache_control},
    )


def interface_entries(interfaces: Mapping[str, str]) -> str:
    """Return the entries of an HTML list of interfaces."""
    return "".join(
        f"<dt>{_link(path)}</dt><dd>{escape(text)}</dd>" for path, text in interfaces.items()
    )


def _link(path: str) -> str:
    """Return the path as a link, or as text if it needs parameters."""
    return path if path in _WITHOUT_LINK else f'<a href="{path}">{path}</a>'


@problem_router.get(
    "/problems", summary="The kinds of failure", responses=describe_responses((JSON,))
)
def problems() -> Response:
    """Each `type` of problem document, with its status and what to do."""
    listing = {"problems": [_describe(problem) for problem in ALL_PROBLEM_TYPES]}
    return Response(write_json(listing), media_type=JSON.media_type)


@problem_router.get(
    "/problems/{slug}", summary="One kind of failure", responses=describe_responses((JSON,), 404)
)
def problem(slug: str) -> Response:
    """One `type` of problem document, with its status and what to do."""
    known = {problem.slug: problem for problem in ALL_PROBLEM_TYPES}
    match = known.get(slug) or (known["unknown-name"] if slug.startswith("unknown-") else None)
    if match is None:
        raise UnknownName(slug, list(known), kind="problem")
    return Response(write_json(_describe(match)), media_type=JSON.media_type)


router.include_router(problem_router)


def _describe(problem: Problem) -> dict[str, object]:
    return {"type": f"/problems/{problem.slug}", "status": problem.status, "advice": problem.advice}


def _page(release: ServedRelease) -> bytes:
    body = _BODY.format(
        about=_about(release),
        release=release.release_hash[:16],
        version=escape(release.version),
        field=query_field(release.queries.values()),
        interfaces=interface_entries(INTERFACES),
        questions="".join(map(_question, release.queries.values())),
    )
    return write_html_page("Glocal", body)


def _about(release: ServedRelease) -> str:
    """Return the descriptions of the data set, one paragraph per language."""
    descriptions = [
        triple.object
        for triple in release.void
        if triple.subject == DATASET and triple.predicate == DCTERMS["description"]
    ]
    texts = {term.language or "": term.value for term in descriptions if isinstance(term, Literal)}
    return "\n".join(
        f'<p lang="{escape(language)}">{escape(text)}</p>'
        for language, text in sorted(texts.items())
    )


def _question(query: SavedQuery) -> str:
    """Return a list item that links to the answer, or to the query's text if it has parameters."""
    english, chinese = escape(query.questions["en"]), escape(query.questions["zh"])
    parameters, link = "", f"/queries/{query.name}"
    if query.parameters:
        parameters, link = f"?{'&'.join(query.parameters)}", f"{link}?format={SPARQL.name}"
    return (
        f'<li>{english} <span lang="zh">{chinese}</span> <code>{escape(parameters)}</code> '
        f'<a href="{link}">{query.name}</a></li>'
    )
