"""Run a command in a separate process, and measure its time and peak memory.

The benchmark runs this file as a small process that starts the command. A process inherits the peak
memory of its parent, so with a large parent the parent would be measured instead.
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

# getrusage counts bytes on macOS and kibibytes elsewhere.
_UNITS_PER_MB: Final = 1_000_000 if sys.platform == "darwin" else 1_000_000 / 1024


@dataclass(frozen=True)
class Run:
    """One run of a whole process, including its start.

    `code` is negative for a process ended by a signal; `was_stopped` is true if the time limit
    ended it.
    """

    seconds: float
    peak_mb: float
    code: int
    was_stopped: bool
    output: str
    errors: str


def run(command: Sequence[str], *, limit_seconds: int = 900) -> Run:
    """Run the command to its end; kill it at the time limit, which is not an error."""
    starter = [sys.executable, "-S", __file__, str(limit_seconds), *command]
    finished = subprocess.run(starter, capture_output=True, text=True, check=True)
    errors, _, measured = finished.stderr.rstrip("\n").rpartition("\n")
    return Run(**json.loads(measured), output=finished.stdout, errors=errors)


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
