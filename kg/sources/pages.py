"""The pages of a source: where each begins in the text, for `glocal check` and `glocal verify`."""

import csv
import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from kg.errors import MalformedFile
from kg.sources.files import read_text

# In the curated folder, if the pages of the print and those of the file differ.
PAGES_FILE: Final = "pages.csv"
_COLUMNS: Final = ["page", "file page", "offset"]
# Two empty lines, or a form feed: a new page of the file.
_BREAK: Final = re.compile(r"\n{3,}|\f")
# The circled numbers of notes, which begin anew on each page of the print.
_NOTE_MARK: Final = re.compile("[①-⑳]")


class Page(NamedTuple):
    """A page of the print, the page of the file that it is on, and the code points before it."""

    number: int
    file_page: int
    offset: int


def read_pages(curated: Path) -> list[Page]:
    """Read the table of pages of a curated folder; empty if it has none, or raise MalformedFile."""
    path = curated / PAGES_FILE
    if not path.exists():
        return []
    rows = [*csv.reader(read_text(path).splitlines())]
    for line, row in enumerate(rows, 1):
        is_page = len(row) == len(_COLUMNS) and all(map(str.isdecimal, row))
        if not (is_page if line > 1 else row == _COLUMNS):
            remedy = f"rows of three whole numbers below {','.join(_COLUMNS)}"
            raise MalformedFile(path, line, 1, "no page of the print", remedy=remedy)
    return [Page(*map(int, row)) for row in rows[1:]]


def page_at(pages: Sequence[Page], offset: int) -> Page:
    """Return the page that this code point is on; there is at least one."""
    return pages[max(bisect(pages, offset, key=lambda page: page.offset) - 1, 0)]


def find_wrong_pages(text: str, pages: Sequence[Page]) -> Iterator[str]:
    """Say of each page that begins elsewhere in the text, by breaks, lines and marks of notes."""
    breaks = [0, *(match.end() for match in _BREAK.finditer(text))]
    starts = [
        after.offset
        for before, after in pairwise([Page(0, 0, 0), *pages])
        if before.file_page != after.file_page
    ]
    for offset in sorted(set(breaks) ^ set(starts)):
        place = "begins in the table" if offset in starts else "begins in the text"
        yield f"A page of the file {place} alone, at {offset}."
    for page, after in pairwise([*pages, Page(0, 0, len(text))]):
        if text[: page.offset].rstrip(" ")[-1:] not in {"", "\n", "\f"}:
            yield f"Page {page.number} begins within a line, at {page.offset}."
        mark = _NOTE_MARK.search(text, page.offset, after.offset)
        if mark and mark[0] != "①":
            yield f"The first note on page {page.number} is {mark[0]}, at {mark.start()}, not ①."
