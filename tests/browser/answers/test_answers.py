"""Answers as scripts show them: drawings by their shape, and by what one chooses."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.reader import translate
from tests.browser.test_pages import AXE, TOO_WIDE
from tests.browser.test_workbench import PREFIXES, window

C40: Final = "/queries/coordinates-of-the-cities-of-a-network?network=id:C40"
INDICATOR: Final = "/queries/figures-of-an-indicator?indicator=id:IndCityGDP"
COUNTS: Final = (
    "SELECT ?city (COUNT(*) AS ?statements) { ?city a glocal:City ; ?relation ?other } "
    "GROUP BY ?city ORDER BY DESC(?statements) ?city"
)
YEARS: Final = (
    "SELECT ?label ?year { VALUES (?label ?year) { ('one' '1990'^^xsd:gYear) "
    "('two' '2005'^^xsd:gYear) ('three' '2010'^^xsd:gYear) } }"
)
LINES: Final = (
    "SELECT ?label ?year ?n { VALUES (?label ?year ?n) { ('one' '1990'^^xsd:gYear 3) "
    "('one' '2000'^^xsd:gYear 5) ('one' '2005'^^xsd:gYear 4) } }"
)
POINT: Final = (
    "SELECT ?name ?place { VALUES (?name ?place) { "
    "('Lima' 'POINT(-77.03 -12.04)'^^<http://www.opengis.net/ont/geosparql#wktLiteral>) "
    "('Suva' 'POINT(178.44 -18.14)'^^<http://www.opengis.net/ont/geosparql#wktLiteral>) } }"
)
MEMBERS: Final = (
    "CONSTRUCT { ?city glocal:memberOf ?network } "
    "{ ?city a glocal:City ; glocal:memberOf ?network }"
)
# Two numbers of each thing, which have other orders of magnitude.
TWO_NUMBERS: Final = (
    "SELECT ?label ?few ?many { VALUES (?label ?few ?many) "
    "{ ('one' 3 500) ('two' 4 700) ('other two' 5 900) } }"
)
# A graph with few boxes, whose labels all have room.
FEW_MEMBERS: Final = (
    "CONSTRUCT { ?city glocal:memberOf ?network ; glocal:locatedIn ?place } "
    "{ VALUES ?city { id:Beijing id:Guangzhou id:London id:Shanghai } "
    "?city glocal:memberOf ?network ; glocal:locatedIn ?place }"
)
# Of more things than a drawing has room for.
MANY_TRIPLES: Final = (
    "CONSTRUCT { ?one ?relation ?other } "
    "{ ?one ?relation ?other FILTER(ISIRI(?other)) } ORDER BY ?one ?relation ?other LIMIT 900"
)
# The name and the address of each thing in the rows of a table, and of each box of a graph.
CELLS: Final = """rows => rows.map(row => [...row.querySelectorAll("td a")].map(link =>
    [link.textContent.trim(), link.href]))"""
BOXES: Final = """boxes => boxes.map(box =>
    [box.querySelector("title").textContent, new URL(box.getAttribute("href"), location).href])"""
SECOND: Final = 1_000
SLOW: Final = 120 * SECOND


@contextmanager
def offline_window(chromium: Browser, language: str, service: str) -> Iterator[Page]:
    """A window that asks nobody but the service."""
    with window(chromium, language) as page:
        others: list[str] = []
        page.on(
            "request",
            lambda one: (
                others.append(one.url)
                if not one.url.startswith((service, "data:", "blob:"))
                else None
            ),
        )
        yield page
        assert others == []


@pytest.fixture
def page(chromium: Browser, language: str, service: str) -> Iterator[Page]:
    with offline_window(chromium, language, service) as page:
        yield page


def address(query: str, **others: str) -> str:
    prefixes = f"{PREFIXES}PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
    return f"/sparql?{urlencode({'query': prefixes + query, **others})}"


def tab(page: Page, language: str, name: str) -> Locator:
    return page.get_by_role("tab", name=translate(name, language), exact=True)


def result(page: Page, language: str) -> Locator:
    return page.get_by_role("region", name=translate("Result", language), exact=True)


def drawing(page: Page) -> Locator:
    """The drawing, once it is there."""
    found = page.locator("figure .picture svg:not([aria-busy])")
    expect(found).to_be_visible(timeout=SLOW)
    return found


def texts(page: Page) -> list[str]:
    return drawing(page).locator("text").all_text_contents()


def named(page: Page, language: str, name: str) -> Locator:
    return page.get_by_role("button", name=translate(name, language), exact=True)


SHAPES: Final = {
    "a number for each label": (address(COUNTS), "Chart"),
    "a number for each year": (address(LINES), "Chart"),
    "years alone": (address(YEARS), "Timeline"),
    "coordinates": (C40, "Map"),
    "points": (address(POINT), "Map"),
    "triples": (address(MEMBERS), "Graph"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shape_of_an_answer_decides_its_first_display(
    page: Page, service: str, language: str, shape: str
) -> None:
    path, display = SHAPES[shape]
    page.goto(service + path)

    expect(tab(page, language, display)).to_have_attribute("aria-selected", "true")
    expect(drawing(page)).to_have_accessible_name(re.compile("."))
    # The table is the list that says the same.
    expect(result(page, language).get_by_role("table")).to_be_visible()


def test_things_of_several_columns_are_a_table_at_first(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + INDICATOR)

    expect(tab(page, language, "Table")).to_have_attribute("aria-selected", "true")
    expect(page.locator("figure")).to_be_hidden()
    expect(tab(page, language, "Map")).to_have_count(0)


def test_an_indicator_is_drawn_as_bars_that_the_address_remembers(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + INDICATOR)
    tab(page, language, "Chart").click()
    shown = texts(page)

    assert {"en": ["Tokyo", "New York"], "zh": ["东京", "纽约"]}[language] == [
        one for one in shown if one in ("Tokyo", "New York", "东京", "纽约")
    ]
    assert parse_qs(urlsplit(page.url).query)["show"] == ["chart"]
    share = page.get_by_role("link", name=translate("Share", language), exact=True)
    share.click()
    assert texts(page) == shown

    tab(page, language, "Table").click()
    expect(page.locator("figure")).to_be_hidden()
    page.reload()
    expect(tab(page, language, "Table")).to_have_attribute("aria-selected", "true")


def test_the_members_of_a_network_are_on_the_map(page: Page, service: str, language: str) -> None:
    page.goto(service + C40)
    cities = drawing(page).locator("circle title").all_text_contents()

    expected = {"en": "Beijing Guangzhou|Hong Kong|Shanghai", "zh": "北京 广州|香港|上海"}[language]
    assert set(expected.replace(" G", "|G").replace(" 广", "|广").split("|")) <= set(cities)
    expect(page.get_by_role("row").filter(has_text=cities[0])).to_be_visible()


def test_places_on_both_sides_of_the_date_line_are_near_each_other(
    page: Page, service: str
) -> None:
    page.goto(service + address(POINT))
    circles = drawing(page).locator("circle")
    lima, suva = (float(one.get_attribute("cx") or "nan") for one in circles.all())

    # Suva lies to the west of Lima, beyond the Pacific.
    width = float((drawing(page).get_attribute("viewBox") or "").split()[2])
    assert 0 < suva < lima < width


def test_a_drawing_is_saved_as_it_looks(page: Page, service: str, language: str) -> None:
    page.goto(service + address(MEMBERS))
    box = drawing(page).locator("rect").first
    fill = box.evaluate("one => getComputedStyle(one).fill")
    with page.expect_download() as svg:
        named(page, language, "Save as SVG").click()
    with page.expect_download() as png:
        named(page, language, "Save as PNG").click()

    document = ElementTree.parse(svg.value.path())  # noqa: S314 - our own file
    rectangles = document.iter("{http://www.w3.org/2000/svg}rect")
    assert fill in [one.get("fill") for one in rectangles]
    assert document.find(".//{http://www.w3.org/2000/svg}style") is None
    assert png.value.path().read_bytes().startswith(b"\x89PNG")


def test_a_chart_shows_the_number_that_one_chooses(page: Page, service: str, language: str) -> None:
    page.goto(service + address(TWO_NUMBERS))
    column = page.get_by_role("combobox", name=translate("Column", language), exact=True)
    values = drawing(page).locator("g[text-anchor=start] text")
    expect(values).to_have_text(["3", "4", "5"])

    # A key that changes a list, without opening it.
    column.focus()
    page.keyboard.press("m")
    expect(values).to_have_text(["500", "700", "900"])

    expect(column).to_have_value("many")
    assert parse_qs(urlsplit(page.url).query)["show"] == ["chart:many"]
    page.reload()
    expect(values).to_have_text(["500", "700", "900"])
    column.select_option("few")
    expect(values).to_have_text(["3", "4", "5"])
    assert parse_qs(urlsplit(page.url).query)["show"] == ["chart"]
    tab(page, language, "Table").click()
    expect(column).to_be_hidden()


def test_a_chart_of_one_number_has_nothing_to_choose(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + address(COUNTS))
    drawing(page)

    column = page.get_by_label(translate("Column", language), exact=True)
    expect(column).to_be_hidden()


def test_a_drawing_has_the_rows_that_the_filter_leaves_in_their_order(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + address(TWO_NUMBERS))
    values = drawing(page).locator("g[text-anchor=start] text")
    words = page.get_by_label(translate("Rows with these words", language))
    rows = result(page, language).get_by_role("table").locator("tbody tr")

    words.fill("two")
    expect(values).to_have_text(["4", "5"])
    expect(rows).to_have_count(2)
    expect(page.locator("figcaption")).to_contain_text("2")
    many = page.get_by_role("button", name="many", exact=True)
    many.click()
    many.click()
    expect(values).to_have_text(["5", "4"])
    # The texts of buttons and statuses are no words of a row.
    words.fill("why 为何")
    expect(values).to_have_count(0)
    expect(page.locator("figure .picture svg")).to_have_count(0)
    words.fill("")
    expect(values).to_have_text(["5", "4", "3"])


def test_the_graph_of_triples_says_what_its_table_says(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + address(FEW_MEMBERS))
    graph = drawing(page)
    rows = result(page, language).get_by_role("table").locator("tbody tr")
    triples = rows.evaluate_all(CELLS)
    boxes = graph.locator("a").evaluate_all(BOXES)

    assert len(triples) > 3
    things = {(*one,) for row in triples for one in (row[0], row[2])}
    assert sorted(map(tuple, boxes)) == sorted(things)
    relations = graph.locator("g.statement title").all_text_contents()
    # The status of a statement follows its relation.
    assert sorted(one.split(" · ")[0] for one in relations) == sorted(row[1][0] for row in triples)
    # Only the order of the attributes depends on how long it takes.
    drawn = "one => [one.getAttribute('viewBox'), one.innerHTML]"
    markup = graph.evaluate(drawn)
    page.reload()
    assert drawing(page).evaluate(drawn) == markup
    named(page, language, "Save as SVG").focus()
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    document = ElementTree.parse(saved.value.path())  # noqa: S314 - our own file
    titles = [one.text for one in document.iter("{http://www.w3.org/2000/svg}title")]
    assert {one[0] for one in boxes} <= set(titles)
    assert titles.count(relations[0]) == relations.count(relations[0])


def test_a_large_graph_says_how_many_statements_it_shows(page: Page, service: str) -> None:
    page.goto(service + address(MANY_TRIPLES, show="graph"), timeout=SLOW)
    shown = drawing(page).locator("g.statement").count()

    assert 0 < shown < 900
    expect(page.locator("figcaption")).to_contain_text(re.compile(rf"\b{shown}\b"))


def test_keys_alone_choose_a_display(page: Page, service: str, language: str) -> None:
    page.goto(service + address(COUNTS, show="table"))
    tab(page, language, "Table").focus()

    page.keyboard.press("ArrowRight")
    expect(tab(page, language, "Chart")).to_be_focused()
    drawing(page)
    page.keyboard.press("ArrowRight")

    expect(tab(page, language, "Table")).to_be_focused()
    expect(page.locator("figure")).to_be_hidden()


@pytest.mark.parametrize("path", [C40, address(TWO_NUMBERS), address(MEMBERS), address(YEARS)])
def test_axe_finds_no_violation_in_a_drawing(page: Page, service: str, path: str) -> None:
    page.goto(service + path)
    drawing(page)
    page.locator(".of-columns summary").click()

    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


def test_drawings_fit_a_phone(chromium: Browser, service: str, language: str) -> None:
    with window(chromium, language, viewport={"width": 390, "height": 844}) as page:
        for path in (C40, address(COUNTS), address(YEARS), address(FEW_MEMBERS)):
            page.goto(service + path)
            box = drawing(page).bounding_box()

            assert box
            assert box["height"] > 100
            assert page.evaluate(TOO_WIDE) == []


def test_without_scripts_a_display_in_the_address_does_nothing(
    chromium: Browser, service: str
) -> None:
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        answer = page.goto(f"{service}{C40}&show=map")

        assert answer is not None
        assert answer.status == 200
        assert "glocal-warning" not in answer.headers
        expect(page.get_by_role("tab")).to_have_count(0)
        expect(page.get_by_role("table")).to_be_visible()
        expect(page.locator("figure")).to_be_hidden()
        language_link = page.locator(".languages a").get_attribute("href") or ""
        assert "show=map" in language_link
