"""/linkset/…: the typed links of all documents about a resource, as one link set (RFC 9264)."""

from typing import Final

from fastapi import Request, Response

from service.answers.formats import LINKSET_FORMATS, LINKSET_JSON
from service.answers.serialization import write_json
from service.http.conditional import conditional_response
from service.http.documents import Documents, linkset_as_json, linkset_as_text, redirect
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, Router
from service.http.request import base_url
from service.routes.ontology import about_ontology
from service.routes.resources import (
    NAME_PARAMETERS,
    ResourceKind,
    document_path,
    documents_of,
    find_resource,
)
from service.served import CurrentRelease

router = Router("Resources")

_DESCRIPTION: Final = "The typed links of every document about the resource."


@router.operation(
    "/linkset/ontology",
    "Get the link set of the ontology",
    LINKSET_FORMATS,
    what=_DESCRIPTION,
    operation_id="getOntologyLinks",
)
def linkset_of_ontology(request: Request, release: CurrentRelease) -> Response:
    """Return the typed links of all documents about the ontology."""
    return _send_links(request, about_ontology(release.store))


@router.operation(
    "/linkset/{kind:kind}/{name:path}",
    "Get the link set of a resource",
    LINKSET_FORMATS,
    (300, 303, 304, 400, 404, 406, 410),
    what=_DESCRIPTION,
    parameters=[*NAME_PARAMETERS, FORMAT_PARAMETER],
    operation_id="getThingLinks",
)
def linkset(request: Request, kind: ResourceKind, name: str, release: CurrentRelease) -> Response:
    """Return the Link headers of all documents about a resource as one document.

    This is level 2 of the FAIR Signposting Profile. Each of those documents has a link of the
    relation `linkset` that leads here.
    """
    iri = find_resource(request, release, kind, name)
    if iri.value != kind.namespace + name:
        return redirect(request, f"/linkset/{document_path(iri)}")
    return _send_links(request, documents_of(release, kind, iri))


def _send_links(request: Request, documents: Documents) -> Response:
    choice, base = choose_format(request, LINKSET_FORMATS), base_url(request).rstrip("/")
    links = {documents.path(form): [*documents.links_from(form)] for form in documents.formats}

    def body() -> bytes:
        if choice.format == LINKSET_JSON:
            return write_json(linkset_as_json(links, base))
        return linkset_as_text(links, base).encode()

    return conditional_response(request, choice, body, documents.linkset, base)
