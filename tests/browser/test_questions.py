"""Saved questions on their own pages: the example of each is answered with one click."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.reader import translate
from tests.browser.test_pages import TOO_WIDE
from tests.browser.test_workbench import window

EXAMPLE = {"en": "Use the example: ", "zh": "使用示例："}


@pytest.mark.parametrize("width", [390, 1280])
def test_an_example_fills_the_fields_and_is_answered(
    chromium: Browser, service: str, language: str, width: int
) -> None:
    size = {"width": width, "height": 844}
    with window(chromium, language, viewport=size, java_script_enabled=False) as page:
        page.goto(f"{service}/queries/ranks-of-a-city?view=facts")
        field = page.locator("#value-city")
        expect(field).to_have_value("")
        assert page.evaluate(TOO_WIDE) == []

        page.get_by_role("link", name=EXAMPLE[language]).click()

        expect(field).to_have_value({"en": "Beijing", "zh": "北京"}[language])
        expect(page).to_have_url(re.compile("view=facts"))
        rows = page.get_by_role("region", name=translate("Result", language)).locator("tbody tr")
        expect(rows).not_to_have_count(0)
        expect(page.get_by_role("link", name=EXAMPLE[language])).to_have_count(0)


def test_every_example_has_an_answer(chromium: Browser, service: str, language: str) -> None:
    with window(chromium, language) as page:
        asked = page.request.get(f"{service}/queries", headers={"accept": "application/json"})
        for question in asked.json()["queries"]:
            if question["parameters"]:
                page.goto(service + question["href"])
                page.get_by_role("link", name=EXAMPLE[language]).click()
                rows = page.locator(".result tbody tr")
                expect(rows, question["name"]).not_to_have_count(0)
