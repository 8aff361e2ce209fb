"""/reconcile as OpenRefine uses it, over the paper's own release."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

ROWS = list(
    csv.DictReader(
        Path(__file__).with_name("reconciliation.csv").read_text(encoding="utf-8").splitlines()
    )
)
OURS = [row for row in ROWS if row["entity"]]
STRANGERS = [row for row in ROWS if not row["entity"]]
# What the specification's schema asks of each candidate.
CANDIDATE = {"id": str, "name": str, "description": str, "score": float, "match": bool}


def ask(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    """The candidates of one query."""
    answer = client.post("/reconcile", data={"queries": json.dumps({"q": query})})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["q"]["result"])


def reconcile(client: TestClient, rows: list[dict[str, str]]) -> list[list[dict[str, Any]]]:
    """The candidates of each row, asked for in batches of ten as OpenRefine does."""
    manifest = client.get("/reconcile").json()
    size = min(10, manifest["batchSize"])
    found = []
    for start in range(0, len(rows), size):
        batch = {
            f"q{number}": {"query": row["query"], "limit": 3}
            for number, row in enumerate(rows[start : start + size])
        }
        answer = client.post("/reconcile", data={"queries": json.dumps(batch)}).json()
        assert list(answer) == list(batch)
        found += [one["result"] for one in answer.values()]
    return found


def test_sixty_names_of_the_paper_are_right_at_rank_one(paper: TestClient) -> None:
    found = reconcile(paper, OURS)

    wrong = [
        (row["query"], row["entity"], [one["id"] for one in result])
        for row, result in zip(OURS, found, strict=True)
        if not result or result[0]["id"] != row["entity"]
    ]
    assert (len(OURS), wrong) == (60, [])
    matched = sum(result[0]["match"] for result in found)
    assert matched == 56


def test_no_stranger_is_matched(paper: TestClient) -> None:
    found = reconcile(paper, STRANGERS)

    assert len(STRANGERS) == 10
    assert [one["id"] for result in found for one in result if one["match"]] == []
    assert all(one["score"] < 90 for result in found for one in result)


def test_candidates_have_the_form_of_the_specification(paper: TestClient) -> None:
    results = reconcile(paper, ROWS)

    for result in results:
        assert [one["score"] for one in result] == sorted(
            (one["score"] for one in result), reverse=True
        )
        for one in result:
            assert {name: type(one[name]) for name in CANDIDATE} == CANDIDATE
            assert all(set(kind) == {"id", "name"} for kind in one["type"])
            assert all(set(feature) == {"id", "value"} for feature in one["features"])
            assert sum(other["match"] for other in result) <= 1


def test_the_manifest_leads_to_everything_that_it_offers(paper: TestClient) -> None:
    manifest = paper.get("/reconcile").json()

    assert manifest["versions"] == ["0.2"]
    assert manifest["identifierSpace"] == "https://w3id.org/glocal/id/"
    assert manifest["schemaSpace"] == "https://w3id.org/glocal/ontology#"
    for kind, identifier in (("entity", "London"), ("type", "City"), ("property", "cityOf")):
        offered = manifest["suggest"][kind]
        suggested = paper.get(
            offered["service_url"] + offered["service_path"], params={"prefix": identifier.lower()}
        ).json()["result"]
        assert suggested[0]["id"] == identifier
        path = offered["flyout_service_path"].replace("${id}", identifier)
        flyout = paper.get(offered["flyout_service_url"] + path).json()
        assert flyout["id"] == identifier
        assert flyout["html"].startswith("<p><b>")
    view, preview = (
        manifest[name]["url"].replace("{{id}}", "London") for name in ("view", "preview")
    )
    assert paper.get(view).status_code == 303
    assert '<span lang="zh">伦敦</span>' in paper.get(preview).text


def test_a_type_is_a_demand_and_with_should_a_wish(paper: TestClient) -> None:
    (state,) = ask(paper, query="Singapore", type="State", limit=1)
    wished = ask(paper, query="Singapore", type=["State"], type_strict="should", limit=2)

    assert (state["id"], state["match"]) == ("SingaporeState", True)
    assert [(one["id"], one["match"]) for one in wished] == [
        ("SingaporeState", True),
        ("Singapore", False),
    ]
    assert ask(paper, query="London", type="State") == []


def test_a_property_tells_two_of_one_name_apart(paper: TestClient) -> None:
    alone = ask(paper, query="Singapore", limit=2)
    told = ask(
        paper,
        query="新加坡",
        properties=[{"pid": "cityOf", "v": {"id": "SingaporeState"}}],
        limit=2,
    )

    assert [one["match"] for one in alone] == [False, False]
    assert [(one["id"], one["name"], one["match"]) for one in told] == [
        ("Singapore", "新加坡", True),
        ("SingaporeState", "新加坡共和国", False),
    ]
    assert told[0]["features"] == [
        {"id": "name", "value": 100.0},
        {"id": "properties", "value": 100.0},
    ]


def test_a_property_that_does_not_fit_takes_the_match_away(paper: TestClient) -> None:
    properties = [{"pid": "cityOf", "v": "Germany"}]
    first = ask(paper, query="London", properties=properties)[0]

    assert (first["id"], first["match"]) == ("London", False)
    assert first["score"] < 90


def test_properties_alone_find_an_entity(paper: TestClient) -> None:
    (london,) = ask(paper, properties=[{"pid": "skos:exactMatch", "v": "Q84"}])
    cities = ask(paper, properties=[{"pid": "cityOf", "v": "日本"}])

    assert (london["id"], london["score"], london["match"]) == ("London", 100, True)
    assert [one["id"] for one in cities] == ["Tokyo"]


def test_an_address_answers_what_a_form_answers(paper: TestClient) -> None:
    queries = json.dumps({"q0": {"query": "C40"}})

    by_address = paper.get("/reconcile", params={"queries": queries})
    by_form = paper.post("/reconcile", data={"queries": queries})

    assert by_address.json() == by_form.json()
    assert by_address.headers["access-control-allow-origin"] == "*"


def test_data_extension_gives_entities_texts_and_numbers(paper: TestClient) -> None:
    query = {
        "ids": ["London", "Nowhere"],
        "properties": [
            {"id": "cityOf"},
            {"id": "rdfs:label", "settings": {"language": "zh"}},
            {"id": "skos:exactMatch", "settings": {"limit": 1}},
        ],
    }
    answer = paper.post("/reconcile", data={"extend": json.dumps(query)}).json()

    assert answer["meta"][0] == {"id": "cityOf", "name": "is a city of"}
    assert answer["rows"]["London"] == {
        "cityOf": [{"id": "UnitedKingdom", "name": "United Kingdom"}],
        "rdfs:label": [{"str": "伦敦"}],
        "skos:exactMatch": [{"str": "http://www.wikidata.org/entity/Q84"}],
    }
    assert set(map(str, answer["rows"]["Nowhere"].values())) == {"[]"}


def test_a_type_proposes_its_properties(paper: TestClient) -> None:
    proposal = paper.get("/reconcile/properties", params={"type": "City", "limit": 10}).json()

    assert (proposal["type"], proposal["limit"]) == ("City", 10)
    assert "cityOf" in [one["id"] for one in proposal["properties"]]


def test_without_a_type_the_commonest_properties_are_proposed(paper: TestClient) -> None:
    bare, empty = (
        paper.get(f"/reconcile/properties{query}").json() for query in ("", "?type=&limit=100")
    )

    assert bare == empty
    assert "type" not in bare
    names = [one["id"] for one in bare["properties"]]
    assert len(names) == 100
    assert {"rdfs:label", "dcterms:description"} <= set(names[:5])
    assert "skos:exactMatch" in names


def test_suggestions_come_by_pages(paper: TestClient) -> None:
    first, second = (
        paper.get("/reconcile/suggest/entity", params={"prefix": "g", "cursor": cursor}).json()
        for cursor in (0, 10)
    )

    ids = [one["id"] for one in first["result"] + second["result"]]
    assert len(first["result"]) == 10
    assert len(set(ids)) == len(ids) > 10
    assert "G7" in ids
    assert first["cursor"] == 10
    last = paper.get("/reconcile/suggest/type", params={"prefix": "state"}).json()
    assert "cursor" not in last


@pytest.mark.parametrize(
    ("kind", "identifier", "label"),
    [
        *(
            ("entity", name, '<span lang="zh">伦敦</span>')
            for name in (
                "London",
                "id:London",
                "entity:London",
                "https://w3id.org/glocal/id/London",
            )
        ),
        ("type", "https://w3id.org/glocal/ontology#City", '<span lang="en">city</span>'),
        ("type", "glocal:City", '<span lang="en">city</span>'),
        *(
            ("property", name, '<span lang="en">was founded on</span>')
            for name in ("https://w3id.org/glocal/ontology#foundedOn", "foundedOn")
        ),
    ],
)
def test_a_thing_or_term_is_described_by_local_name_curie_or_iri(
    paper: TestClient, kind: str, identifier: str, label: str
) -> None:
    flyout = paper.get(f"/reconcile/flyout/{kind}", params={"id": identifier}).json()

    assert flyout["id"] == identifier
    assert label in flyout["html"]
    if kind == "entity":
        assert label in paper.get("/reconcile/preview", params={"id": identifier}).text


def test_a_candidate_is_described_in_the_language_of_the_query(paper: TestClient) -> None:
    english, chinese = (ask(paper, query=name, limit=1)[0] for name in ("London", "倫敦"))

    assert english["description"].startswith("capital and largest city of the United Kingdom")
    assert chinese["description"].startswith("英国首都和最大城市")
    suggested = paper.get("/reconcile/suggest/entity", params={"prefix": "伦敦"}).json()["result"]
    assert (suggested[0]["name"], suggested[0]["description"]) == (
        "伦敦",
        chinese["description"],
    )


MANY = json.dumps({f"q{number}": {"query": "London"} for number in range(10_000)})


@pytest.mark.parametrize(
    ("form", "status", "part"),
    [
        ({"queries": MANY}, 413, "has more than 200 queries in a batch"),
        ({"queries": "x" * 4_000_001}, 413, "has more than 4,000,000 bytes"),
        ({"queries": '{"q":'}, 400, "is not JSON (line 1, column 6)"),
        ({"queries": "[" * 100_000}, 400, "too deep or too large"),
        ({"queries": "[]"}, 400, "queries: expected an object in braces"),
        ({"queries": '{"\\ud800": {"query": "x"}}'}, 400, "queries: expected a string"),
        ({"extend": "{}"}, 400, "extend.ids: expected an array in brackets"),
        ({"extend": '{"ids": [1], "properties": []}'}, 400, "extend.ids: expected a string"),
        ({"queries": "{}", "extend": "{}"}, 400, "expected either queries or extend"),
        ({"query": "London"}, 400, "expected either queries or extend"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_input_is_a_problem_that_says_what_would_be_right(
    paper: TestClient, form: dict[str, str], status: int, part: str
) -> None:
    answer = paper.post("/reconcile", data=form)

    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.status_code == status
    assert part in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ({}, "queries.q: expected a query, properties, or both"),
        ("London", "queries.q: expected an object in braces"),
        ({"query": "x" * 1_000_000}, "queries.q.query: is longer than 500 characters"),
        ({"query": "\ud800"}, "queries.q.query: expected a string of valid Unicode"),
        ({"query": 7}, "queries.q.query: expected a string"),
        ({"query": "x", "limit": 0}, "queries.q.limit: expected a whole number, at least 1"),
        (
            {"query": "x", "type": "Citty"},
            "queries.q.type: Unknown type 'Citty'. Did you mean: City",
        ),
        ({"query": "x", "type_strict": "no"}, "expected one of any, all, should"),
        ({"query": "x", "properties": [{"pid": "cityOff", "v": 1}]}, "Did you mean: cityOf"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_query_with_a_mistake_says_so_and_the_others_are_answered(
    paper: TestClient, query: Any, part: str
) -> None:
    batch = {"first": {"query": "London"}, "q": query, "blank": {"query": " "}}
    batch |= {"last": {"query": "巴黎"}}
    answer = paper.post("/reconcile", data={"queries": json.dumps(batch)}).json()

    assert list(answer) == ["first", "q", "blank", "last"]
    assert [answer[name]["result"][0]["id"] for name in ("first", "last")] == ["London", "Paris"]
    assert answer["q"]["result"] == []
    assert part in answer["q"]["error"]
    assert answer["blank"] == {"result": []}


def test_a_batch_that_takes_too_long_is_ended(store: Store) -> None:
    app = create_app(Settings(max_query_seconds=0.00001), store=store)
    batch = json.dumps({str(number): {"query": f"Londno {number}"} for number in range(200)})

    with TestClient(app) as hurried:
        answer = hurried.post("/reconcile", data={"queries": batch})

    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/query-timed-out")


def test_a_body_that_is_no_form_is_refused(paper: TestClient) -> None:
    answer = paper.post("/reconcile", json={"queries": {}})

    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")


@pytest.mark.parametrize(
    ("path", "status", "part"),
    [
        ("suggest/entity", 400, "prefix"),
        (f"suggest/entity?prefix={'x' * 501}", 400, "at most 500 characters"),
        ("suggest/entity?prefix=x&cursor=-1", 400, "a whole number, 0 or greater"),
        ("suggest/colour?prefix=x", 404, "Unknown path"),
        ("flyout/entity?id=Londo", 404, "Did you mean: London"),
        ("flyout/type?id=Citty", 404, "Did you mean: City"),
        ("preview?id=Londo", 404, "Did you mean: London"),
        ("preview", 400, "expected the identifier of a thing"),
        ("properties?type=Citty", 404, "Did you mean: City"),
        ("properties?type=City&limit=0", 400, "a whole number, 1 or greater"),
    ],
)
def test_a_bad_address_is_a_problem_too(
    paper: TestClient, path: str, status: int, part: str
) -> None:
    answer = paper.get(f"/reconcile/{path}")

    assert answer.status_code == status
    assert part in answer.json()["detail"]


def test_html_says_nothing_but_text(paper: TestClient) -> None:
    page = paper.get("/reconcile/preview?id=C40").text

    tags = {"html", "link", "meta", "title", "style", "main", "p", "b", "span", "a"}
    assert set(re.findall(r"<(\w+)", page)) <= tags
