"""/robots.txt and /sitemap.xml: list the pages for crawlers."""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import islice
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response

from kg.describe.description import withdrawn_iris
from kg.namespaces import BASE
from service.answers.formats import HTML, TEXT, Choice, Format
from service.http.conditional import conditional_response
from service.http.openapi import Router, describe_parameter
from service.http.request import base_url, find_named
from service.routes.resources import ResourceKind
from service.served import CurrentRelease, ServedRelease

router = Router("Descriptions")

# Source: https://www.sitemaps.org/protocol.html
_MAX_URLS: Final = 50_000
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML: Final = Choice(Format("xml", "application/xml"), "application/xml")
_TEXT: Final = Choice(TEXT, TEXT.media_type)
_PATHS: Final = (
    "",
    "search",
    "ontology",
    "sparql",
    "queries",
    "rules",
    "contradictions",
    "dumps",
    "links",
)
# These paths compute each answer; its data is also in the pages of the resources, which the sitemap
# lists.
_ROBOTS: Final = """User-agent: *
Disallow: /sparql?
Disallow: /sparql/
Disallow: /explain?
Disallow: /whatif
Disallow: /reconcile
Disallow: /queries/
Disallow: /search?
Disallow: /*view=
Disallow: /*world=
Sitemap: {base}sitemap.xml
"""


@router.operation(
    "/robots.txt", "The rules for crawlers", (TEXT,), (304,), operation_id="getRobots"
)
def robots(request: Request) -> Response:
    """The computed paths that crawlers should leave alone, and where the sitemap is."""
    base = base_url(request)
    return conditional_response(request, _TEXT, _ROBOTS.format(base=base).encode, "robots", base)


@router.operation("/sitemap.xml", "All pages", (_XML.format,), (304,), operation_id="getSitemap")
def sitemap(request: Request, release: CurrentRelease) -> Response:
    """The URL of every page; if there are more than 50,000, the URLs of several sitemaps.

    No entry has a date, since a release has none.
    """
    base = base_url(request)

    def body() -> bytes:
        parts = _divide(pages(release))
        if len(parts) > 1:
            names = (f"sitemap-{number}.xml" for number in parts)
            return _sitemap_xml("sitemapindex", "sitemap", base, names)
        return _sitemap_xml("urlset", "url", base, parts["1"])

    return conditional_response(request, _XML, body, "sitemap", base)


@router.operation(
    "/sitemap-{number}.xml",
    "Part of the pages",
    (_XML.format,),
    (304, 404),
    parameters=[
        describe_parameter("number", "The number of a sitemap, counted from 1.", place="path")
    ],
    operation_id="getSitemapPart",
)
def part(request: Request, number: str, release: CurrentRelease) -> Response:
    """One of the sitemaps that `/sitemap.xml` names if there are too many pages for one."""
    base, most = base_url(request), len(_PATHS) + len(release.store.known_iris)
    parts = _divide(pages(release)) if most > _MAX_URLS else {}
    shown = find_named(parts if len(parts) > 1 else {}, number, "sitemap")

    def body() -> bytes:
        return _sitemap_xml("urlset", "url", base, shown)

    return conditional_response(request, _XML, body, "sitemap", base, number)


def _divide(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return the paths of each sitemap by its number."""
    left = iter(paths)
    parts = iter(lambda: list(islice(left, _MAX_URLS)), [])
    return {str(number): part for number, part in enumerate(parts, 1)}


def pages(release: ServedRelease) -> Iterator[str]:
    """Yield the percent-encoded path of every page, without the leading slash.

    A store lists only a limited number of names; the pages of the others are left out.
    """
    yield from _PATHS
    namespaces = tuple(kind.namespace for kind in ResourceKind)
    withdrawn = {name.value for name in withdrawn_iris(release.store)}
    for name in release.store.known_iris:
        # A resource whose IRI has a fragment is described in the document without it.
        if name.startswith(namespaces) and "#" not in name and name not in withdrawn:
            yield quote(f"data/{name.removeprefix(BASE)}.{HTML.name}")


def _sitemap_xml(root: str, entry: str, base: str, paths: Iterable[str]) -> bytes:
    entries = "".join(f"<{entry}><loc>{escape(base + path)}</loc></{entry}>\n" for path in paths)
    start = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_NAMESPACE}">\n'
    return f"{start}{entries}</{root}>\n".encode()
