"""/graphs: read graphs by the SPARQL 1.1 Graph Store HTTP Protocol.

A release never changes: PUT, POST, PATCH and DELETE get a 405 with the allowed methods.
"""

from typing import Final

from fastapi import APIRouter, Request, Response
from pyoxigraph import DefaultGraph, NamedNode

from kg.errors import MalformedParameter, UnknownName
from kg.namespaces import BASE
from kg.store.dataset import QueryDataset
from service.answers.formats import GRAPH_FORMATS
from service.errors import MissingParameter
from service.http.conditional import entity_tag
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, GRAPH_PARAMETERS, describe_responses
from service.http.query_answer import answer_query, create_job
from service.http.request import all_values, query_parameters, single_value
from service.served import CurrentRelease, ServedRelease

router = APIRouter(tags=["Graph store"], default_response_class=Response)

GRAPH_QUERY: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
GRAPH_RESPONSES: Final = describe_responses(
    GRAPH_FORMATS, 304, 400, 404, 406, 414, 503, 504, what="The triples of the graph."
)


@router.get(
    "/graphs",
    summary="A graph by its IRI",
    responses=GRAPH_RESPONSES,
    openapi_extra={"parameters": [*GRAPH_PARAMETERS, FORMAT_PARAMETER]},
)
async def indirect(request: Request, release: CurrentRelease) -> Response:
    """The whole of a named graph (`?graph=IRI`) or of the default graph (`?default`)."""
    graph = graph_from_parameters(request)
    if graph is None:
        raise MissingParameter("graph", "expected exactly one of graph=IRI and default")
    if isinstance(graph, NamedNode):
        release.store.require_graph(graph)
    return await _send_graph(request, release, graph)


@router.get(
    "/graphs/{name:path}",
    summary="A graph by its address",
    responses=GRAPH_RESPONSES,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
async def direct(request: Request, name: str, release: CurrentRelease) -> Response:
    """The named graph whose IRI is this URL, or else the base IRI followed by this name.

    For example, `/graphs/graph/asserted` is the graph `https://w3id.org/glocal/graph/asserted`.
    """
    graphs = {graph.value: graph for graph in release.store.named_graphs}
    graph = graphs.get(url_as_sent(request)) or graphs.get(BASE + name)
    if graph is None:
        raise UnknownName(BASE + name, list(graphs), kind="graph")
    return await _send_graph(request, release, graph)


async def _send_graph(
    request: Request, release: ServedRelease, graph: NamedNode | DefaultGraph
) -> Response:
    """Respond with a whole graph; a query process reads it, since it can be large."""
    choice = choose_format(request, GRAPH_FORMATS)
    dataset = QueryDataset(default=(graph,)) if isinstance(graph, NamedNode) else None
    job = create_job(GRAPH_QUERY, choice, dataset=dataset)
    tag = entity_tag(release, choice, "graph", str(graph), choice.version)
    return await answer_query(request, release, job, tag=tag)


def graph_from_parameters(request: Request) -> NamedNode | DefaultGraph | None:
    """Return the graph that the query parameters name, or None if they name none.

    Raises:
        MissingParameter: they name two graphs.
        MalformedParameter: the graph's name is not an absolute IRI.
    """
    pairs = query_parameters(request)
    iri, is_default = single_value(pairs, "graph"), bool(all_values(pairs, "default"))
    if iri is None:
        return DefaultGraph() if is_default else None
    if is_default:
        raise MissingParameter("graph", "expected either graph=IRI or default, not both")
    return parse_iri("graph", iri)


def url_as_sent(request: Request) -> str:
    """Return the URL without its query string; escaped characters stay escaped."""
    path: bytes = request.scope["raw_path"]
    return f"{request.url.scheme}://{request.url.netloc}{path.decode('ascii', 'replace')}"


def parse_iri(parameter: str, value: str) -> NamedNode:
    """Parse the IRI that is the value of a parameter.

    Raises:
        MalformedParameter: it is not an absolute IRI.
    """
    try:
        return NamedNode(value)
    except ValueError as error:
        raise MalformedParameter(parameter, f"expected an absolute IRI: {error}") from error
