"""Suppositions that are collected while one looks around, and what falls without a premise."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.reader import Activate, translate
from tests.browser.test_exploring import (
    LONDON,
    PROOF,
    WHY_NOT,
    basket,
    collect,
    expect_accessible,
)
from tests.browser.test_pages import TOO_WIDE
from tests.browser.test_workbench import window


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


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
        activate(
            bar.get_by_role("link", name=translate("See what would change", language), exact=True)
        )
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
    suppose = leaf.get_by_role("button", name=translate("show the effect here", language))

    activate(suppose)

    lost = leaf.get_by_role("region", name=translate("No longer holds", language))
    expect(lost.get_by_role("link", name=LONDON[language], exact=True).first).to_be_visible()
    expect(suppose).to_have_attribute("aria-expanded", "true")
    with page.expect_navigation():
        activate(leaf.locator(".falling > p a"))
    expect(page.get_by_role("region", name=translate("No longer holds", language))).to_be_visible()


def test_of_much_that_falls_the_number_of_the_rest_is_said(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}{PROOF}")
    leaf = page.locator("ul.proof li:has(> a.otherwise)").first
    suppose = leaf.get_by_role("button", name=translate("show the effect here", language))
    much = [f"id:{name} glocal:memberOf id:C40" for name in ("Shanghai", "Beijing", "Guangzhou")]
    removed = [*much, "id:C40 a glocal:TransnationalCityNetwork"]
    query = urlencode({"remove": removed, "view": "readings"}, doseq=True)
    leaf.locator("> a.otherwise").evaluate("(link, query) => { link.search = query }", query)

    suppose.click()

    lost = leaf.get_by_role("region", name=translate("No longer holds", language))
    expect(lost.get_by_role("listitem")).to_have_count(21, timeout=60_000)
    heading = lost.locator("b").first.inner_text()
    count = int(heading.rpartition(" ")[2])
    assert count > 20
    rest = {"en": "… and {} more", "zh": "……另有 {} 条"}[language].format(count - 20)
    expect(lost.get_by_role("listitem").last).to_have_text(rest)


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
        basket(page, language).get_by_role(
            "link", name=translate("See what would change", language)
        ).click()

    assert sorted(parse_qs(urlsplit(page.url).query)["remove"]) == sorted(removed)


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


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_supposed_and_what_follows_say_so_in_place_of_a_status(
    chromium: Browser, service: str, language: str, width: int
) -> None:
    said = {
        "en": ("supposed", "would follow from what is supposed", "as strong as: fact"),
        "zh": ("此处假设", "由此处假设推出", "可信程度相当于：事实"),
    }
    supposed, follows, strength = said[language]
    with window(chromium, language, viewport={"width": width, "height": 844}) as page:
        page.goto(f"{service}/whatif?add=id:London+glocal:cooperatesWith+id:Beijing")
        gained = page.get_by_role("region", name=translate("Newly holds", language)).locator(
            "> ul > li"
        )
        for number, words in enumerate((supposed, follows)):
            chip = gained.nth(number).locator("> .chip")
            expect(chip).to_have_text(words)
            expect(gained.nth(number).locator("> small").last).to_have_text(strength)
        expect(page.locator("#without .chip")).to_have_text(supposed)
        gained.last.locator("summary").first.click()
        expect(gained.last.locator("ul.proof ul .chip")).to_have_text(supposed)
        assert page.evaluate(TOO_WIDE) == []
        expect_accessible(page)


def test_the_bar_says_of_each_statement_whether_it_is_supposed_to_hold(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}{WHY_NOT}")
    collect(language, page.locator(".miss").first).click()
    page.goto(f"{service}{PROOF}")
    page.locator(".collect").first.click()

    basket(page, language).locator("summary").click()

    items = basket(page, language).get_by_role("listitem")
    words = {
        "en": ("Supposed to hold:", "Supposed not to hold:"),
        "zh": ("假设其成立：", "假设其不成立："),
    }
    for number, said in enumerate(words[language]):
        expect(items.nth(number).locator("small")).to_have_text(said)


def test_suppositions_of_several_worlds_say_that_one_is_shown(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/")
    kept = [
        {"change": "remove", "statement": f"id:London glocal:cityOf id:{name}", "words": {}}
        | {"view": "paper", "world": name}
        for name in ("LiuJianghua", "KenLivingstone")
    ]
    for number, is_said in ((1, False), (2, True)):
        page.evaluate(
            "kept => localStorage.setItem('glocal.suppositions', kept)", json.dumps(kept[:number])
        )
        page.reload()
        note = basket(page, language).locator(".worlds")
        expect(basket(page, language)).to_be_visible()
        expect(note).to_be_visible(visible=is_said)
    expect(note).to_contain_text({"en": "2 worlds", "zh": "2 个世界"}[language])
    expect(basket(page, language).get_by_role("link").last).to_have_attribute(
        "href", re.compile("world=KenLivingstone")
    )


def test_the_buttons_beside_a_statement_say_what_they_do(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}{PROOF}")

    names = ["what if not?", "show the effect here", "Add to suppositions"]
    beside = page.locator("ul.proof li:has(> a.otherwise)").first.locator(
        "> :is(a.otherwise, button)"
    )
    expect(beside).to_have_text([translate(name, language) for name in names])


def test_a_drawing_says_what_is_supposed_and_what_would_follow(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/whatif?add=id:London+glocal:withdrewFrom+id:ParisAgreement")
    page.locator(".clash summary").first.click()
    page.locator(".clash [role=tab]").last.click()

    boxes = page.locator(".clash .of-proof .box.status-supposed")
    said = {
        "en": ["would follow as: fact", "supposed as: fact"],
        "zh": ["由假设推出，相当于：事实", "此处假设，相当于：事实"],
    }[language]
    expect(boxes.locator(".status")).to_have_text([said[0], *said])
    for box in boxes.all():
        frame, words = (box.locator(name).bounding_box() for name in ("rect", ".status"))
        assert frame
        assert words
        assert words["x"] + words["width"] < frame["x"] + frame["width"]


def test_the_first_supposition_and_the_bar_are_near_for_keys(
    chromium: Browser, service: str, language: str
) -> None:
    with window(chromium, language) as page:
        page.goto(f"{service}/data/id/London.html?lang={language}")
        first = page.get_by_role("button", name=translate("Add to suppositions", language)).first
        expect(first).to_be_visible()
        # Past the header, as the first link of the page leads.
        for key in ("Tab", "Enter", "Tab", "Enter"):
            page.keyboard.press(key)
        expect(first).to_be_focused()

        for key in ("Enter", "Tab", "Enter"):
            page.keyboard.press(key)

        expect(page.locator("#suppositions")).to_be_focused()
