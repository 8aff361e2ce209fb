import hashlib
import re
from base64 import b64encode

import pytest
from fastapi.testclient import TestClient
from jinja2 import UndefinedError

from service.http.html import read_macros, write_html

pytestmark = pytest.mark.slow

PAGES = [
    "/",
    "/sparql",
    "/links",
    "/queries",
    "/rules",
    "/whatif",
    "/contradictions",
    "/disagreements",
    "/id",
    "/data/id/London",
    "/ontology",
    "/dumps",
]
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_every_page_that_is_offered_is_listed_here(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    pages = {
        path
        for path, methods in paths.items()
        if "text/html"
        in methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
    }

    # A proof needs a triple, a preview an entity; one stands for all resources, links and endings.
    one_of_many = {"/data/{kind}/{name}", "/ontology.{ending}", "/links/{name}", "/{kind}"}
    expected = {*PAGES, *one_of_many, "/explain"}
    assert pages == (expected | {"/reconcile/preview"}) - {"/id", "/data/id/London"}


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/"])
def test_every_page_leads_back_to_the_first(client: TestClient, path: str) -> None:
    page = client.get(path, headers=BROWSER).text

    assert re.search(r'<nav [^>]*>.*?<a href="\.?/[^"\w]*">Glocal</a>', page, re.DOTALL)


def test_a_preview_may_stand_in_the_frame_of_a_reconciliation_client(client: TestClient) -> None:
    answer = client.get("/reconcile/preview?id=London")

    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'sha"
    )
    assert answer.headers["content-security-policy"].endswith("; frame-ancestors *")
    assert "x-frame-options" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_may_load_nothing_run_nothing_and_stand_in_no_frame(
    client: TestClient, path: str
) -> None:
    answer = client.get(path, headers=BROWSER)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert policy.pop("style-src").startswith("'sha256-")
    assert policy == {
        "default-src": "'none'",
        "img-src": "'self' data:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", PAGES)
def test_a_pages_own_style_is_the_one_that_its_policy_lets_through(
    client: TestClient, path: str
) -> None:
    answer = client.get(path, headers=BROWSER)
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)

    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
    assert "style=" not in answer.text
    assert "<script" not in answer.text


def test_a_query_in_a_form_keeps_its_first_line_and_is_text() -> None:
    # HTML drops a newline at the start of a textarea.
    form = read_macros("macros.html")["query_form"]("SELECT ?a < ?c")

    assert ">\nSELECT ?a &lt; ?c</textarea>" in form


def test_a_page_must_be_given_all_that_it_shows() -> None:
    with pytest.raises(UndefinedError, match="'queries' is undefined"):
        write_html("queries.html")


def test_the_endpoint_can_be_asked_from_its_own_page(client: TestClient) -> None:
    page = client.get("/sparql", headers={"accept": "text/html"}).text

    assert '<form action="sparql">' in page
    assert '<textarea name="query"' in page
