"""Check that the passages of a text follow each other: their names, places, pages and sections.

The properties of one passage are checked by `ontology/shapes/facts.ttl`, and whether the text has
them by `kg.sources.passages`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import GLOCAL, GRAPH, PASSAGE, is_in
from kg.sources.pages import Page, page_at
from kg.validation.findings import Problem, format_term

_OFFSET, _LENGTH, _PAGE = GLOCAL["offset"], GLOCAL["length"], GLOCAL["page"]
_LAST_PAGE, _FILE_PAGE = GLOCAL["lastPage"], GLOCAL["filePage"]
_PARAGRAPH, _SECTION = GLOCAL["paragraph"], GLOCAL["section"]
_NOTE_TO, _CONTINUES_IN = GLOCAL["noteTo"], GLOCAL["continuesIn"]
# `p05.n2`: the page of the file, and the mark of the place on it.
_NAME: Final = re.compile(r"p0*(?P<page>\d+)\.(?P<paragraph>\S+)")
_Values = Mapping[NamedNode, Mapping[NamedNode, Quad]]


class _Place(NamedTuple):
    """A passage with its first and its last code point but one, from 0, and its page."""

    start: int
    end: int
    page: int
    passage: NamedNode


def check_passages(curated: Sequence[Quad], pages: Sequence[Page] = ()) -> Iterator[Problem]:
    """Find passages that overlap, are out of order, on another page, or in an unclear section.

    Without a table of pages, the print has those of the file.
    """
    statements: dict[NamedNode, dict[NamedNode, Quad]] = {}
    for quad in curated:
        if quad.graph_name == GRAPH["source"] and isinstance(quad.subject, NamedNode):
            statements.setdefault(quad.subject, {}).setdefault(quad.predicate, quad)
    yield from _misnumbered(statements, pages)
    yield from _misplaced(statements)
    yield from _on_other_pages(statements)
    yield from _unclear_sections(curated)


def _misnumbered(statements: _Values, pages: Sequence[Page]) -> Iterator[Problem]:
    """Find passages whose page or paragraph is not that of their name, or of the table of pages."""
    paragraphs: Counter[int] = Counter()
    for passage, quads in statements.items():
        match = _NAME.fullmatch(passage.value.removeprefix(PASSAGE))
        if not is_in(passage, PASSAGE) or match is None:
            continue
        for predicate, value in _numbers(match, _place(quads), pages, paragraphs).items():
            quad = quads.get(predicate)
            given = _text(quad) if quad else "none"
            if given != value and (quad or pages):
                source = "the table of pages" if pages else "its name"
                name = format_term(predicate)
                message = f"{format_term(passage)} has {name} {given}, {source} says {value}."
                shown = f'"{value}"' if predicate == _PARAGRAPH else value
                found = quad or next(iter(quads.values()))
                yield Problem.of_quad(found, message, f"{name} {shown}.", "names-of-passages")


def _numbers(
    name: re.Match[str], place: _Place | None, pages: Sequence[Page], paragraphs: Counter[int]
) -> dict[NamedNode, str]:
    """Return the pages and the paragraph that a passage has to have; "none" for no last page.

    Where the file joins pages, `paragraphs` counts those on each page, in the order of the text.
    """
    page, paragraph = name["page"], name["paragraph"]
    if not pages:
        return {_PAGE: page, _PARAGRAPH: paragraph}
    if place is None:
        return {_FILE_PAGE: page, _PARAGRAPH: paragraph}
    first, last = (page_at(pages, one).number for one in (place.start, place.end - 1))
    if paragraph.isdigit():
        paragraphs.update({first, last})
        paragraph = str(paragraphs[first])
    last_page = str(last) if last > first else "none"
    return {_PAGE: str(first), _LAST_PAGE: last_page, _FILE_PAGE: page, _PARAGRAPH: paragraph}


def _misplaced(statements: _Values) -> Iterator[Problem]:
    """Find passages that overlap, and those that do not follow the one before them in the file."""
    found = [_place(quads) for quads in statements.values()]
    places = [place for place in found if place]
    for before, after in pairwise(sorted(places)):
        if after.start < before.end:
            one, other = format_term(before.passage), format_term(after.passage)
            message = f"{one} ends at {before.end}, after {other} has begun at {after.start}."
            # Either of the two may be wrong.
            for passage, predicate in ((before.passage, _LENGTH), (after.passage, _OFFSET)):
                quad = statements[passage][predicate]
                remedy = f"another {format_term(predicate)} here, or there."
                yield Problem.of_quad(quad, message, remedy, "places-of-passages")
    for before, after in pairwise(places):
        if after.start < before.start or after.page < before.page:
            one, other = format_term(after.passage), format_term(before.passage)
            here, there = (f"{each.start} on page {each.page}" for each in (after, before))
            message = f"{one}, at {here}, comes after {other}, at {there}."
            remedy = "the passages in the order of the text."
            quad = statements[after.passage][_OFFSET]
            yield Problem.of_quad(quad, message, remedy, "places-of-passages")


def _on_other_pages(statements: _Values) -> Iterator[Problem]:
    """Find notes to another page, and passages that go on elsewhere than on the next page."""
    for quads in statements.values():
        for predicate, pages_later in ((_NOTE_TO, 0), (_CONTINUES_IN, 1)):
            quad = quads.get(predicate)
            other = statements.get(quad.object, {}) if quad and is_in(quad.object, PASSAGE) else {}
            here, there = _number(quads, _PAGE), _number(other, _PAGE)
            if pages_later:
                here = _number(quads, _LAST_PAGE) or here
            if quad is None or here is None or there is None:
                continue
            if there <= here + pages_later <= (_number(other, _LAST_PAGE) or there):
                continue
            relation = f"{format_term(quad.subject)} {format_term(predicate)}"
            message = f"{relation} {format_term(quad.object)}, from page {here} to page {there}."
            remedy = f"a passage on page {here + pages_later}."
            yield Problem.of_quad(quad, message, remedy, "pages-of-passages")


def _unclear_sections(curated: Sequence[Quad]) -> Iterator[Problem]:
    """Find section titles that are mostly translated in another way."""
    titles: defaultdict[object, dict[str, Quad]] = defaultdict(dict)
    for quad in curated:
        if quad.predicate == _SECTION and isinstance(quad.object, Literal):
            titles[quad.subject].setdefault(quad.object.language or "", quad)
    pairs = [
        (f'"{_text(quad)}"@{one}', other, translation)
        for by_language in titles.values()
        for one, quad in by_language.items()
        for other, translation in by_language.items()
    ]
    counts: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for title, language, translation in pairs:
        counts[title, language][_text(translation)] += 1
    for title, language, translation in pairs:
        usual = counts[title, language].most_common(1)[0][0]
        if _text(translation) != usual:
            message = f'the section {title} is "{_text(translation)}"@{language} here.'
            remedy = f'"{usual}"@{language}, as elsewhere.'
            yield Problem.of_quad(translation, message, remedy, "titles-of-sections")


def _place(quads: Mapping[NamedNode, Quad]) -> _Place | None:
    start, length, page = (_number(quads, name) for name in (_OFFSET, _LENGTH, _PAGE))
    if start is None or length is None or page is None:
        return None
    passage = quads[_OFFSET].subject
    return _Place(start, start + length, page, passage) if isinstance(passage, NamedNode) else None


def _number(quads: Mapping[NamedNode, Quad], predicate: NamedNode) -> int | None:
    """Return a number of a passage, or None if it has none; shapes check its form."""
    quad = quads.get(predicate)
    text = quad.object.value if quad and isinstance(quad.object, Literal) else ""
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None


def _text(quad: Quad) -> str:
    return quad.object.value if isinstance(quad.object, Literal) else ""
