from pathlib import Path

import pytest

from benchmarks.conformance.federation import run, summary
from benchmarks.conformance.query_tests import QueryTest, read_query_tests

pytestmark = [pytest.mark.slow, pytest.mark.standards]

MANIFEST = """
@prefix : <https://example.org/manifest#> .
@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .
@prefix qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#> .
<> mf:entries ( :cities :down ) .
:cities a mf:QueryEvaluationTest ; mf:result <cities.srj> ;
    mf:action [ qt:query <cities.rq> ; qt:data <data.ttl> ;
        qt:serviceData [ qt:endpoint <http://there.example/sparql> ; qt:data <there.ttl> ] ] .
:down a mf:QueryEvaluationTest ; mf:result <cities.srj> ;
    mf:action [ qt:query <cities.rq> ; qt:data <data.ttl> ] .
"""
FILES = {
    "manifest.ttl": MANIFEST,
    "data.ttl": "<Lyon> <asked> <http://there.example/sparql> .",
    "there.ttl": "<Lyon> <population> 1.0 .",
    "cities.rq": "SELECT ?n ?e { ?c <asked> ?e SERVICE <http://there.example/sparql> "
    "{ ?city <population> ?n } SERVICE ?e { ?c <population> ?n } }",
    "cities.srj": '{"head": {"vars": ["n", "e"]}, "results": {"bindings": [{"n": {"type": '
    '"literal", "value": "1", "datatype": "http://www.w3.org/2001/XMLSchema#decimal"}, '
    '"e": {"type": "uri", "value": "http://there.example/sparql"}}]}}',
}


@pytest.fixture
def tests(tmp_path: Path) -> list[QueryTest]:
    for name, text in FILES.items():
        written = text.replace("<Lyon>", "<http://e/Lyon>").replace("<asked>", "<http://e/asked>")
        written = written.replace("<population>", "<http://e/population>")
        (tmp_path / name).write_text(written, encoding="utf-8")
    return read_query_tests(tmp_path / "manifest.ttl")


def test_an_endpoint_with_data_is_asked_under_its_address_and_named_again(
    tests: list[QueryTest],
) -> None:
    assert run(tests[0]) == ""


def test_an_endpoint_without_data_is_down(tests: list[QueryTest]) -> None:
    wrong = run(tests[1])

    assert wrong.startswith("502: ")
    assert summary({"small": {tests[1]: wrong}}).splitlines()[2] == "| small | 1 | 0 |"
