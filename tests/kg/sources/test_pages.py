"""The table of the pages of a source, and where they begin in the text."""

from pathlib import Path

import pytest

from kg.errors import MalformedFile
from kg.sources.pages import Page, find_wrong_pages, page_at, read_pages

# Two pages of the file, of which the first joins two of the print; each has a note.
TEXT = "One①\n①a\n Two①\n①b\n\n\n\nThree①\n①c\n"
PAGES = [Page(1, 1, 0), Page(2, 1, 9), Page(3, 2, 20)]


def test_a_table_has_a_row_for_each_page_of_the_print(tmp_path: Path) -> None:
    assert read_pages(tmp_path) == []
    (tmp_path / "pages.csv").write_text("page,file page,offset\n1,1,0\n2,1,9\n")

    assert read_pages(tmp_path) == PAGES[:2]


@pytest.mark.parametrize(
    ("table", "line"), [("page,offset\n1,0\n", 1), ("page,file page,offset\n1,1\n", 2)]
)
def test_a_malformed_table_is_refused_with_its_line(tmp_path: Path, table: str, line: int) -> None:
    (tmp_path / "pages.csv").write_text(table)

    with pytest.raises(MalformedFile, match=rf"pages\.csv:{line}:1: no page of the print"):
        read_pages(tmp_path)


def test_a_code_point_is_on_the_page_that_began_last() -> None:
    assert [page_at(PAGES, offset).number for offset in (0, 8, 9, 19, 20, 99)] == [1, 1, 2, 2, 3, 3]


def test_pages_begin_after_a_break_of_the_file_or_where_notes_begin_anew() -> None:
    assert list(find_wrong_pages(TEXT, PAGES)) == []
    assert list(find_wrong_pages(TEXT, [PAGES[0], Page(2, 1, 10), PAGES[2]])) == [
        "Page 2 begins within a line, at 10."
    ]
    assert list(find_wrong_pages(TEXT, [*PAGES[:2], Page(3, 2, 27)])) == [
        "A page of the file begins in the text alone, at 20.",
        "A page of the file begins in the table alone, at 27.",
    ]
    second = TEXT.replace("Two①", "Two②")
    assert list(find_wrong_pages(second, PAGES)) == ["The first note on page 2 is ②, at 12, not ①."]
