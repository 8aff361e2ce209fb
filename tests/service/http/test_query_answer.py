"""Queries over HTTP, each in a process that can be killed: limits, kills, disconnected clients."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient

from kg.store.quad_store import Store
from kg.store.release_folder import write_release
from tests.service.conftest import Running, product, serve, until
from tests.service.queries.conftest import at_work

pytestmark = pytest.mark.slow

ASK = "ASK { }"
MANY_ROWS = product("?a", "abcd")


@pytest.fixture(scope="module")
def folder(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("served") / "release"
    return write_release(store.quads(), {"version": "1.0.0"}, place)


@pytest.fixture(scope="module")
def hurried(folder: Path) -> Iterator[Running]:
    """A service whose queries end after a second."""
    with serve("--release", str(folder), max_query_seconds=1) as running:
        yield running


@pytest.fixture(scope="module")
def streaming(folder: Path) -> Iterator[Running]:
    """A service of one place, with so many rows as one answer that is streamed."""
    places = {"max_running_queries": 1, "max_waiting_seconds": 60}
    limits = {"max_result_rows": 400_000, "max_result_mebibytes": 900}
    with serve("--release", str(folder), **places, **limits) as running:
        yield running


def get(query: str) -> bytes:
    """Return the bytes of a GET, for clients that behave badly afterwards."""
    target = httpx2.URL("http://x/sparql", params={"query": query, "format": "csv"}).raw_path
    return b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n"


def get_csv(service: Running, query: str) -> httpx2.Response:
    asked = {"query": query, "format": "csv"}
    return httpx2.get(f"{service.address}/sparql", params=asked, timeout=90)


def test_a_query_that_does_not_end_is_ended_at_its_time_limit(
    hurried: Running, endless: str
) -> None:
    by_post, by_get = hurried.ask(endless), get_csv(hurried, endless)

    assert by_post.json() == {
        "type": "/problems/query-timed-out",
        "title": "Gateway Timeout",
        "status": 504,
        "detail": "The query was stopped: it took more than 1 s.",
        "request_id": by_post.headers["x-request-id"],
        "limit": "seconds",
        "allowed": 1,
    }
    assert by_get.status_code == by_post.status_code == 504


def test_a_query_about_what_is_supposed_is_ended_at_its_time_limit_too(
    hurried: Running, endless: str
) -> None:
    answer = httpx2.post(
        f"{hurried.address}/whatif",
        params={"query": endless},
        content="DELETE DATA { <https://e.org/a> <https://e.org/b> <https://e.org/c> }",
        headers={"content-type": "application/sparql-update"},
        timeout=60,
    )

    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/query-timed-out")


def test_killed_query_processes_cost_their_clients_one_answer_and_others_none(
    serving, endless: str
) -> None:
    with serving(max_query_seconds=600) as service, ThreadPoolExecutor() as pool:
        runaways = [
            # Different queries, since identical ones are run only once.
            pool.submit(service.ask, f"{endless} # {number}", seconds=300)
            for number in range(2)
        ]
        until(lambda: len(at_work(service.parent())) == 2)
        answers = [service.ask(ASK).json()["boolean"] for _ in range(5)]
        resource = httpx2.get(f"{service.address}/data/id/London.ttl", timeout=60)
        still_running = not any(one.done() for one in runaways)
        for process in service.query_processes():
            os.kill(process, signal.SIGKILL)
        killed = [one.result() for one in runaways]
        after = service.ask(ASK)

    assert answers == [True] * 5
    assert resource.status_code == 200
    assert still_running
    assert {(one.status_code, one.headers["retry-after"]) for one in killed} == {(503, "1")}
    assert {one.json()["type"] for one in killed} == {"/problems/query-process-ended"}
    assert after.json()["boolean"] is True


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_service(serving, endless: str, is_gone, sent) -> None:
    with serving(max_ending_seconds=1) as service, ThreadPoolExecutor() as pool:
        running = pool.submit(service.ask, endless, seconds=90)
        until(lambda: at_work(service.parent()))
        processes = [service.parent(), *service.query_processes()]
        service.process.send_signal(sent)
        service.process.wait(timeout=60)
        gone = [is_gone(process) for process in processes]
        failed = running.exception()

    assert len(processes) > 2
    assert all(gone)
    assert isinstance(failed, httpx2.TransportError) == (sent == signal.SIGKILL)


def test_a_large_answer_is_streamed_whole(streaming: Running) -> None:
    answer = get_csv(streaming, f"{MANY_ROWS} LIMIT 400000")

    assert (answer.status_code, "content-length" in answer.headers) == (200, False)
    assert answer.content == b"a\r\n" + b"1\r\n" * 400_000


def test_a_limit_is_a_clean_refusal_early_and_a_broken_connection_late(streaming: Running) -> None:
    with pytest.raises(httpx2.RemoteProtocolError):
        get_csv(streaming, MANY_ROWS)
    # Its rows are so short that they reach the limit before the first of them are sent.
    early = get_csv(streaming, MANY_ROWS.replace("?a", "?none", 1))

    assert (early.status_code, early.json()["type"]) == (400, "/problems/result-too-large")
    assert early.json()["detail"] == "The result has more than 400,000 rows."


NAME = "http://example.org/the/long/name/of/a/thing"
# More than the buffers of the system hold.
LONG_ROWS = f"SELECT (<{NAME}> AS ?b) {{ {{ {MANY_ROWS} LIMIT 400000 }} }}"


def test_a_slow_reader_holds_neither_a_place_nor_the_service(streaming: Running) -> None:
    with socket.create_connection(streaming.place) as reader:
        reader.sendall(get(LONG_ROWS))
        status = reader.recv(15)
        # There is one place.
        meanwhile = streaming.ask(ASK, seconds=90)
        whole = bytearray(status)
        while piece := reader.recv(2**16):
            whole += piece
            if b"\r\n0\r\n\r\n" in piece:
                break

    assert status == b"HTTP/1.1 200 OK"
    assert meanwhile.json()["boolean"] is True
    # Without the sizes of the chunks, which stand anywhere.
    body = re.sub(rb"\r\n[0-9a-f]+\r\n", b"", whole)
    assert body.count(NAME.encode()) == 400_000


def test_a_reader_who_takes_too_long_is_cut_off(serving) -> None:
    with (
        serving(max_sending_seconds=1) as service,
        socket.create_connection(service.place) as reader,
    ):
        reader.sendall(get(LONG_ROWS))
        status = reader.recv(15)
        text = 'glocal_queries_unanswered_total{reason="slow-client"} 1.0'
        until(lambda: text in httpx2.get(f"{service.address}/metrics").text)

    assert status == b"HTTP/1.1 200 OK"


def test_an_answer_that_the_client_holds_is_not_computed(client: TestClient) -> None:
    first = client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }"})
    held = {"if-none-match": first.headers["etag"]}

    assert client.get("/sparql?query=ASK%7B", headers={"if-none-match": "*"}).status_code == 400
    assert client.get("/sparql?query=ASK%7B%7D", headers={"if-none-match": "*"}).status_code == 304
    again = client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }"}, headers=held)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ("SELECT * { ?s ?p ?o }", "image/png"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/csv"),
        # A predicate that ends in no XML name: known only once the query has run.
        ("CONSTRUCT { <x:a> <x:1> <x:c> } WHERE { }", "application/rdf+xml"),
    ],
)
def test_a_format_that_does_not_fit_is_refused(client: TestClient, query: str, accept: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers={"accept": accept})

    assert (answer.status_code, answer.json()["type"]) == (406, "/problems/not-acceptable")
