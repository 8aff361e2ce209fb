"""The pages of /queries: the list of questions, and each with its form and its answer."""

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from kg.content import Topic
from service.run.app import create_app
from service.settings import Settings
from tests.service.conftest import CONTEXT, TRIG, content_in, get_kept, store_of

pytestmark = pytest.mark.slow

BROWSER = {"accept": "text/html", "accept-language": "en"}
CHINESE = {"accept": "text/html", "accept-language": "zh"}
ROW = (
    '<td data-head="network of cities"><a href="/id/C40" title="https://w3id.org/glocal/id/C40"><code>id:C40</code></a></td>'
    '<td data-head="city"><a href="/id/London" title="https://w3id.org/glocal/id/London">London</a></td>'
)
SUPPOSED = """# question (en): Who hosts whom in the world of {} < 3?
# question (zh): 谁主办谁？
# view: readings
# world: plans
# answer (en): triples
CONSTRUCT { ?host <http://e.org/hosts> ?guest } WHERE { ?host ?p ?guest }
"""
TOTALS = """# question (en): How often is this place a place of founding?
# question (zh): 此地几度为创立地？
# parameter (en): ?city, a city
# example: ?city, id:London
# parameter (en): ?word, a text
# example: ?word, x
# view: facts
# answer (en): one row
SELECT ?city ?word (COUNT(?one) AS ?times) WHERE {
    { SELECT ?city ?word ?one WHERE { ?one ?p ?city . BIND ("x" AS ?word) } }
} GROUP BY ?city ?word
"""


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A release with a question that has triples and a world, and one with two parameters."""
    folder: Path = tmp_path_factory.mktemp("served")
    (folder / "context").mkdir()
    (folder / "context" / "1.0.0.jsonld").write_text(CONTEXT, encoding="utf-8")
    (folder / "supposed.rq").write_text(SUPPOSED, encoding="utf-8")
    (folder / "totals.rq").write_text(TOTALS, encoding="utf-8")
    trig = f'{TRIG} id:Londinium2 rdfs:label "London"@la .'
    app = create_app(Settings(), store=store_of(trig), content=content_in(folder))
    with TestClient(app, follow_redirects=False) as client:
        yield client


def test_the_list_has_each_question_in_the_readers_language(client: TestClient) -> None:
    english = client.get("/queries", headers=BROWSER)
    chinese = client.get("/queries", headers=CHINESE)

    assert '<a href="/queries/where-founded">Where was this network founded?</a>' in english.text
    assert '<a href="/queries/where-founded">该网络创立于何处？</a>' in chinese.text
    assert (chinese.headers["content-language"], english.headers["content-language"]) == (
        "zh",
        "en",
    )
    assert "需填：城市网络" in chinese.text


@pytest.mark.parametrize(
    ("words", "found"),
    [("FOUNDED network", 1), ("创立", 1), ("where-founded", 1), ("river", 0), ("", 1)],
)
def test_the_list_is_filtered_by_words(client: TestClient, words: str, found: int) -> None:
    page = client.get("/queries", params={"q": words}, headers=BROWSER).text
    listing = client.get("/queries", params={"q": words, "format": "json"}).json()["queries"]

    assert page.count('href="/queries/where-founded"') == found
    assert f"Questions: {found}" in page
    assert len(listing) == found
    assert f'name="q" value="{words}" aria-label="Words in the questions"' in page


def test_the_list_has_each_topic_with_its_questions_in_their_order(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        text = f"# question (en): {name.upper()}?\n# view: paper\nASK {{}}"
        (tmp_path / f"{name}.rq").write_text(text, encoding="utf-8")
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "1.0.0.jsonld").write_text(CONTEXT, encoding="utf-8")
    topic = Topic(id="first", name={"en": "First < all", "zh": "其一"}, questions=["c", "a"])
    content = replace(content_in(tmp_path), languages=("en",), topics=(topic,))

    with TestClient(create_app(Settings(), store=store_of(TRIG), content=content)) as client:
        page = client.get("/queries", headers=BROWSER).text
        found = client.get("/queries?q=B", headers=BROWSER).text
        editor = client.get("/sparql?lang=zh", headers=BROWSER).text

    said = re.findall(r'<h2 id="([^"]*)">([^<]*)</h2>|<a href="/queries/(.)">', page)
    assert [one[1] or one[2] for one in said] == [
        "First &lt; all",
        "c",
        "a",
        "Other questions",
        "b",
    ]
    assert '<a href="#topic-first">First &lt; all</a>' in page
    # One question alone stands under its topic, without a list of topics.
    assert 'href="#topic-' not in found
    assert re.findall('<a href="/queries/(.)">', found) == ["b"]
    assert '<a href="/queries?lang=zh#topic-first">其一</a>' in editor


def test_a_question_that_was_told_nothing_shows_its_fields(client: TestClient) -> None:
    page = client.get("/queries/where-founded", headers=CHINESE)

    assert page.status_code == 200
    assert "<h1>该网络创立于何处？</h1>" in page.text
    assert '<label for="value-network">城市网络</label>' in page.text
    assert 'placeholder="如：id:C40"' in page.text
    assert '<small id="meaning-network">一个网络</small>' in page.text
    assert "答案：每行为一座城市</p>" in page.text
    assert 'id="value-network" name="network" value=""' in page.text
    assert ">提问</button>" in page.text
    assert '<input type="radio" name="view" value="paper" checked> 论文' in page.text
    assert 'role="alert"' not in page.text
    # For programs, the parameter is missing.
    assert client.get("/queries/where-founded").status_code == 400


def test_a_question_is_answered_below_its_form(client: TestClient) -> None:
    page = client.get("/queries/where-founded?network=C40", headers=BROWSER)

    assert page.status_code == 200
    assert 'name="network" value="C40"' in page.text
    assert ">network of cities</th>" in page.text
    assert ">city</th>" in page.text
    assert ROW in page.text
    downloads = re.findall('<a href="([^"]*)" rel="nofollow">CSV</a>', page.text)
    rows = client.get(unescape(downloads[0])).text
    assert rows.splitlines()[1:] == [
        "https://w3id.org/glocal/id/C40,https://w3id.org/glocal/id/London"
    ]


def test_the_answer_is_the_same_in_the_editor(client: TestClient) -> None:
    page = client.get("/queries/where-founded?network=C40&view=facts", headers=BROWSER).text

    [address] = re.findall('<a href="([^"]*)" rel="nofollow">Open in editor</a>', page)
    asked = parse_qs(urlsplit(unescape(address)).query)
    [text] = asked.pop("query")
    assert asked == {"view": ["facts"]}
    assert "WHERE {\n    VALUES ?network { id:C40 } ?network" in text
    assert text.startswith("# Where was this network founded?\nPREFIX ")
    editor = client.get(unescape(address), headers=BROWSER).text
    assert '<a href="/id/London?view=facts"' in editor
    support = page.partition('action="/sparql/support">')[2]
    fields = re.findall('<input type="hidden" name="([^"]*)" value="([^"]*)">', support)
    assert {name: unescape(value) for name, value in fields} == {
        "query": text.removeprefix("# Where was this network founded?\n"),
        "view": "facts",
    }


@pytest.mark.parametrize(("headers", "title"), [(BROWSER, "There is no"), (CHINESE, "没有找到")])
def test_an_unknown_value_is_kept_and_near_names_fill_the_field(
    client: TestClient, headers: dict[str, str], title: str
) -> None:
    page = client.get("/queries/where-founded?network=id:C41&view=facts", headers=headers)

    assert page.status_code == 404
    assert f"<strong>{title}" in page.text
    assert 'name="network" value="id:C41"' in page.text
    assert '<input type="radio" name="view" value="facts" checked>' in page.text
    [address] = re.findall('<a href="([^"]*)" rel="nofollow"><code>id:C40</code></a>', page.text)
    assert unescape(address) == "/queries/where-founded?network=id%3AC40&view=facts"
    assert client.get(unescape(address), headers=headers).status_code == 200


def test_an_empty_or_misspelt_parameter_is_refused_above_the_form(client: TestClient) -> None:
    empty = client.get("/queries/where-founded?network=", headers=BROWSER)
    misspelt = client.get("/queries/where-founded?netwrk=id:C40", headers=BROWSER)

    for page, detail in ((empty, "network: "), (misspelt, "Did you mean: network?")):
        assert page.status_code == 400
        alert = page.text.partition('role="alert"')[2].partition("</div>")[0]
        assert detail in alert
        assert '<label for="value-network">' in page.text


def test_the_things_that_share_a_name_are_offered_for_the_field(other: TestClient) -> None:
    page = other.get("/queries/totals?word=x&city=LONDON", headers=BROWSER)

    assert page.status_code == 400
    alert = page.text.partition('role="alert"')[2].partition("</div>")[0]
    links = re.findall('<a href="([^"]*)" rel="nofollow">', alert)
    assert [parse_qs(urlsplit(unescape(link)).query) for link in links] == [
        {"word": ["x"], "city": [name], "view": ["facts"]}
        for name in ("id:Londinium2", "id:London")
    ]


def test_a_question_with_subquery_and_two_values_is_asked_from_the_editor_too(
    other: TestClient,
) -> None:
    page = other.get("/queries/totals?city=id:London&word=x", headers=BROWSER).text

    [address] = re.findall('<a href="([^"]*)" rel="nofollow">Open in editor</a>', page)
    rows = other.get(f"{unescape(address)}&format=csv").text.splitlines()
    asked = other.get("/queries/totals?city=id:London&word=x&format=csv").text.splitlines()
    assert rows == asked == ["city,word,times", "https://w3id.org/glocal/id/London,x,2"]


def test_a_question_without_parameters_is_answered_at_once_in_its_view_and_world(
    other: TestClient,
) -> None:
    page = other.get("/queries/supposed", headers=BROWSER)

    assert page.status_code == 200
    assert "<h1>Who hosts whom in the world of {} &lt; 3?</h1>" in page.text
    assert '<input type="radio" name="view" value="readings" checked>' in page.text
    assert '<option value="plans" selected>' in page.text
    assert (page.headers["glocal-view"], page.headers["glocal-world"]) == ("readings", "plans")
    assert ">predicate</th>" in page.text
    assert re.search('<a href="[^"]*format=ttl" rel="nofollow">TTL</a>', page.text)
    listed = other.get("/queries", headers=BROWSER).text
    assert "View: Readings" in listed
    assert "World: the plans" in listed


def test_a_page_of_a_question_has_an_entity_tag(client: TestClient) -> None:
    asked = "/queries/where-founded?network=C40"
    path, given = "/queries/where-founded", {"network": "C40"}
    page, chinese = (get_kept(client, path, headers, **given) for headers in (BROWSER, CHINESE))

    held = {**BROWSER, "if-none-match": page.headers["etag"]}
    assert client.get(asked, headers=held).status_code == 304
    assert chinese.headers["etag"] != page.headers["etag"]
    assert client.get(asked).headers["etag"] != page.headers["etag"]


def test_an_unknown_question_leads_to_similar_ones(client: TestClient) -> None:
    page = client.get("/queries/were-founded", headers=BROWSER)

    assert page.status_code == 404
    near = '<a href="/queries/where-founded" rel="nofollow"><code>where-founded</code></a>'
    assert near in page.text
