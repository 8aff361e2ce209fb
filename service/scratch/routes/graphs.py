"""/graphs: the SPARQL 1.1 Graph Store HTTP Protocol, for reading and writing.

As in other stores, the graph store itself can also be read and written as one document of all its
graphs: by GET, PUT and DELETE, and by POST of a format with named graphs. For JSON-LD, the query
string may have the options of the JSON-LD API, under their names there.
"""

from dataclasses import replace
from typing import Final
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from kg.store.dataset import QueryDataset
from service.answers.formats import GRAPH_FORMATS, JSON_LD, N_QUADS, TRIG
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, GRAPH_PARAMETERS, describe_responses
from service.http.query_answer import answer_query, create_job
from service.http.request import (
    all_values,
    declared_media_type,
    query_parameters,
    request_iri,
    single_value,
)
from service.queries.messages import RDF_MEDIA_TYPES, GraphChange, GraphOperation
from service.routes.graphs import (
    GRAPH_QUERY,
    GRAPH_RESPONSES,
    graph_from_parameters,
    parse_iri,
    url_as_sent,
)
from service.scratch.store import CurrentStore, ScratchStore, apply_change, require_write_access
from service.scratch.uploads import (
    MULTIPART,
    Graph,
    check_entity_tags,
    graph_entity_tag,
    precondition_of,
    read_uploads,
)

router = APIRouter(tags=["Graph store"], default_response_class=Response)

_ALL_FORMATS: Final = (N_QUADS, TRIG, JSON_LD)
_WITH_GRAPHS: Final = frozenset(
    name for form in _ALL_FORMATS for name in (form.media_type, *form.aliases)
)
_WRITE_RESPONSES: Final = describe_responses(
    (), 201, 204, 400, 401, 403, 404, 412, 413, 414, 415, 503, 504
)
_BODY: Final = {
    "required": True,
    "content": {name: {"schema": {"type": "string"}} for name in (*RDF_MEDIA_TYPES, MULTIPART)},
}
_OPERATIONS: Final = {
    "PUT": GraphOperation.REPLACE,
    "POST": GraphOperation.ADD,
    "DELETE": GraphOperation.DROP,
}
# By option of JSON-LD, the allowed values; if there are none, any absolute IRI.
_OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "processingMode": ("json-ld-1.1", "json-ld-1.0"),
    "expandContext": (),
    "rdfDirection": ("i18n-datatype", "compound-literal"),
    "useNativeTypes": ("false", "true"),
    "useRdfType": ("false", "true"),
}
_BOOLEANS: Final = {"true": True, "false": False}


@router.get(
    "/graphs",
    summary="Read a graph by its IRI, or all graphs",
    responses=GRAPH_RESPONSES,
    openapi_extra={"parameters": [*GRAPH_PARAMETERS, FORMAT_PARAMETER]},
)
async def read_named(request: Request, store: CurrentStore) -> Response:
    """Return a named graph (`?graph=`, its IRI), the default graph (`?default`), or all graphs."""
    return await _read(request, store, graph_from_parameters(request))


@router.get(
    "/graphs/{name:path}",
    summary="Read the graph at this address",
    responses=GRAPH_RESPONSES,
    openapi_extra={"parameters": [FORMAT_PARAMETER]},
)
async def read_addressed(request: Request, name: str, store: CurrentStore) -> Response:
    """Return the named graph whose IRI is the URL of the request."""
    _ = name
    return await _read(request, store, _graph_from_url(request))


@router.put(
    "/graphs",
    summary="Replace or create a graph",
    responses=_WRITE_RESPONSES,
    openapi_extra={"parameters": GRAPH_PARAMETERS, "requestBody": _BODY},
)
@router.delete(
    "/graphs",
    summary="Remove a graph",
    responses=_WRITE_RESPONSES,
    openapi_extra={"parameters": GRAPH_PARAMETERS},
)
async def write_named(request: Request, store: CurrentStore) -> Response:
    """Replace or remove the graph that the parameters name; without any, all graphs."""
    return await _write(request, store, graph_from_parameters(request))


@router.post(
    "/graphs",
    summary="Add to a graph",
    responses=_WRITE_RESPONSES,
    openapi_extra={"parameters": GRAPH_PARAMETERS, "requestBody": _BODY},
)
async def add_to_named(request: Request, store: CurrentStore) -> Response:
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
    openapi_extra={"requestBody": _BODY},
)
@router.post(
    "/graphs/{name:path}",
    summary="Add to the graph at this address",
    responses=_WRITE_RESPONSES,
    openapi_extra={"requestBody": _BODY},
)
@router.delete(
    "/graphs/{name:path}",
    summary="Remove the graph at this address",
    responses=_WRITE_RESPONSES,
)
async def write_addressed(request: Request, name: str, store: CurrentStore) -> Response:
    """Replace, add to or remove the named graph whose IRI is the URL of the request."""
    _ = name
    return await _write(request, store, _graph_from_url(request))


def _graph_from_url(request: Request) -> NamedNode:
    """Return the graph whose IRI is the URL of this request, as it was sent."""
    if any(all_values(query_parameters(request), name) for name in ("graph", "default")):
        raise MalformedParameter("graph", "the path already names a graph")
    return parse_iri("graph", url_as_sent(request))


async def _read(request: Request, store: ScratchStore, graph: Graph) -> Response:
    choice = choose_format(request, GRAPH_FORMATS if graph is not None else _ALL_FORMATS)
    options = _json_ld_options(request)
    job = create_job(GRAPH_QUERY, choice, dumps_all_quads=graph is None, json_ld_options=options)
    if isinstance(graph, NamedNode):
        job = replace(job, dataset=QueryDataset(default=(graph,)), graph=graph)
    return await answer_query(
        request, store, job, tag=graph_entity_tag(store, choice, graph, options)
    )


async def _write(request: Request, store: ScratchStore, graph: Graph) -> Response:
    require_write_access(request, store)
    operation, max_bytes = _OPERATIONS[request.method], store.settings.max_upload_bytes
    bodies = [] if operation is GraphOperation.DROP else await read_uploads(request, max_bytes)
    change = GraphChange(
        operation,
        graph,
        _base_iri(request, graph),
        bodies,
        precondition_of(request),
        max_bytes,
        _json_ld_options(request),
        store.settings.context_folder,
    )
    is_new = await apply_change(
        request, store, change, lambda current: check_entity_tags(request, current, graph)
    )
    return Response(status_code=201 if is_new else 204)


def _base_iri(request: Request, graph: Graph) -> str:
    """Return the base of the body's relative IRIs: `base`, or else the IRI of the graph."""
    base = single_value(query_parameters(request), "base")
    if base is not None:
        return parse_iri("base", base).value
    return graph.value if isinstance(graph, NamedNode) else request_iri(request)


def _json_ld_options(request: Request) -> dict[str, str | bool]:
    options: dict[str, str | bool] = {}
    for name, values in _OPTIONS.items():
        value = single_value(query_parameters(request), name)
        if value is None:
            continue
        if not values:
            parse_iri(name, value)
        elif value not in values:
            raise MalformedParameter(name, f"expected {' or '.join(values)}, got '{value}'")
        options[name] = _BOOLEANS.get(value, value)
    return options
