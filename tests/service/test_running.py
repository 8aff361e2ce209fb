import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi.testclient import TestClient

from kg.store import Store
from service.app import create_app
from service.errors import TooManyQueries
from service.running import RunningQueries
from service.settings import Settings

ASK = "/sparql?query=ASK%7B%7D"


@pytest.fixture
def at_its_limit(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    """A service that may run one query, and runs it until the test is over."""
    app = create_app(Settings(max_running_queries=1), store=store, queries=tmp_path)
    running, over = threading.Event(), threading.Event()

    def query() -> bytes:
        running.set()
        over.wait()
        return b""

    holder = threading.Thread(target=app.state.served.running.run, args=(query,))
    holder.start()
    running.wait()
    with TestClient(app, follow_redirects=False) as client:
        yield client
    over.set()
    holder.join()


def test_one_query_too_many_is_told_when_to_ask_again(at_its_limit: TestClient) -> None:
    answer = at_its_limit.get(ASK)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/too-many-queries"
    assert at_its_limit.post("/sparql", data={"query": "ASK{}"}).status_code == 503


def test_what_is_no_query_answers_while_queries_are_refused(at_its_limit: TestClient) -> None:
    assert at_its_limit.get("/healthz").json()["status"] == "ok"
    assert at_its_limit.get("/id/London").status_code == 303
    assert at_its_limit.get("/sparql").status_code == 200


def test_health_answers_though_every_thread_is_taken(client: TestClient) -> None:
    assert client.portal is not None
    limiter = client.portal.call(current_default_thread_limiter)
    takers = [object() for _ in range(int(limiter.total_tokens))]
    for taker in takers:
        client.portal.call(limiter.acquire_on_behalf_of_nowait, taker)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(client.get, "/healthz")
        _, waiting = wait([asked], timeout=2)
        for taker in takers:
            client.portal.call(limiter.release_on_behalf_of, taker)

    assert not waiting
    assert asked.result().json()["status"] == "ok"


def test_a_query_that_ended_or_failed_makes_room(client: TestClient) -> None:
    running: RunningQueries = client.app.state.served.running  # type: ignore[attr-defined]

    answers = [client.get(path).status_code for path in (ASK, "/sparql?query=ASK%7B", ASK)]

    assert answers == [200, 400, 200]
    assert running.count == 0


def test_at_most_so_many_run_at_once() -> None:
    running = RunningQueries(2)

    def nested(depth: int) -> bytes:
        return running.run(lambda: nested(depth - 1)) if depth else b"innermost"

    assert nested(2) == b"innermost"
    with pytest.raises(TooManyQueries, match="2 queries run already"):
        nested(3)
    assert running.count == 0


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("SELECT * { ?s ?p ?o }", "image/png"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/csv"),
        # A predicate that ends in no XML name: known only once the query has run.
        ("CONSTRUCT { <x:a> <x:1> <x:c> } WHERE { }", "application/rdf+xml"),
    ],
)
def test_a_refused_format_leaves_nothing_for_another_thread_to_drop(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, query: str, accept: str
) -> None:
    dropped: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", dropped.append)

    answer = client.get("/sparql", params={"query": query}, headers={"accept": accept})

    assert (answer.status_code, answer.json()["type"]) == (406, "/problems/not-acceptable")
    assert [str(one.exc_value) for one in dropped] == []
