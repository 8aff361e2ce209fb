"""An HTTP request -> the query that it asks (SPARQL 1.1 Protocol, section 2.1).

/sparql: the SPARQL 1.1 Protocol, for queries.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pyoxigraph import NamedNode

from kg.errors import MalformedParameter
from kg.store.dataset import ENTAILMENTS, Dataset
from kg.store.query import form_of, is_volatile, version_of
from kg.store.service_blocks import read_blocks
from service.answers.formats import GRAPH_FORMATS, HTML, RESULT_FORMATS, VERSIONS
from service.answers.serialization import write_graph
from service.errors import AddressTooLong, ContentTooLarge, MissingParameter, ReadOnly
from service.http.conditional import answer, tag_of
from service.http.endpoint import Endpoint, endpoint
from service.http.negotiation import choose
from service.http.observation import note
from service.http.openapi import DATASET, parameter, responses
from service.http.query_answer import ask, job_for, without_services
from service.http.request import (
    CLIENT_GONE,
    FORM,
    UPDATE,
    Pairs,
    UntilGone,
    base_of,
    decoded,
    every,
    in_address,
    iri_of,
    media_type_of,
    named_type,
    pairs_of,
    parameters_of,
    read_body,
    single,
)
from service.pages.service_description import describe_service, page
from service.routes.well_known import described, examples
from service.served import Served, served

QUERY: Final = "application/sparql-query"
# A character is at most four bytes, each at most three when percent-encoded; the rest is room
# for the other parameters.
BYTES_PER_CHARACTER: Final = 12
OTHER_BYTES: Final = 65_536


@dataclass(frozen=True)
class SparqlRequest:
    """One query with its dataset; `text` is none where the client asked for nothing.

    `version` is what the request or the query itself announces (SPARQL 1.2 Protocol), or empty.
    """

    text: str | None
    dataset: Dataset | None
    entailment: str
    format_name: str | None
    version: str


async def read_request(request: Request) -> SparqlRequest:
    """The query of a GET, a form POST or a direct POST.

    Raises:
        MissingParameter: not exactly one query where there has to be one.
        MalformedParameter: not UTF-8, no IRI, or given twice.
        ReadOnly: an update.
        UnsupportedMediaType: a body of another type.
        ContentTooLarge, AddressTooLong: longer than the setting allows.
    """
    addressed = in_address(request)
    limit = (await endpoint(request)).settings.max_query_characters
    if request.method != "POST":
        if every(addressed, "update"):
            raise MalformedParameter("update", "nothing is changed by GET; an update is a POST")
        return with_limit(request_of(addressed), AddressTooLong("query", limit), limit)
    if named_type(request) == UPDATE:
        raise ReadOnly
    media_type = media_type_of(request, [FORM, QUERY])
    body = await read_body(request, BYTES_PER_CHARACTER * limit + OTHER_BYTES)
    if media_type == FORM:
        pairs: Pairs = [*addressed, *pairs_of(body, "the body")]
    else:
        pairs = [*addressed, ("query", decoded(body, "the body"))]
        pairs += [("version", one) for one in parameters_of(request, "version")]
    if every(pairs, "update"):
        raise ReadOnly
    found = request_of(pairs)
    if found.text is None:
        raise MissingParameter("query", "a POST has to bring exactly one query")
    return with_limit(found, ContentTooLarge(limit, "characters"), limit)


def request_of(pairs: Pairs) -> SparqlRequest:
    """The query that these parameters are.

    Raises:
        MalformedParameter: one of them has the wrong form, or is given twice.
    """
    return SparqlRequest(
        text=single(pairs, "query"),
        dataset=_dataset(pairs),
        entailment=single(pairs, "entailment") or ENTAILMENTS[0],
        format_name=single(pairs, "format") or None,
        version=_version(pairs),
    )


def _version(pairs: Pairs) -> str:
    """What the parameter says, or else the query itself."""
    version = single(pairs, "version")
    if version is None:
        announced = version_of(single(pairs, "query") or "")
        return announced if announced in VERSIONS else ""
    if version not in VERSIONS:
        raise MalformedParameter("version", f"'{version}' is none of {', '.join(VERSIONS)}")
    return version


def with_limit(
    found: SparqlRequest, error: AddressTooLong | ContentTooLarge, limit: int
) -> SparqlRequest:
    """The request, unless its query has more characters than that."""
    if found.text is not None and len(found.text) > limit:
        raise error
    return found


def _dataset(pairs: Pairs) -> Dataset | None:
    """What the client names; where it names only the one part, the other is empty."""
    default = graphs_of(pairs, "default-graph-uri")
    named = graphs_of(pairs, "named-graph-uri")
    return Dataset(default, named) if default or named else None


def graphs_of(pairs: Pairs, name: str) -> tuple[NamedNode, ...]:
    """The graphs that the parameters of this name are.

    Raises:
        MalformedParameter: one is no absolute IRI.
    """
    try:
        return tuple(NamedNode(value) for value in every(pairs, name))
    except ValueError as error:
        reason = f"right would be an absolute IRI; {error}"
        raise MalformedParameter(name, reason) from error


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
