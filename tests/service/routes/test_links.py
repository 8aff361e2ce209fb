"""/links: the files that say which identifiers of others are ours."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from kg.content import own_content
from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

SSSOM = "# license: https://example.org/l\nsubject_id\tpredicate_id\nid:London\tskos:exactMatch\n"


@pytest.fixture(scope="module")
def linked(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    content = replace(own_content(), curated=tmp_path_factory.mktemp("curated"))
    content.links.mkdir()
    (content.links / "wikidata.sssom.tsv").write_text(SSSOM, encoding="utf-8")
    with TestClient(create_app(Settings(), store=store, content=content)) as client:
        yield client


def test_the_links_are_served_as_they_are_written(linked: TestClient) -> None:
    listing = linked.get("/links").json()["links"]
    answer = linked.get(listing[0]["href"])

    assert listing == [
        {"name": "wikidata.sssom.tsv", "href": "/links/wikidata.sssom.tsv", "mappings": 1}
    ]
    assert answer.headers["content-type"] == "text/tab-separated-values; charset=utf-8"
    assert answer.text == SSSOM
    held = {"if-none-match": answer.headers["etag"]}
    assert linked.get(listing[0]["href"], headers=held).status_code == 304


def test_an_unknown_link_file_says_what_is_near(linked: TestClient) -> None:
    answer = linked.get("/links/wikidata.tsv")

    assert (answer.status_code, answer.json()["near"]) == (404, ["wikidata.sssom.tsv"])


def test_a_browser_gets_the_files_as_a_page(linked: TestClient) -> None:
    page = linked.get("/links", headers={"accept": "text/html"}).text

    assert (
        '<a href="links/wikidata.sssom.tsv">wikidata.sssom.tsv</a><td class="number">1</tr>' in page
    )
