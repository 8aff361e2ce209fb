import re

import pytest
from fastapi.testclient import TestClient

from service.http.problems import ALL_PROBLEM_TYPES

pytestmark = pytest.mark.slow


def test_the_index_lists_interfaces_that_answer(client: TestClient) -> None:
    interfaces = client.get("/").json()["interfaces"]

    found = {path: client.get(path).status_code for path in interfaces if "{" not in path}
    assert client.get("/id/{name}".format(name="London")).status_code == 303
    assert set(interfaces) - set(found) == {"/id/{name}"}
    assert found.pop("/graph/asserted") == 303
    # These need to be told of what, and say so.
    told = [found.pop(path) for path in ("/explain", "/lookup", "/sparql/support")]
    assert told == [400, 400, 400]
    # By POST only.
    assert found.pop("/mcp") == 405
    assert set(found.values()) == {200}


def test_a_browser_gets_a_page_that_loads_nothing_from_elsewhere(client: TestClient) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    answer = client.get("/", headers={"accept": browser})

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    # Its answer needs a network; its text does not.
    assert '<a href="/queries/where-founded?format=rq">where-founded</a>' in answer.text
    assert "src=" not in answer.text
    assert 'href="http' not in answer.text


@pytest.mark.parametrize("query", ["ASK {}", "SELECT * {}", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_the_pages_first_button_shows_rows_and_triples_alike(
    client: TestClient, query: str
) -> None:
    page = client.get("/", headers={"accept": "text/html"}).text
    button = re.search(r'<button name="format" value="(\w+)">Run query</button>', page)
    assert button is not None

    answer = client.get("/sparql", params={"query": query, "format": button[1]})

    assert (answer.status_code, type(answer.json())) == (200, dict)


def test_every_kind_of_failure_is_explained_under_its_type(client: TestClient) -> None:
    listed = {one["type"] for one in client.get("/problems").json()["problems"]}

    assert listed == {f"/problems/{problem.slug}" for problem in ALL_PROBLEM_TYPES}
    for path in [*listed, "/problems/unknown-query"]:
        assert client.get(path).json()["advice"].endswith(".")
    assert client.get("/problems/nonsense").json()["type"] == "/problems/unknown-problem"
