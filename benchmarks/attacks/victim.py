"""The service under attack: a real `glocal serve` on 127.0.0.1, and all its processes. Linux only.

Every process of a service has a mark in its environment, by which it is found even when the process
that started it has died.
"""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import IO, Final

from benchmarks.servers import GLOCAL, free_port

HOST: Final = "127.0.0.1"
MARK: Final = "ATTACKED_SERVICE"
_STARTING_SECONDS: Final = 60
_ENDING_SECONDS: Final = 15
_SECONDS_BETWEEN: Final = 0.05
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class AttackFailed(Exception):
    """An attack that could not be made, or whose outcome is not known."""


@dataclass(frozen=True)
class Memory:
    """The proportional set size of all processes, and of the outermost one alone, in MiB."""

    all: float
    outermost: float


@dataclass(frozen=True)
class ProcessTree:
    """The processes with this mark; `outermost` is the one that was started."""

    outermost: int
    mark: str

    def processes(self) -> list[int]:
        """Return the ids of the processes that run, the oldest first."""
        wanted = f"{MARK}={self.mark}\0".encode()
        found = []
        for folder in Path("/proc").iterdir():
            with suppress(OSError):
                if folder.name.isdecimal() and wanted in (folder / "environ").read_bytes():
                    found.append(int(folder.name))
        return sorted(found)

    def memory(self) -> Memory:
        """Measure the memory of all processes, without the kept answers of the service."""
        sizes = dict.fromkeys(self.processes(), 0.0)
        for process in sizes:
            with suppress(OSError, StopIteration):
                lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
                size = next(line for line in lines.splitlines() if line.startswith("Pss:"))
                sizes[process] = int(size.split()[1]) / 1024
        return Memory(sum(sizes.values()), sizes.get(self.outermost, 0.0))

    def processor_seconds(self) -> float:
        """Return the processor time of these processes and of those that they have waited for."""
        total = 0
        for process in self.processes():
            with suppress(OSError):
                stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
                total += sum(map(int, stat.rpartition(")")[2].split()[11:15]))
        return total / _TICKS

    def parents(self) -> dict[int, int]:
        """Return the parent of each process."""
        found = {}
        for process in self.processes():
            with suppress(OSError):
                stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
                found[process] = int(stat.rpartition(")")[2].split()[1])
        return found

    def describe(self, processes: Sequence[int]) -> str:
        """Return these processes in words: each with its state and its command."""
        texts = []
        for process in processes:
            with suppress(OSError):
                folder = Path(f"/proc/{process}")
                stat = (folder / "stat").read_text(encoding="ascii", errors="replace")
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                texts.append(f"{stat.rpartition(')')[2].split()[0]} {command[:120]}")
        return "; ".join(texts)

    def wait_until_ended(self, limit_seconds: float) -> list[int]:
        """Wait until no process is left, and return those that are left at the time limit."""
        end = time.monotonic() + limit_seconds
        while (left := self.processes()) and time.monotonic() < end:
            time.sleep(_SECONDS_BETWEEN)
        return left


@dataclass(frozen=True)
class Victim:
    """A running service; `log` is the file of its standard output and standard error, if any."""

    process: "subprocess.Popen[bytes]"
    port: int
    tree: ProcessTree
    log: Path | None

    def status(self, path: str) -> int:
        """Return the status of GET for this path; 0 without an answer."""
        return http_status(self.port, path)

    def metric(self, name: str) -> float:
        """Return the value of a metric without labels; 0 if the service has none of this name."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/metrics")
            lines = connection.getresponse().read().decode().splitlines()
            values = [line.split()[1] for line in lines if line.startswith(f"{name} ")]
            return float(values[0]) if values else 0.0
        return 0.0

    def stop(self) -> list[str]:
        """End the service by SIGTERM, then whatever is left by its id; return what went wrong."""
        failures = []
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                failures.append(f"SIGTERM did not end the service within {_ENDING_SECONDS} s")
                self.process.kill()
                self.process.wait()
        if left := self.tree.wait_until_ended(2):
            failures.append(f"{len(left)} processes were left behind by the service")
        for process in left:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return failures


def http_status(port: int, path: str) -> int:
    """Return the status of GET for this path; 0 without an answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def start(
    arguments: Sequence[str], folder: Path, *, undrained: bool = False, prefix: Sequence[str] = ()
) -> Victim:
    """Start `glocal serve` with these arguments, on a free port and with default settings.

    Its output goes to a new file in the folder or, if `undrained`, to two pipes that nobody reads.
    `prefix` is a command that runs it, such as one that sets limits first.
    """
    port, mark = free_port(), token_hex(8)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GLOCAL_")}
    log = None if undrained else folder / f"{mark}.log"
    output: int | IO[bytes] = subprocess.PIPE if log is None else log.open("wb")
    process = subprocess.Popen(
        [*prefix, GLOCAL, "serve", *arguments, "--port", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.PIPE if log is None else output,
        # A process that aborts says where.
        env={**environment, MARK: mark, "PYTHONFAULTHANDLER": "1"},
        # Not a new session: Linux may share the processors among sessions first, and the honest
        # client would have to wait for the service's share.
        process_group=0,
    )
    if not isinstance(output, int):
        output.close()
    return Victim(process, port, ProcessTree(process.pid, mark), log)


def wait_until_ready(victim: Victim, limit_seconds: float = _STARTING_SECONDS) -> bool:
    """Wait until the service can answer queries; return False if it ends, or at the time limit."""
    end = time.monotonic() + limit_seconds
    while victim.process.poll() is None and time.monotonic() < end:
        if victim.status("/readyz") == http.HTTPStatus.OK:
            return True
        time.sleep(_SECONDS_BETWEEN)
    return False


@contextmanager
def serving(arguments: Sequence[str], folder: Path, *, undrained: bool = False) -> Iterator[Victim]:
    """Run a service that is ready, and end all its processes at the end.

    Raises AttackFailed if it is not ready in time.
    """
    victim = start(arguments, folder, undrained=undrained)
    try:
        if not wait_until_ready(victim):
            raise AttackFailed(f"the service was not ready within {_STARTING_SECONDS} s")
        yield victim
    finally:
        victim.stop()
