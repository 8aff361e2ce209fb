"""The tables of QUALITY.md are those that the sheets give."""

from kg.content import own_content
from kg.quality.report import format_report
from kg.quality.rounds import read_rounds


def test_the_document_has_the_tables_of_the_sheets() -> None:
    curated = own_content().curated
    text = (curated / "QUALITY.md").read_text(encoding="utf-8")

    assert format_report(read_rounds(curated / "quality")) in text
