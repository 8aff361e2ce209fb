"""The pages of derived statements: marked, explained, and what would follow without others."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from pyld import jsonld
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from tests.service.http.test_html import BROWSER
from tests.service.scratch.conftest import Client
from tests.service.scratch.test_entailment import entailed
from tests.service.scratch.test_resource import BICYCLES, BIKE, OLD_RED, SHED, page_of, told

pytestmark = pytest.mark.slow

SPOKE = f"{SHED}spoke"
RED_AND_SPOKE = {"subject": OLD_RED, "predicate": f"{BIKE}hasPart", "object": SPOKE}


@pytest.fixture(scope="module")
def shed() -> Iterator[Client]:
    with entailed(BICYCLES) as client:
        yield client


def links(page: str, path: str) -> list[str]:
    """The addresses on a page that begin with a path."""
    return [unescape(one) for one in re.findall(rf'href="({path}\?[^"]*)"', page)]


def test_a_derived_statement_is_marked_and_leads_to_its_proof(shed: Client) -> None:
    page = page_of(shed, OLD_RED)

    [row] = [one for one in page.split("<li>") if "%2Fspoke" in one and "hasPart" in one]
    assert "chip derived" in row
    [address] = links(row, "/explain")
    proof = told(shed.get(address, headers=BROWSER).text)
    assert "the old red one has the part" in proof
    assert "prp-trp" in proof
    assert proof.count("asserted") >= 2


def test_what_is_asserted_leads_to_what_would_fall_without_it(shed: Client) -> None:
    page = page_of(shed, f"{SHED}front")

    addresses = [one for one in links(page, "/whatif") if "spoke" in one]
    outcome = told(shed.get(addresses[0], headers=BROWSER).text)
    assert "No longer holds" in outcome
    assert "the old red one has the part" in outcome
    assert shed.get("/resource", params={"iri": SPOKE}).status_code == 200


def test_an_iri_whose_scheme_is_a_prefix_of_the_data_is_linked_as_an_iri(tmp_path: Path) -> None:
    file = tmp_path / "hostile.ttl"
    file.write_text(
        "@prefix javascript: <http://j.example/> . @prefix e: <http://e.example/> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "e:a e:link <javascript:alert(1)> . e:link rdfs:subPropertyOf e:near . javascript:b a e:c ."
    )
    with entailed(file, with_prefixes=True) as client:
        page = page_of(client, "http://e.example/a")
        things, [proof] = links(page, "/resource"), links(page, "/explain")
        statuses = {one: client.get(one, headers=BROWSER).status_code for one in [*things, proof]}
        located = client.get("/resource?iri=%3Cjavascript:alert(1)%3E", headers=BROWSER).text

    assert "object=%3Cjavascript%3Aalert%281%29%3E" in proof
    assert [one for one in things if "iri=%3Cjavascript%3Aalert%281%29%3E" in one]
    assert set(statuses.values()) == {200}
    assert "iri=%3Cjavascript%3Aalert%281%29%3E&amp;format=ttl" in located


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pages_are_in_the_language_of_the_reader(shed: Client, language: str) -> None:
    answer = shed.get("/explain", params={**RED_AND_SPOKE, "lang": language}, headers=BROWSER)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}"' in answer.text
    relation = {"en": "has the part", "zh": "有部件"}[language]
    assert f"the old red one {relation} " in told(answer.text)
    assert "glocal" not in told(answer.text).lower()
    etag = {"if-none-match": answer.headers["etag"], **BROWSER}
    again = shed.get("/explain", params={**RED_AND_SPOKE, "lang": language}, headers=etag)
    assert again.status_code == 304


def test_a_form_asks_why_and_shows_what_was_typed_when_it_fails(shed: Client) -> None:
    empty = shed.get("/explain?lang=en", headers=BROWSER)
    assert (empty.status_code, 'name="subject"' in empty.text) == (200, True)
    asked = {**RED_AND_SPOKE, "predicate": f"{BIKE}riddenBy"}

    page = shed.get("/explain", params=asked, headers=BROWSER)

    assert (page.status_code, f'value="{BIKE}riddenBy"' in page.text) == (404, True)
    assert 'role="alert"' in page.text
    assert "What is known of it" in page.text


def test_what_does_not_hold_has_a_page_with_what_is_known_and_what_is_missing(shed: Client) -> None:
    asked = {
        "subject": OLD_RED,
        "predicate": f"{BIKE}hasPart",
        "object": f"{SHED}ada",
        "lang": "en",
    }

    page = shed.get("/explain", params=asked, headers=BROWSER)

    words = told(page.text)
    assert page.status_code == 404
    assert "the old red one has the part Ada" in words
    known, nearest = words.split("What comes nearest")
    assert "the old red one has the part front wheel" in known
    assert "If X has the part Y and Y has the part Z" in nearest.replace(
        " hasPart ", " has the part "
    )
    assert "Missing" in nearest
    updates = re.findall(r'name="update" value="([^"]*)"', page.text)
    outcome = shed.get("/whatif", params={"update": unescape(updates[0])}, headers=BROWSER)
    assert "Ada" in told(outcome.text)
    assert (
        shed.get("/explain", params={**asked, "predicate": "urn:none"}, headers=BROWSER).status_code
        == 404
    )


def test_a_form_supposes_something_and_keeps_what_was_typed(shed: Client) -> None:
    empty = shed.get("/whatif", headers=BROWSER)
    assert (empty.status_code, 'name="update"' in empty.text) == (200, True)
    [removal, insertion] = [one for one in links(empty.text, "/whatif") if "update=" in one]
    assert "No longer holds" in told(shed.get(f"{removal}&lang=en", headers=BROWSER).text)
    assert shed.get(insertion, headers=BROWSER).status_code == 200
    assert shed.get("/whatif", headers={"accept": "application/json"}).status_code == 400
    update = f"INSERT DATA {{ <{SPOKE}> <{BIKE}hasPart> <urn:nipple> }}"

    page = shed.get("/whatif", params={"update": update}, headers=BROWSER).text

    assert "urn:nipple" in told(page)
    assert unescape(page).count(update) == 1
    assert "Newly holds" in told(page)
    nothing = f"INSERT DATA {{ <{SHED}ada> <urn:p> <urn:q> }} ; " + (
        f"DELETE DATA {{ <{SHED}ada> <urn:p> <urn:q> }}"
    )
    assert shed.get("/whatif", params={"update": nothing}, headers=BROWSER).status_code in (
        200,
        422,
    )


def test_contradictions_have_a_page(shed: Client) -> None:
    assert "Nothing in this data contradicts itself." in told(
        shed.get("/contradictions?lang=en", headers=BROWSER).text
    )
    owl = "PREFIX owl: <http://www.w3.org/2002/07/owl#>"
    clash = f"{owl} INSERT DATA {{ <urn:a> a owl:Nothing }}"

    assert shed.update(clash) == 204
    page = told(shed.get("/contradictions?lang=en", headers=BROWSER).text)
    assert shed.update(clash.replace("INSERT", "DELETE")) == 204

    assert "urn:a" in page
    assert "Contradiction" in page


def test_every_part_of_the_site_that_the_header_names_is_there(shed: Client) -> None:
    page = shed.get("/?lang=zh", headers=BROWSER).text

    for address in ("/", "/sparql", "/whatif", "/contradictions"):
        assert f'href="{address}?lang=zh"' in page
        assert shed.get(f"{address}?lang=zh", headers=BROWSER).status_code == 200


def test_documents_have_what_follows_too(shed: Client) -> None:
    turtle = shed.get("/resource", params={"iri": OLD_RED, "format": "nt"}).text

    assert f"<{OLD_RED}> <{BIKE}hasPart> <{SPOKE}> ." in turtle


def test_a_search_names_the_class_that_is_stated(shed: Client) -> None:
    [found] = shed.get("/search?q=long&format=json").json()["things"]

    assert found["type"] == f"{BIKE}Tandem"


def test_what_is_derived_can_be_left_out(shed: Client) -> None:
    asked = {"iri": OLD_RED, "entailment": "none"}

    lines = shed.get("/resource", params={**asked, "format": "nt"}).text
    page = shed.get("/resource", params={**asked, "lang": "en"}, headers=BROWSER).text

    assert f"<{BIKE}hasPart> <{SPOKE}>" not in lines
    assert f"<{BIKE}hasPart> <{SHED}front>" in lines
    assert "chip derived" not in page
    assert "entailment=none&amp;format=ttl" in page or "format=ttl&amp;entailment=none" in page
    assert shed.get("/resource", params={**asked, "entailment": "some"}).status_code == 400


def test_an_axiom_can_be_supposed_away(shed: Client) -> None:
    addresses = links(page_of(shed, f"{BIKE}hasPart"), "/whatif")

    [axiom] = [one for one in addresses if "TransitiveProperty" in one]
    outcome = told(shed.get(axiom, headers=BROWSER).text)
    assert "No longer holds" in outcome
    assert "the old red one has the part" in outcome


def test_formats_with_graphs_tell_what_is_derived(shed: Client) -> None:
    def read(name: str) -> set[Quad]:
        text = shed.get("/resource", params={"iri": OLD_RED, "format": name}).content
        return set(parse(text, format=formats[name], rename_blank_nodes=False))

    formats = {"nq": RdfFormat.N_QUADS, "trig": RdfFormat.TRIG, "nt": RdfFormat.N_TRIPLES}
    quads, derived = read("nq"), NamedNode("urn:x-glocal:derived")
    document = shed.get("/resource", params={"iri": OLD_RED, "format": "jsonld"}).json()

    has_part, subject = NamedNode(f"{BIKE}hasPart"), NamedNode(OLD_RED)
    assert Quad(subject, has_part, NamedNode(SPOKE), derived) in quads
    assert Quad(subject, has_part, NamedNode(f"{SHED}front")) in quads
    assert {one.triple for one in quads} == {one.triple for one in read("nt")}
    named = [one for one in read("trig") if one.graph_name == derived]
    assert {one.triple for one in named if one.subject == subject} == {
        one.triple for one in quads if one.graph_name == derived and one.subject == subject
    }
    assert document["@id"] == OLD_RED
    assert {one["@id"] for one in document[f"{BIKE}hasPart"]} == {f"{SHED}front", f"{SHED}back"}
    written = jsonld.to_rdf(document, {"format": "application/n-quads"})
    assert f"<{OLD_RED}> <{BIKE}hasPart> <{SPOKE}> {derived} ." in written.splitlines()


def test_what_is_stated_is_among_the_values_that_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "chain.ttl"
    chain = "".join(f"<urn:n{n}> <urn:p> <urn:n{n + 1}> ." for n in range(70))
    path.write_text(f"{chain} <urn:p> a <http://www.w3.org/2002/07/owl#TransitiveProperty> .")

    with entailed(path) as client:
        first, last = page_of(client, "urn:n0"), page_of(client, "urn:n70")

    assert any(
        "urn:n1&gt;" in unescape(one) or "urn%3An1%3E" in one for one in links(first, "/whatif")
    )
    assert "iri=urn%3An1&amp;" in first.split('id="out"')[1]
    assert "iri=urn%3An69&amp;" in last.split('id="in"')[1]


def test_things_that_are_the_same_keep_their_own_names(tmp_path: Path) -> None:
    path = tmp_path / "same.ttl"
    path.write_text(
        "PREFIX : <http://e.org/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        "PREFIX owl: <http://www.w3.org/2002/07/owl#> "
        ':z rdfs:label "Zoe" ; owl:sameAs :a . :a rdfs:label "Ann" .'
    )
    with entailed(path) as client:
        pages = [page_of(client, f"http://e.org/{name}") for name in "az"]

    assert ["<h1>Ann</h1>" in pages[0], "<h1>Zoe</h1>" in pages[1]] == [True, True]
