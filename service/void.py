"""/.well-known/void, /void: the data set described in VoID."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode, Triple

from kg.namespaces import FOAF, VOID
from kg.release.catalogue import kept_releases
from kg.release.void import DATASET, DOCUMENT
from service.answers.formats import TRIPLE_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import answer, tag_of
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
