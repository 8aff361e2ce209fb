import asyncio
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg import errors as kg
from kg.store.quad_store import Store
from service import errors as own
from service.http.problems import ALL_PROBLEM_TYPES, Problem, problem_of
from service.pages.problem_types_page import translated_advice
from service.pages.terms import read_words
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "unknown-path"),
        ("GET", "/nowhere/at/all", 404, "unknown-path"),
        ("GET", "/data/nowhere/x", 404, "unknown-path"),
        ("GET", "/sparql/", 404, "unknown-path"),
        ("DELETE", "/id/London", 405, "method-not-allowed"),
        ("PUT", "/sparql", 405, "method-not-allowed"),
        ("POST", "/queries", 405, "method-not-allowed"),
        ("PATCH", "/openapi.json", 405, "method-not-allowed"),
    ],
)
def test_unknown_paths_and_wrong_methods_are_problem_documents(
    client: TestClient, method: str, path: str, status: int, slug: str
) -> None:
    answer = client.request(method, path)

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert answer.json()["status"] == status
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_a_wrong_method_names_the_right_ones(client: TestClient) -> None:
    assert client.put("/sparql").headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert client.put("/id/London").headers["allow"] == "GET, HEAD, OPTIONS"


def test_every_error_of_the_project_has_a_status() -> None:
    def below(kind: type[Exception]) -> set[type[Exception]]:
        found = set(kind.__subclasses__())
        return found.union(*(below(one) for one in found))

    statuses = {kind.__name__: problem_of(kind.__new__(kind)).status for kind in below(kg.KgError)}

    assert statuses["MalformedQuery"] == 400
    assert statuses["UnknownName"] == 404
    assert statuses["BrokenRelease"] == 503
    assert statuses[own.NotAcceptable.__name__] == 406
    assert 500 not in statuses.values()


def test_the_published_names_of_problems_stay_the_same() -> None:
    published = """
        malformed-query malformed-update malformed-rdf malformed-patch malformed-parameter
        missing-parameter patch-too-large query-too-complex refused-endpoint refused-query
        update-failed contradicting-update unauthorized forbidden not-writable
        precondition-failed too-many-updates
        read-only refused-patch unknown-name not-derived withdrawn not-acceptable not-expressible
        content-too-large address-too-long range-not-satisfiable unsupported-media-type
        unsupported-coding request-too-slow head-too-long too-many-connections result-too-large
        query-timed-out stack-overflowed query-out-of-memory endpoint-timed-out endpoint-failed
        too-many-queries budget-spent memory-short evaluators-down
        query-process-ended query-processes-down
        misdirected-request too-many-failed-tokens page-beyond-end
        extra-not-installed foreign-origin ambiguous-name multiple-choices
        broken-release release-not-verified malformed-input refused
        unknown-path method-not-allowed
        bad-request unreadable-request service-ending internal-error
    """

    assert {problem.slug for problem in ALL_PROBLEM_TYPES} == set(published.split())


# One route of FastAPI's, and one that is answered without it.
@pytest.mark.parametrize("path", ["/healthz", "/sparql?query=ASK%7B%7D"])
def test_a_failure_of_the_service_itself_tells_nothing_of_its_inside(
    store: Store, path: str
) -> None:
    app = create_app(Settings(), store=store)
    app.state.served = replace(app.state.served, store="nothing that can be served")

    answer = TestClient(app, raise_server_exceptions=False).get(path)

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/internal-error",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "The service failed. The request is not to blame.",
        "request_id": answer.headers["x-request-id"],
    }


def test_a_client_that_leaves_amid_its_body_is_no_failure_of_the_service(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    coming = [{"type": "http.request", "body": b"ASK", "more_body": True}]
    sent: list[Any] = []
    scope = {"type": "http", "method": "POST", "path": "/sparql", "raw_path": b"/sparql"}
    scope |= {"query_string": b"", "headers": [(b"content-type", b"application/sparql-query")]}
    scope |= {"http_version": "1.0"}
    scope |= {"server": ("testserver", 80), "client": ("testclient", 1), "scheme": "http"}

    async def receive() -> dict[str, Any]:
        return coming.pop() if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(client.app(scope, receive, send))  # type: ignore[arg-type]

    assert sent[0]["status"] == 499
    assert caplog.records == []


def test_an_address_that_is_not_utf_8_is_a_mistake_of_the_client(client: TestClient) -> None:
    assert client.get("/reconcile?%C3%A9%CA9").status_code == 400


@pytest.mark.parametrize("path", ["/id/Londn", "/lookup?alias=Londn"])
def test_a_page_names_similar_names_once_as_links(client: TestClient, path: str) -> None:
    page = client.get(path, headers={"accept": "text/html"}).text
    document = client.get(path).json()

    near = document["near"]
    assert "London" in near
    alert = page.partition('role="alert">')[2].partition("</div>")[0]
    assert re.findall('<a href="[^"]*" rel="nofollow">(.*?)</a>', alert) == near
    told = f"Did you mean: {', '.join(near)}?"
    assert document["detail"].endswith(told)
    shown = document["detail"].removesuffix(f" {told}")
    assert f"<p>{shown}</p>" in unescape(alert)
    # The links lead to the things.
    for address in re.findall('<a href="([^"]*)" rel="nofollow">', alert):
        assert client.get(unescape(address)).status_code == 303


@pytest.mark.parametrize(
    ("path", "title", "advice"),
    [
        ("/nowhere", "没有找到", "此网址没有任何内容。"),
        ("/id/Londn", "没有找到", "未找到“Londn”。"),
        ("/nowhere", "没有找到", "未找到路径“/nowhere”。"),
        (
            "/sparql?query=ASK { ?x foo:label ?y }",
            "查询语法有误",
            "第 1 行第 10 列：前缀 foo: 未声明。",
        ),
        (
            "/whatif?add=x",
            "网址或表单中有一项取值有误",
            "add：须依次填写主语、关系、宾语，以空格分隔；所填为“x”。",
        ),
        ("/sparql?query=ASK {}&view=mine", "网址或表单中有一项取值有误", "请按说明所述的形式"),
        ("/sparql?query=SELECT * { SERVICE <x:y> {} }", "不允许此操作", "请直接查询该端点"),
    ],
)
def test_a_chinese_page_says_in_chinese_what_failed_and_what_to_do(
    client: TestClient, path: str, title: str, advice: str
) -> None:
    headers = {"accept": "text/html", "accept-language": "zh"}
    page = client.get(path, headers=headers).text

    said = page.partition('<main id="content">')[2].partition("</main>")[0]
    alert = said.partition('role="alert">')[2].partition("</div>")[0]
    assert title in said
    assert advice in alert
    # Only a detail of the engine, a name or code is in English.
    details = re.findall('<p lang="en">(.*?)</p>', alert)
    others = re.sub(r'<p lang="en">.*?</p>|<code>.*?</code>|<[^>]*>', "", alert, flags=re.DOTALL)
    quoted = r"“[^”]*”|foo:|add：|SPARQL"
    assert not re.search("[a-z]{3}", re.sub(quoted, "", others))
    document = client.get(path, headers={"accept": "application/json"}).json()
    assert all(unescape(detail) in document["detail"] for detail in details)
    assert not re.search("[一-鿿]", str(document))


@pytest.mark.parametrize("problem", ALL_PROBLEM_TYPES, ids=lambda problem: problem.slug)
def test_every_failure_has_a_title_for_people_in_both_languages(problem: Problem) -> None:
    for language in ("en", "zh"):
        words = read_words(language)
        assert {f"problem-{problem.slug}", f"problem-{problem.status}"} & words.keys()
    assert translated_advice(problem.slug, "zh")
    assert translated_advice(problem.slug, "en") == ""
