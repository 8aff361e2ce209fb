import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.service.conftest import first_answer, free_port

pytestmark = pytest.mark.slow

# Of the running queries, and what is kept ready; besides, there are at least 16 connections.
PROCESSORS = os.cpu_count() or 1
RESERVED = 64 + 2 * (8 * PROCESSORS + 2 + 2 * PROCESSORS)
FEWEST = RESERVED + 16
CODE = "from service.cli import app; app()"


@contextmanager
def limited(
    release: Path, *limits: str, **settings: int
) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """Start `glocal serve` with options of ulimit; give the process and its address."""
    port = free_port()
    script = "".join(f"ulimit {one} && " for one in limits) + 'exec "$0" "$@"'
    command = [sys.executable, "-c", CODE, "serve", "--release", str(release), "--port", str(port)]
    environment = {f"GLOCAL_{name.upper()}": str(value) for name, value in settings.items()}
    with subprocess.Popen(
        ["bash", "-c", script, *command],
        stderr=subprocess.PIPE,
        env={**os.environ, **environment, "GLOCAL_LOG_REQUESTS": "false"},
    ) as process:
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (
            "-n 64",
            f"A process may have 64 files open; expected at least {FEWEST}. Remedy: raise the hard "
            f"limit (`ulimit -Hn {FEWEST}`, or LimitNOFILE of systemd), or lower "
            "max_running_queries.\n",
        ),
        (
            "-v 800000",
            "A process may have an address space of 781 MiB; expected at least 1,280. Remedy: "
            "raise the limit (`ulimit -v unlimited`), or lower max_query_mebibytes.\n",
        ),
    ],
)
def test_a_limit_that_is_too_low_is_named_with_its_remedy(
    release: Path, limit: str, message: str
) -> None:
    with limited(release, limit) as (process, _):
        assert process.wait(60) == 1
        assert process.stderr is not None
        assert process.stderr.read().decode() == message


def test_few_open_files_lower_the_number_of_connections_and_this_is_said(release: Path) -> None:
    with limited(release, "-n 256", log_format="json") as (process, address):
        first_answer(f"{address}/healthz")
        assert process.stderr is not None
        warning = process.stderr.readline().decode()
        ask = httpx2.get(f"{address}/sparql", params={"query": "ASK { }"})

    assert f"At most {256 - RESERVED} connections may be open instead of 512" in warning
    assert ask.json()["boolean"] is True


def test_with_few_open_files_all_allowed_queries_run_however_many_connections_are_opened(
    release: Path, endless: str
) -> None:
    # One place is kept for others.
    settings = {"max_running_queries": 4, "max_query_seconds": 5}
    with limited(release, "-n 100", **settings) as (_, address), ExitStack() as stack:
        first_answer(f"{address}/healthz")
        pool = stack.enter_context(ThreadPoolExecutor())
        url = f"{address}/sparql"
        running = [
            pool.submit(httpx2.get, url, params={"query": f"{endless}#{number}"}, timeout=90)
            for number in range(3)
        ]
        # Until then they could be closed in favour of new connections.
        while "glocal_queries_running 3.0" not in httpx2.get(f"{address}/metrics").text:
            time.sleep(0.01)
        place = ("127.0.0.1", int(address.rpartition(":")[2]))
        for _ in range(60):
            stack.enter_context(socket.create_connection(place, timeout=60))
        health = httpx2.get(f"{address}/healthz")
        answers = [one.result() for one in running]

    assert health.status_code == 200
    assert [one.status_code for one in answers] == [504] * 3, [one.text for one in answers]


def test_a_soft_limit_is_raised(release: Path) -> None:
    with limited(release, "-Sn 64") as (process, address):
        first_answer(f"{address}/healthz")
        text = Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
    [line] = [line for line in text.splitlines() if line.startswith("Max open files")]

    assert line.split()[3] == f"{RESERVED + 512}"
