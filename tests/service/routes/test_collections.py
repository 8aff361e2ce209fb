"""Collections: every resource of a kind or class, in pages."""

import httpx2
import pandas
import pytest
import rdflib
from fastapi.testclient import TestClient
from pyld import jsonld

pytestmark = pytest.mark.slow

ID = "https://w3id.org/glocal/id/"
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
CITY = "https://w3id.org/glocal/ontology#City"


def in_the_graph(service: str, class_: str, **view: str) -> list[str]:
    """The members of a class by SPARQL."""
    query = (
        f"SELECT DISTINCT ?x {{ ?x a <{class_}> FILTER(STRSTARTS(STR(?x), '{ID}')) }} ORDER BY ?x"
    )
    rows = httpx2.get(f"{service}/sparql", params={"query": query, "format": "csv", **view})
    return rows.text.split()[1:]


def test_the_pages_of_a_class_are_walked_by_the_document_and_by_its_headers(service: str) -> None:
    cities = in_the_graph(service, CITY)
    address, documents = f"{service}/id?type=City&size=10", []

    while address:
        answer = httpx2.get(address, headers={"accept": "application/json"})
        documents.append(answer.json())
        address = documents[-1]["view"].get("next", "")
        assert answer.links.get("next", {"url": ""})["url"] == address

    names = [item["id"] for document in documents for item in document["items"]]
    assert [name.replace("entity:", ID) for name in names] == cities
    assert [document["totalItems"] for document in documents] == [len(cities)] * 3
    assert documents[2]["view"]["previous"] == documents[1]["view"]["id"]
    assert documents[0]["view"]["last"] == documents[2]["view"]["id"]
    assert len({document["id"] for document in documents}) == 1


def test_a_member_has_its_types_its_labels_and_its_description(service: str) -> None:
    items = httpx2.get(f"{service}/id?type=GlobalCity").json()["items"]

    london = next(item for item in items if item["id"] == "entity:London")
    assert {"City", "GlobalCity"} <= set(london["type"])
    assert london["label"] == {"en": "London", "zh": "伦敦"}
    assert london["description"]["en"].startswith("capital")


def test_every_entity_is_on_one_page(service: str) -> None:
    first = httpx2.get(f"{service}/id?size=1000", timeout=60).json()
    second = httpx2.get(first["view"]["next"], timeout=60).json()

    names = [item["id"] for page in (first, second) for item in page["items"]]
    assert len(set(names)) == len(names) == first["totalItems"] > 1_000
    assert "next" not in second["view"]


def test_a_collection_is_read_by_rdflib_and_by_pandas(service: str) -> None:
    address = f"{service}/id?type=City&size=1000"
    cities = in_the_graph(service, CITY)

    graphs = [rdflib.Graph().parse(f"{address}&format={name}") for name in ("ttl", "nt", "rdf")]
    table = pandas.read_csv(f"{address}&format=csv")

    for graph in graphs:
        [collection] = graph.subjects(rdflib.RDF.type, HYDRA.Collection)
        members = graph.objects(collection, HYDRA.member)
        assert sorted(map(str, members)) == cities
        assert graph.value(collection, HYDRA.totalItems).toPython() == len(cities)
    assert list(table["id"]) == cities
    assert table.set_index("id").loc[f"{ID}London", "label_zh"] == "伦敦"


def test_a_collection_is_read_by_pyld_from_its_address(service: str) -> None:
    [collection] = jsonld.expand(f"{service}/id?type=City&size=1000")

    members = collection[f"{HYDRA}member"]
    assert [member["@id"] for member in members] == in_the_graph(service, CITY)


def test_a_view_and_a_world_decide_who_is_a_member(service: str) -> None:
    class_ = "https://w3id.org/glocal/ontology#WideNormActor"
    views = ({}, {"view": "readings"}, {"view": "readings", "world": "LiuJianghua"})

    found = []
    for view in views:
        answer = httpx2.get(f"{service}/id", params={"type": "WideNormActor", **view})
        names = [item["id"].replace("entity:", ID) for item in answer.json()["items"]]
        assert names == in_the_graph(service, class_, **view)
        found.append(names)

    paris = f"{ID}Paris"
    assert [paris in names for names in found] == [False, False, True]


def test_the_other_kinds_are_collections_too(client: TestClient) -> None:
    found = {}
    for kind in ("id", "source", "evidence", "graph", "rule", "contradiction"):
        rows = client.get(f"/{kind}?format=csv").text.splitlines()[1:]
        start = f"https://w3id.org/glocal/{kind}/"
        found[kind] = [row.split(",")[0].removeprefix(start) for row in rows]

    assert found == {
        "id": ["London"],
        "source": ["wang/p10.2"],
        "evidence": ["p06.1-claim-Doe", "p10.2-fact"],
        "graph": ["asserted", "derived", "derived-fact-prp-inv", "ontology"],
        "rule": ["prp-inv"],
        "contradiction": [],
    }


@pytest.mark.parametrize(
    "name",
    ["City", "glocal:City", CITY, f"<{CITY}>", "http://testserver/ontology#City"],
)
def test_a_class_is_named_as_elsewhere(client: TestClient, name: str) -> None:
    answer = client.get("/id", params={"type": name, "format": "csv"})

    assert answer.text == f"id,type,label_en,label_zh\r\n{ID}London,glocal:City,London,伦敦\r\n"


@pytest.mark.parametrize("name", ["Citty", "glocal:Citty", "Ci ty"])
def test_an_unknown_class_is_answered_with_near_names(client: TestClient, name: str) -> None:
    answer = client.get("/id", params={"type": name})

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-class")
    assert answer.json()["near"] == ["City"]


def test_a_page_beyond_the_end_names_the_last(client: TestClient) -> None:
    answer = client.get("/id?type=City&size=1&page=2")

    assert (answer.status_code, answer.json()["last"]) == (404, 1)
    assert answer.json()["detail"] == "There is no page 2. Expected a page from 1 to 1."


@pytest.mark.parametrize(
    ("parameter", "detail"),
    [
        ("page=0", "page: expected a number from 1 to 999999999, got '0'"),
        ("size=1001", "size: expected a number from 1 to 1000, got '1001'"),
    ],
)
def test_a_page_that_cannot_be_is_refused(client: TestClient, parameter: str, detail: str) -> None:
    answer = client.get(f"/id?{parameter}")

    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


def test_a_collection_has_a_tag_of_its_parameters_and_its_view(client: TestClient) -> None:
    addresses = ("/id?type=City", "/id", "/id?size=1", "/id?view=facts", "/source")
    tags = [client.get(address).headers["etag"] for address in addresses]

    held = client.get("/id?type=City", headers={"if-none-match": tags[0]})
    assert (held.status_code, held.content) == (304, b"")
    assert len(set(tags)) == len(tags)


def test_a_page_for_people_links_its_members(client: TestClient) -> None:
    page = client.get("/id?type=City", headers={"accept": "text/html"}).text

    [title] = [line for line in page.splitlines() if "<h1>" in line]
    # The class has no label here.
    assert title == "<h1>glocal:City: 1</h1>"
    assert '<a href="/id/London">London</a> <span class="quiet"><span lang="zh">伦敦' in page


def test_a_slash_at_the_end_leads_to_the_collection(client: TestClient) -> None:
    answer = client.get("/id/?type=City")

    assert (answer.status_code, answer.headers["location"]) == (307, "/id?type=City")
