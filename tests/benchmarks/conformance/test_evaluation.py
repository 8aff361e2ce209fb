from functools import partial
from pathlib import Path

import pytest

from benchmarks.conformance.answers import csv_answer, read_answer
from benchmarks.conformance.evaluation import ask_scratch_store, failures, run, summary
from benchmarks.conformance.query_tests import QueryTest, read_query_tests
from benchmarks.conformance.scratch import serving_scratch
from benchmarks.conformance.updating import Store

pytestmark = pytest.mark.standards

MANIFEST = """
@prefix : <https://example.org/manifest#> .
@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .
@prefix qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#> .
<> mf:entries ( :cities :named :csv :good :bad :mistaken ) .
:cities a mf:QueryEvaluationTest ;
    mf:action [ qt:query <cities.rq> ; qt:data <data.ttl> ] ; mf:result <cities.srj> .
:named a mf:QueryEvaluationTest ;
    mf:action [ qt:query <named.rq> ; qt:graphData <data.ttl> ] ; mf:result <named.ttl> .
:csv a mf:CSVResultFormatTest ;
    mf:action [ qt:query <cities.rq> ; qt:data <data.ttl> ] ; mf:result <cities.csv> .
:good a mf:PositiveSyntaxTest11 ; mf:action <cities.rq> .
:bad a mf:NegativeSyntaxTest11 ; mf:action <bad.rq> .
:mistaken a mf:NegativeSyntaxTest11 ; mf:action <cities.rq> .
"""
RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
FILES = {
    "manifest.ttl": MANIFEST,
    "data.ttl": "<Lyon> <population> 1.0 .",
    "cities.rq": "SELECT ?n { ?city <population> ?n }",
    "named.rq": "SELECT ?g { GRAPH ?g { ?city ?p ?n } }",
    "bad.rq": "SELECT ?n {",
    "cities.srj": '{"head": {"vars": ["n"]}, "results": {"bindings": [{"n": {"type": "literal", '
    '"value": "1.00", "datatype": "http://www.w3.org/2001/XMLSchema#decimal"}}]}}',
    "cities.csv": "n\r\n1.0\r\n",
    "named.ttl": f'@prefix rs: <{RESULT_SET}> . [] rs:resultVariable "g" ; '
    'rs:solution [ rs:binding [ rs:variable "g" ; rs:value <data.ttl> ] ] .',
}


@pytest.fixture
def tests(tmp_path: Path) -> list[QueryTest]:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return read_query_tests(tmp_path / "manifest.ttl")


def test_answers_are_compared_in_each_format(tests: list[QueryTest]) -> None:
    cities, named, csv, *_ = tests

    assert [run(test) for test in (cities, named, csv)] == ["", "", ""]
    assert cities.data == (cities.query.parent / "data.ttl",)
    assert list(named.graphs) == [named.query.with_name("data.ttl").as_uri()]


def test_another_answer_is_a_failure(tests: list[QueryTest]) -> None:
    cities, *_ = tests
    (cities.query.parent / "data.ttl").write_text("<Lyon> <population> 1.5 .", encoding="utf-8")

    assert run(cities) == "unexpected answer"


def test_syntax_is_judged_by_the_kind_of_test(tests: list[QueryTest]) -> None:
    *_, good, bad, mistaken = tests

    assert [run(test) for test in (good, bad)] == ["", ""]
    assert run(mistaken) == "accepted, expected a syntax error"


def test_failures_are_counted_and_given_their_reason(tests: list[QueryTest]) -> None:
    outcomes = {test: run(test) for test in tests}

    assert "| small | 6 | 5 | 1 | 0 |" in summary({"small": outcomes}).splitlines()
    folder = tests[-1].query.parent
    name = f"{folder.parent.name}/{folder.name}/mistaken"
    error = "accepted, expected a syntax error"
    assert failures([outcomes])[2:] == [f"| {name} | {error} | **no known reason** |"]


def test_a_number_in_csv_is_compared_by_value(tests: list[QueryTest]) -> None:
    expected = read_answer(tests[0].query.with_name("cities.csv"))

    assert csv_answer(b"n\r\n1E0\r\n") == expected
    assert csv_answer(b"n\r\n1.5\r\n") != expected
    assert csv_answer(b"n\r\none\r\n") != expected


@pytest.mark.slow
def test_a_scratch_store_is_asked_over_http_with_the_same_outcomes(tests: list[QueryTest]) -> None:
    with serving_scratch() as address:
        ask = partial(ask_scratch_store, Store(address))
        outcomes = [run(test, ask) for test in tests]

    assert outcomes == [run(test) for test in tests]
