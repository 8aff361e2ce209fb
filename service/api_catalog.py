"""/.well-known/api-catalog: which interfaces there are, for programs that know the host alone.

Source: api-catalog (RFC 9727); Linkset (RFC 9264).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from service.answers.formats import HTML, JSON, JSON_LD, LINKSET_JSON, TURTLE, Choice
from service.answers.serialization import write_json
from service.http.conditional import answer, tag_of
from service.http.documents import WebLink, linkset_json
from service.http.openapi import responses
from service.http.request import base_of
from service.served import Served, served

router = APIRouter(tags=["Descriptions"])

_CHOICE: Final = Choice(LINKSET_JSON, LINKSET_JSON.media_type)
_PROFILE: Final = f'{LINKSET_JSON.media_type};profile="https://www.rfc-editor.org/info/rfc9727"'
_INTERFACES: Final[Mapping[str, Sequence[WebLink]]] = {
    "/": (
        WebLink("service-desc", "/openapi.json", JSON.media_type),
        WebLink("service-doc", "/", HTML.media_type),
        WebLink("service-meta", "/catalog", TURTLE.media_type),
        WebLink("service-meta", "/.well-known/void", TURTLE.media_type),
        WebLink("status", "/healthz", JSON.media_type),
    ),
    "/sparql": (
        WebLink("service-desc", "/sparql", TURTLE.media_type),
        WebLink("service-desc", "/sparql", JSON_LD.media_type),
        WebLink("service-doc", "/sparql", HTML.media_type),
        WebLink("service-meta", "/.well-known/sparql-examples", TURTLE.media_type),
        WebLink("status", "/readyz", JSON.media_type),
    ),
    "/reconcile": (WebLink("service-desc", "/reconcile", JSON.media_type),),
}


@router.get(
    "/.well-known/api-catalog",
    summary="The interfaces of this host",
    responses=responses((LINKSET_JSON,), 304),
    response_class=Response,
)
def api_catalog(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Each with its description for programs, its documentation and its state."""
    base = base_of(request).rstrip("/")
    listing = linkset_json(_INTERFACES, base)
    return answer(
        request,
        _CHOICE,
        lambda: write_json(listing),
        tag=tag_of(here, _CHOICE, "api-catalog", base),
        headers={"Content-Type": _PROFILE},
    )
