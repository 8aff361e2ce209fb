"""/logo.svg: the project's logo, for its own pages and for ontology catalogues.

/ and /problems: list what the service offers, and what its failures mean.
"""

from html import escape
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import Literal

from kg.errors import UnknownName
from kg.namespaces import DCTERMS
from kg.release.void import DATASET
from kg.store.saved_queries import SavedQuery
from service.answers.formats import HTML, JSON, SPARQL, SVG, Choice
from service.answers.serialization import write_json
from service.http.conditional import conditional_response, entity_tag
from service.http.html import query_field, write_html_page
from service.http.negotiation import choose_format
from service.http.openapi import describe_responses
from service.http.problems import ALL_PROBLEM_TYPES, ProblemType
from service.served import ServedRelease, served_release

router = APIRouter(tags=["Doors"])

_SVG: Final = (Path(__file__).parent.parent / "pages" / "logo.svg").read_bytes()


@router.get(
    "/logo.svg",
    summary="Get the logo",
    responses=describe_responses((SVG,), 304),
    response_class=Response,
)
def logo(request: Request, release: Annotated[ServedRelease, Depends(served_release)]) -> Response:
    """Return the logo: a globe with three places linked to each other."""
    choice = Choice(SVG, SVG.media_type)
    return conditional_response(
        request, choice, lambda: _SVG, tag=entity_tag(release, choice, _SVG.decode())
    )


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
# These need parameters.
_WITHOUT_LINK: Final = ("/explain", "/lookup")
_BODY: Final = """<h1>Glocal</h1>
{about}
<p>Release {release}, version {version}.</p>
{field}
<h2>Interfaces</h2>
<dl>{doors}</dl>
<h2>Questions</h2>
<ul>{questions}</ul>"""


@router.get(
    "/",
    summary="The interfaces of the service",
    responses=describe_responses((JSON, HTML), 304, 406),
    response_class=Response,
)
def index(request: Request, release: Annotated[ServedRelease, Depends(served_release)]) -> Response:
    """All that the service offers, for people (HTML) and for programs (JSON)."""
    choice = choose_format(request, (JSON, HTML))
    listing = {"release": release.release_hash, "version": release.version, "doors": INTERFACES}
    return conditional_response(
        request,
        choice,
        lambda: _page(release) if choice.format == HTML else write_json(listing),
        tag=entity_tag(
            release, choice, release.void_digest, *release.queries, *INTERFACES.values()
        ),
    )


@router.get(
    "/problems",
    summary="The kinds of failure",
    responses=describe_responses((JSON,)),
    response_class=Response,
)
def problems() -> Response:
    """Each `type` of problem document, with its status and what to do."""
    listing = {"problems": [_problem(problem) for problem in ALL_PROBLEM_TYPES]}
    return Response(write_json(listing), media_type=JSON.media_type)


@router.get(
    "/problems/{slug}",
    summary="One kind of failure",
    responses=describe_responses((JSON,), 404),
    response_class=Response,
)
def problem(slug: str) -> Response:
    """One `type` of problem document, with its status and what to do."""
    known = {problem.slug: problem for problem in ALL_PROBLEM_TYPES}
    match = known.get(slug) or (known["unknown-name"] if slug.startswith("unknown-") else None)
    if match is None:
        raise UnknownName(slug, list(known), kind="problem")
    return Response(write_json(_problem(match)), media_type=JSON.media_type)


def _problem(problem: ProblemType) -> dict[str, object]:
    return {"type": f"/problems/{problem.slug}", "status": problem.status, "advice": problem.advice}


def _page(release: ServedRelease) -> bytes:
    doors = "".join(
        f"<dt>{_door(path)}</dt><dd>{escape(text)}</dd>" for path, text in INTERFACES.items()
    )
    questions = "".join(
        f'<li>{escape(query.questions["en"])} <span lang="zh">{escape(query.questions["zh"])}</span> '
        f"<code>{escape('?' + '&'.join(query.parameters) if query.parameters else '')}</code> "
        f'<a href="{_question(query)}">{name}</a></li>'
        for name, query in release.queries.items()
    )
    body = _BODY.format(
        about=_about(release),
        release=release.release_hash[:16],
        version=escape(release.version),
        field=query_field(release.queries.values()),
        doors=doors,
        questions=questions,
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


def _door(path: str) -> str:
    """Return the path as a link, or as text if it needs parameters."""
    return path if path in _WITHOUT_LINK else f'<a href="{path}">{path}</a>'


def _question(query: SavedQuery) -> str:
    """Return the path of the question's answer, or of its text if it needs parameters."""
    return f"/queries/{query.name}" + (f"?format={SPARQL.name}" if query.parameters else "")
