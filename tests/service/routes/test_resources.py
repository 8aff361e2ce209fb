import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pyld import jsonld
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, parse

from kg.describe.description import Describer
from kg.namespaces import BASE, EVIDENCE, GLOCAL, ID, RDF, SOURCE, XSD
from kg.store.quad_store import Store

pytestmark = pytest.mark.slow


def quads_of(text: str, form: RdfFormat) -> set[Quad]:
    return set(parse(text, format=form))


@pytest.mark.parametrize(
    ("path", "accept", "location"),
    [
        ("/id/London", "*/*", "/data/id/London.ttl"),
        ("/id/London", "application/ld+json", "/data/id/London.jsonld"),
        ("/id/London", "application/n-triples;q=0.2, application/rdf+xml", "/data/id/London.rdf"),
        ("/source/wang/p10.2", "text/turtle", "/data/source/wang/p10.2.ttl"),
        ("/evidence/p10.2-fact", "*/*", "/data/evidence/p10.2-fact.trig"),
        ("/evidence/p10.2-fact", "text/turtle", "/data/evidence/p10.2-fact.ttl"),
        ("/graph/derived", "application/n-quads", "/data/graph/derived.nq"),
        ("/rule/prp-inv", "*/*", "/data/rule/prp-inv.ttl"),
        # A term has an IRI in the document of all terms, and one of its own.
        ("/id/City", "application/ld+json", "/data/ontology/City.jsonld"),
    ],
)
def test_a_resource_leads_to_the_document_about_it_on_the_same_host(
    client: TestClient, path: str, accept: str, location: str
) -> None:
    answer = client.get(path, headers={"accept": accept})

    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert answer.headers["vary"] == "Accept"
    assert client.get(location).status_code == 200


def test_a_document_says_what_the_store_knows(client: TestClient, store: Store) -> None:
    answer = client.get("/data/id/London.ttl")

    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    assert f'<{ID["London"].value}>; rel="cite-as describes"' in answer.headers["link"]
    found = {quad.triple for quad in quads_of(answer.text, RdfFormat.TURTLE)}
    assert found == set(Describer(store).describe(ID["London"]).triples)


def test_json_ld_of_a_resource_expands_to_the_stores_triples(
    client: TestClient, store: Store
) -> None:
    def load(iri: str, _: Any) -> dict[str, Any]:
        assert iri == "http://testserver/context/1.0.0.jsonld"
        document = client.get("/context/1.0.0.jsonld").json()
        return {"contextUrl": None, "documentUrl": iri, "document": document}

    answer = client.get(
        "/id/London", headers={"accept": "application/ld+json"}, follow_redirects=True
    )
    options = {"format": "application/n-quads", "documentLoader": load}
    found = quads_of(jsonld.to_rdf(json.loads(answer.text), options), RdfFormat.N_QUADS)

    assert answer.json()["label"] == {"en": "London", "zh": "伦敦"}
    assert {quad.triple for quad in found} == set(Describer(store).describe(ID["London"]).triples)


@pytest.mark.parametrize("ending", ["trig", "nq"])
def test_formats_with_graphs_have_the_evidences_content_too(
    client: TestClient, ending: str
) -> None:
    answer = client.get(f"/data/evidence/p10.2-fact.{ending}")
    form = RdfFormat.TRIG if ending == "trig" else RdfFormat.N_QUADS
    evidence = EVIDENCE["p10.2-fact"]

    found = quads_of(answer.text, form)
    assert Quad(ID["C40"], GLOCAL["foundedAt"], ID["London"], evidence) in found
    assert Quad(evidence, GLOCAL["hasStatus"], GLOCAL["Fact"]) in found
    assert {quad.graph_name for quad in found} == {evidence, DefaultGraph()}


def test_formats_without_graphs_have_the_evidences_description_alone(client: TestClient) -> None:
    answer = client.get("/data/evidence/p10.2-fact.nt")

    found = {quad.triple for quad in quads_of(answer.text, RdfFormat.N_TRIPLES)}
    assert Triple(EVIDENCE["p10.2-fact"], GLOCAL["hasStatus"], GLOCAL["Fact"]) in found
    assert Triple(ID["C40"], GLOCAL["foundedAt"], ID["London"]) not in found


def test_a_name_without_ending_is_negotiated_in_place(client: TestClient) -> None:
    answer = client.get("/data/source/wang/p10.2", headers={"accept": "application/ld+json"})

    assert answer.json()["page"] == 10


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/id/Londn", ["London"]),
        ("/source/wang/p10.3", ["wang/p10.2"]),
        ("/evidence/p10.2-claim", ["p10.2-fact"]),
    ],
)
def test_an_unknown_resource_is_answered_with_near_names(
    client: TestClient, path: str, near: list[str]
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-resource")
    assert set(near) <= set(answer.json()["near"])


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/data/passage/p10.2.jsonld", "/data/source/wang/p10.2.jsonld"),
        ("/passage/p10.2?view=facts", "/source/wang/p10.2?view=facts"),
        ("/ev/p10.2-fact", "/evidence/p10.2-fact"),
        ("/entity/London", "/id/London"),
        ("/data/entity/London.ttl", "/data/id/London.ttl"),
        ("/data/glocal/City.ttl", "/data/ontology/City.ttl"),
        ("/glocal/City", "/ontology#City"),
    ],
)
def test_the_prefix_of_a_curie_leads_to_the_resource(
    client: TestClient, path: str, location: str
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert client.get(location, follow_redirects=True).is_success


def test_a_browser_gets_a_term_on_the_page_of_all_terms(client: TestClient) -> None:
    assert client.get("/id/City", headers=BROWSER).headers["location"] == "/ontology#City"


def test_a_name_that_is_no_iri_is_unknown(client: TestClient) -> None:
    assert client.get("/id/a%20b").json()["detail"] == "Unknown resource 'a b'."


def test_a_format_that_there_is_not_is_answered_with_those_that_there_are(
    client: TestClient,
) -> None:
    answer = client.get("/id/London", headers={"accept": "image/png"})

    assert answer.status_code == 406
    assert answer.json()["offered"] == [
        "text/turtle",
        "application/ld+json",
        "application/n-triples",
        "application/rdf+xml",
        "application/trig",
        "application/n-quads",
        "text/html",
    ]


@pytest.mark.parametrize("path", ["/id/Londinium", "/data/id/Londinium.ttl", "/data/id/Londinium"])
def test_a_withdrawn_resource_is_gone_and_names_what_stands_for_it(
    client: TestClient, path: str
) -> None:
    answer = client.get(path)

    successor = "https://w3id.org/glocal/id/London"
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/withdrawn")
    assert answer.json()["successors"] == [successor]
    assert answer.json()["reasons"] == {"en": "The same city.", "zh": "同一城市。"}
    assert answer.json()["since"] == "2026-12-01T00:00:00Z"
    # The other link is to the context by which the problem document is JSON-LD.
    assert answer.headers["link"].split(", ")[0] == f'<{successor}>; rel="successor-version"'


BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_a_browser_is_led_to_a_page_in_its_language(client: TestClient) -> None:
    chinese = {**BROWSER, "accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}
    location = client.get("/id/London", headers=BROWSER).headers["location"]
    answer = client.get(location, headers=chinese)

    assert location == "/data/id/London.html"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == "zh"
    assert answer.headers["content-location"] == "/data/id/London.html?lang=zh"
    assert "Accept-Language" in answer.headers["vary"]
    assert "<h1>伦敦</h1>" in answer.text


def test_the_address_can_ask_for_the_language_of_a_page(client: TestClient) -> None:
    location = client.get("/id/London?lang=zh", headers=BROWSER).headers["location"]
    answer = client.get(location, headers={"accept-language": "en"})

    assert location == "/data/id/London.html?lang=zh"
    assert answer.headers["content-language"] == "zh"
    assert "content-location" not in answer.headers


def test_a_page_in_a_language_that_there_is_not_is_refused(client: TestClient) -> None:
    answer = client.get("/data/id/London.html?lang=fr")

    assert (answer.status_code, answer.json()["parameter"]) == (400, "lang")


def test_pages_in_two_languages_are_told_apart_by_their_tags(client: TestClient) -> None:
    english, chinese = (
        client.get("/data/id/London.html", headers={"accept-language": language})
        for language in ("en", "zh")
    )

    assert english.headers["etag"] != chinese.headers["etag"]
    held = {"accept-language": "zh", "if-none-match": chinese.headers["etag"]}
    assert client.get("/data/id/London.html", headers=held).status_code == 304


@pytest.mark.parametrize(
    ("path", "accept", "location"),
    [
        ("/data/id/London", "text/turtle", "/data/id/London.ttl"),
        ("/data/id/London", "application/ld+json", "/data/id/London.jsonld"),
        ("/data/source/wang/p10.2", "*/*", "/data/source/wang/p10.2.ttl"),
        ("/data/id/London?format=nt", "*/*", "/data/id/London.nt"),
        ("/data/id/London?evidence=1", "application/trig", "/data/id/London.trig?evidence=1"),
        # What Accept alone can ask for has no address of its own.
        (
            "/data/id/London",
            'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"',
            None,
        ),
        ("/ontology", "application/rdf+xml", "/ontology.rdf"),
        ("/data/id/London.json", "text/turtle", "/data/id/London.jsonld"),
        ("/data/id/London.xml", "*/*", "/data/id/London.rdf"),
        ("/data/source/wang/p10.2.turtle", "*/*", "/data/source/wang/p10.2.ttl"),
        ("/data/evidence/p10.2-fact.json", "*/*", "/data/evidence/p10.2-fact.jsonld"),
        ("/data/id/London.ttl", "*/*", None),
        ("/ontology.ttl", "*/*", None),
    ],
)
def test_a_negotiated_document_says_where_it_is_without_negotiation(
    client: TestClient, path: str, accept: str, location: str | None
) -> None:
    answer = client.get(path, headers={"accept": accept})

    assert answer.headers.get("content-location") == location
    if location is not None:
        assert client.get(location).content == answer.content


def test_an_unknown_extension_is_refused_with_those_that_exist(client: TestClient) -> None:
    unknown = client.get("/data/id/London.yaml")
    neither = client.get("/data/id/Londn.yaml")

    assert (unknown.status_code, unknown.json()["type"]) == (406, "/problems/not-acceptable")
    assert unknown.json()["detail"].startswith("Unknown format 'yaml'. Offered: ttl (text/turtle),")
    assert "jsonld (application/ld+json)" in unknown.json()["offered"]
    assert (neither.status_code, neither.json()["type"]) == (404, "/problems/unknown-resource")


@pytest.mark.parametrize("path", ["/data/id/London.ttl", "/ontology", "/ontology/core"])
def test_a_document_that_the_client_holds_is_not_sent_again(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]

    held = client.get(path, headers={"if-none-match": f'"other", {tag}'})
    other = client.get(path, headers={"if-none-match": '"other"'})
    assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", tag)
    assert (other.status_code, other.headers["etag"]) == (200, tag)


def test_every_iri_in_a_document_is_the_permanent_one(client: TestClient) -> None:
    answer = client.get("/data/id/London.nt")

    subjects = {quad.subject for quad in quads_of(answer.text, RdfFormat.N_TRIPLES)}
    assert ID["London"] in subjects
    assert all(one.value.startswith(BASE) for one in subjects if isinstance(one, NamedNode))


@pytest.mark.parametrize("ending", ["trig", "nq", "jsonld"])
def test_with_evidence_each_statement_stands_in_the_graphs_that_say_so(
    client: TestClient, ending: str
) -> None:
    answer = client.get(f"/data/id/London.{ending}?evidence=1&context=inline")

    form = {"trig": RdfFormat.TRIG, "nq": RdfFormat.N_QUADS, "jsonld": RdfFormat.JSON_LD}[ending]
    found = quads_of(answer.text, form)
    assert Quad(ID["C40"], GLOCAL["foundedAt"], ID["London"], EVIDENCE["p10.2-fact"]) in found
    page = Literal("10", datatype=XSD["integer"])
    assert Quad(NamedNode(f"{SOURCE}wang/p10.2"), GLOCAL["page"], page) in found


def test_evidence_is_for_formats_with_named_graphs(client: TestClient) -> None:
    turtle = client.get("/data/id/London.ttl?evidence=1")
    thing = client.get("/id/London?evidence=1&context=inline")

    assert turtle.status_code == 406
    assert [one.split()[0] for one in turtle.json()["offered"]] == ["trig", "jsonld", "nq"]
    location = "/data/id/London.trig?evidence=1&context=inline"
    assert (thing.status_code, thing.headers["location"]) == (303, location)


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ("evidence=yes", "evidence: expected 0 or 1, got 'yes'"),
        ("evidence=1&evidence=1", "evidence: is given 2 times; expected once"),
    ],
)
def test_evidence_that_is_asked_for_otherwise_is_refused(
    client: TestClient, asked: str, detail: str
) -> None:
    answer = client.get(f"/data/id/London.trig?{asked}")

    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


def test_a_term_has_a_document_of_its_own(client: TestClient, store: Store) -> None:
    answer = client.get("/data/ontology/City.nt")

    found = {quad.triple for quad in quads_of(answer.text, RdfFormat.N_TRIPLES)}
    assert found == set(Describer(store).describe(GLOCAL["City"]).triples)
    assert Triple(ID["London"], RDF["type"], GLOCAL["City"]) in found
    assert client.get("/data/ontology/Town.ttl").json()["type"] == "/problems/unknown-resource"


@pytest.mark.parametrize(
    ("path", "accept", "status", "content_type"),
    [
        ("C40", "text/turtle", 200, "text/turtle; charset=utf-8"),
        ("Reifier", "text/turtle", 200, "text/turtle; charset=utf-8; version=1.2"),
        ("Reifier", "text/turtle;version=1.1", 406, "application/problem+json"),
        ("Reifier", "application/ld+json", 406, "application/problem+json"),
    ],
)
def test_a_document_with_a_triple_term_announces_it_or_is_refused(
    towns: TestClient, path: str, accept: str, status: int, content_type: str
) -> None:
    answer = towns.get(f"/data/id/{path}", headers={"accept": accept})

    assert (answer.status_code, answer.headers["content-type"]) == (status, content_type)


def test_a_rule_of_a_term_names_things_by_their_labels(towns: TestClient) -> None:
    page = towns.get("/data/ontology/Local.html", headers={"accept": "text/html"}).text

    assert "If X is a city and X acts at C40 Cities, then X is a local city." in page
