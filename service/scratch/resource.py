"""/resource: one thing of the data, as a page or as a document for programs.

The description of a thing is what SPARQL's DESCRIBE returns: its statements, in whatever graphs
they stand, with those of the blank nodes that belong to it.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from fastapi import Request, Response
from pyoxigraph import Literal, NamedNode, Triple

from kg.describe.json_ld_context import Context
from kg.sources.prefixes import PrefixTable
from kg.store.sparql.query import Query
from service.answers.formats import GRAPH_FORMATS, HTML, Choice
from service.answers.json_ld_types import Thing
from service.answers.serialization import write_graph
from service.errors import MissingParameter, ResultTooLarge
from service.excerpts.reader import DataReader
from service.excerpts.thing import ThingExcerpt, description_query, find_dataset, read_thing
from service.http.conditional import conditional_response, entity_tag
from service.http.documents import WebLink, language_headers, link_header, to_uri
from service.http.negotiation import choose_page_language, negotiate
from service.http.openapi import FORMAT_PARAMETER, LANGUAGE_PARAMETER, Router, describe_parameter
from service.http.query_answer import answer_query
from service.http.request import all_values, base_url, client_key, query_parameters, single_value
from service.http.turns import in_turn
from service.pages.data.thing_page import document_address, page_links, write_thing_page
from service.queries.messages import QueryJob
from service.scratch.excerpt import answer_from_data, terms_for
from service.scratch.store import CurrentStore, ScratchStore

router = Router("Resources")

_IRI: Final = describe_parameter(
    "iri", "The IRI of a thing, or a CURIE with a prefix of the data.", required=True
)
_STATUSES: Final = (304, 400, 404, 406, 503, 504)
# JSON-LD has no empty prefix.
_EMPTY_PREFIX: Final = "ns"


@router.operation(
    "/resource",
    "Get a thing of the data",
    (*GRAPH_FORMATS, HTML),
    _STATUSES,
    answer=Thing,
    parameters=[_IRI, FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    operation_id="getResource",
)
async def resource(request: Request, store: CurrentStore) -> Response:
    """Return the page about a thing, or its description in the format that the client prefers.

    The page also shows what refers to the thing, and which graphs say so.
    """
    pairs = query_parameters(request)
    name = single_value(pairs, "iri")
    if not name:
        raise MissingParameter("iri", "expected the IRI of a thing")
    thing = store.prefixes.expand(name)
    accept = ",".join(request.headers.getlist("accept"))
    names = tuple(filter(None, all_values(pairs, "format")))
    # Not by `choose_format`: the context of JSON-LD is made for the document, which contains it.
    choice = negotiate(accept, (*GRAPH_FORMATS, HTML), format_names=names)
    if choice.format == HTML:
        return await _send_page(request, store, thing, choice)
    return await _send_document(request, store, thing, choice)


async def _send_page(
    request: Request, store: ScratchStore, thing: NamedNode, choice: Choice
) -> Response:
    language, host = choose_page_language(request), base_url(request)
    terms = terms_for(request, store, language)

    async def respond(excerpt: ThingExcerpt) -> Response:
        write = partial(write_thing_page, terms, excerpt, host, has_reasons=store.has_derived)
        headers = {
            **language_headers(language),
            "Link": link_header([WebLink("cite-as", to_uri(thing.value)), *page_links(thing)[:1]]),
        }
        send = partial(conditional_response, request, choice, write, thing.value, host)
        return await in_turn(request, partial(send, terms.key, headers=headers))

    return await answer_from_data(request, store, partial(read_thing, thing=thing), respond)


async def _send_document(
    request: Request, store: ScratchStore, thing: NamedNode, choice: Choice
) -> Response:
    reader = DataReader(store, client_key(request))
    dataset = await find_dataset(reader, thing)
    page = WebLink("describes", document_address(thing, HTML.name), HTML.media_type)
    links = [WebLink("describes", to_uri(thing.value)), page]
    headers = {**language_headers(None), "Link": link_header(links)}
    query = description_query(thing)
    try:
        triples = await reader.triples(query, dataset)
    except ResultTooLarge:
        # It is streamed, and JSON-LD is expanded.
        job = QueryJob(Query(query), choice, dataset=dataset)
        tag = entity_tag(store, choice, query, str(dataset))
        return await answer_query(request, store, job, tag=tag, others=headers)

    def write() -> bytes:
        prefixes, context = store.prefixes.namespaces, json_ld_context(store.prefixes, triples)
        return write_graph(triples, choice, context, root=thing, prefixes=prefixes)

    send = partial(conditional_response, request, choice, write, "resource", thing.value)
    return await in_turn(request, partial(send, headers=headers))


def json_ld_context(prefixes: PrefixTable, triples: Iterable[Triple]) -> Context:
    """Return a context with those prefixes that shorten an IRI of the triples."""
    curies = (prefixes.shorten(iri.value) for triple in triples for iri in _iris_of(triple))
    used = {curie.partition(":")[0] for curie in curies}
    usable = {
        name or _EMPTY_PREFIX: namespace
        for name, namespace in prefixes.namespaces.items()
        if name in used and namespace[-1:] in "#/:"
    }
    return Context({"@context": usable})


def _iris_of(triple: Triple) -> Iterator[NamedNode]:
    for term in triple:
        if isinstance(term, Literal):
            term = term.datatype
        if isinstance(term, NamedNode):
            yield term
