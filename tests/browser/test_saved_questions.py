"""The saved questions beside the editor: found, filled in, opened with their values, and run."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.reader import LANGUAGES, translate
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import QUERY, kept, window, write

MEMBERS = {
    "en": "Who is a member of this network, and where does the paper say so?",
    "zh": "某一城市网络有哪些成员？论文在何处述及？",
}
NETWORK = {"en": "network", "zh": "城市网络"}


@pytest.fixture
def page(chromium: Browser, service: str, language: str) -> Iterator[Page]:
    """The editor with the list of the saved questions beside it."""
    with window(chromium, language) as page:
        open_panel(page, service, language)
        yield page


def open_panel(page: Page, service: str, language: str) -> None:
    with page.expect_response("**/vocabulary.json"):
        page.goto(f"{service}/sparql")
    page.locator("summary").get_by_text(translate("Saved questions", language)).click()
    expect(questions(page).first).to_be_visible()


def questions(page: Page) -> Locator:
    return page.locator("details.query-questions").get_by_role("listitem")


def choose(page: Page, language: str) -> Locator:
    """Choose a question, and return the field of its parameter."""
    page.get_by_role("link", name=MEMBERS[language]).click()
    field = page.get_by_label(NETWORK[language], exact=True)
    expect(field).to_be_focused()
    return field


def press(page: Page, language: str, name: str) -> None:
    page.get_by_role("button", name=translate(name, language), exact=True).click()


@pytest.mark.parametrize("words", ["member network says so", "member network", "城市网络 成员"])
def test_questions_are_found_by_words_of_either_language(
    page: Page, language: str, words: str
) -> None:
    count = questions(page).count()
    filter_ = page.get_by_role("searchbox", name=translate("Words in the questions", language))
    filter_.fill(words)

    if words == "member network says so":
        expect(questions(page)).to_have_count(0)
        assert re.search(r"\b0\b", page.locator("details.query-questions").inner_text())
    else:
        expect(questions(page).filter(has_text=MEMBERS[language])).to_be_visible()
        assert questions(page).count() < count


def test_a_question_is_opened_in_a_tab_with_its_values_and_run(page: Page, language: str) -> None:
    # A click elsewhere closes the panel.
    write(page, language, QUERY)
    expect(page.locator("details.query-questions[open]")).to_have_count(0)
    page.locator("summary").get_by_text(translate("Saved questions", language)).click()
    field = choose(page, language)
    page.keyboard.type("C40")
    # Typed is one name, suggested another, by which the pages call it.
    name = {"en": "C40 Cities Climate Leadership Group", "zh": "C40城市气候领导联盟"}[language]
    suggested = page.get_by_role("option").filter(has_text="id:C40")
    expect(suggested.filter(has_text=name)).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value(name)
    page.keyboard.press("Enter")

    tablist = page.get_by_role("tablist", name=translate("Open queries", language))
    expect(tablist.get_by_role("tab")).to_have_count(2)
    expect(tablist.get_by_role("tab", selected=True)).to_contain_text(MEMBERS[language][:20])
    assert "VALUES ?network { id:C40 }" in kept(page)
    with page.expect_navigation():
        press(page, language, "Run")
    result = page.get_by_role("region", name=translate("Result", language))
    beijing = {"en": "Beijing", "zh": "北京"}[language]
    expect(result.get_by_role("row").filter(has_text=beijing).first).to_be_visible()
    tablist.get_by_role("tab").first.click()
    assert kept(page) == QUERY


def test_a_question_without_parameters_opens_at_once_in_its_own_view(
    page: Page, language: str
) -> None:
    view = page.get_by_role("radiogroup", name=translate("View", language), exact=True)
    paper = view.get_by_role("radio", name=translate("Paper", language), exact=True)
    expect(paper).to_be_checked()

    page.locator("a[href*='cities-that-stand-in-for-their-state']").click()

    expect(page.locator("textarea[name=query]")).to_have_value(re.compile("^# .+\nPREFIX"))
    readings = view.get_by_role("radio", name=translate("Readings", language), exact=True)
    expect(readings).to_be_checked()


def test_a_value_that_names_nothing_is_refused_and_kept(
    chromium: Browser, service: str, language: str
) -> None:
    # Chromium complains of the status 404, with which such an answer comes.
    with chromium.new_context(locale=LANGUAGES[language]) as context:
        page = context.new_page()
        open_panel(page, service, language)
        before = kept(page)
        field = choose(page, language)
        field.fill("no such network")
        press(page, language, "Open in editor")

        expect(page.get_by_role("alert").filter(has_text="no such network")).to_be_visible()
        assert kept(page) == before
        expect(field).to_have_value("no such network")
        press(page, language, "All questions")
        expect(questions(page).first).to_be_visible()
        expect(page.get_by_role("alert")).to_be_hidden()


def test_a_question_is_opened_with_keys_alone(page: Page, language: str) -> None:
    page.get_by_role("searchbox", name=translate("Words in the questions", language)).focus()
    page.keyboard.insert_text(MEMBERS[language])
    expect(questions(page)).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name=MEMBERS[language])).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label(NETWORK[language], exact=True)).to_be_focused()
    page.keyboard.insert_text("id:C40")
    page.keyboard.press("Enter")

    expect(page.locator("textarea[name=query]")).to_have_value(re.compile("{ id:C40 }"))
    with page.expect_navigation():
        page.keyboard.press("ControlOrMeta+Enter")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("is_chosen", [False, True])
def test_axe_finds_no_violation_in_the_panel(
    page: Page, language: str, scheme: Any, is_chosen: bool
) -> None:
    page.emulate_media(color_scheme=scheme)
    if is_chosen:
        choose(page, language)
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(TOO_WIDE) == []
