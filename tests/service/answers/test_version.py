import httpx2
import pytest
from fastapi.testclient import TestClient
from pyoxigraph import Quad, QueryResultsFormat, QuerySolutions, Store

from kg.store.rdf_version import RdfVersion
from service.answers.formats import (
    JSON_LD,
    N_QUADS,
    RESULT_FORMATS,
    RESULTS_CSV,
    TURTLE,
    Choice,
    Format,
)
from service.answers.version import VersionCheck, require_version
from service.errors import NotAcceptable

ARABIC = (
    'SELECT ("مدينة"@ar--rtl AS ?name) ("a--ltr" AS ?text) ("\\",\\"its:dir\\":\\"ltr\\"" AS ?t) {}'
)
TERM = "SELECT (<<( <http://e/s> <http://e/p> 1 )>> AS ?triple) {}"
PLAIN = 'SELECT ("\\"type\\":\\"triple\\"\\t<<( @en--ltr" AS ?text) ("~ <<( TRIPLE(" AS ?u) {}'
DIRECTED = 'CONSTRUCT { <http://e/a> <http://e/p> "x"@ar--rtl } {}'
REIFIED = (
    "CONSTRUCT { <http://e/r> <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> "
    '<<( <http://e/s> <http://e/p> "x"@ar--rtl )>> } {}'
)
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
TSV = "text/tab-separated-values"
SEARCHED = [form for form in RESULT_FORMATS if form != RESULTS_CSV]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("media_type", "directed"),
    [
        (JSON, '"xml:lang":"ar","its:dir":"rtl"}'),
        (XML, '<literal xml:lang="ar" its:dir="rtl"'),
        (TSV, '"مدينة"@ar--rtl\t"a--ltr"\t'),
    ],
)
def test_rows_with_a_direction_announce_1_2_without_being_asked(
    client: TestClient, media_type: str, directed: str
) -> None:
    for accept in (media_type, f"{media_type};version=1.2"):
        answer = client.get("/sparql", params={"query": ARABIC}, headers={"accept": accept})

        assert directed in answer.text
        assert answer.headers["content-type"].endswith("; version=1.2")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["json", "xml", "tsv"])
def test_a_kept_answer_announces_the_same_version(client: TestClient, name: str) -> None:
    request = {"query": TERM, "format": name}
    answers = [
        client.get("/sparql", params=request),
        client.get("/sparql", params=request),
        # Another request with the same entity tag gets the kept body.
        client.get("/sparql?x", params=request),
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.headers["content-type"] for answer in answers}) == 1
    assert answers[2].headers["content-type"].endswith("; version=1.2")
    assert "http://e/s" in answers[2].text


@pytest.mark.slow
@pytest.mark.parametrize("media_type", [JSON, XML, TSV])
def test_rows_that_only_look_like_1_2_announce_nothing(client: TestClient, media_type: str) -> None:
    answer = client.get("/sparql", params={"query": PLAIN}, headers={"accept": media_type})
    asked = {"accept": f"{media_type};version=1.2"}

    assert "version" not in answer.headers["content-type"]
    named = client.get("/sparql", params={"query": PLAIN}, headers=asked)
    assert named.headers["content-type"].endswith("; version=1.2")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "version", "status"),
    [
        (TERM, "1.1", 406),
        (TERM, "1.2-basic", 406),
        (TERM, "1.2", 200),
        (ARABIC, "1.1", 406),
        (ARABIC, "1.2-basic", 200),
        (PLAIN, "1.1", 200),
        (REIFIED, "1.1", 406),
        (REIFIED, "1.2-basic", 406),
        (DIRECTED, "1.1", 406),
        (DIRECTED, "1.2-basic", 200),
    ],
)
def test_a_named_version_is_kept_to_or_refused(
    client: TestClient, query: str, version: str, status: int
) -> None:
    answer = client.get("/sparql", params={"query": query, "version": version})

    assert answer.status_code == status
    if status == 406:
        assert answer.json()["type"] == "/problems/not-acceptable"
        assert f"RDF {version} cannot express" in answer.json()["detail"]
        assert "expected version=1.2, or no version" in answer.json()["detail"]
    elif version != "1.1":
        assert answer.headers["content-type"].endswith(f"; version={version}")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ttl", "nt", "rdf", "trig", "nq"])
def test_a_graph_announces_1_2_if_it_has_a_triple_term(client: TestClient, name: str) -> None:
    new = client.get("/sparql", params={"query": REIFIED, "format": name})
    plain = "CONSTRUCT { <http://e/a> <http://e/p> '<<( x' } {}"
    old = client.get("/sparql", params={"query": plain, "format": name})

    assert new.headers["content-type"].endswith("; version=1.2")
    assert "http://e/s" in new.text
    assert "version" not in old.headers["content-type"]


@pytest.mark.slow
def test_json_ld_has_directions_and_is_refused_for_triple_terms(client: TestClient) -> None:
    directed = client.get("/sparql", params={"query": DIRECTED, "format": "jsonld"})
    reified = {"query": REIFIED, "format": "jsonld", "version": "1.2"}
    refused = client.get("/sparql", params=reified)

    assert '"@direction": "rtl"' in directed.text
    assert "version" not in directed.headers["content-type"]
    assert refused.status_code == 406
    assert "text/turtle" in refused.json()["offered"]
    assert "application/ld+json" not in refused.json()["offered"]


@pytest.mark.slow
def test_csv_has_plain_text_in_place_of_terms(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": TERM, "format": "csv", "version": "1.1"})

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "http://e/s" in answer.text


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "version"),
    [
        ("SELECT * {{ {digits} }}", ""),
        # Only the last of 100,000 rows has a direction.
        ("SELECT (IF(?a + ?b + ?c + ?d + ?e = 45, 'x'@en--ltr, ?a) AS ?x) {{ {digits} }}", "1.2"),
        ("CONSTRUCT {{ ?s <a:b> ?a }} {{ {digits} {subject} }}", ""),
        ("CONSTRUCT {{ ?s <a:b> ?a ~ <a:c> }} {{ {digits} {subject} }}", "1.2"),
    ],
)
def test_a_long_answer_announces_1_2_if_the_query_can_make_it(
    client: TestClient, query: str, version: str
) -> None:
    digits = " ".join(f"VALUES ?{name} {{ {' '.join('0123456789')} }}" for name in "abcde")
    subject = "BIND(IRI(CONCAT('a:', STR(?b), STR(?c), STR(?d), STR(?e))) AS ?s)"

    text = query.format(digits=digits, subject=subject)
    answer = client.post("/sparql", data={"query": text})

    assert len(answer.content) > 2**20
    assert answer.headers["content-type"].partition("version=")[2] == version


@pytest.mark.slow
def test_a_long_answer_in_a_version_that_cannot_express_its_end_is_cut_off(serving) -> None:
    digits = " ".join(f"VALUES ?{name} {{ {' '.join('0123456789')} }}" for name in "abcde")
    last = f"SELECT (IF(?a + ?b + ?c + ?d + ?e = 45, 'x'@en--ltr, ?a) AS ?x) {{ {digits} }}"

    with serving() as service, pytest.raises(httpx2.RemoteProtocolError):
        httpx2.post(f"{service.address}/sparql", data={"query": last, "version": "1.1"})


def test_the_highest_version_is_announced_and_lower_ones_are_not() -> None:
    turtle = Choice(TURTLE, TURTLE.media_type)

    assert require_version(turtle, RdfVersion.RDF_1_1).version == ""
    assert require_version(turtle, RdfVersion.RDF_1_2_BASIC).version == "1.2"
    assert require_version(turtle, RdfVersion.RDF_1_2).content_type.endswith("version=1.2")


def test_the_refusal_of_quads_names_formats_for_quads() -> None:
    with pytest.raises(NotAcceptable) as raised:
        require_version(Choice(JSON_LD, "application/json"), RdfVersion.RDF_1_2, of_quads=True)

    assert raised.value.offered == ["application/trig", N_QUADS.media_type]


def serialized(form: Format, value: str) -> bytes:
    results = Store().query(f"SELECT ?n ({value} AS ?x) {{ VALUES ?n {{ {'1 ' * 99} }} }}")
    assert isinstance(results, QuerySolutions)
    assert isinstance(form.syntax, QueryResultsFormat)
    return results.serialize(format=form.syntax) or b""


@pytest.mark.parametrize("size", [1, 7, 256, 5_000])
@pytest.mark.parametrize("form", SEARCHED)
@pytest.mark.parametrize(
    ("value", "version"), [('"x"@ar--rtl', "1.2"), ("<<( <a:a> <a:b> 1 )>>", "1.2"), ("'x'", "")]
)
def test_a_mark_is_found_wherever_the_answer_is_cut(
    form: Format, size: int, value: str, version: str
) -> None:
    whole = serialized(form, value)
    check = VersionCheck(Choice(form, form.media_type), may_need_1_2=True)
    refusing = VersionCheck(Choice(form, form.media_type, "1.1"), may_need_1_2=True)

    def search(check: VersionCheck) -> str:
        for start in range(0, len(whole), size):
            check.search_rows(whole[start : start + size])
        return check.choice.version

    assert search(check) == version
    if version:
        with pytest.raises(NotAcceptable):
            search(refusing)


def test_nothing_is_searched_where_nothing_can_be_found() -> None:
    json = RESULT_FORMATS[0]
    term = serialized(json, "<<( <a:a> <a:b> 1 )>>")
    check = VersionCheck(Choice(json, json.media_type, "1.1"), may_need_1_2=False)

    check.search_rows(term)
    check.begin_stream()

    assert check.choice.version == "1.1"
    statements: list[Quad] = []
    assert check.search_statements(statements) is statements
