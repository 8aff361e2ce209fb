"""Evaluator processes in a whole service: what is killed, given up or too large hurts nobody."""

import os
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from kg.namespaces import GLOCAL, ID
from tests.service.conftest import Running, serve, until
from tests.service.queries.conftest import at_work, processor_seconds, processor_times

pytestmark = pytest.mark.slow

WHY = {"subject": "id:C40", "predicate": "rdf:type", "object": "glocal:Organization"}
PREFIXES = f"PREFIX glocal: <{GLOCAL}> PREFIX id: <{ID}> "
# What follows takes seconds to derive: every member becomes a partner of every other.
BOMB = PREFIXES + "INSERT DATA {{ {} }}".format(
    " ".join(f"id:Bomb{number} a glocal:City ; glocal:memberOf id:C40 ." for number in range(200))
)


@pytest.fixture(scope="module")
def paper(newest_release: Path) -> Iterator[Running]:
    with serve("--release", str(newest_release), log_requests=False) as running:
        assert why(running).status_code == 200
        yield running


def why(service: Running, **others: str) -> httpx2.Response:
    return httpx2.get(f"{service.address}/explain", params={**WHY, **others}, timeout=60)


def suppose(service: Running, patch: str, seconds: float = 60) -> httpx2.Response:
    headers = {"Content-Type": "application/sparql-update"}
    url = f"{service.address}/whatif"
    return httpx2.post(url, content=patch.encode(), headers=headers, timeout=seconds)


def test_what_a_client_gives_up_ends_at_once(paper: Running) -> None:
    url = httpx2.URL(paper.address)
    head = f"POST /whatif HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {len(BOMB)}\r\n"
    form = "Content-Type: application/sparql-update\r\n\r\n"
    parent = paper.evaluator_parent()
    before = processor_times(parent)
    with socket.create_connection((url.host, url.port)) as client:
        client.sendall((head + form + BOMB).encode())
        until(lambda: at_work(parent, before))
        [process] = at_work(parent, before)
    used = [processor_seconds(process)]
    until(lambda: used.append(processor_seconds(process)) or used[-1] is None)

    assert used[-2] - used[0] < 1


def test_a_killed_evaluator_costs_its_client_one_answer(paper: Running) -> None:
    parent = paper.evaluator_parent()
    before = processor_times(parent)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(suppose, paper, BOMB)
        until(lambda: at_work(parent, before))
        for process in at_work(parent, before):
            os.kill(process, signal.SIGKILL)
        refused = asked.result()

    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/query-process-ended")
    assert why(paper, limit="2").status_code == 200


def test_their_killed_parent_is_replaced_and_queries_go_on(paper: Running) -> None:
    before = paper.evaluator_parent()
    os.kill(before, signal.SIGKILL)
    asked = paper.ask("ASK {}")
    # A proof that is asked for in this moment may be lost.
    until(lambda: why(paper, limit="3").status_code == 200)

    assert asked.status_code == 200
    assert paper.evaluator_parent() != before


def test_a_literal_of_millions_of_characters_stays_out_of_the_http_process(paper: Running) -> None:
    def resident_bytes() -> int:
        pages = Path(f"/proc/{paper.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    text = "x" * 4_000_000
    patch = f'{PREFIXES} INSERT DATA {{ id:C40 glocal:hasDate "{text}" }}'
    before = resident_bytes()
    statuses = {suppose(paper, patch).status_code for _ in range(5)}

    assert statuses <= {200, 504}
    assert resident_bytes() - before < 50 * 2**20


def test_what_takes_too_long_is_ended(newest_release: Path) -> None:
    # On a fast machine, such a what-if has too many changes after two seconds.
    settings = {"max_query_seconds": 0.5, "log_requests": False}
    with serve("--release", str(newest_release), **settings) as hurried:
        # Until then, a slow machine may not have started the evaluators, or may take longer.
        until(lambda: why(hurried).status_code == 200)
        refused = suppose(hurried, BOMB)

    assert (refused.status_code, refused.json()["type"]) == (504, "/problems/query-timed-out")
