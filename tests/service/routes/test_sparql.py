import json
from collections import defaultdict

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from kg.namespaces import PREFIXES, RDF
from kg.store.quad_store import Store
from service.pages.service_description import describe_service

pytestmark = pytest.mark.slow

PREFIX = (
    "PREFIX glocal: <https://w3id.org/glocal/ontology#> PREFIX id: <https://w3id.org/glocal/id/> "
)
HOSTED = PREFIX + "SELECT ?what { id:London glocal:hosted ?what }"
FOUNDED = PREFIX + "SELECT ?city { id:C40 glocal:foundedAt ?city }"
CONSTRUCT = PREFIX + "CONSTRUCT WHERE { ?s glocal:hosted ?o }"
C40, LONDON = "https://w3id.org/glocal/id/C40", "https://w3id.org/glocal/id/London"
CSV = {"accept": "text/csv"}
SD = "http://www.w3.org/ns/sparql-service-description#"


def test_a_query_is_answered_by_get_by_form_and_as_it_is(client: TestClient) -> None:
    direct = {"content-type": "application/sparql-query; charset=UTF-8", **CSV}

    by_get = client.get("/sparql", params={"query": HOSTED}, headers=CSV)
    by_form = client.post("/sparql", data={"query": HOSTED}, headers=CSV)
    as_it_is = client.post("/sparql", content=HOSTED, headers=direct)

    assert by_get.text == by_form.text == as_it_is.text == f"what\r\n{C40}\r\n"
    assert by_get.headers["content-type"] == "text/csv; charset=utf-8"
    assert by_get.headers["vary"] == "Accept, Accept-Encoding"


@pytest.mark.parametrize(
    ("accept", "content_type", "body"),
    [
        (
            "*/*",
            "application/sparql-results+json",
            '{"head":{"vars":["what"]},"results":{"bindings":[{"what":{"type":"uri","value":"'
            + C40
            + '"}}]}}',
        ),
        (
            "application/sparql-results+xml",
            "application/sparql-results+xml",
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
            '<variable name="what"/></head><results><result><binding name="what"><uri>'
            + C40
            + "</uri></binding></result></results></sparql>",
        ),
        (
            "text/tab-separated-values",
            "text/tab-separated-values; charset=utf-8",
            f"?what\n<{C40}>\n",
        ),
    ],
)
def test_rows_come_in_every_result_format(
    client: TestClient, accept: str, content_type: str, body: str
) -> None:
    answer = client.get("/sparql", params={"query": HOSTED}, headers={"accept": accept})

    assert (answer.headers["content-type"], answer.text) == (content_type, body)


@pytest.mark.parametrize(
    ("name", "body"),
    [("json", '{"head":{},"boolean":false}'), ("csv", "false"), ("tsv", "false")],
)
def test_ask_is_answered_in_every_result_format(client: TestClient, name: str, body: str) -> None:
    query = PREFIX + "ASK { id:C40 glocal:hosted id:London }"

    assert client.get("/sparql", params={"query": query, "format": name}).text == body


@pytest.mark.parametrize(
    ("accept", "line"),
    [
        ("text/turtle", "id:London glocal:hosted id:C40 ."),
        (
            "application/n-triples",
            f"<{LONDON}> <https://w3id.org/glocal/ontology#hosted> <{C40}> .",
        ),
        ("application/trig", "id:London glocal:hosted id:C40 ."),
        ("application/ld+json", f'   "hosted": "{C40}"'),
        ("application/rdf+xml", f'\t\t<glocal:hosted rdf:resource="{C40}"/>'),
    ],
)
def test_triples_come_in_every_graph_format(client: TestClient, accept: str, line: str) -> None:
    answer = client.get("/sparql", params={"query": CONSTRUCT}, headers={"accept": accept})

    assert line in answer.text.splitlines()


@pytest.mark.parametrize("character", ["\\u0000", "\\u001B", "\\uFFFF"])
def test_xml_is_refused_for_a_character_that_it_cannot_carry(
    client: TestClient, character: str
) -> None:
    query = f'SELECT ("a{character}b" AS ?x) {{}}'

    refused = client.get("/sparql", params={"query": query, "format": "xml"})
    found = client.get("/sparql", params={"query": query, "format": "json"}).json()

    assert refused.status_code == 406
    assert f"U+{character[2:]}, which JSON can carry, XML not" in refused.json()["detail"]
    assert refused.json()["offered"][0] == "application/sparql-results+json"
    value = json.loads(f'"a{character}b"')
    assert found["results"]["bindings"] == [{"x": {"type": "literal", "value": value}}]


def test_describe_returns_triples(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": f"DESCRIBE <{C40}>", "format": "nt"})

    assert answer.text == f"<{C40}> <https://w3id.org/glocal/ontology#foundedAt> <{LONDON}> .\n"


def test_entailment_none_leaves_out_what_is_derived(client: TestClient) -> None:
    asked = {"query": HOSTED, "entailment": "none", "format": "csv"}

    assert client.get("/sparql", params=asked).text == "what\r\n"
    assert client.post("/sparql", data=asked).text == "what\r\n"
    in_address = client.post("/sparql?entailment=none", data={"query": HOSTED}, headers=CSV)
    assert in_address.text == "what\r\n"
    assert client.get("/sparql", params={**asked, "query": FOUNDED}).text == f"city\r\n{LONDON}\r\n"
    assert client.get("/sparql", params={**asked, "entailment": "all"}).text == f"what\r\n{C40}\r\n"


def test_dataset_parameters_override_the_querys_own_dataset(client: TestClient) -> None:
    graph = "https://w3id.org/glocal/graph/"
    query = HOSTED.replace("{", f"FROM <{graph}derived> {{", 1)
    named = PREFIX + "SELECT ?g { GRAPH ?g { ?s glocal:hosted ?o } }"

    overridden = {"query": query, "default-graph-uri": f"{graph}asserted", "format": "csv"}
    one_named = {"query": named, "named-graph-uri": f"{graph}derived", "format": "csv"}

    assert client.get("/sparql", params={"query": query}, headers=CSV).text == f"what\r\n{C40}\r\n"
    assert client.get("/sparql", params=overridden).text == "what\r\n"
    assert client.post("/sparql", data=one_named).text == f"g\r\n{graph}derived\r\n"


def test_a_malformed_query_is_answered_with_line_and_column(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "SELECT * {\n ?s ?p ?o ;; }\nLIMIT x"})

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/malformed-query",
        "title": "Bad Request",
        "status": 400,
        "detail": "The query is not well-formed SPARQL (line 3, column 7): "
        "found 'x', expected a digit",
        "request_id": answer.headers["x-request-id"],
        "line": 3,
        "column": 7,
    }


@pytest.mark.parametrize(
    ("parameters", "status", "slug", "detail"),
    [
        ([("query", "ASK{}"), ("query", "ASK{}")], 400, "malformed-parameter", "given 2 times"),
        ([("query", "ASK{}"), ("format", "docx")], 406, "not-acceptable", "Unknown format 'docx'"),
        ([("query", "ASK{}"), ("entailment", "owl")], 400, "malformed-parameter", "got 'owl'"),
        ([("query", "ASK{}"), ("default-graph-uri", "a b")], 400, "malformed-parameter", "IRI"),
        ([("query", "ASK{SERVICE <http://e/> {}}")], 403, "refused-endpoint", "may not call"),
        ([("query", "ASK{} #" + "x" * 500)], 414, "address-too-long", "500 characters"),
        ([("update", "CLEAR ALL")], 400, "malformed-parameter", "expected an update by POST"),
        ([("query", "CLEAR ALL")], 400, "malformed-query", "CLEAR is an update"),
    ],
)
def test_what_is_refused_by_get_says_why(
    client: TestClient, parameters: list[tuple[str, str]], status: int, slug: str, detail: str
) -> None:
    answer = client.get("/sparql", params=parameters)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content_type", "body", "status", "slug"),
    [
        ("text/plain", b"ASK {}", 415, "unsupported-media-type"),
        ("", b"ASK {}", 415, "unsupported-media-type"),
        ("application/sparql-query; charset=utf-16", b"ASK {}", 415, "unsupported-media-type"),
        ("application/sparql-query", b"ASK { ?s ?p '\xff' }", 400, "malformed-parameter"),
        ("application/sparql-query", b"ASK {} #" + b"x" * 500, 413, "content-too-large"),
        ("application/sparql-query", b"x" * 80_000, 413, "content-too-large"),
        ("application/sparql-update", b"CLEAR ALL", 403, "read-only"),
        ("application/x-www-form-urlencoded", b"update=CLEAR+ALL", 403, "read-only"),
        ("application/x-www-form-urlencoded", b"format=csv", 400, "missing-parameter"),
        ("application/x-www-form-urlencoded", b"query=%FF", 400, "malformed-parameter"),
    ],
)
def test_what_is_refused_by_post_says_why(
    client: TestClient, content_type: str, body: bytes, status: int, slug: str
) -> None:
    answer = client.post("/sparql", content=body, headers={"content-type": content_type})

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")


def test_a_query_in_the_address_and_in_the_body_is_one_too_many(client: TestClient) -> None:
    answer = client.post("/sparql", params={"query": "ASK{}"}, data={"query": "ASK{}"})

    assert answer.json()["detail"] == "query: is given 2 times; expected once"


def test_an_update_in_the_address_of_a_query_is_not_passed_over(client: TestClient) -> None:
    sent = {"content": "ASK {}", "headers": {"content-type": "application/sparql-query"}}
    answer = client.post("/sparql", params={"update": "CLEAR ALL"}, **sent)

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/read-only")


def test_a_form_is_decoded_once(client: TestClient) -> None:
    query = "SELECT ('a%20b+c' AS ?x) {}"

    assert client.post("/sparql", data={"query": query}, headers=CSV).text == "x\r\na%20b+c\r\n"


def test_relative_iris_are_resolved_against_the_endpoint(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "SELECT (<x> AS ?x) {}"}, headers=CSV)

    assert answer.text == "x\r\nhttp://testserver/x\r\n"


MISSPELT = PREFIX + "SELECT ?x { ?x glocal:hostedd id:Londn . }"
WARNING = (
    "\"Unknown term 'glocal:hostedd'.\", \"Unknown term 'id:Londn'. Did you mean: id:London?\""
)


def test_a_term_that_does_not_exist_is_named_in_a_header_with_similar_ones(
    client: TestClient,
) -> None:
    asked = [
        client.get("/sparql", params={"query": MISSPELT}),
        client.get("/sparql", params={"query": MISSPELT, "view": "facts"}),
        client.get("/sparql", params={"query": MISSPELT, "entailment": "none"}),
        client.post("/sparql", data={"query": MISSPELT, "format": "xml"}),
    ]
    # Kept by request, and by entity tag for a request that differs.
    kept = client.get("/sparql", params={"query": MISSPELT})
    tagged = client.get("/sparql", params={"query": MISSPELT, "unread": "1"})

    for answer in (*asked, kept, tagged):
        assert (answer.status_code, answer.headers["glocal-warning"]) == (200, WARNING)
        assert "Glocal-Warning" in answer.headers["access-control-expose-headers"]
    assert "glocal-warning" not in client.get("/sparql", params={"query": HOSTED}).headers


def test_a_warning_is_short_and_ascii_whatever_the_names_are(client: TestClient) -> None:
    names = (f"<https://w3id.org/glocal/id/{letter * 90}>" for letter in "中éx")
    answer = client.get("/sparql", params={"query": f"ASK {{ VALUES ?x {{ {' '.join(names)} }} }}"})
    warnings = answer.headers["glocal-warning"].split(", ")

    assert warnings[0].startswith("\"Unknown term 'id:%E4%B8%AD%E4%B8%AD")
    assert warnings[1].startswith("\"Unknown term 'id:%C3%A9%C3%A9")
    assert [len(warning) for warning in warnings] == [302, 302, 111]
    assert warnings[2] == f"\"Unknown term 'id:{'x' * 90}'.\""


def test_a_header_tells_that_the_view_does_not_decide_over_what_graph_reads(
    client: TestClient,
) -> None:
    within = PREFIX + "SELECT ?what { GRAPH ?g { id:London glocal:hosted ?what } }"
    warned = client.get("/sparql", params={"query": within, "view": "facts"})
    dataset = {"query": within, "named-graph-uri": "urn:x"}

    assert warned.headers["glocal-warning"].startswith('"GRAPH reads every named graph in every')
    assert "glocal-warning" not in client.get("/sparql", params=dataset).headers


def test_the_same_answer_is_not_sent_twice(client: TestClient) -> None:
    first = client.get("/sparql", params={"query": HOSTED})
    known = {"if-none-match": first.headers["etag"]}
    again = client.get("/sparql", params={"query": HOSTED}, headers=known)
    other = client.get("/sparql", params={"query": FOUNDED}, headers=known)

    assert (again.status_code, again.content, again.headers["vary"]) == (
        304,
        b"",
        "Accept, Accept-Encoding",
    )
    assert other.json()["results"]["bindings"] == [{"city": {"type": "uri", "value": LONDON}}]
    assert "etag" not in client.get("/sparql", params={"query": "SELECT (NOW() AS ?x) {}"}).headers


def test_without_a_query_the_service_describes_itself(client: TestClient) -> None:
    lines = client.get("/sparql", headers={"accept": "application/n-triples"}).text.splitlines()
    sd = "http://www.w3.org/ns/sparql-service-description#"
    here = "<http://testserver/sparql>"

    assert f"{here} <{sd}endpoint> {here} ." in lines
    assert f"{here} <{sd}supportedLanguage> <{sd}SPARQL11Query> ." in lines
    assert f"{here} <{sd}resultFormat> <http://www.w3.org/ns/formats/Turtle> ." in lines
    named = [
        line for line in lines if f"<{sd}name> <https://w3id.org/glocal/graph/derived>" in line
    ]
    assert len(named) == 1


def test_the_description_tells_of_the_choice_of_entailment(client: TestClient) -> None:
    triples = described(client)
    here, without = "http://testserver/sparql", "http://testserver/sparql?entailment=none"
    simple = "http://www.w3.org/ns/entailment/Simple"

    def named_graphs(service: str) -> set[str]:
        [dataset] = triples[service, f"{SD}defaultDataset"]
        entries = triples[dataset, f"{SD}namedGraph"]
        return {name for entry in entries for name in triples[entry, f"{SD}name"]}

    for service in (here, without):
        assert triples[service, f"{SD}defaultEntailmentRegime"] == {simple}
        assert triples[service, f"{SD}endpoint"] == {service}
    derived = {"https://w3id.org/glocal/graph/derived"}
    derived.add("https://w3id.org/glocal/graph/derived-fact-prp-inv")
    assert named_graphs(here) - named_graphs(without) == derived
    assert named_graphs(without) < named_graphs(here)


def test_the_description_links_the_rules_and_what_else_describes(client: TestClient) -> None:
    triples = described(client)

    beside = triples["http://testserver/sparql", f"{PREFIXES['rdfs']}seeAlso"]
    [reasoning] = triples[
        "http://testserver/sparql#default-graph", f"{PREFIXES['prov']}wasGeneratedBy"
    ]
    assert {address.removeprefix("http://testserver/") for address in beside} == {
        "rules",
        "catalog",
        ".well-known/void",
        ".well-known/sparql-examples",
    }
    assert {client.get(address).status_code for address in beside} == {200}
    assert triples[reasoning, f"{PREFIXES['prov']}used"] == {
        "https://w3id.org/glocal/rules",
        "http://testserver/sparql#asserted-default-graph",
    }


def described(client: TestClient) -> dict[tuple[str, str], set[str]]:
    """The service description: subject and predicate to objects."""
    text = client.get("/sparql", headers={"accept": "application/n-triples"}).content
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in parse(text, format=RdfFormat.N_TRIPLES):
        found[one.subject.value, one.predicate.value].add(one.object.value)
    return found


def test_the_description_is_negotiated_like_everything_else(client: TestClient) -> None:
    as_json = client.get("/sparql", headers={"accept": "application/ld+json"})
    as_png = client.get("/sparql", headers={"accept": "image/png"})

    assert json.loads(as_json.text)["graph"][0]["id"] == "http://testserver/sparql"
    assert as_png.json()["offered"][:2] == ["text/turtle", "application/ld+json"]


def test_each_graph_is_described_by_a_node_of_its_own() -> None:
    names = [f"http://e/{end}" for end in ("a/x", "b/x", "b#x", "b%23x", "ü")]
    quads = [Quad(NamedNode("http://e/s"), RDF["type"], Literal("o"), NamedNode(n)) for n in names]
    store = Store.in_memory(quads, {"hash": "c0ffee", "version": "1"})

    triples = describe_service(store, "http://h/sparql")

    entries = {t.subject: t.object for t in triples if t.predicate.value == f"{SD}name"}
    assert {graph.value for graph in entries.values()} == set(names)
    contents = {t.object for t in triples if t.predicate.value == f"{SD}graph"}
    sizes = {t.subject: t.object.value for t in triples if t.predicate.value.endswith("#triples")}
    assert [sizes[one] for one in contents] == ["1"] * len(names)


def test_a_host_that_is_none_is_the_clients_mistake(client: TestClient) -> None:
    for path in ("/sparql", "/sparql?query=ASK%7B%7D"):
        answer = client.get(path, headers={"host": "%%"})

        assert (answer.status_code, answer.json()["parameter"]) == (400, "Host")
    assert client.get("/graphs/graph/derived", headers={"host": "%%"}).status_code == 200


@pytest.mark.parametrize(
    ("language", "text"), [("en", "The empty negated"), ("zh", "空的否定属性集")]
)
def test_where_answers_differ_from_the_standard_stands_on_the_page_and_in_the_description(
    client: TestClient, language: str, text: str
) -> None:
    page = client.get("/sparql", headers={"accept": "text/html", "accept-language": language}).text
    described = parse(client.get("/sparql?format=nt").content, format=RdfFormat.N_TRIPLES)

    assert text in page
    comments = [
        quad.object.value
        for quad in described
        if isinstance(quad.object, Literal)
        and quad.predicate.value.endswith("#comment")
        and quad.object.language == language
    ]
    assert any(comment.startswith(text) for comment in comments)
    assert not any("<" in comment for comment in comments)
