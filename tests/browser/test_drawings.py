"""Drawings that one expands and filters, each with a list that says the same."""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from tests.browser.reader import LANGUAGES, translate
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import window

LONDON: Final = "/data/id/London.html"
# Edges that are seen, as pairs of IRIs: those of the drawing, and those that the list has.
DRAWN: Final = """one => {
    const thing = one.dataset.thing
    const ends = edge => edge.dataset.subject
        ? [edge.dataset.subject, edge.dataset.object] : [thing, edge.dataset.other]
    return [...one.querySelectorAll(".drawing path.edge:not([hidden])")]
        .map(edge => ends(edge).sort().join(" ")).sort()
}"""
LISTED: Final = """one => [...one.querySelectorAll(".drawn li")]
    .filter(item => !item.closest("[hidden]"))
    .map(item => [item.dataset.subject, item.dataset.object].sort().join(" ")).sort()"""
NAMES: Final = """one => [...one.querySelectorAll(".drawing a:not([hidden])")]
    .map(link => link.dataset.other).sort()"""
MARKUP: Final = "one => one.querySelector('.drawing > svg').outerHTML"


@pytest.fixture
def page(chromium: Browser, service: str, language: str) -> Iterator[Page]:
    foreign: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith((service, "data:", "blob:")):
            foreign.append(request.url)

    with window(chromium, language, reduced_motion="reduce") as page:
        page.on("request", watch)
        yield page
    assert foreign == []


def name_of(page: Page, service: str, language: str, thing: str) -> str:
    found = page.request.get(f"{service}/neighbourhood", params={"resource": thing}).json()
    return str(found["things"][0]["label"][language])


def open_drawing(page: Page, service: str, path: str = LONDON) -> Locator:
    """The neighbourhood of a thing, when its script is there."""
    page.goto(f"{service}{path}")
    figure = page.locator(".neighbourhood")
    expect(figure.locator(".toggle").first).to_be_attached()
    return figure


def open_list(figure: Locator, language: str) -> Locator:
    figure.get_by_text({"en": "The same as a list", "zh": "以列表显示"}[language]).click()
    return figure.locator(".drawn")


def button(within: Locator, language: str, name: str, *, is_open: bool = False) -> Locator:
    words = {"en": ("expand: ", "collapse: "), "zh": ("展开：", "收起：")}[language]
    return within.get_by_role("button", name=f"{words[is_open]}{name}", exact=True)


def expand_two(within: Locator, names: list[str], language: str, *, keys: bool = False) -> None:
    """Expand a thing, then another, in the drawing or in the list."""
    for name in names:
        found = button(within, language, name)
        if keys:
            found.focus()
            found.press("Enter")
        else:
            found.click()
        expect(button(within, language, name, is_open=True)).to_be_visible()


@pytest.fixture
def names(page: Page, service: str, language: str) -> list[str]:
    return [name_of(page, service, language, thing) for thing in ("C40", "BorisJohnson")]


def test_a_drawing_that_is_expanded_twice_says_the_same_as_its_list(
    page: Page, service: str, language: str, names: list[str]
) -> None:
    figure = open_drawing(page, service)
    before = figure.evaluate(NAMES)

    expand_two(figure.locator(".drawing"), names, language)

    drawn = figure.evaluate(DRAWN)
    assert set(before) < set(figure.evaluate(NAMES))
    assert len(drawn) > len(before)
    assert drawn == figure.evaluate(LISTED)
    members = button(open_list(figure, language), language, names[0], is_open=True).locator("..")
    assert len(members.get_by_role("listitem").all()) > 1


def test_the_list_with_keys_gives_the_same_picture_as_the_drawing_with_a_mouse(
    page: Page, service: str, language: str, names: list[str]
) -> None:
    figure = open_drawing(page, service)
    expand_two(figure.locator(".drawing"), names, language)
    picture = figure.evaluate(MARKUP)

    figure = open_drawing(page, service)
    expand_two(open_list(figure, language), names, language, keys=True)

    assert figure.evaluate(MARKUP) == picture


def test_the_drawing_is_expanded_with_keys_which_keeps_the_focus(
    page: Page, service: str, language: str, names: list[str]
) -> None:
    figure = open_drawing(page, service)

    expand_two(figure.locator(".drawing"), names[:1], language, keys=True)

    opened = button(figure.locator(".drawing"), language, names[0], is_open=True)
    expect(opened).to_be_focused()
    expect(figure.get_by_role("status")).to_contain_text(names[0])


def test_what_is_there_keeps_its_place_and_goes_only_when_it_is_collapsed(
    page: Page, service: str, language: str, names: list[str]
) -> None:
    figure = open_drawing(page, service)
    drawing = figure.locator(".drawing")
    expand_two(drawing, names[1:], language)
    once = figure.evaluate(MARKUP)
    places = """one => Object.fromEntries([...one.querySelectorAll(".drawing a")].map(link =>
        [link.dataset.other, link.querySelector("text").getAttribute("y")]))"""
    before = figure.evaluate(places)

    expand_two(drawing, names[:1], language)
    after = figure.evaluate(places)
    button(drawing, language, names[0], is_open=True).click()

    assert {iri: after[iri] for iri in before} == before
    expect(button(drawing, language, names[0])).to_be_visible()
    assert figure.evaluate(MARKUP) == once


def test_one_request_is_made_for_each_thing(
    page: Page, service: str, language: str, names: list[str]
) -> None:
    asked: list[str] = []
    figure = open_drawing(page, service)
    page.on("request", lambda request: asked.append(request.url))

    drawing = figure.locator(".drawing")
    expand_two(drawing, names[:1], language)
    button(drawing, language, names[0], is_open=True).click()
    expand_two(drawing, names[:1], language)

    # Chromium asks for the icon again when the address of the page changes.
    paths = [path for url in asked if (path := urlsplit(url).path) != "/logo.svg"]
    assert paths == ["/neighbourhood"]


# Statements that somebody holds come only with the second thing.
@pytest.mark.parametrize(
    ("kind", "thing", "expanded"),
    [
        ("Status", "London", "SocialEnterpriseLondon"),
        ("Pattern", "C40", "London"),
        ("Holder", "London", "SocialEnterpriseLondon"),
    ],
)
def test_what_is_not_ticked_is_neither_drawn_nor_listed(
    page: Page, service: str, language: str, kind: str, thing: str, expanded: str
) -> None:
    figure = open_drawing(page, service, f"/data/id/{thing}.html")
    name = name_of(page, service, language, expanded)
    expand_two(figure.locator(".drawing"), [name], language)
    all_drawn, picture = figure.evaluate(DRAWN), figure.evaluate(MARKUP)
    group = figure.get_by_role("group", name=translate(kind, language))
    first = group.get_by_role("checkbox").first

    first.focus()
    page.keyboard.press("Space")

    value = first.get_attribute("value")
    fewer = figure.evaluate(DRAWN)
    assert 0 < len(fewer) < len(all_drawn)
    assert fewer == figure.evaluate(LISTED)
    items = figure.locator(f".drawn li[data-{kind.lower()}='{value}']")
    assert items.evaluate_all("all => all.every(one => one.closest('[hidden]'))")
    page.keyboard.press("Space")
    assert figure.evaluate(MARKUP) == picture


def test_a_thing_whose_neighbours_cannot_be_loaded_stays_as_it_is(
    chromium: Browser, service: str, language: str
) -> None:
    with chromium.new_context(locale=LANGUAGES[language]) as context:
        page = context.new_page()
        name = name_of(page, service, language, "C40")
        figure = open_drawing(page, service)
        page.route("**/neighbourhood?*", lambda route: route.abort())
        drawing = figure.locator(".drawing")
        button(drawing, language, name).click()
        expect(figure.get_by_role("status")).to_contain_text(name)
        expect(button(drawing, language, name)).to_be_visible()

        page.unroute("**/neighbourhood?*")
        expand_two(drawing, [name], language)


def test_links_of_what_was_added_keep_language_and_view(
    page: Page, service: str, language: str
) -> None:
    name = name_of(page, service, language, "C40")
    figure = open_drawing(page, service, f"{LONDON}?view=facts&lang={language}")
    expand_two(figure.locator(".drawing"), [name], language)

    links = figure.locator(".added a").evaluate_all("all => all.map(one => one.href.baseVal)")

    assert links
    assert all(link.endswith(f"?view=facts&lang={language}") for link in links)


def test_a_link_shows_what_is_expanded_and_left_out(
    page: Page, service: str, language: str, names: list[str], chromium: Browser
) -> None:
    figure = open_drawing(page, service)
    expand_two(figure.locator(".drawing"), names, language)
    everything = figure.evaluate(DRAWN)
    group_box(figure, language).uncheck()
    drawn, picture = figure.evaluate(DRAWN), figure.evaluate(MARKUP)
    assert 0 < len(drawn) < len(everything)
    asked = parse_qs(urlsplit(page.url).query)
    assert asked == {"expanded": ["C40", "BorisJohnson"], "hide": ["status:Background"]}
    sent = page.url

    with window(chromium, language, reduced_motion="reduce") as other:
        other.goto(sent)
        figure = other.locator(".neighbourhood")
        expect(group_box(figure, language)).not_to_be_checked()
        assert figure.evaluate(MARKUP) == picture
        other.locator(".languages a").click()
        another = {"en": "zh", "zh": "en"}[language]
        figure = other.locator(".neighbourhood")
        expect(group_box(figure, another)).not_to_be_checked()
        assert figure.evaluate(DRAWN) == drawn
        for name in (name_of(other, service, another, one) for one in ("C40", "BorisJohnson")):
            button(figure.locator(".drawing"), another, name, is_open=True).click()
        group_box(figure, another).check()
        assert set(parse_qs(urlsplit(other.url).query)) == {"lang"}


def group_box(figure: Locator, language: str) -> Locator:
    """The box of the status of background, in a page of this language."""
    group = figure.get_by_role("group", name=translate("Status", language))
    return group.locator("input[value$='#Background']")


def test_the_links_to_other_views_keep_what_is_expanded(
    page: Page, service: str, language: str
) -> None:
    name = name_of(page, service, language, "C40")
    figure = open_drawing(page, service)
    expand_two(figure.locator(".drawing"), [name], language)

    page.locator(".views a").first.click()

    figure = page.locator(".neighbourhood")
    expect(button(figure.locator(".drawing"), language, name, is_open=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_an_expanded_drawing(
    page: Page, service: str, language: str, names: list[str], scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    figure = open_drawing(page, service)
    expand_two(figure.locator(".drawing"), names, language)
    open_list(figure, language)

    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


def test_on_a_phone_the_list_is_expanded(chromium: Browser, service: str, language: str) -> None:
    with window(chromium, language, viewport={"width": 390, "height": 844}) as page:
        name = name_of(page, service, language, "C40")
        figure = open_drawing(page, service)
        expand_two(figure.locator(".drawn"), [name], language)

        assert figure.evaluate(DRAWN) == figure.evaluate(LISTED)
        assert page.evaluate(TOO_WIDE) == []
