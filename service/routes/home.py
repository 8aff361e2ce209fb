"""/logo.svg: the project's mark, for its pages and for those who list the ontology.

/ and /problems: what is offered, what a failure means.
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
from service.http.conditional import answer, tag_of
from service.http.html import html_page, query_field
from service.http.negotiation import choose
from service.http.openapi import responses
from service.http.problems import ALL, Problem
from service.served import Served, served

router = APIRouter(tags=["Doors"])

_DRAWING: Final = (Path(__file__).parent.parent / "pages" / "logo.svg").read_bytes()


@router.get(
    "/logo.svg", summary="The mark", responses=responses((SVG,), 304), response_class=Response
)
def logo(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """A globe with three places that are linked."""
    choice = Choice(SVG, SVG.media_type)
    return answer(request, choice, lambda: _DRAWING, tag=tag_of(here, choice, _DRAWING.decode()))


DOORS: Final = {
    "/sparql": "SPARQL 1.1 queries by GET and POST; without a query, the service description.",
    "/graphs?default": "Whole graphs (Graph Store Protocol), read-only: ?default, ?graph=IRI, or "
    "/graphs/graph/asserted and the like.",
    "/explain": "Why a triple stands: /explain?subject=…&predicate=…&object=…, IRIs or CURIEs.",
    "/whatif": "What would hold if some facts were otherwise: POST INSERT DATA and DELETE DATA "
    "(application/sparql-update), or TriG.",
    "/contradictions": "What clashes with what holds, each with its proof.",
    "/rules": "The rules that the release was derived by; each has its own document.",
    "/queries": "Questions that can be asked by name.",
    "/ontology": "The whole ontology; /ontology/core and the like are its modules, "
    "/context.jsonld is the JSON-LD context.",
    "/frames": "The frames of framed JSON-LD, by class.",
    "/id/London": "A resource: 303 to /data/id/London.html, .ttl, .jsonld and the like.",
    "/graph/asserted": "A graph; also /evidence/…, /source/…, /rule/…, /contradiction/….",
    "/lookup": "Ours for theirs: /lookup?wikidata=Q84, or geonames, iri, label, alias: 303 to it.",
    "/links": "The links to Wikidata and GeoNames, as SSSOM files.",
    "/reconcile": "Tables of names matched with what is here: the address to give to OpenRefine.",
    "/catalog": "The releases and their files, with sizes and hashes, in DCAT.",
    "/dumps": "All of the release in one file: N-Quads, TriG, Turtle, nanopublications, RDF 1.2.",
    "/void": "What is here and how much of it, in VoID; also at /.well-known/void.",
    "/.well-known/sparql-examples": "The saved questions, for SPARQL editors.",
    "/.well-known/api-catalog": "The interfaces, for programs that know the host alone.",
    "/sitemap.xml": "Every page, for crawlers; /robots.txt names it.",
    "/healthz": "Whether the service runs, and which release it serves.",
    "/readyz": "Whether it can answer queries.",
    "/metrics": "Counts for Prometheus.",
    "/openapi.json": "All of this for programs.",
    "/problems": "What each kind of failure means.",
}
_ASKING: Final = ("/explain", "/lookup")
_BODY: Final = """<h1>Glocal</h1>
{about}
<p>Release {release}, version {version}.</p>
{field}
<h2>Doors</h2>
<dl>{doors}</dl>
<h2>Questions</h2>
<ul>{questions}</ul>"""


@router.get(
    "/", summary="The doors", responses=responses((JSON, HTML), 304, 406), response_class=Response
)
def index(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """All that is offered here, for people (HTML) and programs (JSON)."""
    choice = choose(request, (JSON, HTML))
    listing = {"release": here.release_hash, "version": here.version, "doors": DOORS}
    return answer(
        request,
        choice,
        lambda: _page(here) if choice.format == HTML else write_json(listing),
        tag=tag_of(here, choice, here.void_digest, *here.queries, *DOORS.values()),
    )


@router.get(
    "/problems",
    summary="The kinds of failure",
    responses=responses((JSON,)),
    response_class=Response,
)
def problems() -> Response:
    """What each `type` of a problem document means, and what to do."""
    listing = {"problems": [_problem(problem) for problem in ALL]}
    return Response(write_json(listing), media_type=JSON.media_type)


@router.get(
    "/problems/{slug}",
    summary="One kind of failure",
    responses=responses((JSON,), 404),
    response_class=Response,
)
def problem(slug: str) -> Response:
    """What one `type` of a problem document means, and what to do."""
    known = {one.slug: one for one in ALL}
    found = known.get(slug) or (known["unknown-name"] if slug.startswith("unknown-") else None)
    if found is None:
        raise UnknownName(slug, list(known), kind="problem")
    return Response(write_json(_problem(found)), media_type=JSON.media_type)


def _problem(problem: Problem) -> dict[str, object]:
    return {"type": f"/problems/{problem.slug}", "status": problem.status, "advice": problem.advice}


def _page(here: Served) -> bytes:
    doors = "".join(
        f"<dt>{_door(path)}</dt><dd>{escape(what)}</dd>" for path, what in DOORS.items()
    )
    questions = "".join(
        f'<li>{escape(query.question["en"])} <span lang="zh">{escape(query.question["zh"])}</span> '
        f"<code>{escape('?' + '&'.join(query.parameters) if query.parameters else '')}</code> "
        f'<a href="{_question(query)}">{name}</a></li>'
        for name, query in here.queries.items()
    )
    body = _BODY.format(
        about=_about(here),
        release=here.release_hash[:16],
        version=escape(here.version),
        field=query_field(here.queries.values()),
        doors=doors,
        questions=questions,
    )
    return html_page("Glocal", body)


def _about(here: Served) -> str:
    """What the release says of itself, in each language; nothing if it says nothing."""
    said = [
        one.object
        for one in here.void
        if one.subject == DATASET and one.predicate == DCTERMS["description"]
    ]
    texts = {one.language or "": one.value for one in said if isinstance(one, Literal)}
    return "\n".join(
        f'<p lang="{escape(language)}">{escape(text)}</p>'
        for language, text in sorted(texts.items())
    )


def _door(path: str) -> str:
    """A link, but where nothing is answered without being told of what."""
    return path if path in _ASKING else f'<a href="{path}">{path}</a>'


def _question(query: SavedQuery) -> str:
    """Where a question is answered; of one that needs to be told of what, where its text is."""
    return f"/queries/{query.name}" + (f"?format={SPARQL.name}" if query.parameters else "")
