import pytest
from fastapi.testclient import TestClient

from kg.namespaces import BASE

pytestmark = pytest.mark.slow


def test_an_editor_gets_prefixes_and_terms_with_names_and_uses(client: TestClient) -> None:
    document = client.get("/vocabulary.json").json()
    terms = {term["curie"]: term for term in document["terms"]}

    assert document["prefixes"]["glocal"] == f"{BASE}ontology#"
    assert terms["id:London"] == {
        "curie": "id:London",
        "kind": "thing",
        "labels": {"en": ["London"], "zh": ["伦敦"]},
        "uses": 2,
    }
    assert terms["glocal:hosted"] == {
        "curie": "glocal:hosted",
        "kind": "property",
        "labels": {},
        "uses": 1,
        "of": ["glocal:City"],
    }
    assert terms["glocal:City"]["kind"] == "class"
    assert terms["passage:p10.2"]["kind"] == "passage"
    assert "id:Londinium" not in terms
    assert terms["rdf:type"]["labels"]["en"][:2] == ["type", "instance of"]


def test_the_list_of_terms_is_kept_by_clients_until_the_release_changes(client: TestClient) -> None:
    answer = client.get("/vocabulary.json")
    again = client.get("/vocabulary.json", headers={"if-none-match": answer.headers["etag"]})

    assert answer.headers["content-type"] == "application/json"
    assert (again.status_code, again.content) == (304, b"")
