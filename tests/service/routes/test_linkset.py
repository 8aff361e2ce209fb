import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.slow

BASE = "http://testserver"


def links_of(header: str) -> set[tuple[str, str, str]]:
    """Relation, target and type of each link in a header, relations apart."""
    found = set()
    for link in header.split(", <"):
        target, *attributes = link.strip("<").split("; ")
        named = {name: value.strip('"') for name, value in (one.split("=") for one in attributes)}
        found |= {
            (relation, target.rstrip(">"), named.get("type", ""))
            for relation in named["rel"].split()
        }
    return found


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/linkset/id/London", "/data/id/London.ttl"),
        ("/linkset/evidence/p10.2-fact", "/data/evidence/p10.2-fact.trig"),
        ("/linkset/ontology", "/ontology.ttl"),
    ],
)
def test_the_set_says_of_each_document_what_its_own_header_says(
    client: TestClient, path: str, document: str
) -> None:
    answer = client.get(path)
    [context] = [one for one in answer.json()["linkset"] if one["anchor"] == f"{BASE}{document}"]

    said = {
        (relation, one["href"].removeprefix(BASE), one.get("type", ""))
        for relation, targets in context.items()
        if relation != "anchor"
        for one in targets
    }
    assert answer.headers["content-type"] == "application/linkset+json"
    assert said == links_of(client.get(document).headers["link"])


def test_a_document_leads_to_its_thing_its_other_forms_its_licence_and_the_set(
    client: TestClient,
) -> None:
    found = links_of(client.get("/data/id/London.nt").headers["link"])

    assert ("cite-as", "https://w3id.org/glocal/id/London", "") in found
    assert ("describes", "https://w3id.org/glocal/id/London", "") in found
    assert ("alternate", "/data/id/London.ttl", "text/turtle") in found
    assert ("alternate", "/data/id/London.nt", "application/n-triples") not in found
    assert ("license", "https://creativecommons.org/licenses/by/4.0/", "") in found
    assert ("linkset", "/linkset/id/London", "application/linkset+json") in found
    assert ("linkset", "/linkset/id/London", "application/linkset") in found


@pytest.mark.parametrize("path", ["/data/id/London", "/data/evidence/p10.2-fact", "/ontology"])
def test_the_header_of_json_ld_has_one_alternate_and_its_link_set_all(
    client: TestClient, path: str
) -> None:
    linkset = client.get(path.replace("data", "linkset").replace("/ontology", "/linkset/ontology"))
    document = client.get(f"{path}.jsonld")

    contexts = {one["anchor"]: one for one in linkset.json()["linkset"]}
    alternates = [one["href"] for one in contexts[f"{BASE}{path}.jsonld"]["alternate"]]
    found = [link for link in links_of(document.headers["link"]) if link[0] == "alternate"]
    assert [f"{BASE}{target}" for _, target, _ in found] == alternates[:1]
    assert f"{BASE}{path}.ttl" in alternates
    assert len(alternates) > 1


def test_a_thing_leads_to_what_describes_it_before_anything_is_chosen(client: TestClient) -> None:
    answer = client.get("/id/London")

    assert answer.status_code == 303
    assert ("describedby", "/data/id/London.ttl", "text/turtle") in links_of(answer.headers["link"])


def test_the_set_is_also_written_as_headers_are(client: TestClient) -> None:
    answer = client.get("/linkset/id/London", headers={"accept": "application/linkset"})

    assert answer.headers["content-type"] == "application/linkset"
    assert f'anchor="{BASE}/data/id/London.rdf"' in answer.text
    assert f'<{BASE}/data/id/London.ttl>; rel="alternate"; type="text/turtle"' in answer.text


@pytest.mark.parametrize(
    ("path", "status"), [("/linkset/id/Londn", 404), ("/linkset/id/Londinium", 410)]
)
def test_there_is_no_set_of_links_of_what_is_not_there(
    client: TestClient, path: str, status: int
) -> None:
    assert client.get(path).status_code == status


def test_the_page_of_a_thing_leads_to_a_form_of_the_set_that_exists(client: TestClient) -> None:
    page = client.get("/data/id/London.html", headers={"accept": "text/html"}).text

    assert '<a href="/linkset/id/London?format=json" type="application/linkset+json">' in page
    answer = client.get("/linkset/id/London?format=json", headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "application/linkset+json"
