"""The service description of a scratch store: its current graphs and its features.

/ and /problems of a scratch service.
"""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from pyoxigraph import NamedNode, RdfFormat, Triple, serialize

from kg.namespaces import RDF
from service.answers.formats import HTML, JSON, RESULT_FORMATS, Choice
from service.answers.serialization import write_json
from service.http.conditional import conditional_response, entity_tag
from service.http.html import write_html_page
from service.http.negotiation import choose_format
from service.http.openapi import describe_responses
from service.http.query_answer import create_job, run_subquery
from service.pages.service_description import (
    SD,
    VOID,
    describe_capabilities,
    federation_note,
    graph_entry,
    integer_literal,
)
from service.routes import home
from service.scratch.store import ScratchStore, current_scratch_store

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
_DESCRIPTION_BODY: Final = """<h1>A SPARQL endpoint on a scratch store</h1>
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


async def describe_endpoint(
    store: ScratchStore, endpoint: str, choice: Choice, client: str
) -> bytes:
    """Describe the endpoint at this address in the store's current state, as RDF or a page.

    Raises:
        KgError: see `small`.
    """
    json_results = RESULT_FORMATS[0]
    job = create_job(_COUNTS, Choice(json_results, json_results.media_type))
    rows = json.loads(await run_subquery(store, job, client))["results"]["bindings"]
    counts = {row.get("graph", {}).get("value", ""): int(row["n"]["value"]) for row in rows}
    # The row without a graph counts the default graph.
    default = counts.pop("", 0)
    if choice.format == HTML:
        return _description_page(store, endpoint, {"default": default, **counts})
    triples = list(_triples(store, NamedNode(endpoint), default, counts))
    syntax = choice.format.syntax
    if not isinstance(syntax, RdfFormat):
        raise TypeError(f"expected a format for triples, got {choice.media_type}")
    return serialize(triples, format=syntax, prefixes={"sd": SD, "void": VOID}) or b""


def _triples(
    store: ScratchStore, service: NamedNode, default: int, counts: Mapping[str, int]
) -> Iterator[Triple]:
    endpoint = service.value
    dataset, graph = NamedNode(f"{endpoint}#dataset"), NamedNode(f"{endpoint}#default-graph")
    yield from describe_capabilities(service, _LABELS, federates=bool(store.settings.services))
    if store.token is not None:
        yield Triple(service, SD["supportedLanguage"], SD["SPARQL11Update"])
    yield Triple(service, SD["defaultDataset"], dataset)
    yield Triple(dataset, RDF["type"], SD["Dataset"])
    yield Triple(dataset, SD["defaultGraph"], graph)
    yield Triple(graph, RDF["type"], SD["Graph"])
    yield Triple(graph, VOID["triples"], integer_literal(default))
    for number, (name, count) in enumerate(counts.items()):
        entry, contents = graph_entry(endpoint, NamedNode(name)), NamedNode(f"{endpoint}#{number}")
        yield Triple(dataset, SD["namedGraph"], entry)
        yield Triple(entry, RDF["type"], SD["NamedGraph"])
        yield Triple(entry, SD["name"], NamedNode(name))
        yield Triple(entry, SD["graph"], contents)
        yield Triple(contents, RDF["type"], SD["Graph"])
        yield Triple(contents, VOID["triples"], integer_literal(count))


def _description_page(store: ScratchStore, endpoint: str, counts: Mapping[str, int]) -> bytes:
    rows = "\n".join(
        f'<tr><td>{escape(name)}<td class="number">{count:,}</tr>' for name, count in counts.items()
    )
    writing = _READ_ONLY if store.token is None else _WRITABLE
    services = federation_note(store.settings)
    body = _DESCRIPTION_BODY.format(
        endpoint=escape(endpoint), writing=writing, services=services, rows=rows
    )
    return write_html_page("The SPARQL endpoint of a scratch store", body)


router = APIRouter(tags=["Doors"])

INTERFACES: Final = {
    "/sparql": "SPARQL 1.1 queries by GET and POST, updates by POST; without either, the service "
    "description.",
    "/graphs": "Graph Store Protocol: all graphs, ?default, ?graph=IRI, or a graph by a path such "
    "as /graphs/people/1.",
    **{path: home.INTERFACES[path] for path in ("/healthz", "/readyz", "/metrics")},
    **{path: home.INTERFACES[path] for path in ("/openapi.json", "/problems")},
}
_HOME_BODY: Final = """<h1>A scratch store</h1>
<p>The data is held in memory, and is lost when the service ends.</p>
<form action="/sparql">
  <label for="query">A SPARQL query</label>
  <textarea id="query" name="query" rows="9">SELECT * {{ ?s ?p ?o }} LIMIT 100</textarea>
  <button name="format" value="json">Run query</button>
  <button name="format" value="csv">Run query, as a table (CSV)</button>
</form>
<h2>Interfaces</h2>
<dl>{doors}</dl>"""


@router.get(
    "/",
    summary="The interfaces of the service",
    responses=describe_responses((JSON, HTML), 304, 406),
    response_class=Response,
)
def index(
    request: Request, store: Annotated[ScratchStore, Depends(current_scratch_store)]
) -> Response:
    """All that the service offers, for people (HTML) and for programs (JSON)."""
    choice = choose_format(request, (JSON, HTML))
    listing = {"release": store.release_hash, "version": store.version, "doors": INTERFACES}
    body = write_json(listing) if choice.format == JSON else _home_page()
    headers = {"Cache-Control": store.freshness}
    return conditional_response(
        request, choice, lambda: body, tag=entity_tag(store, choice, "doors"), headers=headers
    )


def _home_page() -> bytes:
    listed = "\n".join(
        f'<dt><a href="{escape(path)}">{escape(path)}</a><dd>{escape(text)}'
        for path, text in INTERFACES.items()
    )
    return write_html_page("A scratch store - Glocal", _HOME_BODY.format(doors=listed))


for shared_path in ("/problems", "/problems/{slug}"):
    router.routes += [
        route for route in home.router.routes if getattr(route, "path", "") == shared_path
    ]
