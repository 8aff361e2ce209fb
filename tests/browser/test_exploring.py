"""Exploring with scripts: suggestions, lists filtered in place, and suppositions collected."""

import gzip
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.reader import translate
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
# More than the links of any page.
MOST_TABS: Final = 1_500

Activate = Callable[[Locator], None]


def click(target: Locator) -> None:
    target.click()


def press(target: Locator) -> None:
    """Tab to an element from the start of the page, and press Enter."""
    page, element = target.page, target.element_handle()
    for _ in range(MOST_TABS):
        if element.evaluate("one => one === document.activeElement"):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


@pytest.fixture(params=[click, press], ids=["mouse", "keyboard"])
def activate(request: pytest.FixtureRequest) -> Activate:
    found: Activate = request.param
    return found


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    """A window that asks nothing of other origins."""
    foreign: list[str] = []
    with window(chromium, language) as page:
        page.on("request", lambda one: foreign.append(one.url) if is_foreign(one.url) else None)
        yield page
    assert foreign == []


def is_foreign(url: str) -> bool:
    return urlsplit(url).hostname not in ("127.0.0.1", None)


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
    return within.get_by_role("button", name=translate("Collect", language), exact=True)


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


def row(page: Page, words: str) -> Locator:
    """The innermost item of a list with these words that can be supposed not to be so."""
    return page.get_by_role("main").locator("li:has(a.otherwise)").filter(has_text=words).last


def test_two_suppositions_are_collected_on_different_pages_and_shared(
    chromium: Browser, page: Page, service: str, language: str, activate: Activate
) -> None:
    page.goto(f"{service}/data/id/London.html")
    one = page.locator("a.otherwise[href*='cityOf']").locator("xpath=..")
    activate(collect(language, one))
    expect(basket(page, language)).to_contain_text(translate("1 supposition", language))
    expect(collect(language, one)).to_have_attribute("aria-pressed", "true")

    page.goto(f"{service}{WHY_NOT}")
    activate(collect(language, page.locator(".miss").first))
    expect(basket(page, language)).to_contain_text(translate("2 suppositions", language))
    page.goto(f"{service}/")
    bar = basket(page, language)
    activate(bar.get_by_role("button", name=translate("Share", language), exact=True))
    link = bar.get_by_role("textbox", name=translate("Link to these suppositions", language))
    expect(link).to_be_visible()
    shared = link.input_value()

    with window(chromium, language) as other:
        other.goto(shared)
        supposed = other.locator("#without .changed > li")
        expect(supposed).to_have_count(2)
        expect(supposed.first).to_contain_text(LONDON[language])
        expect(basket(other, language)).to_be_hidden()
    with page.expect_navigation():
        activate(bar.get_by_role("link", name=translate("Look", language), exact=True))
    expect(page.locator("#without .changed > li")).to_have_count(2)
    activate(basket(page, language).get_by_role("button", name=translate("Clear", language)))
    expect(basket(page, language)).to_be_hidden()


def test_a_supposition_is_taken_back_from_the_list(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}{PROOF}")
    for number in (0, 1):
        page.locator(".collect").nth(number).click()
    bar = basket(page, language)
    expect(bar.locator("summary")).to_have_text(translate("2 suppositions", language))
    bar.locator("summary").click()
    expect(bar.get_by_role("listitem")).to_have_count(2)

    bar.get_by_role("button", name=translate("take back", language)).first.click()

    expect(bar.get_by_role("listitem")).to_have_count(1)
    expect(page.locator(".collect[aria-pressed=true]")).to_have_count(1)
    expect(bar.get_by_role("button", name=translate("take back", language))).to_be_focused()


def test_another_tab_has_the_same_suppositions(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}{PROOF}")
    other = page.context.new_page()
    other.goto(f"{service}/")

    page.locator(".collect").first.click()

    expect(basket(other, language)).to_contain_text(translate("1 supposition", language))


def test_what_falls_without_a_leaf_is_shown_in_its_place(
    page: Page, service: str, language: str, activate: Activate
) -> None:
    page.goto(f"{service}{PROOF}")
    leaf = page.locator("ul.proof li:has(> a.otherwise[href*='initiatedBy'])")
    suppose = leaf.get_by_role("button", name=translate("Suppose it were not so", language))

    activate(suppose)

    lost = leaf.get_by_role("region", name=translate("No longer holds", language))
    expect(lost.get_by_role("link", name=LONDON[language], exact=True).first).to_be_visible()
    expect(suppose).to_have_attribute("aria-expanded", "true")
    with page.expect_navigation():
        activate(leaf.locator(".falling > p a"))
    expect(page.get_by_role("region", name=translate("No longer holds", language))).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_collected_and_what_falls_is_accessible(
    chromium: Browser, service: str, language: str, scheme: Any, width: int
) -> None:
    size: Any = {"width": width, "height": 844}
    with window(chromium, language, viewport=size, color_scheme=scheme) as page:
        page.goto(f"{service}{PROOF}")
        page.locator(".falls").first.click()
        expect(page.locator(".falling section").first).to_be_visible()
        page.locator(".collect").first.click()
        bar = basket(page, language)
        bar.locator("summary").click()
        bar.get_by_role("button", name=translate("Share", language), exact=True).click()

        assert page.evaluate(TOO_WIDE) == []
        expect_accessible(page)


def test_a_row_about_the_thing_as_object_is_collected_as_a_sentence(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/data/id/London.html")
    one = page.locator("a.otherwise[href*='foundedAt']").locator("xpath=..")

    collect(language, one).click()

    sentence = {"en": "C40 Cities Climate Leadership Group was founded in London", "zh": "伦敦"}
    basket(page, language).locator("summary").click()
    item = basket(page, language).get_by_role("listitem")
    expect(item).to_contain_text(sentence[language])
    expect(item).not_to_contain_text("…")


def test_what_somebody_shared_is_continued(page: Page, service: str, language: str) -> None:
    removed = ["id:C40 glocal:initiatedBy id:KenLivingstone", "id:C40 glocal:foundedAt id:London"]
    page.goto(f"{service}/whatif?{urlencode({'remove': removed}, doseq=True)}")
    items = page.locator("#without .changed > li")
    for number in (0, 1):
        collect(language, items.nth(number)).click()
    page.goto(f"{service}/")

    with page.expect_navigation():
        basket(page, language).get_by_role("link", name=translate("Look", language)).click()

    assert sorted(parse_qs(urlsplit(page.url).query)["remove"]) == sorted(removed)


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


@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "open"])
def test_the_bar_hides_nothing_that_has_the_focus(
    page: Page, service: str, language: str, is_open: bool
) -> None:
    # Without motion, a scroll is over at once.
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{service}{PROOF}")
    page.locator(".collect").first.click()
    if is_open:
        basket(page, language).locator("summary").click()
    page.locator(".collect").first.focus()

    for _ in range(40):
        page.keyboard.press("Tab")
        hidden = page.evaluate("""() => {
            const [one, bar] = [document.activeElement, document.querySelector("aside.basket")]
            const isBehind = one !== document.body && !bar.contains(one)
                && one.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1
            return isBehind ? one.outerHTML : ""
        }""")
        assert hidden == ""
