import re
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kg.errors import BrokenRelease
from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings

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


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "zh"}


@pytest.mark.parametrize(
    ("path", "headers", "status", "heading", "detail"),
    [
        ("/" + "x" * 70, {}, 414, "地址过长", "The address is longer than 60 characters."),
        ("/", {"host": "evil.example"}, 421, "本服务不对该主机名作答", "'evil.example'"),
        ("/", {"host": "a b"}, 421, "本服务不对该主机名作答", "'a b'"),
    ],
)
def test_a_request_that_is_refused_at_once_has_a_page_for_browsers_only(
    store: Store, path: str, headers: dict[str, str], status: int, heading: str, detail: str
) -> None:
    settings = Settings(max_address_characters=60, allowed_hosts=("testserver",))
    client = TestClient(create_app(settings, store=store))

    page = client.get(path, headers={**BROWSER, **headers})
    document = client.get(path, headers=headers)

    assert (page.status_code, page.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert (page.headers["vary"], page.headers["cache-control"]) == (
        "Accept, Accept-Language",
        "no-store",
    )
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert re.findall("<h1>(.*?)</h1>", page.text) == [heading]
    assert detail in unescape(page.text)
    assert (document.status_code, document.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    assert detail in document.json()["detail"]
    # The host in such a link might be somebody else's.
    assert "link" not in document.headers


def test_a_browser_may_choose_the_document_or_a_language_in_the_address(store: Store) -> None:
    client = TestClient(create_app(Settings(max_address_characters=60), store=store))
    long = "x" * 60

    document = client.get(f"/?format=json&a={long}", headers=BROWSER)
    page = client.get(f"/?lang=en&format=html&a={long}")

    assert document.json()["type"] == "/problems/address-too-long"
    assert "<h1>The address is too long</h1>" in page.text


def test_a_release_that_was_changed_is_refused_by_a_page_too(store: Store) -> None:
    app = create_app(Settings(), store=store)
    app.state.served.integrity.refusal = BrokenRelease(Path("/srv/release"), "it was changed")
    client = TestClient(app)

    for _ in range(2):
        page = client.get("/id/London", headers=BROWSER)
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "<h1>服务暂不可用</h1>" in page.text
        assert "it was changed" in page.text
        assert "/srv" not in page.text
    assert client.get("/id/London").json()["type"] == "/problems/broken-release"
    assert client.get("/healthz").status_code == 200
