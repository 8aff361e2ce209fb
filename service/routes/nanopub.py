"""/nanopub/{name}: one evidence graph as a nanopublication."""

from fastapi import APIRouter, Request, Response

from kg.errors import UnknownName
from kg.namespaces import EVIDENCE
from kg.release.dumps import dataset_metadata, nanopublication_iri, to_nanopublication
from service.answers.formats import QUAD_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import conditional_response, entity_tag
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, describe_responses
from service.served import CurrentRelease

router = APIRouter(tags=["Resources"], default_response_class=Response)


@router.get(
    "/nanopub/{name:path}",
    summary="Get an evidence graph as a nanopublication",
    responses=describe_responses(QUAD_FORMATS, 304, 404, 406),
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
def nanopub(request: Request, name: str, release: CurrentRelease) -> Response:
    """Return the four graphs of a nanopublication: head, assertion, provenance, publication info.

    The name is that of the evidence graph. A file of `/dumps` has all nanopublications.
    """
    evidence = next(
        (graph for graph in release.store.named_graphs if graph.value == EVIDENCE + name), None
    )
    if evidence is None:
        known = [graph.value.removeprefix(EVIDENCE) for graph in release.store.named_graphs]
        raise UnknownName(name, known, kind="resource")
    choice = choose_format(request, QUAD_FORMATS)

    def body() -> bytes:
        content = [quad.triple for quad in release.store.quads_of_graph(evidence)]
        about = list(release.store.triples(evidence))
        quads = list(to_nanopublication(evidence, content, about, dataset_metadata(release.void)))
        return write_graph(
            [], choice, release.context, root=nanopublication_iri(evidence), named=quads
        )

    tag = entity_tag(release, choice, "nanopub", name, release.void_digest)
    return conditional_response(request, choice, body, tag=tag)
