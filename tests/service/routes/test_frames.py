import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.slow

LD = "application/ld+json"
SPACE = "http://www.w3.org/ns/json-ld#"
FRAMED = {"accept": f'{LD};profile="{SPACE}framed"'}
DOCUMENT = {
    "@context": "http://testserver/context/1.0.0.jsonld",
    "id": "https://w3id.org/glocal/id/London",
    "type": ["City"],
    "label": {"en": "London", "zh": "伦敦"},
    "hosted": {"id": "https://w3id.org/glocal/id/C40"},
    "@reverse": {"foundedAt": ["https://w3id.org/glocal/id/C40"]},
}


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/data/id/London", FRAMED),
        ("/data/id/London.jsonld", FRAMED),
        ("/data/id/London.jsonld?frame=city", {}),
        ("/data/id/London?frame=city", {"accept": "text/html, */*;q=0.1"}),
    ],
)
def test_a_thing_is_framed_by_the_frame_of_its_class_or_the_one_that_is_named(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    answer = client.get(path, headers=headers)

    assert answer.json() == DOCUMENT
    assert answer.headers["content-type"] == f'{LD};profile="{SPACE}framed"'


def test_a_thing_leads_to_its_framed_document(client: TestClient) -> None:
    answer = client.get("/id/London?frame=city")

    location = "/data/id/London.jsonld?frame=city"
    assert (answer.status_code, answer.headers["location"]) == (303, location)


def test_a_frame_comes_as_plain_json_with_its_context_in_a_link(client: TestClient) -> None:
    answer = client.get("/data/id/London?frame=city", headers={"accept": "application/json"})

    assert (answer.headers["content-type"], answer.json()) == ("application/json", DOCUMENT)
    assert f'rel="{SPACE}context"' in answer.headers["link"]


def test_what_no_frame_is_for_comes_in_the_form_that_is_liked_next(client: TestClient) -> None:
    both = {"accept": f'{LD};profile="{SPACE}framed {SPACE}expanded"'}

    alone = client.get("/data/source/wang/p10.2", headers=FRAMED)
    next_best = client.get("/data/source/wang/p10.2", headers=both)
    assert alone.headers["content-type"].endswith('#compacted"')
    assert next_best.headers["content-type"].endswith('#expanded"')


def test_an_unknown_frame_is_answered_with_those_that_there_are(client: TestClient) -> None:
    answer = client.get("/data/id/London.jsonld?frame=town")

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-frame")
    assert answer.json()["detail"].endswith("Remedy: one of city")
    assert client.get("/frames/town.jsonld").json()["detail"] == answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/data/id/London.ttl?frame=city", 406), ("/data/id/London?frame=city&evidence=1", 400)],
)
def test_a_frame_is_for_json_ld_without_named_graphs(
    client: TestClient, path: str, status: int
) -> None:
    assert client.get(path).status_code == status


def test_the_frames_are_listed_with_their_classes(client: TestClient) -> None:
    listing = client.get("/frames").json()

    city = {"name": "city", "href": "/frames/city.jsonld", "class": "glocal:City"}
    # Of the answers of /explain, and of documents with evidence.
    proof = {"name": "proof", "href": "/frames/proof.jsonld", "class": "prov:Collection"}
    said = {"name": "statements", "href": "/frames/statements.jsonld", "class": "glocal:Evidence"}
    assert listing == {"frames": [city, proof, said]}
    assert [client.get(one["href"]).status_code for one in (proof, said)] == [200, 200]
    frame = client.get(city["href"])
    assert frame.headers["content-type"] == f'{LD};profile="{SPACE}frame"'
    assert frame.json()["@context"] == "http://testserver/context/1.0.0.jsonld"


def test_a_frame_works_alone_with_its_context_and_its_flags_in_every_object(
    client: TestClient,
) -> None:
    flags = {"@explicit": True, "@omitDefault": True, "@embed": "@always"}

    frame = client.get("/frames/city.jsonld").json()
    elsewhere = client.get("/frames/city.jsonld", headers={"host": "example.org:81"}).json()
    inline = client.get("/frames/city.jsonld?context=inline").json()

    assert frame == {
        "@context": "http://testserver/context/1.0.0.jsonld",
        "type": "City",
        **flags,
        "rdfs:label": flags,
        "hosted": flags,
        "@reverse": {"foundedAt": {**flags, "@embed": "@never"}},
    }
    assert elsewhere["@context"] == "http://example.org:81/context/1.0.0.jsonld"
    assert inline["@context"]["City"] == "glocal:City"


def test_the_context_alone_is_a_form_of_the_document_too(client: TestClient) -> None:
    accept = {"accept": f'{LD};profile="{SPACE}context"'}
    answer = client.get("/data/id/London", headers=accept)

    assert answer.headers["content-type"] == f'{LD};profile="{SPACE}context"'
    assert answer.content == client.get("/context/1.0.0.jsonld").content
