"""/lookup: from external identifiers and names to resources of ours."""

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("query", "location"),
    [
        ("wikidata=Q84", "/id/London"),
        ("geonames=2643743", "/id/London"),
        ("label=london", "/id/London"),
        ("label=%E5%80%AB%E6%95%A6", "/id/London"),
        ("alias=ldn", "/id/London"),
        ("wikidata=Q515", "/ontology#City"),
        ("name=LONDON", "/id/London"),
        ("name=entity:London", "/id/London"),
        ("name=wd:Q84", "http://www.wikidata.org/entity/Q84"),
        ("term=City", "/ontology#City"),
        ("iri=https://w3id.org/glocal/id/London", "/id/London"),
        ("iri=http%3A%2F%2Fwww.wikidata.org%2Fentity%2FQ84", "/id/London"),
    ],
)
def test_what_is_ours_is_where_the_answer_leads(
    towns: TestClient, query: str, location: str
) -> None:
    answer = towns.get(f"/lookup?{query}")

    assert (answer.status_code, answer.headers["location"]) == (303, location)
    is_here = location.startswith("/")
    assert not is_here or towns.get(location.partition("#")[0]).status_code in (200, 303)


def test_several_are_listed_and_none_is_followed(towns: TestClient) -> None:
    answer = towns.get("/lookup?wikidata=Q334")

    assert answer.status_code == 300
    assert "location" not in answer.headers
    assert answer.json()["choices"][0] == {
        "id": "https://w3id.org/glocal/id/Singapore",
        "href": "/id/Singapore",
        "relation": "skos:closeMatch",
        "label": {"en": "Singapore", "zh": "新加坡"},
    }
    assert [one["href"] for one in answer.json()["choices"][1:]] == ["/id/SingaporeState"]


def test_what_is_only_narrower_is_listed_and_not_followed(towns: TestClient) -> None:
    answer = towns.get("/lookup?wikidata=Q8577")

    relations = [(one["href"], one["relation"]) for one in answer.json()["choices"]]
    assert (answer.status_code, relations) == (300, [("/id/Games", "skos:narrowMatch")])


@pytest.mark.parametrize(
    ("query", "status", "slug", "part"),
    [
        ("label=Londn", 404, "unknown-entity", "Did you mean: London?"),
        ("wikidata=Q85", 404, "unknown-entity", "Unknown entity 'Q85'."),
        ("wikidata=Q0", 400, "malformed-parameter", "such as Q84"),
        ("wikidata=84", 400, "malformed-parameter", "such as Q84"),
        ("geonames=Q84", 400, "malformed-parameter", "such as 2643743"),
        ("label=", 400, "malformed-parameter", "a name of 1 to 500 characters"),
        (f"label={'x' * 501}", 400, "malformed-parameter", "a name of 1 to 500 characters"),
        ("iri=https://w3id.org/glocal/id/Londn", 404, "unknown-entity", "id:London"),
        ("iri=https://example.org/", 404, "unknown-entity", "Unknown entity"),
        ("iri=a%20b", 400, "malformed-parameter", "is not an IRI"),
        ("", 400, "missing-parameter", "exactly one of wikidata, geonames, iri, label, alias"),
        ("wikidata=Q84&label=x", 400, "missing-parameter", "exactly one of"),
        ("wikidata=Q84&wikidata=Q84", 400, "malformed-parameter", "is given 2 times"),
    ],
)
def test_what_cannot_be_looked_up_is_a_problem(
    towns: TestClient, query: str, status: int, slug: str, part: str
) -> None:
    answer = towns.get(f"/lookup?{query}")

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert part in answer.json()["detail"]
