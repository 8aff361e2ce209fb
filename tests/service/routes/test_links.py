"""/links: what is the same elsewhere, for people with reasons, for programs as SSSOM."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sssom_pydantic
from fastapi.testclient import TestClient

from kg.content import own_content
from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

HEAD = (
    "# license: https://example.org/l\nsubject_id\tpredicate_id\tobject_id\tobject_label\t"
    "mapping_justification\tauthor_id\tmapping_date\tconfidence\tcomment\tother\n"
)
BY_HAND = "semapv:ManualMappingCuration\tid:C40\t2026-11-25\t0.99\t"
NOT_CITY = "Not Q23311 <the City>.\tcomment_zh=并非 Q23311 <伦敦城>。"
ITEMS = f"{HEAD}id:London\tskos:exactMatch\twd:Q84\tLondon\t{BY_HAND}{NOT_CITY}\n"
PLACES = f"{HEAD}id:London\tskos:closeMatch\thttps://x.org/1/\tLondon\t{BY_HAND}\t\n"


@pytest.fixture(scope="module")
def linked(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    content = replace(own_content(), curated=tmp_path_factory.mktemp("curated"))
    content.links.mkdir()
    (content.links / "places.sssom.tsv").write_text(PLACES, encoding="utf-8")
    (content.links / "wikidata.sssom.tsv").write_text(ITEMS, encoding="utf-8")
    with TestClient(create_app(Settings(), store=store, content=content)) as client:
        yield client


def rows_of(page: str) -> list[str]:
    """The text of each row of the table on a page, on one line."""
    rows = re.findall(r"<tr[ >].*?</tr>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_a_link_file_is_served_as_it_is_written(linked: TestClient) -> None:
    listing = linked.get("/links", headers={"accept": "application/json"}).json()["links"]
    answer = linked.get(listing[1]["href"])

    assert listing[1] == {
        "name": "wikidata.sssom.tsv",
        "href": "/links/wikidata.sssom.tsv",
        "mappings": 1,
    }
    assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    assert answer.text == linked.get("/links/wikidata").text == ITEMS
    held = {"if-none-match": answer.headers["etag"]}
    assert linked.get(listing[1]["href"], headers=held).status_code == 304


def test_an_unknown_link_file_says_what_is_near(linked: TestClient) -> None:
    answer = linked.get("/links/wikidata.tsv")

    assert (answer.status_code, answer.json()["near"]) == (404, ["wikidata.sssom.tsv"])


def test_programs_get_all_links_as_one_mapping_set(paper: TestClient, tmp_path: Path) -> None:
    answer = paper.get("/links")
    file = tmp_path / "links.sssom.tsv"
    file.write_text(answer.text, encoding="utf-8")

    mappings, _, mapping_set = sssom_pydantic.read(file)

    assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    assert str(mapping_set.id) == "https://w3id.org/glocal/links"
    london = [one for one in mappings if one.subject.curie == "id:London"]
    assert [(one.object.curie, one.object_source.curie) for one in london] == [
        ("geonames:2643743/", "wd:Q830106"),
        ("wd:Q84", "wd:Q2013"),
    ]
    files = own_content().links.glob("*.sssom.tsv")
    assert len(mappings) == sum(len(sssom_pydantic.read(path).mappings) for path in files)


@pytest.mark.parametrize(
    ("language", "first", "reason", "shared"),
    [
        (
            "en",
            "London close match London https://x.org/1/ 0.99",
            "Not Q23311 &lt;the City&gt;.",
            "All of these links: matched by hand · C40",
        ),
        (
            "zh",
            "伦敦 近似匹配 London https://x.org/1/ 0.99",
            "并非 Q23311 &lt;伦敦城&gt;。",
            "下列链接均为：人工匹配 · C40",
        ),
    ],
)
def test_people_get_each_link_with_its_reason_and_once_what_all_have_alike(
    linked: TestClient, language: str, first: str, reason: str, shared: str
) -> None:
    page = linked.get("/links", headers={"accept": "text/html", "accept-language": language})

    assert page.headers["content-language"] == language
    rows = rows_of(page.text)
    assert rows[1] == first
    assert rows[2].endswith(f"0.99 {reason} 2026-11-25")
    above = page.text.partition('<p class="quiet">')[2].partition("</p>")[0]
    told = " ".join(re.sub(r"<[^>]+>", " ", above).split())
    assert told.replace("id:C40", "C40").replace("： ", "：") == shared
    assert len(rows) == 3


def test_the_page_of_one_file_has_its_links_alone(linked: TestClient) -> None:
    page = linked.get("/links/wikidata", headers={"accept": "text/html"}).text

    assert len(rows_of(page)) == 2
    assert '<tr id="id:London">' in page
    assert '<a href="http://www.wikidata.org/entity/Q84">London</a>' in page


def test_the_page_of_a_thing_leads_to_the_reasons_of_its_links_and_back(paper: TestClient) -> None:
    browser = {"accept": "text/html"}

    thing = paper.get("/data/id/London.html", headers=browser).text
    [reasons] = re.findall(r'<a href="([^"]+)">Reasons for these links</a>', thing)
    shown = paper.get(reasons, headers=browser).text
    assert [row.partition(" ")[0] for row in rows_of(shown)[1:]] == ["London", "London"]
    assert 'From <a href="/id/London">London</a> only' in shown
    assert '<tr id="id:London">\n<th scope="row"><a href="/id/London">London</a></th>' in shown


def test_links_come_in_pages_of_fifty_and_by_data_set(paper: TestClient) -> None:
    browser = {"accept": "text/html"}
    total = sum(one["mappings"] for one in paper.get("/links?format=json").json()["links"])
    last = -(-total // 50)

    pages = [
        paper.get(f"/links?page={number}", headers=browser).text for number in range(1, last + 1)
    ]
    assert [len(rows_of(page)) - 1 for page in pages] == [50] * (last - 1) + [
        total - 50 * (last - 1)
    ]
    assert f"{total} in all, page 1 of {last}" in pages[0]
    assert '<a class="button" href="/links?page=2" rel="next">Next page</a>' in pages[0]
    assert '<b aria-current="true">All data sets</b>' in pages[0]
    assert '<a href="/links/geonames">geonames</a>' in pages[0]
    geonames = paper.get("/links/geonames", headers=browser).text
    assert all("geonames:" in row for row in rows_of(geonames)[1:])
    beyond = paper.get(f"/links?page={last + 1}", headers=browser)
    unknown = paper.get("/links?subject=x:y", headers=browser)
    assert (beyond.status_code, unknown.status_code) == (404, 404)
    # A near prefix is no name of a thing.
    assert "<code>xsd</code>" in unknown.text


def test_exact_matches_to_wikidata_are_exported_for_quickstatements(paper: TestClient) -> None:
    answer = paper.get("/links/quickstatements?property=P12345")
    refused = paper.get("/links/quickstatements?property=Q1")
    missing = paper.get("/links/quickstatements")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert 'Q84\tP12345\t"London"' in answer.text.splitlines()
    assert all(re.fullmatch(r'Q\d+\tP12345\t"\w+"', line) for line in answer.text.splitlines())
    assert refused.json()["detail"] == (
        "property: expected a Wikidata property such as P12345, got 'Q1'"
    )
    assert (missing.status_code, missing.json()["type"]) == (400, "/problems/missing-parameter")
