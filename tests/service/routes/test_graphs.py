import pytest
from fastapi.testclient import TestClient

from kg.namespaces import BASE

pytestmark = pytest.mark.slow

TRIPLE = f"<{BASE}id/London> <{BASE}ontology#hosted> <{BASE}id/C40> .\n"
NT = {"accept": "application/n-triples"}
WRITING = ["PUT", "POST", "PATCH", "DELETE"]


def test_a_named_graph_is_read_by_its_iri_and_by_its_address(client: TestClient) -> None:
    by_iri = client.get("/graphs", params={"graph": f"{BASE}graph/derived"}, headers=NT)
    by_address = client.get("/graphs/graph/derived", headers=NT)

    assert by_iri.text == by_address.text == TRIPLE
    assert by_iri.headers["content-type"] == "application/n-triples"
    assert by_iri.headers["etag"] == by_address.headers["etag"]


def test_the_default_graph_is_what_a_query_sees_and_no_more(client: TestClient) -> None:
    query = "CONSTRUCT WHERE { ?s ?p ?o }"

    whole = client.get("/graphs?default", headers=NT).text
    by_query = client.get("/sparql", params={"query": query}, headers=NT).text

    assert sorted(whole.splitlines()) == sorted(by_query.splitlines())
    assert "supports" not in whole
    assert client.get("/graphs?default=", headers=NT).text == whole


def test_a_graph_comes_in_every_graph_format(client: TestClient) -> None:
    for name, part in (
        ("ttl", "id:London glocal:hosted id:C40 ."),
        ("trig", "id:London glocal:hosted id:C40 ."),
        ("nq", TRIPLE),
        ("rdf", f'<glocal:hosted rdf:resource="{BASE}id/C40"/>'),
        ("jsonld", f'"hosted": "{BASE}id/C40"'),
    ):
        answer = client.get("/graphs/graph/derived", params={"format": name})

        assert (answer.status_code, part in answer.text) == (200, True), name


def test_head_says_what_get_would_without_the_graph(client: TestClient) -> None:
    got = client.get("/graphs/graph/derived")
    head = client.head("/graphs/graph/derived")
    missing = client.head("/graphs", params={"graph": f"{BASE}graph/nothing"})

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]
    assert head.headers["content-length"] == str(len(got.content))
    assert missing.status_code == 404


@pytest.mark.parametrize("path", ["/graphs", "/graphs?default", "/graphs/graph/derived"])
@pytest.mark.parametrize("method", WRITING)
def test_no_graph_of_a_release_is_written(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path, content=TRIPLE, headers={"content-type": "text/turtle"})

    assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.options(path).headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "status", "slug"),
    [
        ("/graphs", 400, "missing-parameter"),
        (f"/graphs?default&graph={BASE}graph/derived", 400, "missing-parameter"),
        (f"/graphs?graph={BASE}graph/derived&graph={BASE}x", 400, "malformed-parameter"),
        ("/graphs?graph=graph/derived", 400, "malformed-parameter"),
        ("/graphs?graph=", 400, "malformed-parameter"),
        (f"/graphs?graph={BASE}graph/derivd", 404, "unknown-graph"),
        ("/graphs/graph/derivd", 404, "unknown-graph"),
        ("/graphs/a%20b", 404, "unknown-graph"),
        ("/graphs?default&format=csv", 406, "not-acceptable"),
    ],
)
def test_what_is_refused_says_why(client: TestClient, path: str, status: int, slug: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")


def test_an_iri_is_decoded_once(client: TestClient) -> None:
    encoded = BASE.replace(":", "%3A").replace("/", "%2F")

    assert client.get(f"/graphs?graph={encoded}graph%2Fderived").status_code == 200
    assert client.get(f"/graphs?graph={BASE}graph/%2564erived").status_code == 404


def test_a_graph_is_not_sent_twice(client: TestClient) -> None:
    tag = client.get("/graphs?default").headers["etag"]
    assert tag.startswith('"')

    assert client.get("/graphs?default", headers={"if-none-match": tag}).status_code == 304
    again = client.get("/graphs/graph/derived", headers={"if-none-match": tag})
    assert again.status_code == 200
