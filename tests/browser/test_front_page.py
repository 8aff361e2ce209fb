"""The examples of the front page on a phone."""

from typing import Final

from playwright.sync_api import Browser

from tests.browser.reader import LANGUAGES

_ENDS: Final = """() => [...document.querySelectorAll(".examples .wide tr")].map(row =>
    [...row.cells].map(cell => getComputedStyle(cell).textAlign))"""
_HIDDEN: Final = """() => [...document.querySelectorAll(".examples .wide")].filter(
    one => one.scrollWidth > one.clientWidth + 1).length"""


def test_heads_stand_above_their_numbers_and_no_column_is_out_of_sight(
    chromium: Browser, service: str, language: str
) -> None:
    phone = {"width": 390, "height": 844}
    with chromium.new_context(locale=LANGUAGES[language], viewport=phone) as context:
        page = context.new_page()
        # A service that has just started has no answers to show yet.
        for _ in range(60):
            page.goto(service)
            if page.locator(".examples table").count():
                break
            page.wait_for_timeout(1_000)
        head, *rows = page.evaluate(_ENDS)

        assert head == ["left", "right", "right"]
        assert rows == [head] * len(rows)
        assert page.evaluate(_HIDDEN) == 0
