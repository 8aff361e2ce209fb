"""Proofs with scripts: as a tree or a drawing, one after the other, and what they share folded."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.reader import LANGUAGES
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import window

# Some steps of the one proof are steps of another, too.
SEVERAL: Final = (
    "/explain?subject=id:Guangzhou&predicate=glocal:ofKind&object=id:GlobalGovernanceActor&limit=50"
)
WORDS: Final = {
    "Tree": "树",
    "Drawing": "图示",
    "Previous proof": "上一个证明",
    "Next proof": "下一个证明",
    "Proof": "证明",
    "Hide what other proofs have shown": "隐藏其他证明已显示的内容",
}


@pytest.fixture
def page(chromium: Browser, service: str, language: str) -> Iterator[Page]:
    foreign: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((service, "data:", "blob:")):
            foreign.append(request.url)

    with window(chromium, language) as page:
        page.on("request", watch)
        yield page
    assert foreign == []


def word(english: str, language: str) -> str:
    return english if language == "en" else WORDS[english]


def tab(page: Page, language: str, name: str) -> Locator:
    """The tab of the proof that is shown."""
    return page.get_by_role("tab", name=word(name, language), exact=True)


def shown(page: Page) -> list[str]:
    """The headings of the proofs that are shown."""
    headings = page.locator(".walked").get_by_role("heading", level=2)
    expect(headings.first).to_be_visible()
    return headings.all_inner_texts()


def press(page: Page, language: str, name: str) -> None:
    page.get_by_role("button", name=word(name, language), exact=True).click()


def number(of: int, language: str) -> str:
    return {"en": f"Proof {of}", "zh": f"证明 {of}"}[language]


@pytest.fixture
def proofs(page: Page, service: str, language: str) -> Page:
    page.goto(service + SEVERAL)
    expect(tab(page, language, "Tree")).to_be_visible()
    return page


def test_tree_and_drawing_are_switched_with_a_mouse_and_with_keys(
    proofs: Page, language: str
) -> None:
    tree, drawing = tab(proofs, language, "Tree"), tab(proofs, language, "Drawing")
    panel = proofs.get_by_role("tabpanel")
    expect(panel.locator("ul.proof")).to_be_visible()
    expect(panel.locator("svg")).to_have_count(0)

    drawing.click()
    expect(panel.locator("svg")).to_be_visible()
    expect(proofs.locator("ul.proof").first).to_be_hidden()
    proofs.keyboard.press("ArrowLeft")

    expect(tree).to_be_focused()
    expect(panel.locator("ul.proof")).to_be_visible()
    proofs.keyboard.press("Tab")
    assert not drawing.evaluate("one => one === document.activeElement")


def test_a_box_of_the_drawing_leads_to_its_step_in_the_tree(proofs: Page, language: str) -> None:
    for _ in range(2):
        tab(proofs, language, "Drawing").click()
        box = proofs.get_by_role("tabpanel").locator("a.box").last
        target = box.evaluate("one => one.getAttribute('href')")

        box.click()

        expect(proofs.locator(target)).to_be_in_viewport()


def test_all_proofs_are_walked_one_at_a_time(proofs: Page, language: str) -> None:
    count = proofs.locator(".walked > section").count()
    assert count > 2
    walked = [*shown(proofs)]
    for _ in range(count - 1):
        press(proofs, language, "Next proof")
        walked += shown(proofs)

    assert walked == [number(one, language) for one in range(1, count + 1)]
    said = {"en": f"Proof {count} of {count}", "zh": f"第 {count} 个证明，共 {count} 个"}
    expect(proofs.get_by_role("status").filter(has_text=said[language])).to_be_visible()
    press(proofs, language, "Next proof")
    assert shown(proofs) == [number(1, language)]
    press(proofs, language, "Previous proof")
    assert shown(proofs) == [number(count, language)]


def test_a_link_to_a_step_shows_its_proof(proofs: Page, service: str, language: str) -> None:
    proofs.goto(f"{service}{SEVERAL}#proof-2-1")
    proofs.reload()

    expect(proofs.locator("#proof-2-1")).to_be_visible()
    assert shown(proofs) == [number(2, language)]


def test_a_link_shows_the_proof_and_the_display_that_were_sent(
    proofs: Page, chromium: Browser, language: str
) -> None:
    press(proofs, language, "Next proof")
    tab(proofs, language, "Drawing").click()
    asked = parse_qs(urlsplit(proofs.url).query)
    assert (asked["show"], asked["proof"]) == (["drawing"], ["2"])
    sent = proofs.url

    with window(chromium, language) as other:
        other.goto(sent)
        expect(tab(other, language, "Drawing")).to_have_attribute("aria-selected", "true")
        expect(other.get_by_role("tabpanel").locator("svg")).to_be_visible()
        assert shown(other) == [number(2, language)]
        other.locator(".languages a").click()
        another = {"en": "zh", "zh": "en"}[language]
        expect(tab(other, another, "Drawing")).to_have_attribute("aria-selected", "true")
        assert shown(other) == [number(2, another)]
        tab(other, another, "Tree").click()
        press(other, another, "Previous proof")
        asked = parse_qs(urlsplit(other.url).query)
        assert not {"show", "proof"} & asked.keys()


def test_a_link_to_a_drawing_shows_the_tree_on_a_phone(
    chromium: Browser, service: str, language: str
) -> None:
    with window(chromium, language, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{service}{SEVERAL}&show=drawing&proof=2")

        expect(page.get_by_role("button", name=word("Next proof", language))).to_be_visible()
        expect(page.locator("#proof-2-1")).to_be_visible()
        assert shown(page) == [number(2, language)]


def test_steps_that_an_earlier_proof_has_are_folded_and_found_there(
    proofs: Page, language: str
) -> None:
    press(proofs, language, "Next proof")
    box = proofs.get_by_role("checkbox")
    expect(box).to_have_accessible_name(word("Hide what other proofs have shown", language))
    whole = proofs.locator("section:not([hidden]) ul.proof").inner_text()

    box.focus()
    proofs.keyboard.press("Space")
    folded = proofs.locator("section:not([hidden]) .repeated").first
    expect(folded).to_be_visible()
    assert len(proofs.locator("section:not([hidden]) ul.proof").inner_text()) < len(whole)
    step = folded.locator("..").locator(".says").inner_text()
    folded.click()

    assert shown(proofs) == [number(1, language)]
    target = proofs.evaluate("() => document.querySelector(location.hash).innerText")
    assert target.startswith(step)
    press(proofs, language, "Next proof")
    box.uncheck()
    assert proofs.locator("section:not([hidden]) ul.proof").inner_text() == whole


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(proofs: Page, language: str, scheme: Any) -> None:
    proofs.emulate_media(color_scheme=scheme)
    press(proofs, language, "Next proof")
    proofs.get_by_role("checkbox").check()

    proofs.evaluate(AXE.read_text("utf-8"))
    for name in ("Tree", "Drawing"):
        tab(proofs, language, name).click()
        violations = proofs.evaluate("async () => (await axe.run()).violations")
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


def test_on_a_phone_there_is_the_tree(chromium: Browser, service: str, language: str) -> None:
    with window(chromium, language, viewport={"width": 390, "height": 844}) as page:
        page.goto(service + SEVERAL)
        next_one = page.get_by_role("button", name=word("Next proof", language))
        expect(next_one).to_be_visible()
        expect(page.locator("ul.proof").first).to_be_visible()
        expect(tab(page, language, "Tree")).to_have_count(0)

        assert page.evaluate(TOO_WIDE) == []


def test_without_scripts_all_proofs_are_there(
    chromium: Browser, service: str, language: str
) -> None:
    with chromium.new_context(locale=LANGUAGES[language], java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(service + SEVERAL)

        proofs = page.locator("ul.proof")
        assert proofs.count() > 2
        expect(proofs.last).to_be_visible()
        expect(page.locator(".of-proof").last).to_be_visible()
