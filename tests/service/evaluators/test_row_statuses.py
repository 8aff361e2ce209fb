"""The statuses of the rows on a page, on the project's own release."""

import json
import re
import time
from html import unescape

import httpx2
import pytest

from kg.namespaces import GLOCAL, PREFIXES

pytestmark = pytest.mark.slow

PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("glocal", "id", "rdfs"))
BROWSER = {"accept": "text/html"}
LACKING = "could not be found in time"
# How long evaluators that are just starting, or busy, may take.
PATIENCE_SECONDS = 30


def open_page(service: str, path: str, **parameters: str) -> httpx2.Response:
    """Open a page of rows until their statuses are there, or cannot be told."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        page = httpx2.get(f"{service}{path}", params=parameters, headers=BROWSER, timeout=30)
        assert page.status_code == 200
        if LACKING not in page.text or time.monotonic() > end:
            return page


def ask(service: str, query: str, **options: str) -> httpx2.Response:
    return open_page(service, "/sparql", query=PROLOGUE + query, **options)


def statuses(page: str) -> list[tuple[str, bool] | None]:
    """The statuses of the rows, and whether they are derived."""
    cells = re.findall('<td class="row-status"[^>]*>(.*?)</td>', page)
    chips = [re.search('<span class="chip status-([A-Za-z]+)( derived)?">', one) for one in cells]
    return [chip and (GLOCAL[chip[1]].value, chip[2] is not None) for chip in chips]


def weakest(service: str, page: str, query: str, view: str) -> list[tuple[str, bool] | None]:
    """The answer of programs to the same rows."""
    rows = [unescape(row) for row in re.findall('name="row" value="([^"]*)"', page)]
    sent = {"query": PROLOGUE + query, "row": rows, "view": view}
    answer = httpx2.post(f"{service}/sparql/support", data=sent, timeout=30).json()
    assert [one["row"] for one in answer["rows"]] == [*map(json.loads, rows)]
    told = (one.get("weakest") for one in answer["rows"])
    return [one and (one["status"], one["derived"]) for one in told]


@pytest.mark.parametrize("view", ["paper", "readings"])
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { id:London ?property ?value } LIMIT 150",
        "SELECT * { ?city glocal:memberOf ?network . ?network rdfs:label ?name } LIMIT 150",
        "SELECT DISTINCT ?city { ?city glocal:memberOf ?network ; glocal:coMemberWith ?other }",
        "SELECT ?city ?name { ?city glocal:memberOf/rdfs:label ?name }",
    ],
)
def test_each_row_has_the_status_that_programs_are_told(
    service: str, query: str, view: str
) -> None:
    page = ask(service, query, view=view)

    found = statuses(page.text)

    assert {*found} - {None}
    assert found == weakest(service, page.text, query, view)
    assert '<th scope="col">weakest status</th>' in page.text
    # What is as complete as it can be may be kept.
    assert page.headers["etag"]


def test_a_status_is_named_in_the_readers_language(service: str) -> None:
    page = ask(service, "SELECT * { id:C40 glocal:foundedAt ?city }", lang="zh").text

    cell = '<td class="row-status" data-head="最弱状态">'
    assert f'{cell}<span class="chip status-CitedData">引用数据</span></td>' in page
    assert '<th scope="col">最弱状态</th>' in page
    assert "“最弱状态”指该行最强一处匹配中最弱前提的状态；" in page


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?network (COUNT(*) AS ?n) { ?city glocal:memberOf ?network } GROUP BY ?network",
        "SELECT ?city { ?city glocal:memberOf+ ?network }",
    ],
)
def test_groups_and_repeated_paths_have_a_status(service: str, query: str) -> None:
    found = statuses(ask(service, query).text)

    assert {iri for iri, _ in found} == {GLOCAL["Fact"].value}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?city { ?city glocal:memberOf ?network FILTER EXISTS { ?city a ?type } }",
        "SELECT ?label { glocal:City rdfs:label ?label }",
        "SELECT ?n { VALUES ?n { 1 2 } }",
        "SELECT * { ?statement rdf:reifies <<( ?s ?p ?o )>> } LIMIT 3",
    ],
)
def test_rows_whose_statements_have_no_status_or_cannot_be_told_show_none(
    service: str, query: str
) -> None:
    page = ask(service, f"PREFIX rdf: <{PREFIXES['rdf']}>\n{query}")

    assert (statuses(page.text), LACKING in page.text) == ([], False)
    assert '<th scope="col">Status</th>' not in page.text
    assert page.headers["etag"]


def test_a_page_without_statuses_that_take_too_long_says_so_and_is_not_kept(service: str) -> None:
    query = f"{PROLOGUE}SELECT ?thing {{ ?thing ?property ?value }} LIMIT 200"
    page = httpx2.get(f"{service}/sparql", params={"query": query}, headers=BROWSER)

    assert LACKING in page.text
    assert page.text.count('name="row"') == 200
    assert (page.headers.get("etag"), page.headers["cache-control"]) == (None, "no-store")


def test_the_rows_of_a_saved_question_have_statuses_too(service: str) -> None:
    page = open_page(service, "/queries/means-of-each-dimension")

    assert (GLOCAL["Thesis"].value, False) in statuses(page.text)
