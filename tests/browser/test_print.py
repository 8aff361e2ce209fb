"""What one prints: what one reads, in black on white, with the addresses that links lead to."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.answers.test_answers import address
from tests.browser.reader import LANGUAGES

# The colours of texts that are not dark enough on white paper: their luminance, as WCAG defines it.
_TOO_LIGHT: Final = """() => {
    const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    const luminance = ([red, green, blue]) =>
        0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255)
    const texts = [...document.querySelectorAll("main *")].filter(one =>
        one.checkVisibility() && [...one.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.data.trim()))
    return texts.filter(one => {
        const style = getComputedStyle(one)
        const colour = one.closest("svg") && one.tagName !== "A" ? style.fill : style.color
        return 1.05 / (luminance(colour.match(/[\\d.]+/g).map(Number)) + 0.05) < 4.5
    }).map(one => one.outerHTML.slice(0, 160)).slice(0, 5)
}"""
_BACKGROUNDS: Final = """() => ["html", "body", "main"].map(
    name => getComputedStyle(document.querySelector(name)).backgroundColor)"""
_WRITTEN_ADDRESSES: Final = """() => [...document.querySelectorAll("#elsewhere a")].map(
    one => [one.href, getComputedStyle(one, "::after").content])"""
_TRANSPARENT: Final = "rgba(0, 0, 0, 0)"


@pytest.fixture(params=["light", "dark"])
def printed(
    request: pytest.FixtureRequest, chromium: Browser, service: str, language: str
) -> Iterator[Page]:
    """The page of London as it is printed by someone whose screen is light or dark."""
    scheme: Any = request.param
    with chromium.new_context(locale=LANGUAGES[language], color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(f"{service}/data/id/London")
        page.evaluate("scheme => { document.documentElement.dataset.scheme = scheme }", scheme)
        page.emulate_media(media="print", color_scheme=scheme)
        yield page


def test_what_one_reads_is_dark_on_white_also_from_a_dark_screen(printed: Page) -> None:
    assert printed.evaluate(_TOO_LIGHT) == []
    assert printed.evaluate(_BACKGROUNDS) == [_TRANSPARENT] * 3


def test_what_one_clicks_on_is_not_printed(printed: Page) -> None:
    for name in ("header", "footer", "nav", "form", "button"):
        assert printed.locator(f"{name}:visible").count() == 0, name
    assert printed.locator(".asks:visible").count() == 0
    assert printed.locator("h1").inner_text() in {"London", "伦敦"}
    assert printed.locator("#documents .citation").is_visible()


def test_links_to_other_sites_have_their_address_written(printed: Page) -> None:
    found = printed.evaluate(_WRITTEN_ADDRESSES)

    assert ["http://www.wikidata.org/entity/Q84", '" (http://www.wikidata.org/entity/Q84)"'] in [
        [address, content.replace('" (" attr(href) ")"', f'" ({address})"')]
        for address, content in found
    ]


def test_a_thing_can_be_saved_as_a_pdf(printed: Page) -> None:
    written = printed.pdf(format="A4")

    assert written.startswith(b"%PDF-")
    assert written.count(b"/Type /Page\n") > 1


_CITIES: Final = "SELECT ?city { ?city a glocal:City } ORDER BY ?city LIMIT 3"


def test_a_printed_result_says_what_it_is(
    chromium: Browser, service: str, language: str, tmp_path: Path
) -> None:
    asked = f"{service}{address(_CITIES, view='facts')}"
    with chromium.new_context(locale=LANGUAGES[language]) as context:
        page = context.new_page()
        page.goto(asked)
        # A script makes buttons of the heads.
        expect(page.locator("th[data-name=city] button")).to_be_visible()
        page.emulate_media(media="print")
        printed = page.locator(".printed").inner_text()
        expect(page.locator("th[data-name=city] button")).to_be_visible()
        expect(page.locator(".query-side")).to_be_hidden()
        colour = page.locator(".chip").first.evaluate(
            "one => getComputedStyle(one).printColorAdjust"
        )
        path = tmp_path / "result.pdf"
        page.pdf(path=path, format="A4")

    words = {"en": ("SPARQL query", "Facts"), "zh": ("SPARQL 查询", "事实")}[language]
    assert all(one in printed for one in (*words, _CITIES, f"{service}/sparql?query="))
    assert re.search(r"\b[0-9a-f]{64}\b", printed)
    assert colour == "exact"
    assert path.read_bytes().startswith(b"%PDF-")
