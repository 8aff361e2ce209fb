"""What is served can be replaced as a whole while the service runs."""

from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient

from kg.store import Store
from service.app import create_app
from service.settings import Settings
from tests.service.conftest import store_of


def test_answers_and_tags_are_of_what_is_served_now(store: Store, tmp_path: Path) -> None:
    app = create_app(Settings(), store=store, queries=tmp_path)
    other = store_of("id:Paris a glocal:City .")
    other.release = {"hash": "decaf", "version": "1.0.1"}
    with TestClient(app) as client:
        before = client.get("/healthz"), client.get("/data/id/London.nt")

        app.state.served = replace(app.state.served, store=other)

        after = client.get("/healthz"), client.get("/data/id/London.nt")
    assert [one.json()["release"] for one in (before[0], after[0])] == ["c0ffee", "decaf"]
    assert [one.status_code for one in (before[1], after[1])] == [200, 404]


def test_the_counts_of_the_cache_go_on_where_another_takes_its_place(
    store: Store, tmp_path: Path
) -> None:
    app = create_app(Settings(), store=store, queries=tmp_path)
    with TestClient(app) as client:
        client.get("/data/id/London.nt")
        client.get("/data/id/London.nt")

        app.state.served = replace(app.state.served)

        client.get("/data/id/London.nt")
    counts = app.state.served.cache.counts
    assert (counts.hits, counts.misses) == (1, 2)
