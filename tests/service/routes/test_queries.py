from pathlib import Path
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from service.run.app import create_app
from service.settings import Settings
from tests.service.conftest import CONTEXT, FOUNDED_AT, TRIG, content_in, store_of

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
    malformed = client.get("/queries/where-founded?network=http://a%20b").json()

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

    assert (answer.status_code, answer.json()["offered"][-2:]) == (
        406,
        ["application/sparql-query", "text/html"],
    )


def links(answer: Response) -> dict[str, str]:
    return {relation: link["url"] for relation, link in answer.links.items()}


def test_a_question_is_answered_in_pages_that_lead_to_each_other(paper: TestClient) -> None:
    question = "/queries/members-of-a-network?network=id:C40&format=csv"
    rows = paper.get(question).text.splitlines()[1:]
    address, pages = f"{question}&limit=2", []

    while address:
        page = paper.get(address)
        pages.append(page.text.splitlines()[1:])
        address = urljoin(address, page.links["next"]["url"]) if "next" in page.links else ""

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [row for page in pages for row in page] == rows
    assert paper.get(f"{question}&offset=3").text.splitlines()[1:] == rows[3:]


def test_a_page_leads_to_the_first_and_the_one_before_in_its_format(client: TestClient) -> None:
    page = client.get("/queries/where-founded?network=id:C40&format=xml&limit=2&offset=3")

    start = "/queries/where-founded?network=id%3AC40&format=xml&limit=2&offset="
    assert links(page) == {"first": f"{start}0", "prev": f"{start}1"}
    assert links(client.get("/queries/where-founded?network=id:C40&offset=1")) == {}


def test_each_page_has_an_entity_tag_of_its_own(client: TestClient) -> None:
    question = "/queries/where-founded?network=id:C40"
    whole, page, other = (
        client.get(f"{question}{end}") for end in ("", "&limit=1", "&limit=1&offset=1")
    )

    assert len({answer.headers["etag"] for answer in (whole, page, other)}) == 3
    assert page.text == whole.text != other.text
    held = client.get(f"{question}&limit=1", headers={"if-none-match": page.headers["etag"]})
    assert (held.status_code, links(held)) == (304, {})


@pytest.mark.parametrize(
    ("page", "detail"),
    [
        ("limit=0", "limit: expected a number from 1 to 1000000, got '0'"),
        ("limit=1000001", "limit: expected a number from 1 to 1000000, got '1000001'"),
        ("offset=-1", "offset: expected a number from 0 to 999999999999, got '-1'"),
        ("limit=1&limit=2", "limit: is given 2 times; expected once"),
    ],
)
def test_a_page_that_cannot_be_is_refused(client: TestClient, page: str, detail: str) -> None:
    answer = client.get(f"/queries/where-founded?network=id:C40&{page}")

    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


def test_a_page_too_long_to_be_counted_leads_to_the_next(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "1.0.0.jsonld").write_text(CONTEXT, encoding="utf-8")
    (tmp_path / "founded.rq").write_text(FOUNDED_AT, encoding="utf-8")
    # Twelve thousand rows of about a hundred bytes, where one MiB is held back.
    founded = "".join(f"id:C40 glocal:foundedAt id:City-{number} .\n" for number in range(12_000))
    app = create_app(Settings(), store=store_of(TRIG + founded), content=content_in(tmp_path))

    with TestClient(app) as client:
        page = client.get("/queries/founded?network=id:C40&format=json&limit=11000")

    assert len(page.json()["results"]["bindings"]) == 11_000
    assert links(page)["next"].endswith("&limit=11000&offset=11000")
