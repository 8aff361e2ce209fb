"""Which queries a server may answer, as their text shows."""

from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from kg.remote.passthrough import Passthrough, is_one_group, is_plain
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX : <urn:a/>\nSELECT DISTINCT ?s WHERE { ?s a :C ; :p/^:q ?o . ?o :r 'x'@en-gb }",
        "ASK { ?s ?p ?o # a comment * 1 < 2\n}",
        "SELECT ?s (COUNT(*) AS ?n) (COUNT(DISTINCT ?o) AS ?m) { ?s <urn:p> ?o } GROUP BY ?s",
        "SELECT ?s { { ?s <urn:p> ?o } UNION { ?s <urn:q> [] } OPTIONAL { ?s <urn:r> ?l } }",
        'select ?s { ?s ?p ?l FILTER(LANGMATCHES(LANG(?l), "en") && !BOUND(?x)) }',
        "SELECT ?s { ?s ?p ?o FILTER NOT EXISTS { ?o ?p ?s } }",
    ],
)
def test_patterns_of_iris_and_texts_are_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize(
    "part",
    [
        *("?s <urn:p>* ?o", "?s <urn:p>+ ?o", "?s <urn:p>|<urn:q> ?o", "?s <urn:p>? ?o"),
        *("?s ?p 1", "?s ?p true", '?s ?p "1"^^<urn:t>', '?s ?p "x"@EN', "?s ?p <relative>"),
        *("?s ?p ?o FILTER(?s = ?o)", "?s ?p ?o FILTER(?s < ?o)", "GRAPH ?g { ?s ?p ?o }"),
        *("?s ?p ?o FILTER(STR(?s))", "?s ?p ?o FILTER(<urn:f>(?s))", "?s ?p <<( ?s ?p ?o )>>"),
        *(
            "?s ?p ?o MINUS { ?s ?p ?o }",
            "VALUES ?s { UNDEF }",
            "BIND(?s AS ?t)",
            "?s ?p '\\u0061'",
        ),
        *("?s ?p ?o FILTER(?o)", "?s ?p ?o FILTER(BOUND(?s) && (!?o))", "?s ?p ?o FILTER('x'@en)"),
        *("SERVICE ?s { ?s ?p ?o }", "{ SELECT ?s { ?s ?p ?o } }", "?s ?p ?o FILTER(?s * ?o)"),
    ],
)
def test_what_engines_evaluate_in_their_own_ways_is_not_plain(part: str) -> None:
    assert not is_plain(f"SELECT ?s {{ {part} }}")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s { ?s ?p ?o } LIMIT 1",
        "SELECT ?s { ?s ?p ?o } ORDER BY ?s",
        "SELECT REDUCED ?s { ?s ?p ?o }",
        "SELECT (SUM(?o) AS ?n) { ?s ?p ?o }",
        "SELECT ?s FROM <urn:g> { ?s ?p ?o }",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "DESCRIBE ?s { ?s ?p ?o }",
        "INSERT DATA { <urn:s> <urn:p> <urn:o> }",
    ],
)
def test_forms_with_an_order_a_dataset_or_new_terms_are_not_plain(text: str) -> None:
    assert not is_plain(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ?s { ?s <urn:p> ?o . ?o <urn:q> 'x' }", True),
        ("SELECT ?s ?o WHERE { ?s <urn:p>/<urn:q> ?o ; a <urn:C> }", True),
        # Two values may be equal and not the same.
        ("SELECT ?s { ?s <urn:p> ?o . ?t <urn:q> ?o }", False),
        ("SELECT ?s { ?s <urn:p> ?o ; <urn:q> ?o }", False),
        # A subject only in a text, an IRI or a comment is none.
        ("SELECT ?s { ?s <urn:p> ?o, '. ?o', ?o }", False),
        ("SELECT ?s { ?s <urn:p> ?o ; <urn:q.?o> ?o }", False),
        ("SELECT ?s { ?s <urn:p> ?o ; <urn:q> ?o # . ?o\n }", False),
        ("SELECT ?s ?x { ?s <urn:p> ?o }", False),
        ("SELECT ?s { ?s ^<urn:p> ?o }", False),
        ("SELECT ?s {}", False),
        ("SELECT ?s { ?s <urn:p> ?o } GROUP BY ?s", False),
        ("ASK { ?s <urn:p> ?o }", False),
    ],
)
def test_one_group_joins_iris_only(text: str, expected: bool) -> None:
    assert is_one_group(text) is expected


class _Page(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def page() -> Iterator[str]:
    """The address of a server that answers everything with a page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/sparql"
        server.shutdown()


def test_servers_without_the_release_are_named_once_and_left_alone(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere, query = "http://127.0.0.1:9/sparql", Query("SELECT ?s { ?s ?p ?o }")
    with closing(Passthrough([page, nowhere], "0" * 64, 5)) as servers:
        assert [servers.answer(query, DEFAULT_VIEW) for _ in range(3)] == [None] * 3

    [first, second] = capsys.readouterr().err.splitlines()
    assert f"the store {page} answered with status 200: hello" in first
    assert f"the store {nowhere} cannot be reached" in second
