"""Explanations are limited, and the served release can be replaced while the service runs."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi.testclient import TestClient

from kg.store.quad_store import Store
from service.run.app import create_app
from service.settings import Settings
from tests.service.conftest import store_of

pytestmark = pytest.mark.slow

ASK = "/sparql?query=ASK%7B%7D"
WHY = "/explain?subject=id:C40&predicate=glocal:foundedAt&object=id:London"


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
    value, name = app.state.served.metrics.value, "glocal_cache_requests_total"
    counts = [value(name, {"outcome": outcome}) for outcome in ("hit", "miss")]
    assert counts == [1, 2]


def test_what_people_and_agents_ask_for_is_built_ahead(store: Store) -> None:
    served = create_app(Settings(), store=store).state.served

    for build in served.first_uses:
        build()

    assert {"agent_server", "facets", "names", "other_names", "reconciler"} <= vars(served).keys()


def test_the_page_of_the_first_term_reads_no_axioms_and_compiles_no_rules(store: Store) -> None:
    served = create_app(Settings(), store=store).state.served

    for build in served.first_uses:
        build()

    assert {"glossary", "term_axioms", "page_terms"} <= vars(served).keys()
    assert "terms" in vars(served.glossary)
    assert "_rules" in vars(served.term_axioms)
    assert served.page_terms.cache_info().currsize == 2


def test_of_a_large_release_no_index_is_built_ahead() -> None:
    facts = "ev:e { id:Oslo a glocal:City } ev:e a glocal:Evidence ; glocal:hasStatus glocal:Fact ."
    settings = Settings(max_faceted_statements=0)
    served = create_app(settings, store=store_of(facts)).state.served

    for build in served.first_uses:
        build()

    assert not {"names", "glossary"} & vars(served).keys()
