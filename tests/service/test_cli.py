import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from kg.release import write
from kg.store import Store
from service.cli import app

# Ten thousand million rows to count: minutes, and the engine cannot be stopped.
ENDLESS = (
    "SELECT (COUNT(*) AS ?n) {"
    + "".join(f" VALUES ?{name} {{ {'1 ' * 100}}}" for name in "abcde")
    + "}"
)


@pytest.fixture
def release(store: Store, tmp_path: Path) -> Path:
    return write(store.quads(), {"version": "1.0.0"}, tmp_path / "release")


@contextmanager
def serving(release: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`glocal serve` in a process of its own, once it answers, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    options = ["serve", "--release", str(release), "--port", address.rpartition(":")[2]]
    code = "from service.cli import app; app()"
    with subprocess.Popen(
        [sys.executable, "-c", code, *options], stderr=subprocess.PIPE
    ) as process:
        try:
            answer_of(f"{address}/healthz")
            yield process, address
        finally:
            process.kill()


def answer_of(address: str, *, patience_seconds: float = 20) -> httpx2.Response:
    """The first answer of a service that is starting."""
    end = time.monotonic() + patience_seconds
    while time.monotonic() < end:
        try:
            return httpx2.get(address)
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)


def ask_without_waiting(address: str) -> None:
    """Let a query run that does not end, and whose answer nobody waits for."""
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(f"{address}/sparql", data={"query": ENDLESS}, timeout=0.2)


def test_serve_answers_from_a_release_and_ends_cleanly_on_ctrl_c(release: Path) -> None:
    with serving(release) as (process, address):
        health = httpx2.get(f"{address}/healthz").text
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)

    assert '"status": "ok"' in health
    assert process.returncode == 0
    assert told.decode() == f"{address}/  (Ctrl-C ends it)\n"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_serve_ends_soon_though_a_query_still_runs(
    release: Path, sent: signal.Signals, code: int
) -> None:
    with serving(release) as (process, address), ThreadPoolExecutor() as pool:
        asked = pool.submit(httpx2.post, f"{address}/sparql", data={"query": ENDLESS})
        time.sleep(0.5)
        process.send_signal(sent)
        _, told = process.communicate(timeout=8)
        answer = asked.result()

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/service-ending")
    assert process.returncode == code
    assert "Traceback" not in told.decode()


def test_queries_that_do_not_end_leave_health_and_resources_answering(release: Path) -> None:
    with serving(release) as (_, address):
        for _ in range(16):
            ask_without_waiting(address)
        one_more = httpx2.get(f"{address}/sparql", params={"query": "ASK { }"})
        others = [httpx2.get(f"{address}/{path}") for path in ("healthz", "data/id/London.ttl")]

    assert (one_more.status_code, one_more.headers["retry-after"]) == (503, "5")
    assert [one.status_code for one in others] == [200, 200]


def test_an_address_that_is_too_long_is_told_so_by_a_problem_document(release: Path) -> None:
    query = "/sparql?query=ASK%7B%7D%23"
    with serving(release) as (_, address):
        longest, too_long, far_too_long = (
            httpx2.get(address + query.ljust(characters, "x"))
            for characters in (32_768, 32_769, 65_000)
        )

    assert longest.json()["boolean"] is True
    for answer in (too_long, far_too_long):
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["type"]) == (414, "/problems/address-too-long")


def test_serve_refuses_a_release_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["serve", "--release", str(tmp_path / "nowhere")])

    assert result.exit_code == 1
    assert "No release is called" in result.output


def test_the_command_has_the_other_commands_too() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output

    assert all(name in listed for name in ("build", "check", "query", "serve", "verify"))
