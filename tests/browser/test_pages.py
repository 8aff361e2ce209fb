"""Every kind of page: accessible, within its window, and alone with its service."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, Response

from service.http.html import security_headers
from service.http.scripts import SCRIPTS
from tests.browser.kinds import KINDS, Kind
from tests.browser.reader import LANGUAGES

AXE: Final = Path(sys.prefix) / "javascript" / "node_modules" / "axe-core" / "axe.min.js"
OPEN_DETAILS: Final = """() => {
    for (const one of document.querySelectorAll("details")) one.open = true
}"""
# What runs over the right edge and does not stand in a frame that scrolls.
TOO_WIDE: Final = """() => {
    const scrolls = one => one && (
        ["auto", "scroll"].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement))
    const width = document.documentElement.clientWidth
    return [...document.body.querySelectorAll("*")]
        .filter(one => one.getBoundingClientRect().right > width + 1 && !scrolls(one))
        .map(one => one.outerHTML.slice(0, 120)).slice(0, 5)
}"""


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def page(chromium: Browser, language: str) -> Iterator[Page]:
    """A phone's page; axe and the measures need scripts."""
    with chromium.new_context(locale=LANGUAGES[language], viewport=size(390)) as context:
        yield context.new_page()


def size(width: int) -> Any:
    return {"width": width, "height": 844}


def test_axe_finds_no_violation(page: Page, service: str, kind: Kind, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size(1280 if scheme == "light" else 390))
    kind.open(page, service)
    page.evaluate(OPEN_DETAILS)

    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")

    found = [
        (one["id"], node["target"], node["failureSummary"])
        for one in violations
        for node in one["nodes"][:3]
    ]
    assert found == []


def test_a_page_fits_its_window_and_asks_and_complains_of_nothing_else(
    page: Page, service: str, kind: Kind, language: str
) -> None:
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(f"{said.text} {said.location['url']}"))
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one))

    kind.open(page, service)

    [*_, answer] = [one for one in answers if one.request.is_navigation_request()]
    assert answer.ok is not kind.is_failure
    policy = answer.headers["content-security-policy"]
    assert policy == security_headers(SCRIPTS)["Content-Security-Policy"]
    assert {url for url in requested if not url.startswith((f"{service}/", "data:"))} == set()
    # The console notes that a page is about a failure.
    assert [one for one in complaints if not (kind.is_failure and page.url in one)] == []
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    is_link = "one => one.querySelector('a')?.textContent.trim() === one.textContent.trim()"
    headings = page.get_by_role("heading")
    found = headings.evaluate_all(f"all => all.filter({is_link}).map(one => one.textContent)")
    assert found == []
    page.evaluate(OPEN_DETAILS)
    for width in (390, 1280):
        page.set_viewport_size(size(width))
        assert page.evaluate(TOO_WIDE) == []
        assert page.evaluate(
            "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )


def test_on_a_phone_the_overview_of_the_ontology_is_folded(page: Page, service: str) -> None:
    KINDS["ontology"].open(page, service)
    tree = page.locator(".tree")
    is_unfolded = tree.evaluate("one => one.getBoundingClientRect().height > 0")

    assert not is_unfolded
    assert page.evaluate("() => document.documentElement.scrollHeight") < 6_000
    page.set_viewport_size(size(1280))
    assert tree.evaluate("one => one.getBoundingClientRect().height") > 500


def test_on_a_phone_the_map_fits_and_its_names_are_readable(page: Page, service: str) -> None:
    KINDS["home"].open(page, service)

    [drawn] = [one for one in page.locator(".map svg").all() if one.is_visible()]
    assert drawn.evaluate("one => one.parentElement.scrollWidth <= one.parentElement.clientWidth")
    names = [one for one in drawn.locator("a text").all() if one.is_visible()]
    assert len(names) > 10
    heights = [box["height"] for one in names if (box := one.bounding_box())]
    assert min(heights) > 11
    page.set_viewport_size(size(1280))
    assert not drawn.is_visible()


def test_the_head_of_a_long_result_stays_in_sight_and_all_of_it_is_printed(
    page: Page, service: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    KINDS["result-long"].open(page, service)
    frame, head = page.locator(".result .wide"), page.locator(".result th").first
    top = "one => one.getBoundingClientRect().top"

    frame.evaluate("one => one.scrollTo(0, 900)")
    assert frame.evaluate("one => one.scrollTop") == 900
    assert abs(head.evaluate(top) - frame.evaluate(top)) <= 2

    page.emulate_media(media="print")
    assert head.is_visible()
    assert frame.evaluate("one => one.clientHeight >= one.querySelector('table').clientHeight")


def test_an_answer_is_printed_with_its_question_and_the_value(page: Page, service: str) -> None:
    page.set_viewport_size({"width": 718, "height": 900})
    KINDS["question-answered"].open(page, service)

    page.emulate_media(media="print")

    assert page.locator("#value-network").is_visible()
    assert not page.locator(".question button").is_visible()
    frame = page.locator(".result .wide")
    assert frame.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert frame.evaluate("one => getComputedStyle(one).overflowX") == "visible"
