"""Rows of an answer that are found by names and IRIs, kept in the address, and saved with names."""

import csv
import re
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.answers.test_answers import SLOW, address, named, offline_window, result
from tests.browser.reader import translate

RDFS: Final = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
STATEMENTS: Final = "SELECT ?one ?relation ?other { ?one a glocal:City ; ?relation ?other }"
# All on one page.
FEW: Final = (
    "SELECT ?one ?relation ?other { VALUES ?one { id:Guangzhou } ?one ?relation ?other "
    "FILTER(ISIRI(?other)) }"
)
RELATION: Final = "glocal:cooperatesWith"
COOPERATES: Final = {"en": "cooperates with", "zh": "与……合作"}


@pytest.fixture
def page(chromium: Browser, language: str, service: str) -> Iterator[Page]:
    with offline_window(chromium, language, service) as page:
        yield page


def words(page: Page, language: str) -> Locator:
    return page.get_by_label(translate("Rows with these words", language))


def body(page: Page, language: str) -> Locator:
    table = result(page, language).get_by_role("table")
    return table.locator("tbody:not([aria-hidden]) tr")


@pytest.mark.parametrize("query", [FEW, STATEMENTS], ids=["page", "worker"])
@pytest.mark.parametrize("typed", [RELATION, "https://w3id.org/glocal/ontology#cooperatesWith"])
def test_rows_are_found_by_their_iris(
    page: Page, service: str, language: str, query: str, typed: str
) -> None:
    page.goto(service + address(query))

    words(page, language).fill(typed)

    others = body(page, language).locator("td:nth-child(2) a:not([title$='#cooperatesWith'])")
    expect(others).to_have_count(0, timeout=SLOW)
    expect(body(page, language)).not_to_have_count(0)


def test_the_start_of_all_iris_finds_nothing(page: Page, service: str, language: str) -> None:
    page.goto(service + address(FEW))

    words(page, language).fill("w3id")

    expect(body(page, language)).to_have_count(0)


def test_without_rows_one_clears_the_filter(page: Page, service: str, language: str) -> None:
    page.goto(service + address(FEW))
    everything = body(page, language).count()
    clear = named(page, language, "Clear the filter")
    expect(clear).to_be_hidden()
    words(page, language).fill("no such words")
    expect(body(page, language)).to_have_count(0)

    clear.click()

    expect(body(page, language)).to_have_count(everything)
    expect(words(page, language)).to_be_focused()
    expect(words(page, language)).to_have_value("")
    expect(clear).to_be_hidden()


@pytest.mark.parametrize("query", [FEW, STATEMENTS], ids=["page", "worker"])
def test_the_address_keeps_filter_and_order(
    page: Page, service: str, language: str, query: str
) -> None:
    page.goto(service + address(query))
    words(page, language).fill(RELATION)
    other = page.get_by_role("button", name="other", exact=True)
    other.click()
    other.click()
    head = page.get_by_role("columnheader", name="other")
    expect(head).to_have_attribute("aria-sort", "descending", timeout=SLOW)
    status = page.locator(".answers [role=status]")
    # Fewer rows than there are.
    expect(status).to_contain_text(re.compile(r"\b(\d+)\D+(?!\1\b)\d+"), timeout=SLOW)
    shown = re.search(r"\d+", status.inner_text())
    assert shown
    expect(body(page, language)).to_have_count(int(shown[0]), timeout=SLOW)
    rows = body(page, language).all_inner_texts()
    share = page.get_by_role("link", name=translate("Share", language), exact=True)
    sent = share.evaluate("one => one.href")
    assert "#rows=" in page.url

    page.goto("about:blank")
    page.goto(sent)

    expect(head).to_have_attribute("aria-sort", "descending", timeout=SLOW)
    expect(words(page, language)).to_have_value(RELATION)
    expect(body(page, language)).to_have_count(len(rows), timeout=SLOW)
    first = rows[0].split("\t")[2].strip()
    expect(body(page, language).first).to_contain_text(first)
    page.locator(".languages a").click()
    another = {"en": "zh", "zh": "en"}[language]
    expect(words(page, another)).to_have_value(RELATION)
    expect(body(page, another)).to_have_count(len(rows), timeout=SLOW)


def test_an_answer_is_saved_with_names_and_iris(page: Page, service: str, language: str) -> None:
    page.goto(service + address(FEW, cells="curies"))

    with page.expect_download(timeout=SLOW) as saved:
        named(page, language, "CSV with names").click()

    text = saved.value.path().read_bytes().decode("utf-8-sig")
    head, *rows = csv.reader(text.splitlines())
    assert head == ["one", "one IRI", "relation", "relation IRI", "other", "other IRI"]
    assert len(rows) == body(page, language).count()
    relations = {row[3]: row[2] for row in rows}
    assert relations["https://w3id.org/glocal/ontology#cooperatesWith"] == COOPERATES[language]


@pytest.mark.parametrize("form", ["CONSTRUCT { ?one rdfs:label ?label }", "SELECT ?one ?label"])
def test_texts_of_both_languages_have_their_tags(page: Page, service: str, form: str) -> None:
    page.goto(
        service + address(f"{RDFS}{form} {{ VALUES ?one {{ id:C40 }} ?one rdfs:label ?label }}")
    )

    tags = page.locator("section.result tbody td small").all_inner_texts()

    assert sorted(tags) == ["en", "zh"]
