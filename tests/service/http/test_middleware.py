import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", ["/healthz", "/data/id/London.ttl", "/sparql?query=ASK%20%7B%7D"])
def test_head_has_the_headers_of_get_and_no_body(client: TestClient, path: str) -> None:
    by_get, by_head = client.get(path), client.head(path)

    assert (by_head.status_code, by_head.content) == (200, b"")
    # Two requests have two ids.
    assert by_head.headers.pop("x-request-id") != by_get.headers.pop("x-request-id")
    assert dict(by_head.headers) == dict(by_get.headers)


def test_head_of_what_is_not_there_has_no_body_either(client: TestClient) -> None:
    answer = client.head("/id/Nobody")

    assert (answer.status_code, answer.content) == (404, b"")


def test_options_names_the_methods(client: TestClient) -> None:
    answer = client.options("/sparql")

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("path", ["/", "/data/id/London.ttl", "/nowhere"])
def test_no_browser_guesses_another_media_type(client: TestClient, path: str) -> None:
    assert client.get(path).headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("hosts", [["a b"], ["a<>"], ["one.org", "other.org"], ["a/b"]])
def test_a_request_names_exactly_one_host(client: TestClient, hosts: list[str]) -> None:
    refused = client.get("/healthz", headers=[("host", host) for host in hosts])

    assert (refused.status_code, refused.json()["parameter"]) == (400, "Host")
    assert client.get("/healthz", headers={"host": "[::1]:8000"}).status_code == 200
