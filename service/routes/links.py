"""/links and /links/{name}: the links to other data sets, as SSSOM files."""

from functools import partial

from fastapi import Request, Response

from service.answers.formats import HTML, JSON, SSSOM
from service.answers.json_types import LinkFile, LinkFiles
from service.http.conditional import conditional_response
from service.http.html import write_html
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, Router, describe_parameter
from service.http.request import find_named
from service.routes.home import send_listing
from service.served import CurrentRelease

router = Router("Links")


@router.operation(
    "/links", "List the link files", (JSON, HTML), answer=LinkFiles, operation_id="listLinkFiles"
)
def list_links(request: Request, release: CurrentRelease) -> Response:
    """List the SSSOM files, one per linked data set; `/graph/links` has all links as RDF."""
    files = release.link_files
    entries = [_describe_file(name, text) for name, text in files.items()]
    page = partial(write_html, "links.html", files=entries)
    return send_listing(request, {"links": entries}, page, *files.values())


@router.operation(
    "/links/{name}",
    "Get one link file",
    (SSSOM,),
    (304, 404, 406),
    parameters=[
        describe_parameter("name", "The name of a file of `/links`.", place="path"),
        FORMAT_PARAMETER,
    ],
    operation_id="getLinkFile",
)
def link_file(request: Request, name: str, release: CurrentRelease) -> Response:
    """Return the links to one data set as SSSOM, with confidence, author, date and comment."""
    text = find_named(release.link_files, name, "resource")
    return conditional_response(request, choose_format(request, (SSSOM,)), text.encode, text)


def _describe_file(name: str, text: str) -> LinkFile:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    # The first of these lines has the names of the columns.
    return {"name": name, "href": f"/links/{name}", "mappings": len(lines) - 1}
