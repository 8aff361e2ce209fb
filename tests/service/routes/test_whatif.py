"""/whatif on the paper's own release."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import RdfFormat, parse

from kg.namespaces import PREFIXES
from kg.reasoning.whatif.patches import MEDIA_TYPES
from service.routes.whatif import RDF_TYPES
from tests.service.pages.things.test_resource_page import Outline

pytestmark = pytest.mark.slow

UPDATE = "application/sparql-update"
PROLOGUE = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
COMPACTED = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"'
NO_FOUNDER = "DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }"
WITHDRAWAL = "INSERT DATA { id:London glocal:withdrewFrom id:ParisAgreement }"
# Whose part in it the paper does not state.
READINGS = {"view": "readings"}
LAUNCH = "id:London glocal:contributedToLaunchOf id:CitiesAndClimateChangeInitiative"


def post(client: TestClient, text: str, media_type: str = UPDATE, **options: Any) -> Any:
    headers = {"Content-Type": media_type, **options.pop("headers", {})}
    return client.post("/whatif", content=PROLOGUE + text, headers=headers, **options)


def names(changes: list[dict[str, Any]]) -> list[str]:
    """The triples of changes, with the prefix that entities have in SPARQL."""

    def name(term: Any) -> str:
        return re.sub("^entity:", "id:", term["id"] if isinstance(term, dict) else term)

    return [
        " ".join(name(one[part]) for part in ("subject", "predicate", "object")) for one in changes
    ]


def test_without_the_founder_london_had_no_part_in_the_launch(paper: TestClient) -> None:
    answer = post(paper, NO_FOUNDER, params={**READINGS, "proofs": "1"})

    assert answer.headers["content-type"].startswith("application/ld+json;")
    assert answer.headers["cache-control"] == "no-store"
    outcome = answer.json()
    assert LAUNCH in names(outcome["lost"])
    assert (outcome["gained"], outcome["contradictions"]) == ([], [])
    lost = dict(zip(names(outcome["lost"]), outcome["lost"], strict=True))[LAUNCH]
    assert (lost["before"], lost["after"]) == ({"hasBase": "glocal:Reading"}, None)
    assert "passage:p10.n2" in str(lost["premises"])


def test_a_contradiction_is_an_answer_with_its_proof(paper: TestClient) -> None:
    answer = post(paper, WITHDRAWAL, params={"proofs": "1"})

    assert answer.status_code == 200
    [clash] = answer.json()["contradictions"]
    assert clash["derivation"]["association"]["plan"]["id"] == "rule:cax-adc-City-State"
    assert names(clash["premises"]) == [
        "id:London rdf:type glocal:City",
        "id:London rdf:type glocal:State",
    ]
    assert names(clash["premises"][1]["premises"]) == [
        "id:London glocal:withdrewFrom id:ParisAgreement"
    ]


def test_trig_adds_and_removes_as_the_update_does(paper: TestClient) -> None:
    trig = "graph:removed { id:C40 glocal:initiatedBy id:KenLivingstone }"

    assert post(paper, trig, "application/trig").json() == post(paper, NO_FOUNDER).json()


def test_a_form_brings_the_update_and_all_else(paper: TestClient) -> None:
    form = {"update": PROLOGUE + NO_FOUNDER, "proofs": "0", "format": "txt", "query": "ASK {}"}

    answer = paper.post("/whatif", data=form)

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.endswith("\nAnswer: yes now, yes then\n")


def test_the_context_stands_in_the_outcome_if_that_is_wanted(paper: TestClient) -> None:
    answer = post(paper, NO_FOUNDER, params={"context": "inline"})

    ours, own = answer.json()["@context"]
    assert (ours["GlobalCity"], own["proofs"]["@id"]) == ("glocal:GlobalCity", "prov:hadMember")


@pytest.mark.parametrize(
    ("accept", "content_type", "said"),
    [
        ("application/json", "application/json", '"lost"'),
        ("application/ld+json", COMPACTED, '"@context"'),
        ("text/turtle", "text/turtle; charset=utf-8", "prov:invalidated"),
        ("text/plain", "text/plain; charset=utf-8", f"- {LAUNCH}  [Reading of id:Glocal"),
    ],
)
def test_the_outcome_comes_in_the_form_that_is_asked_for(
    paper: TestClient, accept: str, content_type: str, said: str
) -> None:
    answer = post(paper, NO_FOUNDER, params=READINGS, headers={"Accept": accept})

    assert answer.headers["content-type"] == content_type
    assert said in answer.text


def test_the_json_ld_says_what_the_turtle_says(paper: TestClient) -> None:
    document = post(paper, NO_FOUNDER).json()
    document["@context"] = document["@context"][1]

    quads = parse(json.dumps(document), format=RdfFormat.JSON_LD)
    from_json = {str(one.predicate) for one in quads}
    turtle = post(paper, NO_FOUNDER, params={"format": "ttl"}).content
    from_turtle = {str(one.predicate) for one in parse(turtle, format=RdfFormat.TURTLE)}
    assert from_json == from_turtle
    assert "<http://www.w3.org/ns/prov#invalidated>" in from_json


def test_proofs_are_left_out_unless_they_are_asked_for(paper: TestClient) -> None:
    lost = post(paper, NO_FOUNDER).json()["lost"]

    assert not any("premises" in one or "evidence" in one for one in lost)
    assert sum("derivation" in one for one in lost) == len(lost) - 1


def test_the_changes_come_in_pages_and_are_counted_on_each(paper: TestClient) -> None:
    members = " ".join(
        f"id:City{number} a glocal:City ; glocal:memberOf id:C40 ." for number in "12"
    )
    patch = f"INSERT DATA {{ {members} id:London glocal:withdrewFrom id:ParisAgreement }}"
    whole = post(paper, patch, params={"limit": "20000"}).json()
    lists = ("contradictions", "gained", "lost", "shifted", "beyond")
    total = sum(whole["counts"].values())

    pages = [
        post(paper, patch, params={"limit": "50", "offset": str(offset)}).json()
        for offset in range(0, total + 50, 50)
    ]

    assert {name: len(whole[name]) for name in lists} == whole["counts"]
    assert all(page["counts"] == whole["counts"] for page in pages)
    assert [sum(len(page[name]) for name in lists) for page in pages][:-2] == [50] * (total // 50)
    for name in lists:
        assert [one for page in pages for one in page[name]] == whole[name]
    assert pages[0]["contradictions"] == whole["contradictions"] != []


def test_a_query_is_answered_as_things_are_and_as_they_would_be(paper: TestClient) -> None:
    ask = f"{PROLOGUE} ASK {{ {LAUNCH} }}"

    answers = post(paper, NO_FOUNDER, params={**READINGS, "query": ask}).json()["answers"]

    assert (answers["before"]["boolean"], answers["after"]["boolean"]) == (True, False)


@pytest.mark.parametrize(
    ("text", "status", "slug", "said"),
    [
        ("INSERT DATA {\n id:London }", 400, "malformed-patch", "found '}'"),
        ("INSERT DATA { x:London a id:C40 }", 400, "malformed-patch", "'x:' is not declared"),
        ("INSERT DATA { a a " + "[" * 300 + "]" * 300 + "}", 400, "malformed-patch", "found"),
        ("LOAD <http://x/>", 422, "refused-patch", "LOAD is not allowed"),
        ("DELETE WHERE { ?s ?p ?o }", 422, "refused-patch", "DELETE without DATA"),
        ("", 422, "refused-patch", "adds nothing and removes nothing"),
        ("INSERT DATA { GRAPH graph:derived { id:A a glocal:City } }", 422, "refused-patch", "no"),
        ("INSERT DATA { id:A glocal:membrOf id:C40 }", 422, "refused-patch", "glocal:memberOf"),
    ],
)
def test_a_wrong_patch_is_a_problem_document(
    paper: TestClient, text: str, status: int, slug: str, said: str
) -> None:
    answer = post(paper, text)

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert said in answer.json()["detail"]


def test_a_malformed_patch_is_told_its_line_and_column(paper: TestClient) -> None:
    problem = post(paper, "INSERT DATA {\n id:London }").json()

    assert (problem["line"], problem["column"]) == (2, 12)


@pytest.mark.parametrize(
    ("options", "status", "slug"),
    [
        ({"params": {"query": "SELECT {"}}, 400, "malformed-query"),
        ({"params": {"query": "CONSTRUCT WHERE { ?s ?p ?o }"}}, 403, "refused-query"),
        ({"params": {"query": "ASK { SERVICE <http://x/> {} }"}}, 403, "refused-query"),
        ({"params": {"proofs": "yes"}}, 400, "malformed-parameter"),
        ({"params": {"limit": "20001"}}, 400, "malformed-parameter"),
        ({"params": {"offset": "-1"}}, 400, "malformed-parameter"),
        ({"headers": {"Accept": "image/png"}}, 406, "not-acceptable"),
        ({"media_type": "application/rdf+xml"}, 415, "unsupported-media-type"),
        ({"media_type": "application/x-www-form-urlencoded"}, 400, "missing-parameter"),
    ],
)
def test_a_wrong_request_is_a_problem_document(
    paper: TestClient, options: dict[str, Any], status: int, slug: str
) -> None:
    answer = post(paper, NO_FOUNDER, **options)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")


@pytest.mark.parametrize(
    ("count", "slug"), [(10_001, "patch-too-large"), (130_000, "content-too-large")]
)
def test_too_many_triples_are_refused(paper: TestClient, count: int, slug: str) -> None:
    triples = " ".join(f"id:A{number} glocal:memberOf id:C40 ." for number in range(count))

    answer = post(paper, f"INSERT DATA {{ {triples} }}")

    assert (answer.status_code, answer.json()["type"]) == (413, f"/problems/{slug}")


def test_parallel_requests_do_not_see_each_other(paper: TestClient) -> None:
    some = (
        f"{PROLOGUE} SELECT ?s ?p ?o {{ GRAPH graph:asserted {{ ?s ?p ?o }} "
        "?s a glocal:Network . ?o a ?any } ORDER BY ?s ?p ?o LIMIT 12"
    )
    rows = paper.get("/sparql", params={"query": some}).json()["results"]["bindings"]
    iris = [[f"<{row[name]['value']}>" for name in "spo"] for row in rows]
    patches = [f"DELETE DATA {{ {' '.join(one)} }}" for one in iris]
    patches += [NO_FOUNDER, WITHDRAWAL]
    ask = {"query": f"{PROLOGUE} SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o }}"}
    alone = [post(paper, one, params=ask).json() for one in patches]
    explained = {"subject": "id:London", "predicate": "glocal:indirectlyInfluences"}
    why = {**explained, "object": "id:UNHabitat"}
    before = [paper.get("/sparql", params=ask).text, paper.get("/explain", params=why).text]

    with ThreadPoolExecutor(12) as pool:
        together = list(pool.map(lambda one: post(paper, one, params=ask).json(), patches * 4))
        during = pool.submit(lambda: paper.get("/explain", params=why).text).result()

    assert together == alone * 4
    assert len({str(one["answers"]["after"]) for one in alone}) > 1
    after = [paper.get("/sparql", params=ask).text, paper.get("/explain", params=why).text]
    assert [before[0], during] == before == after


def test_a_page_of_another_origin_may_post(paper: TestClient) -> None:
    asked = {"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "POST"}

    answer = paper.options("/whatif", headers=asked)

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    # Older libraries send it with every request.
    assert "X-Requested-With" in answer.headers["access-control-allow-headers"]
    assert paper.put("/whatif").headers["allow"] == "GET, HEAD, OPTIONS, POST"


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}
REMOVED = {"remove": "id:C40 glocal:initiatedBy id:KenLivingstone", **READINGS}
ADDED = {"add": "id:London glocal:withdrewFrom id:ParisAgreement"}
LISTS = ("gained", "lost", "shifted", "beyond", "contradictions", "counts")


def show(client: TestClient, **parameters: Any) -> Any:
    return client.get("/whatif", params=parameters, headers=BROWSER)


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def region(page: str, name: str) -> str:
    """The text of the region with this accessible name."""
    found = re.search(f'<section[^>]* aria-label="{name}">(.*?)</section>', page, re.DOTALL)
    assert found is not None, name
    return text_of(found[1])


def list_of(page: str, form: str) -> str:
    """The text of the list in the form with this id."""
    return text_of(
        page.partition(f'id="{form}"')[2].partition('<ul class="changed">')[2].partition("</ul>")[0]
    )


def changes_of(page: str, name: str) -> tuple[int, list[str]]:
    """The number at the heading of a list of changes, and the sentences below it."""
    section = page.partition(f'aria-label="{name}"')[2].partition("</section>")[0]
    count = re.search(r'class="outcome-count">([\d,]+)<', section)
    assert count is not None
    return int(count[1].replace(",", "")), [
        text_of(one) for one in re.findall(r"<span title=[^>]*>(.*?)</span>\n", section, re.DOTALL)
    ]


def address_of(answer: Any) -> tuple[str, dict[str, list[str]]]:
    """The path of a redirect, and its parameters."""
    assert (answer.status_code, answer.headers["cache-control"]) == (303, "no-store")
    path, _, query = answer.headers["location"].partition("?")
    return path, parse_qs(query)


def test_a_person_finds_a_form_with_examples_of_the_release(paper: TestClient) -> None:
    page = show(paper)

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    labels = re.findall(r'<label for="(\w+)">', page.text)
    assert labels == ["subject", "predicate", "object", "query", "update"]
    [example, *_] = re.findall(r'href="(/whatif[?]remove=[^"]*)"', page.text)
    assert paper.get(unescape(example)).json()["counts"]["lost"] >= 1


@pytest.mark.parametrize("given", [REMOVED, ADDED, {**REMOVED, **ADDED}])
def test_an_address_answers_as_the_same_patch_in_a_body(
    paper: TestClient, given: dict[str, str]
) -> None:
    update = " ; ".join(
        f"{word} DATA {{ {given[name]} }}"
        for name, word in (("remove", "DELETE"), ("add", "INSERT"))
        if name in given
    )
    view = {key: value for key, value in given.items() if key == "view"}

    by_address, by_body = paper.get("/whatif", params=given), post(paper, update, params=view)
    assert by_address.headers["content-type"] == by_body.headers["content-type"]
    assert by_address.content == by_body.content
    assert by_address.headers["x-robots-tag"] == "noindex"
    again = paper.get(
        "/whatif", params=given, headers={"If-None-Match": by_address.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "given",
    [
        {"remove": "C40 initiatedBy Ken Livingstone"},
        {"remove": "<https://w3id.org/glocal/id/C40> glocal:initiatedBy id:KenLivingstone ."},
        {"update": "DELETE DATA { id:C40 glocal:initiatedBy id:KenLivingstone }"},
    ],
)
def test_a_statement_may_be_written_in_several_ways(
    paper: TestClient, given: dict[str, str]
) -> None:
    usual = paper.get("/whatif", params=REMOVED).json()

    written = paper.get("/whatif", params={**given, **READINGS}).json()
    assert [written[name] for name in LISTS] == [usual[name] for name in LISTS]


def test_the_own_update_comes_before_the_other_statements(paper: TestClient) -> None:
    update = "INSERT DATA { id:London glocal:withdrewFrom id:ParisAgreement } # nothing more"

    outcome = paper.get("/whatif", params={**REMOVED, "update": update}).json()
    assert (outcome["counts"]["lost"], outcome["counts"]["contradictions"]) == (12, 1)


@pytest.mark.parametrize(
    ("language", "gained", "lost", "supposed", "said"),
    [
        (
            "en",
            "Newly holds",
            "No longer holds",
            "C40 Cities Climate Leadership Group was initiated by Ken Livingstone",
            "London contributed to the launch of UN-Habitat",
        ),
        (
            "zh",
            "新成立",
            "不再成立",
            "C40城市气候领导联盟 发起者为 肯·利文斯通",
            "伦敦 促成推出 联合国人居署城市应对气候变化项目",
        ),
    ],
)
def test_an_outcome_is_a_page_in_sentences(
    paper: TestClient, language: str, gained: str, lost: str, supposed: str, said: str
) -> None:
    answer = show(paper, **REMOVED, lang=language)

    assert (answer.status_code, answer.headers["content-language"]) == (200, language)
    assert answer.headers["x-robots-tag"] == "noindex"
    assert region(answer.text, gained).startswith(f"{gained} 0")
    fallen = region(answer.text, lost)
    assert fallen.startswith(f"{lost} 12 − ")
    assert said in fallen
    assert list_of(answer.text, "without").count(supposed) == 1
    assert list_of(answer.text, "without").startswith("−")
    hash_of_release = paper.get("/readyz").json()["release"]
    assert hash_of_release[:16] in answer.text


def test_a_change_has_its_proof_down_to_the_passage(paper: TestClient) -> None:
    page = show(paper, **REMOVED).text

    [entry] = [one for one in page.split("<li>") if "contributed to the launch of" in one][:1]
    details = page[page.index(entry) :].partition("<details>")[2].partition("</ul></details>")[0]
    assert 'href="/source/wang/p10.n2?view=readings"' in details
    assert "what if not?" in details


def test_a_contradiction_is_shown_with_what_clashes(paper: TestClient) -> None:
    page = show(paper, **ADDED).text

    clash = region(page, "Would contradict each other")
    assert clash.startswith("Would contradict each other 1")
    assert "London is of the class city" in clash
    assert "London withdrew from Paris Agreement" in clash
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_is_well_formed(paper: TestClient, language: str) -> None:
    question = "SELECT ?who { ?who glocal:withdrewFrom ?treaty }"
    pages = [
        show(paper, lang=language),
        show(paper, **REMOVED, **ADDED, query=question, lang=language),
        show(paper, add="id:London", lang=language),
    ]

    for page in pages:
        outline = Outline(page.text)
        assert (outline.open, outline.levels[0], outline.levels.count(1)) == ([], 1, 1)
        assert max(outline.levels) <= 3
        assert max(outline.ids.values()) == 1
        labelled = re.findall(r'aria-(?:labelledby|describedby)="([^"]*)"', page.text)
        assert set(labelled) <= set(outline.ids)


def test_the_page_shares_what_is_supposed_in_every_format(paper: TestClient) -> None:
    page = show(paper, **REMOVED).text

    links = [
        unescape(link) for link in re.findall(r'href="(/whatif[?][^"]*)" rel="nofollow"', page)
    ]
    assert len(links) == 4
    assert ">纯文本</a>" in show(paper, **REMOVED, lang="zh").text
    assert paper.get(links[0], headers=BROWSER).text == page
    assert [paper.get(link).headers["content-type"].partition(";")[0] for link in links[1:]] == [
        "application/ld+json",
        "text/turtle",
        "text/plain",
    ]


def test_a_posted_patch_is_a_page_that_can_be_shared(paper: TestClient) -> None:
    answer = post(paper, NO_FOUNDER, params=READINGS, headers=BROWSER)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    [link, *_] = re.findall(r'href="(/whatif[?][^"]*)" rel="nofollow"', answer.text)
    assert paper.get(unescape(link), headers=BROWSER).text == answer.text


def test_what_no_parameter_can_say_is_shared_as_an_update(paper: TestClient) -> None:
    graph = "GRAPH ev:p10.n2-fact { id:KenLivingstone glocal:mayorOf id:London }"
    patch = f"DELETE DATA {{ {graph} }} ; INSERT DATA {{ id:Utopia glocal:memberOf id:C40 }}"

    page = post(paper, patch, headers=BROWSER).text
    [link, *_] = re.findall(r'href="(/whatif[?][^"]*)" rel="nofollow"', page)
    shared = parse_qs(unescape(link).partition("?")[2])
    assert set(shared) == {"update"}
    again, once = paper.get(unescape(link)).json(), post(paper, patch).json()
    assert [again[name] for name in LISTS] == [once[name] for name in LISTS]
    assert "<code>ev:p10.n2-fact</code>" in page


def test_a_supposition_too_long_for_an_address_is_posted_and_says_so(paper: TestClient) -> None:
    long = "x" * 40_000
    patch = f'INSERT DATA {{ id:London skos:note "{long}" }}'

    page = post(paper, patch, headers=BROWSER).text
    assert "no link can share it" in text_of(page)
    assert page.count('<form action="/whatif" method="post"') == 2


def test_a_question_is_answered_before_and_after(paper: TestClient) -> None:
    rows = "SELECT ?who { ?who glocal:withdrewFrom id:ParisAgreement }"
    by_rows, by_ask = (
        show(paper, **ADDED, query=query).text for query in (rows, f"ASK {{ {ADDED['add']} }}")
    )

    table = re.search("<tbody>(.*?)</tbody>", by_rows, re.DOTALL)
    assert table is not None
    assert [text_of(row) for row in table[1].split("</tr>")] == ["+ London", "United States", ""]
    assert "Rows now: 1. Rows then: 2." in by_rows
    assert "no now, yes then" in by_ask


def test_one_more_statement_is_supposed_by_any_names(paper: TestClient) -> None:
    form = {"change": "add", "subject": "伦敦", "predicate": "withdrewFrom", "view": "paper"}

    path, parameters = address_of(show(paper, **REMOVED | form, object="Paris Agreement"))
    assert path == "/whatif"
    assert parameters == {"remove": [REMOVED["remove"]], "add": [ADDED["add"]]}
    nothing = address_of(show(paper, change="add", subject="", predicate="", object="", lang="zh"))
    assert nothing == ("/whatif", {"lang": ["zh"]})


def test_a_statement_can_be_taken_back(paper: TestClient) -> None:
    taken = {**REMOVED, **ADDED}

    assert address_of(show(paper, **taken, drop="remove 0"))[1] == {
        "add": [ADDED["add"]],
        "view": ["readings"],
    }
    posted = paper.post("/whatif", data={**taken, "drop": "add 0"}, headers=BROWSER)
    assert address_of(posted)[1] == {"remove": [REMOVED["remove"]], "view": ["readings"]}
    assert show(paper, **taken, drop="add 1").status_code == 400


@pytest.mark.parametrize(
    ("given", "status", "said"),
    [
        ({"change": "add", "subject": "Londn", "predicate": "a", "object": "City"}, 404, "London"),
        ({"change": "add", "subject": "London", "predicate": "a"}, 400, "object: is missing"),
        ({"add": "Londn a City"}, 404, "London"),
        ({"add": "id:London"}, 400, "expected a subject, a predicate and an object"),
        ({"add": "id:London glocal:membrOf id:C40"}, 404, "glocal:memberOf"),
        ({"update": "INSERT DATA {\n id:London }"}, 400, "(line 2, column 12)"),
        ({"remove": "id:London glocal:indirectlyInfluences id:UNHabitat"}, 422, "is derived"),
        ({**REMOVED, "query": "SELECT {"}, 400, "not well-formed SPARQL"),
        ({**REMOVED, "view": "mine"}, 400, "expected one of facts, paper, readings"),
    ],
)
def test_a_refusal_is_the_form_with_what_was_typed_and_why(
    paper: TestClient, given: dict[str, str], status: int, said: str
) -> None:
    answer = show(paper, **given)

    assert answer.status_code == status
    alert = answer.text.partition('role="alert"')[2].partition("</div>")[0]
    assert said in text_of(alert)
    for name in ("subject", "query", "update"):
        assert unescape(answer.text).count(given.get(name, "")) >= 1
    typed = given.get("add", "").split() or [given.get("subject", "")]
    if len(typed) == 3:
        assert [f'value="{term}"' in answer.text for term in typed] == [True] * 3
        assert 'name="add" value=' not in answer.text
    assert paper.get("/whatif", params=given, headers={"Accept": "*/*"}).status_code == status


def test_programs_that_name_no_patch_are_told_so(paper: TestClient) -> None:
    refused = paper.get("/whatif", headers={"Accept": "application/ld+json"})

    assert (refused.status_code, refused.json()["type"]) == (406, "/problems/not-acceptable")


def test_further_changes_are_on_further_pages(paper: TestClient) -> None:
    page = show(paper, **REMOVED, limit="5").text

    assert "Changes 1 to 5 of 14" in text_of(page)
    assert '<button form="without" name="offset" value="5">Next changes</button>' in page
    last = show(paper, **REMOVED, limit="5", offset="10").text
    assert "Next changes" not in last
    assert "Changes 11 to 14 of 14" in text_of(last)


def test_each_number_is_said_once_and_nothing_on_one_line(paper: TestClient) -> None:
    page = show(paper, **REMOVED).text

    assert region(page, "Newly holds") == "Newly holds 0"
    assert page.count(">12<") == 1
    assert "no longer hold<" not in page


def test_changes_outside_of_the_view_are_divided_by_where_they_are(paper: TestClient) -> None:
    claim = "id:SymbolicAnalystCommunity glocal:signifies id:FadingOfNationStateDivision"
    page = show(paper, remove=[REMOVED["remove"], claim]).text

    beyond = region(page, "Changes outside of this view")
    headings = re.findall(r"<h3>(.*?)</h3>", page.partition('"Changes outside of this view"')[2])
    assert beyond.startswith("Changes outside of this view 12 The chosen view shows these neither")
    assert [*map(text_of, headings)] == ["with our readings 10", "if the hypotheses hold 2"]
    assert changes_of(page, "Changes outside of this view")[0] == 12
    assert "community of symbolic" in list_of(page, "without")


CLAIMS = {
    "BenjaminBarber": "id:City glocal:variesIn id:Culture",
    "MicheleAcuto": "id:GlobalCity glocal:promotes id:GlobalEconomicGrowth",
    "StefanNiederhafner": "id:NationState glocal:signifies id:WestphalianEra",
}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "2 of the 3 supposed statements stand outside of what this page shows"),
        ("zh", "所设的 3 条陈述中有 2 条不在本页所示范围之内"),
    ],
)
def test_claims_of_other_worlds_than_the_shown_one_are_told_with_links_there(
    paper: TestClient, language: str, said: str
) -> None:
    asked = {"remove": [*CLAIMS.values()], "lang": language}
    page = show(paper, **asked, world="StefanNiederhafner").text

    notice = page.partition('role="note"')[2].partition("</div>")[0]
    assert said in notice
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', notice)]
    there = [parse_qs(link.partition("?")[2]) for link in links]
    assert [one["world"] for one in there] == [["BenjaminBarber"], ["MicheleAcuto"]]
    assert all(one["remove"] == asked["remove"] and one["lang"] == [language] for one in there)
    assert 'aria-label="Changes outside of this view"' not in page
    # Each is told apart by its grounds.
    assert (
        "ev:p05.2-claim-MicheleAcuto" in page.partition('id="without"')[2].partition("</form>")[0]
    )


def test_what_stands_in_the_shown_world_needs_no_notice(paper: TestClient) -> None:
    page = show(paper, remove=CLAIMS["MicheleAcuto"], world="MicheleAcuto").text

    assert 'role="note"' not in page


@pytest.mark.parametrize("limit", ["200", "6"])
def test_a_symmetric_statement_is_listed_from_one_of_its_ends(
    paper: TestClient, limit: str
) -> None:
    page = show(paper, add="id:C40 glocal:hasMember id:London", limit=limit).text

    count, sentences = changes_of(page, "Newly holds")
    fellows = [one for one in sentences if "is a fellow member of" in one]
    # With what is supposed itself.
    assert count == 7
    assert "Beijing is a fellow member of London" in fellows
    assert "London is a fellow member of Beijing" not in fellows
    if limit == "200":
        assert (len(sentences), len(fellows)) == (7, 5)
    else:
        assert len(fellows) < 5


def test_many_changes_are_divided_by_property_and_counted_above(paper: TestClient) -> None:
    removed = ["id:C40 a glocal:TransnationalCityNetwork", "id:Shanghai glocal:memberOf id:C40"]
    page = show(paper, remove=[*removed, REMOVED["remove"]], **READINGS).text

    for name in ("Newly holds", "No longer holds"):
        count, sentences = changes_of(page, name)
        assert count == len(sentences)
    lost = page.partition('aria-label="No longer holds"')[2].partition("</section>")[0]
    groups = {
        text_of(group.partition("</h3>")[0]): group.count("<details><summary>proof")
        for group in lost.split("<h3>")[1:]
    }
    assert {"is a fellow member of 3", "is of the class 3"} <= {*groups}
    assert all(name.endswith(f" {count}") for name, count in groups.items())
    supposed = lost.partition("<h3>")[0].count("<details><summary>proof")
    assert f"No longer holds {supposed + sum(groups.values())}" in text_of(page)
    ids = Outline(page).ids
    assert max(ids.values()) == 1


def test_the_outcome_and_every_media_type_are_documented(paper: TestClient) -> None:
    document = paper.get("/openapi.json").json()
    operation = document["paths"]["/whatif"]["post"]

    answer = operation["responses"]["200"]["content"]["application/ld+json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/Outcome"}
    members = ["counts", "gained", "lost", "shifted", "beyond", "contradictions", "answers"]
    outcome = document["components"]["schemas"]["Outcome"]
    assert set(outcome["properties"]) == {"@context", "type", *members}
    body = operation["requestBody"]
    named = set(re.findall("`(.+?)`", body["description"]))
    assert named | set(body["content"]) == {*MEDIA_TYPES, "application/x-www-form-urlencoded"}
    assert (UPDATE, *RDF_TYPES) == MEDIA_TYPES
    assert {"400", "403", "406", "413", "415", "422", "503"} <= set(operation["responses"])
