import io

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import BlankNode, Quad, QuerySolutions, RdfFormat, Store, parse

from kg.namespaces import RDF
from service.answers.formats import N_QUADS, RESULT_FORMATS, Choice, Format
from service.answers.rdf_1_1 import Rdf11RowSink, quads_for_version

pytestmark = pytest.mark.slow

ARABIC = (
    'SELECT ("مدينة"@ar--rtl AS ?name) ("a--ltr" AS ?text) ("\\",\\"its:dir\\":\\"ltr\\"" AS ?t) {}'
)
TERM = "SELECT (<<( <http://e/s> <http://e/p> 1 )>> AS ?triple) {}"
REIFIED = (
    "CONSTRUCT { <http://e/r> <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> "
    '<<( <http://e/s> <http://e/p> "x"@ar--rtl )>> } {}'
)
QUOTED = "CONSTRUCT { <http://e/a> <http://e/p> ?t . <http://e/b> <http://e/p> ?t } "
QUOTED += "{ BIND(<<( <http://e/s> <http://e/p> <<( <http://e/s> <http://e/q> 1 )>> )>> AS ?t) }"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
TSV = "text/tab-separated-values"


@pytest.mark.parametrize(
    ("media_type", "in_12", "in_11"),
    [
        (JSON, '"xml:lang":"ar","its:dir":"rtl"}', '"xml:lang":"ar"}'),
        (XML, '<literal xml:lang="ar" its:dir="rtl"', '<literal xml:lang="ar">مدينة</literal>'),
        (TSV, '"مدينة"@ar--rtl\t"a--ltr"\t', '"مدينة"@ar\t"a--ltr"\t'),
    ],
)
def test_a_string_has_its_direction_for_those_who_ask_for_it(
    client: TestClient, media_type: str, in_12: str, in_11: str
) -> None:
    new = client.get(
        "/sparql", params={"query": ARABIC}, headers={"accept": f"{media_type};version=1.2"}
    )
    old = client.get("/sparql", params={"query": ARABIC}, headers={"accept": media_type})

    assert in_12 in new.text
    assert new.headers["content-type"].endswith("; version=1.2")
    assert in_11 in old.text
    assert "version" not in old.headers["content-type"]
    assert new.headers["etag"] != old.headers["etag"]


def test_what_only_looks_like_a_direction_is_left(client: TestClient) -> None:
    rows = client.get("/sparql", params={"query": ARABIC}).json()["results"]["bindings"]

    assert rows[0]["text"]["value"] == "a--ltr"
    assert rows[0]["t"]["value"] == '","its:dir":"ltr"'


@pytest.mark.parametrize("name", ["json", "xml", "tsv"])
def test_a_triple_in_a_row_is_refused_unless_asked_for(client: TestClient, name: str) -> None:
    refused = client.get("/sparql", params={"query": TERM, "format": name})
    given = client.get("/sparql", params={"query": TERM, "format": name, "version": "1.2"})

    assert (refused.status_code, refused.json()["type"]) == (406, "/problems/not-acceptable")
    assert "version=1.2" in refused.json()["detail"]
    assert given.status_code == 200
    assert "http://e/s" in given.text


def triples(text: str) -> list[Quad]:
    return list(parse(text.encode(), format=RdfFormat.N_TRIPLES))


def test_a_reifier_becomes_a_statement(client: TestClient) -> None:
    old = client.get("/sparql", params={"query": REIFIED, "format": "nt"}).text
    new = client.get("/sparql", params={"query": f'VERSION "1.2" {REIFIED}', "format": "nt"})

    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    assert set(old.splitlines()) == {
        f"<http://e/r> <{rdf}type> <{rdf}Statement> .",
        f"<http://e/r> <{rdf}subject> <http://e/s> .",
        f"<http://e/r> <{rdf}predicate> <http://e/p> .",
        f'<http://e/r> <{rdf}object> "x"@ar .',
    }
    assert '<<( <http://e/s> <http://e/p> "x"@ar--rtl )>>' in new.text
    assert new.headers["content-type"] == "application/n-triples; version=1.2"


def test_a_triple_term_becomes_one_statement_however_often_it_is_said(client: TestClient) -> None:
    found = triples(client.get("/sparql", params={"query": QUOTED, "format": "nt"}).text)

    said = {str(one.subject): one.object for one in found if one.predicate.value == "http://e/p"}
    assert isinstance(said["<http://e/a>"], BlankNode)
    assert said["<http://e/a>"] == said["<http://e/b>"]
    statements = [one.subject for one in found if one.object == RDF["Statement"]]
    assert len(set(statements)) == len(statements) == 2
    assert len(found) == 2 + 2 * 4


def test_a_triple_term_becomes_one_statement_in_each_graph() -> None:
    text = "".join(
        f'<a:{name}> <a:p> <<( <a:s> <a:q> "1" )>> <a:{graph}> .\n'
        for name, graph in ("1g", "2g", "3h")
    )
    quads = parse(text, format=RdfFormat.N_QUADS)

    found = list(quads_for_version(Choice(N_QUADS, N_QUADS.media_type, "1.1"), quads))

    statements = [
        (one.graph_name.value, one.subject) for one in found if one.object == RDF["Statement"]
    ]
    assert sorted(graph for graph, _ in statements) == ["a:g", "a:h"]
    nodes = {(one.graph_name.value, one.object) for one in found if one.predicate.value == "a:p"}
    assert nodes == set(statements)


def test_json_ld_has_statements_whatever_is_asked_for(client: TestClient) -> None:
    asked = {"query": REIFIED, "format": "jsonld", "version": "1.2"}
    answer = client.get("/sparql", params=asked)

    assert answer.headers["content-type"].startswith("application/ld+json;")
    assert '"@direction": "rtl"' in answer.text
    assert "Statement" in answer.text


def test_basic_1_2_has_directions_and_no_triple_terms(client: TestClient) -> None:
    basic = {"format": "json", "version": "1.2-basic"}

    assert '"its:dir":"rtl"' in client.get("/sparql", params={"query": ARABIC, **basic}).text
    assert client.get("/sparql", params={"query": TERM, **basic}).status_code == 406


def test_a_version_is_announced_by_parameter_by_media_type_or_in_the_query(
    client: TestClient,
) -> None:
    direct = {"content-type": "application/sparql-query; version=1.2", "accept": JSON}
    by_form = client.post("/sparql", data={"query": TERM, "version": "1.2"})
    as_it_is = client.post("/sparql", content=TERM, headers=direct)
    in_query = client.get("/sparql", params={"query": f"VERSION '1.2' {TERM}"})
    contradicted = {"query": f"VERSION '1.2' {TERM}", "version": "1.1"}

    assert by_form.text == as_it_is.text == in_query.text
    assert by_form.headers["content-type"] == f"{JSON}; version=1.2"
    assert client.get("/sparql", params=contradicted).status_code == 406
    assert client.get("/sparql", params={"query": TERM, "version": "2"}).status_code == 400


@pytest.mark.parametrize("version", ["1.1", ""])
@pytest.mark.parametrize("size", [1, 7, 256, 5_000])
@pytest.mark.parametrize("form", [one for one in RESULT_FORMATS if one.name != "csv"])
def test_a_mark_is_found_wherever_the_answer_is_cut(form: Format, size: int, version: str) -> None:
    results = Store().query(f'SELECT ?n ("x"@ar--rtl AS ?x) {{ VALUES ?n {{ {"1 " * 99} }} }}')
    assert isinstance(results, QuerySolutions)
    whole = results.serialize(format=form.syntax) or b""
    sink = io.BytesIO()
    rows = Rdf11RowSink(sink, Choice(form, form.media_type, version))

    for start in range(0, len(whole), size):
        rows.write(whole[start : start + size])
    rows.finish()

    plain = Store().query(f'SELECT ?n ("x"@ar AS ?x) {{ VALUES ?n {{ {"1 " * 99} }} }}')
    assert isinstance(plain, QuerySolutions)
    assert sink.getvalue() == plain.serialize(format=form.syntax)
