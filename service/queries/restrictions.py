"""Limits that the kernel enforces on a process, since the engine cannot be interrupted."""

import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from service.queries.messages import QueryLimits

IS_LINUX: Final = sys.platform == "linux"
_SET_DEATH_SIGNAL: Final = 1
_SET_CHILD_SUBREAPER: Final = 36
# Processor time allowed beyond the time limit of a query.
_SPARE_SECONDS: Final = 5
_THREAD_STACK_BYTES: Final = 2**23
# Room for a pthread_attr_t, which has 56 or 64 bytes.
_THREAD_ATTRIBUTES_BYTES: Final = 128
# Columns of /proc/self/statm.
_ADDRESS_SPACE: Final = 0
_RESIDENT: Final = 1

if IS_LINUX:
    import ctypes

    _LIBC: Final = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when its parent, given by process id, dies; Linux only.

    On other systems the HTTP process kills the children of a dead parent.
    """
    if IS_LINUX:
        _LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    # The parent may have died before the call.
    if os.getppid() != parent:
        os._exit(1)


def outlive_parent() -> None:
    """Undo `die_with_parent`."""
    if IS_LINUX:
        _LIBC.prctl(_SET_DEATH_SIGNAL, 0)


def adopt_orphans(adopts: bool) -> None:
    """Make this process reap the orphans of its children, or leave them to init; Linux only."""
    if IS_LINUX:
        _LIBC.prctl(_SET_CHILD_SUBREAPER, int(adopts))


def limit_memory(limits: QueryLimits, *, for_good: bool) -> None:
    """Limit the memory of this process, and write no core dumps.

    A process that is limited for good is also the first that the kernel kills when the machine
    runs out of memory. One that may lift its limits is not, since that could not be undone.
    """
    hard = 0 if for_good else resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if IS_LINUX:
        soft = _memory_bytes(_ADDRESS_SPACE) + limits.memory_bytes
        hard = soft if for_good else resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        if for_good:
            # A container may forbid this.
            with suppress(OSError):
                Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def limit_thread_stacks() -> None:
    """Give threads that start from now on the usual stack, not the large one of this process.

    The threads of a store on disk would otherwise reserve gigabytes of address space; Linux only.
    """
    if IS_LINUX:
        attributes = ctypes.create_string_buffer(_THREAD_ATTRIBUTES_BYTES)
        _LIBC.pthread_attr_init(attributes)
        _LIBC.pthread_attr_setstacksize(attributes, ctypes.c_size_t(_THREAD_STACK_BYTES))
        _LIBC.pthread_setattr_default_np(attributes)


def limit_processor_time(limits: QueryLimits) -> None:
    """Let the kernel end this process if no other process does so at the time limit."""
    soft = int(time.process_time() + limits.seconds) + _SPARE_SECONDS
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft <= hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def lift_limits() -> None:
    """Lift the limits that were not set for good."""
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU):
        _, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (hard, hard))


@contextmanager
def forbid_opening_files() -> Iterator[None]:
    """Forbid opening files and sockets: a second barrier, since such queries are refused before."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def wait_for_one_thread() -> None:
    """Wait until the kernel, too, has ended the threads that were joined; Linux only.

    Before Python 3.13, `join` returns a moment earlier. A process forked in that moment may inherit
    locks (of the dynamic loader, for example) held by a thread that it does not have.
    """
    while IS_LINUX and len(list(Path("/proc/self/task").iterdir())) > 1:
        time.sleep(0.0005)


class MemoryGrowth:
    """How much memory this process has taken for itself since it was made.

    That is its peak beyond what it had, and with `counts_copies` also the pages that were shared
    with its parent until it wrote to them: each of them is a page fault.
    """

    def __init__(self, *, counts_copies: bool = False) -> None:
        self._counts_copies = counts_copies
        self._start = self._bytes()

    def exceeds(self, allowed_bytes: int) -> bool:
        """Return whether it is more than this."""
        return max(now - then for now, then in zip(self._bytes(), self._start, strict=True)) > (
            allowed_bytes
        )

    def _bytes(self) -> tuple[int, int]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        # Linux reports KiB, macOS bytes.
        peak = usage.ru_maxrss * 1024 if IS_LINUX else usage.ru_maxrss
        return peak, usage.ru_minflt * resource.getpagesize() if self._counts_copies else 0


def resident_bytes() -> int:
    """Return the resident memory of this process, shared pages included; 0 if unknown."""
    return _memory_bytes(_RESIDENT) if IS_LINUX else 0


def _memory_bytes(column: int) -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[column]
    return int(pages) * resource.getpagesize()


def silence_stderr() -> None:
    """Keep the engine's abort messages out of the log, but still log what Python writes."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 2)
    os.close(devnull)


def restore_stderr() -> None:
    """Undo `silence_stderr`."""
    if sys.stderr is not None and sys.stderr is not sys.__stderr__:
        os.dup2(sys.stderr.fileno(), 2)
        sys.stderr.close()
        sys.stderr = sys.__stderr__
