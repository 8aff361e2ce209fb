from pathlib import Path

import pytest

from benchmarks.conformance.earl import earl
from benchmarks.conformance.entailment import (
    NOT_SERVED,
    PEERS,
    WITHOUT,
    Outcome,
    outcome_by_test,
    run_all,
    summary,
)
from benchmarks.conformance.manifest import EntailmentTest, read_manifest

pytestmark = pytest.mark.standards

MANIFEST = """
@prefix mf: <http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#> .
@prefix qt: <http://www.w3.org/2001/sw/DataAccess/tests/test-query#> .
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix ent: <http://www.w3.org/ns/entailment/> .
@prefix pr: <http://www.w3.org/ns/owl-profile/> .
@prefix : <https://example.org/manifest#> .
<> mf:entries ( :members :described ) .
:members mf:action [ qt:query <members.rq> ; qt:data <data.ttl> ;
    sd:entailmentRegime ( ent:RDFS ent:OWL-Direct ent:RIF ) ] ; mf:result <lyon.srx> .
:described mf:action [ qt:query <described.rq> ; qt:data <data.ttl> ;
    sd:entailmentRegime ent:OWL-Direct ; sd:EntailmentProfile pr:DL ] ; mf:result <lyon.srx> .
"""
DATA = """
@prefix : <https://example.org/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:memberOf rdfs:domain :Actor . :Lyon :memberOf :Eurocities ; a :City .
"""
MEMBERS = "PREFIX : <https://example.org/> SELECT ?x { ?x a :Actor }"
DESCRIBED = """
PREFIX : <https://example.org/> PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT ?x { ?x a [ owl:intersectionOf ( :Actor :City ) ] }
"""
LYON = """<sparql xmlns="http://www.w3.org/2005/sparql-results#">
<head><variable name="x"/></head><results><result><binding name="x">
<uri>https://example.org/Lyon</uri></binding></result></results></sparql>"""
RIGHT = Outcome("")
RIGHT_AS_PEERS = Outcome("", frozenset(PEERS))


@pytest.fixture
def tests(tmp_path: Path) -> list[EntailmentTest]:
    files = {
        "manifest.ttl": MANIFEST,
        "data.ttl": DATA,
        "members.rq": MEMBERS,
        "described.rq": DESCRIBED,
        "lyon.srx": LYON,
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return read_manifest(tmp_path)


def test_a_manifest_gives_each_test_its_files_and_regimes(tests: list[EntailmentTest]) -> None:
    members, described = tests

    assert (members.name, described.name) == ("members", "described")
    assert members.regimes == {"RDFS", "OWL-Direct", "RIF"}
    assert members.query.name == "members.rq"
    assert members.is_rdfs_or_rl
    assert not described.is_rdfs_or_rl


@pytest.mark.slow
def test_what_follows_is_answered_over_http_with_reasoning_alone(
    tests: list[EntailmentTest],
) -> None:
    members, described = tests

    outcomes = run_all(tests)

    # A peer's closure has no instance of a class that only the query describes.
    as_peers = RIGHT_AS_PEERS
    assert outcomes[members] == {"OWL-Direct": as_peers, "RDFS": as_peers, "RIF": NOT_SERVED}
    assert outcomes[described] == {"OWL-Direct": RIGHT}


def test_a_test_is_passed_that_is_right_under_all_its_regimes(tests: list[EntailmentTest]) -> None:
    members, described = tests
    wrong = Outcome("another answer", frozenset({WITHOUT, "owlrl"}))
    outcomes = {
        members: {"OWL-Direct": RIGHT, "RDFS": wrong},
        described: {"OWL-Direct": RIGHT},
    }

    table = summary(outcomes)
    assert table.startswith(
        "| regime | tests | glocal | without reasoning | owlrl | reasonable |\n"
    )
    assert "| OWL-Direct | 2 | 2 | 0 | 0 | 0 |\n" in table
    assert "| RDFS | 1 | 0 | 1 | 1 | 0 |\n" in table
    assert table.endswith("| all, under each of their regimes | 2 | 1 | 0 | 0 | 0 |")
    report = earl(outcome_by_test(outcomes))
    assert report.count("earl:outcome earl:passed") == 1
    assert report.count("earl:outcome earl:failed") == 1
