from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kg.describe.json_ld_context import read_contexts
from kg.errors import MalformedFile
from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

LD = "application/ld+json"
SPACE = "http://www.w3.org/ns/json-ld#"
ADDRESS = "http://testserver/context/1.0.0.jsonld"


def test_a_version_is_kept_for_a_year_by_whoever_has_read_it(client: TestClient) -> None:
    answer = client.get("/context/1.0.0.jsonld", headers={"origin": "https://example.org"})

    assert answer.headers["content-type"] == f'{LD};profile="{SPACE}context"'
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["@context"]["City"] == "glocal:City"
    held = {"if-none-match": answer.headers["etag"]}
    assert client.get("/context/1.0.0.jsonld", headers=held).status_code == 304


@pytest.mark.parametrize("path", ["/context.jsonld", "/ontology/context.jsonld"])
def test_without_a_version_it_leads_to_the_newest(client: TestClient, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["location"]) == (307, "/context/1.0.0.jsonld")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_an_unknown_version_is_answered_with_those_that_there_are(client: TestClient) -> None:
    answer = client.get("/context/0.9.jsonld")

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-context")
    assert answer.json()["detail"].endswith("Remedy: one of 1.0.0")


def test_the_newest_version_is_the_greatest_number_not_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    for version in ("1.10.0", "1.9.0"):
        (tmp_path / "context" / f"{version}.jsonld").write_text('{"@context": {}}')

    assert list(read_contexts(tmp_path)) == ["1.9.0", "1.10.0"]


def test_an_ontology_without_a_context_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile, match=r"expected a file such as 1\.0\.0\.jsonld"):
        read_contexts(tmp_path)


def test_a_document_refers_to_the_context_on_the_host_that_answers(client: TestClient) -> None:
    path = "/data/id/London.jsonld"

    here = client.get(path).json()["@context"]
    there = client.get(path, headers={"host": "example.org:81"}).json()["@context"]
    assert (here, there) == (ADDRESS, "http://example.org:81/context/1.0.0.jsonld")


def test_a_public_address_is_stronger_than_the_requests_host(store: Store) -> None:
    app = create_app(Settings(public_url="https://example.org/glocal/"), store=store)

    document = TestClient(app).get("/data/id/London.jsonld").json()

    assert document["@context"] == "https://example.org/glocal/context/1.0.0.jsonld"


@pytest.mark.parametrize("path", ["/data/id/London.jsonld", "/ontology.jsonld"])
def test_the_context_stands_in_the_document_if_that_is_wanted(
    client: TestClient, path: str
) -> None:
    answer = client.get(f"{path}?context=inline")

    assert answer.json()["@context"]["City"] == "glocal:City"


def test_a_context_that_is_asked_for_otherwise_is_refused(client: TestClient) -> None:
    answer = client.get("/data/id/London.jsonld?context=outline")

    assert answer.status_code == 400
    assert answer.json()["detail"] == "context: expected 'inline', got 'outline'"


def test_plain_json_has_its_context_in_a_link_too(client: TestClient) -> None:
    accept = {"accept": "application/json"}
    answer = client.get("/data/id/London", headers=accept)

    assert answer.headers["content-type"] == "application/json"
    link = f'<{ADDRESS}>; rel="{SPACE}context"; type="{LD}"'
    assert link in answer.headers["link"]
    inline = client.get("/data/id/London?context=inline", headers=accept)
    assert f"{SPACE}context" not in inline.headers.get("link", "")


@pytest.mark.parametrize("path", ["/graphs?default", "/sparql?query=DESCRIBE+%3Curn%3Ax%3E"])
def test_graphs_come_in_the_forms_that_need_no_frame(client: TestClient, path: str) -> None:
    found = {}
    for name in ("expanded", "flattened", "framed", "compacted"):
        answer = client.get(path, headers={"accept": f'{LD};profile="{SPACE}{name}"'})
        found[name] = answer.headers["content-type"].partition("#")[2].rstrip('"')
        assert isinstance(answer.json(), list) is (name in {"expanded", "flattened"})

    assert found == {name: name for name in found} | {"framed": "compacted"}


def test_a_graph_refers_to_the_context_on_the_host_that_answers(client: TestClient) -> None:
    inline = client.get("/graphs?default&format=jsonld&context=inline").json()["@context"]

    assert client.get("/graphs?default&format=jsonld").json()["@context"] == ADDRESS
    assert inline["City"] == "glocal:City"
