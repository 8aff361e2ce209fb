"""Passages that overlap, are out of order, on another page, or in an unclear section."""

from pyoxigraph import Literal, Quad

from kg.namespaces import GLOCAL, GRAPH, PASSAGE, XSD
from kg.sources.pages import Page
from kg.validation.passages import check_passages

FIRST = {"page": 1, "paragraph": "1", "offset": 0, "length": 9}
SECOND = {"page": 2, "paragraph": "1", "offset": 10, "length": 5}
# The first page of the file joins two of the print.
JOINED = [Page(1, 1, 0), Page(2, 1, 5), Page(3, 2, 10)]


def errors(
    pages: list[Page] = [],  # noqa: B006
    **passages: dict[str, int | str],
) -> list[tuple[str, str]]:
    quads = []
    for name, values in passages.items():
        for predicate, value in values.items():
            literal = Literal(str(value), datatype=XSD["integer"])
            object_ = literal if isinstance(value, int) else Literal(value)
            if isinstance(value, str) and value.startswith("p0"):
                quads.append(
                    Quad(_passage(name), GLOCAL[predicate], _passage(value), GRAPH["source"])
                )
            else:
                quads.append(Quad(_passage(name), GLOCAL[predicate], object_, GRAPH["source"]))
    return [(one.message, one.remedy) for one in check_passages(quads, pages)]


def _passage(name: str):
    return PASSAGE[name.replace("_", ".")]


def test_passages_that_follow_each_other_are_accepted() -> None:
    first = {**FIRST, "continuesIn": "p02.1"}

    assert errors(p01_1=first, p02_1=SECOND) == []


def test_passages_that_overlap_are_found() -> None:
    assert errors(p01_1={**FIRST, "length": 11}, p02_1=SECOND) == [
        (
            "passage:p01.1 ends at 11, after passage:p02.1 has begun at 10.",
            f"another glocal:{predicate} here, or there.",
        )
        for predicate in ("length", "offset")
    ]


def test_passages_out_of_the_order_of_the_text_are_found() -> None:
    assert errors(p02_1=SECOND, p01_1=FIRST) == [
        (
            "passage:p01.1, at 0 on page 1, comes after passage:p02.1, at 10 on page 2.",
            "the passages in the order of the text.",
        )
    ]


def test_page_and_paragraph_are_those_of_the_name() -> None:
    assert errors(p01_1={"page": 999, "paragraph": "2"}) == [
        ("passage:p01.1 has glocal:page 999, its name says 1.", "glocal:page 1."),
        ("passage:p01.1 has glocal:paragraph 2, its name says 1.", 'glocal:paragraph "1".'),
    ]


def test_a_note_is_on_the_page_of_its_mark() -> None:
    assert errors(p01_1=FIRST, p02_1={**SECOND, "noteTo": "p01.1"}) == [
        (
            "passage:p02.1 glocal:noteTo passage:p01.1, from page 2 to page 1.",
            "a passage on page 2.",
        )
    ]


def test_where_the_file_joins_pages_the_table_of_pages_has_those_of_the_print() -> None:
    first = {**FIRST, "lastPage": 2, "filePage": 1, "continuesIn": "p02.1"}
    note = {"page": 2, "filePage": 1, "paragraph": "n1", "noteTo": "p01.1"}
    second = {**SECOND, "page": 3, "filePage": 2}

    assert errors(JOINED, p01_1=first, p01_n1=note, p02_1=second) == []
    assert errors(JOINED, p02_1={**second, "page": 2, "filePage": 3}) == [
        ("passage:p02.1 has glocal:page 2, the table of pages says 3.", "glocal:page 3."),
        ("passage:p02.1 has glocal:filePage 3, the table of pages says 2.", "glocal:filePage 2."),
    ]
    assert errors(JOINED, p01_1={**FIRST, "filePage": 1}) == [
        ("passage:p01.1 has glocal:lastPage none, the table of pages says 2.", "glocal:lastPage 2.")
    ]


def test_paragraphs_are_counted_on_each_page_of_the_print() -> None:
    first = {**FIRST, "length": 6, "lastPage": 2, "filePage": 1}
    after = {"page": 2, "filePage": 1, "paragraph": "3", "offset": 7, "length": 2}

    assert errors(JOINED, p01_1=first, p01_2={**after, "paragraph": "2"}) == []
    assert errors(JOINED, p01_1=first, p01_2=after) == [
        (
            "passage:p01.2 has glocal:paragraph 3, the table of pages says 2.",
            'glocal:paragraph "2".',
        )
    ]


def test_a_section_has_one_title_in_each_language() -> None:
    titles = [("p01.1", "Ends", "引言"), ("p02.1", "Ends", "结语"), ("p03.1", "Ends", "结语")]
    quads = [
        Quad(PASSAGE[name], GLOCAL["section"], Literal(text, language=language), GRAPH["source"])
        for name, *texts in titles
        for language, text in zip(("en", "zh"), texts, strict=True)
    ]

    assert [(one.message, one.remedy) for one in check_passages(quads)] == [
        ('the section "Ends"@en is "引言"@zh here.', '"结语"@zh, as elsewhere.')
    ]
