"""/problems and /problems/…: for programs as JSON, for people as pages in both languages."""

import re

import pytest
from fastapi.testclient import TestClient

from service.http.problems import ALL_PROBLEM_TYPES

pytestmark = pytest.mark.slow

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_every_kind_of_failure_is_explained_under_its_type(client: TestClient) -> None:
    listed = {one["type"] for one in client.get("/problems").json()["problems"]}

    assert listed == {f"/problems/{problem.slug}" for problem in ALL_PROBLEM_TYPES}
    for path in [*listed, "/problems/unknown-query"]:
        assert client.get(path).json()["advice"].endswith(".")
    assert client.get("/problems/nonsense").json()["type"] == "/problems/unknown-problem"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/turtle", "image/png"])
def test_a_program_gets_json_whatever_it_accepts(client: TestClient, accept: str) -> None:
    answer = client.get("/problems/read-only", headers={"accept": accept})

    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "type": "/problems/read-only",
        "status": 403,
        "advice": "Send queries only; a release is read-only.",
    }


@pytest.mark.parametrize(
    ("language", "title", "advice"),
    [
        ("en", "Read only", "Send queries only; a release is read-only."),
        ("zh", "只读", "发布版为只读，请仅发送查询。"),
    ],
)
def test_a_browser_gets_a_page_with_what_to_do(
    client: TestClient, language: str, title: str, advice: str
) -> None:
    answer = client.get("/problems/read-only", headers={**BROWSER, "accept-language": language})

    assert f"<h1>{title}</h1>" in answer.text
    assert f'<p class="lead">{advice}</p>' in answer.text
    assert answer.headers["content-language"] == language


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_all_kinds_leads_to_each(client: TestClient, language: str) -> None:
    page = client.get(f"/problems?lang={language}", headers=BROWSER).text

    linked = re.findall(r'<th scope="row"><a href="(/problems/[\w-]+)\?lang=', page)
    assert sorted(linked) == sorted(f"/problems/{problem.slug}" for problem in ALL_PROBLEM_TYPES)


def test_every_kind_has_a_title_and_advice_in_chinese(client: TestClient) -> None:
    page = client.get("/problems?lang=zh", headers=BROWSER).text

    rows = re.findall(
        r'<tr><td>\d+</td><th scope="row"><a [^>]+>(.*?)</a></th><td>(.*?)</td>', page
    )
    assert len(rows) == len(ALL_PROBLEM_TYPES)
    assert all(re.search("[一-鿿]", text) for row in rows for text in row)
