"""/id, /source, /evidence, /graph, /rule and /contradiction: all resources of a kind, in pages."""

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from pyoxigraph import NamedNode, QueryResultsFormat, Triple, parse_query_results

from kg.describe.collection import CollectionPage, select_members, write_nested, write_table
from kg.describe.description import literals
from kg.describe.json_ld_context import COMPACTED_ONLY
from kg.errors import UnknownName
from kg.linking.reconciliation_terms import term_identifier
from kg.linking.resolver import Resolver
from kg.namespaces import GLOCAL, GRAPH, OWL, RDF, RDFS
from kg.sparql.query import Query
from kg.store.quad_store import Store
from service.answers.formats import (
    HTML,
    JSON_LD,
    N_TRIPLES,
    RDF_XML,
    RESULTS_CSV,
    RESULTS_JSON,
    TURTLE,
    Choice,
)
from service.answers.json_ld_types import ResourceCollection
from service.answers.serialization import write_graph
from service.errors import PageBeyondEnd
from service.http import openapi
from service.http.conditional import conditional_response
from service.http.documents import WebLink, language_headers, page_links
from service.http.negotiation import Language, choose_format, choose_page_language
from service.http.openapi import Router, describe_parameter
from service.http.query_answer import run_whole
from service.http.request import (
    base_url,
    client_key,
    number_value,
    query_parameters,
    query_string_with,
    single_value,
)
from service.http.threads import in_thread
from service.http.views import choose_view_in_thread
from service.queries.messages import QueryJob
from service.routes.resources import NAME_PARAMETERS, ResourceKind
from service.served import CurrentRelease, ServedRelease

router = Router("Resources")

_FORMATS: Final = (JSON_LD, TURTLE, N_TRIPLES, RDF_XML, RESULTS_CSV, HTML)
_SOLUTIONS: Final = Choice(RESULTS_JSON, RESULTS_JSON.media_type)
_USUAL_SIZE: Final = 100
_MAX_SIZE: Final = 1_000
_MAX_PAGE: Final = 10**9
# The parameters that say which members a collection has; the others choose a page and its form.
_DEFINING: Final = ("type", "view", "world")
# The names of the relations between pages in Link headers, where they differ from those of Hydra.
_LINK_RELATIONS: Final = {"previous": "prev"}


@router.operation(
    "/{kind:kind}",
    "List the resources of a kind",
    _FORMATS,
    (304, 400, 404, 406, 503, 504),
    what="A page of a hydra:Collection.",
    parameters=[
        NAME_PARAMETERS[0],
        describe_parameter("type", "The class of the members: `City`, `glocal:City` or an IRI."),
        describe_parameter("page", "The number of the page, from 1 on.", type="integer", minimum=1),
        describe_parameter(
            "size",
            "The most members on a page.",
            type="integer",
            minimum=1,
            maximum=_MAX_SIZE,
            default=_USUAL_SIZE,
        ),
        *openapi.VIEW_PARAMETERS,
        openapi.FORMAT_PARAMETER,
        openapi.LANGUAGE_PARAMETER,
    ],
    operation_id="listResources",
    answer=ResourceCollection,
)
async def collection(request: Request, kind: ResourceKind, release: CurrentRelease) -> Response:
    """List the resources of a kind by IRI, or those of a class: with types, labels, descriptions.

    The document has the number of all members and leads to the first, the previous, the next and
    the last page, and so do the Link headers. Members that are in a class by derivation are listed
    too, in the view that the request names.
    """
    pairs = query_parameters(request)
    choice = choose_format(request, _FORMATS)
    number = number_value(pairs, "page", 1, range(1, _MAX_PAGE))
    size = number_value(pairs, "size", _USUAL_SIZE, range(1, _MAX_SIZE + 1))
    resolver = release.resolver(request)
    view = await choose_view_in_thread(request, resolver, pairs)
    name = single_value(pairs, "type")
    class_ = None
    if name:
        class_ = await in_thread(request, partial(find_class, release, resolver, name))
    query = select_members(
        kind.namespace,
        class_,
        are_graphs=kind.is_graph,
        limit=size,
        offset=(number - 1) * size,
        as_read=choice.format == HTML and kind is ResourceKind.source,
    )
    job = QueryJob(Query(query), _SOLUTIONS, view=view)
    body = await run_whole(release.shared_queries, job, client_key(request))
    members, total = read_members(body)
    last = max(1, -(-total // size))
    if number > last:
        raise PageBeyondEnd(number, last)
    page = _make_page(request, kind, members, total, number, last)
    return await in_thread(
        request, lambda: _send(request, release.in_view(view), choice, page, class_)
    )


@router.operation("/{kind:kind}/", "", (), (307,), include_in_schema=False)
def slash(request: Request, kind: ResourceKind) -> Response:
    """Redirect from a path with a slash at its end."""
    query, root = request.url.query, request.scope.get("root_path", "")
    target = f"{root}/{kind.value}{f'?{query}' if query else ''}"
    return Response(status_code=307, headers={"Location": target})


def find_class(release: ServedRelease, resolver: Resolver, name: str) -> NamedNode:
    """Return the class with this JSON-LD name or any other; it may have no members.

    Raises UnknownName if the release neither declares it nor has a member of it.
    """
    store, class_ = release.store, None if ":" in name else release.context.expand(name)
    if class_ is None:
        with suppress(UnknownName):
            class_ = resolver.resolve(name, namespace=GLOCAL)
    if class_ and (
        any(_declarations(store, class_)) or any(store.triples(None, RDF["type"], class_))
    ):
        return class_
    declared = {triple.subject for triple in _declarations(store)}
    classes = [term_identifier(one) for one in declared if isinstance(one, NamedNode)]
    identifier = term_identifier(class_) if class_ else name
    raise UnknownName(identifier, sorted(classes), kind="class")


def _declarations(store: Store, class_: NamedNode | None = None) -> Iterator[Triple]:
    return store.triples(class_, RDF["type"], OWL["Class"], graph=GRAPH["ontology"])


def read_members(body: bytes) -> tuple[list[NamedNode], int]:
    """Read the rows of `select_members`: the members, and the number of all."""
    rows: Any = parse_query_results(body, format=QueryResultsFormat.JSON)
    found = [(row["member"], int(row["total"].value)) for row in rows]
    return [member for member, _ in found if member is not None], found[0][1]


def _make_page(
    request: Request,
    kind: ResourceKind,
    members: list[NamedNode],
    total: int,
    number: int,
    last: int,
) -> CollectionPage:
    url = f"{base_url(request)}{kind.value}"
    numbers = {"first": 1, "previous": number - 1, "next": number + 1, "last": last}
    defining = [pair for pair in query_parameters(request) if pair[0] in _DEFINING and pair[1]]
    pages = {
        relation: NamedNode(f"{url}?{query_string_with(request, page=other)}")
        for relation, other in numbers.items()
        if 1 <= other <= last
    }
    return CollectionPage(
        NamedNode(f"{url}?{urlencode(defining)}" if defining else url),
        NamedNode(f"{url}?{query_string_with(request, page=number)}"),
        members,
        total,
        pages,
    )


def _send(
    request: Request,
    release: ServedRelease,
    choice: Choice,
    page: CollectionPage,
    class_: NamedNode | None,
) -> Response:
    language = choose_page_language(request) if choice.format == HTML else None

    def body() -> bytes:
        if choice.format == RESULTS_CSV:
            return write_table(release.store, page.members, release.content.languages)
        if language is not None:
            return _write_page(request, release, page, class_, language)
        triples = page.triples(release.store)
        if choice.format == JSON_LD and choice.profiles == COMPACTED_ONLY:
            return write_nested(release.context, choice.context, page, triples)
        return write_graph(triples, choice, release.context, root=page.collection)

    links = (
        WebLink(_LINK_RELATIONS.get(name, name), iri.value) for name, iri in page.others.items()
    )
    headers = {"Link": page_links(links), **language_headers(language)}
    parts = (page.address.value, *map(str, language or ()))
    return conditional_response(request, choice, body, *parts, headers=headers)


def _write_page(
    request: Request,
    release: ServedRelease,
    page: CollectionPage,
    class_: NamedNode | None,
    language: Language,
) -> bytes:
    terms, path = release.page_terms(language), request.scope["path"]
    kind = path.strip("/").partition("/")[0]
    listed = terms.label(class_).value if class_ else terms.words[f"collection-{kind}"]
    pairs = [pair for pair in query_parameters(request) if pair[0] != "lang"]
    labels = {one: literals(release.store, one, RDFS["label"]) for one in page.members}
    return terms.write_page(
        "collection.html",
        title=terms.words["collection"].format(kind=listed, total=f"{page.total:,}"),
        path=f"{path}?{urlencode(pairs)}" if pairs else path,
        place="explore",
        rows=[(one, terms.sorted_texts(texts)) for one, texts in labels.items()],
        others={relation: address.value for relation, address in page.others.items()},
    )
