from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from kg.namespaces import EVIDENCE, GLOCAL, ID, PASSAGE
from service.run.app import create_app
from service.settings import Settings
from tests.service.conftest import store_of

pytestmark = pytest.mark.slow

DERIVED = "https://w3id.org/glocal/graph/derived-fact-r"
GRAPHS = """
ev:f a glocal:Evidence ; glocal:hasStatus glocal:Fact ; glocal:fromPassage passage:p10.2 .
ev:c a glocal:Evidence ; glocal:hasStatus glocal:Claim ; glocal:heldBy id:Doe .
graph:derived-fact-r a glocal:DerivedGraph ; glocal:hasStatus glocal:Fact ; glocal:byRule rule:r .
"""
TRIG = f"""
ev:f {{ id:Bonn glocal:twinOf id:Oxford . }}
ev:c {{ id:Oxford glocal:rivals id:Bonn . id:Ghent glocal:rivals id:Bonn . }}
graph:derived-fact-r {{ id:Bonn glocal:near id:Aachen . }}
graph:asserted {{ id:Bonn glocal:twinOf id:Oxford . {GRAPHS} }}
{GRAPHS}
id:Bonn glocal:twinOf id:Oxford ; glocal:near id:Aachen ; rdfs:label "Bonn"@en , "波恩"@zh .
glocal:twinOf glocal:ofPattern id:Partnership ; rdfs:label "is twinned with"@en , "结好"@zh .
id:Ghent rdfs:label "Ghent"@en . id:Oxford rdfs:label "Oxford"@en .
"""


@pytest.fixture(scope="module")
def related() -> Iterator[TestClient]:
    with TestClient(create_app(Settings(), store=store_of(TRIG))) as client:
        yield client


def test_neighbours_come_from_the_closest_each_with_all_statements(related: TestClient) -> None:
    found = related.get("/neighbourhood", params={"resource": "Bonn"}).json()

    names = [thing["id"].removeprefix(ID) for thing in found["things"]]
    assert names == ["Bonn", "Oxford", "Ghent", "Aachen"]
    assert found["things"][0]["label"] == {"en": "Bonn", "zh": "波恩"}
    assert [
        tuple(edge[key].rpartition("/")[2] for key in ("subject", "predicate", "object"))
        for edge in found["edges"]
    ] == [
        ("Bonn", "ontology#twinOf", "Oxford"),
        ("Oxford", "ontology#rivals", "Bonn"),
        ("Ghent", "ontology#rivals", "Bonn"),
        ("Bonn", "ontology#near", "Aachen"),
    ]


def test_an_edge_says_its_pattern_status_holder_and_proof(related: TestClient) -> None:
    found = related.get("/neighbourhood", params={"resource": "id:Bonn"}).json()
    twin, rival, _, near = found["edges"]

    assert twin["label"] == {"en": "is twinned with", "zh": "结好"}
    assert (twin["patterns"], twin["holds"]) == ([f"{ID}Partnership"], True)
    assert twin["ground"]["status"] == f"{GLOCAL}Fact"
    assert twin["ground"]["passages"] == [f"{PASSAGE}p10.2"]
    ground = rival["ground"]
    assert (rival["holds"], ground["status"], ground["holders"], ground["graph"]) == (
        False,
        f"{GLOCAL}Claim",
        [f"{ID}Doe"],
        f"{EVIDENCE}c",
    )
    assert (near["ground"]["derived"], near["ground"]["graph"]) == (True, DERIVED)
    assert near["explanation"].startswith("/explain?subject=id%3ABonn&predicate=glocal%3Anear")


def test_a_neighbourhood_is_that_of_the_view_and_kept_by_its_tag(related: TestClient) -> None:
    usual = related.get("/neighbourhood", params={"resource": "Bonn"})
    facts = related.get("/neighbourhood", params={"resource": "Bonn", "view": "facts"})
    held = {"if-none-match": usual.headers["etag"]}
    again = related.get("/neighbourhood", params={"resource": "Bonn"}, headers=held)

    assert (facts.headers["glocal-view"], again.status_code) == ("facts", 304)
    assert facts.headers["etag"] != usual.headers["etag"]
    assert facts.json()["edges"][0]["explanation"].endswith("&view=facts")


def test_a_request_without_a_known_resource_is_refused(related: TestClient) -> None:
    missing = related.get("/neighbourhood")
    unknown = related.get("/neighbourhood", params={"resource": "Bon"})

    assert (missing.status_code, missing.json()["parameter"]) == (400, "resource")
    assert (unknown.status_code, unknown.json()["near"]) == (404, ["Bonn"])


def test_patterns_statuses_and_holders_have_names(related: TestClient) -> None:
    names = related.get("/neighbourhood", params={"resource": "Bonn"}).json()["names"]

    # What has no label has the name that pages generate.
    assert set(names) == {
        *(f"{ID}{name}" for name in ("Partnership", "Doe")),
        *(f"{GLOCAL}{name}" for name in ("Fact", "Claim")),
    }
