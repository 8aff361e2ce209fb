"""What the kernel holds a process to, since nobody else can end the engine."""

import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from service.queries.messages import Limits

IS_LINUX: Final = sys.platform == "linux"
_SET_DEATH_SIGNAL: Final = 1
_SET_CHILD_SUBREAPER: Final = 36
# Of processor time, beyond the time limit of a query.
_SPARE_SECONDS: Final = 5
_BETWEEN_LOOKS_SECONDS: Final = 0.0005
# So many steps of priority: about a tenth of the share.
_GIVEN_WAY: Final = 10
_UNLIMITED: Final = resource.RLIM_INFINITY

if IS_LINUX:
    import ctypes

    _LIBC: Final = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent, a process id, dies; Linux alone.

    Elsewhere the HTTP process kills the children of a parent that died.
    """
    if IS_LINUX:
        _LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    # It may have died before.
    if os.getppid() != parent:
        os._exit(1)


def outlive_parent() -> None:
    """Take back `die_with`."""
    if IS_LINUX:
        _LIBC.prctl(_SET_DEATH_SIGNAL, 0)


def adopt_orphans(adopts: bool) -> None:
    """Let this process bury what its children leave behind, or no longer; else init does."""
    if IS_LINUX:
        _LIBC.prctl(_SET_CHILD_SUBREAPER, int(adopts))


def restrict(limits: Limits, *, for_good: bool) -> None:
    """Limit the memory; what is limited for good is the first to go where the machine's runs out.

    Who may lift the limits again keeps its place there: the kernel lets nobody take that back.
    """
    hard = (0, 0) if for_good else (0, resource.getrlimit(resource.RLIMIT_CORE)[1])
    resource.setrlimit(resource.RLIMIT_CORE, hard)
    if IS_LINUX:
        allowed = _address_space_bytes() + limits.memory_bytes
        most = allowed if for_good else resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (allowed, most))
    if IS_LINUX and for_good:
        # A container may not let it.
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def give_way() -> None:
    """Let the HTTP process, the parent and those they speak to go before this one.

    Where queries fill every processor, there is otherwise nobody to take their answers away: with
    eight clients on two processors a fifth fewer answers (benchmarks/serving.py).
    """
    os.nice(_GIVEN_WAY)


def limit_processor(limits: Limits) -> None:
    """Let the kernel end this process, should nobody be left to do it at the time limit."""
    seconds = int(time.process_time() + limits.seconds) + _SPARE_SECONDS
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    if most == _UNLIMITED or seconds <= most:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))


def lift_limits() -> None:
    """Take back what was not limited for good."""
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU):
        _, most = resource.getrlimit(limit)
        resource.setrlimit(limit, (most, most))


@contextmanager
def no_new_files() -> Iterator[None]:
    """Let nothing be opened or dialled: a second lock on what is refused before."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


def _address_space_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


def wait_for_one_thread() -> None:
    """Wait until the threads that were joined are gone to the kernel, too.

    Before Python 3.13 `join` returns a moment earlier, and a process that is forked in that moment
    finds locks taken (of the dynamic loader, say) by a thread that it does not have.
    """
    while IS_LINUX and len(list(Path("/proc/self/task").iterdir())) > 1:
        time.sleep(_BETWEEN_LOOKS_SECONDS)


def resident_bytes() -> int:
    """What this process holds in memory, shared with others or not; 0 where unknown."""
    if not IS_LINUX:
        return 0
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def hush_engine() -> None:
    """Keep what the engine says as it aborts out of the log, but not what Python says."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)


def let_engine_speak() -> None:
    """Take back `hush_engine`."""
    if sys.stderr is not None and sys.stderr is not sys.__stderr__:
        os.dup2(sys.stderr.fileno(), 2)
        sys.stderr.close()
        sys.stderr = sys.__stderr__
