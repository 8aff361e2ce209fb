"""A command, run to its end in a process of its own -> how long it took and how much it held.

Between the benchmark and the command stands this file as a small process: a process begins with
the peak memory of the one that started it, so a large parent would be measured instead.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# What getrusage counts in: bytes on macOS, kibibytes elsewhere.
_UNITS_PER_MB: Final = 1_000_000 if sys.platform == "darwin" else 1_000_000 / 1024


@dataclass(frozen=True)
class Run:
    """One run of a whole process, its start included.

    `code` is below zero for a process ended by a signal; `was_stopped`: because of the limit.
    """

    seconds: float
    peak_mb: float
    code: int
    was_stopped: bool
    output: str
    errors: str


def run(command: Sequence[str], *, limit_seconds: int = 900) -> Run:
    """Runs the command and waits; past the limit it is killed, which is no error here."""
    starter = [sys.executable, "-S", __file__, str(limit_seconds), *command]
    done = subprocess.run(starter, capture_output=True, text=True, check=True)
    errors, _, measured = done.stderr.rstrip("\n").rpartition("\n")
    return Run(**json.loads(measured), output=done.stdout, errors=errors)


def _measure(limit_seconds: int, command: Sequence[str]) -> dict[str, float | bool]:
    start = time.perf_counter()
    process = subprocess.Popen(command)
    stopped: list[bool] = []

    def stop(_number: int, _frame: object) -> None:
        stopped.append(True)
        process.kill()

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit_seconds)
    _, status, usage = os.wait4(process.pid, 0)
    signal.alarm(0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "seconds": time.perf_counter() - start,
        "peak_mb": usage.ru_maxrss / _UNITS_PER_MB,
        "code": process.returncode,
        "was_stopped": bool(stopped),
    }


if __name__ == "__main__":
    measured = _measure(int(sys.argv[1]), sys.argv[2:])
    sys.stderr.write(f"\n{json.dumps(measured)}\n")
