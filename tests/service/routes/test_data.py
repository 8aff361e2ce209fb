"""/data and the descriptions of the data as pages: what programs get is told to people."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import NamedNode, RdfFormat, parse

from kg.namespaces import VOID
from kg.store.quad_store import Store

pytestmark = pytest.mark.slow

HTML = {"accept": "text/html"}


def text_of(page: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", page.partition("<main")[2]).split())


def test_the_page_about_the_data_has_files_numbers_and_how_to_cite_it(
    paper: TestClient, newest_release: Path
) -> None:
    page = paper.get("/data", headers=HTML).text

    manifest, told = Store.open(newest_release).manifest, text_of(page)
    assert f"{manifest['counts']['graphs']['default']:,}" in told
    dumps = paper.get("/dumps").json()["dumps"]
    assert all(f'<a href="{one["href"]}">' in page for one in dumps)
    assert all(f"{one['bytes']:,}" in told for one in dumps)
    cited = told.partition("How to cite")[2]
    [issued] = {*re.findall(r"maintainers, ([\d-]+)", cited)}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", issued)
    assert f"The Glocal maintainers, {issued}. Release {manifest['hash'][:16]} . CC BY 4.0" in cited
    assert "https://creativecommons.org/licenses/by/4.0/" in cited


def test_the_requests_on_the_page_work(paper: TestClient) -> None:
    page = paper.get("/data", headers=HTML).text

    python = page.partition('aria-label="Python">')[2].partition("</pre>")[0]
    [document] = re.findall(r"parse\(&#34;([^&]+)&#34;\)", python)
    assert document.startswith("http://testserver/")
    assert paper.get(document).headers["content-type"].startswith("text/turtle")
    query = re.search(r"query = &#34;&#34;&#34;\n(.*?)&#34;&#34;&#34;", python, re.DOTALL)
    assert query is not None
    text = query[1].replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"')
    rows = paper.get("/sparql", params={"query": text, "format": "csv"})
    assert rows.status_code == 200
    assert len(rows.text.splitlines()) > 1


@pytest.mark.parametrize(
    ("path", "english", "chinese"),
    [
        ("/data", "How to cite", "如何引用"),
        ("/dumps", "All graphs, as sorted N-Quads", "全部图，按行排序的 N-Quads"),
        ("/catalog", "served here", "当前所用"),
        ("/void", "Distinct subjects", "不同主语数"),
        ("/frames", "JSON-LD frames", "JSON-LD 框架"),
    ],
)
def test_a_browser_gets_a_page_in_its_language_and_a_program_what_it_got(
    paper: TestClient, path: str, english: str, chinese: str
) -> None:
    pages = [
        paper.get(path, headers={**HTML, "accept-language": language})
        for language in ("en", "zh-CN")
    ]

    assert [page.headers["content-language"] for page in pages] == ["en", "zh"]
    assert [english in pages[0].text, chinese in pages[1].text] == [True, True]
    assert english not in pages[1].text
    program = paper.get(path, headers={"accept": "*/*"})
    assert program.headers["content-type"].partition(";")[0] == (
        {"/data": "text/html", "/void": "text/turtle", "/catalog": "text/turtle"}.get(
            path, "application/json"
        )
    )


def test_the_statistics_are_those_of_the_description_in_void(client: TestClient) -> None:
    page = client.get("/void", headers=HTML).text

    turtle = client.get("/void", headers={"accept": "text/turtle"}).content
    triples = [quad.triple for quad in parse(turtle, format=RdfFormat.TURTLE)]
    classes = {one.object for one in triples if one.predicate == VOID["class"]}
    members = {one.subject: one.object for one in triples if one.predicate == VOID["entities"]}
    section = page.partition('<section id="classes">')[2].partition("</section>")[0]
    rows = re.findall(r'<code>([^<]+)</code></small></th><td class="number">(\d+)</td>', section)
    assert len(rows) == len(classes)
    part = NamedNode("https://w3id.org/glocal/void#class.glocal:City")
    assert dict(rows)["glocal:City"] == getattr(members[part], "value", "")


def test_the_page_of_frames_has_each_with_its_class(client: TestClient) -> None:
    page = client.get("/frames", headers=HTML).text

    assert '<a href="/frames/city.jsonld">city</a>' in page
    assert (
        '<td><a href="/data/ontology/City">glocal:City</a></td><td><code>?frame=city</code>' in page
    )
