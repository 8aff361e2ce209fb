"""/graphs: read graphs by the SPARQL 1.1 Graph Store HTTP Protocol.

Where graphs cannot be changed, PUT, POST, PATCH and DELETE get a 405 with the allowed methods.
Where JSON-LD is written expanded, the query string may have the options of the JSON-LD API, under
their names there.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from fastapi import Request, Response
from pyoxigraph import DefaultGraph, NamedNode

from kg.errors import MalformedParameter
from kg.sparql.dataset import ENTAILMENTS, QueryDataset
from kg.sparql.query import Query
from service.answers.formats import GRAPH_FORMATS, JSON_LD, N_QUADS, TRIG, Choice
from service.errors import MissingParameter
from service.http.conditional import entity_tag
from service.http.endpoint import CurrentEndpoint, Endpoint
from service.http.negotiation import choose_format
from service.http.openapi import FORMAT_PARAMETER, GRAPH_PARAMETERS, Router, describe_parameter
from service.http.query_answer import answer_query
from service.http.request import all_values, parse_iri, query_parameters, single_value
from service.http.threads import in_thread
from service.queries.messages import QueryJob

router = Router("Graph store")

# None stands for all graphs.
Graph = NamedNode | DefaultGraph | None
CONTENT: Final = "The triples of the graph."
STATUSES: Final = (304, 400, 404, 406, 414, 503, 504)
ALL_GRAPHS_FORMATS: Final = (N_QUADS, TRIG, JSON_LD)
_GRAPH_QUERY: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
# By option of JSON-LD, the allowed values; if there are none, any absolute IRI.
_OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "processingMode": ("json-ld-1.1", "json-ld-1.0"),
    "expandContext": (),
    "rdfDirection": ("i18n-datatype", "compound-literal"),
    "useNativeTypes": ("false", "true"),
    "useRdfType": ("false", "true"),
}
_BOOLEANS: Final = {"true": True, "false": False}
GRAPH_NAME: Final = describe_parameter(
    "name", "The IRI of a graph without the base IRI of its data set.", place="path"
)
JSON_LD_PARAMETERS: Final = [
    describe_parameter(
        name,
        "An option of the JSON-LD API, for JSON-LD only.",
        **({"enum": list(values)} if values else {"format": "iri"}),
    )
    for name, values in _OPTIONS.items()
]


@router.operation(
    "/graphs",
    "A graph by its IRI",
    GRAPH_FORMATS,
    STATUSES,
    what=CONTENT,
    parameters=[*GRAPH_PARAMETERS, FORMAT_PARAMETER],
    operation_id="getGraph",
)
async def indirect(request: Request, endpoint: CurrentEndpoint) -> Response:
    """The whole of a named graph (`?graph=IRI`) or of the default graph (`?default`)."""
    graph = graph_from_parameters(request)
    if graph is None and not endpoint.is_scratch:
        raise MissingParameter("graph", "expected exactly one of graph=IRI and default")
    return await _send_graph(request, endpoint, graph)


@router.operation(
    "/graphs/{name:path}",
    "A graph by its address",
    GRAPH_FORMATS,
    STATUSES,
    what=CONTENT,
    parameters=[GRAPH_NAME, FORMAT_PARAMETER],
    operation_id="getGraphByAddress",
)
async def direct(request: Request, name: str, endpoint: CurrentEndpoint) -> Response:
    """The named graph whose IRI is this URL, or else the base IRI followed by this name."""
    # In a thread: finding names similar to an unknown one takes long.
    graph = await in_thread(request, partial(endpoint.graph_at, request, name))
    return await _send_graph(request, endpoint, graph)


async def _send_graph(request: Request, endpoint: Endpoint, graph: Graph) -> Response:
    """Respond with a whole graph; a query process reads it, since it can be large."""
    choice = choose_format(request, ALL_GRAPHS_FORMATS if graph is None else GRAPH_FORMATS)
    options = json_ld_options(request) if endpoint.context_version is None else {}
    # What is read can be written back, so it has nothing that only follows.
    entailment = ENTAILMENTS[-1 if endpoint.is_scratch and endpoint.has_derived else 0]
    job = QueryJob(Query(_GRAPH_QUERY), choice, entailment, json_ld_options=options)
    if isinstance(graph, NamedNode):
        dataset = QueryDataset(default=(graph,))
        job = replace(job, dataset=dataset, graph=graph, entailment=ENTAILMENTS[0])
    elif graph is None:
        job = replace(job, dumps_all_quads=True)
    tag = graph_entity_tag(endpoint, choice, graph, options)
    return await answer_query(request, endpoint, job, tag=tag)


def graph_entity_tag(
    endpoint: Endpoint, choice: Choice, graph: Graph, options: Mapping[str, str | bool]
) -> str:
    """Return the entity tag of a graph in this state and format, with these JSON-LD options."""
    parts = (str(graph), choice.version, *map(str, options.items()))
    return entity_tag(endpoint, choice, "graph", *parts)


def graph_from_parameters(request: Request) -> Graph:
    """Return the graph that the query parameters name, or None if they name none.

    Raises MissingParameter if they name two, and MalformedParameter if a name is no absolute IRI.
    """
    pairs = query_parameters(request)
    iri, is_default = single_value(pairs, "graph"), bool(all_values(pairs, "default"))
    if iri is None:
        return DefaultGraph() if is_default else None
    if is_default:
        raise MissingParameter("graph", "expected either graph=IRI or default, not both")
    return parse_iri("graph", iri)


def json_ld_options(request: Request) -> dict[str, str | bool]:
    """Return the options of the JSON-LD API in the query string.

    Raises MalformedParameter if an option has a value that it may not have.
    """
    options: dict[str, str | bool] = {}
    for name, values in _OPTIONS.items():
        if (value := single_value(query_parameters(request), name)) is None:
            continue
        if not values:
            parse_iri(name, value)
        elif value not in values:
            raise MalformedParameter(name, f"expected {' or '.join(values)}, got '{value}'")
        options[name] = _BOOLEANS.get(value, value)
    return options
