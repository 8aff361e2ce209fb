"""Descriptions of the data set and the service for programs, most of them below /.well-known.

/void: the data set in VoID; /.well-known/sparql-examples: the saved queries, for SPARQL editors;
/catalog: the releases and their files in DCAT; /.well-known/api-catalog: the interfaces, for
programs that know only the host.

Source: api-catalog (RFC 9727); Linkset (RFC 9264).
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from fastapi import Request, Response
from pyoxigraph import NamedNode, Triple

from kg.namespaces import FOAF, VOID
from kg.release.catalogue import CATALOGUE_IRI, describe_catalogue, kept_releases
from kg.release.examples import EXAMPLES, describe_examples
from kg.release.void import DATASET, VOID_DOCUMENT
from service.answers import formats
from service.answers.formats import HTML, JSON, JSON_LD, TRIPLE_FORMATS, TURTLE, Choice
from service.answers.serialization import write_graph, write_json
from service.http.conditional import conditional_response
from service.http.documents import WebLink, linkset_as_json
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router
from service.http.request import base_url
from service.pages.data_pages import write_catalogue_page, write_void_page
from service.pages.page_or_document import send_page_or_document
from service.pages.terms import TermWriter
from service.routes.dumps import current_files
from service.served import CurrentRelease, ServedRelease

router = Router("Descriptions")

_FORMATS: Final = (*TRIPLE_FORMATS, HTML)
_PARAMETERS: Final = [FORMAT_PARAMETER, LANGUAGE_PARAMETER]
_VOID: Final = "The content and size of the data set, and how to access it."
_FEATURES: Final = tuple(
    f"http://www.w3.org/ns/formats/{name}" for name in ("Turtle", "JSON-LD", "N-Triples", "RDF_XML")
)
_LINKSET: Final = Choice(formats.LINKSET_JSON, formats.LINKSET_JSON.media_type)
_PROFILE: Final = (
    f'{formats.LINKSET_JSON.media_type};profile="https://www.rfc-editor.org/info/rfc9727"'
)
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


@router.operation(
    "/.well-known/void",
    "Get the VoID description at its well-known address",
    _FORMATS,
    what=_VOID,
    parameters=_PARAMETERS,
    operation_id="getWellKnownVoid",
)
@router.operation(
    "/void",
    "Get the VoID description",
    _FORMATS,
    what=_VOID,
    parameters=_PARAMETERS,
    operation_id="getVoid",
)
def void(request: Request, release: CurrentRelease) -> Response:
    """Return title, licence and size, and each class with its properties and their targets.

    The numbers count the default graph. This description is not part of the release; it is also
    included in the service description, where SPARQL editors look for it.
    """
    base = base_url(request)

    def write(choice: Choice) -> bytes:
        triples = describe_dataset(release, base)
        return write_graph(triples, choice, release.context, root=VOID_DOCUMENT)

    def write_page(terms: TermWriter) -> bytes:
        return write_void_page(terms, release.summary)

    parts = (base, "void", release.void_digest)
    return send_page_or_document(request, TRIPLE_FORMATS, write, write_page, *parts)


@router.operation(
    "/.well-known/sparql-examples",
    "The saved queries, for SPARQL editors",
    TRIPLE_FORMATS,
    operation_id="getSparqlExamples",
)
def sparql_examples(request: Request, release: CurrentRelease) -> Response:
    """Each saved query as `sh:SPARQLExecutable`, with its question in English and Chinese.

    These are the queries of `/queries`, and those that also call other endpoints. The release does
    not contain them, since they would change its hash; the service description does, where editors
    look for them.
    """
    choice, base = choose_format(request, TRIPLE_FORMATS), base_url(request)

    def body() -> bytes:
        triples = describe_saved_queries(release, base)
        return write_graph(triples, choice, release.context, root=EXAMPLES)

    parts = (base, "examples", *(query.text for query in release.every_query))
    return conditional_response(request, choice, body, *parts)


@router.operation(
    "/catalog",
    "The catalogue in DCAT",
    _FORMATS,
    parameters=_PARAMETERS,
    operation_id="getCatalogue",
)
def catalogue(request: Request, release: CurrentRelease) -> Response:
    """The data set, each release that is served or kept, and its files with sizes and hashes.

    Releases have no dates; the previous release is named where the version numbers show it.
    """
    releases = list(kept_releases(release.store.folder).values())
    hashes = [file.sha256 for kept in releases for file in kept.files.values()]
    base = base_url(request)

    def write(choice: Choice) -> bytes:
        triples = describe_catalogue(releases, release.void, base)
        return write_graph(triples, choice, release.context, root=CATALOGUE_IRI)

    def write_page(terms: TermWriter) -> bytes:
        return write_catalogue_page(terms, releases)

    parts = (base, "catalog", release.void_digest, *hashes)
    return send_page_or_document(request, TRIPLE_FORMATS, write, write_page, *parts)


@router.operation(
    "/.well-known/api-catalog",
    "The interfaces of this host",
    (formats.LINKSET_JSON,),
    (304,),
    operation_id="getApiCatalog",
)
def api_catalog(request: Request) -> Response:
    """Each interface with its machine-readable description, its documentation and its status."""
    base, headers = base_url(request).rstrip("/"), {"Content-Type": _PROFILE}
    body = partial(write_json, linkset_as_json(_INTERFACES, base))
    return conditional_response(request, _LINKSET, body, "api-catalog", base, headers=headers)


def describe_dataset(release: ServedRelease, base: str) -> list[Triple]:
    """Return the description of the release, and its access points at this base URL."""
    access = [
        (FOAF["homepage"], base),
        (VOID["sparqlEndpoint"], f"{base}sparql"),
        (VOID["uriLookupEndpoint"], f"{base}lookup?iri="),
        *((VOID["dataDump"], f"{base}dumps/{name}") for name in current_files(release)),
        *((VOID["feature"], iri) for iri in _FEATURES),
    ]
    return [
        *release.void,
        *(Triple(DATASET, predicate, NamedNode(address)) for predicate, address in access),
    ]


def describe_saved_queries(release: ServedRelease, base: str) -> list[Triple]:
    """Describe the saved queries as examples for the endpoint at this base URL."""
    return describe_examples(release.every_query, release.store, NamedNode(f"{base}sparql"))
