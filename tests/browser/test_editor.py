"""Open queries in tabs, kept in the browser, exported and imported as one file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.reader import translate
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import QUERY, editor, kept, window, write

NAMED: Final = f"# Cities of C40\n{QUERY}"
OTHER: Final = "ASK { ?thing ?relation ?other }"


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def tabs(page: Page, language: str) -> Locator:
    """The tabs of the open queries."""
    return page.get_by_role("tablist", name=translate("Open queries", language)).get_by_role("tab")


def press(page: Page, language: str, name: str) -> None:
    page.get_by_role("button", name=translate(name, language), exact=True).click()


def expect_query(page: Page, text: str) -> None:
    """Wait until the form would send this query."""
    expect(page.locator("textarea[name=query]")).to_have_value(text)


@pytest.fixture
def two_tabs(page: Page, service: str, language: str) -> Page:
    """The editor with two open queries, of which the second is shown."""
    page.goto(f"{service}/sparql")
    write(page, language, NAMED)
    press(page, language, "New query")
    expect(editor(page, language)).to_be_focused()
    write(page, language, OTHER)
    return page


def test_queries_in_tabs_are_kept_over_a_reload(two_tabs: Page, language: str) -> None:
    two_tabs.reload()

    expect(tabs(two_tabs, language)).to_have_text(["Cities of C40", OTHER])
    expect(tabs(two_tabs, language).last).to_have_attribute("aria-selected", "true")
    expect_query(two_tabs, OTHER)
    tabs(two_tabs, language).first.click()
    expect_query(two_tabs, NAMED)


def test_each_tab_undoes_its_own_changes(two_tabs: Page, language: str) -> None:
    tabs(two_tabs, language).first.click()
    expect_query(two_tabs, NAMED)
    editor(two_tabs, language).click()
    two_tabs.keyboard.press("ControlOrMeta+End")
    two_tabs.keyboard.insert_text(" # changed")
    tabs(two_tabs, language).last.click()
    expect_query(two_tabs, OTHER)
    tabs(two_tabs, language).first.click()
    expect_query(two_tabs, f"{NAMED} # changed")

    editor(two_tabs, language).click()
    two_tabs.keyboard.press("ControlOrMeta+Z")

    expect_query(two_tabs, NAMED)


def test_the_tab_of_an_answer_is_active_and_the_others_stay(two_tabs: Page, language: str) -> None:
    tabs(two_tabs, language).first.click()
    with two_tabs.expect_navigation():
        press(two_tabs, language, "Run")

    expect(two_tabs.get_by_role("region", name=translate("Result", language))).to_be_visible()
    expect(tabs(two_tabs, language)).to_have_text(["Cities of C40", OTHER])
    expect(tabs(two_tabs, language).first).to_have_attribute("aria-selected", "true")
    expect_query(two_tabs, NAMED)


def test_a_shared_query_opens_in_a_tab_of_its_own(
    two_tabs: Page, service: str, language: str
) -> None:
    two_tabs.goto(f"{service}/sparql?query=ASK%20%7B%7D")

    expect(tabs(two_tabs, language)).to_have_text(["Cities of C40", OTHER, "ASK {}"])
    expect_query(two_tabs, "ASK {}")


def test_tabs_are_used_with_keys_alone(two_tabs: Page, language: str) -> None:
    tabs(two_tabs, language).last.focus()
    two_tabs.keyboard.press("ArrowLeft")
    expect(tabs(two_tabs, language).first).to_be_focused()
    expect_query(two_tabs, NAMED)

    two_tabs.keyboard.press("F2")
    field = two_tabs.get_by_role("textbox", name=translate("Name of the query", language))
    expect(field).to_be_focused()
    two_tabs.keyboard.insert_text("我的城市")
    two_tabs.keyboard.press("Enter")
    expect(tabs(two_tabs, language)).to_have_text(["我的城市", OTHER])
    expect(tabs(two_tabs, language).first).to_be_focused()

    two_tabs.keyboard.press("End")
    two_tabs.keyboard.press("Delete")
    expect(tabs(two_tabs, language)).to_have_text(["我的城市"])
    expect(tabs(two_tabs, language).first).to_be_focused()
    expect_query(two_tabs, NAMED)
    # A closed query is in the history.
    two_tabs.get_by_text(translate("History", language), exact=True).click()
    two_tabs.get_by_role("button", name=OTHER).click()
    expect_query(two_tabs, OTHER)


def test_the_last_tab_that_is_closed_leaves_an_empty_one(two_tabs: Page, language: str) -> None:
    press(two_tabs, language, "Close query")
    expect_query(two_tabs, NAMED)
    press(two_tabs, language, "Close query")

    expect(tabs(two_tabs, language)).to_have_text([translate("Untitled", language)])
    expect_query(two_tabs, "")


def test_a_closed_query_is_reopened_where_it_was(two_tabs: Page, language: str) -> None:
    tabs(two_tabs, language).first.click()
    expect_query(two_tabs, NAMED)

    press(two_tabs, language, "Close query")

    said = {"en": "Closed: Cities of C40", "zh": "已关闭：Cities of C40"}[language]
    expect(two_tabs.get_by_role("status").filter(has_text=said)).to_be_visible()
    expect(tabs(two_tabs, language)).to_have_text([OTHER])
    two_tabs.reload()
    press(two_tabs, language, "Reopen closed query")
    expect(tabs(two_tabs, language)).to_have_text(["Cities of C40", OTHER])
    expect(tabs(two_tabs, language).first).to_be_focused()
    expect_query(two_tabs, NAMED)
    expect(
        two_tabs.get_by_role("button", name=translate("Reopen closed query", language))
    ).to_be_hidden()


def test_the_last_closed_query_is_reopened_in_place_of_the_empty_one(
    two_tabs: Page, language: str
) -> None:
    press(two_tabs, language, "Close query")
    expect_query(two_tabs, NAMED)
    press(two_tabs, language, "Close query")
    expect_query(two_tabs, "")

    press(two_tabs, language, "Reopen closed query")

    expect(tabs(two_tabs, language)).to_have_text(["Cities of C40"])
    expect_query(two_tabs, NAMED)


def test_all_queries_are_exported_and_imported_in_another_browser(
    two_tabs: Page, chromium: Browser, service: str, language: str, tmp_path: Path
) -> None:
    file = tmp_path / "queries.json"
    with two_tabs.expect_download() as saved:
        press(two_tabs, language, "Export all")
    saved.value.save_as(file)
    assert [one["query"] for one in json.loads(file.read_text("utf-8"))["tabs"]] == [NAMED, OTHER]

    with window(chromium, language) as other:
        other.goto(f"{service}/sparql")
        for _ in range(2):
            with other.expect_file_chooser() as chooser:
                press(other, language, "Import")
            chooser.value.set_files(file)
            expect(tabs(other, language)).to_have_count(3)
        tabs(other, language).last.click()
        expect_query(other, OTHER)


def test_a_file_without_queries_is_refused_in_words(
    two_tabs: Page, language: str, tmp_path: Path
) -> None:
    file = tmp_path / "other.json"
    file.write_text("[1, {}]", "utf-8")
    with two_tabs.expect_file_chooser() as chooser:
        press(two_tabs, language, "Import")
    chooser.value.set_files(file)

    said = {"en": "This file has no queries.", "zh": "此文件中没有查询。"}[language]
    expect(two_tabs.get_by_role("status").filter(has_text=said)).to_be_visible()
    expect(tabs(two_tabs, language)).to_have_count(2)


def test_a_browser_that_keeps_nothing_has_tabs_too(page: Page, service: str, language: str) -> None:
    page.add_init_script(
        """() => {
        const refuse = () => { throw new DOMException("refused", "SecurityError") }
        Storage.prototype.getItem = Storage.prototype.setItem = refuse
    }""".join(["(", ")()"])
    )
    page.goto(f"{service}/sparql")
    write(page, language, NAMED)
    press(page, language, "New query")
    tabs(page, language).first.click()

    expect_query(page, NAMED)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_tabs(two_tabs: Page, language: str, scheme: Any) -> None:
    two_tabs.emulate_media(color_scheme=scheme)
    press(two_tabs, language, "Rename")
    two_tabs.evaluate(AXE.read_text("utf-8"))
    violations = two_tabs.evaluate("async () => (await axe.run()).violations")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
    two_tabs.set_viewport_size({"width": 390, "height": 844})
    assert two_tabs.evaluate(TOO_WIDE) == []
    assert kept(two_tabs) == OTHER
