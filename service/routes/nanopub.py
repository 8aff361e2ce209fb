"""/nanopub/{name}: one evidence graph as a nanopublication."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from kg.errors import UnknownName
from kg.namespaces import EVIDENCE
from kg.release.dumps import inherited_from, name_of, nanopublication
from service.answers.formats import QUAD_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import answer, tag_of
from service.http.negotiation import choose
from service.http.openapi import FORMAT, responses
from service.served import Served, served

router = APIRouter(tags=["Resources"])


@router.get(
    "/nanopub/{name:path}",
    summary="Get an evidence graph as a nanopublication",
    responses=responses(QUAD_FORMATS, 304, 404, 406),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
def nanopub(request: Request, name: str, release: Annotated[Served, Depends(served)]) -> Response:
    """Return the four graphs of a nanopublication: head, assertion, provenance, publication info.

    The name is that of the evidence graph. A file of `/dumps` has all nanopublications.
    """
    evidence = next(
        (graph for graph in release.store.named_graphs if graph.value == EVIDENCE + name), None
    )
    if evidence is None:
        known = [graph.value.removeprefix(EVIDENCE) for graph in release.store.named_graphs]
        raise UnknownName(name, known, kind="resource")
    choice = choose(request, QUAD_FORMATS)

    def body() -> bytes:
        content = [quad.triple for quad in release.store.graph(evidence)]
        about = list(release.store.matching(evidence))
        quads = list(nanopublication(evidence, content, about, inherited_from(release.void)))
        return write_graph([], choice, release.context, root=name_of(evidence), named=quads)

    return answer(
        request, choice, body, tag=tag_of(release, choice, "nanopub", name, release.void_digest)
    )
