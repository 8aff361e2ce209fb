"""/sparql: the SPARQL 1.1 Protocol, for queries."""

from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from kg.store.query import form_of, is_volatile
from kg.store.service_blocks import read_blocks
from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS
from service.answers.serialization import write_graph
from service.examples import examples
from service.http.conditional import answer, tag_of
from service.http.endpoint import Endpoint
from service.http.negotiation import choose
from service.http.observation import note
from service.http.openapi import DATASET, parameter, responses
from service.http.query_answer import ask, job_for, without_services
from service.http.request import CLIENT_GONE, FORM, UntilGone, base_of, iri_of
from service.pages.service_description import describe_service, page
from service.served import Served, served
from service.sparql_request import QUERY, SparqlRequest, read_request
from service.void import described

router = APIRouter(tags=["SPARQL"])

_TEXT: Final = parameter("query", "One SPARQL query. Without it: the service description.")
_FORM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["query"],
    "properties": {one["name"]: one["schema"] for one in (_TEXT, *DATASET)},
}
_BODY: Final = {
    "required": True,
    "content": {
        FORM: {"schema": _FORM_SCHEMA},
        QUERY: {"schema": {"type": "string", "description": "One SPARQL query, UTF-8."}},
    },
}
_FORMATS: Final = (*RESULT_FORMATS, *GRAPH_FORMATS)
_OFFERED: Final = {
    "SELECT": RESULT_FORMATS,
    "ASK": RESULT_FORMATS,
    "CONSTRUCT": GRAPH_FORMATS,
    "DESCRIBE": GRAPH_FORMATS,
}
_WHAT: Final = "Rows, a yes or no, or triples."


@router.get(
    "/sparql",
    summary="Ask by SPARQL, the query in the address",
    responses=responses((*_FORMATS, HTML), 304, 400, 403, 406, 414, 502, 503, 504, what=_WHAT),
    response_class=Response,
    openapi_extra={"parameters": [_TEXT, *DATASET]},
)
async def ask_by_get(request: Request) -> Response:
    """Run one SPARQL query; without a query, the description of the service in RDF or HTML."""
    # Not by FastAPI's dependencies, which take as long as all else that is done for a query here.
    asked, here = await read_request(request), await served(request)
    if asked.text is None:
        return await run_in_threadpool(_described, request, asked, here)
    return await answered(request, asked, asked.text, here)


@router.post(
    "/sparql",
    summary="Ask by SPARQL, the query in the body",
    responses=responses(_FORMATS, 400, 403, 406, 413, 415, 502, 503, 504, what=_WHAT),
    response_class=Response,
    openapi_extra={"requestBody": _BODY, "parameters": DATASET},
)
async def ask_by_post(request: Request) -> Response:
    """Run one SPARQL query, sent as a form or as it is (`application/sparql-query`)."""
    asked, here = await read_request(request), await served(request)
    return await answered(request, asked, asked.text or "", here)


async def answered(request: Request, asked: SparqlRequest, text: str, here: Endpoint) -> Response:
    """The answer to this query, asked of what `asked` says of it."""
    # Before the query is run, so that it is not run for nothing.
    offered = _OFFERED.get(form_of(text) or "", _FORMATS)
    choice = choose(request, offered, format_name=asked.format_name)
    # What is accepted is said of the answer, what is announced of the query.
    choice = replace(choice, version=choice.version or asked.version)
    endpoint = iri_of(request)
    job = job_for(
        text, choice, entailment=asked.entailment, dataset=asked.dataset, base_iri=endpoint
    )
    parts = (text, asked.entailment, str(asked.dataset), endpoint, choice.version)
    tag = None if is_volatile(text) else tag_of(here, choice, *parts)
    if blocks := read_blocks(text):
        note(request.scope, query=text)
        async with UntilGone(request.receive) as client:
            job = await without_services(request, here, job, blocks)
        if client.is_gone:
            return Response(status_code=CLIENT_GONE)
    return await ask(request, here, job, tag=tag, asked=text)


def _described(request: Request, asked: SparqlRequest, here: Served) -> Response:
    choice = choose(request, (*GRAPH_FORMATS, HTML), format_name=asked.format_name)
    endpoint = iri_of(request)

    def body() -> bytes:
        if choice.format == HTML:
            return page(here.store, here.settings, endpoint, here.queries.values())
        federates = bool(here.settings.services)
        service = describe_service(here.store, endpoint, federates=federates)
        # Editors look here for what they offer, where the graph itself does not say it.
        base = base_of(request)
        about = [*service, *described(here, base), *examples(here, base)]
        return write_graph(about, choice, here.context)

    texts = [query.text for query in here.every_query]
    parts = (endpoint, here.settings.model_dump_json(), here.void_digest, *texts)
    return answer(request, choice, body, tag=tag_of(here, choice, *parts))
