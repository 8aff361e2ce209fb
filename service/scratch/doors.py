"""/ and /problems of a scratch service."""

from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from service.answers.formats import HTML, JSON
from service.answers.serialization import write_json
from service.http.conditional import answer, tag_of
from service.http.html import html_page
from service.http.negotiation import choose
from service.http.openapi import responses
from service.routes import home
from service.scratch.store import Scratch, scratch

router = APIRouter(tags=["Doors"])

DOORS: Final = {
    "/sparql": "SPARQL 1.1 queries by GET and POST, updates by POST; without either, the service "
    "description.",
    "/graphs": "Graph Store Protocol: all graphs, ?default, ?graph=IRI, or a graph at "
    "/graphs/its/own/address.",
    **{path: home.DOORS[path] for path in ("/healthz", "/readyz", "/metrics")},
    **{path: home.DOORS[path] for path in ("/openapi.json", "/problems")},
}
_HOME_BODY: Final = """<h1>A scratch store</h1>
<p>Held in memory: what is here is gone when the service ends.</p>
<form action="/sparql">
  <label for="query">A SPARQL query</label>
  <textarea id="query" name="query" rows="9">SELECT * {{ ?s ?p ?o }} LIMIT 100</textarea>
  <button name="format" value="json">Ask</button>
  <button name="format" value="csv">Ask for a table (CSV)</button>
</form>
<h2>Doors</h2>
<dl>{doors}</dl>"""


@router.get(
    "/", summary="The doors", responses=responses((JSON, HTML), 304, 406), response_class=Response
)
def index(request: Request, here: Annotated[Scratch, Depends(scratch)]) -> Response:
    """All that is offered here, for people (HTML) and programs (JSON)."""
    choice = choose(request, (JSON, HTML))
    listing = {"release": here.release_hash, "version": here.version, "doors": DOORS}
    body = write_json(listing) if choice.format == JSON else _home_page()
    headers = {"Cache-Control": here.freshness}
    return answer(request, choice, lambda: body, tag=tag_of(here, choice, "doors"), headers=headers)


def _home_page() -> bytes:
    listed = "\n".join(
        f'<dt><a href="{escape(path)}">{escape(path)}</a><dd>{escape(what)}'
        for path, what in DOORS.items()
    )
    return html_page("A scratch store - Glocal", _HOME_BODY.format(doors=listed))


for one in ("/problems", "/problems/{slug}"):
    router.routes += [route for route in home.router.routes if getattr(route, "path", "") == one]
