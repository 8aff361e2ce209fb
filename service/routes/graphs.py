"""/graphs: the SPARQL 1.1 Graph Store HTTP Protocol, for reading.

A release is never changed: PUT, POST, PATCH and DELETE are answered by 405 and what is allowed.
"""

from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter, UnknownName
from kg.namespaces import BASE
from kg.store.dataset import Dataset
from service.answers.formats import GRAPH_FORMATS
from service.errors import MissingParameter
from service.http.conditional import tag_of
from service.http.negotiation import choose
from service.http.openapi import FORMAT, GRAPH, responses
from service.http.query_answer import ask, job_for
from service.http.request import every, in_address, single
from service.served import Served, served

router = APIRouter(tags=["Graph store"])

_WHOLE: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_RESPONSES: Final = responses(
    GRAPH_FORMATS, 304, 400, 404, 406, 414, 503, 504, what="The triples of the graph."
)


@router.get(
    "/graphs",
    summary="A graph by its IRI",
    responses=_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [*GRAPH, FORMAT]},
)
async def indirect(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """A named graph (`?graph=`, its IRI) or the default graph (`?default`), whole."""
    return await _answered(request, here, _named(request, here))


@router.get(
    "/graphs/{name:path}",
    summary="A graph by its address",
    responses=_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
async def direct(request: Request, name: str, here: Annotated[Served, Depends(served)]) -> Response:
    """The named graph whose IRI is this very address, or else the base of all IRIs and this name.

    So `/graphs/graph/asserted` is the graph `https://w3id.org/glocal/graph/asserted`.
    """
    candidates = _candidates(request, name)
    found = next((one for one in candidates if here.store.has_graph(one)), None)
    if found is None:
        raise _unknown(here, BASE + name)
    return await _answered(request, here, found)


async def _answered(request: Request, here: Served, graph: NamedNode | None) -> Response:
    """The whole graph, asked of a query process, since it can be large; none is the default."""
    choice = choose(request, GRAPH_FORMATS)
    dataset = None if graph is None else Dataset(default=(graph,))
    job = job_for(_WHOLE, choice, dataset=dataset)
    tag = tag_of(here, choice, "graph", str(graph), choice.version)
    return await ask(request, here, job, tag=tag)


def _named(request: Request, here: Served) -> NamedNode | None:
    """The graph that the address asks for; none is the default graph.

    Raises:
        MissingParameter: it asks for no graph, or for two.
        MalformedParameter: it asks for a graph by no absolute IRI.
        UnknownName: there is no such graph.
    """
    pairs = in_address(request)
    iri, is_default = single(pairs, "graph"), bool(every(pairs, "default"))
    if is_default == (iri is not None):
        raise MissingParameter("graph", "right would be either graph=IRI or default, and one alone")
    if iri is None:
        return None
    try:
        graph = NamedNode(iri)
    except ValueError as error:
        reason = f"right would be an absolute IRI; {error}"
        raise MalformedParameter("graph", reason) from error
    if not here.store.has_graph(graph):
        raise _unknown(here, iri)
    return graph


def _candidates(request: Request, name: str) -> Iterator[NamedNode]:
    path: bytes = request.scope["raw_path"]
    address = f"{request.url.scheme}://{request.url.netloc}{path.decode('ascii', 'replace')}"
    for iri in (address, BASE + name):
        try:
            yield NamedNode(iri)
        except ValueError:
            continue


def _unknown(here: Served, iri: str) -> UnknownName:
    return UnknownName(iri, [graph.value for graph in here.store.named_graphs], kind="graph")
