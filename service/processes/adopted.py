"""A process that another one has started, and that outlives it."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import Final

_BETWEEN_LOOKS_SECONDS: Final = 0.005


class AdoptedProcess:
    """Waited for and killed as a `subprocess.Popen` is.

    Its exit code is known if it has become a child of this process, as orphans do on Linux (see
    `adopt_orphans`); otherwise it is 0 as soon as nothing has its process id.
    """

    def __init__(self, process_id: int) -> None:
        self.pid = process_id
        self._exit_code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once there is one; not for the event loop.

        Raises:
            TimeoutExpired: there is none after so many seconds.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while not self._is_over():
            if end is not None and timeout is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(_BETWEEN_LOOKS_SECONDS)
        return self._exit_code or 0

    def kill(self) -> None:
        """Kill it, if it is there."""
        if not self._is_over():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _is_over(self) -> bool:
        if self._exit_code is None:
            try:
                ended, status = os.waitpid(self.pid, os.WNOHANG)
                self._exit_code = os.waitstatus_to_exitcode(status) if ended else None
            except ChildProcessError:
                self._exit_code = None if _is_there(self.pid) else 0
        return self._exit_code is not None


def _is_there(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True


def reap(process_id: int, patience_seconds: float) -> None:
    """Bury a process that is about to end, if it has become a child of this one."""
    end = time.monotonic() + patience_seconds
    with suppress(ChildProcessError):
        while os.waitpid(process_id, os.WNOHANG)[0] == 0 and time.monotonic() < end:
            time.sleep(_BETWEEN_LOOKS_SECONDS)
