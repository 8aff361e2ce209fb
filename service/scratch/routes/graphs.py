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
from kg.store.dataset import QueryDataset
from service.answers.formats import GRAPH_FORMATS, JSON_LD, N_QUADS, TRIG
from service.errors import MissingParameter
from service.http.negotiation import choose_format
from service.http.openapi import (
    FORMAT_PARAMETER,
    GRAPH_PARAMETERS,
    describe_parameter,
    describe_responses,
)
from service.http.query_answer import answer_query, create_job
from service.http.request import (
    all_values,
    declared_media_type,
    query_parameters,
    request_iri,
    single_value,
)
from service.queries.messages import RDF_MEDIA_TYPES, GraphChange, GraphOperation
from service.scratch.store import (
    ScratchStore,
    apply_change,
    current_scratch_store,
    require_write_access,
)
from service.scratch.uploads import (
    MULTIPART,
    Graph,
    check_entity_tags,
    graph_entity_tag,
    precondition_of,
    read_uploads,
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
    describe_parameter(
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
        value = single_value(query_parameters(request), name)
        if value is None:
            continue
        if values and value not in values:
            raise MalformedParameter(name, f"expected {' or '.join(values)}, got '{value}'")
        if not values:
            _check_iri(name, value)
        options[name] = _BOOLEANS.get(value, value)
    return options


def base_iri_of(request: Request) -> str | None:
    """Return the base of the body's relative IRIs, if the query string gives one.

    Raises:
        MalformedParameter: it is not an absolute IRI.
    """
    base = single_value(query_parameters(request), "base")
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
_READ_RESPONSES: Final = describe_responses(
    GRAPH_FORMATS, 304, 400, 404, 406, 414, 503, 504, what="The triples of the graph."
)
_WRITE_RESPONSES: Final = describe_responses(
    (), 201, 204, 400, 401, 403, 404, 412, 413, 414, 415, 503, 504
)
_BODY: Final = {
    "required": True,
    "content": {name: {"schema": {"type": "string"}} for name in (*RDF_MEDIA_TYPES, MULTIPART)},
}
_Store = Annotated[ScratchStore, Depends(current_scratch_store)]
_ACTS: Final = {
    "PUT": GraphOperation.REPLACE,
    "POST": GraphOperation.ADD,
    "DELETE": GraphOperation.DROP,
}


def graph_from_parameters(request: Request) -> Graph:
    """Return the graph that the query parameters name; None, for all graphs, if they name none.

    Raises:
        MissingParameter: the parameters name two graphs.
        MalformedParameter: the graph's name is not an absolute IRI.
    """
    pairs = query_parameters(request)
    iri, is_default = single_value(pairs, "graph"), bool(all_values(pairs, "default"))
    if is_default and iri is not None:
        raise MissingParameter("graph", "expected either graph=IRI or default, not both")
    if iri is None:
        return DefaultGraph() if is_default else None
    return _graph_node(iri)


def graph_from_url(request: Request) -> Graph:
    """Return the graph whose IRI is the URL of this request, as it was sent.

    Raises:
        MalformedParameter: the URL is not an IRI, or its parameters name another graph.
    """
    if any(all_values(query_parameters(request), name) for name in ("graph", "default")):
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
    openapi_extra={"parameters": [*GRAPH_PARAMETERS, FORMAT_PARAMETER]},
)
async def read_named(request: Request, store: _Store) -> Response:
    """Return a named graph (`?graph=`, its IRI), the default graph (`?default`), or all graphs."""
    return await _read(request, store, graph_from_parameters(request))


@router.get(
    "/graphs/{name:path}",
    summary="Read the graph at this address",
    responses=_READ_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
async def read_addressed(request: Request, name: str, store: _Store) -> Response:
    """Return the named graph whose IRI is the URL of the request."""
    _ = name
    return await _read(request, store, graph_from_url(request))


async def _read(request: Request, store: ScratchStore, graph: Graph) -> Response:
    choice = choose_format(request, GRAPH_FORMATS if graph is not None else _ALL_FORMATS)
    options = json_ld_options_of(request)
    job = create_job(_GRAPH_QUERY, choice, is_whole=graph is None, json_ld_options=options)
    if isinstance(graph, NamedNode):
        job = replace(job, dataset=QueryDataset(default=(graph,)), graph=graph)
    return await answer_query(
        request, store, job, tag=graph_entity_tag(store, choice, graph, options)
    )


@router.put(
    "/graphs",
    summary="Replace or create a graph",
    responses=_WRITE_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": GRAPH_PARAMETERS, "requestBody": _BODY},
)
@router.delete(
    "/graphs",
    summary="Remove a graph",
    responses=_WRITE_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": GRAPH_PARAMETERS},
)
async def write_named(request: Request, store: _Store) -> Response:
    """Replace or remove the graph that the parameters name; without any, all graphs."""
    return await _write(request, store, graph_from_parameters(request))


@router.post(
    "/graphs",
    summary="Add to a graph",
    responses=_WRITE_RESPONSES,
    response_class=Response,
    openapi_extra={"parameters": GRAPH_PARAMETERS, "requestBody": _BODY},
)
async def add_to_named(request: Request, store: _Store) -> Response:
    """Add to the graph that the parameters name.

    Without such parameters, a body with named graphs is added to these. Any other body creates a
    new graph, whose address is in the `Location` header of the response.
    """
    graph = graph_from_parameters(request)
    if graph is not None or declared_media_type(request) in _WITH_GRAPHS:
        return await _write(request, store, graph)
    new = NamedNode(f"{request_iri(request)}/{uuid4()}")
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
    return await _write(request, store, graph_from_url(request))


async def _write(request: Request, store: ScratchStore, graph: Graph) -> Response:
    require_write_access(request, store)
    act, max_bytes = _ACTS[request.method], store.settings.max_upload_bytes
    bodies = await read_uploads(request, max_bytes) if act is not GraphOperation.DROP else []
    change = GraphChange(
        act,
        graph,
        base_iri_of(request)
        or (graph.value if isinstance(graph, NamedNode) else request_iri(request)),
        bodies,
        precondition_of(request),
        max_bytes,
        json_ld_options_of(request),
        store.settings.context_folder,
    )
    is_new = await apply_change(
        request, store, change, lambda current: check_entity_tags(request, current, graph)
    )
    return Response(status_code=201 if is_new else 204)
