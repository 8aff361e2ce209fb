import re
import time
from html import unescape

import pytest
from fastapi.testclient import TestClient

from kg.statuses import Status

pytestmark = pytest.mark.slow

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_the_index_lists_interfaces_that_answer(client: TestClient) -> None:
    interfaces = client.get("/").json()["interfaces"]

    found = {path: client.get(path).status_code for path in interfaces if "{" not in path}
    assert client.get("/id/{name}".format(name="London")).status_code == 303
    assert set(interfaces) - set(found) == {"/id/{name}"}
    assert found.pop("/graph/asserted") == 303
    # These need to be told of what, and say so.
    incomplete = ("/explain", "/lookup", "/neighbourhood", "/sparql/support")
    assert {found.pop(path) for path in incomplete} == {400}
    # By POST only.
    assert found.pop("/mcp") == 405
    assert set(found.values()) == {200}


def test_a_browser_gets_the_front_page_that_loads_nothing_from_elsewhere(
    client: TestClient,
) -> None:
    answer = client.get("/", headers=BROWSER)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>Glocal: global cities and global governance</h1>" in answer.text
    assert "<div><dt>saved questions</dt><dd>1</dd></div>" in answer.text
    assert re.findall(r' src="(?!/assets/)([^"]+)"', answer.text) == ["/logo.svg"]
    assert 'href="http' not in answer.text


def test_the_front_page_asks_proves_and_supposes_by_examples_of_the_release(
    paper: TestClient,
) -> None:
    page = front_page(paper, "en")

    examples = page.partition('<section id="examples">')[2].partition("</section>")[0]
    headings = re.findall("<h3>(.*?)</h3>", examples)
    assert len(headings) == 3
    assert headings[0].startswith("Which ")
    assert headings[1:] == ["Why is this so?", "What if this were not so?"]
    # The question, the proof and the supposition lead to the whole of each.
    question, proof = re.findall(r'href="(/(?:queries|explain)[/?][^"]+)"', examples)
    rows = paper.get(f"{question}?format=json").json()["results"]["bindings"]
    assert f">all {len(rows)} rows, and who says so</a>" in examples
    proved = paper.get(f"{unescape(proof)}&format=txt").text
    assert len(re.findall("^[├└]── ", proved, re.MULTILINE)) == 2
    assert re.search(r'href="/whatif\?remove=[^"]+" rel="nofollow"', examples)
    before, after = map(int, re.findall(r"(\d+) rows before, (\d+) after", examples)[0])
    assert before > after


def test_the_front_page_in_chinese_has_no_english(paper: TestClient) -> None:
    page = front_page(paper, "zh")

    main = re.sub("<code>.*?</code>", "", page.partition('<main id="content">')[2])
    words = re.findall("[A-Za-z]{2,}", re.sub("<[^>]+>", "", main))
    allowed = {"Glocal", "Wikidata", "GeoNames", "SPARQL", "JSON", "LD", "Turtle", "OpenAPI"}
    assert {*words} <= allowed | {"OpenRefine", "llms", "txt"}
    assert "为什么如此？" in main


def test_the_front_page_counts_things_as_their_list_does(client: TestClient) -> None:
    page, listed = client.get("/", headers=BROWSER).text, client.get("/id", headers=BROWSER).text

    [total] = re.findall(r"<h1>Things: (\d+)</h1>", listed)
    assert f"<div><dt>things</dt><dd>{total}</dd></div>" in page


def test_the_front_page_counts_the_statements_of_evidence_alone(client: TestClient) -> None:
    asked = (
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } FILTER(CONTAINS(STR(?g), '/evidence/')) }"
    )
    rows = client.get("/sparql", params={"query": asked}).json()["results"]["bindings"]
    page = client.get("/", headers=BROWSER).text

    said = f"<div><dt>statements in evidence</dt><dd>{rows[0]['n']['value']}</dd></div>"
    assert rows[0]["n"]["value"] != "0"
    assert said in page
    assert "llms.txt" not in page.partition("<footer")[2]


def test_the_front_page_tells_each_status_with_its_mark(paper: TestClient) -> None:
    page = front_page(paper, "en")

    marks = re.findall(r'<dt><span class="chip (status-\w+)( derived)?">', page)
    assert marks == [*((f"status-{one.value}", "") for one in Status), ("status-Fact", " derived")]
    assert ">Somebody named says so; the text reports it.</dd>" in page


def test_the_front_page_names_the_work_that_the_data_are_read_from(paper: TestClient) -> None:
    english, chinese = (front_page(paper, language) for language in ("en", "zh"))

    work, author = '<a href="/id/ThePaper">{}</a>', '<a href="/id/WangWei">{}</a>'
    title = work.format("Global Cities and Global Governance from the Viewpoint of World Politics")
    assert f"Source: {title}, by {author.format('Wang Wei')}</p>" in english
    title = work.format('<cite lang="zh">《世界政治视野下的全球城市与全球治理》</cite>')
    assert f"依据的文献：{title}，作者：{author.format('汪炜')}</p>" in chinese


def test_the_map_tells_two_kinds_of_places_apart(paper: TestClient) -> None:
    page = front_page(paper, "en")

    legend, *_ = re.findall(r'<p class="[^"]*map-legend[^"]*">.*?</p>', page, re.DOTALL)
    assert legend.count("</a></span>") == 2
    hollow = re.findall(r'<title>([^<]+)</title><circle [^>]*class="hollow"/>', page)
    assert {"Canada", "Kenya"} <= {*hollow}
    assert not {"London", "Nairobi"} & {*hollow}


def test_the_map_has_a_point_with_a_name_for_each_thing_with_coordinates(paper: TestClient) -> None:
    page = front_page(paper, "en")

    query = "SELECT (COUNT(DISTINCT ?t) AS ?n) { ?t geo:lat ?y ; geo:long ?x }"
    prefix = "PREFIX geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> "
    counted = paper.get("/sparql", params={"query": prefix + query, "format": "csv"})
    points = re.findall(r'<a href="(/id/\w+)"><title>([^<]+)</title><circle', page)
    # There are two maps, of which one is for a phone, with fewer names in larger letters.
    count = int(counted.text.split()[1])
    assert len(points) == 2 * count
    assert points[:count] == points[count:]
    assert ("/id/London", "London") in points


@pytest.mark.parametrize(
    ("language", "said"), [("en", "choose Reconcile"), ("zh", "匹配您自己的表格")]
)
def test_openrefine_leads_to_how_it_is_used(paper: TestClient, language: str, said: str) -> None:
    assert 'href="/links#openrefine"' in front_page(paper, language)
    headers = {"Accept": "text/html", "Accept-Language": language}
    section = paper.get("/links", headers=headers).text.partition('id="openrefine"')[2]

    assert said in section
    assert ">http://testserver/reconcile</code>" in section


def front_page(paper: TestClient, language: str) -> str:
    """The front page with its examples, which come as soon as the evaluators have started."""
    headers, end = {"accept": "text/html", "accept-language": language}, time.monotonic() + 300
    while time.monotonic() < end:
        answer = paper.get("/", headers=headers)
        if 'id="examples"' in answer.text:
            return answer.text
        # A page without examples is not kept, so that the next one may have them.
        assert answer.headers["cache-control"] == "no-store"
        time.sleep(0.05)
    raise TimeoutError
