"""Queries over HTTP, each in a process that can be killed: limits, kills, disconnected clients."""

import os
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.service.conftest import Running, product

pytestmark = pytest.mark.slow

ASK = "ASK { }"
MANY_ROWS = product("?a", "abcd")


def wait_until(condition, *, seconds: float = 20) -> bool:
    """Return whether the condition became true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def priority_of(process: int) -> int:
    try:
        return os.getpriority(os.PRIO_PROCESS, process)
    except ProcessLookupError:
        return 0


def at_work(service) -> list[int]:
    """Return the query processes that ran long enough to get the lowest priority."""
    return [one for one in service.query_processes() if priority_of(one) == 19]


def get(query: str) -> bytes:
    """Return the bytes of a GET, for clients that behave badly afterwards."""
    target = httpx2.URL("http://x/sparql", params={"query": query, "format": "csv"}).raw_path
    return b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n"


def test_a_query_that_does_not_end_is_ended_at_its_time_limit(serving, endless: str) -> None:
    with serving(max_query_seconds=2) as service:
        by_post = service.ask(endless)
        by_get = httpx2.get(f"{service.address}/sparql", params={"query": endless})
        after = service.ask(ASK)

    assert by_post.json() == {
        "type": "/problems/query-timed-out",
        "title": "Gateway Timeout",
        "status": 504,
        "detail": "The query was stopped: it took more than 2 s.",
        "request_id": by_post.headers["x-request-id"],
        "limit": "seconds",
        "allowed": 2,
    }
    assert by_get.status_code == by_post.status_code == 504
    assert after.json()["boolean"] is True


def test_a_query_about_what_is_supposed_is_ended_at_its_time_limit_too(
    serving, endless: str
) -> None:
    with serving(max_query_seconds=0.5) as service:
        answer = httpx2.post(
            f"{service.address}/whatif",
            params={"query": endless},
            content="DELETE DATA { <https://e.org/a> <https://e.org/b> <https://e.org/c> }",
            headers={"content-type": "application/sparql-update"},
            timeout=60,
        )

    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/query-timed-out")


def test_runaways_leave_everything_else_answering(serving, endless: str) -> None:
    with serving(max_query_seconds=60) as service, ThreadPoolExecutor() as pool:
        runaways = [
            # Different queries, since identical ones are run only once.
            pool.submit(service.ask, f"{endless} # {number}", seconds=90)
            for number in range(4)
        ]
        assert wait_until(lambda: len(at_work(service)) == 4)
        answers = [service.ask(ASK).json()["boolean"] for _ in range(20)]
        resource = httpx2.get(f"{service.address}/data/id/London.ttl")
        still_running = not any(one.done() for one in runaways)
        for process in service.query_processes():
            os.kill(process, signal.SIGKILL)
        statuses = [one.result().status_code for one in runaways]

    assert answers == [True] * 20
    assert resource.status_code == 200
    assert still_running
    assert statuses == [503] * 4


def test_a_query_process_that_is_killed_is_one_answer_to_ask_again(serving, endless: str) -> None:
    with serving() as service, ThreadPoolExecutor() as pool:
        killed = pool.submit(service.ask, endless)
        wait_until(lambda: at_work(service))
        for process in at_work(service):
            os.kill(process, signal.SIGKILL)
        answer = killed.result()
        after = service.ask(ASK)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["type"] == "/problems/query-process-ended"
    assert after.json()["boolean"] is True


def test_a_client_that_goes_away_ends_its_query(serving, endless: str, is_gone) -> None:
    with serving() as service:
        with socket.create_connection(service.place) as client:
            client.sendall(get(endless))
            assert wait_until(lambda: at_work(service))
            [busy] = at_work(service)
        gone = is_gone(busy)
        after = service.ask(ASK)

    assert gone
    assert after.json()["boolean"] is True


def test_a_parent_that_is_killed_is_replaced(serving, endless: str) -> None:
    with serving() as service, ThreadPoolExecutor() as pool:
        running = pool.submit(service.ask, endless)
        before = service.parent()
        wait_until(lambda: at_work(service))
        os.kill(before, signal.SIGKILL)
        answer = running.result()
        after = service.ask(ASK)
        replaced = service.parent()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert after.json()["boolean"] is True
    assert replaced != before


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_service(serving, endless: str, is_gone, sent) -> None:
    with serving() as service, ThreadPoolExecutor() as pool:
        running = pool.submit(service.ask, endless)
        wait_until(lambda: at_work(service))
        processes = [service.parent(), *service.query_processes()]
        service.process.send_signal(sent)
        service.process.wait(timeout=20)
        gone = [is_gone(process) for process in processes]
        failed = running.exception()

    assert len(processes) > 2
    assert all(gone)
    assert isinstance(failed, httpx2.TransportError) == (sent == signal.SIGKILL)


def test_a_signal_to_all_processes_lets_the_service_end_by_itself(serving) -> None:
    with serving() as service:
        for process in (*service.query_processes(), service.parent()):
            os.kill(process, signal.SIGTERM)
            os.kill(process, signal.SIGINT)
        answer = service.ask(ASK)
        service.process.send_signal(signal.SIGINT)
        _, told = service.process.communicate(timeout=20)

    assert answer.json()["boolean"] is True
    assert told.decode() == f"{service.address}/  (Ctrl-C stops it)\n"


def test_a_large_answer_is_streamed_whole(serving) -> None:
    with serving(max_result_rows=10_000_000, max_result_mebibytes=900) as service:
        answer = httpx2.get(
            f"{service.address}/sparql",
            params={"query": f"{MANY_ROWS} LIMIT 1000000", "format": "csv"},
            timeout=60,
        )

    assert (answer.status_code, "content-length" in answer.headers) == (200, False)
    assert answer.content == b"a\r\n" + b"1\r\n" * 1_000_000


def test_a_limit_is_a_clean_refusal_early_and_a_broken_connection_late(serving) -> None:
    with serving(max_result_rows=900_000) as service:
        address = f"{service.address}/sparql"
        with pytest.raises(httpx2.RemoteProtocolError):
            httpx2.get(address, params={"query": MANY_ROWS, "format": "csv"}, timeout=60)
        early = httpx2.get(
            address, params={"query": "CONSTRUCT WHERE { ?s ?p ?o }", "format": "nt"}
        )
    with serving(max_result_rows=10) as service:
        refused = service.ask(MANY_ROWS)

    assert early.status_code == 200
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/result-too-large")
    assert refused.json()["detail"] == "The result has more than 10 rows."


def spooled_bytes(service: Running) -> int:
    """Return how many bytes wait in files for readers."""
    text = httpx2.get(f"{service.address}/metrics").text
    return int(float(text.partition("\nglocal_spool_bytes ")[2].partition("\n")[0]))


def test_a_slow_reader_holds_neither_a_place_nor_the_service(serving) -> None:
    name = "http://example.org/the/long/name/of/a/thing"
    rows = f"SELECT (<{name}> AS ?b) {{ {{ {MANY_ROWS} LIMIT 900000 }} }}"
    with (
        serving(max_running_queries=1, max_waiting_seconds=25, max_result_mebibytes=900) as service,
        socket.create_connection(service.place) as reader,
    ):
        reader.sendall(get(rows))
        status = reader.recv(15)
        meanwhile = service.ask(ASK)
        spooled = spooled_bytes(service)
        whole = bytearray(status)
        while piece := reader.recv(2**16):
            whole += piece
            if b"\r\n0\r\n\r\n" in piece:
                break
        after = spooled_bytes(service)

    assert status == b"HTTP/1.1 200 OK"
    assert meanwhile.json()["boolean"] is True
    assert spooled > 2**20
    # Without the sizes of the chunks, which stand anywhere.
    body = re.sub(rb"\r\n[0-9a-f]+\r\n", b"", whole)
    assert body.count(name.encode()) == 900_000
    assert after == 0


def test_a_slow_reader_whose_answer_fits_no_file_is_cut_off_in_time(serving) -> None:
    limits = {"max_spool_mebibytes": 1, "max_sending_seconds": 2}
    with (
        serving(**limits, max_result_mebibytes=900) as service,
        socket.create_connection(service.place) as reader,
    ):
        # The process that answers may start only now.
        seen = set(service.query_processes())

        def has_one_ended() -> bool:
            alive = set(service.query_processes())
            seen.update(alive)
            return seen != alive

        reader.sendall(get(MANY_ROWS))
        status = reader.recv(15)
        has_ended = wait_until(has_one_ended)

    assert status == b"HTTP/1.1 200 OK"
    assert has_ended


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
