"""/sparql/support on the project's own release: for programs as JSON, for people as a page."""

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fastapi.testclient import TestClient

from kg.namespaces import EVIDENCE, GLOCAL, ID, PREFIXES, SOURCE
from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("glocal", "id", "rdfs"))
FOUNDED = f"{PROLOGUE}SELECT ?city {{ id:C40 glocal:foundedAt ?city }}"
CO_MEMBERS = f"""{PROLOGUE}
SELECT ?other ?name {{
    id:Shanghai glocal:coMemberWith ?other ; glocal:memberOf ?network .
    ?other glocal:memberOf ?network ; rdfs:label ?name
}}"""
MEMBERS = f"""{PROLOGUE}
SELECT ?network (COUNT(?city) AS ?n) {{ ?city glocal:memberOf ?network }} GROUP BY ?network"""
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def iri(name: str) -> dict[str, str]:
    return {"type": "uri", "value": ID[name].value}


def rows_of(client: TestClient, query: str, **options: str) -> list[dict[str, Any]]:
    answer = client.post("/sparql", data={"query": query, **options})
    rows: list[dict[str, Any]] = answer.json()["results"]["bindings"]
    return rows


def ask(client: TestClient, query: str, *rows: object, **options: str) -> Any:
    """Send the form of the table of results, for JSON."""
    form = {"query": query, "row": [*map(json.dumps, rows)], **options}
    return client.post("/sparql/support", data=form)


def form_of(query: str, row: object, **options: str) -> dict[str, str]:
    return {"query": query, "row": json.dumps(row), **options}


def show(client: TestClient, form: dict[str, str]) -> Any:
    """Send the form as a browser does, which follows to the page."""
    return client.post("/sparql/support", data=form, headers=BROWSER, follow_redirects=True)


class Page(HTMLParser):
    """The texts of a page by the element that directly has them, and its links and forms."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.links: dict[str, dict[str, str]] = {}
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str]] = []
        self.text = ""
        self._link: dict[str, str] | None = None
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._link = values
        if tag == "input" and values.get("type") == "hidden":
            self.fields.append((values["name"], values["value"]))
        if tag == "button" and "name" in values:
            self.buttons.append((values["name"], values["value"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._link is not None:
            self.links.setdefault(data, self._link)


def test_a_row_has_its_triples_with_status_passage_and_proof(paper: TestClient) -> None:
    answer = ask(paper, FOUNDED, {"city": iri("London")})

    assert answer.headers["content-type"] == "application/json"
    [row] = answer.json()["rows"]
    [triple] = row.pop("triples")
    assert row == {
        "row": {"city": iri("London")},
        "found": True,
        "weakest": {"status": GLOCAL["CitedData"].value, "derived": False},
        "solutions": 1,
        "traced": 1,
        "examined": 1,
        "complete": True,
    }
    assert (triple["subject"], triple["object"]) == (iri("C40"), iri("London"))
    assert (triple["status"], triple["derived"]) == (GLOCAL["CitedData"].value, False)
    [ground] = [one for one in triple["grounds"] if not one["derived"]]
    assert ground["graph"].startswith(EVIDENCE)
    assert [one.startswith(SOURCE) for one in ground["passages"]] == [True]
    assert paper.get(triple["explanation"]).json()["proofs"]


def test_the_rows_of_an_answer_are_traced_together(paper: TestClient) -> None:
    rows = rows_of(paper, CO_MEMBERS)

    found = ask(paper, CO_MEMBERS, *rows).json()["rows"]

    assert [one["row"] for one in found] == rows
    assert {one["found"] for one in found} == {True}
    for one in found:
        triples = {
            triple["predicate"]["value"].rpartition("#")[2]: triple for triple in one["triples"]
        }
        assert set(triples) == {"coMemberWith", "memberOf", "label"}
        assert triples["coMemberWith"]["derived"]
        assert triples["label"]["object"] == one["row"]["name"]
        assert "status" not in triples["label"]


def test_the_same_question_can_be_sent_as_json(paper: TestClient) -> None:
    question = {"query": MEMBERS, "rows": [{"network": iri("C40")}], "limit": 2}

    answer = paper.post("/sparql/support", json=question).json()

    [row] = answer["rows"]
    assert (row["traced"], len(row["triples"])) == (2, 2)
    [members] = [
        one["n"]["value"] for one in rows_of(paper, MEMBERS) if one["network"] == iri("C40")
    ]
    assert (row["solutions"], row["examined"], row["complete"]) == (int(members),) * 2 + (True,)
    assert answer["untraced"] == []


def test_of_what_is_not_traced_the_status_is_a_bound(paper: TestClient) -> None:
    where = "?city glocal:memberOf ?network FILTER EXISTS { ?city ?p ?o }"
    query = f"{PROLOGUE}SELECT ?network (COUNT(*) AS ?n) {{ {where} }} GROUP BY ?network"

    answer = ask(paper, query, {"network": iri("C40")}).json()
    page = show(paper, form_of(query, {"network": iri("C40")})).text

    [row] = answer["rows"]
    assert [one["kind"] for one in answer["untraced"]] == ["exists"]
    assert ("weakest" in row, "atMost" in row, row["complete"]) == (False, True, False)
    assert "At most as strong as: fact" in Page(page).text
    assert "Not all that it rests on was traced." in page


def test_what_holds_only_in_a_view_or_world_is_found_there(paper: TestClient) -> None:
    query = f"{PROLOGUE}SELECT ?s ?o {{ ?s glocal:participatesInGoverning ?o }}"
    shown = rows_of(paper, query)
    [row, *_] = [one for one in rows_of(paper, query, view="readings") if one not in shown]

    [outside] = ask(paper, query, row).json()["rows"]
    answer = ask(paper, query, row, view="readings")

    assert not outside["found"]
    assert answer.headers["glocal-view"] == "readings"
    [inside] = answer.json()["rows"]
    assert inside["weakest"]["status"] == GLOCAL["Reading"].value
    assert inside["triples"][0]["explanation"].endswith("&view=readings")


@pytest.mark.parametrize(
    ("query", "rows", "options", "status", "said"),
    [
        (FOUNDED, [], {}, 400, "row: is missing; expected a row such as"),
        ("", [{}], {}, 400, "query: is missing"),
        (FOUNDED, [{"town": iri("London")}], {}, 400, "row: expected only ?city, got ?town"),
        (FOUNDED, ["London"], {}, 400, "row: expected a row such as"),
        (FOUNDED, [{"city": {"type": "uri", "value": "a b"}}], {}, 400, "expected a row such as"),
        (FOUNDED, [{}] * 201, {}, 400, "row: is given 201 times; expected at most 200"),
        (FOUNDED, [{}], {"limit": "2001"}, 400, "expected a number from 1 to 2000, got '2001'"),
        (FOUNDED, [{}] * 200, {"limit": "11"}, 400, "expected a number from 1 to 10, got '11'"),
        ("ASK {}", [{}], {}, 403, "expected a SELECT, since only its answers have rows"),
        ("SELECT ?a {", [{}], {}, 400, "line 1, column 12"),
        ("SELECT ?a FROM <a:b> { ?a ?b ?c }", [{}], {"view": "facts"}, 400, "cannot be combined"),
        (FOUNDED, [{}, {}], {"format": "html"}, 400, "row: expected one row for a page, got 2"),
    ],
)
def test_what_is_wrong_is_said(
    paper: TestClient,
    query: str,
    rows: list[object],
    options: dict[str, str],
    status: int,
    said: str,
) -> None:
    answer = ask(paper, query, *rows, **options)

    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_json_of_another_form_is_refused(paper: TestClient) -> None:
    for body in ("[]", "{", '{"query": "SELECT * {}", "rows": 1}'):
        headers = {"content-type": "application/json"}
        answer = paper.post("/sparql/support", content=body, headers=headers)

        assert answer.status_code == 400
        assert "the body: expected JSON such as" in answer.json()["detail"]


def test_a_runaway_ends_at_the_time_limit_of_queries(store: Store) -> None:
    cross = " ".join(f"?s{at} ?p{at} ?o{at} ." for at in range(9))
    whole = ", ".join(f"STR(?o{at})" for at in range(9))
    runaway = f"SELECT ?o0 {{ {cross} FILTER(STRLEN(CONCAT({whole})) < 0) }}"

    with TestClient(create_app(Settings(max_query_seconds=1), store=store)) as hurried:
        # On a busy machine, the evaluators may not have started at first.
        answers = (ask(hurried, runaway, {}) for _ in range(10))
        answer = next(one for one in answers if one.status_code != 503)

    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/query-timed-out")


def test_a_page_shows_one_row_with_why_and_the_way_back(paper: TestClient) -> None:
    [row, *_] = rows_of(paper, CO_MEMBERS)

    answer = show(paper, form_of(CO_MEMBERS, row))

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == "en"
    page = Page(answer.text)
    assert row["name"]["value"] in page.text
    assert "As strong as its weakest statement: derived: fact" in page.text
    why = page.links["why?"]
    assert f'id="{why["aria-describedby"]}"' in answer.text
    assert paper.get(why["href"]).status_code == 200
    shared = page.links["Link to this page"]["href"]
    assert paper.get(shared, headers=BROWSER).text == answer.text
    [described] = paper.get(page.links["JSON"]["href"]).json()["rows"]
    assert described["row"] == row
    back = page.links["Back to the result"]["href"]
    assert paper.get(back).json()["results"]["bindings"] == rows_of(paper, CO_MEMBERS)


def test_the_page_has_an_address_in_each_language(paper: TestClient) -> None:
    chinese = show(paper, form_of(FOUNDED, {"city": iri("London")}, lang="zh"))
    page = Page(chinese.text)
    english = paper.get(page.links["English"]["href"], headers=BROWSER)

    assert chinese.headers["content-language"] == "zh"
    assert "为何有此行" in page.text
    assert page.links["为什么？"]["href"].endswith("&lang=zh")
    assert "伦敦" in page.text
    assert english.headers["content-language"] == "en"
    assert "Why this row" in english.text
    unchanged = {"if-none-match": english.headers["etag"], **BROWSER}
    assert paper.get(page.links["English"]["href"], headers=unchanged).status_code == 304


def test_further_matches_are_listed_on_request(paper: TestClient) -> None:
    query = f"{PROLOGUE}SELECT (COUNT(?city) AS ?n) {{ ?city a glocal:City }}"
    [row] = rows_of(paper, query)

    first = Page(show(paper, form_of(query, row)).text)
    every = show(paper, dict([*first.fields, *first.buttons]))

    assert f"{row['n']['value']} matches of the query give this row" in first.text
    assert first.buttons == [("limit", "200")]
    assert "matches of the query give this row" not in every.text
    shared = paper.get(Page(every.text).links["Link to this page"]["href"], headers=BROWSER)
    assert shared.text == every.text
    assert "As strong as the weakest statement of all its matches" in every.text


def test_a_row_that_is_not_in_the_answer_is_told_so(paper: TestClient) -> None:
    page = show(paper, form_of(FOUNDED, {"city": iri("Beijing")})).text

    assert '<div class="alert" role="alert"><p>This row is not in the answer to the query' in page
    assert "What it rests on" not in page


def test_markup_in_a_row_or_query_is_text(paper: TestClient) -> None:
    query = "SELECT ?x { ?city a ?class BIND('<script>' AS ?x) } # <img>"

    page = show(paper, form_of(query, {"x": {"type": "literal", "value": "<script>"}})).text

    assert "<td>&lt;script&gt;</td>" in page
    assert "<script>" not in page
    assert "# <img>" not in page


def test_a_query_that_no_address_can_hold_goes_back_by_a_form(paper: TestClient) -> None:
    query = FOUNDED + "\n#" + "x" * 40_000

    page = Page(show(paper, form_of(query, {"city": iri("London")})).text)

    assert not {"Back to the result", "Link to this page"} & set(page.links)
    assert "cannot be shared by a link" in page.text
    assert page.buttons == [("format", "json"), ("format", "html")]
    assert dict(page.fields)["query"] == query
    sent = dict([*page.fields, page.buttons[0]])
    assert paper.post("/sparql/support", data=sent).json()["rows"][0]["found"]


def test_the_page_of_a_form_has_an_address_to_come_back_to(paper: TestClient) -> None:
    options = {"view": "facts", "cells": "both", "show": "graph", "lang": "zh"}
    form = form_of(FOUNDED.replace("\n", "\r\n"), {"city": iri("London")}, **options)

    answer = paper.post("/sparql/support", data=form, headers=BROWSER)

    address = urlsplit(answer.headers["location"])
    assert (answer.status_code, address.path) == (303, "/sparql/support")
    assert dict(parse_qsl(address.query)) == {**form, "query": FOUNDED}
    assert "glocal-warning" not in answer.headers
    page = paper.get(answer.headers["location"], headers=BROWSER)
    assert (page.status_code, page.headers["content-language"]) == (200, "zh")
    assert "glocal-warning" not in page.headers
    back = urlsplit(Page(page.text).links["返回结果"]["href"])
    assert dict(parse_qsl(back.query)) == {
        name: value for name, value in {**form, "query": FOUNDED}.items() if name != "row"
    }
    for program in ({"accept": "application/json"}, {}):
        same = paper.post("/sparql/support", data=form, headers=program)
        assert same.json()["rows"][0]["found"]


def test_a_page_chosen_by_its_format_keeps_it_in_its_address(paper: TestClient) -> None:
    form = form_of(FOUNDED, {"city": iri("London")}, format="html")

    answer = paper.post("/sparql/support", data=form, follow_redirects=True)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert dict(parse_qsl(answer.url.query.decode())) == form


def test_the_only_statement_of_a_row_has_its_rule_and_premises_if_it_is_derived(
    paper: TestClient,
) -> None:
    query = f"{PROLOGUE}SELECT ?other {{ id:Shanghai glocal:coMemberWith ?other }}"
    [row, *_] = rows_of(paper, query)
    statement = {"subject": "id:Shanghai", "predicate": "glocal:coMemberWith"}
    statement["object"] = row["other"]["value"]
    explained = paper.get("/explain", params=statement, headers=BROWSER).text

    page = paper.get("/sparql/support", params=form_of(query, row), headers=BROWSER).text

    step = page.partition('<div class="last-step">')[2].partition("</div>")[0]
    rule = step.partition('<p class="rule">')[2].partition("</p>")[0]
    assert rule.startswith("because: ")
    assert rule in explained
    assert step.count('<p id="premise-') >= 2
    assert 'href="/id/Shanghai"' in step
    assert '<span class="grounds">' in step
    asserted = form_of(FOUNDED, {"city": iri("London")})
    assert "last-step" not in paper.get("/sparql/support", params=asserted, headers=BROWSER).text
