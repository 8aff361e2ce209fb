"""A question that is asked in another view at once, with the rows that this gains and loses."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.reader import translate
from tests.browser.test_exploring import PROOF
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import PREFIXES, kept, window, write

# In the facts, nothing becomes of norms, so that the row of each lacks what the paper says.
NORMS: Final = (
    f"{PREFIXES}SELECT ?norm ?becomes {{ ?norm a glocal:Norm "
    "OPTIONAL { ?norm glocal:becomes ?becomes } } ORDER BY ?norm ?becomes"
)
# More rows than a page shows, and more than are compared.
CITIES: Final = (
    f"{PREFIXES}SELECT ?city ?how ?what {{ ?city a glocal:City ; ?how ?what FILTER(isIRI(?what)) }}"
)
KINDS: Final = (
    f"{PREFIXES}SELECT ?kind (COUNT(*) AS ?count) {{ ?one a ?kind ; ?p ?o }} GROUP BY ?kind"
)
EVERYTHING: Final = f"{PREFIXES}SELECT ?s ?p ?o {{ ?s ?p ?o }}"
PROMOTES: Final = f"{PREFIXES}SELECT ?who ?what {{ ?who glocal:promotes ?what }}"


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def choice(page: Page, language: str, name: str) -> Locator:
    group = page.get_by_role("radiogroup", name=translate("View", language), exact=True)
    return group.get_by_role("radio", name=translate(name, language), exact=True)


def region(page: Page, language: str, name: str) -> Locator:
    return page.get_by_role("region", name=translate(name, language), exact=True)


def result_rows(page: Page, language: str) -> Locator:
    return region(page, language, "Result").locator("tbody tr")


@pytest.mark.parametrize(
    "path", [f"/sparql?query={quote(NORMS)}", "/queries/norms-and-where-they-come-from"]
)
def test_another_view_marks_the_rows_gained_and_lost(
    page: Page, service: str, language: str, path: str
) -> None:
    page.goto(f"{service}{path}")
    before = result_rows(page, language).count()

    choice(page, language, "Facts").check()

    lost = region(page, language, "No longer holds")
    gained = region(page, language, "Newly holds")
    expect(lost.get_by_role("link", name=translate("Why not?", language)).first).to_be_visible()
    more, less = gained.locator("tbody tr").count(), lost.locator("tbody tr").count()
    assert more > 0
    assert result_rows(page, language).count() == before + more - less
    said = {
        "en": f"{more} rows more, {less} rows fewer than in Paper.",
        "zh": f"与“论文”相比：多 {more} 行，少 {less} 行。",
    }[language]
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    assert all(one.startswith("+ ") for one in gained.locator("tbody tr").all_inner_texts())
    assert all(one.startswith("− ") for one in lost.locator("tbody tr").all_inner_texts())
    assert "view=facts" in page.url
    other = page.locator(".languages a").get_attribute("href")
    assert other
    assert "view=facts" in other
    assert choice(page, language, "Facts").evaluate("one => one.matches(':focus')")


def test_a_row_that_is_lost_leads_to_why_not(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql?query={quote(NORMS)}")
    choice(page, language, "Facts").check()
    lost = region(page, language, "No longer holds")
    row = lost.locator("tbody tr").first
    link = row.get_by_role("link", name=translate("Why not?", language))
    expect(link).to_be_visible()
    address = str(link.get_attribute("href"))

    # Chromium complains of the status 404, with which such a page comes.
    answer = page.request.get(
        f"{service}{address}", headers={"Accept": "text/html", "Accept-Language": language}
    )

    assert "view=facts" in address
    assert "predicate=glocal%3Abecomes" in address
    assert answer.status == 404
    assert translate("Why not?", language) in answer.text()


def test_why_not_names_the_view_that_has_the_statement(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}{PROOF.replace('view=readings', 'view=facts')}")
    name = {"en": "with our readings", "zh": "解读"}[language]

    with page.expect_navigation():
        page.get_by_role("alert").get_by_role("link", name=name, exact=True).click()

    expect(page.locator("ul.proof")).to_be_visible()
    expect(page).to_have_url(re.compile("view=readings"))


def test_a_row_that_is_gained_leads_to_why(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql?query={quote(NORMS)}&view=facts")
    choice(page, language, "Paper").check()
    gained = region(page, language, "Newly holds")

    gained.get_by_role("link", name=translate("why?", language)).first.click()

    becomes = {"en": "becomes", "zh": "成为"}[language]
    expect(page.get_by_role("listitem").filter(has_text=becomes).first).to_be_visible()


def test_views_are_changed_with_keys_alone_and_a_reload_keeps_them(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/sparql?query={quote(NORMS)}")
    choice(page, language, "Paper").focus()
    page.keyboard.press("ArrowLeft")
    status = page.get_by_role("status").filter(has_text=translate("Paper", language))
    expect(status).to_be_visible()
    page.keyboard.press("ArrowRight")
    status = page.get_by_role("status").filter(has_text=translate("Facts", language))
    expect(status).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("view=facts"))

    page.reload()

    expect(choice(page, language, "Facts")).to_be_checked()


def test_a_world_adds_the_rows_of_its_holder(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql?query={quote(PROMOTES)}")
    world = page.get_by_role("combobox", name=translate("World", language))

    world.select_option(value="HarrietBulkeley")

    gained = region(page, language, "Newly holds")
    expect(gained.locator("tbody tr")).to_have_count(4)
    said = {"en": "4 rows more, 0 rows fewer than in Paper.", "zh": "多 4 行，少 0 行"}[language]
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    assert "world=HarrietBulkeley" in page.url

    world.select_option(value="")

    expect(gained).to_be_hidden()
    lost = region(page, language, "No longer holds")
    expect(lost.get_by_role("link", name=translate("Why not?", language))).to_have_count(4)
    assert "world" not in page.url


def test_what_is_typed_meanwhile_is_not_asked(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql?query={quote(PROMOTES)}")
    rows = result_rows(page, language).count()
    write(page, language, "ASK {}")

    choice(page, language, "Facts").check()

    status = page.get_by_role("status").filter(has_text=translate("Paper", language))
    expect(status).to_be_visible()
    assert result_rows(page, language).count() <= rows
    assert kept(page) == "ASK {}"


def test_a_query_that_is_too_long_for_an_address_is_asked_in_another_view(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, f"{NORMS}\n#{'x' * 9_000}")
    with page.expect_navigation():
        page.keyboard.press("ControlOrMeta+Enter")

    for _ in range(2):
        choice(page, language, "Facts").check()
        expect(region(page, language, "No longer holds")).to_be_visible()
        choice(page, language, "Paper").check()
        expect(
            page.get_by_role("status").filter(has_text=translate("Facts", language))
        ).to_be_visible()

    assert page.url.split("?")[0] == f"{service}/sparql"


def test_a_view_chosen_before_the_script_has_come_is_asked_for(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, NORMS)
    developer = page.context.new_cdp_session(page)
    developer.send("Network.enable")
    slow = {"offline": False, "latency": 500, "downloadThroughput": -1, "uploadThroughput": -1}
    developer.send("Network.emulateNetworkConditions", slow)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(region(page, language, "Result")).to_be_visible()

    choice(page, language, "Facts").check()

    expect(region(page, language, "No longer holds")).to_be_visible(timeout=15_000)
    said = {"en": "fewer than in Paper", "zh": "与“论文”相比"}[language]
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()


def test_a_verdict_is_compared_in_words(page: Page, service: str, language: str) -> None:
    query = f"{PREFIXES}ASK {{ id:EcocityConcept glocal:becomes ?rule }}"
    page.goto(f"{service}/sparql?query={quote(query)}")

    choice(page, language, "Facts").check()

    said = {"en": "In Paper, it was: Yes", "zh": "在“论文”中为：是"}[language]
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    verdict = {"en": "No: nothing matches", "zh": "否："}[language]
    expect(region(page, language, "Result")).to_contain_text(verdict)


def difference(page: Page, service: str, query: str, view: str, other: str) -> tuple[int, int]:
    """The number of rows that only the second view has, and that only the first has."""
    headers = {"Accept": "application/sparql-results+json"}
    one, two = (
        {
            str(row)
            for row in page.request.get(
                f"{service}/sparql", params={"query": query, "view": name}, headers=headers
            ).json()["results"]["bindings"]
        }
        for name in (view, other)
    )
    return len(two - one), len(one - two)


@pytest.mark.parametrize("rest", ["", f"\n#{'x' * 9_000}"], ids=["address", "form"])
def test_answers_longer_than_a_page_are_compared_whole(
    page: Page, service: str, language: str, rest: str
) -> None:
    if rest:
        page.goto(f"{service}/sparql")
        write(page, language, CITIES + rest)
        with page.expect_navigation():
            page.keyboard.press("ControlOrMeta+Enter")
    else:
        page.goto(f"{service}/sparql?query={quote(CITIES)}")
    more, less = difference(page, service, CITIES, "paper", "facts")
    assert less > 1

    choice(page, language, "Facts").check()

    lost = region(page, language, "No longer holds")
    expect(lost.locator("tbody tr")).to_have_count(less)
    expect(lost.get_by_role("link", name=translate("Why not?", language)).first).to_be_visible()
    status = page.locator(".view-changes").get_by_role("status")
    expect(status).to_contain_text({"en": f"{less} rows fewer", "zh": f"少 {less} 行"}[language])
    assert region(page, language, "Newly holds").locator("tbody tr").count() == more
    # Things have their names in the language of the page.
    first = lost.locator("tbody tr").first.locator("td").first
    expect(first.get_by_role("link")).not_to_contain_text("id:")
    choice(page, language, "Paper").check()
    expect(region(page, language, "Newly holds").locator("tbody tr")).to_have_count(less)


def test_of_very_many_changes_the_first_are_listed(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql?query={quote(CITIES)}&view=facts")
    more, _ = difference(page, service, CITIES, "facts", "readings")
    assert more > 200

    choice(page, language, "Readings").check()

    gained = region(page, language, "Newly holds")
    expect(gained.locator("tbody tr")).to_have_count(200)
    status = page.locator(".view-changes").get_by_role("status")
    said = {"en": f"{more} rows more", "zh": f"多 {more} 行"}[language]
    expect(status).to_contain_text(said)
    first = {"en": "the first 200 are listed", "zh": "各列出前 200 行"}[language]
    expect(status).to_contain_text(first)


def test_answers_of_more_than_ten_thousand_rows_are_not_compared(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/sparql?query={quote(EVERYTHING)}")

    choice(page, language, "Facts").check()

    said = {"en": "more than 10,000 rows", "zh": "结果超过 10,000 行"}[language]
    status = page.locator(".view-changes").get_by_role("status")
    expect(status).to_contain_text(said, timeout=60_000)


def test_counts_that_change_are_shown_before_and_after(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/sparql?query={quote(KINDS)}&view=facts")

    choice(page, language, "Paper").check()

    changed = region(page, language, "Other numbers")
    rows = changed.locator("tbody tr")
    expect(rows.first).to_be_visible()
    pairs = [
        (one.locator("del").inner_text(), one.locator("ins").inner_text()) for one in rows.all()[:5]
    ]
    assert all(int(before) != int(after) for before, after in pairs)
    things = {tuple(one.split("\t")[:1]) for one in rows.all_inner_texts()}
    gained = region(page, language, "Newly holds").locator("tbody tr").all_inner_texts()
    assert not things & {(one.removeprefix("+ ").split("\t")[0],) for one in gained}
    status = page.locator(".view-changes").get_by_role("status")
    said = {"en": f"numbers of {len(things)} rows", "zh": f"{len(things)} 行的数值不同"}[language]
    expect(status).to_contain_text(said)
    expect(changed.get_by_role("link", name=translate("Why not?", language))).to_have_count(0)


def test_many_changes_are_shown_on_request(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql?query={quote(CITIES)}&view=facts")
    choice(page, language, "Paper").check()
    gained = region(page, language, "Newly holds")
    expect(gained.locator("tbody tr").first).to_be_visible()
    count = gained.locator("tbody tr").count()
    assert gained.locator("tbody tr:visible").count() == 10

    gained.get_by_role("button", name=re.compile(str(count))).click()

    assert gained.locator("tbody tr:visible").count() == count
    # No frame that scrolls within the page.
    wide = gained.locator(".wide")
    assert wide.evaluate("one => one.scrollHeight <= one.clientHeight + 1")


def test_axe_finds_no_violation_in_the_changes(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql?query={quote(NORMS)}")
    choice(page, language, "Facts").check()
    lost = region(page, language, "No longer holds")
    expect(lost.get_by_role("link", name=translate("Why not?", language)).first).to_be_visible()

    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate(TOO_WIDE) == []


def test_the_answer_in_another_view_can_be_filtered_too(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/sparql?query={quote(PROMOTES)}")
    result = region(page, language, "Result")
    expect(result.get_by_role("searchbox")).to_be_visible()
    before = result_rows(page, language).count()
    choice(page, language, "Facts").check()
    expect(result_rows(page, language)).not_to_have_count(before)

    everything = result_rows(page, language).count()
    name = result_rows(page, language).first.locator("td").nth(1).inner_text().strip()
    result.get_by_role("searchbox").fill(name)

    expect(result_rows(page, language)).not_to_have_count(everything)
    assert all(name in one for one in result_rows(page, language).all_inner_texts())


def test_a_query_over_which_the_view_does_not_decide_says_so(
    page: Page, service: str, language: str
) -> None:
    page.goto(f"{service}/queries/dimensions-in-which-cities-act")
    rows = result_rows(page, language).count()

    choice(page, language, "Facts").check()

    notice = region(page, language, "Result").get_by_role("note")
    expect(notice).to_contain_text("GRAPH")
    expect(page).to_have_url(re.compile("view=facts"))
    assert result_rows(page, language).count() == rows
    with page.expect_navigation():
        page.get_by_role("link", name=translate("Open in editor", language), exact=True).click()
    expect(region(page, language, "Result").get_by_role("note")).to_be_visible()
    page.goto(f"{service}/queries/relations-of-a-city-by-pattern?city=London&view=facts")
    expect(region(page, language, "Result")).to_be_visible()
    expect(page.get_by_role("note")).to_have_count(0)
