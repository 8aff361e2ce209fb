import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from kg.release import write
from kg.store import Store
from service.cli import app


@pytest.fixture
def release(store: Store, tmp_path: Path) -> Path:
    return write(store.quads(), {"version": "1.0.0"}, tmp_path / "release")


def answer_of(address: str, *, patience_seconds: float = 20) -> str:
    """The first answer of a service that is starting."""
    end = time.monotonic() + patience_seconds
    while time.monotonic() < end:
        try:
            return httpx2.get(address).text
        except httpx2.TransportError:
            time.sleep(0.05)
    raise TimeoutError(address)


def test_serve_answers_from_a_release_and_ends_cleanly_on_ctrl_c(release: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = "from service.cli import app; app()"
    options = ["serve", "--release", str(release), "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, "-c", code, *options], stderr=subprocess.PIPE
    ) as process:
        try:
            health = answer_of(f"http://127.0.0.1:{port}/healthz")
        finally:
            process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)

    assert '"status": "ok"' in health
    assert process.returncode == 0
    assert told.decode() == f"http://127.0.0.1:{port}/  (Ctrl-C ends it)\n"


def test_serve_refuses_a_release_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["serve", "--release", str(tmp_path / "nowhere")])

    assert result.exit_code == 1
    assert "No release is called" in result.output


def test_the_command_has_the_other_commands_too() -> None:
    listed = CliRunner().invoke(app, ["--help"]).output

    assert all(name in listed for name in ("build", "check", "query", "serve", "verify"))
