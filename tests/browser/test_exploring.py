"""Exploring with scripts: suggestions, lists filtered in place, and suppositions collected."""

import gzip
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.reader import Activate, translate
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import window

PHONE: Final = {"width": 390, "height": 844}
LONDON: Final = {"en": "London", "zh": "伦敦"}
CLAIM: Final = {"en": "claim", "zh": "主张"}
LAUNCH: Final = {
    "predicate": "glocal:contributedToLaunchOf",
    "object": "id:CitiesAndClimateChangeInitiative",
    "view": "readings",
}
PROOF: Final = f"/explain?{urlencode({'subject': 'id:London', **LAUNCH})}"
WHY_NOT: Final = f"/explain?{urlencode({'subject': 'id:Beijing', **LAUNCH})}"


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def box(page: Page, language: str) -> Locator:
    return page.get_by_role("combobox", name=translate("Search", language), exact=True)


def suggested(page: Page, language: str) -> Locator:
    list_ = page.get_by_role("listbox", name=translate("Suggestions", language), exact=True)
    return list_.get_by_role("option")


def button(page: Page, language: str, english: str) -> Locator:
    return page.get_by_role("button", name=translate(english, language), exact=True)


def basket(page: Page, language: str) -> Locator:
    return page.get_by_role("complementary", name=translate("Suppositions", language), exact=True)


def collect(language: str, within: Locator) -> Locator:
    return within.get_by_role("button", name=translate("Add to suppositions", language), exact=True)


def expect_accessible(page: Page) -> None:
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("Lond", "London"),
        ("伦敦", "London"),
        ("倫敦", "London"),
        ("UCLG", "UCLG"),
    ],
)
def test_a_suggestion_leads_to_the_thing(
    page: Page, service: str, language: str, typed: str, place: str
) -> None:
    page.goto(service)
    box(page, language).click()

    page.keyboard.insert_text(typed)
    expect(suggested(page, language).first).to_be_visible()
    suggested(page, language).first.click()

    page.wait_for_url(f"**/data/id/{place}**")


def test_a_suggestion_is_chosen_with_keys(page: Page, service: str, language: str) -> None:
    page.goto(service)
    box(page, language).focus()
    page.keyboard.insert_text("C40")
    options = suggested(page, language)
    expect(options.nth(1)).to_be_visible()
    expect(box(page, language)).to_have_attribute("aria-expanded", "true")

    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.first).to_have_attribute("aria-selected", "true")
    chosen = box(page, language).get_attribute("aria-activedescendant")
    assert options.first.get_attribute("id") == chosen
    page.keyboard.press("Enter")

    page.wait_for_url("**/data/id/C40**")


def test_escape_closes_the_suggestions_and_keeps_what_was_typed(
    page: Page, service: str, language: str
) -> None:
    page.goto(service)
    box(page, language).focus()
    page.keyboard.insert_text("C40")
    expect(suggested(page, language).first).to_be_visible()

    page.keyboard.press("Escape")

    expect(suggested(page, language)).to_have_count(0)
    assert box(page, language).input_value() == "C40"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert urlsplit(page.url).path == "/search"


def test_only_the_last_of_what_was_typed_is_suggested(
    page: Page, service: str, language: str
) -> None:
    asked: list[str] = []

    def note(route: Route) -> None:
        asked.append(parse_qs(urlsplit(route.request.url).query)["q"][0])
        if asked[-1] != "Beijing":
            # It never answers, so that the next request must abort it.
            return
        route.continue_()

    page.route("**/search?*", note)
    page.goto(service)
    box(page, language).focus()
    page.keyboard.insert_text("Lon")
    with page.expect_event("requestfailed"):
        while not asked:
            page.wait_for_timeout(20)
        box(page, language).fill("Beijing")

    expect(suggested(page, language).first).to_contain_text(
        {"en": "Beijing", "zh": "北京"}[language]
    )
    assert asked == ["Lon", "Beijing"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_suggestions_fit_a_phone_and_are_accessible(
    chromium: Browser, service: str, language: str, scheme: Any
) -> None:
    with window(chromium, language, viewport=PHONE, color_scheme=scheme) as page:
        page.goto(service)
        box(page, language).focus()
        page.keyboard.insert_text("Shang")
        expect(suggested(page, language).first).to_be_visible()
        page.keyboard.press("ArrowDown")

        assert page.evaluate(TOO_WIDE) == []
        expect_accessible(page)


def facet(page: Page, language: str) -> Locator:
    group = page.get_by_role("group", name=translate("Status", language), exact=True)
    return group.get_by_role("link").filter(has_text=CLAIM[language])


def remember(page: Page) -> None:
    """Mark the document, which a full load would replace."""
    page.evaluate("() => { window.isSame = true }")


def is_same(page: Page) -> bool:
    return bool(page.evaluate("() => window.isSame === true"))


@pytest.mark.parametrize("path", ["/classes/City", "/search?q=city"])
def test_a_list_is_filtered_in_place_and_back(
    page: Page, service: str, language: str, path: str, activate: Activate
) -> None:
    page.goto(f"{service}{path}")
    page.wait_for_load_state("networkidle")
    remember(page)
    things = page.locator(".found > li")
    before = things.all_inner_texts()

    activate(facet(page, language))

    expect(facet(page, language)).to_have_attribute("aria-current", "true")
    expect(facet(page, language)).to_be_focused()
    assert 0 < things.count() < len(before)
    assert parse_qs(urlsplit(page.url).query)["status"] == ["Claim"]
    total = page.locator("[data-total]").inner_text()
    expect(page.get_by_role("status").filter(has_text=total)).to_have_count(1)
    assert "status=Claim" in (page.locator(".languages a").get_attribute("href") or "")

    page.go_back()

    expect(facet(page, language)).not_to_have_attribute("aria-current", "true")
    assert things.all_inner_texts() == before
    page.go_forward()
    expect(facet(page, language)).to_have_attribute("aria-current", "true")
    assert is_same(page)


def test_two_choices_in_a_row_are_both_made(page: Page, service: str) -> None:
    page.goto(f"{service}/classes/City")
    page.wait_for_load_state("networkidle")
    remember(page)

    page.evaluate("""() => {
        document.querySelector("[data-value='status=Claim']").click()
        document.querySelector("[data-value='status=Fact']").click()
    }""")

    expect(page.locator(".chosen [data-value]")).to_have_count(2)
    assert parse_qs(urlsplit(page.url).query)["status"] == ["Claim", "Fact"]
    assert is_same(page)


def test_a_filter_is_taken_away_in_place(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/classes/City?status=Claim")
    page.wait_for_load_state("networkidle")
    remember(page)

    page.locator(".chosen a").first.click()

    expect(page.locator(".chosen a")).to_have_count(0)
    expect(facet(page, language)).to_be_focused()
    assert page.url == f"{service}/classes/City"
    assert is_same(page)


def test_what_is_far_too_long_for_a_name_is_not_looked_for(
    page: Page, service: str, language: str
) -> None:
    page.goto(service)
    box(page, language).focus()
    page.keyboard.insert_text("long " * 200)
    page.keyboard.press("Escape")
    page.keyboard.insert_text("x")
    page.wait_for_timeout(500)

    expect(suggested(page, language)).to_have_count(0)


def test_an_open_filter_stays_open_on_a_phone(
    chromium: Browser, service: str, language: str
) -> None:
    with window(chromium, language, viewport=PHONE) as page:
        page.goto(f"{service}/classes/City")
        page.wait_for_load_state("networkidle")
        page.locator(".facets > details > summary").click()

        facet(page, language).click()

        expect(facet(page, language)).to_have_attribute("aria-current", "true")
        expect(facet(page, language)).to_be_focused()
        expect(facet(page, language)).to_be_in_viewport()
        assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("path", ["/data/id/London.html", "/classes/City", PROOF])
def test_a_page_for_reading_loads_at_most_40_kilobytes_of_scripts(
    page: Page, service: str, path: str
) -> None:
    loaded: list[int] = []
    page.on(
        "response",
        lambda one: (
            loaded.append(len(gzip.compress(one.body()))) if one.url.endswith(".js") else None
        ),
    )

    page.goto(f"{service}{path}")
    page.wait_for_load_state("networkidle")

    assert len(loaded) > 1
    assert sum(loaded) <= 40_000


@pytest.mark.parametrize(
    ("path", "words", "found"),
    [("/rules", "co-hosts", "co-hosts"), ("/ontology", "headquarteredIn", "headquarteredIn")],
)
def test_the_rows_of_rules_and_terms_are_filtered_by_words(
    chromium: Browser, service: str, language: str, path: str, words: str, found: str
) -> None:
    with window(chromium, language) as page:
        page.goto(f"{service}{path}?lang={language}")
        name = translate("Rows with these words", language)
        page.get_by_role("searchbox", name=name).fill(words)

        rows = page.locator("main tbody tr[id]:visible")
        expect(page.locator(f"tr#{found}")).to_be_visible()
        for text in rows.all_inner_texts():
            assert words in text
