"""/search, /classes and /classes/{name}: find things, and list the members of classes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, TypeVar
from urllib.parse import quote

from fastapi import Request, Response
from pyoxigraph import NamedNode, QueryResultsFormat, parse_query_results
from starlette.types import Scope

from kg.describe.classes import COUNT_MEMBERS
from kg.describe.collection import select_members, write_table
from kg.errors import MalformedParameter
from kg.linking.reconciliation_terms import term_identifier
from kg.linking.resolver import Resolver
from kg.linking.thing_search import MAX_CHARACTERS, search_things
from kg.namespaces import BASE
from kg.sparql.query import Query
from kg.statuses import Standing
from service.answers.formats import HTML, JSON, RESULTS_CSV, RESULTS_JSON, Choice, Format
from service.answers.search_types import Classes, ClassMembers, SearchResults
from service.answers.serialization import write_json
from service.errors import PageBeyondEnd
from service.http import openapi
from service.http.conditional import conditional_response
from service.http.documents import WebLink, language_headers, page_links, redirect
from service.http.negotiation import Language, choose_format, choose_page_language
from service.http.openapi import Router, describe_parameter
from service.http.query_answer import run_whole
from service.http.request import (
    Parameters,
    all_values,
    base_url,
    client_key,
    number_value,
    query_parameters,
    query_string_with,
    single_value,
)
from service.http.threads import in_thread
from service.http.views import choose_view_in_thread
from service.pages.listing import FACET_SPACES, ChosenValues, Lister, MemberCounts
from service.pages.problem_page import language_of_failure, show_form_on_failure
from service.pages.search_page import ListAddress, SearchPageWriter
from service.queries.messages import QueryJob
from service.routes.collections import find_class, read_members
from service.served import CurrentRelease, ServedRelease

router = Router("Search")

_FORMATS: Final = (JSON, HTML)
_MEMBER_FORMATS: Final = (JSON, RESULTS_CSV, HTML)
_STATUSES: Final = (304, 400, 404, 406, 503, 504)
_T = TypeVar("_T")
_SOLUTIONS: Final = Choice(RESULTS_JSON, RESULTS_JSON.media_type)
_PAGE_SIZE: Final = 50
_MAX_PAGE: Final = 10**6
# Values of a facet that a request may choose.
_MAX_VALUES: Final = 20
_FACET_TEXTS: Final = {
    "status": "A status of statements: `Claim`.",
    "holder": "A holder of claims or readings, by any name.",
    "pattern": "A relation pattern, by any name.",
    "passage": "A passage that statements are from: `p10.2`.",
}
_FACETS: Final = [
    describe_parameter(
        name,
        f"{text} Only things with such a statement; several values are alternatives.",
        type="array",
        items={"type": "string"},
    )
    for name, text in _FACET_TEXTS.items()
]
_PAGE: Final = describe_parameter(
    "page", "The number of the page, from 1 on.", type="integer", minimum=1
)
_OTHERS: Final = [
    *_FACETS,
    _PAGE,
    *openapi.VIEW_PARAMETERS,
    openapi.FORMAT_PARAMETER,
    openapi.LANGUAGE_PARAMETER,
]


@router.operation(
    "/search",
    "Search things of every kind",
    _FORMATS,
    _STATUSES,
    what="A page of what was found; without anything to search, the classes.",
    parameters=[
        describe_parameter(
            "q",
            "A name or part of one in any language, initials, an IRI, a CURIE, or an identifier of "
            "Wikidata or GeoNames.",
            maxLength=MAX_CHARACTERS,
        ),
        describe_parameter("filter", "The same as `q`, as OpenRefine sends it."),
        describe_parameter(
            "type",
            "A class that things are in; several are alternatives.",
            type="array",
            items={"type": "string"},
        ),
        *_OTHERS,
    ],
    answer=SearchResults | Classes,
    operation_id="search",
)
async def search(request: Request, release: CurrentRelease) -> Response:
    """Find entities, classes, properties, passages, rules and saved questions, best first.

    Names are found by their parts, and if they are misspelt; Chinese in both scripts. After these
    come up to 20 things and evidence graphs that have the words in descriptions, notes or
    statements. Each result says why it was found. The facets count the statements about what was
    found in evidence graphs.
    """
    pairs = query_parameters(request)
    asked = (single_value(pairs, "q") or single_value(pairs, "filter") or "").strip()
    if not asked:
        return await list_classes(request, release)
    show_search_on_failure(request.scope, release, asked)
    page = await _read_request(request, release)
    return await in_thread(request, partial(_search, page, asked))


@router.operation(
    "/classes",
    "List the classes",
    _FORMATS,
    _STATUSES,
    what="All declared classes.",
    parameters=[
        *openapi.VIEW_PARAMETERS,
        openapi.FORMAT_PARAMETER,
        openapi.LANGUAGE_PARAMETER,
    ],
    answer=Classes,
    operation_id="listClasses",
)
async def list_classes(request: Request, release: CurrentRelease) -> Response:
    """List the classes with definitions, broader classes, and numbers of members in the view."""
    page = await _read_request(request, release)
    counts = await page.count_members()

    def send() -> Response:
        tree = release.classes
        answer: Classes = {"classes": [page.lister.summarize(one, counts) for one in tree.classes]}
        return page.send(answer, lambda: page.writer.write_classes(answer, tree.main_classes))

    return await in_thread(request, send)


@router.operation(
    "/classes/{name:path}",
    "List the members of a class",
    _MEMBER_FORMATS,
    (303, *_STATUSES),
    what="A page of members.",
    parameters=[describe_parameter("name", "A class, by any name.", place="path"), *_OTHERS],
    answer=ClassMembers,
    operation_id="listMembers",
)
async def list_members(request: Request, name: str, release: CurrentRelease) -> Response:
    """List the members of a class by label, asserted or derived in the view, with their facets.

    A name other than the identifier of the class redirects (303) to it. A release with too many
    statements for facets lists members by IRI. CSV has all that fit the facets, not only a page.
    """
    find = partial(find_class, release, release.resolver(request), name)
    class_ = await in_thread(request, find)
    if term_identifier(class_) != name:
        return redirect(request, f"/classes/{term_identifier(class_)}")
    page = await _read_request(request, release, _MEMBER_FORMATS)
    counts = await page.count_members()
    has_facets = await in_thread(request, lambda: release.facets is not None)
    selected = None if has_facets else await page.select_members(class_)
    return await in_thread(request, partial(_list_members, page, class_, counts, selected))


@dataclass(frozen=True)
class _ListRequest:
    """A request for a list: its view, language, format, page and facets."""

    request: Request
    release: ServedRelease
    view: Standing
    language: Language
    choice: Choice
    number: int
    chosen: ChosenValues

    @cached_property
    def in_view(self) -> ServedRelease:
        """The release in the view; making it may take long."""
        return self.release.in_view(self.view)

    @cached_property
    def lister(self) -> Lister:
        """The lister of things in the view; the first one of a release takes long."""
        return self.in_view.lister

    @property
    def writer(self) -> SearchPageWriter:
        """The writer of pages."""
        address = ListAddress(self.request.scope["path"], query_parameters(self.request))
        return SearchPageWriter(self.in_view.page_terms(self.language), address)

    async def count_members(self) -> MemberCounts:
        """Return the numbers of members of each class in the view."""
        body = await self._run(COUNT_MEMBERS)
        rows: Any = parse_query_results(body, format=QueryResultsFormat.JSON)
        return {
            row["class"]: (int(row["count"].value), int(row["entities"].value))
            for row in rows
            if row["class"]
        }

    async def select_members(self, class_: NamedNode) -> tuple[list[NamedNode], int]:
        """Return the members on this page, by IRI, and the number of all."""
        offset = (self.number - 1) * _PAGE_SIZE
        query = select_members(BASE, class_, are_graphs=False, limit=_PAGE_SIZE, offset=offset)
        return read_members(await self._run(query))

    async def _run(self, query: str) -> bytes:
        job = QueryJob(Query(query), _SOLUTIONS, view=self.view)
        return await run_whole(self.release.shared_queries, job, client_key(self.request))

    def pages(self, total: int) -> int:
        """Return the number of pages; raise PageBeyondEnd if this one is after the last."""
        last = max(1, -(-total // _PAGE_SIZE))
        if self.number > last:
            raise PageBeyondEnd(self.number, last)
        return last

    def cut(self, things: Sequence[_T]) -> Sequence[_T]:
        """Return those of all things that are on this page."""
        return things[(self.number - 1) * _PAGE_SIZE : self.number * _PAGE_SIZE]

    def send(
        self,
        answer: Mapping[str, Any],
        write: Callable[[], bytes],
        listed: Sequence[NamedNode] = (),
    ) -> Response:
        """Respond with the answer as JSON, with what is `listed` as CSV, or with a page.

        `write` writes the page of the answer.
        """
        is_page, request = self.choice.format == HTML, self.request
        headers = language_headers(self.language if is_page else None)
        url = f"{base_url(request).rstrip('/')}{quote(request.scope['path'])}"
        others = {"first": 1, "prev": self.number - 1, "next": self.number + 1}
        others["last"] = last = answer.get("pages", 1)
        links = [
            WebLink(name, f"{url}?{query_string_with(request, page=number)}")
            for name, number in others.items()
            if 1 <= number <= last and last > 1
        ]
        headers |= {"Link": page_links(links)} if links else {}
        asked = request.scope["query_string"].decode("latin-1")
        parts = (request.scope["path"], asked, *map(str, self.language))
        body = write if is_page else partial(write_json, answer)
        if self.choice.format == RESULTS_CSV:
            languages = self.release.content.languages
            body = partial(write_table, self.in_view.store, listed, languages)
        return conditional_response(request, self.choice, body, *parts, headers=headers)


async def _read_request(
    request: Request, release: ServedRelease, formats: Sequence[Format] = _FORMATS
) -> _ListRequest:
    """Read a request; the names in it are resolved in a thread."""
    pairs, resolver = query_parameters(request), release.resolver(request)
    choice, language = choose_format(request, formats), choose_page_language(request)
    number = number_value(pairs, "page", 1, range(1, _MAX_PAGE))
    view = await choose_view_in_thread(request, resolver, pairs)
    chosen = await in_thread(request, partial(_read_chosen, release, resolver, pairs))
    return _ListRequest(request, release, view, language, choice, number, chosen)


def _read_chosen(release: ServedRelease, resolver: Resolver, pairs: Parameters) -> ChosenValues:
    """Return the values of facets in a request, by facet."""
    chosen: dict[str, dict[NamedNode, str]] = {}
    for facet, space in FACET_SPACES.items():
        values = [value for value in all_values(pairs, facet) if value]
        if len(values) > _MAX_VALUES:
            reason = f"is given {len(values)} times; expected at most {_MAX_VALUES}"
            raise MalformedParameter(facet, reason)
        if values and release.facets is None and facet != "type":
            raise MalformedParameter(facet, "this release has too many statements to filter by it")
        find: Callable[[str], NamedNode] = partial(find_class, release, resolver)
        if facet != "type" and release.facets is not None:
            among = partial(release.facets.values, facet)
            find = partial(resolver.resolve, namespace=space, kind=facet, among=among)
        if values:
            chosen[facet] = {find(value): value for value in values}
    return chosen


def _search(page: _ListRequest, asked: str) -> Response:
    release, lister = page.release, page.lister
    indexes = (release.names, release.other_names)
    resolver = release.resolver(page.request)
    found = {one.iri: one for one in search_things(resolver, indexes, asked, release.texts)}
    things, counts = lister.filter([*found], page.chosen, by_type=True)
    last, shown = page.pages(len(things)), page.cut(things)
    answer: SearchResults = {
        "query": asked,
        "total": len(things),
        "page": page.number,
        "pages": last,
        "results": [lister.describe(thing, found[thing]) for thing in shown],
        "facets": lister.list_facets(counts, page.chosen),
    }
    return page.send(answer, lambda: page.writer.write_results(answer))


def _list_members(
    page: _ListRequest,
    class_: NamedNode,
    counts: MemberCounts,
    selected: tuple[Sequence[NamedNode], int] | None,
) -> Response:
    """Respond with members; `selected` are those of this page, if there are no facets."""
    lister, tree = page.lister, page.release.classes
    if selected is None:
        every = lister.sort_by_label(lister.members(class_), page.language.tag)
        things, of_facets = lister.filter(every, page.chosen)
        shown, total = page.cut(things), len(things)
    else:
        (shown, total), of_facets = selected, {}
        things = shown
    last = page.pages(total)
    answer: ClassMembers = {
        "about": lister.summarize(class_, counts),
        "narrower": [lister.summarize(one, counts) for one in tree.narrower(class_)],
        "total": total,
        "page": page.number,
        "pages": last,
        "members": [*map(lister.describe, shown)],
        "facets": lister.list_facets(of_facets, page.chosen),
    }
    return page.send(answer, lambda: page.writer.write_members(answer, tree.way_to(class_)), things)


def show_search_on_failure(scope: Scope, release: ServedRelease, asked: str) -> None:
    """Have a failure shown with what was searched in the search box."""
    address = ListAddress("/search", [("q", asked)])

    def write(request: Request, failure: Mapping[str, Any]) -> bytes:
        terms = release.page_terms(language_of_failure(request))
        return SearchPageWriter(terms, address).write_failure(asked, failure)

    show_form_on_failure(scope, write)
