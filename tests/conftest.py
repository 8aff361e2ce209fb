"""Fixtures and hooks that tests in several folders share.

`pytest --hypothesis-profile=thorough` tries ten times as many examples.
"""

import fcntl
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import httpx2
import pytest
from hypothesis import settings

from kg.release.build import build

settings.register_profile("thorough", max_examples=1_000)

# Fixtures that start processes or build the project's release; a test with one of them is slow.
_SLOW_FIXTURES: Final = frozenset(
    {"newest_release", "small_release", "paper", "service", "serving", "abused", "asking"}
)
_STARTS: Final = frozenset({"subprocess.Popen", "os.fork", "os.posix_spawn", "os.system"})
_quick_tests: Final[list[str]] = []
# The threads, by their idents, in which services of earlier tests still run.
_older_threads: Final[set[int | None]] = set()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests slow by their fixtures."""
    for item in items:
        if _SLOW_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note the test that is running, if it is not marked slow."""
    if item.get_closest_marker("slow") is None:
        _quick_tests.append(item.nodeid)
        own = threading.current_thread()
        _older_threads.update(one.ident for one in threading.enumerate() if one is not own)
    try:
        return (yield)
    finally:
        _quick_tests.clear()
        _older_threads.clear()


def _refuse_processes(event: str, _: tuple[object, ...]) -> None:
    if event in _STARTS and _quick_tests and threading.get_ident() not in _older_threads:
        raise RuntimeError(f"{_quick_tests[-1]} starts a process: mark it with pytest.mark.slow")


sys.addaudithook(_refuse_processes)


@pytest.fixture(scope="session")
def newest_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own release, which is the newest one for whoever asks for it.

    It is built once for all processes of pytest-xdist, so no test may change it.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "releases"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "newest").exists():
            (folder / "newest").symlink_to(build(folder / "release"))
    return (folder / "newest").resolve()


@pytest.fixture(scope="session")
def service(newest_release: Path) -> Iterator[str]:
    """The address of `glocal serve` on the project's own release."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = "from service.cli import app; app()"
    arguments = ["serve", "--release", str(newest_release), "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-c", command, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "GLOCAL_LOG_REQUESTS": "false"},
    ) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/readyz")
            yield address
        finally:
            process.kill()


def _wait_for(address: str) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            if httpx2.get(address).is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)
