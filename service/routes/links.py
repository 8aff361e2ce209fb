"""/links and /links/{name}: the links to other data sets, as a page and as SSSOM."""

from collections.abc import Callable
from typing import Final

from fastapi import Request, Response

from kg.content import english
from kg.linking.mapping_sets import MappingSet, merge
from kg.linking.quickstatements import write_quickstatements
from kg.namespaces import BASE, expand
from kg.sources.sssom import MAPPING_EXTENSION
from service.answers.formats import HTML, JSON, SSSOM, TEXT, Choice
from service.answers.json_types import LinkFile, LinkFiles
from service.answers.serialization import write_json
from service.errors import MissingParameter
from service.http.conditional import conditional_response
from service.http.documents import language_headers
from service.http.negotiation import choose_format, choose_page_language
from service.http.openapi import (
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    Router,
    describe_parameter,
)
from service.http.request import base_url, find_named, number_value, query_parameters, single_value
from service.pages.links_page import write_links_page
from service.pages.search_page import ListAddress
from service.served import CurrentRelease, ServedRelease

router = Router("Links")

_PARAMETERS: Final = [
    FORMAT_PARAMETER,
    LANGUAGE_PARAMETER,
    describe_parameter(
        "page", "In HTML, the number of the page, from 1 on.", type="integer", minimum=1
    ),
    describe_parameter("subject", "In HTML, the CURIE or IRI of a resource: only its links."),
]
_MAX_PAGE: Final = 10**6


@router.operation(
    "/links",
    "Get all links",
    (SSSOM, HTML, JSON),
    parameters=_PARAMETERS,
    answer=LinkFiles,
    operation_id="getLinks",
)
def list_links(request: Request, release: CurrentRelease) -> Response:
    """Return the links to all data sets, each with its reason, confidence, author and date.

    SSSOM has them as one mapping set, HTML as a table, and JSON lists the SSSOM files, one per
    data set; `/graph/links` has the links as RDF.
    """
    files = release.link_files
    choice = choose_format(request, (SSSOM, HTML, JSON))

    def body() -> bytes:
        sets = {name: MappingSet.parse(text) for name, text in files.items()}
        if choice.format == JSON:
            entries: list[LinkFile] = [
                {"name": name, "href": f"/links/{name}", "mappings": len(one.rows)}
                for name, one in sets.items()
            ]
            return write_json({"links": entries})
        title = english(release.content.title)
        return merge([*sets.values()], f"{BASE}links", title).write().encode()

    return _send_links(request, release, choice, body)


@router.operation(
    "/links/quickstatements",
    "Export the exact matches to Wikidata",
    (TEXT,),
    (304, 400),
    parameters=[
        describe_parameter(
            "property", "The property for our identifiers, such as P12345.", required=True
        )
    ],
    operation_id="exportQuickStatements",
)
def quickstatements(request: Request, release: CurrentRelease) -> Response:
    """Return commands for QuickStatements (V1) that add our identifiers to Wikidata's items."""
    name = single_value(query_parameters(request), "property")
    if name is None:
        raise MissingParameter("property", "is missing; expected a property such as P12345")
    text = write_quickstatements(release.store, name)
    return conditional_response(request, Choice(TEXT, TEXT.media_type), text.encode, name)


@router.operation(
    "/links/{name}",
    "Get the links to one data set",
    (SSSOM, HTML),
    (304, 404, 406),
    parameters=[
        describe_parameter("name", "The name of a file of `/links`, or its stem.", place="path"),
        *_PARAMETERS,
    ],
    operation_id="getLinkFile",
)
def link_file(request: Request, name: str, release: CurrentRelease) -> Response:
    """Return the links to one data set: its file, or without `.sssom.tsv` a page too."""
    is_file = "." in name
    file = name if is_file else name + MAPPING_EXTENSION
    text = find_named(release.link_files, file, "resource")
    choice = choose_format(request, (SSSOM,) if is_file else (SSSOM, HTML))
    return _send_links(request, release, choice, text.encode, file)


def _send_links(
    request: Request,
    release: ServedRelease,
    choice: Choice,
    body: Callable[[], bytes],
    chosen: str = "",
) -> Response:
    """Respond with the page of all files or the chosen one, or with this body in another format."""
    files = release.link_files
    if choice.format != HTML:
        headers = language_headers(None)
        texts = [files[chosen]] if chosen else files.values()
        return conditional_response(request, choice, body, *texts, headers=headers)
    language, pairs = choose_page_language(request), query_parameters(request)
    number = number_value(pairs, "page", 1, range(1, _MAX_PAGE))
    asked = single_value(pairs, "subject")
    subject = expand(asked) if asked else None

    reconciliation = f"{base_url(request)}reconcile"

    def page() -> bytes:
        sets = {name: MappingSet.parse(text) for name, text in files.items()}
        return write_links_page(
            release.store,
            sets,
            language,
            ListAddress(request.scope["path"], pairs),
            chosen=chosen,
            subject=subject,
            page=number,
            spoken=release.content.languages[0],
            reconciliation=reconciliation,
        )

    shown = map(str, (*language, chosen, number, subject, reconciliation))
    parts = (*shown, *files, *files.values())
    headers = language_headers(language)
    return conditional_response(request, choice, page, *parts, headers=headers)
