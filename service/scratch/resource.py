"""/resource: one thing of the data, as a page or as a document for programs.

The description of a thing is what SPARQL's DESCRIBE returns: its statements, in whatever graphs
they stand, with those of the blank nodes that belong to it. Formats with named graphs have what is
derived in the graph of that, and all others merge both.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from fastapi import Request, Response
from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.describe.json_ld_context import Context
from kg.reasoning.upkeep.entailment import DERIVED
from kg.sources.prefixes import PrefixTable
from kg.sparql.dataset import ENTAILMENTS, QueryDataset
from kg.sparql.query import Query
from service.answers.formats import GRAPH_FORMATS, HTML, QUAD_FORMATS, Choice
from service.answers.json_ld_types import Thing
from service.answers.serialization import write_graph
from service.errors import MissingParameter, ResultTooLarge
from service.excerpts.reader import DataReader
from service.excerpts.thing import ThingExcerpt, description_query, find_dataset, read_thing
from service.http.conditional import conditional_response, entity_tag
from service.http.documents import WebLink, language_headers, link_header, to_uri
from service.http.negotiation import choose_page_language, negotiate
from service.http.openapi import (
    ENTAILMENT_PARAMETER,
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    Router,
    describe_parameter,
)
from service.http.query_answer import answer_query
from service.http.request import (
    all_values,
    base_url,
    chosen_value,
    client_key,
    query_parameters,
    single_value,
)
from service.http.threads import in_thread
from service.pages.data.thing_page import document_address, page_links, write_thing_page
from service.queries.messages import QueryJob
from service.scratch.excerpt import answer_from_data, terms_for
from service.scratch.store import CurrentStore, ScratchStore

router = Router("Resources")

_IRI: Final = describe_parameter(
    "iri", "The IRI of a thing, or a CURIE with a prefix of the data.", required=True
)
_STATUSES: Final = (304, 400, 404, 406, 503, 504)
_ALL, _NONE = ENTAILMENTS


@router.operation(
    "/resource",
    "Get a thing of the data",
    (*GRAPH_FORMATS, HTML),
    _STATUSES,
    answer=Thing,
    parameters=[_IRI, ENTAILMENT_PARAMETER, FORMAT_PARAMETER, LANGUAGE_PARAMETER],
    operation_id="getResource",
)
async def resource(request: Request, store: CurrentStore) -> Response:
    """Return the page about a thing, or its description in the format that the client prefers.

    The page also shows what refers to the thing, and which graphs say so. In TriG, N-Quads and
    JSON-LD, derived triples stand in a graph of their own, `urn:x-glocal:derived`.
    """
    pairs = query_parameters(request)
    name = single_value(pairs, "iri")
    if not name:
        raise MissingParameter("iri", "expected the IRI of a thing")
    thing = store.prefixes.expand(name)
    entailment = chosen_value(pairs, "entailment", *ENTAILMENTS)
    if not store.has_derived:
        entailment = _ALL
    accept = ",".join(request.headers.getlist("accept"))
    names = tuple(filter(None, all_values(pairs, "format")))
    # Not by `choose_format`: the context of JSON-LD is made for the document, which contains it.
    choice = negotiate(accept, (*GRAPH_FORMATS, HTML), format_names=names)
    if choice.format == HTML:
        return await _send_page(request, store, thing, choice, entailment)
    return await _send_document(request, store, thing, choice, entailment)


async def _send_page(
    request: Request, store: ScratchStore, thing: NamedNode, choice: Choice, entailment: str
) -> Response:
    language, host = choose_page_language(request), base_url(request)
    terms = terms_for(request, store, language)

    async def respond(excerpt: ThingExcerpt) -> Response:
        write = partial(write_thing_page, terms, excerpt, host, has_reasons=store.has_derived)
        headers = {
            **language_headers(language),
            "Link": link_header(
                [WebLink("cite-as", to_uri(thing.value)), *page_links(terms.spell(thing))[:1]]
            ),
        }
        parts = thing.value, host, entailment, terms.key
        send = partial(conditional_response, request, choice, write, *parts)
        return await in_thread(request, partial(send, headers=headers))

    read = partial(read_thing, thing=thing)
    return await answer_from_data(request, store, read, respond, entailment)


async def _send_document(
    request: Request, store: ScratchStore, thing: NamedNode, choice: Choice, entailment: str
) -> Response:
    reader = DataReader(store, client_key(request), entailment)
    dataset = await find_dataset(reader, thing)
    name = store.prefixes.spell(thing.value)
    page = WebLink("describes", document_address(name, HTML.name), HTML.media_type)
    links = [WebLink("describes", to_uri(thing.value)), page]
    headers = {**language_headers(None), "Link": link_header(links)}
    query = description_query(thing)
    try:
        triples = await reader.triples(query, dataset)
        named = await _read_derived(reader, choice, query, dataset, triples)
    except ResultTooLarge:
        # It is streamed, with both merged, and JSON-LD is expanded.
        job = QueryJob(Query(query), choice, reader.entailment, dataset=dataset)
        tag = entity_tag(store, choice, query, reader.entailment, str(dataset))
        return await answer_query(request, store, job, tag=tag, others=headers)

    def write() -> bytes:
        prefixes, context = store.prefixes.namespaces, json_ld_context(store.prefixes, triples)
        derived = {quad.triple for quad in named}
        own = [triple for triple in triples if triple not in derived]
        return write_graph(
            own, choice, context, root=thing, named=named, prefixes=prefixes, with_lists=True
        )

    parts = "resource", thing.value, reader.entailment
    send = partial(conditional_response, request, choice, write, *parts)
    return await in_thread(request, partial(send, headers=headers))


async def _read_derived(
    reader: DataReader,
    choice: Choice,
    query: str,
    dataset: QueryDataset,
    triples: Iterable[Triple],
) -> list[Quad]:
    """Return those of the triples that are only derived, if the format can tell them apart."""
    if choice.format not in QUAD_FORMATS or DERIVED not in dataset.default:
        return []
    asserted = {*await replace(reader, entailment=_NONE).triples(query, dataset)}
    return [
        Quad(one.subject, one.predicate, one.object, DERIVED)
        for one in triples
        if one not in asserted
    ]


def json_ld_context(prefixes: PrefixTable, triples: Iterable[Triple]) -> Context:
    """Return a context with those prefixes that shorten an IRI of the triples."""
    iris = (iri.value for triple in triples for iri in _iris_of(triple))
    return Context({"@context": dict(prefixes.for_json_ld(iris).declared)})


def _iris_of(triple: Triple) -> Iterator[NamedNode]:
    for term in triple:
        if isinstance(term, Literal):
            term = term.datatype
        if isinstance(term, NamedNode):
            yield term
