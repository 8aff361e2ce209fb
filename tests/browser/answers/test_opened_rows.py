"""Why a row is in an answer, opened below the row, and what stays in sight of many rows."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.answers.test_answers import SLOW, address, named, offline_window, result
from tests.browser.answers.test_filtered_rows import FEW, STATEMENTS
from tests.browser.reader import Activate, translate
from tests.browser.test_pages import AXE, TOO_WIDE

IN_SIGHT: Final = """one => {
    const [box, frame] = [one, one.closest(".wide")].map(each => each.getBoundingClientRect())
    return box.left >= frame.left - 1 && box.right <= frame.right + 1
}"""


@pytest.fixture
def page(chromium: Browser, language: str, service: str) -> Iterator[Page]:
    with offline_window(chromium, language, service) as page:
        yield page


def why(page: Page, language: str) -> Locator:
    return page.get_by_role("button", name=translate("Why this row", language), exact=True)


def opened(page: Page, language: str) -> Locator:
    return page.get_by_role("region", name=translate("Why this row", language), exact=True)


def load_all(page: Page, language: str) -> None:
    named(page, language, "Load all rows").click()
    expect(page.locator(".of-many .row-status .chip").first).to_be_visible(timeout=SLOW)


def test_why_is_opened_below_its_row_and_closed(
    page: Page, service: str, language: str, activate: Activate
) -> None:
    page.goto(service + address(FEW))
    here = page.url
    rows = result(page, language).get_by_role("table").locator("tbody tr")

    activate(why(page, language).nth(1))

    expect(opened(page, language)).to_be_visible(timeout=SLOW)
    thing = rows.nth(1).locator("td").nth(2).inner_text().strip()
    expect(rows.nth(2)).to_contain_text(thing)
    expect(rows.nth(2).get_by_role("listitem").first).to_be_visible()
    expect(why(page, language).nth(1)).to_have_attribute("aria-expanded", "true")
    assert page.url == here
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
    # Another takes its place.
    why(page, language).nth(0).click()
    expect(rows.nth(1).get_by_role("listitem").first).to_be_visible(timeout=SLOW)
    expect(opened(page, language)).to_have_count(1)
    named(page, language, "Close").click()
    expect(opened(page, language)).to_have_count(0)
    expect(why(page, language).nth(0)).to_be_focused()


def test_a_statement_of_an_opened_row_is_collected(page: Page, service: str, language: str) -> None:
    page.goto(service + address(FEW))
    why(page, language).first.click()

    opened(page, language).get_by_role(
        "button", name=translate("Add to suppositions", language)
    ).first.click(timeout=SLOW)

    expect(page.locator("aside.basket")).to_be_visible()


def test_the_whole_page_says_the_same(page: Page, service: str, language: str) -> None:
    page.goto(service + address(FEW))
    why(page, language).first.click()
    first = opened(page, language).get_by_role("listitem").first
    expect(first).to_be_visible(timeout=SLOW)
    said = first.locator("p").first.inner_text()

    opened(page, language).get_by_role(
        "link", name=translate("On a page of its own", language), exact=True
    ).click()

    page.wait_for_url("**/sparql/support?**")
    expect(page.get_by_role("listitem").filter(has_text=said).first).to_be_visible()


def test_status_and_why_of_many_rows_stay_in_sight(page: Page, service: str, language: str) -> None:
    page.goto(service + address(STATEMENTS))
    load_all(page, language)
    frame = page.locator(".of-many")
    for left in (0, 10_000):
        frame.evaluate("(one, left) => one.scrollLeft = left", left)
        assert frame.locator(".row-status .chip").first.evaluate(IN_SIGHT)
        assert why(page, language).first.evaluate(IN_SIGHT)


def test_one_scrolls_past_what_is_opened(page: Page, service: str, language: str) -> None:
    page.goto(service + address(STATEMENTS))
    load_all(page, language)
    why(page, language).nth(2).click()
    expect(opened(page, language)).to_be_visible(timeout=SLOW)
    frame = page.locator(".of-many")

    for _ in range(12):
        frame.evaluate("one => one.scrollTop += 300")
        page.wait_for_timeout(60)

    expect(opened(page, language)).to_have_count(0)
    filled = """one => {
        const frame = one.getBoundingClientRect()
        const rows = [...one.querySelectorAll("tbody:not([aria-hidden]) tr")]
        return rows[0].getBoundingClientRect().top <= frame.top + 40
            && rows.at(-1).getBoundingClientRect().bottom >= frame.bottom
    }"""
    page.wait_for_function(filled, arg=frame.element_handle())


def test_many_rows_fit_a_phone(chromium: Browser, service: str, language: str) -> None:
    with offline_window(chromium, language, service) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(service + address(STATEMENTS))
        named(page, language, "Load all rows").click()
        expect(page.locator(".of-many")).to_be_visible(timeout=SLOW)
        assert why(page, language).first.evaluate(IN_SIGHT)
        assert page.evaluate(TOO_WIDE) == []


def test_why_is_opened_beside_the_chart_of_a_column(
    page: Page, service: str, language: str
) -> None:
    query = "SELECT ?one (1 AS ?n) (2 AS ?m) { ?one a glocal:City ; glocal:memberOf ?network }"
    page.goto(service + address(query, show="chart:m"))

    why(page, language).first.click()

    expect(opened(page, language).get_by_role("listitem").first).to_be_visible(timeout=SLOW)
