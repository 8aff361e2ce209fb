"""The table of a result: what heads its columns, and how many rows there are."""

import json

import pytest

from kg.store.quad_store import Store
from service.http.negotiation import Language
from service.pages.result_page import ROWS_ON_PAGE, Asked, Result, read_result
from service.pages.terms import TermWriter


def read(
    store: Store, body: str, form: str = "SELECT", language: str = "en", **headings: str
) -> Result:
    terms = TermWriter(store, Language(language, is_explicit=False))
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
        *("place (of all)", "other"),
    ]


@pytest.mark.parametrize(
    ("language", "shown", "text"), [("en", "wordsEn", "good"), ("zh", "wordsZh", "好")]
)
def test_of_texts_in_both_languages_a_page_shows_its_own(
    small: Store, language: str, shown: str, text: str
) -> None:
    def said(value: str, tag: str) -> dict[str, str]:
        return {"type": "literal", "value": value, "xml:lang": tag}

    row = {"wordsEn": said("good", "en"), "wordsZh": said("好", "zh"), "alone": said("gut", "de")}
    headings = {"wordsEn": "in English", "wordsZh": "in Chinese", "alone": "alone"}
    body = {"head": {"vars": [*row]}, "results": {"bindings": [row]}}
    result = read(small, json.dumps(body), language=language, **headings)

    assert [column.name for column in result.columns] == [shown, "alone"]
    assert result.hidden_columns == 1
    # The language of the page needs no word; another one does.
    own, other = result.rows[0].cells
    assert str(own) == text
    assert other.endswith("<small>de</small>")


def test_a_text_without_a_translation_is_shown_in_its_language(small: Store) -> None:
    row = {"wordsEn": {"type": "literal", "value": "good", "xml:lang": "en"}}
    both = {**row, "wordsZh": {"type": "literal", "value": "好", "xml:lang": "zh"}}
    headings = {"wordsEn": "in English", "wordsZh": "in Chinese"}
    body = {"head": {"vars": [*both]}, "results": {"bindings": [both, row]}}

    result = read(small, json.dumps(body), language="zh", **headings)

    assert (len(result.columns), result.hidden_columns) == (2, 0)


def test_names_of_the_things_of_a_column_are_left_to_downloads(small: Store) -> None:
    def named(text: str, language: str) -> dict[str, str]:
        return {"type": "literal", "value": text, "xml:lang": language}

    row = {
        "city": {"type": "uri", "value": "https://w3id.org/glocal/id/London"},
        "cityEn": named("London", "en"),
        "cityZh": named("伦敦", "zh"),
        "textEn": named("a text of its own", "en"),
        "cityFr": named("no French", "en"),
    }
    body = json.dumps({"head": {"vars": [*row]}, "results": {"bindings": [row]}})

    result = read(small, body, city="city")
    editor = read(small, body)

    assert [column.name for column in result.columns] == ["city", "textEn", "cityFr"]
    assert (len(result.rows[0].cells), result.hidden_columns) == (3, 2)
    assert (len(editor.rows[0].cells), editor.hidden_columns) == (5, 0)


@pytest.mark.parametrize(("end", "total"), [("", None), ("# 1234\n", 1234)])
def test_the_number_of_all_triples_stands_at_their_end(
    small: Store, end: str, total: int | None
) -> None:
    lines = [f'<x:s> <x:p> "\\n# {n}" .\n' for n in range(ROWS_ON_PAGE + 1)]

    result = read(small, "".join(lines) + end, "CONSTRUCT")

    assert (result.total, result.last, result.has_more) == (total, ROWS_ON_PAGE, True)
