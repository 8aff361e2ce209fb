"""How pages in Chinese look: gaps around Latin letters in names, none in what is typed."""

from playwright.sync_api import Browser, Locator

from tests.browser.reader import LANGUAGES

# The width of a text, measured within an element of the page.
WIDTH = """(parent, text) => {
    const measured = document.createElement("span")
    measured.textContent = text
    measured.style.position = "absolute"
    parent.append(measured)
    const width = measured.getBoundingClientRect().width
    measured.remove()
    return width
}"""


def test_a_name_has_a_gap_between_chinese_and_latin_as_prose_has(
    chromium: Browser, service: str
) -> None:
    with chromium.new_context(locale=LANGUAGES["zh"]) as context:
        page = context.new_page()
        page.goto(f"{service}/sparql")
        body, field = page.locator("body"), page.locator("textarea").first.locator("..")

        def gap(inside: Locator) -> float:
            whole, *parts = (inside.evaluate(WIDTH, text) for text in ("C40城市", "C40", "城市"))
            return float(whole - sum(parts))

        assert gap(body) > 1
        assert abs(gap(field)) < 0.5
