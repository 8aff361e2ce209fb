"""`glocal serve --workers 2`."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.run.workers.http_process import HttpProcess, WorkerOptions
from service.settings import Settings
from tests.service.conftest import Running, children_of, command_of, until

pytestmark = pytest.mark.slow

Serving = Callable[..., AbstractContextManager[Running]]
REQUESTS = "glocal_request_seconds_count"
ASK = "/sparql?query=ASK%7B%7D"


def workers(service: Running) -> list[int]:
    """Return the process ids of the HTTP processes."""
    children = children_of(service.process.pid)
    return [one for one in children if "service.run.workers.worker" in command_of(one)]


def trunk(service: Running) -> int:
    """Return the process id of the parent of all parents."""
    children = children_of(service.process.pid)
    [found] = [one for one in children if "service.queries.parent" in command_of(one)]
    return found


def descendants(process: int) -> list[int]:
    found = children_of(process)
    return found + [one for child in found for one in descendants(child)]


def answers(service: Running, path: str) -> list[int]:
    """Return the statuses of enough requests on separate connections to reach every process."""
    return [httpx2.get(service.address + path).status_code for _ in range(20)]


def counted(service: Running, name: str) -> float:
    """Return the sum of the samples of this name over all processes, as told a moment ago."""
    text = httpx2.get(f"{service.address}/metrics").text
    families = text_string_to_metric_families(text)
    return sum(one.value for family in families for one in family.samples if one.name == name)


@pytest.fixture
def service(serving: Serving) -> Iterator[Running]:
    with serving(workers=2) as found:
        until(lambda: len(workers(found)) == 2)
        until(lambda: len(children_of(trunk(found))) == 2)
        yield found


def test_whatever_is_killed_is_replaced_and_what_it_counted_stays(service: Running) -> None:
    assert set(answers(service, ASK)) == {200}
    until(lambda: counted(service, REQUESTS) >= 20)
    asked = counted(service, REQUESTS)

    [first, second] = workers(service)
    os.kill(first, signal.SIGKILL)
    until(lambda: len(workers(service)) == 2 and first not in workers(service))

    assert second in workers(service)
    assert set(answers(service, ASK)) == {200}
    # The parent of its query processes has ended with it.
    until(lambda: len(children_of(trunk(service))) == 2)
    until(lambda: counted(service, REQUESTS) >= asked + 20)
    assert counted(service, "glocal_release_info") == 1
    for parent in (children_of(trunk(service))[0], trunk(service)):
        os.kill(parent, signal.SIGKILL)
        until(lambda parent=parent: parent not in descendants(service.process.pid))  # type: ignore[misc]
        until(lambda: set(answers(service, "/readyz")) == {200})

        assert set(answers(service, ASK)) == {200}
    assert second in workers(service)


def test_whoever_kills_the_supervisor_ends_them_all(service: Running, is_gone) -> None:
    others = descendants(service.process.pid)
    folder = Path(command_of(workers(service)[0]).partition('"folder":"')[2].partition('"')[0])
    assert (folder / "log.lock").exists()
    service.process.kill()

    assert len(others) >= 5
    assert all(is_gone(one) for one in others)
    assert not folder.exists()


def test_nobody_waits_for_running_queries_once_the_supervisor_was_killed(
    serving: Serving, endless: str, is_gone
) -> None:
    patience = {"max_ending_seconds": 600, "max_query_seconds": 600}
    with serving(workers=2, **patience) as service, ThreadPoolExecutor() as pool:
        until(lambda: len(workers(service)) == 2)
        running = pool.submit(service.ask, endless, seconds=900)
        until(lambda: counted(service, "glocal_queries_running") == 1)
        others, was_running = descendants(service.process.pid), not running.done()
        service.process.kill()
        gone = [is_gone(one) for one in others]

    assert was_running
    assert all(gone)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_they_end_together_and_say_nothing_of_it(
    service: Running, is_gone, sent: signal.Signals, code: int
) -> None:
    others = descendants(service.process.pid)
    service.process.send_signal(sent)
    _, told = service.process.communicate(timeout=60)

    assert service.process.returncode == code
    assert told.decode() == f"{service.address}/  (Ctrl-C stops it)\n"
    assert all(is_gone(one) for one in others)


def served(*options: str) -> "subprocess.CompletedProcess[str]":
    """Run `glocal serve` with options with which it ends by itself."""
    program = [sys.executable, "-c", "from service.cli import app; app()", "serve"]
    return subprocess.run([*program, *options], capture_output=True, text=True, timeout=120)


def test_what_none_of_them_can_open_ends_the_service_with_a_message(release: Path) -> None:
    shutil.rmtree(release / "store")
    (release / "store").mkdir()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    ended = served("--release", str(release), "--workers", "2", "--port", port)

    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "store/000004.log is missing. Remedy: copy the release again" in ended.stderr


@pytest.mark.parametrize("options", [["--workers", "2"], ["--scratch"]])
def test_a_port_that_is_taken_is_named(release: Path, options: list[str]) -> None:
    what = [] if "--scratch" in options else ["--release", str(release)]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = served(*what, *options, "--port", port)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"127.0.0.1:{port}: Address already in use. Remedy:")


def test_an_http_process_that_cannot_be_started_leaves_no_socket_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket_pairs
) -> None:
    options = WorkerOptions(
        settings=Settings(),
        name="1",
        folder=tmp_path,
        generation=1,
        switches=0,
        refused_releases=0,
    )
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))

    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(FileNotFoundError):
        asyncio.run(HttpProcess.start(options, listening))

    assert {end.fileno() for pair in socket_pairs for end in pair} == {-1}


def test_a_scratch_store_is_served_by_one_process() -> None:
    ended = served("--scratch", "--workers", "2")

    assert ended.returncode == 1
    assert "expected --workers 1" in ended.stderr
