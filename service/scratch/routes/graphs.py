"""What a request to the graph store says of its JSON-LD, by the names of the JSON-LD API.

/graphs: the SPARQL 1.1 Graph Store HTTP Protocol, for reading and writing.

Beside it, as other stores do, the graph store itself is a document of all its graphs: GET, PUT,
DELETE, and POST of a format that has named graphs.
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

# Each of these values alone; any absolute IRI where there are none.
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
        "Of JSON-LD: the option of this name in its API.",
        **({"type": "string", "enum": list(values)} if values else {}),
    )
    for name, values in _VALUES.items()
]
_BOOLEANS: Final = {"true": True, "false": False}


def json_ld_options_of(request: Request) -> dict[str, str | bool]:
    """The options that the address names.

    Raises:
        MalformedParameter: one has a value that it cannot have.
    """
    found: dict[str, str | bool] = {}
    for name, values in _VALUES.items():
        value = single(in_address(request), name)
        if value is None:
            continue
        if values and value not in values:
            raise MalformedParameter(name, f"right would be {' or '.join(values)}")
        if not values:
            _check_iri(name, value)
        found[name] = _BOOLEANS.get(value, value)
    return found


def base_of(request: Request) -> str | None:
    """What relative IRIs of the body are resolved against, where the address says it.

    Raises:
        MalformedParameter: no absolute IRI.
    """
    base = single(in_address(request), "base")
    if base is not None:
        _check_iri("base", base)
    return base


def _check_iri(name: str, value: str) -> None:
    try:
        NamedNode(value)
    except ValueError as error:
        raise MalformedParameter(name, f"right would be an absolute IRI; {error}") from error


router = APIRouter(tags=["Graph store"])

_WHOLE: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_ALL_FORMATS: Final = (N_QUADS, TRIG, JSON_LD)
_WITH_GRAPHS: Final = frozenset(
    name for form in _ALL_FORMATS for name in (form.media_type, *form.aliases)
)
_READ: Final = responses(
    GRAPH_FORMATS, 304, 400, 404, 406, 414, 503, 504, what="The triples of the graph."
)
_WRITTEN: Final = responses((), 201, 204, 400, 401, 403, 404, 412, 413, 414, 415, 503, 504)
_BODY: Final = {
    "required": True,
    "content": {name: {"schema": {"type": "string"}} for name in (*MEDIA_TYPES, MULTIPART)},
}
_Here = Annotated[Scratch, Depends(scratch)]
_ACTS: Final = {"PUT": Act.REPLACE, "POST": Act.ADD, "DELETE": Act.DROP}


def named(request: Request) -> Graph:
    """The graph that the parameters name; with none of them, all graphs.

    Raises:
        MissingParameter: two graphs.
        MalformedParameter: no absolute IRI.
    """
    pairs = in_address(request)
    iri, is_default = single(pairs, "graph"), bool(every(pairs, "default"))
    if is_default and iri is not None:
        raise MissingParameter("graph", "right would be either graph=IRI or default, and one alone")
    if iri is None:
        return DefaultGraph() if is_default else None
    return _node(iri)


def addressed(request: Request) -> Graph:
    """The graph whose IRI is the address of this request, as it was sent.

    Raises:
        MalformedParameter: it is no IRI, or has parameters that name another graph.
    """
    if any(every(in_address(request), name) for name in ("graph", "default")):
        raise MalformedParameter("graph", "the path names a graph already")
    path: bytes = request.scope["raw_path"]
    return _node(f"{request.url.scheme}://{request.url.netloc}{path.decode('ascii', 'replace')}")


def _node(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError as error:
        reason = f"right would be an absolute IRI; {error}"
        raise MalformedParameter("graph", reason) from error


@router.get(
    "/graphs",
    summary="A graph by its IRI, or all graphs",
    responses=_READ,
    response_class=Response,
    openapi_extra={"parameters": [*GRAPH, FORMAT]},
)
async def read_named(request: Request, here: _Here) -> Response:
    """A named graph (`?graph=`, its IRI) or the default graph (`?default`), whole; or all."""
    return await _read(request, here, named(request))


@router.get(
    "/graphs/{name:path}",
    summary="A graph by its address",
    responses=_READ,
    response_class=Response,
    openapi_extra={"parameters": [FORMAT]},
)
async def read_addressed(request: Request, name: str, here: _Here) -> Response:
    """The named graph whose IRI is this very address."""
    _ = name
    return await _read(request, here, addressed(request))


async def _read(request: Request, here: Scratch, graph: Graph) -> Response:
    choice = choose(request, GRAPH_FORMATS if graph is not None else _ALL_FORMATS)
    options = json_ld_options_of(request)
    job = job_for(_WHOLE, choice, is_whole=graph is None, json_ld_options=options)
    if isinstance(graph, NamedNode):
        job = replace(job, dataset=Dataset(default=(graph,)), graph=graph)
    return await ask(request, here, job, tag=tag_of_graph(here, choice, graph, options))


@router.put(
    "/graphs",
    summary="Let a graph be this",
    responses=_WRITTEN,
    response_class=Response,
    openapi_extra={"parameters": GRAPH, "requestBody": _BODY},
)
@router.delete(
    "/graphs",
    summary="Remove a graph",
    responses=_WRITTEN,
    response_class=Response,
    openapi_extra={"parameters": GRAPH},
)
async def write_named(request: Request, here: _Here) -> Response:
    """What the graph that the parameters name is to be; with none of them, what all are to be."""
    return await _write(request, here, named(request))


@router.post(
    "/graphs",
    summary="Add to a graph",
    responses=_WRITTEN,
    response_class=Response,
    openapi_extra={"parameters": GRAPH, "requestBody": _BODY},
)
async def add_to_named(request: Request, here: _Here) -> Response:
    """Add to the graph that the parameters name.

    With none of them, a format that has named graphs is added to these, and any other makes a new
    graph, whose address is the answer's `Location`.
    """
    graph = named(request)
    if graph is not None or named_type(request) in _WITH_GRAPHS:
        return await _write(request, here, graph)
    new = NamedNode(f"{iri_of(request)}/{uuid4()}")
    answer = await _write(request, here, new)
    answer.headers["Location"] = new.value
    return answer


@router.put(
    "/graphs/{name:path}",
    summary="Let the graph of this address be this",
    responses=_WRITTEN,
    response_class=Response,
    openapi_extra={"requestBody": _BODY},
)
@router.post(
    "/graphs/{name:path}",
    summary="Add to the graph of this address",
    responses=_WRITTEN,
    response_class=Response,
    openapi_extra={"requestBody": _BODY},
)
@router.delete(
    "/graphs/{name:path}",
    summary="Remove the graph of this address",
    responses=_WRITTEN,
    response_class=Response,
)
async def write_addressed(request: Request, name: str, here: _Here) -> Response:
    """What the named graph whose IRI is this very address is to be."""
    _ = name
    return await _write(request, here, addressed(request))


async def _write(request: Request, here: Scratch, graph: Graph) -> Response:
    authorise(request, here)
    act, most = _ACTS[request.method], here.settings.max_upload_bytes
    bodies = await read_uploads(request, most) if act is not Act.DROP else []
    change = GraphChange(
        act,
        graph,
        base_of(request) or (graph.value if isinstance(graph, NamedNode) else iri_of(request)),
        bodies,
        demand_of(request),
        most,
        json_ld_options_of(request),
        here.settings.context_folder,
    )
    is_new = await write(request, here, change, lambda now: check_tags(request, now, graph))
    return Response(status_code=201 if is_new else 204)
