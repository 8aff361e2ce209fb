"""/rules and /rule/…: every rule of the paper's release, and where it is written."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg.namespaces import DCTERMS, GLOCAL, PROV, RDF, RULE
from kg.reasoning.rules.rule import read_rules
from kg.store.quad_store import Store
from service.pages.service_description import RULES

pytestmark = pytest.mark.slow


def test_all_rules_are_listed_also_those_that_derive_nothing(
    paper: TestClient, newest_release: Path
) -> None:
    listed = list(parse(paper.get("/rules?format=nt").content, format=RdfFormat.N_TRIPLES))

    members = {one.object for one in listed if one.predicate == PROV["hadMember"]}
    counted = Store.open(newest_release).manifest["rules"]
    assert len(members) == counted["axioms"] + counted["files"]
    assert {RULE[rule.name] for rule in read_rules()} < members
    assert RULE["cax-adc-City-State"] in members
    assert "cax-adc-City-State" not in counted["triples"]


def test_a_compiled_rule_says_the_kind_of_its_axiom_in_the_language_of_the_page(
    paper: TestClient,
) -> None:
    browser = {"accept": "text/html", "accept-language": "zh"}

    row = paper.get("/rules", headers=browser).text.partition('id="cax-adc-City-State"')[2]
    page = paper.get("/data/rule/cax-adc-City-State", headers=browser).text

    assert '<small class="under">互斥类公理</small>' in row.partition("</tr>")[0]
    assert "<dt>类型</dt><dd>互斥类公理</dd>" in page
    assert "<dt>类型</dt>" not in paper.get("/data/rule/co-hosts", headers=browser).text


def test_every_rule_dereferences_with_sentence_source_and_place(paper: TestClient) -> None:
    listed = list(parse(paper.get("/rules?format=nt").content, format=RdfFormat.N_TRIPLES))
    rules = [one.object for one in listed if one.predicate == PROV["hadMember"]]

    for rule in rules:
        assert isinstance(rule, NamedNode)
        name = rule.value.removeprefix(RULE)
        assert paper.get(f"/rule/{name}").headers["location"] == f"/data/rule/{name}.ttl"
        document = paper.get(f"/data/rule/{name}.nt").content
        about = list(parse(document, format=RdfFormat.N_TRIPLES))
        languages = [
            one.object.language
            for one in about
            if one.predicate == GLOCAL["ruleSentence"] and isinstance(one.object, Literal)
        ]
        assert sorted(map(str, languages)) == ["en", "zh"]
        predicates = {one.predicate for one in about}
        assert {DCTERMS["description"], GLOCAL["definedAt"]} <= predicates
        of_the_rule = {quad.triple for quad in about if quad.subject == rule}
        assert of_the_rule == {quad.triple for quad in listed if quad.subject == rule}


def test_a_rule_says_its_status_unless_it_is_neutral(paper: TestClient) -> None:
    listed = list(parse(paper.get("/rules?format=nt").content, format=RdfFormat.N_TRIPLES))
    statuses = {one.subject: one.object for one in listed if one.predicate == GLOCAL["hasStatus"]}

    for rule in read_rules():
        said = statuses.get(RULE[rule.name])
        assert said == (rule.status.iri if rule.status else None)


def test_the_list_comes_as_a_page_with_links_to_the_files(paper: TestClient) -> None:
    page = paper.get("/rules", headers={"Accept": "text/html"}).text

    assert '<a href="/rule/co-hosts">co-hosts</a>' in page
    assert '<a href="/ontology/rules/co-hosts.rq"><code>rules/co-hosts.rq</code></a>' in page
    assert '<a href="/ontology/actors.ttl"><code>actors.ttl:' in page
    assert "Two different actors that co-host the same event host it together." in page
    assert "共同主办者" not in page
    assert paper.get("/ontology/rules/co-hosts.rq").status_code == 200
    assert paper.get("/ontology/actors").status_code == 200


def test_the_list_is_negotiated_and_tagged_like_other_documents(paper: TestClient) -> None:
    as_json = paper.get("/rules", headers={"Accept": "application/ld+json"})

    assert as_json.json()["id"] == RULES.value
    again = paper.get("/rules?format=jsonld", headers={"If-None-Match": as_json.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert paper.get("/rules?format=png").status_code == 406


def test_the_page_tells_the_source_of_a_rule_in_its_own_language(paper: TestClient) -> None:
    english, chinese = (paper.get(f"/rules?format=html&lang={tag}").text for tag in ("en", "zh"))

    assert '<small class="under">definition of glocal:coHostWith</small>' in english
    assert '<small class="under">glocal:coHostWith 的定义</small>' in chinese
    assert "definition of glocal:coHostWith" not in chinese


def test_a_release_with_one_rule_lists_that_one(client: TestClient) -> None:
    listed = list(parse(client.get("/rules?format=nt").content, format=RdfFormat.N_TRIPLES))

    about = {one.triple for one in listed if one.subject != RULES}
    assert {(one.subject, one.predicate, one.object) for one in about} == {
        (RULE["prp-inv"], RDF["type"], GLOCAL["Rule"])
    }
    page = client.get("/rules?format=html").text
    name = '<a href="/rule/prp-inv">prp-inv</a>'
    assert f'<th scope="row" data-head="Rule">{name}</th>' in page
    assert '<span class="quiet">neutral</span>' in page


def test_a_proof_shows_the_place_of_its_rules_in_every_form(paper: TestClient) -> None:
    asked = {
        "subject": "id:London",
        "predicate": "glocal:contributedToLaunchOf",
        "object": "id:CitiesAndClimateChangeInitiative",
    }
    forms = {form: paper.get("/explain", params={**asked, "format": form}).text for form in FORMS}

    place = paper.get("/explain", params=asked).json()["proofs"][0]["derivation"]["association"][
        "plan"
    ]["definedAt"]
    assert place.startswith("patterns.ttl:")
    assert all(place in text for text in forms.values())
    assert f'<a href="/ontology/patterns.ttl"><code>{place}</code></a>' in forms["html"]
    assert f'glocal:definedAt "{place}"' in forms["ttl"]


FORMS = ("jsonld", "ttl", "txt", "mmd", "html")
