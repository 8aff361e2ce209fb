"""Pages and documents about things of data that has nothing to do with the project."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyld import jsonld
from pyoxigraph import RdfFormat, parse

from tests.service.http.test_html import BROWSER
from tests.service.scratch.conftest import TOKEN, Client, scratch

pytestmark = pytest.mark.slow

BICYCLES = Path(__file__).with_name("bicycles.ttl")
BIKE = "http://bicycles.example/ontology#"
SHED = "http://bicycles.example/shed/"
OLD_RED = f"{SHED}old-red"


@pytest.fixture(scope="module")
def shed() -> Iterator[Client]:
    with scratch(BICYCLES, is_writable=False) as client:
        yield client


def page_of(client: Client, iri: str, language: str = "en") -> str:
    answer = client.get("/resource", params={"iri": iri, "lang": language}, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return re.sub(r"\s+", " ", answer.text)


def told(page: str) -> str:
    """The words of the content of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]))


def test_a_page_names_a_thing_and_what_is_stated_about_it(shed: Client) -> None:
    page = page_of(shed, OLD_RED)
    words = told(page)

    assert "<h1>the old red one</h1>" in page
    assert "das alte rote" in words
    assert "Also known as: Rosinante" in words
    for said in ("has the part", "front wheel", ":back", "Ada", "bike:riddenBy"):
        assert said in words
    assert 'href="/resource?iri=http%3A%2F%2Fbicycles.example%2Fshed%2Ffront&amp;lang=en"' in page


def test_names_are_in_the_language_of_the_page_or_the_next_best(shed: Client) -> None:
    page = page_of(shed, f"{BIKE}Bicycle", "zh")

    assert '<html lang="zh"' in page
    assert "<h1>自行车</h1>" in page
    assert "有部件" in page
    assert '<h1><span lang="en">the old red one</span></h1>' in page_of(shed, OLD_RED, "zh")
    assert '<h1><span lang="en-gb" dir="auto">tandem</span></h1>' in page_of(shed, f"{BIKE}Tandem")


def test_a_reader_gets_names_in_their_languages_unless_they_choose_that_of_the_page(
    shed: Client,
) -> None:
    german = {**BROWSER, "accept-language": "de-AT,en;q=0.8"}
    page = shed.get("/resource", params={"iri": OLD_RED}, headers=german)
    assert '<html lang="en"' in page.text
    assert '<h1><span lang="de" dir="auto">das alte rote</span></h1>' in page.text
    chosen = shed.get("/resource", params={"iri": OLD_RED, "lang": "en"}, headers=german)
    assert "<h1>the old red one</h1>" in chosen.text


def test_class_expressions_and_other_unnamed_nodes_are_written_out(shed: Client) -> None:
    assert "has the part exactly 2 wheel" in told(page_of(shed, f"{BIKE}Bicycle"))
    assert "( bicycle and not wheel )" in told(page_of(shed, f"{BIKE}Tandem"))
    page = page_of(shed, OLD_RED)
    assert "a &lt;neighbour&gt;" in page
    assert "1998" in page


def test_a_class_lists_its_members_and_a_property_its_uses(shed: Client) -> None:
    class_, property_ = page_of(shed, f"{BIKE}Wheel"), told(page_of(shed, f"{BIKE}riddenBy"))

    assert "front wheel" in class_.split('id="in"')[1]
    # By a restriction, and by one within a list.
    within = told("<main" + class_.split('id="within"')[1])
    assert "bicycle" in within
    assert "tandem" in within
    assert "Statements with this property: 3." in property_
    assert "Long" in property_
    assert "urn:person:bo" in property_


def test_a_thing_that_others_only_refer_to_has_a_page_too(shed: Client) -> None:
    assert "Long" in told(page_of(shed, "urn:person:bo"))


def test_what_the_data_does_not_mention_is_not_found(shed: Client) -> None:
    for iri, status in ((f"{SHED}none", 404), ("none", 404), ("a:<", 400), ("", 400)):
        answer = shed.get("/resource", params={"iri": iri})
        assert answer.status_code == status, iri
    missing = shed.get("/resource", params={"iri": f"{SHED}none"})
    assert missing.json()["type"] == "/problems/unknown-resource"
    page = shed.get("/resource", params={"iri": f"{SHED}none"}, headers=BROWSER)
    assert (page.status_code, "Bicycles in the shed" in page.text) == (404, True)


def test_programs_get_the_same_thing_in_the_prefixes_of_the_file(shed: Client) -> None:
    turtle = shed.get("/resource?iri=:old-red", headers={"accept": "text/turtle"})

    assert turtle.headers["content-type"] == "text/turtle; charset=utf-8"
    assert "bike:hasPart" in turtle.text
    assert "glocal" not in turtle.text
    quads = list(parse(turtle.content, format=RdfFormat.TURTLE))
    assert sum(quad.subject.value == OLD_RED for quad in quads) == 8
    # Those of the blank node belong to the thing.
    assert len(quads) == 10


def test_json_ld_is_compacted_by_the_prefixes_and_says_the_same(shed: Client) -> None:
    answer = shed.get("/resource", params={"iri": OLD_RED, "format": "jsonld"})
    lines = shed.get("/resource", params={"iri": OLD_RED, "format": "nt"}).text.splitlines()

    document = answer.json()
    assert document["@id"] == "ns:old-red"
    assert document["@context"]["bike"] == BIKE
    assert "bike:hasPart" in document
    expanded = jsonld.to_rdf(document, {"format": "application/n-quads"})
    assert len(expanded.splitlines()) == len(lines) == 10
    profile = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"'
    plain = shed.get("/resource", params={"iri": OLD_RED}, headers={"accept": profile})
    assert plain.json()[0]["@id"] == OLD_RED


def test_lists_are_lists_in_json_ld(shed: Client) -> None:
    asked = {"iri": f"{BIKE}Tandem"}
    text = shed.get("/resource", params={**asked, "format": "jsonld"}).text
    lines = shed.get("/resource", params={**asked, "format": "nt"}).text.splitlines()

    [members] = re.findall(r'"@list": \[\s*\{\s*"@id": "bike:Bicycle"', text)
    assert members
    assert "rdf:first" not in text
    expanded = jsonld.to_rdf(json.loads(text), {"format": "application/n-quads"})
    assert len(expanded.splitlines()) == len(lines)


def test_every_format_answers_and_is_kept_by_its_tag(shed: Client) -> None:
    for name in ("ttl", "jsonld", "nt", "rdf", "trig", "nq", "html"):
        answer = shed.get("/resource", params={"iri": OLD_RED, "format": name})
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == "no-cache"
        held = {"if-none-match": answer.headers["etag"]}
        again = shed.get("/resource", params={"iri": OLD_RED, "format": name}, headers=held)
        assert again.status_code == 304, name


def test_the_page_follows_each_change_and_names_the_graph() -> None:
    with scratch() as client:
        assert client.put("/graphs?graph=http://e.org/g", "<urn:a> <urn:p> <urn:b> .") == 201
        page = page_of(client, "urn:a")
        assert "http://e.org/g" in told(page)
        assert "It is also a named graph of 1 triples." in told(page_of(client, "http://e.org/g"))
        assert client.update("INSERT DATA { <urn:a> <urn:q> 'more' }") == 204
        assert "more" in told(page_of(client, "urn:a"))
        turtle = client.get("/resource?iri=urn:a&format=nt").text
        assert len(turtle.splitlines()) == 2
        assert client.delete("/graphs", headers=TOKEN).status_code == 204
        assert client.get("/resource?iri=urn:a").status_code == 404


def test_many_values_are_cut_with_a_query_for_the_others(tmp_path: Path) -> None:
    path = tmp_path / "many.ttl"
    lines = [f"<urn:m{number}> a <urn:C> ; <urn:of> <urn:hub> ." for number in range(60)]
    path.write_text("\n".join(lines), encoding="utf-8")
    with scratch(path, is_writable=False) as client:
        page = page_of(client, "urn:C")

        assert "30 more" in told(page)
        [address] = re.findall(r'href="(/sparql[^"]*)"', page.split('id="in"')[1])
        answer = client.get(address.replace("&amp;", "&"), headers={"accept": "text/csv"})
        assert len(answer.text.split()) == 61


def test_a_description_of_more_than_a_mebibyte_is_streamed(tmp_path: Path) -> None:
    path = tmp_path / "large.nt"
    lines = [f'<urn:a> <urn:p> "{number:050}" .' for number in range(20_000)]
    path.write_text("\n".join(lines), encoding="utf-8")
    with scratch(path, is_writable=False) as client:
        answer = client.get("/resource?iri=urn:a&format=nt")
        assert len(answer.text.splitlines()) == 20_000
        assert "19,970 more" in told(page_of(client, "urn:a"))
        expanded = client.get("/resource?iri=urn:a&format=jsonld")
        assert json.loads(expanded.content)[0]["@id"] == "urn:a"
