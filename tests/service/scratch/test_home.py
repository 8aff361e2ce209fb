"""The front page, the search, the editor and its vocabulary over data of somebody else."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.service.http.test_html import BROWSER
from tests.service.scratch.conftest import TOKEN, Client, scratch
from tests.service.scratch.test_resource import BICYCLES, BIKE, OLD_RED, SHED, told

pytestmark = pytest.mark.slow

# Words of the project and of the paper, which no page about other data has.
OURS = re.compile(
    r"w3id\.org/glocal|glocal:|\bpaper\b|\bcities\b|\bcity\b|论文|城市", re.IGNORECASE
)


@pytest.fixture(scope="module")
def shed() -> Iterator[Client]:
    with scratch(BICYCLES, is_writable=False) as client:
        yield client


def get_page(client: Client, path: str, **parameters: str) -> str:
    answer = client.get(path, params=parameters or None, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_front_page_says_what_the_data_consists_of(shed: Client, language: str) -> None:
    page = get_page(shed, "/", lang=language)

    title = {"en": "Bicycles in the shed", "zh": "车棚里的自行车"}[language]
    assert f"<h1>{title}</h1>" in page
    assert f"<title>{title}</title>" in page
    words = told(page)
    named = {"en": "wheel 2 bike:Wheel", "zh": "车轮 2 bike:Wheel"}[language]
    assert named in words
    assert "the old red one" in words
    assert f"PREFIX bike: &lt;{BIKE}&gt;" in page


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sparql",
        "/search",
        "/search?q=wheel",
        f"/resource?iri={OLD_RED}",
        "/none",
        "/problems",
    ],
)
def test_nothing_of_the_project_is_in_sight(shed: Client, path: str, language: str) -> None:
    sign = "&" if "?" in path else "?"
    page = shed.get(f"{path}{sign}lang={language}", headers=BROWSER).text

    # Where programs look up the address of resources of a release.
    seen = page.replace('data-base="https://w3id.org/glocal/"', "")
    assert OURS.findall(seen) == []


def test_the_parts_of_the_site_are_those_that_it_has(shed: Client) -> None:
    page = get_page(shed, "/", lang="en")

    addresses = re.findall(r'href="(/[^"]*)"', page)
    assert {"/?lang=en", "/sparql?lang=en"} <= {*addresses}
    for address in {one.replace("&amp;", "&") for one in addresses}:
        answer = shed.get(address)
        assert answer.status_code == 200, address


def test_a_search_finds_names_in_any_language_and_iris(shed: Client) -> None:
    for asked, found in (("WHEEL", "front wheel"), ("alte", "the old red one"), ("车轮", "wheel")):
        assert found in told(get_page(shed, "/search", q=asked, lang="en"))
    assert ":back" in told(get_page(shed, "/search", q="back", lang="en"))
    assert "Nothing is called" in told(get_page(shed, "/search", q="zeppelin", lang="en"))
    answer = shed.get("/search", params={"q": OLD_RED}, headers=BROWSER, follow_redirects=False)
    assert answer.status_code == 303
    assert "the old red one" in get_page(shed, answer.headers["location"])


def test_a_name_is_never_read_as_a_part_of_the_query(shed: Client) -> None:
    for asked in ('"', "\\", "a' b", '") } #', "\n", "x" * 5000, "<urn:a"):
        answer = shed.get("/search", params={"q": asked}, headers=BROWSER)
        assert answer.status_code == 200, asked


def test_rows_have_the_names_of_the_data_and_lead_to_its_pages(shed: Client) -> None:
    query = f"SELECT ?thing ?class {{ ?thing a ?class ; <{BIKE}riddenBy> ?who }} ORDER BY ?thing"
    page = get_page(shed, "/sparql", query=query, lang="en")

    rows = told(page)
    assert "the old red one" in rows
    assert "bicycle" in rows
    assert 'href="/resource?iri=http%3A%2F%2Fbicycles.example%2Fshed%2Fold-red&amp;lang=en"' in page
    construct = get_page(shed, "/sparql", query=f"DESCRIBE <{OLD_RED}>", lang="zh")
    assert "有部件" in construct
    assert "have no view" not in get_page(shed, "/sparql", query="ASK { ?s <a:none> 1 }", lang="en")


def test_programs_search_too(shed: Client) -> None:
    found = shed.get("/search", params={"q": "wheel"}, headers={"accept": "application/json"})
    to_thing = shed.get("/search?q=:old-red&format=json", follow_redirects=False)

    things = {one["curie"]: one for one in found.json()["things"]}
    assert things["bike:Wheel"] == {
        "id": f"{BIKE}Wheel",
        "curie": "bike:Wheel",
        "names": {"en": ["wheel"], "zh": ["车轮"]},
        "href": f"/resource?iri={quote(BIKE + 'Wheel', safe='')}",
        "type": "http://www.w3.org/2002/07/owl#Class",
    }
    assert (found.json()["q"], found.json()["more"]) == ("wheel", False)
    assert to_thing.status_code == 303
    assert to_thing.headers["location"].endswith("&format=jsonld")


def test_an_exact_name_comes_first_among_thousands(tmp_path: Path) -> None:
    path = tmp_path / "many.ttl"
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    path.write_text("".join(f'<urn:t{n}> {label} "hour {n}" .' for n in range(3_000)))

    with scratch(path, is_writable=False) as client:
        found = client.get("/search?q=hour 2&format=json").json()
        assert found["things"][0]["id"] == "urn:t2"
        assert (len(found["things"]), found["more"]) == (100, True)
        last = client.get("/search?q=hour&format=json").json()
        assert (len(last["things"]), last["more"]) == (100, True)


def test_queries_and_updates_need_not_declare_the_prefixes_of_the_data(shed: Client) -> None:
    query = {"query": "SELECT * {\n ?s bike:riddenBy :ada }"}
    rows = shed.get("/sparql", params=query).json()["results"]["bindings"]
    page = shed.get("/sparql", params=query, headers=BROWSER)
    wrong = shed.get("/sparql", params={"query": "SELECT * {\n ?s bike:riddenBy }"})
    own = shed.get("/sparql", params={"query": "PREFIX bike: <urn:> ASK { ?s bike:riddenBy ?o }"})

    assert {row["s"]["value"] for row in rows} == {OLD_RED, f"{SHED}long"}
    assert (page.status_code, "the old red one" in page.text) == (200, True)
    assert (wrong.status_code, wrong.json()["line"]) == (400, 2)
    assert own.json()["boolean"] is False
    missing = shed.get("/sparql", params={"query": "SELECT * { ?s none:p ?o }"})
    assert (missing.status_code, "none" in missing.json()["detail"]) == (400, True)


def test_the_title_follows_the_data() -> None:
    with scratch() as client:
        text = "PREFIX owl: <http://www.w3.org/2002/07/owl#> INSERT DATA { <urn:o> a owl:Ontology ;"
        assert client.update(f"{text} <http://purl.org/dc/terms/title> 'Tea' }}") == 204
        assert "<h1>Tea</h1>" in get_page(client, "/", lang="en")
        assert client.update("DELETE WHERE { ?o <http://purl.org/dc/terms/title> ?title }") == 204
        assert "Tea" not in get_page(client, "/", lang="en")


def test_the_service_description_declares_the_prefixes(shed: Client) -> None:
    text = shed.get("/sparql", headers={"accept": "application/n-triples"}).text

    assert f'<http://www.w3.org/ns/shacl#namespace> "{BIKE}"' in text


def test_an_update_may_use_the_prefixes_and_its_errors_have_the_place_in_its_text() -> None:
    with scratch(BICYCLES) as client:
        assert client.update("INSERT DATA { :new bike:riddenBy :ada }") == 204
        wrong = client.post(
            "/sparql",
            content="INSERT DATA {\n :new bike:riddenBy }",
            headers={**TOKEN, "content-type": "application/sparql-update"},
        )

        assert f"<{SHED}new>" in client.get("/graphs?default&format=nt").text
        assert (wrong.status_code, wrong.json()["line"]) == (400, 2)


def test_the_editor_knows_the_terms_of_the_data(shed: Client) -> None:
    vocabulary = shed.get("/vocabulary.json").json()

    assert vocabulary["prefixes"]["bike"] == BIKE
    assert "glocal" not in vocabulary["prefixes"]
    terms = {one["curie"]: one for one in vocabulary["terms"]}
    assert terms["bike:Wheel"] == {
        "curie": "bike:Wheel",
        "kind": "class",
        "labels": {"en": ["wheel"], "zh": ["车轮"]},
        "uses": 2,
    }
    assert terms["bike:hasPart"]["kind"] == "property"
    assert terms["bike:Tandem"]["labels"] == {"en": ["tandem"]}
    assert terms[":old-red"]["kind"] == "thing"


def test_an_empty_store_has_a_front_page_that_says_so() -> None:
    with scratch() as client:
        page = get_page(client, "/", lang="en")
        assert "Nothing is here yet." in page
        assert "<h1>Data in memory</h1>" in page
        text = "@prefix tea: <http://tea.example/> . tea:oolong a tea:Tea ."
        assert client.put("/graphs?graph=urn:g", text) == 201
        assert "PREFIX tea: &lt;http://tea.example/&gt;" in get_page(client, "/", lang="en")
        assert "tea:Tea" in client.get("/resource?iri=tea:oolong&format=ttl").text
        assert client.delete("/graphs", headers=TOKEN).status_code == 204
        assert client.update("INSERT DATA { <urn:a> a <urn:C> }") == 204
        assert "urn:C" in get_page(client, "/", lang="en")
        assert client.get("/vocabulary.json").json()["terms"][0]["curie"] == "<urn:C>"
