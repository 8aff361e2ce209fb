"""/robots.txt and /sitemap.xml: which pages there are, for those who go through them all."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response

from kg.describe.description import withdrawn_names
from kg.errors import UnknownName
from kg.namespaces import BASE
from service.answers.formats import HTML, TEXT, Choice, Format
from service.http.conditional import answer, tag_of
from service.http.openapi import responses
from service.http.request import base_of
from service.routes.resources import Kind
from service.served import Served, served

router = APIRouter(tags=["Descriptions"])

# Source: https://www.sitemaps.org/protocol.html
_MOST: Final = 50_000
_SPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XML: Final = Choice(Format("xml", "application/xml"), "application/xml")
_TEXT: Final = Choice(TEXT, TEXT.media_type)
_DOORS: Final = ("", "ontology", "sparql", "queries", "rules", "contradictions", "dumps", "links")
# What computes an answer is for those who ask; the pages say the same.
_ROBOTS: Final = """User-agent: *
Disallow: /sparql?
Disallow: /explain?
Disallow: /whatif
Disallow: /reconcile
Disallow: /queries/
Sitemap: {base}sitemap.xml
"""


@router.get(
    "/robots.txt",
    summary="What crawlers are asked",
    responses=responses((TEXT,), 304),
    response_class=Response,
)
def robots(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """To leave alone what is computed for each request, and where the list of pages is."""
    base = base_of(request)
    text = _ROBOTS.format(base=base)
    return answer(request, _TEXT, text.encode, tag=tag_of(here, _TEXT, "robots", base))


@router.get(
    "/sitemap.xml",
    summary="All pages",
    responses=responses((_XML.format,), 304),
    response_class=Response,
)
def sitemap(request: Request, here: Annotated[Served, Depends(served)]) -> Response:
    """The address of every page; of more than 50,000, the addresses of several such lists.

    Nothing says when a page changed: a release knows no time.
    """
    return _answer(request, here, None)


@router.get(
    "/sitemap-{number}.xml",
    summary="Some of the pages",
    responses=responses((_XML.format,), 304, 404),
    response_class=Response,
)
def part(request: Request, number: str, here: Annotated[Served, Depends(served)]) -> Response:
    """One of the lists that `/sitemap.xml` names, where it names any."""
    return _answer(request, here, number)


def _answer(request: Request, here: Served, number: str | None) -> Response:
    base = base_of(request)
    paths = list(pages(here))
    parts = [paths[start : start + _MOST] for start in range(0, len(paths), _MOST)]
    numbers = [str(one) for one in range(1, len(parts) + 1)] if len(parts) > 1 else []
    if number is not None and number not in numbers:
        raise UnknownName(number, numbers, kind="sitemap")

    def body() -> bytes:
        if number is not None:
            return _listed("urlset", "url", base, parts[int(number) - 1])
        if numbers:
            names = (f"sitemap-{one}.xml" for one in numbers)
            return _listed("sitemapindex", "sitemap", base, names)
        return _listed("urlset", "url", base, parts[0])

    return answer(request, _XML, body, tag=tag_of(here, _XML, "sitemap", base, number or ""))


def pages(here: Served) -> Iterator[str]:
    """The path of every page without the first slash, as it stands in addresses.

    Of a store that has more names than are kept, the pages of the first of them.
    """
    yield from _DOORS
    spaces = tuple(kind.space for kind in Kind)
    gone = {one.value for one in withdrawn_names(here.store)}
    for name in here.store.names:
        # What a fragment names is described in the document without it.
        if name.startswith(spaces) and "#" not in name and name not in gone:
            yield quote(f"data/{name.removeprefix(BASE)}.{HTML.name}")


def _listed(root: str, entry: str, base: str, paths: Iterable[str]) -> bytes:
    entries = "".join(f"<{entry}><loc>{escape(base + path)}</loc></{entry}>\n" for path in paths)
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_SPACE}">\n{entries}</{root}>\n'
    )
    return text.encode()
