"""Queries that are run without leaving the page, each tab with its answer."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

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
    write(page, language, "SELECT ?city { ?city a glocal:Citty } LIMIT 3")
    page.keyboard.press("ControlOrMeta+Enter")
    correction = page.get_by_role("note").get_by_role("button", name="glocal:City", exact=True)

    correction.click()

    expect(result(page, language).locator("tbody tr")).to_have_count(3)
    expect(correction).to_have_count(0)
    expect(page.locator(".query-tabs").get_by_role("tab")).to_have_count(1)
    editor(page, language).press("ControlOrMeta+z")
    expect(editor(page, language)).to_contain_text("glocal:Citty")


def test_an_empty_query_is_not_run(page: Page, language: str) -> None:
    page.get_by_role("button", name=translate("New query", language)).click()
    page.get_by_role("button", name=translate("Run", language), exact=True).click()

    said = {"en": "There is no query to run.", "zh": "没有可运行的查询。"}[language]
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()


def test_the_link_to_an_answer_is_copied(page: Page, language: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    run(page, language, NETWORKS)

    # Until the script of the answers has come, the link is only followed.
    expect(
        page.get_by_role("searchbox", name=translate("Rows with these words", language))
    ).to_be_visible()
    # A page without the focus may not write to the clipboard.
    page.bring_to_front()
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


def test_back_restores_the_queries_of_a_tab_there(page: Page, language: str) -> None:
    run(page, language, NETWORKS)
    for number in range(3):
        run(page, language, f"SELECT ?n {{ VALUES ?n {{ {number} }} }}")
        expect(result(page, language).locator("tbody td").first).to_have_text(str(number))

    for number in (1, 0):
        page.go_back()
        expect(result(page, language).locator("tbody td").first).to_have_text(str(number))
        expect(editor(page, language)).to_contain_text(f"{{ {number} }}")
    page.reload()
    page.go_back()
    expect(result(page, language).locator("thead")).to_contain_text("network")
    expect(editor(page, language)).to_contain_text("memberOf")
    page.go_forward()
    expect(editor(page, language)).to_contain_text("{ 0 }")

    expect(result(page, language).locator("tbody td").first).to_have_text("0")
    expect(page.locator(".query-tabs").get_by_role("tab")).to_have_count(1)


def test_back_leads_to_the_tab_of_an_answer(page: Page, language: str) -> None:
    run(page, language, NETWORKS)
    page.get_by_role("button", name=translate("New query", language)).click()
    run(page, language, CITIES)
    expect(result(page, language).locator("thead")).to_contain_text("city")

    page.go_back()

    tabs = page.locator(".query-tabs").get_by_role("tab")
    expect(tabs).to_have_count(2)
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    expect(result(page, language).locator("thead")).to_contain_text("network")
    expect(editor(page, language)).to_contain_text("memberOf")
    tabs.last.click()
    expect(editor(page, language)).to_contain_text("City")
    expect(result(page, language).locator("thead")).to_contain_text("city")


SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def test_an_answer_is_not_that_of_a_query_which_runs_or_was_stopped(
    page: Page, language: str
) -> None:
    run(page, language, NETWORKS)
    address = page.url
    write(page, language, SLOW)
    page.keyboard.press("ControlOrMeta+Enter")
    old = page.locator("[data-answer=rows]")
    expect(old).to_have_attribute("aria-busy", "true")
    assert old.evaluate("one => one.inert")

    page.get_by_role("button", name=translate("Stop", language), exact=True).click()

    said = {"en": "Stopped after ", "zh": "秒后已停止"}[language]
    expect(old).to_contain_text(said)
    expect(page.locator(".ran")).to_contain_text(said)
    expect(old).not_to_have_attribute("aria-busy", "true")
    assert "query=" not in page.url
    page.get_by_role("button", name=translate("Run again", language)).click()
    expect(page.locator(".ran")).to_contain_text({"en": "Running", "zh": "正在运行"}[language])
    page.get_by_role("button", name=translate("Stop", language), exact=True).click()
    earlier = translate("Back to the earlier query and its answer", language)
    page.get_by_role("button", name=earlier).click()
    expect(result(page, language).locator("thead")).to_contain_text("network")
    expect(editor(page, language)).to_contain_text("memberOf")
    assert page.url == address


def test_what_came_is_told_with_a_space_between_rows_and_time(page: Page, language: str) -> None:
    run(page, language, CITIES)

    told = {"en": r"^Rows: 3 · \d", "zh": r"^共 3 行 · "}[language]
    expect(page.locator(".ran")).to_have_text(re.compile(told))


def test_a_query_of_the_history_waits_for_run_once_its_answer_is_gone(
    page: Page, language: str
) -> None:
    run(page, language, NETWORKS)
    page.goto(page.url.split("?")[0])
    history = page.get_by_text(translate("History", language), exact=True)

    history.click()
    page.locator("details.history").get_by_role("button", name="?network").click()

    expect(editor(page, language)).to_contain_text("memberOf")
    said = {"en": "The answer to this query is not kept here.", "zh": "此处未保留该查询的结果。"}
    expect(page.locator("[data-answer=rows]")).to_contain_text(said[language])
    page.get_by_role("button", name=translate("Run", language), exact=True).click()
    expect(result(page, language)).to_be_visible()
    # The tab has it now.
    page.get_by_role("button", name=translate("New query", language)).click()
    history.click()
    page.locator("details.history").get_by_role("button", name="?network").click()
    expect(result(page, language).locator("thead")).to_contain_text("network")


def test_the_answer_is_in_sight_and_panels_do_not_move_it(page: Page, language: str) -> None:
    run(page, language, NETWORKS)
    top = result(page, language).evaluate("one => one.getBoundingClientRect().top")
    assert top < 460

    for panel in ("Saved questions", "History", "The request with curl and Python"):
        page.locator("summary").get_by_text(translate(panel, language), exact=True).click()
        expect(page.locator(".query-side details[open]")).to_have_count(1)
        assert result(page, language).evaluate("one => one.getBoundingClientRect().top") == top
    page.keyboard.press("Escape")
    expect(page.locator(".query-side details[open]")).to_have_count(0)


def test_the_editor_is_as_tall_as_its_text_and_a_failure_leaves_its_place(
    page: Page, language: str
) -> None:
    write(page, language, "ASK {")
    height = "one => one.closest('.cm-editor').getBoundingClientRect()"
    short = editor(page, language).evaluate(height)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert editor(page, language).evaluate(height)["top"] == short["top"]

    write(page, language, "\n" * 14)

    assert editor(page, language).evaluate(height)["height"] > short["height"] + 100


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_an_answer_that_was_fetched(
    page: Page, language: str, scheme: str
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    run(page, language, NETWORKS)
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run().then(found => found.violations)")
    assert [one["id"] for one in found] == []


def test_a_query_runs_on_while_another_tab_is_used(page: Page, language: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "memberOf" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/sparql*", hold)
    write(page, language, NETWORKS)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("timer")).to_have_text("0 s")
    page.get_by_role("button", name=translate("New query", language)).click()
    expect(page.get_by_role("timer")).to_be_hidden()
    run(page, language, CITIES)
    expect(result(page, language).locator("tbody tr")).to_have_count(3)

    page.get_by_role("tab", name="?network").click()
    stop = page.get_by_role("button", name=translate("Stop", language), exact=True)
    expect(stop).to_be_visible()
    expect(result(page, language)).to_have_count(0)
    held[0].continue_()

    expect(result(page, language).locator("thead")).to_contain_text("network")


def test_tsv_is_saved_with_its_extension_and_why_names_its_row(page: Page, language: str) -> None:
    run(page, language, NETWORKS)

    with page.expect_download() as saved:
        page.get_by_role("link", name="TSV", exact=True).click()

    assert saved.value.suggested_filename == "answer.tsv"
    row = result(page, language).locator("tbody tr").first
    why = row.get_by_role("button", name=translate("Why this row", language), exact=True)
    expect(why).to_have_accessible_description(row.locator("td").first.inner_text())
