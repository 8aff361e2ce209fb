"""Servers, each a process of its own on 127.0.0.1 that is ended by its id.

Memory is the proportional set size (shared pages divided among those that share them) where Linux
tells it, else the resident size.
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
_PATIENCE_SECONDS: Final = 120
_SECONDS_BETWEEN_LOOKS: Final = 0.005
_SECONDS_BETWEEN_LOADS: Final = 0.2


@dataclass(frozen=True)
class Server:
    """A server that listens; `start_seconds` is how long that took, its process included."""

    process_id: int
    port: int
    start_seconds: float

    def family(self) -> list[int]:
        """The process ids of the server and of all below it."""
        return family(self.process_id)

    def memory_mebibytes(self) -> float:
        """What all of them hold."""
        found = 0.0
        for one in self.family():
            # Another may end in the meantime.
            with suppress(OSError, subprocess.CalledProcessError):
                found += _kibibytes(one) / 1024
        return found


@contextmanager
def glocal(release: Path, **settings: object) -> Iterator[Server]:
    """`glocal serve` on a release, with these settings."""
    port = free_port()
    environment = {f"GLOCAL_{name.upper()}": str(value) for name, value in settings.items()}
    command = [GLOCAL, "serve", "--release", str(release), "--port", str(port)]
    with running(command, port, environment=environment) as server:
        yield server


def wait_until_loaded(server: Server) -> None:
    """Wait until a service answers from memory, not from disk any more."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz") as answer:
            if b"in memory" in answer.read():
                return
        time.sleep(_SECONDS_BETWEEN_LOADS)
    raise SystemExit("The service does not load its release.")


@contextmanager
def oxigraph(store: Path) -> Iterator[Server]:
    """`oxigraph serve-read-only` on the folder of a store; queries go to /query."""
    port = free_port()
    command = [_program("oxigraph"), "serve-read-only", "--location", str(store)]
    with running([*command, "--bind", f"127.0.0.1:{port}"], port) as server:
        yield server


@contextmanager
def rdflib_endpoint(triples: Path) -> Iterator[Server]:
    """rdflib-endpoint over rdflib's own store, with these triples in it; queries go to /."""
    port = free_port()
    command = [_program("rdflib-endpoint"), "serve", str(triples), "--host", "127.0.0.1"]
    with running([*command, "--port", str(port)], port) as server:
        yield server


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    *,
    told: bytes = b"",
    environment: dict[str, str] | None = None,
) -> Iterator[Server]:
    """A server from the moment that it listens on this port; `told` is its standard input."""
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
                process.stdin.write(told)
                process.stdin.close()
            _wait_for(process, port)
            yield Server(process.pid, port, time.perf_counter() - start)
        finally:
            process.terminate()


@contextmanager
def a_release(chosen: Path | None) -> Iterator[Path]:
    """The release that was chosen, or else one that is built for the time being."""
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
        raise SystemExit(f"{name} is missing: make bench-setup installs it.")
    return str(program)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def family(process: int) -> list[int]:
    """This process and all below it, nearest first."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in listed.stdout.decode().splitlines()]
    found = [process]
    for one in found:
        found += [child for child, parent in pairs if parent == one]
    return found


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        else:
            return
    raise SystemExit(f"The server does not start: {process.args!r}")


def _kibibytes(process: int) -> int:
    rollup = Path(f"/proc/{process}/smaps_rollup")
    if rollup.exists():
        lines = rollup.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(process)], capture_output=True, check=True)
    return int(said.stdout)
