import pytest
from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

from service.answers.formats import RESULT_FORMATS
from service.queries.query_process import RowCounter

# Values that look like the ends of rows, in one format or another.
NASTY = r"""
SELECT ?a ?b { VALUES (?a ?b) {
    ("},{" "x") ("[{" <x:y>) (",{" UNDEF) ("},{\"" "\\") ("\"},{\"a\":{" "a\r\nb")
    ("a\nb" "\"\r\n\"") ("<result>" "</result><result>") ("\\\",{\"" "\t") ("" "") ("{}" "},{}")
    (",{\"a\":{\"" ",{") ("}]}" "[{\"a\":1}]")
} }
"""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 8192])
@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda form: form.name)
def test_rows_are_counted_in_every_format_wherever_it_is_cut(form, size: int) -> None:
    results = Store().query(NASTY)
    assert isinstance(results, QuerySolutions)
    text = results.serialize(format=form.syntax) or b""
    counter = RowCounter(form.media_type)

    for start in range(0, len(text), size):
        counter.add(text[start : start + size])

    assert counter.count == 12


def test_a_result_without_rows_has_none() -> None:
    for form in RESULT_FORMATS:
        assert isinstance(form.syntax, QueryResultsFormat)
        results = Store().query("SELECT ?x { ?x ?y ?z }")
        text = results.serialize(format=form.syntax) or b""  # type: ignore[union-attr]
        assert RowCounter(form.media_type).add(text) == 0, form.name
