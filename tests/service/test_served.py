"""Explanations are limited, and the served release can be replaced while the service runs."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from pathlib import Path

import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi.testclient import TestClient

from kg.store.quad_store import Store
from service.errors import TooManyExplanations
from service.run.app import create_app
from service.served import ExplanationLimiter
from service.settings import Settings
from tests.service.conftest import content_in, store_of

pytestmark = pytest.mark.slow

ASK = "/sparql?query=ASK%7B%7D"
WHY = "/explain?subject=id:C40&predicate=glocal:foundedAt&object=id:London"


@pytest.fixture
def at_its_limit(store: Store, tmp_path: Path) -> Iterator[TestClient]:
    """A service that may run one explanation, which runs until the test ends."""
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "1.0.0.jsonld").write_text('{"@context": {}}', encoding="utf-8")
    app = create_app(
        Settings(max_running_explanations=1),
        store=store,
        content=content_in(tmp_path),
    )
    running, over = threading.Event(), threading.Event()

    def explanation() -> bytes:
        running.set()
        over.wait()
        return b""

    holder = threading.Thread(target=app.state.served.explanations.run, args=(explanation,))
    holder.start()
    running.wait()
    with TestClient(app, follow_redirects=False) as client:
        yield client
    over.set()
    holder.join()


def test_one_explanation_too_many_is_told_when_to_ask_again(at_its_limit: TestClient) -> None:
    answer = at_its_limit.get(WHY)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/too-many-explanations"


def test_what_is_no_explanation_answers_while_they_are_refused(at_its_limit: TestClient) -> None:
    assert at_its_limit.get("/healthz").json()["status"] == "ok"
    assert at_its_limit.get("/id/London").status_code == 303
    assert at_its_limit.get(ASK).json()["boolean"] is True


@pytest.mark.parametrize("path", ["/healthz", ASK])
def test_health_and_queries_answer_though_every_thread_is_taken(
    client: TestClient, path: str
) -> None:
    assert client.portal is not None
    limiter = client.portal.call(current_default_thread_limiter)
    takers = [object() for _ in range(int(limiter.total_tokens))]
    for taker in takers:
        client.portal.call(limiter.acquire_on_behalf_of_nowait, taker)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(client.get, path)
        _, waiting = wait([asked], timeout=20)
        for taker in takers:
            client.portal.call(limiter.release_on_behalf_of, taker)

    assert not waiting
    assert asked.result().status_code == 200


def test_at_most_so_many_run_at_once_and_one_that_ended_makes_room() -> None:
    running = ExplanationLimiter(2)

    def nested(depth: int) -> bytes:
        return running.run(lambda: nested(depth - 1)) if depth else b"innermost"

    assert nested(2) == b"innermost"
    with pytest.raises(TooManyExplanations, match="At most 2 explanations"):
        nested(3)
    assert running.count == 0


def test_answers_and_tags_are_of_what_is_served_now(store: Store) -> None:
    app = create_app(Settings(), store=store)
    other = store_of("id:Paris a glocal:City .")
    other.manifest = {"hash": "decaf", "version": "1.0.1"}
    with TestClient(app) as client:
        before = client.get("/healthz"), client.get("/data/id/London.nt")

        app.state.served = replace(app.state.served, store=other)

        after = client.get("/healthz"), client.get("/data/id/London.nt")
    assert [one.json()["release"] for one in (before[0], after[0])] == ["c0ffee", "decaf"]
    assert [one.status_code for one in (before[1], after[1])] == [200, 404]


def test_the_counts_of_the_cache_go_on_where_another_takes_its_place(store: Store) -> None:
    app = create_app(Settings(), store=store)
    with TestClient(app) as client:
        client.get("/data/id/London.nt")
        client.get("/data/id/London.nt")

        app.state.served = replace(app.state.served)

        client.get("/data/id/London.nt")
    counts = app.state.served.metrics.cache
    assert (counts["hit"], counts["miss"]) == (1, 2)
