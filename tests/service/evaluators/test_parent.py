"""Evaluator processes in a whole service: what is killed, given up or too large hurts nobody."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from kg.namespaces import GLOCAL, ID
from kg.store.release_folder import read_manifest, release_content
from service.queries.messages import QueryLimits
from service.queries.snapshot import EVALUATOR_PROGRAM, ParentOptions, Snapshot, spawn_parent
from tests.service.conftest import Running, children_of, free_port, serve

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


def busy(service: Running) -> list[int]:
    """Return the evaluator processes that have been at work for so long that they were lowered."""
    children = children_of(service.evaluator_parent())
    return [one for one in children if _priority(one) == 19]


def _priority(process: int) -> int:
    try:
        return os.getpriority(os.PRIO_PROCESS, process)
    except ProcessLookupError:
        return 0


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def cpu_seconds(process: int) -> float | None:
    """Return the time that a process has used, which the load of the machine does not change."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return None
    # A zombie, which its parent has yet to notice, does not work any more.
    ticks = int(fields[11]) + int(fields[12])
    return None if fields[0] == "Z" else ticks / os.sysconf("SC_CLK_TCK")


def test_what_a_client_gives_up_ends_at_once(paper: Running) -> None:
    url = httpx2.URL(paper.address)
    head = f"POST /whatif HTTP/1.1\r\nHost: {url.host}\r\nContent-Length: {len(BOMB)}\r\n"
    form = "Content-Type: application/sparql-update\r\n\r\n"
    with socket.create_connection((url.host, url.port)) as client:
        client.sendall((head + form + BOMB).encode())
        until(lambda: busy(paper))
        [process] = busy(paper)
    used = [cpu_seconds(process)]
    until(lambda: used.append(cpu_seconds(process)) or used[-1] is None)

    assert used[-2] - used[0] < 1


def test_a_killed_evaluator_costs_its_client_one_answer(paper: Running) -> None:
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(suppose, paper, BOMB)
        until(lambda: busy(paper))
        for process in busy(paper):
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


def test_a_parent_that_waits_for_a_store_ends_when_nobody_waits_for_it(
    newest_release: Path,
) -> None:
    nowhere = Snapshot(
        newest_release, is_on_disk=False, address=f"http://127.0.0.1:{free_port()}/", seconds=1
    )
    content = release_content(newest_release, read_manifest(newest_release))
    options = ParentOptions(nowhere, None, QueryLimits(), EVALUATOR_PROGRAM, content)
    started = asyncio.run(spawn_parent(options))

    # Before it has begun to wait.
    started.control.close()

    assert started.program.wait(30) == 1
