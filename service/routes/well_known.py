"""/.well-known/void, /void: the data set described in VoID.

/.well-known/sparql-examples: every saved query, for SPARQL editors.

/catalog: releases, their files and the endpoint, in DCAT.

/.well-known/api-catalog: which interfaces there are, for programs that know the host alone.

Source: api-catalog (RFC 9727); Linkset (RFC 9264).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode, Triple

from kg.namespaces import FOAF, VOID
from kg.release.catalogue import CATALOGUE_DOCUMENT, describe_catalogue, kept_releases
from kg.release.examples import EXAMPLES, describe_examples
from kg.release.void import DATASET, DOCUMENT
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
from service.http.conditional import answer, tag_of
from service.http.documents import WebLink, linkset_json
from service.http.negotiation import choose
from service.http.openapi import FORMAT, responses
from service.http.request import base_of
from service.served import Served, served

router = APIRouter(tags=["Descriptions"])

_FORMATS: Final = "http://www.w3.org/ns/formats/"
_FEATURES: Final = ("Turtle", "JSON-LD", "N-Triples", "RDF_XML")
_WHAT: Final = "What is here, how much of it, and where it is asked."


@router.get(
    "/.well-known/void",
    summary="The data set in VoID, at the place where clients look",
    responses=responses(TRIPLE_FORMATS, 304, 406, what=_WHAT),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
@router.get(
    "/void",
    summary="The data set in VoID",
    responses=responses(TRIPLE_FORMATS, 304, 406, what=_WHAT),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
def void(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Title, licence and size; its classes, each with its properties and what these lead to.

    The numbers are those of the default graph. Nothing of this is a part of the release: the
    service description has it too, where SPARQL editors look for it.
    """
    choice, base = choose(request, TRIPLE_FORMATS), base_of(request)
    return answer(
        request,
        choice,
        lambda: write_graph(described(here, base), choice, here.context, root=DOCUMENT),
        tag=tag_of(here, choice, "void", base, here.void_digest),
    )


def described(here: Served, base: str) -> list[Triple]:
    """The description of the release, and where the service at this address gives access to it."""
    files = next((one.files for one in kept_releases(here.store.folder).values()), {})
    access = [
        (FOAF["homepage"], base),
        (VOID["sparqlEndpoint"], f"{base}sparql"),
        (VOID["uriLookupEndpoint"], f"{base}lookup?iri="),
        *((VOID["dataDump"], f"{base}dumps/{name}") for name in files),
        *((VOID["feature"], f"{_FORMATS}{name}") for name in _FEATURES),
    ]
    return [
        *here.void,
        *(Triple(DATASET, predicate, NamedNode(address)) for predicate, address in access),
    ]


@router.get(
    "/.well-known/sparql-examples",
    summary="The saved queries, for SPARQL editors",
    responses=responses(TRIPLE_FORMATS, 304, 406),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
def sparql_examples(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """Each as `sh:SPARQLExecutable`, with its question in English and Chinese.

    Those of `/queries`, and those that ask other endpoints too. They are no part of the release,
    whose hash they would change; the service description has them, where editors look.
    """
    choice, base = choose(request, TRIPLE_FORMATS), base_of(request)
    texts = [query.text for query in here.every_query]
    return answer(
        request,
        choice,
        lambda: write_graph(examples(here, base), choice, here.context, root=EXAMPLES),
        tag=tag_of(here, choice, "examples", base, *texts),
    )


def examples(here: Served, base: str) -> list[Triple]:
    """The examples, to be asked of the endpoint of the service at this address."""
    return describe_examples(here.every_query, here.store, NamedNode(f"{base}sparql"))


@router.get(
    "/catalog",
    summary="The catalogue in DCAT",
    responses=responses(TRIPLE_FORMATS, 304, 406),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
def catalogue(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """The data set, each release that is served or kept, and its files with sizes and hashes.

    Releases say no time: that one came before another is told where their versions show it.
    """
    choice, base = choose(request, TRIPLE_FORMATS), base_of(request)
    releases = list(kept_releases(here.store.folder).values())

    def body() -> bytes:
        about = describe_catalogue(releases, here.void, base)
        return write_graph(about, choice, here.context, root=CATALOGUE_DOCUMENT)

    files = [file.sha256 for one in releases for file in one.files.values()]
    return answer(
        request, choice, body, tag=tag_of(here, choice, "catalog", base, here.void_digest, *files)
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
