"""/links and /links/{name}: the links to other data sets, as SSSOM files."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response

from kg.errors import UnknownName
from service.answers.formats import HTML, JSON, SSSOM
from service.http.conditional import conditional_response, entity_tag
from service.http.html import write_page_with_home_link
from service.http.negotiation import choose_format
from service.http.openapi import describe_responses
from service.routes.home import send_listing
from service.served import CurrentRelease

router = APIRouter(tags=["Links"], default_response_class=Response)

_BODY: Final = """<h1>Links to other data sets</h1>
<p>Every link has a reason, a confidence, an author, a date and a comment. The files are in
<a href="https://mapping-commons.github.io/sssom/">SSSOM</a>; the RDF graph
<a href="graphs/graph/links">graph:links</a> holds the same links.</p>
<table><tr><th>file<th>links</tr>
{rows}</table>"""


@router.get(
    "/links", summary="List the link files", responses=describe_responses((JSON, HTML), 304, 406)
)
def list_links(request: Request, release: CurrentRelease) -> Response:
    """List the SSSOM files, one per linked data set; `/graph/links` has all links as RDF."""
    files = release.link_files
    entries = [_describe_file(name, text) for name, text in files.items()]
    listing = {"links": entries}
    return send_listing(request, release, listing, lambda: _write_page(entries), *files.values())


@router.get(
    "/links/{name}",
    summary="Get one link file",
    responses=describe_responses((SSSOM,), 304, 404, 406),
)
def link_file(request: Request, name: str, release: CurrentRelease) -> Response:
    """Return the links to one data set as SSSOM, with confidence, author, date and comment."""
    if name not in release.link_files:
        raise UnknownName(name, list(release.link_files), kind="resource")
    choice, text = choose_format(request, (SSSOM,)), release.link_files[name]
    return conditional_response(request, choice, text.encode, tag=entity_tag(release, choice, text))


def _write_page(entries: Iterable[Mapping[str, object]]) -> bytes:
    rows = "\n".join(
        f'<tr><td><a href="links/{escape(str(entry["name"]))}">{escape(str(entry["name"]))}</a>'
        f'<td class="number">{entry["mappings"]}</tr>'
        for entry in entries
    )
    return write_page_with_home_link("Links", _BODY.format(rows=rows))


def _describe_file(name: str, text: str) -> Mapping[str, object]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    # The first of these lines has the names of the columns.
    return {"name": name, "href": f"/links/{name}", "mappings": len(lines) - 1}
