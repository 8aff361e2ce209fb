"""Write graphs of a scratch store: the SPARQL 1.1 Graph Store HTTP Protocol at `/graphs`.

As in other stores, the graph store itself can also be read and written as one document of all its
graphs: by GET, PUT and DELETE, and by POST of a format with named graphs.
"""

from functools import partial
from typing import Final
from uuid import uuid4

from fastapi import Request, Response
from pyoxigraph import NamedNode

from service.answers.formats import GRAPH_FORMATS, JSON_LD
from service.answers.json_ld_types import ExpandedNode
from service.http import request as http_request
from service.http.openapi import (
    FORMAT_PARAMETER,
    GRAPH_PARAMETERS,
    Router,
    describe_parameter,
    schema_of,
)
from service.http.query_answer import headers_of_change
from service.http.request import parse_iri, query_parameters, request_iri, single_value
from service.queries.messages import RDF_MEDIA_TYPES, GraphChange, GraphOperation
from service.routes import graphs
from service.routes.graphs import (
    GRAPH_NAME,
    JSON_LD_PARAMETERS,
    Graph,
    graph_from_parameters,
)
from service.scratch.store import CurrentStore, ScratchStore
from service.scratch.uploads import MULTIPART, check_entity_tags, precondition_of, read_uploads

router = Router("Graph store")

_WITH_GRAPHS: Final = frozenset(
    name for form in graphs.ALL_GRAPHS_FORMATS for name in (form.media_type, *form.aliases)
)
_STATUSES: Final = (201, 204, 400, 401, 403, 404, 412, 413, 414, 415, 429, 503, 504)
_UPLOAD: Final = {
    "title": "GraphUpload",
    "type": "object",
    "properties": {"graph": {"type": "string", "format": "binary", "description": "RDF to add."}},
}
_BODY: Final = {
    **{name: {"type": "string"} for name in RDF_MEDIA_TYPES},
    JSON_LD.media_type: schema_of(list[ExpandedNode]),
    MULTIPART: _UPLOAD,
}
_OPERATIONS: Final = {
    "PUT": GraphOperation.REPLACE,
    "POST": GraphOperation.ADD,
    "DELETE": GraphOperation.DROP,
}
_OPTIONS: Final = [
    describe_parameter("base", "The base IRI of the body; by default that of the graph."),
    *JSON_LD_PARAMETERS,
]
_NAMED: Final = [*GRAPH_PARAMETERS, *_OPTIONS]
_read: Final = partial(
    router.operation,
    formats=GRAPH_FORMATS,
    statuses=graphs.STATUSES,
    what=graphs.CONTENT,
    answer=list[ExpandedNode],
)
_change: Final = partial(router.operation, formats=(), statuses=_STATUSES)
_upload: Final = partial(_change, body=_BODY)
_ADDRESSED: Final = [GRAPH_NAME, *_OPTIONS]

# Graphs are read as those of a release are.
_read(
    "/graphs",
    "Read a graph by its IRI, or all graphs",
    parameters=[*GRAPH_PARAMETERS, *JSON_LD_PARAMETERS, FORMAT_PARAMETER],
    operation_id="getGraph",
    description="Return a named graph (`?graph=`, its IRI), the default graph (`?default`), or all "
    "graphs.",
)(graphs.indirect)
_read(
    "/graphs/{name:path}",
    "Read the graph at this address",
    parameters=[GRAPH_NAME, *JSON_LD_PARAMETERS, FORMAT_PARAMETER],
    operation_id="getGraphByAddress",
    description="Return the named graph whose IRI is the URL of the request.",
)(graphs.direct)


@_upload(
    "/graphs",
    "Replace or create a graph",
    method="PUT",
    parameters=_NAMED,
    operation_id="replaceGraph",
)
@_change(
    "/graphs",
    "Remove a graph",
    method="DELETE",
    parameters=GRAPH_PARAMETERS,
    operation_id="removeGraph",
)
async def write_named(request: Request, store: CurrentStore) -> Response:
    """Replace or remove the graph that the parameters name; without any, all graphs."""
    return await _write(request, store, graph_from_parameters(request))


@_upload("/graphs", "Add to a graph", method="POST", parameters=_NAMED, operation_id="addToGraph")
async def add_to_named(request: Request, store: CurrentStore) -> Response:
    """Add to the graph that the parameters name.

    Without such parameters, a body with named graphs is added to these. Any other body creates a
    new graph, whose address is in the `Location` header of the response.
    """
    graph = graph_from_parameters(request)
    if graph is not None or http_request.declared_media_type(request) in _WITH_GRAPHS:
        return await _write(request, store, graph)
    new = NamedNode(f"{request_iri(request)}/{uuid4()}")
    response = await _write(request, store, new)
    response.headers["Location"] = new.value
    return response


@_upload(
    "/graphs/{name:path}",
    "Replace or create the graph at this address",
    method="PUT",
    parameters=_ADDRESSED,
    operation_id="replaceGraphByAddress",
)
@_upload(
    "/graphs/{name:path}",
    "Add to the graph at this address",
    method="POST",
    parameters=_ADDRESSED,
    operation_id="addToGraphByAddress",
)
@_change(
    "/graphs/{name:path}",
    "Remove the graph at this address",
    method="DELETE",
    parameters=[GRAPH_NAME],
    operation_id="removeGraphByAddress",
)
async def write_addressed(request: Request, name: str, store: CurrentStore) -> Response:
    """Replace, add to or remove the named graph whose IRI is the URL of the request."""
    return await _write(request, store, store.graph_at(request, name))


async def _write(request: Request, store: ScratchStore, graph: Graph) -> Response:
    store.require_write_access(request)
    operation, max_bytes = _OPERATIONS[request.method], store.settings.max_upload_bytes
    bodies = [] if operation is GraphOperation.DROP else await read_uploads(request, max_bytes)
    base = single_value(query_parameters(request), "base")
    if base is not None:
        base = parse_iri("base", base).value
    else:
        base = graph.value if isinstance(graph, NamedNode) else request_iri(request)
    precondition = precondition_of(request)
    options, contexts = graphs.json_ld_options(request), store.settings.context_folder
    change = GraphChange(operation, graph, base, bodies, precondition, max_bytes, options, contexts)
    changed = await store.apply_change(
        request, change, lambda current: check_entity_tags(request, current, graph)
    )
    store.note_prefixes(request.app.state, bodies)
    headers = headers_of_change(changed)
    return Response(status_code=201 if changed.created_graph else 204, headers=headers)
