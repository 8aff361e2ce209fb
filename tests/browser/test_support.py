"""The page that says why a row is in an answer: what can be asked and supposed there."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.kinds import follow_why
from tests.browser.reader import translate
from tests.browser.test_exploring import basket, collect, expect_accessible
from tests.browser.test_pages import TOO_WIDE
from tests.browser.test_workbench import PREFIXES, window

FOUNDED: Final = f"{PREFIXES}SELECT ?city {{ ?network glocal:foundedAt ?city }}"
AGENTS: Final = (
    f"{PREFIXES}SELECT ?g {{ VALUES ?one {{ id:London }} GRAPH ?g {{ ?one a glocal:Agent }} }}"
)


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def why(page: Page, service: str, query: str) -> None:
    page.goto(f"{service}/sparql?query={quote(query)}")
    follow_why(page)


@pytest.mark.parametrize("width", [390, 1280])
def test_what_a_row_rests_on_can_be_supposed_away_and_collected(
    chromium: Browser, service: str, language: str, width: int
) -> None:
    with window(chromium, language, viewport={"width": width, "height": 844}) as page:
        why(page, service, FOUNDED)
        statement = page.locator("ol.support > li").first
        collect(language, statement).click()
        expect(basket(page, language)).to_be_visible()
        assert page.evaluate(TOO_WIDE) == []
        expect_accessible(page)

        with page.expect_navigation():
            statement.get_by_role("link", name=translate("what if not?", language)).first.click()

        lost = page.get_by_role("region", name=translate("No longer holds", language))
        expect(lost.get_by_role("listitem").first).to_be_visible()


def test_a_row_of_a_graph_that_only_collects_triples_has_their_status(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/sparql?query={quote(AGENTS)}")

    statuses = page.locator("td.row-status")

    expect(statuses).not_to_have_count(0)
    for said in statuses.all_inner_texts():
        assert said.strip() == {"en": "derived: fact", "zh": "推导得出：事实"}[language]


def test_a_date_is_written_as_in_the_table(page: Page, service: str) -> None:
    query = f"{PREFIXES}SELECT ?when {{ id:C40 glocal:foundedOn ?when }}"
    page.goto(f"{service}/sparql?query={quote(query)}")
    told = page.locator(".result tbody tr td").first.inner_text()

    why(page, service, query)

    expect(page.locator(".supported tbody td")).to_have_text(told)
