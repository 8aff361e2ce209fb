import hashlib
import re

import pytest
from fastapi.testclient import TestClient
from jinja2 import UndefinedError

from service.http.html import read_macros, security_headers, write_html
from service.http.scripts import SCRIPTS

pytestmark = pytest.mark.slow

PAGES = [
    "/",
    "/sparql",
    "/links",
    "/queries",
    "/queries/where-founded",
    "/rules",
    "/whatif",
    "/explain",
    "/contradictions",
    "/disagreements",
    "/id",
    "/search",
    "/classes",
    "/classes/City",
    "/data/id/London",
    "/ontology",
    "/data",
    "/dumps",
    "/catalog",
    "/void",
    "/.well-known/void",
    "/frames",
    "/problems",
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

    # The support of a row needs one, a preview an entity; one stands for all resources, links and
    # endings.
    one_of_many = {"/data/{kind}/{name}", "/ontology.{ending}", "/links/{name}", "/{kind}"}
    one_of_many |= {"/queries/{name}", "/problems/{slug}", "/classes/{name}"}
    expected = {*PAGES, *one_of_many, "/sparql/support"}
    assert pages == (expected | {"/reconcile/preview"}) - {
        "/id",
        "/data/id/London",
        "/queries/where-founded",
        "/classes/City",
    }


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/"])
def test_every_page_leads_back_to_the_first(client: TestClient, path: str) -> None:
    page = client.get(path, headers=BROWSER).text

    assert re.search(r'<a (class="brand" )?href="\.?/[^"\w]*">(<img [^>]*>)?Glocal</a>', page)


def test_a_preview_may_stand_in_the_frame_of_a_reconciliation_client(client: TestClient) -> None:
    answer = client.get("/reconcile/preview?id=London")

    assert answer.headers["content-security-policy"].startswith(
        "default-src 'none'; style-src 'self'; "
    )
    assert answer.headers["content-security-policy"].endswith("; frame-ancestors *")
    assert "x-frame-options" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_and_runs_only_what_the_service_has_and_stands_in_no_frame(
    client: TestClient, path: str
) -> None:
    answer = client.get(path, headers=BROWSER)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    expected = security_headers(SCRIPTS)
    assert {name: answer.headers[name] for name in expected} == expected
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_may_run_scripts_only_if_the_service_has_some() -> None:
    policies = [
        dict(
            part.split(" ", 1)
            for part in security_headers(scripts)["Content-Security-Policy"].split("; ")
        )
        for scripts in ({}, {"reading": "reading.js"})
    ]

    plain = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    own = dict.fromkeys(["script-src", "connect-src", "worker-src"], "'self'")
    assert policies == [plain, {**plain, **own, "img-src": "'self' data: blob:"}]


@pytest.mark.parametrize("path", PAGES)
def test_all_that_a_page_loads_is_there_and_its_style_sheet_is_kept_for_a_year(
    client: TestClient, path: str
) -> None:
    page = client.get(path, headers=BROWSER).text

    [style] = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page)
    sheet = client.get(style)
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sheet.text.startswith("/* Colours, type")
    # Its address is the hash of its content.
    assert hashlib.sha256(sheet.content).hexdigest()[:16] in style
    images = re.findall(r'<img [^>]*src="([^"]+)"', page)
    assert {client.get(image).status_code for image in images} <= {200}
    assert "style=" not in page
    assert "<style" not in page
    scripts = re.findall(r'<script type="module" src="/assets/([^"]+)"[^>]*></script>', page)
    entries = ["reading", "editor"] if path == "/sparql" else ["reading"]
    assert scripts == [SCRIPTS[entry] for entry in entries if SCRIPTS]
    for name in scripts:
        script = client.get(f"/assets/{name}")
        assert script.headers["content-type"] == "text/javascript; charset=utf-8"
        assert script.headers["cache-control"] == sheet.headers["cache-control"]


def test_a_browser_gets_a_failure_as_a_page_with_the_same_status(client: TestClient) -> None:
    page = client.get("/id/Londn", headers={**BROWSER, "accept-language": "zh-CN"})
    document = client.get("/id/Londn", headers={"accept": "*/*"}).json()

    assert (page.status_code, document["status"]) == (404, 404)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == "Accept, Accept-Language"
    assert '<html lang="zh"' in page.text
    assert 'role="alert"' in page.text
    for name in document["near"]:
        assert f'<a href="/id/{name}" rel="nofollow">' in page.text


def test_a_path_that_does_not_exist_leads_to_one_that_does(client: TestClient) -> None:
    page = client.get("/ontologi/London?lang=zh", headers=BROWSER)

    assert page.status_code == 404
    assert "<h1>没有找到</h1>" in page.text
    assert '<a href="/ontology?lang=zh" rel="nofollow"><code>/ontology</code></a>' in page.text


def test_a_wrong_language_is_refused_in_english(client: TestClient) -> None:
    for path in ("/queries?lang=xx", "/sparql?query=ASK{}&lang=xx"):
        page = client.get(path, headers=BROWSER)

        assert page.status_code == 400
        assert "lang: expected one of en, zh" in page.text


def test_a_browser_that_asks_for_another_format_gets_the_document(client: TestClient) -> None:
    answer = client.get("/id/Londn?format=json", headers=BROWSER)

    assert answer.headers["content-type"] == "application/problem+json"


def test_a_query_in_a_form_keeps_its_first_line_and_is_text() -> None:
    # HTML drops a newline at the start of a textarea.
    form = read_macros("macros.html")["query_form"]("SELECT ?a < ?c")

    assert ">\nSELECT ?a &lt; ?c</textarea>" in form


def test_a_page_must_be_given_all_that_it_shows() -> None:
    with pytest.raises(UndefinedError, match="'title' is undefined"):
        write_html("home.html", release=None)
