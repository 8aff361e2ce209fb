"""/linkset/…: all links of the documents about a thing, as one document (RFC 9264)."""

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

_FORMAT: Final = {"parameters": [FORMAT]}
_WHAT: Final = "The links of every document about it."


@router.get(
    "/linkset/ontology",
    summary="The links of the documents about the ontology",
    responses=responses(LINKSET_FORMATS, 304, 406, what=_WHAT),
    response_class=Response,
    openapi_extra=_FORMAT,
)
def linkset_of_ontology(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """As `/linkset/id/London`, of the ontology."""
    return _answer(request, here, about_ontology(here.store))


@router.get(
    "/linkset/{kind:kind}/{name:path}",
    summary="The links of the documents about a resource",
    responses=responses(LINKSET_FORMATS, 304, 404, 406, 410, what=_WHAT),
    response_class=Response,
    openapi_extra=_FORMAT,
)
def linkset(
    request: Request, kind: Kind, name: str, here: Annotated[Served, Depends(served)]
) -> Response:
    """What the Link headers of all documents about the resource say, at once.

    That is level 2 of the FAIR Signposting Profile; each document names this one by a link of
    the type `linkset`.
    """
    return _answer(request, here, about(here, kind, name, known(here, kind, name)))


def _answer(request: Request, here: Served, documents: Documents) -> Response:
    choice = choose(request, LINKSET_FORMATS)
    base = base_of(request).rstrip("/")
    links = documents.by_document()

    def body() -> bytes:
        if choice.format == LINKSET_JSON:
            return write_json(linkset_json(links, base))
        return linkset_text(links, base).encode()

    return answer(request, choice, body, tag=tag_of(here, choice, documents.linkset, base))
