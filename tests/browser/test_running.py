"""Queries that are run without leaving the page, each tab with its answer."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.reader import translate
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import PREFIXES, editor, window, write

NETWORKS = f"{PREFIXES}SELECT ?network {{ id:Beijing glocal:memberOf ?network }}"
CITIES = f"{PREFIXES}SELECT ?city {{ ?city a glocal:City }} LIMIT 3"


@pytest.fixture
def page(chromium: Browser, service: str, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        page.goto(f"{service}/sparql")
        yield page


def result(page: Page, language: str) -> Locator:
    return page.get_by_role("region", name=translate("Result", language), exact=True)


def run(page: Page, language: str, query: str) -> None:
    write(page, language, query)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(result(page, language)).to_be_visible()


def test_the_editor_stays_as_it_is_when_its_query_runs(page: Page, language: str) -> None:
    run(page, language, NETWORKS)
    expect(result(page, language).locator("tbody tr")).not_to_have_count(0)
    assert "query=" in page.url
    assert page.evaluate("document.activeElement.shadowRoot !== null")

    page.keyboard.press("ControlOrMeta+z")

    expect(editor(page, language)).not_to_contain_text("memberOf")
    page.reload()
    expect(result(page, language)).to_be_visible()
    expect(editor(page, language)).to_contain_text("memberOf")


def test_each_tab_has_its_own_answer_and_address(page: Page, language: str) -> None:
    run(page, language, NETWORKS)
    networks, address = result(page, language).locator("tbody").inner_text(), page.url
    page.get_by_role("button", name=translate("New query", language)).click()
    expect(result(page, language)).to_have_count(0)
    assert "query=" not in page.url
    run(page, language, CITIES)
    expect(result(page, language).locator("tbody tr")).to_have_count(3)

    page.get_by_role("tab", name="?network").click()

    assert result(page, language).locator("tbody").inner_text() == networks
    assert page.url == address
    # The other view is asked for the answer in sight.
    page.get_by_role("radio", name=translate("Facts", language), exact=True).check()
    expect(page.locator(".view-changes [role=status]")).not_to_be_empty()
    assert "network" in result(page, language).locator("thead").inner_text()


def test_an_offered_correction_is_made_in_place_and_undone(page: Page, language: str) -> None:
    write(page, language, "SELECT ?city { ?city a glocal:City } LIMIT 3")
    page.keyboard.press("ControlOrMeta+Enter")
    alert = page.get_by_role("alert")

    alert.get_by_role("button", name=translate("Add prefix", language)).click()

    expect(result(page, language).locator("tbody tr")).to_have_count(3)
    expect(alert).to_have_count(0)
    expect(page.locator(".query-tabs").get_by_role("tab")).to_have_count(1)
    editor(page, language).press("ControlOrMeta+z")
    expect(editor(page, language)).not_to_contain_text("PREFIX")


def test_an_empty_query_is_not_run(page: Page, language: str) -> None:
    page.get_by_role("button", name=translate("New query", language)).click()
    page.get_by_role("button", name=translate("Run", language), exact=True).click()

    said = {"en": "There is no query to run.", "zh": "没有可运行的查询。"}[language]
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()


def test_the_link_to_an_answer_is_copied(page: Page, language: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run(page, language, NETWORKS)

    page.get_by_role("link", name=translate("Share", language), exact=True).click()

    said = {"en": "The link is copied.", "zh": "链接已复制。"}[language]
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    assert "?query=" in page.evaluate("navigator.clipboard.readText()")


def test_rows_are_sorted_on_a_phone_too(page: Page, language: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    run(page, language, f"{PREFIXES}SELECT ?n {{ VALUES ?n {{ 3 1 2 }} }}")

    result(page, language).get_by_role("button", name="n", exact=True).click()

    cells = result(page, language).locator("tbody tr td:first-child")
    expect(cells.first).to_have_text("1")
    assert page.evaluate(TOO_WIDE) == []


def test_back_leads_to_the_answer_before(page: Page, language: str) -> None:
    run(page, language, NETWORKS)
    address = page.url
    run(page, language, CITIES)
    expect(result(page, language).locator("tbody tr")).to_have_count(3)

    page.go_back()

    expect(result(page, language).locator("thead")).to_contain_text("network")
    assert page.url == address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_an_answer_that_was_fetched(
    page: Page, language: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    run(page, language, NETWORKS)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run().then(found => found.violations)")
    assert [one["id"] for one in found] == []
