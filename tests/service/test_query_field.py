from fastapi.testclient import TestClient

from kg.store.saved_queries import SavedQuery
from service.query_field import query_field


def saved(text: str, **parameters: str) -> SavedQuery:
    """A saved query with this text."""
    return SavedQuery("one", {"en": "?", "zh": "？"}, parameters, "rows", text, "SELECT")


def test_the_field_begins_with_the_shortest_question_that_needs_to_be_told_nothing() -> None:
    queries = [saved("SELECT ?a", a="an IRI"), saved("SELECT ?a ?b"), saved("SELECT ?a < ?c")]

    assert ">\nSELECT ?a ?b</textarea>" in query_field(queries)
    assert ">\nSELECT ?a &lt; ?c</textarea>" in query_field(queries[2:])
    assert ">\nSELECT ?class (COUNT" in query_field(queries[:1])


def test_the_endpoint_can_be_asked_from_its_own_page(client: TestClient) -> None:
    page = client.get("/sparql", headers={"accept": "text/html"}).text

    assert '<form action="sparql">' in page
    assert '<textarea name="query"' in page
