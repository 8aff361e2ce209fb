import pytest
from fastapi.testclient import TestClient

from kg.namespaces import EVIDENCE, GLOCAL, ID, PASSAGE

pytestmark = pytest.mark.slow

DERIVED = "https://w3id.org/glocal/graph/derived-fact-r"


def test_neighbours_come_from_the_closest_each_with_all_statements(towns: TestClient) -> None:
    found = towns.get("/neighbourhood", params={"resource": "Bonn"}).json()

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


def test_an_edge_says_its_pattern_status_holder_and_proof(towns: TestClient) -> None:
    found = towns.get("/neighbourhood", params={"resource": "id:Bonn"}).json()
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


def test_a_neighbourhood_is_that_of_the_view_and_kept_by_its_tag(towns: TestClient) -> None:
    usual = towns.get("/neighbourhood", params={"resource": "Bonn"})
    facts = towns.get("/neighbourhood", params={"resource": "Bonn", "view": "facts"})
    held = {"if-none-match": usual.headers["etag"]}
    again = towns.get("/neighbourhood", params={"resource": "Bonn"}, headers=held)

    assert (facts.headers["glocal-view"], again.status_code) == ("facts", 304)
    assert facts.headers["etag"] != usual.headers["etag"]
    assert facts.json()["edges"][0]["explanation"].endswith("&view=facts")


def test_a_request_without_a_known_resource_is_refused(towns: TestClient) -> None:
    missing = towns.get("/neighbourhood")
    unknown = towns.get("/neighbourhood", params={"resource": "Bon"})

    assert (missing.status_code, missing.json()["parameter"]) == (400, "resource")
    assert (unknown.status_code, unknown.json()["near"]) == (404, ["Bonn"])


def test_patterns_statuses_and_holders_have_names(towns: TestClient) -> None:
    names = towns.get("/neighbourhood", params={"resource": "Bonn"}).json()["names"]

    # What has no label has the name that pages generate.
    assert set(names) == {
        *(f"{ID}{name}" for name in ("Partnership", "Doe")),
        *(f"{GLOCAL}{name}" for name in ("Fact", "Claim")),
    }
