"""/nanopub/…: one evidence graph as a nanopublication."""

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
    summary="An evidence graph as a nanopublication",
    responses=responses(QUAD_FORMATS, 304, 404, 406),
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
def nanopub(request: Request, name: str, here: Annotated[Served, Depends(served)]) -> Response:
    """What it asserts, where that comes from, and who published it: four graphs.

    The name is the evidence graph's own. All of them are one file of `/dumps`.
    """
    evidence = next((one for one in here.store.named_graphs if one.value == EVIDENCE + name), None)
    if evidence is None:
        known = [one.value.removeprefix(EVIDENCE) for one in here.store.named_graphs]
        raise UnknownName(name, known, kind="resource")
    choice = choose(request, QUAD_FORMATS)

    def body() -> bytes:
        content = [quad.triple for quad in here.store.graph(evidence)]
        about = list(here.store.matching(evidence))
        quads = list(nanopublication(evidence, content, about, inherited_from(here.void)))
        return write_graph([], choice, here.context, root=name_of(evidence), named=quads)

    return answer(
        request, choice, body, tag=tag_of(here, choice, "nanopub", name, here.void_digest)
    )
