"""Pages of other sites in a browser, and a release or a scratch store."""

import re
import socket
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kg.store.quad_store import Store
from service.queries.snapshot import Snapshot
from service.run.app import create_app
from service.scratch.start import create_scratch_app
from service.settings import Settings
from tests.service.conftest import serve

pytestmark = pytest.mark.slow

EDITOR, OTHER = "https://editor.example", "https://other.example"
ASKED = {"access-control-request-method": "POST"}


def scratch_client(**settings: object) -> TestClient:
    """A client of a scratch store that has no query processes."""
    snapshot = Snapshot(Path("none"), is_on_disk=False)
    app = create_scratch_app(Settings(**settings), snapshot)
    return TestClient(app, base_url="http://localhost:8017")


def cors_headers(client: TestClient, method: str = "GET", **headers: str) -> dict[str, str]:
    answer = client.request(method, "/problems", headers=headers)
    assert answer.status_code == (204 if method == "OPTIONS" else 200)
    return {
        name.removeprefix("access-control-"): value
        for name, value in answer.headers.items()
        if name.startswith("access-control-")
    }


def test_pages_of_every_origin_may_read_a_release_but_without_credentials(
    client: TestClient,
) -> None:
    preflight = client.options("/sparql", headers={"origin": EDITOR, **ASKED})
    refused = client.get("/sparql?query=x", headers={"origin": EDITOR})
    # A shared cache may give the answer to a program to a page as well.
    program = client.get("/sparql?query=ASK{}")

    for answer in (preflight, refused, program):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "origin" not in answer.headers.get("vary", "").lower()
        assert "access-control-allow-credentials" not in answer.headers
    assert "POST" in preflight.headers["access-control-allow-methods"]


def test_no_page_may_read_a_scratch_store_by_default() -> None:
    client = scratch_client()

    assert cors_headers(client, origin=EDITOR) == {}
    assert cors_headers(client, "OPTIONS", origin=EDITOR, **ASKED) == {}


def test_pages_of_a_named_origin_may_read_a_scratch_store() -> None:
    client = scratch_client(allowed_origins=(EDITOR, "http://localhost:3000"))

    assert cors_headers(client, origin=EDITOR)["allow-origin"] == EDITOR
    preflight = cors_headers(client, "OPTIONS", origin="http://localhost:3000", **ASKED)
    assert preflight["allow-origin"] == "http://localhost:3000"
    assert "POST" in preflight["allow-methods"]
    for origin in (OTHER, "http://localhost", f"{EDITOR}:8443", "null"):
        assert cors_headers(client, origin=origin) == {}
    assert cors_headers(scratch_client(allowed_origins=("*",)))["allow-origin"] == "*"


def test_a_kept_answer_has_no_header_for_the_origin_that_it_was_made_for(store: Store) -> None:
    client = TestClient(create_app(Settings(allowed_origins=(EDITOR,)), store=store))
    seen = []
    for origin in (EDITOR, OTHER, EDITOR, ""):
        answer = client.get("/queries", headers={"origin": origin} if origin else {})
        held = {"if-none-match": answer.headers["etag"], "origin": OTHER}
        seen.append(answer.headers.get("access-control-allow-origin"))
        for one in (answer, client.get("/queries", headers=held)):
            assert "origin" in one.headers["vary"].lower().split(", ")

    assert seen == [EDITOR, None, EDITOR, None]
    metrics = client.app.state.served.metrics  # type: ignore[attr-defined]
    assert metrics.value("glocal_cache_requests_total", {"outcome": "hit"}) == 3


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8017", "localhost.evil.example"])
def test_a_name_that_somebody_lets_lead_to_a_scratch_store_is_refused(host: str) -> None:
    answer = scratch_client().get("/graphs", headers={"host": host})

    assert (answer.status_code, answer.json()["type"]) == (421, "/problems/misdirected-request")
    assert host in answer.json()["detail"]
    assert "`allowed_hosts`" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("settings", "allowed", "refused"),
    [
        ({}, ["localhost", "LOCALHOST:1", "127.0.0.1:8017", "[::1]", "[::1]:8017"], ["10.0.0.5"]),
        ({"host": "10.0.0.5"}, ["10.0.0.5:80", "localhost"], ["10.0.0.50"]),
        ({"host": "fd00::5"}, ["[fd00::5]:80", "[fd00::5]"], ["[fd00::6]"]),
        ({"host": "::"}, ["localhost"], ["[::]", "10.0.0.5"]),
        ({"public_url": "https://Kg.example:8443/a"}, ["kg.example", "localhost"], ["example"]),
        ({"allowed_hosts": ("kg.example",)}, ["kg.example:1"], ["localhost", "127.0.0.1"]),
        ({"allowed_hosts": ("*",)}, ["anything.example"], []),
    ],
)
def test_a_scratch_store_answers_for_its_own_hosts(
    settings: dict[str, object], allowed: list[str], refused: list[str]
) -> None:
    client = scratch_client(**settings)

    def status(host: str) -> int:
        return client.get("/healthz", headers={"host": host}).status_code

    assert {host: status(host) for host in allowed} == dict.fromkeys(allowed, 200)
    assert {host: status(host) for host in refused} == dict.fromkeys(refused, 421)


def test_the_page_that_refuses_a_host_has_its_style(store: Store) -> None:
    named = TestClient(create_app(Settings(allowed_hosts=("kg.example",)), store=store))
    for client in (named, scratch_client()):
        headers = {"host": "any.example", "accept": "text/html"}
        page = client.get("/queries", headers=headers)

        assert page.status_code == 421
        [style] = re.findall('<link rel="stylesheet" href="([^"]*)">', page.text)
        for path in (style, "/logo.svg"):
            assert client.get(path, headers=headers).status_code == 200
        assert client.get("/assets/../queries", headers=headers).status_code == 421


def test_a_release_answers_for_every_host_unless_some_are_named(store: Store) -> None:
    named = TestClient(create_app(Settings(allowed_hosts=("kg.example",)), store=store))
    client = TestClient(create_app(Settings(), store=store))

    assert client.get("/queries", headers={"host": "any.example"}).status_code == 200
    # The first answer is kept.
    for _ in range(2):
        assert named.get("/queries", headers={"host": "kg.example"}).status_code == 200
        assert named.get("/queries", headers={"host": "any.example"}).status_code == 421


def test_a_health_check_without_a_host_is_answered() -> None:
    with serve("--scratch", log_requests=False) as service:
        answers = []
        for head in (b"HTTP/1.0", b"HTTP/1.1\r\nHost: evil.example\r\nConnection: close"):
            with socket.create_connection(service.place, timeout=20) as connection:
                connection.sendall(b"GET /healthz " + head + b"\r\n\r\n")
                answers.append(connection.makefile("rb").read()[9:12])

    assert answers == [b"200", b"421"]
