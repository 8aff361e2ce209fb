import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.slow

LONDON = "https://w3id.org/glocal/id/London"
CSV = {"accept": "text/csv"}


def test_the_questions_are_listed_in_both_languages(client: TestClient) -> None:
    assert client.get("/queries").json() == {
        "queries": [
            {
                "name": "where-founded",
                "question": {
                    "en": "Where was this network founded?",
                    "zh": "该网络创立于何处？",
                },
                "parameters": {"network": "the IRI of a network"},
                "view": "paper",
                "answer": "one row per city, by IRI",
                "form": "SELECT",
                "href": "/queries/where-founded",
                "template": "/queries/where-founded?network={network}",
            }
        ]
    }


def test_a_question_is_answered_for_a_curie_and_for_a_full_iri(client: TestClient) -> None:
    rows = f"network,city\r\nhttps://w3id.org/glocal/id/C40,{LONDON}\r\n"

    by_curie = client.get("/queries/where-founded?network=id:C40", headers=CSV)
    by_iri = client.get(
        "/queries/where-founded", params={"network": "https://w3id.org/glocal/id/C40"}, headers=CSV
    )

    assert by_curie.text == by_iri.text == rows


def test_a_value_of_which_nothing_is_known_is_no_empty_answer(client: TestClient) -> None:
    answer = client.get("/queries/where-founded?network=id:C41")

    assert (answer.status_code, answer.json()["near"]) == (404, ["id:C40"])


def test_a_value_that_is_known_and_has_no_rows_is_an_empty_answer(client: TestClient) -> None:
    answer = client.get("/queries/where-founded?network=id:London&format=csv")

    assert answer.text == "network,city\r\n"


def test_a_questions_text_can_be_had(client: TestClient) -> None:
    answer = client.get("/queries/where-founded", headers={"accept": "application/sparql-query"})

    assert answer.headers["content-type"] == "application/sparql-query"
    assert answer.text.startswith("# question (en): Where was this network founded?\n")


def test_wrong_names_and_values_are_refused_with_what_is_expected(client: TestClient) -> None:
    unknown = client.get("/queries/were-founded").json()
    missing = client.get("/queries/where-founded").json()
    misspelt = client.get("/queries/where-founded?netwrk=id:C40").json()
    malformed = client.get("/queries/where-founded?network=C40").json()

    assert (unknown["type"], unknown["near"]) == ("/problems/unknown-query", ["where-founded"])
    assert missing["detail"] == "network: is missing; expected the IRI of a network"
    assert misspelt["detail"].endswith("which takes: network. Did you mean: network?")
    assert (malformed["status"], malformed["parameter"]) == (400, "network")


def test_an_answer_has_a_tag_of_release_question_and_values(client: TestClient) -> None:
    c40 = client.get("/queries/where-founded?network=id:C40")
    other = client.get("/queries/where-founded?network=id:London")
    held = {"if-none-match": c40.headers["etag"]}

    assert client.get("/queries/where-founded?network=id:C40", headers=held).status_code == 304
    assert other.headers["etag"] != c40.headers["etag"]


def test_a_format_that_is_not_offered_is_refused(client: TestClient) -> None:
    answer = client.get("/queries/where-founded?network=id:C40", headers={"accept": "text/turtle"})

    assert (answer.status_code, answer.json()["offered"][-1]) == (406, "application/sparql-query")


def test_a_browser_gets_a_field_for_what_a_question_needs_to_be_told(client: TestClient) -> None:
    page = client.get("/queries", headers={"accept": "text/html"}).text

    assert '<h2>Where was this network founded?</h2><p lang="zh">该网络创立于何处？</p>' in page
    assert 'network: the IRI of a network<br><input name="network" required>' in page
    assert '<form action="queries/where-founded">' in page
    assert '<button name="format" value="csv">' in page
