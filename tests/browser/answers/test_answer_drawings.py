"""Drawings of answers: the rows they show, what they say of others, and how they are moved."""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.answers.test_answers import address, drawing, named, offline_window, result, tab
from tests.browser.test_pages import AXE

GEO: Final = "PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#>\n"
RDFS: Final = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
LINKS: Final = (
    f"{RDFS}SELECT ?city ?network ?label {{ ?city a glocal:City ; glocal:memberOf ?network ; "
    "rdfs:label ?label }"
)
STATEMENTS: Final = (
    "SELECT ?one ?relation ?other { VALUES ?one { id:C40 id:Guangzhou } ?one ?relation ?other }"
)
# Two rows of each city: one for its label in each language.
PLACES: Final = (
    f"{GEO}{RDFS}SELECT ?city ?label ?lat ?long {{ ?city a glocal:City ; rdfs:label ?label ; "
    "geo:lat ?lat ; geo:long ?long }"
)
FEW_COUNTS: Final = (
    "SELECT ?city (COUNT(DISTINCT ?network) AS ?networks) "
    "{ ?city a glocal:City ; glocal:memberOf ?network } GROUP BY ?city"
)
# A year, months and a day; of the same year there are several.
MONTHS: Final = (
    "SELECT ?label ?when { VALUES (?label ?when) { ('one' '2006'^^xsd:gYear) "
    "('two' '2005-10'^^xsd:gYearMonth) ('three' '2005-05-12'^^xsd:date) "
    "('four' '2006-08'^^xsd:gYearMonth) } }"
)
ONE_DATE: Final = (
    "SELECT ?label ?when { VALUES (?label ?when) "
    "{ ('one' '2005-10'^^xsd:gYearMonth) ('two' '2005-10'^^xsd:gYearMonth) } }"
)
OVERLAPS: Final = """one => {
    const boxes = [...one.querySelectorAll("a rect")].map(box => box.getBBox())
    const labels = [...one.querySelectorAll(".relation:not(.crowded)")].map(text => text.getBBox())
    const isOver = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width
        && a.y < b.y + b.height && b.y < a.y + a.height
    return labels.filter(label => boxes.some(box => isOver(label, box))).length
}"""


@pytest.fixture
def page(chromium: Browser, language: str, service: str) -> Iterator[Page]:
    with offline_window(chromium, language, service) as page:
        yield page


def test_two_columns_of_things_can_be_a_graph(page: Page, service: str, language: str) -> None:
    page.goto(service + address(LINKS))
    expect(tab(page, language, "Table")).to_have_attribute("aria-selected", "true")

    tab(page, language, "Graph").click()

    edges = drawing(page).locator("g.statement")
    rows = result(page, language).get_by_role("table").locator("tbody tr")
    # Each link once, though its city has two labels.
    pairs = rows.evaluate_all("rows => rows.map(row => [0, 1].map(at => row.cells[at].innerText))")
    assert edges.count() == len({(*one,) for one in pairs})
    assert edges.count() < rows.count()
    left = {"en": "leaves out: label", "zh": "未用的列：label"}[language]
    expect(page.locator("figcaption")).to_contain_text(left)


def test_a_column_of_properties_names_the_edges_which_show_their_status(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + address(STATEMENTS, show="graph"))
    titles = drawing(page).locator("g.statement title").all_text_contents()
    rows = result(page, language).get_by_role("table").locator("tbody tr")
    said = rows.evaluate_all(
        "rows => rows.filter(row => row.cells[2].querySelector('a'))"
        ".map(row => row.cells[1].innerText.trim())"
    )

    assert sorted(one.split(" · ")[0] for one in titles) == sorted(said)
    edges = drawing(page).locator("path.edge[class*=status-]")
    assert edges.count() > 10
    legend = page.locator("figure .legend")
    expect(legend).to_be_visible()
    looks = edges.evaluate_all("all => [...new Set(all.map(one => one.className.baseVal))]")
    assert legend.locator("path").count() == len(looks)
    assert legend.locator(".chip").count() == len(looks)
    values = {"en": "a text or a number in place of a thing", "zh": "文本或数字，不是事物"}
    expect(page.locator("figcaption")).to_contain_text(values[language])


def test_statements_that_the_release_lacks_have_no_status(page: Page, service: str) -> None:
    page.goto(
        service + address("CONSTRUCT { id:London glocal:memberOf id:Paris } {}", show="graph")
    )

    expect(drawing(page).locator("path.edge")).to_have_attribute("class", "edge")
    expect(page.locator("figure .legend")).to_be_hidden()


def test_labels_of_a_star_hide_no_box_and_names_are_shown_in_full(page: Page, service: str) -> None:
    page.goto(service + address("DESCRIBE id:London"))
    graph = drawing(page)
    cut = graph.locator("a.box").filter(has_text=re.compile("…$")).first
    name = cut.locator("title").text_content()

    assert graph.evaluate(OVERLAPS) == 0
    cut.focus()

    expect(graph.locator(".pointed .full-name")).to_have_text(str(name))
    cut.blur()
    expect(graph.locator(".pointed")).to_be_empty()
    cut.hover()
    expect(graph.locator(".pointed .full-name")).to_have_text(str(name))


def test_a_map_counts_places_and_names_all_that_have_room(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + address(PLACES))
    places = drawing(page).locator("circle")
    rows = result(page, language).get_by_role("table").locator("tbody tr")

    assert rows.count() == 2 * places.count()
    said = {"en": f"Places drawn: {places.count()}.", "zh": f"已绘出 {places.count()} 个地点。"}
    expect(page.locator("figcaption")).to_contain_text(said[language])
    assert drawing(page).locator("text").count() == places.count()


def test_a_map_is_zoomed_and_moved(page: Page, service: str, language: str) -> None:
    page.goto(service + address(PLACES))
    map_ = drawing(page)
    circles = "one => [...one.querySelectorAll('circle')].map(one => one.getAttribute('cx'))"
    start = map_.evaluate(circles)

    def changed(before: list[str]) -> list[str]:
        page.wait_for_function(
            "([one, before]) => one.querySelector('circle').getAttribute('cx') !== before",
            arg=[map_.element_handle(), before[0]],
        )
        return list(map_.evaluate(circles))

    named(page, language, "Zoom in").click()
    larger = changed(start)
    assert spread(larger) > 1.4 * spread(start)
    named(page, language, "Whole map").click()
    assert changed(larger) == start
    map_.focus()
    page.keyboard.press("+")
    larger = changed(start)
    page.keyboard.press("ArrowRight")
    moved = changed(larger)
    assert float(moved[0]) < float(larger[0])
    page.keyboard.press("0")
    assert changed(moved) == start
    map_.hover()
    page.mouse.wheel(0, -300)
    larger = changed(start)
    assert spread(larger) > spread(start)
    page.mouse.down()
    page.mouse.move(200, 400, steps=3)
    page.mouse.up()
    moved = changed(larger)
    assert round(spread(moved)) == round(spread(larger))
    page.evaluate(AXE.read_text("utf-8"))
    violations = page.evaluate("async () => (await axe.run()).violations")
    assert [one["id"] for one in violations] == []


def spread(places: list[str]) -> float:
    numbers = [*map(float, places)]
    return max(numbers) - min(numbers)


def test_where_there_is_no_map_one_reads_when_there_is(page: Page, service: str) -> None:
    page.goto(service + address(FEW_COUNTS))

    page.locator(".of-displays summary").click()

    expect(page.locator(".of-displays")).to_contain_text("WKT")


@pytest.mark.parametrize("cells", ["names", "curies"])
def test_a_chart_of_counts_has_whole_ticks_and_the_labels_of_the_cells(
    page: Page, service: str, language: str, cells: str
) -> None:
    page.goto(service + address(FEW_COUNTS, cells=cells))
    shown = drawing(page).locator("text").all_text_contents()
    rows = result(page, language).get_by_role("table").locator("tbody tr td:first-child")

    assert set(rows.all_inner_texts()) <= set(shown)
    assert [one for one in shown if re.fullmatch(r"\d+\.\d+", one)] == []


def test_a_timeline_of_months_has_no_two_equal_ticks(page: Page, service: str) -> None:
    page.goto(service + address(MONTHS))
    names = ("one", "two", "three", "four")
    ticks = [
        one for one in drawing(page).locator("text").all_text_contents() if not one.endswith(names)
    ]
    ends = {
        name: float(box["x"])
        for name in ("two", "one")
        if (box := drawing(page).locator("text", has_text=name).bounding_box())
    }

    assert len(ticks) > 3
    assert len(set(ticks)) == len(ticks)
    # October 2005 ends before 2006 does.
    assert ends["two"] < ends["one"]


def test_rows_of_one_date_do_not_open_as_a_timeline(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + address(ONE_DATE))

    expect(tab(page, language, "Table")).to_have_attribute("aria-selected", "true")
    tab(page, language, "Timeline").click()
    assert len(set(drawing(page).locator("text").all_text_contents())) > 3


def test_a_saved_graph_has_its_legend_and_no_two_statuses_the_same_line(
    page: Page, service: str, language: str
) -> None:
    page.goto(service + address(STATEMENTS, show="graph"))
    legend = page.locator("figure .legend .chip")
    drawing(page)
    said = legend.all_inner_texts()
    lines = page.locator("figure .legend path").evaluate_all(
        "all => all.map(one => getComputedStyle(one)).map("
        "one => `${one.strokeDasharray} ${one.strokeWidth}`)"
    )
    with page.expect_download() as saved:
        named(page, language, "Save as SVG").click()

    document = ElementTree.parse(saved.value.path())  # noqa: S314 - our own file
    texts = [one.text for one in document.iter("{http://www.w3.org/2000/svg}text")]
    assert {one.strip() for one in said} <= set(texts)
    assert len(set(lines)) == len(lines) > 3
