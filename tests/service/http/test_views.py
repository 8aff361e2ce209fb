"""Views and worlds at every door of the service, on a release of four members of a network."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from itertools import product
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from fastapi.testclient import TestClient
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, parse

from kg.content import own_content
from kg.namespaces import GRAPH, ID, PREFIXES
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.derive import derive
from kg.reasoning.derivation.release_graphs import META, assemble_release, premises_of
from kg.reasoning.rules.compiled_rules import write_compiled_rules
from kg.reasoning.rules.rule import read_rules
from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings

pytestmark = pytest.mark.slow

AXIOMS: Final = """
glocal:joins a owl:ObjectProperty .
glocal:chairs a owl:ObjectProperty ; rdfs:subPropertyOf glocal:joins .
"""
CURATED: Final = """
ev:a { id:London glocal:joins id:C40 . }
ev:a a glocal:Evidence ; glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:Fact .
ev:b { id:Lyon glocal:joins id:C40 . }
ev:b a glocal:Evidence ; glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:Thesis .
ev:c { id:Quito glocal:joins id:C40 . }
ev:c a glocal:Evidence ; glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:Reading ;
    glocal:heldBy id:GlocalMaintainers .
ev:d { id:Seoul glocal:chairs id:C40 . }
ev:d a glocal:Evidence ; glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:Claim ;
    glocal:heldBy id:Ann .
id:C40 rdfs:label "C40"@en . id:Seoul rdfs:label "Seoul"@en . id:Ann rdfs:label "Ann"@en .
id:GlocalMaintainers rdfs:label "Maintainers"@en . passage:p01.1 a glocal:Passage .
"""
MEMBERS_QUESTION: Final = """# question (en): Which are its members?
# question (zh): 有哪些成员？
# view: readings
# answer (en): one row per member, by IRI
PREFIX glocal: <https://w3id.org/glocal/ontology#>
SELECT ?x WHERE { ?x glocal:joins ?network } ORDER BY ?x
"""
PROLOGUE: Final = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
MEMBERS: Final = PROLOGUE + "SELECT ?x { ?x glocal:joins id:C40 } ORDER BY ?x"
CSV: Final = {"accept": "text/csv"}
SHOWN: Final[dict[tuple[str, str], list[str]]] = {
    ("facts", ""): ["London"],
    ("paper", ""): ["London", "Lyon"],
    ("readings", ""): ["London", "Lyon", "Quito"],
    ("facts", "Ann"): ["London", "Seoul"],
    ("paper", "Ann"): ["London", "Lyon", "Seoul"],
    ("readings", "Ann"): ["London", "Lyon", "Quito", "Seoul"],
    ("paper", "hypotheses"): ["London", "Lyon"],
}


def quads(text: str, graph: NamedNode) -> list[Quad]:
    found = parse(PROLOGUE + text, format=RdfFormat.TRIG)
    return [Quad(*one.triple, graph) if one.graph_name == DefaultGraph() else one for one in found]


@pytest.fixture(scope="module")
def viewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("viewed")
    (folder / "queries").mkdir()
    (folder / "queries" / "members.rq").write_text(MEMBERS_QUESTION, encoding="utf-8")
    facts, ontology = quads(CURATED, META), quads(AXIOMS, GRAPH["ontology"])
    compiled = compile_axioms(ontology).rules
    rules = [*compiled, *read_rules()]
    content = replace(own_content(), root=folder, queries=folder / "queries")
    content.compiled_rules.write_text(write_compiled_rules(compiled), encoding="utf-8")
    closure = derive(premises_of(facts), rules)
    release = assemble_release(facts, ontology, closure, rules, ID[content.curators])
    store = Store.in_memory(release, {"hash": "c0ffee", "version": "1.0.0"})
    app = create_app(Settings(), store=store, content=content)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def named(view: str, world: str) -> dict[str, str]:
    """The parameters of a view and a world, without those that are empty."""
    return {name: value for name, value in (("view", view), ("world", world)) if value}


def members(answer: httpx2.Response) -> list[str]:
    """The local names in an answer of one column in CSV."""
    return [line.removeprefix(ID) for line in answer.text.splitlines()[1:]]


@pytest.mark.parametrize(("view", "world"), SHOWN)
def test_a_query_is_answered_in_a_view_however_it_is_sent(
    viewed: TestClient, view: str, world: str
) -> None:
    asked, query = named(view, world), {"query": MEMBERS}
    direct = {"content-type": "application/sparql-query", **CSV}

    answers = [
        viewed.get("/sparql", params={**query, **asked}, headers=CSV),
        viewed.post("/sparql", data={**query, **asked}, headers=CSV),
        viewed.post("/sparql", params=asked, data=query, headers=CSV),
        viewed.post("/sparql", params=asked, content=MEMBERS, headers=direct),
    ]

    for answer in answers:
        assert members(answer) == SHOWN[view, world]
        assert answer.headers["glocal-view"] == view
        assert answer.headers.get("glocal-world", "") == world


def test_without_a_view_the_paper_is_shown_and_says_so(viewed: TestClient) -> None:
    for asked in ({}, {"view": ""}, {"view": "", "world": ""}):
        answer = viewed.get("/sparql", params={"query": MEMBERS, **asked}, headers=CSV)

        assert members(answer) == SHOWN["paper", ""]
        assert answer.headers["glocal-view"] == "paper"
        assert "glocal-world" not in answer.headers


@pytest.mark.parametrize("world", ["Ann", "id:Ann", f"{ID}Ann"])
def test_a_world_alone_is_added_to_the_paper(viewed: TestClient, world: str) -> None:
    answer = viewed.get("/sparql", params={"query": MEMBERS, "world": world}, headers=CSV)

    assert members(answer) == SHOWN["paper", "Ann"]
    assert answer.headers["glocal-world"] == "Ann"


def test_without_entailment_a_view_shows_what_is_asserted(viewed: TestClient) -> None:
    asked = {"query": MEMBERS, "entailment": "none", "view": "readings", "world": "Ann"}

    assert members(viewed.get("/sparql", params=asked, headers=CSV)) == SHOWN["readings", ""]


@pytest.mark.parametrize("path", ["/sparql", "/queries/members", "/data/id/C40.ttl"])
def test_each_view_has_its_own_entity_tag_which_only_that_view_meets(
    viewed: TestClient, path: str
) -> None:
    query = {"query": MEMBERS} if path == "/sparql" else {}
    views = {pair: {**query, **named(*pair)} for pair in SHOWN}

    tags = {pair: viewed.get(path, params=asked).headers["etag"] for pair, asked in views.items()}

    assert len(set(tags.values())) == len(SHOWN)
    for one, other in product(SHOWN, repeat=2):
        known = {"if-none-match": tags[other]}
        answer = viewed.get(path, params=views[one], headers=known)
        assert answer.status_code == (304 if one == other else 200)
        assert answer.is_success == (answer.headers.get("glocal-view") == one[0])


def test_kept_answers_of_two_views_are_not_mixed_up(viewed: TestClient) -> None:
    for view, world in (*SHOWN, *reversed(SHOWN)):
        asked = {"query": MEMBERS + " # kept", **named(view, world)}

        assert members(viewed.get("/sparql", params=asked, headers=CSV)) == SHOWN[view, world]


@pytest.mark.parametrize(
    "asked",
    [
        {"query": f"ASK FROM <{GRAPH}meta> {{ ?s ?p ?o }}"},
        {"query": f"ASK FROM NAMED <{GRAPH}meta> {{ ?s ?p ?o }}"},
        {"query": "ASK { ?s ?p ?o }", "default-graph-uri": f"{GRAPH}meta"},
        {"query": "ASK { ?s ?p ?o }", "named-graph-uri": f"{GRAPH}meta"},
    ],
)
@pytest.mark.parametrize("view", [{"view": "readings"}, {"view": "paper"}, {"world": "Ann"}])
def test_a_view_and_a_dataset_exclude_each_other(
    viewed: TestClient, asked: dict[str, str], view: dict[str, str]
) -> None:
    refused = viewed.get("/sparql", params={**asked, **view})

    assert viewed.get("/sparql", params=asked).status_code == 200
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/malformed-parameter")
    assert "view: cannot be combined with FROM or a dataset" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ({"view": "reading"}, "view: expected one of facts, paper, readings, got 'reading'"),
        ({"world": "Anna"}, "got 'Anna'. Did you mean: Ann?"),
        ({"world": "Nobody"}, "world: expected a holder of claims, hypotheses or plans"),
    ],
)
@pytest.mark.parametrize(
    "address",
    [
        f"/sparql?query={MEMBERS.splitlines()[-1]}",
        "/queries/members?",
        "/data/id/C40.html?",
        "/explain?subject=id:London&predicate=glocal:joins&object=id:C40",
    ],
)
def test_an_unknown_view_or_world_is_refused_everywhere(
    viewed: TestClient, asked: dict[str, str], detail: str, address: str
) -> None:
    path, _, parameters = address.partition("?")
    pairs = dict(pair.split("=", 1) for pair in parameters.split("&") if pair)

    answer = viewed.get(path, params={**pairs, **asked})

    assert (answer.status_code, answer.json()["parameter"]) == (400, next(iter(asked)))
    assert detail in answer.json()["detail"]


def test_a_question_is_answered_in_its_own_view_unless_another_is_named(
    viewed: TestClient,
) -> None:
    own = viewed.get("/queries/members", headers=CSV)

    assert (members(own), own.headers["glocal-view"]) == (SHOWN["readings", ""], "readings")
    for (view, world), shown in SHOWN.items():
        answer = viewed.get("/queries/members", params=named(view, world), headers=CSV)
        assert members(answer) == shown
    [listed] = viewed.get("/queries").json()["queries"]
    assert listed["view"] == "readings"


SEOUL: Final = {"subject": "id:Seoul", "predicate": "glocal:joins", "object": "id:C40"}


def test_an_explanation_rests_only_on_what_its_view_shows(viewed: TestClient) -> None:
    anywhere = viewed.get("/explain", params=SEOUL)
    in_world = viewed.get("/explain", params={**SEOUL, "world": "Ann"})
    in_paper = viewed.get("/explain", params={**SEOUL, "view": "paper"})

    assert anywhere.json()["proofs"] == in_world.json()["proofs"]
    [proof] = in_world.json()["proofs"]
    assert (proof["hasStatus"], proof["heldBy"]) == ("glocal:Reading", ["entity:GlocalMaintainers"])
    assert proof["followsFromClaimOf"] == ["entity:Ann"]
    assert (in_paper.status_code, in_paper.json()["type"]) == (404, "/problems/not-derived")
    assert "glocal-view" not in anywhere.headers
    assert in_world.headers["glocal-world"] == "Ann"
    assert anywhere.headers["etag"] != in_world.headers["etag"]


def test_the_page_of_an_explanation_keeps_the_view(viewed: TestClient) -> None:
    page = viewed.get("/explain", params={**SEOUL, "world": "Ann", "format": "html"}).text

    links = [unescape(link) for link in re.findall(r'href="(/id/[^"]*)"', page)]
    assert "/id/Seoul?view=paper&world=Ann" in links
    assert all(link.endswith("?view=paper&world=Ann") for link in links)


def whatif(client: TestClient, update: str, **parameters: str) -> Any:
    """The outcome of an update, with the members before and after it."""
    form = {"update": PROLOGUE + update, "query": MEMBERS, **parameters}
    answer = client.post("/whatif", data=form, headers={"accept": "application/json"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(rows: dict[str, Any]) -> list[str]:
    """The local names in the rows of an answer in JSON."""
    return [row["x"]["value"].removeprefix(ID) for row in rows["results"]["bindings"]]


@pytest.mark.parametrize(("view", "world"), SHOWN)
def test_a_whatif_is_answered_in_a_view(viewed: TestClient, view: str, world: str) -> None:
    update = "INSERT DATA { id:Oslo glocal:chairs id:C40 } ; "
    update += "DELETE DATA { id:Lyon glocal:joins id:C40 }"

    outcome = whatif(viewed, update, **named(view, world))

    gained = {(one["subject"], one["predicate"]) for one in outcome["gained"]}
    assert ("entity:Oslo", "glocal:joins") in gained
    lost = {one["subject"] for one in outcome["lost"]}
    beyond = {one["subject"] for one in outcome["beyond"]}
    assert ("entity:Lyon" in lost, "entity:Lyon" in beyond) == (view != "facts", view == "facts")
    before, after = (names(outcome["answers"][when]) for when in ("before", "after"))
    assert before == SHOWN[view, world]
    assert after == sorted({*before, "Oslo"} - {"Lyon"})


def test_what_is_supposed_of_a_claim_is_gained_in_its_world_only(viewed: TestClient) -> None:
    update = "DELETE DATA { GRAPH ev:d { id:Seoul glocal:chairs id:C40 } }"

    in_paper, in_world = whatif(viewed, update), whatif(viewed, update, world="Ann")

    assert in_paper["lost"] == []
    assert {one["subject"] for one in in_paper["beyond"]} == {"entity:Seoul"}
    assert {one["subject"] for one in in_world["lost"]} == {"entity:Seoul"}
    assert in_world["beyond"] == []


def test_a_resource_leads_to_its_document_in_the_same_view(viewed: TestClient) -> None:
    asked = "view=readings&world=Ann"
    page = {"accept": "text/html"}
    as_turtle = viewed.get(f"/id/C40?{asked}", headers={"accept": "text/turtle"})
    as_page = viewed.get(f"/id/C40?{asked}&lang=zh", headers=page)

    assert as_turtle.headers["location"] == f"/data/id/C40.ttl?{asked}"
    assert as_page.headers["location"] == f"/data/id/C40.html?{asked}&lang=zh"
    negotiated = viewed.get(f"/data/id/C40?{asked}", headers={**page, "accept-language": "en"})
    assert negotiated.headers["content-location"] == f"/data/id/C40.html?{asked}&lang=en"


@pytest.mark.parametrize(("view", "world"), SHOWN)
def test_a_document_says_what_its_view_shows(viewed: TestClient, view: str, world: str) -> None:
    asked = named(view, world)
    as_json = viewed.get("/data/id/C40.jsonld", params=asked)
    turtle = viewed.get("/data/id/C40.nt", params=asked).content

    found = sorted(
        quad.subject.value.removeprefix(ID)
        for quad in parse(turtle, format=RdfFormat.N_TRIPLES)
        if quad.predicate.value.endswith("#joins") and quad.object == ID["C40"]
    )
    assert found == SHOWN[view, world]
    ends = sorted({end for end in SHOWN["readings", "Ann"] if f'"entity:{end}"' in as_json.text})
    assert ends == SHOWN[view, world]
    assert as_json.headers["glocal-view"] == view


def test_a_page_says_its_view_and_leads_to_the_others(viewed: TestClient) -> None:
    page = viewed.get("/data/id/C40.html?world=Ann&lang=en").text

    switch, _, worlds = page.partition('<div class="views">')[2].partition("</p>")
    assert [unescape(link) for link in re.findall(r'href="([^"]*)"', switch)] == [
        "/data/id/C40.html?view=facts&world=Ann&lang=en",
        "/data/id/C40.html?view=readings&world=Ann&lang=en",
    ]
    assert '<b aria-current="true">the paper</b>' in switch
    assert worlds.startswith("\n<details><summary>World: Ann</summary>")
    assert 'href="?view=paper&amp;lang=en&amp;world=hypotheses"' in worlds


def test_links_of_a_page_keep_its_view(viewed: TestClient) -> None:
    page = viewed.get("/data/id/C40.html?view=readings&world=Ann").text
    kept = "view=readings&world=Ann"

    links = [unescape(link) for link in re.findall(r'href="(/[^"]*)"', page)]
    explained = [link for link in links if link.startswith("/explain?")]
    assert (
        f"/explain?subject=id%3ASeoul&predicate=glocal%3Ajoins&object=id%3AC40&{kept}" in explained
    )
    assert all(link.endswith(kept) for link in explained)
    assert f"/id/Seoul?{kept}" in links
    assert all(kept in link for link in links if link.startswith(("/id/", "/source/")))
    assert f"/data/id/C40.ttl?{kept}" in links
    assert {link for link in links if viewed.get(link).is_client_error} == set()


def test_pages_of_the_default_view_name_no_view_in_their_links(viewed: TestClient) -> None:
    page = viewed.get("/data/id/C40.html?lang=en").text

    switch = page.partition('<div class="views">')[2].partition("</div>")[0]
    assert '<b aria-current="true">the paper</b>' in switch
    # What holds only with readings is supposed away in the view that has it.
    supposed = re.findall(r'href="/whatif\?[^"]*&amp;view=readings[^"]*"', page)
    assert len(supposed) == 1
    assert "view=" not in page.replace(switch, "").replace(supposed[0], "")


def test_openapi_describes_view_and_world_everywhere(viewed: TestClient) -> None:
    document = viewed.get("/openapi.json").json()
    paths, schemas = document["paths"], document["components"]["schemas"]

    having = {
        (path, method)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if {"view", "world"} <= {one["name"] for one in operation.get("parameters", ())}
    }
    assert having == {
        ("/sparql", "get"),
        ("/sparql", "post"),
        ("/sparql/support", "get"),
        ("/sparql/support", "post"),
        ("/search", "get"),
        ("/classes", "get"),
        ("/neighbourhood", "get"),
        ("/classes/{name}", "get"),
        ("/queries/{name}", "get"),
        ("/explain", "get"),
        ("/whatif", "get"),
        ("/whatif", "post"),
        ("/{kind}", "get"),
        ("/data/{kind}/{name}", "get"),
        ("/data/{kind}/{name}.jsonld", "get"),
        ("/{kind}/{name}", "get"),
    }
    assert schemas["View"]["enum"] == ["facts", "paper", "readings"]
    for form in (schemas["QueryForm"]["properties"], schemas["WhatIfForm"]["properties"]):
        assert form["view"]["allOf"] == [{"$ref": "#/components/schemas/View"}]
        assert form["world"]["type"] == "string"
