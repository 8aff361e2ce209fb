"""The bar of suppositions: in the language of each page, and soon reached with keys."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.reader import click, translate
from tests.browser.test_exploring import LONDON, PROOF, basket, collect, expect_accessible
from tests.browser.test_workbench import window


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def test_what_is_collected_is_said_in_the_language_of_each_page(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/data/id/London.html")
    one = page.locator("a.otherwise[href*='cityOf']").locator("xpath=..")
    click(collect(language, one))
    basket(page, language).locator("summary").click()
    said = basket(page, language).get_by_role("listitem")
    expect(said).to_contain_text(LONDON[language])
    before = said.inner_text()
    assert said.locator("span").get_attribute("lang") is None

    another = {"en": "zh", "zh": "en"}[language]
    page.locator(".languages a").click()
    basket(page, another).locator("summary").click()
    said = basket(page, another).get_by_role("listitem")
    expect(said).to_contain_text(LONDON[another])
    expect(said).to_contain_text({"en": "United Kingdom", "zh": "英国"}[another])
    assert said.locator("span").get_attribute("lang") is None
    expect(collect(another, one)).to_have_attribute("aria-pressed", "true")

    page.goto(f"{service}/data/id/London.html?lang={language}")
    basket(page, language).locator("summary").click()
    expect(basket(page, language).get_by_role("listitem")).to_have_text(before.replace("\n", ""))


def test_what_was_kept_without_a_language_is_said_in_that_of_the_page(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/")
    kept = [
        {"change": "remove", "statement": "id:London glocal:cityOf id:UnitedKingdom"},
        {"change": "remove", "statement": "id:London rdf:type glocal:GlobalCity"},
        {"change": "add", "statement": "id:London glocal:cityOf id:NoSuchState"},
    ]
    page.evaluate(
        "kept => localStorage.setItem('glocal.suppositions', JSON.stringify(kept))",
        [{**one, "words": "something collected", "view": "", "world": ""} for one in kept],
    )

    page.reload()

    basket(page, language).locator("summary").click()
    items = basket(page, language).get_by_role("listitem")
    expect(items.first).to_contain_text(LONDON[language])
    kind = {"en": "London is of the class global city", "zh": "伦敦属于全球城市"}[language]
    expect(items.nth(1)).to_contain_text(kind)
    expect(items.last).to_contain_text("something collected")


def test_keys_reach_the_bar_early(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}{PROOF}")
    skip = page.get_by_role("link", name=translate("1 supposition", language), exact=True)
    expect(page.locator(".collect").first).to_be_visible()
    expect(skip).to_have_count(0)
    page.locator(".collect").first.click()
    page.reload()
    expect(basket(page, language)).to_be_visible()

    for _ in range(2):
        page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    expect(basket(page, language)).to_be_focused()
    page.keyboard.press("Tab")

    expect(basket(page, language).locator("summary")).to_be_focused()
    expect_accessible(page)
