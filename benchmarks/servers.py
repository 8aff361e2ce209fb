"""Start servers on 127.0.0.1, each in a separate process, and measure their memory.

Memory is the proportional set size on Linux (shared pages are divided among the processes that
share them), and the resident set size elsewhere.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_BIN: Final = Path(sys.executable).parent
GLOCAL: Final = str(_BIN / "glocal")
_FLOOR: Final = str(Path(__file__).with_name("floor.py"))
_TIMEOUT_SECONDS: Final = 120
_SECONDS_BETWEEN_PORT_CHECKS: Final = 0.005
_SECONDS_BETWEEN_LOAD_CHECKS: Final = 0.2


@dataclass(frozen=True)
class Server:
    """A listening server; `start_seconds` is the time from process start until it listened."""

    process_id: int
    port: int
    start_seconds: float

    def family(self) -> list[int]:
        """Return the process ids of the server and of all its descendants."""
        return family(self.process_id)

    def memory_mebibytes(self) -> float:
        """Return the memory of the server and all its descendants."""
        total = 0.0
        for process_id in self.family():
            # A process may end in the meantime.
            with suppress(OSError, subprocess.CalledProcessError):
                total += _kibibytes(process_id) / 1024
        return total


@contextmanager
def glocal(release: Path, **settings: object) -> Iterator[Server]:
    """Run `glocal serve` on a release, with these settings."""
    port = free_port()
    environment = {f"GLOCAL_{name.upper()}": str(value) for name, value in settings.items()}
    command = [GLOCAL, "serve", "--release", str(release), "--port", str(port)]
    with running(command, port, environment=environment) as server:
        yield server


def wait_until_loaded(server: Server) -> None:
    """Wait until a service has loaded its release into memory."""
    end = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < end:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz") as response:
            if b"in memory" in response.read():
                return
        time.sleep(_SECONDS_BETWEEN_LOAD_CHECKS)
    raise SystemExit(f"The service has not loaded its release within {_TIMEOUT_SECONDS} s")


@contextmanager
def oxigraph(store: Path) -> Iterator[Server]:
    """Run `oxigraph serve-read-only` on the folder of a store; queries go to /query."""
    port = free_port()
    command = [_program("oxigraph"), "serve-read-only", "--location", str(store)]
    with running([*command, "--bind", f"127.0.0.1:{port}"], port) as server:
        yield server


@contextmanager
def bare_processes(store: Path) -> Iterator[Server]:
    """Run `floor.py` on the folder of a store; queries go to /."""
    port = free_port()
    with running([sys.executable, _FLOOR, str(store), str(port)], port) as server:
        yield server


@contextmanager
def rdflib_endpoint(triples: Path) -> Iterator[Server]:
    """Run rdflib-endpoint on these triples in rdflib's own store; queries go to /."""
    port = free_port()
    command = [_program("rdflib-endpoint"), "serve", str(triples), "--host", "127.0.0.1"]
    with running([*command, "--port", str(port)], port) as server:
        yield server


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    *,
    stdin: bytes = b"",
    environment: dict[str, str] | None = None,
) -> Iterator[Server]:
    """Run a server, and yield it once it listens on this port.

    `stdin` is written to its standard input. The server is terminated at the end.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    ) as process:
        try:
            if process.stdin is not None:
                process.stdin.write(stdin)
                process.stdin.close()
            _wait_for(process, port)
            yield Server(process.pid, port, time.perf_counter() - start)
        finally:
            process.terminate()


@contextmanager
def a_release(chosen: Path | None) -> Iterator[Path]:
    """Yield the chosen release or, without one, a temporary release that is built now."""
    if chosen is not None:
        yield chosen
        return
    with tempfile.TemporaryDirectory() as place:
        release = Path(place) / "release"
        build = [GLOCAL, "build", "--out", str(release)]
        subprocess.run(build, check=True, capture_output=True)
        yield release


def _program(name: str) -> str:
    program = _BIN / name
    if not program.exists():
        raise SystemExit(f"{name} is missing; make bench-setup installs it")
    return str(program)


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def family(process: int) -> list[int]:
    """Return the ids of this process and all its descendants, nearest first."""
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listing.stdout.decode().splitlines()]
    members = [process]
    for member in members:  # grows while the loop runs
        members += [child for child, parent in pairs if parent == member]
    return members


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _TIMEOUT_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(_SECONDS_BETWEEN_PORT_CHECKS)
        else:
            return
    raise SystemExit(f"The server does not listen on port {port}: {process.args!r}")


def _kibibytes(process: int) -> int:
    rollup = Path(f"/proc/{process}/smaps_rollup")
    if rollup.exists():
        lines = rollup.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    command = ["ps", "-o", "rss=", "-p", str(process)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)
