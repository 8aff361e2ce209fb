from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import Quad

from benchmarks.conformance.exchange import Addresses, run
from benchmarks.conformance.http_tests import HttpTest, read_http_tests
from benchmarks.conformance.protocol import run_suite, summary
from benchmarks.conformance.scratch import serving
from benchmarks.conformance.service_description import conforms_to_schema, has_endpoint_triple
from kg.namespaces import GRAPH, ID

pytestmark = [pytest.mark.slow, pytest.mark.standards]

MANIFEST = """
@prefix : <https://example.org/manifest#> .
@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .
@prefix cnt: <http://www.w3.org/2011/content#> .
@prefix ht: <http://www.w3.org/2011/http#> .
@prefix hts: <http://www.w3.org/2011/http-statusCodes#> .
<> mf:entries ( :yes :utf-16 :update :mistaken ) .
:yes mf:action [ ht:requests ( [ ht:methodName "GET" ;
    ht:absolutePath "/sparql/?query=ASK%20%7B%7D" ;
    ht:resp [ mf:expectedBoolean true ; mf:expectedFormat "boolean" ;
        mf:expectedStatus hts:StatusCode2xx ] ] ) ] .
:utf-16 mf:action [ ht:requests ( [ ht:methodName "POST" ; ht:absolutePath "/sparql/" ;
    ht:headers ( [ ht:fieldName "content-type" ;
        ht:fieldValue "application/sparql-query; charset=UTF-16" ] ) ;
    ht:body [ cnt:characterEncoding "UTF-16" ; cnt:chars "ASK {}" ] ;
    ht:resp [ mf:expectedStatus hts:StatusCode4xx ] ] ) ] .
:update mf:action [ ht:requests ( [ ht:methodName "POST" ; ht:absolutePath "/sparql/" ;
    ht:headers ( [ ht:fieldName "content-type" ; ht:fieldValue "application/sparql-update" ] ) ;
    ht:body [ cnt:characterEncoding "UTF-8" ; cnt:chars "CLEAR ALL" ] ;
    ht:resp [ mf:expectedStatus hts:StatusCode2xx ] ] ) ] .
:mistaken mf:action [ ht:requests ( [ ht:methodName "GET" ;
    ht:absolutePath "/sparql/?query=ASK%20%7B%7D" ;
    ht:resp [ mf:expectedBoolean false ; mf:expectedStatus hts:OK ] ] ) ] .
"""


@pytest.fixture(scope="module")
def addresses() -> Iterator[Addresses]:
    quad = Quad(ID["C40"], ID["foundedAt"], ID["London"], GRAPH["asserted"])
    with serving([quad]) as address:
        yield Addresses(f"{address}/sparql", f"{address}/sparql", f"{address}/graphs")


@pytest.fixture(scope="module")
def tests(tmp_path_factory: pytest.TempPathFactory) -> list[HttpTest]:
    manifest: Path = tmp_path_factory.mktemp("suite") / "manifest.ttl"
    manifest.write_text(MANIFEST, encoding="utf-8")
    return read_http_tests(manifest)


def test_a_manifest_says_what_is_sent_and_what_is_answered(tests: list[HttpTest]) -> None:
    yes, utf_16, update, _ = tests

    assert yes.exchanges[0].path == "/sparql/?query=ASK%20%7B%7D"
    assert yes.exchanges[0].expected.statuses == {"2xx"}
    assert utf_16.exchanges[0].message.body == "ASK {}".encode("utf-16")
    assert [test.needs_updates for test in (yes, utf_16, update)] == [False, False, True]
    assert [test.exchanges[0].is_update for test in (yes, utf_16, update)] == [False, False, True]


def test_a_test_fails_exactly_if_it_is_answered_otherwise(
    tests: list[HttpTest], addresses: Addresses
) -> None:
    yes, utf_16, update, mistaken = tests

    assert run(yes, addresses) == run(utf_16, addresses) == []
    assert run(update, addresses) == ["request 1: status 403, expected 2xx"]
    assert run(mistaken, addresses)[0].startswith("request 1: expected False, got b'{")


def test_what_needs_updates_is_listed_and_no_failure(
    tests: list[HttpTest], addresses: Addresses
) -> None:
    outcomes = run_suite(tests[:3], addresses, is_writable=False)

    assert list(outcomes.values()) == [[], [], ["needs updates"]]
    assert "| small | 3 | 2 | 0 | 1 |" in summary({"small": outcomes}).splitlines()


def test_a_description_is_held_against_its_vocabulary(addresses: Addresses) -> None:
    assert conforms_to_schema(addresses.sparql) == []
    assert has_endpoint_triple(addresses.sparql) == []
    assert has_endpoint_triple(addresses.sparql + "?") == [
        f"no sd:endpoint triple names <{addresses.sparql}?>"
    ]
