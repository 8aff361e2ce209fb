"""/.well-known/void and /void: the VoID description of the data set.

/.well-known/sparql-examples: every saved query, for SPARQL editors.

/catalog: describe the releases, their files and the endpoint in DCAT.

/.well-known/api-catalog: list the interfaces, for programs that know only the host.

Source: api-catalog (RFC 9727); Linkset (RFC 9264).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode, Triple

from kg.namespaces import FOAF, VOID
from kg.release.catalogue import CATALOGUE_IRI, describe_catalogue, kept_releases
from kg.release.examples import EXAMPLES, describe_examples
from kg.release.void import DATASET, VOID_DOCUMENT
from service.answers.formats import (
    HTML,
    JSON,
    JSON_LD,
    LINKSET_JSON,
    TRIPLE_FORMATS,
    TURTLE,
    Choice,
)
from service.answers.serialization import write_graph, write_json
from service.http.conditional import conditional_response, entity_tag
from service.http.documents import WebLink, linkset_as_json
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, describe_responses
from service.http.request import base_url
from service.served import ServedRelease, served_release

router = APIRouter(tags=["Descriptions"])

_FORMATS: Final = "http://www.w3.org/ns/formats/"
_FEATURES: Final = ("Turtle", "JSON-LD", "N-Triples", "RDF_XML")
_DESCRIPTION: Final = "The content and size of the data set, and how to access it."


@router.get(
    "/.well-known/void",
    summary="Get the VoID description at its well-known address",
    responses=describe_responses(TRIPLE_FORMATS, 304, 406, what=_DESCRIPTION),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
@router.get(
    "/void",
    summary="Get the VoID description",
    responses=describe_responses(TRIPLE_FORMATS, 304, 406, what=_DESCRIPTION),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
def void(request: Request, release: Annotated[ServedRelease, Depends(served_release)]) -> Response:
    """Return title, licence and size, and each class with its properties and their targets.

    The numbers count the default graph. This description is not part of the release; it is also
    included in the service description, where SPARQL editors look for it.
    """
    choice, base = choose_format(request, TRIPLE_FORMATS), base_url(request)
    return conditional_response(
        request,
        choice,
        lambda: write_graph(
            void_description(release, base), choice, release.context, root=VOID_DOCUMENT
        ),
        tag=entity_tag(release, choice, "void", base, release.void_digest),
    )


def void_description(release: ServedRelease, base: str) -> list[Triple]:
    """Return the description of the release, and its access points at this base address."""
    files = next((kept.files for kept in kept_releases(release.store.folder).values()), {})
    access = [
        (FOAF["homepage"], base),
        (VOID["sparqlEndpoint"], f"{base}sparql"),
        (VOID["uriLookupEndpoint"], f"{base}lookup?iri="),
        *((VOID["dataDump"], f"{base}dumps/{name}") for name in files),
        *((VOID["feature"], f"{_FORMATS}{name}") for name in _FEATURES),
    ]
    return [
        *release.void,
        *(Triple(DATASET, predicate, NamedNode(address)) for predicate, address in access),
    ]


@router.get(
    "/.well-known/sparql-examples",
    summary="The saved queries, for SPARQL editors",
    responses=describe_responses(TRIPLE_FORMATS, 304, 406),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
def sparql_examples(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """Each saved query as `sh:SPARQLExecutable`, with its question in English and Chinese.

    These are the queries of `/queries`, and those that also call other endpoints. The release does
    not contain them, since they would change its hash; the service description does, where editors
    look for them.
    """
    choice, base = choose_format(request, TRIPLE_FORMATS), base_url(request)
    texts = [query.text for query in release.every_query]
    return conditional_response(
        request,
        choice,
        lambda: write_graph(examples(release, base), choice, release.context, root=EXAMPLES),
        tag=entity_tag(release, choice, "examples", base, *texts),
    )


def examples(release: ServedRelease, base: str) -> list[Triple]:
    """Describe the saved queries, as examples for the endpoint of the service at this base URL."""
    return describe_examples(release.every_query, release.store, NamedNode(f"{base}sparql"))


@router.get(
    "/catalog",
    summary="The catalogue in DCAT",
    responses=describe_responses(TRIPLE_FORMATS, 304, 406),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
def catalogue(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """The data set, each release that is served or kept, and its files with sizes and hashes.

    Releases have no dates; the previous release is named where the version numbers show it.
    """
    choice, base = choose_format(request, TRIPLE_FORMATS), base_url(request)
    releases = list(kept_releases(release.store.folder).values())

    def body() -> bytes:
        triples = describe_catalogue(releases, release.void, base)
        return write_graph(triples, choice, release.context, root=CATALOGUE_IRI)

    hashes = [file.sha256 for kept in releases for file in kept.files.values()]
    return conditional_response(
        request,
        choice,
        body,
        tag=entity_tag(release, choice, "catalog", base, release.void_digest, *hashes),
    )


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
    responses=describe_responses((LINKSET_JSON,), 304),
    response_class=Response,
)
def api_catalog(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """Each interface with its machine-readable description, its documentation and its status."""
    base = base_url(request).rstrip("/")
    listing = linkset_as_json(_INTERFACES, base)
    return conditional_response(
        request,
        _CHOICE,
        lambda: write_json(listing),
        tag=entity_tag(release, _CHOICE, "api-catalog", base),
        headers={"Content-Type": _PROFILE},
    )
