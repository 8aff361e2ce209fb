"""/ and /problems of a scratch service."""

from typing import Final

from fastapi import APIRouter, Request, Response

from service.answers.formats import HTML, JSON
from service.http.html import BUTTONS, write_html_page
from service.http.openapi import describe_responses
from service.routes import home
from service.scratch.store import CurrentStore

router = APIRouter(tags=["Doors"], default_response_class=Response)

INTERFACES: Final = {
    "/sparql": "SPARQL 1.1 queries by GET and POST, updates by POST; without either, the service "
    "description.",
    "/graphs": "Graph Store Protocol: all graphs, ?default, ?graph=IRI, or a graph by a path such "
    "as /graphs/people/1.",
    **{
        path: home.INTERFACES[path]
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/problems")
    },
}
_BODY: Final = """<h1>A scratch store</h1>
<p>The data is held in memory, and is lost when the service ends.</p>
<form action="/sparql">
  <label for="query">A SPARQL query</label>
  <textarea id="query" name="query" rows="9">SELECT * {{ ?s ?p ?o }} LIMIT 100</textarea>
  {buttons}
</form>
<h2>Interfaces</h2>
<dl>{interfaces}</dl>"""


@router.get(
    "/",
    summary="The interfaces of the service",
    responses=describe_responses((JSON, HTML), 304, 406),
)
def index(request: Request, store: CurrentStore) -> Response:
    """All that the service offers, for people (HTML) and for programs (JSON)."""
    listing = home.list_interfaces(store, INTERFACES)
    return home.send_listing(request, store, listing, _page, "interfaces")


router.include_router(home.problem_router)


def _page() -> bytes:
    body = _BODY.format(buttons=BUTTONS, interfaces=home.interface_entries(INTERFACES))
    return write_html_page("A scratch store - Glocal", body)
