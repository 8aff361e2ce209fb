"""/links/…: the links to outside data sets, as SSSOM."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from kg.errors import UnknownName
from service.answers.formats import HTML, JSON, SSSOM
from service.answers.serialization import write_json
from service.http.conditional import answer, tag_of
from service.http.html import door_page
from service.http.negotiation import choose
from service.http.openapi import responses
from service.served import Served, served

router = APIRouter(tags=["Links"])

_BODY: Final = """<h1>Links to other data sets</h1>
<p>Each link with its reason, confidence, author, date and comment, in
<a href="https://mapping-commons.github.io/sssom/">SSSOM</a>; in RDF all are in
<a href="graphs/graph/links">graph:links</a>.</p>
<table><tr><th>file<th>links</tr>
{rows}</table>"""


@router.get(
    "/links",
    summary="The files of links",
    responses=responses((JSON, HTML), 304, 406),
    response_class=Response,
)
def list_links(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Each file of links to an outside data set; as RDF they are all in `/graph/links`."""
    choice = choose(request, (JSON, HTML))
    listed = [_listed(name, text) for name, text in here.link_files.items()]
    tag = tag_of(here, choice, *here.link_files.values())
    return answer(
        request,
        choice,
        lambda: _page(listed) if choice.format == HTML else write_json({"links": listed}),
        tag=tag,
    )


@router.get(
    "/links/{name}",
    summary="One file of links",
    responses=responses((SSSOM,), 304, 404, 406),
    response_class=Response,
)
def link_file(request: Request, name: str, here: Annotated[Served, Depends(served)]) -> Response:
    """The mappings of one data set in SSSOM (TSV), with confidence, author, date and comment."""
    if name not in here.link_files:
        raise UnknownName(name, list(here.link_files), kind="resource")
    choice, text = choose(request, (SSSOM,)), here.link_files[name]
    return answer(request, choice, text.encode, tag=tag_of(here, choice, text))


def _page(listed: Iterable[Mapping[str, object]]) -> bytes:
    rows = "\n".join(
        f'<tr><td><a href="links/{escape(str(one["name"]))}">{escape(str(one["name"]))}</a>'
        f'<td class="number">{one["mappings"]}</tr>'
        for one in listed
    )
    return door_page("Links", _BODY.format(rows=rows))


def _listed(name: str, text: str) -> Mapping[str, object]:
    rows = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {"name": name, "href": f"/links/{name}", "mappings": len(rows) - 1}
