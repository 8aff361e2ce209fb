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

from service.errors import UnfitSystem
from service.queries.memory import machine_bytes
from service.run import system_limits
from service.run.system_limits import fit_to_system, warn_of_limits
from service.settings import Settings
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
        (
            # The stack of each thread is that large.
            "-s 1000000 -v 3000000",
            "Not even 20 threads can be started. Remedy: raise the limit of processes "
            "(`ulimit -u`, TasksMax of systemd, --pids-limit of Docker).\n",
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


def test_a_system_without_proc_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(system_limits, "_STATISTICS", tmp_path / "statm")

    with pytest.raises(UnfitSystem, match=r"no /proc.*mount -t proc"):
        fit_to_system(Settings())


def test_little_memory_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    has_mebibytes = machine_bytes() // 2**20
    monkeypatch.setattr(system_limits, "_FEW_MEBIBYTES", has_mebibytes + 1)

    warn_of_limits(Settings(), Settings())

    assert f"has only {has_mebibytes} MiB of memory" in caplog.text
    assert f"give it {has_mebibytes + 1} MiB" in caplog.text


def test_a_service_without_standard_streams_answers(release: Path) -> None:
    port = free_port()
    command = [sys.executable, "-c", CODE, "serve", "--release", str(release), "--port", str(port)]
    with subprocess.Popen(["bash", "-c", 'exec "$0" "$@" <&- >&- 2>&-', *command]) as process:
        try:
            health = first_answer(f"http://127.0.0.1:{port}/readyz")
        finally:
            process.kill()

    assert health.status_code == 200


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
