import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from tests.service.scratch.conftest import TOKEN, UPDATE, Client, scratch

pytestmark = pytest.mark.slow

FORM = "application/x-www-form-urlencoded"
ONE = "INSERT DATA { <a:s> <a:p> <a:o> }"
LINE = "<a:s> <a:p> <a:o> ."
HUNDREDS = " ".join(f"VALUES ?{one} {{ {'1 ' * 100} }}" for one in "abcde")
ENDLESS = f"INSERT {{ <a:s> <a:p> 1 }} WHERE {{ SELECT (COUNT(*) AS ?n) {{ {HUNDREDS} }} }}"


def test_an_update_is_seen_by_whoever_asks_once_it_is_answered(client: Client) -> None:
    for number in range(3):
        assert client.update(f"INSERT DATA {{ <a:s> <a:p> {number} }}") == 204
        rows = client.get("/sparql?format=csv&query=SELECT ?o {?s ?p ?o} ORDER BY ?o").text
        assert rows.split() == ["o", *map(str, range(number + 1))]


def test_a_scratch_store_has_no_vocabulary_to_warn_by(client: Client) -> None:
    query = "ASK { ?x a <https://w3id.org/glocal/ontology#Citty> }"

    answer = client.get("/sparql", params={"query": query})

    assert answer.json()["boolean"] is False
    assert "glocal-warning" not in answer.headers


def test_an_update_comes_as_a_form_too_and_starts_from_the_endpoint(client: Client) -> None:
    text = "INSERT DATA { <s> <p> <o> }"
    answer = client.post("/sparql", data={"update": text}, headers=TOKEN)

    assert (answer.status_code, answer.content) == (204, b"")
    assert client.lines() == ["<http://e.org/s> <http://e.org/p> <http://e.org/o> ."]


def test_another_state_has_other_tags_and_is_asked_for_each_time(client: Client) -> None:
    query = {"query": "ASK { ?s ?p ?o }"}
    before = client.get("/sparql", params=query)
    client.update(ONE)
    held = {"if-none-match": before.headers["etag"]}
    after = client.get("/sparql", params=query, headers=held)

    assert [one.json()["boolean"] for one in (before, after)] == [False, True]
    assert before.headers["cache-control"] == after.headers["cache-control"] == "no-cache"
    held = {"if-none-match": after.headers["etag"]}
    assert client.get("/sparql", params=query, headers=held).status_code == 304


@pytest.mark.parametrize(
    ("text", "status", "slug"),
    [
        (f"{ONE} ; CLEAR GRAPH <a:none>", 409, "update-failed"),
        (f"{ONE} ; INSERT DATA {{ <a:s> }}", 400, "malformed-update"),
        ("SELECT * { ?s ?p ?o }", 400, "malformed-update"),
        (f"{ONE} ; LOAD <http://127.0.0.1:9/>", 403, "refused-query"),
        ("PREFIX : <http://127.0.0.1:9/> LOAD:x", 403, "refused-query"),
        (f"{ONE} ; INSERT {{}} WHERE {{ SERVICE <a:e> {{}} }}", 403, "refused-query"),
        (f"{ONE} ; INSERT DATA {{ <a:s> <a:p> '{'x' * 2000}' }}", 413, "content-too-large"),
    ],
)
def test_what_fails_changes_nothing(client: Client, text: str, status: int, slug: str) -> None:
    headers = {**TOKEN, "content-type": UPDATE}
    answer = client.post("/sparql", content=text, headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert client.lines() == []


def test_a_malformed_update_is_named_by_line_and_column(client: Client) -> None:
    headers = {**TOKEN, "content-type": UPDATE}
    answer = client.post("/sparql", content=f"{ONE} ;\nINSERT DATA {{ <a:s> }}", headers=headers)

    assert (answer.json()["line"], answer.json()["column"]) == (2, 21)


def test_load_silent_fails_and_says_nothing_of_it(client: Client) -> None:
    assert client.update(f"LOAD SILENT <http://127.0.0.1:9/> INTO GRAPH <a:g> ; {ONE}") == 204
    assert client.lines() == [LINE]


@pytest.mark.parametrize(
    ("media_type", "content", "status"),
    [
        (FORM, urlencode({"update": ONE, "query": "ASK {}"}), 400),
        (FORM, urlencode([("update", ONE), ("update", ONE)]), 400),
        (FORM, urlencode({"update": ONE, "default-graph-uri": "a:g"}), 400),
        (FORM, urlencode({"update": ONE, "using-graph-uri": "no iri"}), 400),
        (FORM, "other=1", 400),
        (UPDATE, b"INSERT DATA { <a:s> <a:p> '\xff' }", 400),
        ("text/plain", ONE, 415),
        (f"{UPDATE}; charset=utf-16", ONE, 415),
    ],
)
def test_no_update_is_taken_that_is_not_exactly_one(
    client: Client, media_type: str, content: str, status: int
) -> None:
    headers = {**TOKEN, "content-type": media_type}

    assert client.post("/sparql", content=content, headers=headers).status_code == status
    query = {**TOKEN, "content-type": "application/sparql-query"}
    assert client.post(f"/sparql?update={ONE}", content="ASK {}", headers=query).status_code == 400
    assert client.get("/sparql", params={"update": ONE}, headers=TOKEN).status_code == 400
    assert client.lines() == []


def test_a_dataset_beside_the_update_is_that_of_its_patterns(client: Client) -> None:
    client.update("INSERT DATA { <a:s> <a:p> 0 GRAPH <a:g> { <a:s> <a:p> 1 } }")
    copy = "INSERT { GRAPH <a:h> { ?s ?p ?o } } WHERE { ?s ?p ?o }"

    assert client.update(copy, **{"using-graph-uri": "a:g"}) == 204
    assert client.update("DELETE WHERE { ?s ?p ?o }", **{"using-graph-uri": "a:none"}) == 204
    assert len(client.lines("/graphs?graph=a:h")) == 1
    assert len(client.lines("/graphs?default")) == 1
    with_own = f"WITH <a:g> {copy}"
    assert client.update(with_own, **{"using-graph-uri": "a:g"}) == 400


def test_updates_are_made_one_after_another(client: Client) -> None:
    client.update("INSERT DATA { <a:n> <a:p> 0 }")
    count = "DELETE { ?s ?p ?n } INSERT { ?s ?p ?m } WHERE { ?s ?p ?n BIND(?n + 1 AS ?m) }"
    with ThreadPoolExecutor(8) as clients:
        statuses = set(clients.map(client.update, [count] * 24))

    assert statuses == {204}
    [line] = client.lines()
    assert '"24"' in line


def test_a_change_that_does_not_end_is_stopped_and_another_may_not_wait_for_it() -> None:
    headers = {**TOKEN, "content-type": UPDATE}
    with scratch(max_waiting_updates=0, max_query_seconds=1) as client:
        with ThreadPoolExecutor(2) as clients:
            sent = [
                clients.submit(
                    client.post, "/sparql", content=f"{ONE} ; {ENDLESS}", headers=headers
                )
                for _ in range(2)
            ]
        refused, stopped = sorted((one.result() for one in sent), key=lambda one: one.status_code)

        assert refused.status_code == 503
        assert (stopped.status_code, stopped.json()["type"]) == (504, "/problems/query-timed-out")
        assert stopped.json()["detail"] == "The change was stopped: it took more than 1 s."
        assert stopped.json()["allowed"] == 1
        assert client.lines() == []


@pytest.mark.parametrize(
    ("header", "status", "challenge"),
    [
        ({}, 401, 'Bearer realm="glocal"'),
        ({"authorization": "Basic czNjcmV0"}, 401, 'Bearer realm="glocal"'),
        ({"authorization": "Bearer"}, 401, 'Bearer realm="glocal", error="invalid_request"'),
        ({"authorization": "Bearer s3cre"}, 403, 'Bearer realm="glocal", error="invalid_token"'),
        ({"authorization": "bearer s3cret"}, 204, None),
    ],
)
def test_only_who_has_the_token_may_write(
    client: Client, header: dict[str, str], status: int, challenge: str | None
) -> None:
    for answer in (
        client.post("/sparql", data={"update": ONE}, headers=header),
        client.post("/sparql", content=ONE, headers={**header, "content-type": UPDATE}),
        client.delete("/graphs?default", headers=header),
    ):
        assert answer.status_code == status
        assert answer.headers.get("www-authenticate") == challenge


def test_who_guesses_is_refused_for_a_while_and_nobody_else() -> None:
    with scratch() as client:
        here, neighbour, other = (
            TestClient(client.app, base_url="http://e.org", client=(address, 1))
            for address in ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1")
        )
        wrong = {"authorization": "Bearer guess"}
        statuses = [here.delete("/graphs", headers=wrong).status_code for _ in range(10)]
        refused = [one.delete("/graphs", headers=TOKEN) for one in (here, neighbour)]

        assert statuses == [403] * 10
        for answer in refused:
            assert answer.json()["type"] == "/problems/too-many-failed-tokens"
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "6")
        assert here.get("/healthz").status_code == 200
        assert other.delete("/graphs", headers=wrong).status_code == 403
        assert client.delete("/graphs", headers=TOKEN).status_code == 204


def test_a_store_without_a_token_is_never_written_to(read_only: Client) -> None:
    update = read_only.post("/sparql", data={"update": ONE}, headers=TOKEN)
    delete = read_only.delete("/graphs?default", headers=TOKEN)

    assert [one.json()["type"] for one in (update, delete)] == ["/problems/not-writable"] * 2
    assert [one.status_code for one in (update, delete)] == [403, 403]
    assert len(read_only.lines()) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("entailment", "none"),
        ("view", "readings"),
        ("view", "paper"),
        ("view", "all"),
        ("world", "plans"),
        ("world", "all"),
    ],
)
def test_nothing_is_derived_or_judged_here(client: Client, name: str, value: str) -> None:
    by_get = client.get("/sparql", params={"query": "ASK {}", name: value})
    by_form = client.post("/sparql", data={"query": "ASK {}", name: value})

    for answer in (by_get, by_form):
        assert (answer.status_code, answer.json()["parameter"]) == (400, name)
    assert client.get("/sparql?query=ASK{}&view=&world=&entailment=all").status_code == 200


def test_an_answer_names_no_view(client: Client) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}"})

    assert not [name for name in answer.headers if name.startswith("glocal-")]


def test_the_description_lists_the_graphs_as_they_are(client: Client) -> None:
    client.update(
        "INSERT DATA { <a:s> <a:p> 0 GRAPH <a:g> { <a:s> <a:p> 1, 2 } }; CREATE GRAPH <a:e>"
    )
    text = client.get("/sparql", headers={"accept": "application/n-triples"}).text

    assert [f"<{name}> ." in text for name in ("a:g", "a:e", "a:none")] == [True, True, False]
    assert "SPARQL11Update" in text
    page = client.get("/sparql", headers={"accept": "text/html"}).text
    assert '<tr><td>a:g</td><td></td><td class="number">2</td></tr>' in page


def test_a_browser_asks_and_gets_a_table_without_views_and_reasons(client: Client) -> None:
    client.update("INSERT DATA { <a:s> <a:p> 1, 'ж'@ru }")
    asked = {"query": "SELECT * { ?s ?p ?o } ORDER BY ?o"}
    browser = {"accept": "text/html", "accept-language": "zh"}

    sent = client.post("/sparql", data=asked, headers=browser, follow_redirects=False)
    page = client.get(sent.headers["location"], headers=browser)

    assert sent.status_code == 303
    assert page.headers["cache-control"] == "no-cache"
    link = '<a href="/resource?iri=a%3As" title="a:s"><code>a:s</code></a>'
    assert f'<td data-head="s">{link}</td>' in page.text
    assert (
        '<td data-head="o"><span lang="ru" dir="auto">ж</span> <small>ru</small></td>' in page.text
    )
    assert ">运行</button>" in page.text
    assert not {"view", "world"} & {*re.findall(r'name="(\w+)"', page.text)}
    assert "/sparql/support" not in page.text


def test_a_page_of_an_answer_changes_with_the_store(client: Client) -> None:
    ask = {"query": "ASK { <a:s> ?p ?o }", "lang": "en"}
    before = client.get("/sparql", params=ask, headers={"accept": "text/html"})
    client.update("INSERT DATA { <a:s> <a:p> 1 }")
    after = client.get("/sparql", params=ask, headers={"accept": "text/html"})

    assert "No: nothing matches" in before.text
    assert "Yes: the pattern matches" in after.text
    assert before.headers["etag"] != after.headers["etag"]
