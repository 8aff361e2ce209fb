"""The pages with their scripts: what these add, and that they complain of nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.reader import LANGUAGES, translate
from tests.browser.test_pages import AXE, TOO_WIDE

PREFIXES: Final = (
    "PREFIX glocal: <https://w3id.org/glocal/ontology#>\nPREFIX id: <https://w3id.org/glocal/id/>\n"
)
QUERY: Final = f"{PREFIXES}SELECT ?city WHERE {{ ?city glocal:memberOf id:C40 }} ORDER BY ?city"
# Errors of the policy come as events, wherever they are; scripts that a test adds do not count.
WATCH_POLICY: Final = """() => {
    window.violations = []
    addEventListener("securitypolicyviolation", one =>
        violations.push(`${one.violatedDirective} ${one.blockedURI} ${one.sample}`))
}"""


@contextmanager
def window(chromium: Browser, language: str, **options: Any) -> Iterator[Page]:
    """A window with scripts, in which nobody may complain of anything."""
    complaints: list[str] = []
    options = {"viewport": {"width": 1280, "height": 900}, **options}
    with chromium.new_context(locale=LANGUAGES[language], **options) as context:
        context.set_default_timeout(30_000)
        context.add_init_script(f"({WATCH_POLICY})()")
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text))
        yield page
        complaints += page.evaluate("() => window.violations")
    assert complaints == []


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    with window(chromium, language) as page:
        yield page


def editor(page: Page, language: str) -> Locator:
    """The one editor that is there for people and their screen readers."""
    found = page.get_by_role("textbox", name=translate("SPARQL query", language), exact=True)
    expect(found).to_have_count(1)
    return found


def write(page: Page, language: str, text: str) -> None:
    """Replace the query, as someone who pastes."""
    editor(page, language).click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)


def kept(page: Page) -> str:
    """The text that the form sends."""
    return str(page.locator("textarea[name=query]").evaluate("one => one.value"))


def test_the_editor_sends_its_text_with_ctrl_enter(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, QUERY)
    assert kept(page) == QUERY

    with page.expect_navigation():
        page.keyboard.press("ControlOrMeta+Enter")

    result = page.get_by_role("region", name=translate("Result", language))
    expect(result.get_by_role("row").nth(1)).to_contain_text(
        {"en": "Beijing", "zh": "北京"}[language]
    )
    assert kept(page) == QUERY


def test_the_editor_does_not_hold_the_tab_key(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql")
    editor(page, language).click()

    page.keyboard.press("Tab")

    assert not editor(page, language).evaluate("one => one.matches(':focus')")


def test_the_editor_undoes_and_formats(page: Page, service: str, language: str) -> None:
    page.goto(f"{service}/sparql")
    write(page, language, "SELECT * WHERE {\n?s ?p ?o\nFILTER(?o > 1)\n}")
    page.get_by_role("button", name=translate("Format", language)).click()
    formatted = "SELECT * WHERE {\n    ?s ?p ?o\n    FILTER(?o > 1)\n}"
    assert kept(page) == formatted

    page.keyboard.press("ControlOrMeta+Z")

    assert kept(page) == "SELECT * WHERE {\n?s ?p ?o\nFILTER(?o > 1)\n}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_the_editor(
    page: Page, service: str, language: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{service}/sparql")
    write(page, language, QUERY.replace("}", '; rdfs:label "x"@en , 5 } # a comment'))

    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


def test_the_editor_fits_a_phone(chromium: Browser, service: str, language: str) -> None:
    with window(chromium, language, viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{service}/sparql")
        write(page, language, f"# {'long ' * 60}\n{QUERY}")

        assert page.evaluate(TOO_WIDE) == []


def test_without_its_scripts_a_page_has_a_plain_editor(
    chromium: Browser, service: str, language: str
) -> None:
    def fail(route: Route) -> None:
        route.abort()

    with chromium.new_context(locale=LANGUAGES[language]) as context:
        context.route("**/*.js", fail)
        page = context.new_page()
        page.goto(f"{service}/sparql")
        editor(page, language).fill(QUERY)

        with page.expect_navigation():
            page.get_by_role("button", name=translate("Run", language)).click()

        region = page.get_by_role("region", name=translate("Result", language))
        expect(region.get_by_role("row").nth(1)).to_be_visible()


def test_a_reader_chooses_the_scheme_for_all_pages(page: Page, service: str, language: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{service}/sparql")
    background = "() => getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)

    page.get_by_role("button", name=translate("Dark", language), exact=True).click()
    page.goto(f"{service}/")

    assert page.evaluate(background) != light
    page.get_by_role("button", name=translate("Light", language), exact=True).click()
    assert page.evaluate(background) == light
