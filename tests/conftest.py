"""What tests in several folders share.

How much hypothesis tries: `pytest --hypothesis-profile=thorough` tries ten times as much.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from hypothesis import settings

from kg.release.build import build

settings.register_profile("thorough", max_examples=1_000)


@pytest.fixture(scope="session")
def newest_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own release, which is the newest one for whoever asks for it."""
    folder = tmp_path_factory.mktemp("releases")
    release = build(folder / "release")
    (folder / "newest").symlink_to(release)
    return release


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
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if httpx2.get(address).is_success:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)
