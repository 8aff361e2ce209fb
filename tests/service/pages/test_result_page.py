"""The table of a result: what heads its columns, and how many rows there are."""

import json

import pytest

from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.result_page import ROWS_ON_PAGE, Asked, Result, read_result
from service.pages.terms import TermWriter


def read(store: Store, body: str, form: str = "SELECT", **headings: str) -> Result:
    terms = TermWriter(store, Language("en", is_explicit=False))
    asked = Asked("/sparql", (), form, 1000, headings=headings)
    return read_result(terms, asked, body.encode(), 0.1)


def test_a_heading_does_not_repeat_that_of_a_column_before_it(small: Store) -> None:
    headings = {
        "one": "city",
        "oneEn": "city (English)",
        "oneZh": "城市（中文）",
        "two": "城市",
        "twoZh": "城市（中文）",
        "rank": "place (of all)",
    }
    body = {"head": {"vars": [*headings, "other"]}, "results": {"bindings": []}}

    result = read(small, json.dumps(body), **headings)

    assert [column.heading for column in result.columns] == [
        *("city", "English", "城市（中文）", "城市", "中文"),
        *("place (of all)", ""),
    ]


@pytest.mark.parametrize(("end", "total"), [("", None), ("# 1234\n", 1234)])
def test_the_number_of_all_triples_stands_at_their_end(
    small: Store, end: str, total: int | None
) -> None:
    lines = [f'<x:s> <x:p> "\\n# {n}" .\n' for n in range(ROWS_ON_PAGE + 1)]

    result = read(small, "".join(lines) + end, "CONSTRUCT")

    assert (result.total, result.last, result.has_more) == (total, ROWS_ON_PAGE, True)
