import os
import signal
import time
from importlib.metadata import version

import httpx2
import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.slow


def counts(text: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def until(status: int, address: str) -> httpx2.Response:
    """The first answer with this status."""
    end = time.monotonic() + 60
    with httpx2.Client() as client:
        while time.monotonic() < end:
            answer = client.get(address)
            if answer.status_code == status:
                return answer
    raise TimeoutError(address)


def test_health_and_readiness_name_the_release(client: TestClient) -> None:
    engine = f"pyoxigraph {version('pyoxigraph')} in memory"
    release = {"release": "c0ffee", "version": "1.0.0", "engine": engine}
    release |= {"switches": 0, "refused": 0}

    assert client.get("/healthz").json() == {"status": "ok", **release}
    assert client.get("/readyz").json() == {"status": "ready", **release}


def test_without_a_parent_of_query_processes_it_is_alive_and_not_ready(serving) -> None:
    with serving() as service:
        os.kill(service.parent(), signal.SIGKILL)
        refused = until(503, f"{service.address}/readyz")
        health = httpx2.get(f"{service.address}/healthz")
        ready = until(200, f"{service.address}/readyz")

    assert refused.json()["type"] == "/problems/query-processes-down"
    assert refused.headers["retry-after"] == "1"
    assert (health.status_code, ready.json()["status"]) == (200, "ready")


def test_requests_are_counted_by_kind_and_status(client: TestClient) -> None:
    before = counts(client.get("/metrics").text)
    for path in ("/sparql?query=ASK%7B", "/id/Nobody", "/nowhere/at/all", "/"):
        client.get(path)
    answer = client.get("/metrics")
    after = counts(answer.text)

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    for kind, status in (("sparql", "400"), ("id", "404"), ("other", "404"), ("index", "200")):
        key = ("glocal_requests_total", kind, status)
        assert after[key] == before.get(key, 0) + 1, key
    slower = after["glocal_request_seconds_bucket", "index", "+Inf"]
    assert slower == after["glocal_request_seconds_count", "index"]
    assert after["glocal_release_info", "c0ffee", "1.0.0", "1.0.0"] == 1


def test_running_and_ended_queries_are_counted(serving, endless: str) -> None:
    with serving(max_query_seconds=5, max_result_rows=10) as service:
        service.ask(endless)
        service.ask("SELECT * { ?s ?p ?o . ?a ?b ?c }")
        service.ask("SELECT {")
        found = counts(httpx2.get(f"{service.address}/metrics").text)

    ended = {key[1]: value for key, value in found.items() if "queries_unanswered" in key[0]}
    assert {reason: value for reason, value in ended.items() if value} == {"time": 1, "size": 1}
    assert found["glocal_queries_running",] == 0
    assert found["glocal_query_processes",] >= 1
    assert found["glocal_log_lines_dropped_total", "stdout"] == 0
