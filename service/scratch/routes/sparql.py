"""/sparql: the SPARQL 1.1 Protocol for queries and updates (section 2.2), and the description.

Queries are read and run as on a release; the description lists the graphs as they are now.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from kg.errors import MalformedParameter
from kg.namespaces import RDF, SD, VOID
from kg.store.dataset import ENTAILMENTS, QueryDataset
from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS, Choice
from service.errors import ContentTooLarge
from service.http.conditional import conditional_response, entity_tag
from service.http.html import write_html_page
from service.http.negotiation import choose_format
from service.http.observation import note_for_log
from service.http.openapi import (
    DATASET_PARAMETERS,
    ENTAILMENT_PARAMETER,
    describe_parameter,
    describe_responses,
)
from service.http.query_answer import client_key, create_job, run_subquery
from service.http.request import (
    FORM_MEDIA_TYPE,
    UPDATE_MEDIA_TYPE,
    Parameters,
    accepted_media_type,
    all_values,
    decode_utf8,
    query_parameters,
    read_body,
    request_iri,
    single_value,
)
from service.pages.service_description import (
    describe_capabilities,
    federation_note,
    graph_entry,
)
from service.queries.messages import Update
from service.routes.sparql import (
    ANSWER,
    ANSWER_FORMATS,
    BYTES_PER_CHARACTER,
    GET_RESPONSES,
    OTHER_BYTES,
    QUERY_BODY,
    QUERY_MEDIA_TYPE,
    QUERY_PARAMETER,
    SparqlRequest,
    check_posted_query,
    graphs_of,
    parse_parameters,
    posted_parameters,
    read_sparql_request,
    run_query,
)
from service.scratch.store import CurrentStore, ScratchStore, apply_change, require_write_access

router = APIRouter(tags=["SPARQL"], default_response_class=Response)

# In a form, each byte may be percent-encoded.
_FORM_BYTES_PER_BYTE: Final = 3
# The parameters of queries, and those that correspond to them in updates.
_UPDATE_PARAMETERS: Final = {
    "default-graph-uri": "using-graph-uri",
    "named-graph-uri": "using-named-graph-uri",
}
_UPDATE: Final = describe_parameter("update", "A SPARQL Update request, instead of a query.")
_USING: Final = [
    {**describe_parameter(f"using-{name}", text), "schema": DATASET_PARAMETERS[0]["schema"]}
    for name, text in (
        ("graph-uri", "For an update: a graph to merge into the default graph of its patterns."),
        ("named-graph-uri", "For an update: a named graph of its patterns."),
    )
]
_DATASET: Final = [field for field in DATASET_PARAMETERS if field != ENTAILMENT_PARAMETER]
_FORM_SCHEMA: Final = {
    "type": "object",
    "properties": {
        field["name"]: field["schema"] for field in (QUERY_PARAMETER, _UPDATE, *_DATASET, *_USING)
    },
}
_BODY: Final = {
    "required": True,
    "content": {
        FORM_MEDIA_TYPE: {"schema": _FORM_SCHEMA},
        QUERY_MEDIA_TYPE: QUERY_BODY,
        UPDATE_MEDIA_TYPE: {
            "schema": {"type": "string", "description": "A SPARQL Update request, in UTF-8."}
        },
    },
}
# Graphs beyond this number exist, but are not listed.
_MAX_GRAPHS: Final = 5000
_COUNTS: Final = (
    "SELECT ?graph (COUNT(?s) AS ?n) { { ?s ?p ?o } UNION "
    "{ GRAPH ?graph { OPTIONAL { ?s ?p ?o } } } } "
    f"GROUP BY ?graph ORDER BY ?graph LIMIT {_MAX_GRAPHS}"
)
_LABELS: Final = (
    "SPARQL endpoint of a scratch store, in memory only",
    "临时存储的 SPARQL 端点，数据仅在内存中",
)
_DESCRIPTION_PAGE: Final = """<h1>A SPARQL endpoint on a scratch store</h1>
<p><code>{endpoint}</code> answers SPARQL 1.1 queries by GET and POST. {writing} The data is held
in memory, and is lost when the service ends. {services}</p>
<p>For programs, this description is available at the same address as RDF:
<a href="?format=ttl">Turtle</a>. The graphs can be read at
<a href="graphs?format=nq">graphs</a>.</p>
<table><tr><th>graph<th>triples</tr>
{rows}</table>"""
_READ_ONLY: Final = "It is read-only."
_WRITABLE: Final = (
    "With its token, it can be changed by SPARQL Update and the Graph Store Protocol."
)


@dataclass(frozen=True)
class UpdateRequest:
    """An update, with the dataset of its patterns."""

    text: str
    using: QueryDataset | None


@router.get(
    "/sparql",
    summary="Run a SPARQL query sent in the address",
    responses=GET_RESPONSES,
    openapi_extra={"parameters": [QUERY_PARAMETER, *_DATASET]},
)
async def ask_by_get(request: Request, store: CurrentStore) -> Response:
    """Run a SPARQL query, or without one return the service description, in RDF or HTML."""
    query = _without_entailment(await read_sparql_request(request))
    if query.text is not None:
        return await run_query(request, query, store)
    choice = choose_format(request, (*GRAPH_FORMATS, HTML), format_name=query.format_name)
    endpoint = request_iri(request)
    body = await _describe_endpoint(store, endpoint, choice, client_key(request))
    headers = {"Cache-Control": store.cache_control}
    tag = entity_tag(store, choice, endpoint, body.decode())
    return conditional_response(request, choice, lambda: body, tag=tag, headers=headers)


@router.post(
    "/sparql",
    summary="Run a SPARQL query or update sent in the body",
    responses=describe_responses(
        ANSWER_FORMATS, 204, 400, 401, 403, 406, 409, 413, 415, 502, 503, 504, what=ANSWER
    ),
    openapi_extra={"requestBody": _BODY, "parameters": [*_DATASET, *_USING]},
)
async def ask_or_change_by_post(request: Request, store: CurrentStore) -> Response:
    """Run a SPARQL query or update, sent in a form or directly.

    An update is atomic: it is made completely or not at all. Once it is answered, every query sees
    it.
    """
    posted = await _read_post(request, store)
    if isinstance(posted, SparqlRequest):
        return await run_query(request, posted, store)
    note_for_log(request.scope, query=posted.text)
    update = Update(posted.text, request_iri(request), posted.using)
    await apply_change(request, store, update, lambda _: None)
    return Response(status_code=204)


async def _read_post(request: Request, store: ScratchStore) -> SparqlRequest | UpdateRequest:
    """Read the query or update of a POST, sent in a form or directly.

    Raises:
        Unauthorized, Forbidden, NotWritable: an update by a client without write access.
        MissingParameter: the request has neither a query nor an update.
        MalformedParameter: it has both, or one of them is malformed.
        UnsupportedMediaType, ContentTooLarge: see `read_body`.
    """
    max_characters = store.settings.max_query_characters
    max_bytes = store.settings.max_update_bytes
    media_type = accepted_media_type(
        request, [FORM_MEDIA_TYPE, QUERY_MEDIA_TYPE, UPDATE_MEDIA_TYPE]
    )
    if media_type == UPDATE_MEDIA_TYPE:
        require_write_access(request, store)
        text = decode_utf8(await read_body(request, max_bytes), "the body")
        return _parse_update([*query_parameters(request), ("update", text)], max_bytes)
    form_bytes = _FORM_BYTES_PER_BYTE * max_bytes if media_type == FORM_MEDIA_TYPE else 0
    query_bytes = BYTES_PER_CHARACTER * max_characters
    body = await read_body(request, max(form_bytes, query_bytes) + OTHER_BYTES)
    pairs = posted_parameters(request, body)
    if all_values(pairs, "update"):
        if media_type == QUERY_MEDIA_TYPE:
            raise MalformedParameter("update", "is given with a query; expected only one of them")
        require_write_access(request, store)
        return _parse_update(pairs, max_bytes)
    query = _without_entailment(parse_parameters(pairs))
    check_posted_query(query, max_characters, expected="exactly one query or one update in a POST")
    return query


def _parse_update(pairs: Parameters, max_bytes: int) -> UpdateRequest:
    text = single_value(pairs, "update") or ""
    if all_values(pairs, "query"):
        raise MalformedParameter("query", "is given with an update; expected only one of them")
    for query_name, update_name in _UPDATE_PARAMETERS.items():
        if all_values(pairs, query_name):
            reason = f"is for queries; expected {update_name} for an update"
            raise MalformedParameter(query_name, reason)
    if len(text.encode()) > max_bytes:
        raise ContentTooLarge(max_bytes, "bytes")
    default, named = (graphs_of(pairs, name) for name in _UPDATE_PARAMETERS.values())
    return UpdateRequest(text, QueryDataset(default, named) if default or named else None)


def _without_entailment(query: SparqlRequest) -> SparqlRequest:
    """Return the request, after checking that it does not set the entailment."""
    if query.entailment != ENTAILMENTS[0]:
        reason = f"'{query.entailment}' has no meaning for a scratch store"
        raise MalformedParameter(
            "entailment", f"{reason}, which has no derived triples; expected no such parameter"
        )
    return query


async def _describe_endpoint(
    store: ScratchStore, endpoint: str, choice: Choice, client: str
) -> bytes:
    """Describe the endpoint at this address in the store's current state, as RDF or a page."""
    json_results = RESULT_FORMATS[0]
    job = create_job(_COUNTS, Choice(json_results, json_results.media_type))
    rows = json.loads(await run_subquery(store, job, client))["results"]["bindings"]
    counts = {row.get("graph", {}).get("value", ""): int(row["n"]["value"]) for row in rows}
    # The row without a graph counts the default graph.
    default = counts.pop("", 0)
    if choice.format == HTML:
        return _description_page(store, endpoint, {"default": default, **counts})
    triples = list(_description(store, NamedNode(endpoint), default, counts))
    syntax = choice.format.syntax
    if not isinstance(syntax, RdfFormat):
        raise TypeError(f"expected a format for triples, got {choice.media_type}")
    return serialize(triples, format=syntax, prefixes={"sd": SD, "void": VOID}) or b""


def _description(
    store: ScratchStore, service: NamedNode, default: int, counts: Mapping[str, int]
) -> Iterator[Triple]:
    endpoint = service.value
    dataset, graph = NamedNode(f"{endpoint}#dataset"), NamedNode(f"{endpoint}#default-graph")
    yield from describe_capabilities(service, _LABELS, federates=bool(store.settings.services))
    if store.may_change:
        yield Triple(service, SD["supportedLanguage"], SD["SPARQL11Update"])
    yield Triple(service, SD["defaultDataset"], dataset)
    yield Triple(dataset, RDF["type"], SD["Dataset"])
    yield Triple(dataset, SD["defaultGraph"], graph)
    yield Triple(graph, RDF["type"], SD["Graph"])
    yield Triple(graph, VOID["triples"], Literal(default))
    for number, (name, count) in enumerate(counts.items()):
        entry, contents = graph_entry(endpoint, NamedNode(name)), NamedNode(f"{endpoint}#{number}")
        yield Triple(dataset, SD["namedGraph"], entry)
        yield Triple(entry, RDF["type"], SD["NamedGraph"])
        yield Triple(entry, SD["name"], NamedNode(name))
        yield Triple(entry, SD["graph"], contents)
        yield Triple(contents, RDF["type"], SD["Graph"])
        yield Triple(contents, VOID["triples"], Literal(count))


def _description_page(store: ScratchStore, endpoint: str, counts: Mapping[str, int]) -> bytes:
    body = _DESCRIPTION_PAGE.format(
        endpoint=escape(endpoint),
        writing=_WRITABLE if store.may_change else _READ_ONLY,
        services=federation_note(store.settings),
        rows="\n".join(
            f'<tr><td>{escape(name)}<td class="number">{count:,}</tr>'
            for name, count in counts.items()
        ),
    )
    return write_html_page("The SPARQL endpoint of a scratch store", body)
