"""Read the JSON-LD options of a request to the graph store, named as in the JSON-LD API.

/graphs: the SPARQL 1.1 Graph Store HTTP Protocol, for reading and writing.

As in other stores, the graph store itself can also be read and written as one document of all its
graphs: by GET, PUT and DELETE, and by POST of a format with named graphs.
"""

from dataclasses import replace
from typing import Annotated, Final
from uuid import uuid4

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import DefaultGraph, NamedNode

from kg.errors import MalformedParameter
from kg.store.dataset import Dataset
from service.answers.formats import GRAPH_FORMATS, JSON_LD, N_QUADS, TRIG
from service.errors import MissingParameter
from service.http.negotiation import choose
from service.http.openapi import FORMAT, GRAPH, parameter, responses
from service.http.query_answer import ask, job_for
from service.http.request import every, in_address, iri_of, named_type, single
from service.queries.messages import MEDIA_TYPES, Act, GraphChange
from service.scratch.store import Scratch, authorise, scratch, write
from service.scratch.uploads import (
    MULTIPART,
    Graph,
    check_tags,
    demand_of,
    read_uploads,
    tag_of_graph,
)

# By option, the allowed values; if there are none, any absolute IRI.
_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "processingMode": ("json-ld-1.1", "json-ld-1.0"),
    "expandContext": (),
    "rdfDirection": ("i18n-datatype", "compound-literal"),
    "useNativeTypes": ("false", "true"),
    "useRdfType": ("false", "true"),
}
OPTIONS: Final = [
    parameter(
        name,
        "For JSON-LD: the option of this name in the JSON-LD API.",
        **({"type": "string", "enum": list(values)} if values else {}),
    )
    for name, values in _VALUES.items()
]
_BOOLEANS: Final = {"true": True, "false": False}


def json_ld_options_of(request: Request) -> dict[str, str | bool]:
    """Return the options in the query string.

    Raises:
        MalformedParameter: an option has a value that is not allowed.
    """
    options: dict[str, str | bool] = {}
    for name, values in _VALUES.items():
        value = single(in_address(request), name)
        if value is None:
            continue
        if values and value not in values:
            raise MalformedParameter(name, f"expected {' or '.join(values)}, got '{value}'")
        if not values:
            _check_iri(name, value)
        options[name] = _BOOLEANS.get(value, value)
    return options


def base_of(request: Request) -> str | None:
    """Return the base of the body's relative IRIs, if the query string gives one.

    Raises:
        MalformedParameter: it is not an absolute IRI.
    """
    base = single(in_address(request), "base")
    if base is not None:
        _check_iri("base", base)
    return base


def _check_iri(name: str, value: str) -> None:
    try:
        NamedNode(value)
    except ValueError as error:
        raise MalformedParameter(name, f"expected an absolute IRI: {error}") from error


router = APIRouter(tags=["Graph store"])

_GRAPH_QUERY: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_ALL_FORMATS: Final = (N_QUADS, TRIG, JSON_LD)
_WITH_GRAPHS: Final = frozenset(
    name for form in _ALL_FORMATS for name in (form.media_type, *form.aliases)
)
_READ_RESPONSES: Final = responses(
    GRAPH_FORMATS, 304, 400, 404, 406, 414, 503, 504, what="The triples of the graph."
)
_WRITE_RESPONSES: Final = responses((), 201, 204, 400, 401, 403, 404, 412, 413, 414, 415, 503, 504)
_BODY: Final = {
    "required": True,
    "content": {name: {"schema": {"type": "string"}} for name in (*MEDIA_TYPES, MULTIPART)},
}
_Store = Annotated[Scratch, Depends(scratch)]
_ACTS: Final = {"PUT": Act.REPLACE, "POST": Act.ADD, "DELETE": Act.DROP}


def named(request: Request) -> Graph:
    """Return the graph that the query parameters name; None, for all graphs, if they name none.

    Raises:
        MissingParameter: the parameters name two graphs.
        MalformedParameter: the graph's name is not an absolute IRI.
    """
    pairs = in_address(request)
    iri, is_default = single(pairs, "graph"), bool(every(pairs, "default"))
    if is_default and iri is not None:
        raise MissingParameter("graph", "expected either graph=IRI or default, not both")
    if iri is None:
        return DefaultGraph() if is_default else None
    return _graph_node(iri)


def addressed(request: Request) -> Graph:
    """Return the graph whose IRI is the URL of this request, as it was sent.

    Raises:
        MalformedParameter: the URL is not an IRI, or its parameters name another graph.
    """
    if any(every(in_address(request), name) for name in ("graph", "default")):
        raise MalformedParameter("graph", "the path already names a graph")
    path: bytes = request.scope["raw_path"]
    return _graph_node(
        f"{request.url.scheme}://{request.url.netloc}{path.decode('ascii', 'replace')}"
    )


def _graph_node(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError as error:
        reason = f"expected an absolute IRI: {error}"
        raise MalformedParameter("graph", reason) from error


@router.get(
    "/graphs",
    summary="Read a graph by its IRI, or all graphs",
    responses=_READ_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [*GRAPH, FORMAT]},
)
async def read_named(request: Request, store: _Store) -> Response:
    """Return a named graph (`?graph=`, its IRI), the default graph (`?default`), or all graphs."""
    return await _read(request, store, named(request))


@router.get(
    "/graphs/{name:path}",
    summary="Read the graph at this address",
    responses=_READ_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
async def read_addressed(request: Request, name: str, store: _Store) -> Response:
    """Return the named graph whose IRI is the URL of the request."""
    _ = name
    return await _read(request, store, addressed(request))


async def _read(request: Request, store: Scratch, graph: Graph) -> Response:
    choice = choose(request, GRAPH_FORMATS if graph is not None else _ALL_FORMATS)
    options = json_ld_options_of(request)
    job = job_for(_GRAPH_QUERY, choice, is_whole=graph is None, json_ld_options=options)
    if isinstance(graph, NamedNode):
        job = replace(job, dataset=Dataset(default=(graph,)), graph=graph)
    return await ask(request, store, job, tag=tag_of_graph(store, choice, graph, options))


@router.put(
    "/graphs",
    summary="Replace or create a graph",
    responses=_WRITE_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": GRAPH, "requestBody": _BODY},
)
@router.delete(
    "/graphs",
    summary="Remove a graph",
    responses=_WRITE_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": GRAPH},
)
async def write_named(request: Request, store: _Store) -> Response:
    """Replace or remove the graph that the parameters name; without any, all graphs."""
    return await _write(request, store, named(request))


@router.post(
    "/graphs",
    summary="Add to a graph",
    responses=_WRITE_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": GRAPH, "requestBody": _BODY},
)
async def add_to_named(request: Request, store: _Store) -> Response:
    """Add to the graph that the parameters name.

    Without such parameters, a body with named graphs is added to these. Any other body creates a
    new graph, whose address is in the `Location` header of the response.
    """
    graph = named(request)
    if graph is not None or named_type(request) in _WITH_GRAPHS:
        return await _write(request, store, graph)
    new = NamedNode(f"{iri_of(request)}/{uuid4()}")
    response = await _write(request, store, new)
    response.headers["Location"] = new.value
    return response


@router.put(
    "/graphs/{name:path}",
    summary="Replace or create the graph at this address",
    responses=_WRITE_RESPONSES,
    response_class=Response,
    openapi_extra={"requestBody": _BODY},
)
@router.post(
    "/graphs/{name:path}",
    summary="Add to the graph at this address",
    responses=_WRITE_RESPONSES,
    response_class=Response,
    openapi_extra={"requestBody": _BODY},
)
@router.delete(
    "/graphs/{name:path}",
    summary="Remove the graph at this address",
    responses=_WRITE_RESPONSES,
    response_class=Response,
)
async def write_addressed(request: Request, name: str, store: _Store) -> Response:
    """Replace, add to or remove the named graph whose IRI is the URL of the request."""
    _ = name
    return await _write(request, store, addressed(request))


async def _write(request: Request, store: Scratch, graph: Graph) -> Response:
    authorise(request, store)
    act, max_bytes = _ACTS[request.method], store.settings.max_upload_bytes
    bodies = await read_uploads(request, max_bytes) if act is not Act.DROP else []
    change = GraphChange(
        act,
        graph,
        base_of(request) or (graph.value if isinstance(graph, NamedNode) else iri_of(request)),
        bodies,
        demand_of(request),
        max_bytes,
        json_ld_options_of(request),
        store.settings.context_folder,
    )
    is_new = await write(
        request, store, change, lambda current: check_tags(request, current, graph)
    )
    return Response(status_code=201 if is_new else 204)
