"""/graphs: read graphs by the SPARQL 1.1 Graph Store HTTP Protocol.

A release never changes: PUT, POST, PATCH and DELETE get a 405 with the allowed methods.
"""

from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode

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
from service.served import ServedRelease, served_release

router = APIRouter(tags=["Graph store"])

_CONSTRUCT_ALL: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_RESPONSES: Final = describe_responses(
    GRAPH_FORMATS, 304, 400, 404, 406, 414, 503, 504, what="The triples of the graph."
)


@router.get(
    "/graphs",
    summary="A graph by its IRI",
    responses=_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [*GRAPH_PARAMETERS, FORMAT_PARAMETER]},
)
async def indirect(
    request: Request, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """The whole of a named graph (`?graph=IRI`) or of the default graph (`?default`)."""
    return await _graph(request, release, _requested(request, release))


@router.get(
    "/graphs/{name:path}",
    summary="A graph by its address",
    responses=_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
async def direct(
    request: Request, name: str, release: Annotated[ServedRelease, Depends(served_release)]
) -> Response:
    """The named graph whose IRI is this URL, or else the base IRI followed by this name.

    For example, `/graphs/graph/asserted` is the graph `https://w3id.org/glocal/graph/asserted`.
    """
    candidates = _candidates(request, name)
    match = next((iri for iri in candidates if release.store.has_graph(iri)), None)
    if match is None:
        raise _unknown(release, BASE + name)
    return await _graph(request, release, match)


async def _graph(request: Request, release: ServedRelease, graph: NamedNode | None) -> Response:
    """Respond with a whole graph; None is the default graph.

    It is read by a query process, since it can be large.
    """
    choice = choose_format(request, GRAPH_FORMATS)
    dataset = None if graph is None else QueryDataset(default=(graph,))
    job = create_job(_CONSTRUCT_ALL, choice, dataset=dataset)
    tag = entity_tag(release, choice, "graph", str(graph), choice.version)
    return await answer_query(request, release, job, tag=tag)


def _requested(request: Request, release: ServedRelease) -> NamedNode | None:
    """Return the graph that the parameters name; None is the default graph.

    Raises:
        MissingParameter: they name no graph, or two.
        MalformedParameter: the name of the graph is not an absolute IRI.
        UnknownName: there is no such graph.
    """
    pairs = query_parameters(request)
    iri, is_default = single_value(pairs, "graph"), bool(all_values(pairs, "default"))
    if is_default == (iri is not None):
        raise MissingParameter("graph", "expected exactly one of graph=IRI and default")
    if iri is None:
        return None
    try:
        graph = NamedNode(iri)
    except ValueError as error:
        reason = f"expected an absolute IRI; {error}"
        raise MalformedParameter("graph", reason) from error
    if not release.store.has_graph(graph):
        raise _unknown(release, iri)
    return graph


def _candidates(request: Request, name: str) -> Iterator[NamedNode]:
    path: bytes = request.scope["raw_path"]
    address = f"{request.url.scheme}://{request.url.netloc}{path.decode('ascii', 'replace')}"
    for iri in (address, BASE + name):
        try:
            yield NamedNode(iri)
        except ValueError:
            continue


def _unknown(release: ServedRelease, iri: str) -> UnknownName:
    return UnknownName(iri, [graph.value for graph in release.store.named_graphs], kind="graph")
