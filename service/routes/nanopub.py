"""/nanopub/{name}: one evidence graph as a nanopublication."""

from fastapi import Request, Response

from kg.errors import UnknownName
from kg.namespaces import EVIDENCE
from kg.release.dumps import dataset_metadata, nanopublication_iri, to_nanopublication
from service.answers.formats import QUAD_FORMATS
from service.answers.serialization import write_graph
from service.http.conditional import conditional_response
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, Router, describe_parameter
from service.served import CurrentRelease

router = Router("Resources")


@router.operation(
    "/nanopub/{name:path}",
    "Get an evidence graph as a nanopublication",
    QUAD_FORMATS,
    (304, 404, 406),
    parameters=[
        describe_parameter("name", "The local name of an evidence graph.", place="path"),
        FORMAT_PARAMETER,
    ],
    operation_id="getNanopublication",
)
def nanopub(request: Request, name: str, release: CurrentRelease) -> Response:
    """Return the four graphs of a nanopublication: head, assertion, provenance, publication info.

    The name is that of the evidence graph. A file of `/dumps` has all nanopublications.
    """
    graphs = {graph.value: graph for graph in release.store.named_graphs}
    if EVIDENCE + name not in graphs:
        raise UnknownName(name, [iri.removeprefix(EVIDENCE) for iri in graphs], kind="resource")
    choice, evidence = choose_format(request, QUAD_FORMATS), graphs[EVIDENCE + name]

    def body() -> bytes:
        content = [quad.triple for quad in release.store.quads_of_graph(evidence)]
        about = list(release.store.triples(evidence))
        quads = list(to_nanopublication(evidence, content, about, dataset_metadata(release.void)))
        return write_graph(
            [], choice, release.context, root=nanopublication_iri(evidence), named=quads
        )

    return conditional_response(request, choice, body, "nanopub", name, release.void_digest)
