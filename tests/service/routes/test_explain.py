"""/explain on the paper's own release, and /contradictions on a made-up one."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import DefaultGraph, Quad, RdfFormat, parse

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

LAUNCH = {
    "subject": "id:London",
    "predicate": "glocal:contributedToLaunchOf",
    "object": "id:CitiesAndClimateChangeInitiative",
}
CLAIM = {"subject": "City", "predicate": "gainsAutonomyFrom", "object": "NationState"}
MAINTAINERS = ["entity:GlocalMaintainers"]
AXIOMS = "glocal:joins owl:propertyDisjointWith glocal:leaves ."
CURATED = """
ev:a { id:Lyon glocal:joins id:C40 . }
ev:a a glocal:Evidence ; glocal:fromPassage passage:p01.1 ; glocal:hasStatus glocal:Fact .
ev:b { id:Lyon glocal:leaves id:C40 . }
ev:b a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Ann .
"""
PROLOGUE = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())


def test_a_derived_triple_is_explained_down_to_its_passages(paper: TestClient) -> None:
    answer = paper.get("/explain", params=LAUNCH)

    assert answer.headers["content-type"].startswith("application/ld+json;")
    [proof] = answer.json()["proofs"]
    assert (proof["hasStatus"], proof["heldBy"]) == ("glocal:Reading", MAINTAINERS)
    assert "C40" in answer.text
    assert '"paragraph": "n2"' in answer.text


@pytest.mark.parametrize(
    ("accept", "content_type", "said"),
    [
        ("text/turtle", "text/turtle; charset=utf-8", "prov:hadPlan"),
        ("text/plain", "text/plain; charset=utf-8", "└── id:UNHabitat glocal:launched"),
        ("text/vnd.mermaid", "text/vnd.mermaid; charset=utf-8", "flowchart BT"),
        ("text/html", "text/html; charset=utf-8", '<a href="/id/London">London</a>'),
        ("application/json", "application/json", '"@context"'),
    ],
)
def test_a_proof_comes_in_the_form_that_is_asked_for(
    paper: TestClient, accept: str, content_type: str, said: str
) -> None:
    answer = paper.get("/explain", params=LAUNCH, headers={"Accept": accept})

    assert answer.headers["content-type"] == content_type
    assert said in answer.text


def test_full_iris_and_several_proofs(paper: TestClient) -> None:
    iris = {
        "subject": "https://w3id.org/glocal/id/Guangzhou",
        "predicate": "https://w3id.org/glocal/ontology#coMemberWith",
        "object": "<https://w3id.org/glocal/id/Shanghai>",
    }

    answer = paper.get("/explain", params={**iris, "limit": "5", "format": "ttl"})

    assert len(list(parse(answer.content, format=RdfFormat.TURTLE))) > 20
    numbers = [one["position"] for one in paper.get("/explain", params=iris).json()["proofs"]]
    assert numbers == [1]


def test_an_asserted_triple_is_explained_by_its_evidence(paper: TestClient) -> None:
    asked = {"subject": "id:C40", "predicate": "glocal:foundedAt", "object": "id:London"}

    [proof] = paper.get("/explain", params=asked).json()["proofs"]

    assert [one["id"] for one in proof["evidence"]] == ["ev:p10.n2-citeddata"]
    assert "premises" not in proof


def test_a_triple_that_does_not_follow_names_what_is_nearest(paper: TestClient) -> None:
    asked = {**LAUNCH, "subject": "id:Tokyo"}

    answer = paper.get("/explain", params=asked)

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (404, "/problems/not-derived")
    nearest = problem["nearest"][0]
    assert nearest["missing"] == "id:Tokyo glocal:indirectlyInfluences id:UNHabitat"
    assert nearest["present"] == [
        "id:UNHabitat glocal:launched id:CitiesAndClimateChangeInitiative"
    ]
    assert set(nearest["sentence"]) == {"en", "zh"}


@pytest.mark.parametrize(
    ("changed", "status", "slug", "parameter"),
    [
        ({"subject": "http://a b"}, 400, "malformed-parameter", "subject"),
        ({"subject": "City", "predicate": "rdfs:label"}, 400, "ambiguous-name", None),
        ({"object": "nowhere:London"}, 404, "unknown-prefix", None),
        ({"object": '"open'}, 400, "malformed-parameter", "object"),
        ({"predicate": ""}, 400, "missing-parameter", "predicate"),
        ({"limit": "0"}, 400, "malformed-parameter", "limit"),
        ({"limit": "51"}, 400, "malformed-parameter", "limit"),
        ({"limit": "many"}, 400, "malformed-parameter", "limit"),
        ({"subject": "id:Londn"}, 404, "unknown-thing", None),
    ],
)
def test_what_cannot_be_explained_is_a_problem_document(
    paper: TestClient, changed: dict[str, str], status: int, slug: str, parameter: str | None
) -> None:
    answer = paper.get("/explain", params={**LAUNCH, **changed})

    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert answer.json().get("parameter") == parameter


def test_a_client_that_has_the_proof_is_told_so(paper: TestClient) -> None:
    tag = paper.get("/explain", params=LAUNCH).headers["etag"]

    again = paper.get("/explain", params=LAUNCH, headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")


def test_a_page_shows_what_is_in_a_literal_as_text(paper: TestClient) -> None:
    asked = {"subject": "id:London", "predicate": "rdfs:label", "object": '"London"@en'}

    page = paper.get("/explain", params={**asked, "format": "html"}).text

    assert 'title="id:London rdfs:label &#34;London&#34;@en">' in page
    assert '<b class="chip">asserted</b>' in page
    assert json.loads(paper.get("/explain", params=asked).text)["proofs"][0]["object"] == {
        "@value": "London",
        "@language": "en",
    }


@pytest.mark.parametrize(
    ("lang", "header", "language", "said"),
    [
        ({}, "zh-Hans-CN, en;q=0.5", "zh", "伦敦</a><a"),
        ({}, "fr", "en", "London</a> <a"),
        ({"lang": "en"}, "zh", "en", "contributed to the launch of</a>"),
    ],
)
def test_the_page_of_a_proof_comes_in_the_language_of_its_reader(
    paper: TestClient, lang: dict[str, str], header: str, language: str, said: str
) -> None:
    asked = {"Accept": "text/html", "Accept-Language": header}

    answer = paper.get("/explain", params={**LAUNCH, **lang}, headers=asked)

    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Language"
    assert f'<html lang="{language}"' in answer.text
    assert said in answer.text
    cited = answer.text.partition('<p class="citation">')[2]
    assert re.match(r".*(maintainers, |维护者，)\d{4}-\d\d-\d\d", cited)
    assert f"{'&amp;'.join(answer.url.query.decode().split('&')[:3])}&amp;lang=" in answer.text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Only a claim of Stefan Niederhafner (page 5); it holds in no view."),
        ("zh", "只是斯特凡·尼德哈夫纳的主张（第5页），不在任何视图中成立。"),
    ],
)
def test_the_page_of_a_claim_says_first_that_it_holds_in_no_view(
    paper: TestClient, lang: str, said: str
) -> None:
    answer = paper.get("/explain", params={**CLAIM, "lang": lang}, headers=BROWSER)

    [caveat] = re.findall('<p class="[^"]*" role="note" id="caveat">(.*?)</p>', answer.text)
    assert re.sub("<[^>]*>", "", caveat) == said
    assert 'id="caveat"' not in paper.get("/explain", params=LAUNCH, headers=BROWSER).text


def test_a_program_reads_that_a_claim_holds_in_no_view(paper: TestClient) -> None:
    said = "Only a claim of id:StefanNiederhafner (page 5); it holds in no view."

    assert paper.get("/explain", params=CLAIM).json()["caveat"] == said
    assert "caveat" not in paper.get("/explain", params=LAUNCH).json()
    missing = paper.get("/explain", params={**CLAIM, "view": "facts"}).json()
    assert (missing["type"], missing["caveat"]) == ("/problems/not-derived", said)
    for media_type in ("text/turtle", "text/plain"):
        assert said in paper.get("/explain", params=CLAIM, headers={"Accept": media_type}).text


def test_a_page_leads_to_every_proof_if_there_are_more(paper: TestClient) -> None:
    beijing = {"subject": "id:Beijing", "predicate": "a", "object": "glocal:City"}

    def links(**asked: str) -> list[str]:
        page = paper.get("/explain", params=asked, headers={"Accept": "text/html"}).text
        return re.findall('<a href="([^"]*)">Show every proof<', page)

    count = len(paper.get("/explain", params={**beijing, "limit": "50"}).json()["proofs"])
    [link] = links(**beijing, limit=str(count - 1))
    assert link.endswith("&amp;limit=50")
    assert (links(**LAUNCH), links(**beijing, limit="50")) == ([], [])


def test_a_proof_for_programs_has_no_language(paper: TestClient) -> None:
    answer = paper.get("/explain", params={**LAUNCH, "format": "txt"})
    refused = paper.get("/explain", params={**LAUNCH, "format": "html", "lang": "fr"})

    assert "content-language" not in answer.headers
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Accept-Language"
    assert refused.status_code == 400
    assert "lang: expected one of en, zh" in refused.text


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}


def test_without_a_statement_a_person_finds_the_form(paper: TestClient) -> None:
    answer = paper.get("/explain", headers=BROWSER)

    assert (answer.status_code, answer.headers["content-language"]) == (200, "en")
    assert re.findall(r'<label for="(\w+)">', answer.text) == ["subject", "predicate", "object"]
    assert 'role="alert"' not in answer.text
    assert paper.get("/explain").json()["type"] == "/problems/missing-parameter"


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"object": ""}, 400, "object: is missing"),
        ({"subject": "id:Londn"}, 404, "<code>id:London</code>"),
        ({"subject": "City", "predicate": "rdfs:label"}, 400, "<code>glocal:City</code>"),
        ({"limit": "many"}, 400, "expected a number from 1 to 50"),
    ],
)
def test_what_was_typed_comes_back_with_what_is_wrong(
    paper: TestClient, changed: dict[str, str], status: int, said: str
) -> None:
    answer = paper.get("/explain", params={**LAUNCH, **changed}, headers=BROWSER)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    _, _, alert = answer.text.partition('role="alert"')
    assert said in alert.partition("<form")[0]
    typed = {**LAUNCH, **changed}["subject"]
    assert f'name="subject" value="{typed}"' in answer.text


TOKYO = {**LAUNCH, "subject": "id:Tokyo"}


@pytest.mark.parametrize(
    ("language", "heading", "said", "button"),
    [
        ("en", "Why not?", "It does not hold: it is neither stated nor derived.", "Suppose"),
        ("zh", "为何不成立？", "不成立：它既未被直接陈述，也不能推导得出。", "假设"),
    ],
)
def test_why_not_is_told_in_words_with_what_to_suppose(
    paper: TestClient, language: str, heading: str, said: str, button: str
) -> None:
    answer = paper.get("/explain", params={**TOKYO, "lang": language}, headers=BROWSER)

    assert answer.status_code == 404
    assert f"<h1>{heading}</h1>" in answer.text
    assert said in answer.text
    missing = re.search(r'id="missing-1">(.*?)</span>', answer.text)
    assert missing is not None
    linked = [re.sub("[?]lang=..", "", one) for one in re.findall(r'href="([^"]*)', missing[1])]
    assert linked == ["/id/Tokyo", "/data/ontology/indirectlyInfluences", "/id/UNHabitat"]
    supposed = 'name="add" value="id:Tokyo glocal:indirectlyInfluences id:UNHabitat"'
    assert f'<input type="hidden" {supposed}>' in answer.text
    assert f'<button aria-describedby="missing-1">{button}</button>' in answer.text


def test_a_statement_of_another_view_leads_there(paper: TestClient) -> None:
    answer = paper.get("/explain", params={**LAUNCH, "view": "paper"}, headers=BROWSER)

    assert answer.status_code == 404
    [there] = re.findall(r'<a href="(/explain[^"]*view=readings[^"]*)"', answer.text)
    assert paper.get(unescape(there), headers=BROWSER).status_code == 200


@pytest.mark.parametrize(
    ("language", "said", "kinds"),
    [
        ("en", "'City' is the name of several things.", ("entity", "class")),
        ("zh", "“City”是多个对象的名称。", ("实体", "类")),
    ],
)
def test_a_name_of_several_things_leads_to_the_same_question_with_each(
    paper: TestClient, language: str, said: str, kinds: tuple[str, str]
) -> None:
    asked = {"subject": "City", "predicate": "rdfs:label", "object": "x", "lang": language}
    page = paper.get("/explain", params=asked, headers=BROWSER).text

    alert = page.partition('role="alert"')[2].partition("</div>")[0]
    assert said in unescape(alert)
    query = f"predicate=rdfs:label&object=x&lang={language}"
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', alert)]
    assert links == [f"/explain?subject={name}&{query}" for name in ("id:City", "glocal:City")]
    found = re.findall(r"</code> · (.*?)</li>", alert)
    assert tuple(found) == kinds


def test_an_unknown_property_leads_to_the_same_question_with_near_ones(paper: TestClient) -> None:
    asked = {"subject": "城市", "predicate": "独立于", "object": "民族国家", "lang": "zh"}
    page = paper.get("/explain", params=asked, headers=BROWSER).text

    alert = page.partition('role="alert"')[2].partition("</div>")[0]
    again = {**asked, "predicate": "glocal:gainsAutonomyFrom"}
    links = [unescape(link) for link in re.findall(r'href="([^"]*)"', alert)]
    assert f"/explain?{urlencode(again, quote_via=quote, safe=':')}" in links
    # The entity is meant by the name that a class has too.
    assert paper.get("/explain", params=again, headers=BROWSER).status_code == 200


def test_the_page_of_a_proof_stands_in_no_frame(paper: TestClient) -> None:
    answer = paper.get("/explain", params={**LAUNCH, "format": "html"})

    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'none'")
    assert answer.headers["x-frame-options"] == "DENY"


def quads(text: str, graph: object) -> list[Quad]:
    found = parse(PROLOGUE + text, format=RdfFormat.TRIG)
    return [Quad(*one.triple, graph) if one.graph_name == DefaultGraph() else one for one in found]


@pytest.fixture(scope="module")
def clashing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    facts, ontology = quads(CURATED, META), quads(AXIOMS, GRAPH["ontology"])
    compiled = compile_axioms(ontology).rules
    rules = [*compiled, *read_rules()]
    closure = derive(premises_of(facts), rules)
    curators = ID[own_content().curators]
    release = assemble_release(facts, ontology, closure, rules, curators)
    store = Store.in_memory(release, {"hash": "c0ffee", "version": "1.0.0"})
    content = replace(own_content(), root=tmp_path_factory.mktemp("content"))
    content.compiled_rules.write_text(write_compiled_rules(compiled), encoding="utf-8")
    app = create_app(Settings(), store=store, content=content)
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    ("accept", "content_type", "said"),
    [
        (
            "application/ld+json",
            'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"',
            '"heldBy": [',
        ),
        ("text/turtle", "text/turtle; charset=utf-8", "glocal:Contradiction"),
        (
            "text/plain",
            "text/plain; charset=utf-8",
            "id:GlocalMaintainers, by a claim of id:Ann]\n",
        ),
        ("text/vnd.mermaid", "text/vnd.mermaid; charset=utf-8", '["Contradiction<br>Reading of'),
        (
            "text/html",
            "text/html; charset=utf-8",
            '>Contradiction</a></p>\n<p class="grounds"><span class="chip status-Reading derived">',
        ),
    ],
)
def test_a_contradiction_comes_in_the_form_that_is_asked_for(
    clashing: TestClient, accept: str, content_type: str, said: str
) -> None:
    answer = clashing.get("/contradictions", headers={"Accept": accept})

    assert answer.headers["content-type"] == content_type
    assert said in answer.text
    assert "prp-pdw-joins-leaves" in answer.text


def test_the_page_of_contradictions_comes_in_chinese_too(clashing: TestClient) -> None:
    answer = clashing.get("/contradictions?format=html&lang=zh")

    assert answer.headers["content-language"] == "zh"
    assert "<h1>矛盾</h1>" in answer.text
    assert 'href="/contradictions?format=html&amp;lang=en"' in answer.text
    assert 'href="/source/wang/p01.1?lang=zh"' in answer.text


def test_its_premises_are_proved_down_to_their_evidence(clashing: TestClient) -> None:
    [clash] = clashing.get("/contradictions").json()["proofs"]

    assert [one["evidence"][0]["id"] for one in clash["premises"]] == ["ev:a", "ev:b"]
    assert [one["predicate"] for one in clash["premises"]] == ["glocal:joins", "glocal:leaves"]
    plan = clash["derivation"]["association"]["plan"]
    assert plan["ruleSentence"]["en"] == "It cannot be that X joins Y and X leaves Y."


def test_its_name_leads_to_the_rule_and_the_statements(clashing: TestClient) -> None:
    [clash] = clashing.get("/contradictions").json()["proofs"]
    path = clash["id"].removeprefix("https://w3id.org/glocal")

    see = clashing.get(path, headers={"Accept": "application/n-triples"}).headers["location"]
    document = clashing.get(see).text

    assert "<https://w3id.org/glocal/rule/prp-pdw-joins-leaves>" in document
    assert f"<{clash['id']}#2> <{PREFIXES['rdf']}object> <{PREFIXES['id']}C40> ." in document


def test_a_client_that_has_the_contradictions_is_told_so(clashing: TestClient) -> None:
    tag = clashing.get("/contradictions").headers["etag"]

    again = clashing.get("/contradictions", headers={"If-None-Match": tag})
    other = clashing.get("/contradictions?format=ttl", headers={"If-None-Match": tag})

    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)


def test_what_clashes_is_asked_by_sparql_and_does_not_hold(clashing: TestClient) -> None:
    ask = (
        PROLOGUE
        + "SELECT ?o { ?c glocal:hasClashingStatement ?s . ?s rdf:predicate ?o } ORDER BY ?o"
    )
    holds = PROLOGUE + "ASK { id:Lyon glocal:leaves id:C40 }"
    csv = {"Accept": "text/csv"}

    assert clashing.get("/sparql", params={"query": ask}, headers=csv).text.splitlines()[1:] == [
        f"{PREFIXES['glocal']}joins",
        f"{PREFIXES['glocal']}leaves",
    ]
    assert clashing.get("/sparql", params={"query": holds}, headers=csv).text == "false"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("txt", "No contradictions in any world.\n"),
        ("mmd", "flowchart BT\n"),
        ("html", "<p>None in this release.</p>"),
        ("jsonld", '"proofs": []'),
        ("ttl", "a prov:Collection"),
    ],
)
def test_where_there_is_none_it_is_said(client: TestClient, name: str, body: str) -> None:
    answer = client.get("/contradictions", params={"format": name})

    assert (answer.status_code, body in answer.text) == (200, True)
    assert client.get("/contradictions?format=png").status_code == 406


def test_no_contradiction_has_this_name(client: TestClient) -> None:
    assert client.get("/contradiction/prp-irp-near-0123").status_code == 404


def test_who_disagrees_with_whom_has_an_address_and_a_page(paper: TestClient) -> None:
    proofs = paper.get("/disagreements").json()["proofs"]
    page = paper.get("/disagreements", headers={"Accept": "text/html"}).text

    [mayors] = [each for each in proofs if each["predicate"] == "glocal:disagreesWith"]
    assert (mayors["subject"], mayors["hasStatus"]) == ("entity:BorisJohnson", "glocal:Fact")
    assert "<h1>Who disagrees with whom</h1>" in page


def test_the_page_shows_each_party_beside_those_that_it_disagrees_with(paper: TestClient) -> None:
    pages = (paper.get(f"/disagreements?lang={tag}&format=html").text for tag in ("en", "zh"))

    english, chinese = pages
    cards = re.findall(r"<h3 id=[^>]*>(.*?)</h3>", english)
    assert cards[0] == "Boris Johnson against Sadiq Khan"
    assert ">鲍里斯·约翰逊与萨迪克·汗的分歧</h3>" in chinese
    # Each party has one card, whatever the number of those that it disagrees with.
    assert len(cards) == len(set(cards)) == 6
    sovereignty = english.partition(cards[1])[2].partition("</article>")[0]
    assert "Claimed of it by others:" in sovereignty
    assert "some theorists</a>" in sovereignty
    assert "only by the curators’ reading, this concerns" in english
    assert "Logical contradictions <span" in english
    assert "None in this release: no claims of two holders contradict each other" in english
    assert "逻辑矛盾 <span" in chinese
    [why, *_] = re.findall(r'<a class="quiet" href="([^"]*)"', english.partition(cards[0])[2])
    proof = paper.get(unescape(why), headers=BROWSER).text
    assert "<h1>Boris Johnson disagrees with Sadiq Khan</h1>" in proof
    assert "/disagreements?format=jsonld" in english
    # Those that are reached by the readings are told apart.
    reached = re.findall(r'-reached-\d+">[^<]*</a>([^<]*)</span>', chinese)
    assert {*reached} == {"、", ""}
    assert "论文对城市外交与制度性力量研究、" in chinese


def test_contradictions_come_with_their_proofs_on_the_page_too(clashing: TestClient) -> None:
    page = clashing.get("/disagreements?format=html&lang=zh").text

    assert "<p>本发布版中没有。</p>" in page
    assert page.count('<article class="card clash" aria-labelledby="clash-1"') == 1
