from dataclasses import replace

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from service.answers.formats import JSON_LD, TURTLE, Choice
from service.http.conditional import entity_tag, is_not_modified
from service.served import ServedRelease

pytestmark = pytest.mark.slow

TURTLE_CHOICE = Choice(TURTLE, TURTLE.media_type)


def request(if_none_match: str) -> Request:
    headers = [(b"if-none-match", if_none_match.encode())]
    return Request({"type": "http", "method": "GET", "headers": headers})


def test_a_tag_is_recognised_alone_in_a_list_or_weak() -> None:
    assert is_not_modified(request('"a"'), '"a"')
    assert is_not_modified(request('"b", W/"a"'), '"a"')
    assert not is_not_modified(request('"b"'), '"a"')
    assert not is_not_modified(request("a"), '"a"')


def test_release_media_type_and_context_each_change_the_tag(client: TestClient) -> None:
    here = client.app.state.served  # type: ignore[attr-defined]
    assert isinstance(here, ServedRelease)
    contexts = {"1.0.1": replace(here.context, text=b"another")}

    tags = [
        entity_tag(here, TURTLE_CHOICE, "a"),
        entity_tag(here, TURTLE_CHOICE, "b"),
        entity_tag(here, Choice(JSON_LD, JSON_LD.media_type), "a"),
        entity_tag(replace(here, contexts=contexts), TURTLE_CHOICE, "a"),
        entity_tag(replace(here, service_version="2.0.0"), TURTLE_CHOICE, "a"),
    ]
    assert len(set(tags)) == 5
    assert tags[0] == entity_tag(here, TURTLE_CHOICE, "a")


def test_any_answer_is_held_only_where_there_is_one(client: TestClient) -> None:
    held = {"if-none-match": "*"}

    assert client.get("/sparql?query=ASK%7B%7D", headers=held).status_code == 304
    assert client.get("/sparql?query=ASK%7B", headers=held).status_code == 400


def test_a_document_that_takes_long_is_written_once_for_all_addresses(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.http.conditional._LONG_SECONDS", 0)
    served: ServedRelease = client.app.state.served  # type: ignore[attr-defined]
    answer = client.get("/void?a=1", headers={"accept-encoding": "identity"})
    kept = served.cache.find(answer.headers["etag"].encode())

    assert kept is not None
    assert kept.body == answer.content == client.get("/void?a=2").content
