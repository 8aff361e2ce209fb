import gc
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.sparql.service_values import Solutions
from service.errors import EndpointFailed
from service.federation.calls import EndpointResponse
from service.federation.federate import parse_solutions

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
A = {"type": "uri", "value": "http://e/a"}
HEAD = '<sparql xmlns="http://www.w3.org/2005/sparql-results#"><head><variable name="x"/></head>'


def rows(*bindings: object, names: tuple[str, ...] = ("x", "y")) -> bytes:
    return json.dumps({"head": {"vars": names}, "results": {"bindings": bindings}}).encode()


def read(body: bytes, media_type: str = JSON, *, max_rows: int = 10) -> Solutions:
    return parse_solutions("http://e/sparql", EndpointResponse(media_type, body), max_rows=max_rows)


def failure(body: bytes, media_type: str = JSON) -> str:
    with pytest.raises(EndpointFailed) as caught:
        read(body, media_type)
    return caught.value.reason


@pytest.mark.parametrize("media_type", [JSON, "application/json"])
def test_rows_in_json_are_terms_and_what_is_unbound(media_type: str) -> None:
    found = read(rows({"x": A, "y": {"type": "literal", "value": "1"}}, {"y": A}), media_type)

    assert found.variables == ["x", "y"]
    assert found.rows == [
        [NamedNode("http://e/a"), Literal("1")],
        [None, NamedNode("http://e/a")],
    ]


def test_rows_in_xml_are_read_too() -> None:
    result = '<result><binding name="x"><uri>http://e/a</uri></binding></result>'
    body = f"{HEAD}<results>{result}<result/></results></sparql>"

    assert read(body.encode(), XML).rows == [[NamedNode("http://e/a")], [None]]


def test_rows_without_variables_are_counted() -> None:
    assert read(rows({}, {}, names=())) == Solutions([], [[], []])


def test_one_row_more_than_are_left_is_enough_to_know() -> None:
    assert len(read(rows(*[{"x": A}] * 50), max_rows=3).rows) == 4


def test_blank_nodes_are_the_same_within_an_answer_and_others_outside_of_it() -> None:
    body = rows(*({"x": {"type": "bnode", "value": label}} for label in "aba"))

    [[first], [second], [third]] = (row[:1] for row in read(body).rows)

    assert first == third != second
    assert isinstance(first, BlankNode)
    assert first not in (BlankNode("a"), read(body).rows[0][0])


def test_triple_terms_are_taken_over_if_no_blank_node_is_in_them() -> None:
    def triple(end: object) -> dict[str, object]:
        return {"type": "triple", "value": {"subject": A, "predicate": A, "object": end}}

    a = NamedNode("http://e/a")
    assert read(rows({"x": triple(A)})).rows[0][0] == Triple(a, a, a)
    assert "contains a blank node" in failure(rows({"x": triple({"type": "bnode", "value": "b"})}))


@pytest.mark.parametrize(
    ("body", "media_type", "reason"),
    [
        (
            rows(),
            "text/html",
            "its response has media type 'text/html'; expected SPARQL results in JSON or XML",
        ),
        (rows(), "", "its response has no media type; expected SPARQL results"),
        (rows({"x": A})[:-9], JSON, "its results are broken"),
        (b"", JSON, "its results are broken"),
        (b"\xff\xfe", JSON, "its results are broken"),
        (b"[]", JSON, "its results are broken"),
        (rows({"x": {"type": "uri", "value": "a> } <b"}}), JSON, "Invalid IRI code point"),
        (rows({"x": {"type": "uri", "value": "a"}}), JSON, "No scheme found"),
        (rows({"x": {"type": "literal", "value": "a", "xml:lang": "e n"}}), JSON, "xml:lang"),
        (b'{"head": {}, "boolean": true}', JSON, "it returned a boolean; expected rows"),
        (f"{HEAD}<results><result>".encode(), XML, "its results are broken"),
        (f"{HEAD}<boolean>true</boolean></sparql>".encode(), XML, "expected rows"),
    ],
)
def test_what_is_no_set_of_rows_is_a_failure(body: bytes, media_type: str, reason: str) -> None:
    assert reason in failure(body, media_type)


@pytest.mark.parametrize("depth", [40, 100_000])
def test_terms_that_would_overflow_the_parsers_stack_are_not_read(depth: int) -> None:
    start = '{"type":"triple","value":{"subject":%s,"predicate":%s,"object":' % (
        (json.dumps(A),) * 2
    )
    term = start * depth + json.dumps(A) + "}}" * depth
    body = f'{{"head":{{"vars":["x"]}},"results":{{"bindings":[{{"x":{term}}}]}}}}'
    inside = f"{HEAD}<results><result><binding name='x'>{'<triple><object>' * depth}</sparql>"

    assert failure(body.encode()) == "its terms are nested too deeply"
    assert failure(inside.encode(), XML) == "its terms are nested too deeply"


def test_brackets_in_strings_are_not_counted() -> None:
    text = '[{"' * 1_000

    assert read(rows({"x": {"type": "literal", "value": text}})).rows[0][0] == Literal(text)


def test_a_failure_can_be_let_go_in_another_thread() -> None:
    def failed() -> EndpointFailed:
        with pytest.raises(EndpointFailed) as caught:
            read(rows({"x": A})[:-4])
        return caught.value

    with ThreadPoolExecutor() as threads:
        error = threads.submit(failed).result()

    assert error.reason.startswith("its results are broken")
    # The engine's parser complains, as a warning, where it ends in another thread than its own.
    del error
    gc.collect()
