"""/linkset/…: the typed links of all documents about a resource, as one link set (RFC 9264)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from service.answers.formats import LINKSET_FORMATS, LINKSET_JSON
from service.answers.serialization import write_json
from service.http.conditional import answer, tag_of
from service.http.documents import Documents, linkset_json, linkset_text
from service.http.negotiation import choose
from service.http.openapi import FORMAT, responses
from service.http.request import base_of
from service.routes.ontology import about_ontology
from service.routes.resources import Kind, about, known
from service.served import Served, served

router = APIRouter(tags=["Resources"])

_PARAMETERS: Final = {"parameters": [FORMAT]}
_DESCRIPTION: Final = "The typed links of every document about the resource."


@router.get(
    "/linkset/ontology",
    summary="Get the link set of the ontology",
    responses=responses(LINKSET_FORMATS, 304, 406, what=_DESCRIPTION),
    response_class=Response,
    openapi_extra=_PARAMETERS,
)
def linkset_of_ontology(request: Request, release: Annotated[Served, Depends(served)]) -> Response:
    """Return the typed links of all documents about the ontology, like `/linkset/id/London`."""
    return _send_links(request, release, about_ontology(release.store))


@router.get(
    "/linkset/{kind:kind}/{name:path}",
    summary="Get the link set of a resource",
    responses=responses(LINKSET_FORMATS, 304, 404, 406, 410, what=_DESCRIPTION),
    response_class=Response,
    openapi_extra=_PARAMETERS,
)
def linkset(
    request: Request, kind: Kind, name: str, release: Annotated[Served, Depends(served)]
) -> Response:
    """Return the Link headers of all documents about a resource as one document.

    This is level 2 of the FAIR Signposting Profile. Each of those documents has a link of the
    relation `linkset` that leads here.
    """
    return _send_links(request, release, about(release, kind, name, known(release, kind, name)))


def _send_links(request: Request, release: Served, documents: Documents) -> Response:
    choice = choose(request, LINKSET_FORMATS)
    base = base_of(request).rstrip("/")
    links = documents.by_document()

    def body() -> bytes:
        if choice.format == LINKSET_JSON:
            return write_json(linkset_json(links, base))
        return linkset_text(links, base).encode()

    return answer(request, choice, body, tag=tag_of(release, choice, documents.linkset, base))
