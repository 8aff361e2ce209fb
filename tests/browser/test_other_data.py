"""A service of other data than the project's: read, searched and asked with a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.reader import translate
from tests.browser.test_pages import AXE
from tests.browser.test_workbench import complete, kept, window, write
from tests.service.conftest import serve

pytestmark = pytest.mark.slow

BICYCLES = Path(__file__).parents[1] / "service" / "scratch" / "bicycles.ttl"
OLD_RED = "http%3A%2F%2Fbicycles.example%2Fshed%2Fold-red"


@pytest.fixture(scope="module")
def shed() -> Iterator[str]:
    """The address of a service that reasons over bicycles."""
    options = ("--scratch", str(BICYCLES), "--entailment", "owl-rl")
    with serve(*options, log_requests=False) as running:
        yield running.address


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def test_somebody_finds_a_thing_and_why_a_statement_holds(
    page: Page, shed: str, language: str
) -> None:
    page.goto(f"{shed}/")
    box = page.locator("main input[name=q]")
    box.fill("old red")
    box.press("Enter")
    page.locator(".found a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("the old red one")

    row = page.locator(".statements li").filter(has_text=":spoke")
    expect(row.locator(".chip.derived")).to_be_visible()
    row.get_by_role("link", name={"en": "why?", "zh": "为什么？"}[language]).click()

    expect(page.locator(".proof").first).to_contain_text("front wheel")


def test_the_editor_completes_the_terms_of_the_data(page: Page, shed: str, language: str) -> None:
    with page.expect_response("**/vocabulary.json"):
        page.goto(f"{shed}/sparql")
    write(page, language, "SELECT * {\n    ?bike ")
    complete(page, {"en": "has the part", "zh": "有部件"}[language])
    page.keyboard.type("?part }")
    assert "PREFIX bike: <http://bicycles.example/ontology#>" in kept(page)

    with page.expect_navigation():
        page.keyboard.press("ControlOrMeta+Enter")

    rows = page.get_by_role("region", name=translate("Result", language))
    expect(rows).to_contain_text("front wheel")
    link = rows.get_by_role("link", name="the old red one").first
    expect(link).to_have_attribute("href", f"/resource?iri={OLD_RED}")


@pytest.mark.parametrize("path", ["/", "/search?q=wheel", f"/resource?iri={OLD_RED}", "/whatif"])
def test_axe_finds_no_violation_on_its_pages(page: Page, shed: str, path: str) -> None:
    page.goto(f"{shed}{path}")
    page.evaluate(AXE.read_text("utf-8"))

    found = page.evaluate("async () => (await axe.run()).violations.map(one => one.id)")

    assert found == []
