"""Fit the service to the limits that the system sets for each of its processes.

Each connection takes a file descriptor, and each query process a socket of the HTTP process. With
none left, no query process could be forked, and new clients would get no answer. A query process
limits its own address space, which the system's limit must allow. The engine aborts the process if
no thread starts.
"""

import ctypes
import logging
import os
import resource
from pathlib import Path
from threading import Event, Thread
from typing import Final

from service.errors import UnfitSystem
from service.queries.memory import machine_bytes
from service.queries.restrictions import IS_LINUX
from service.settings import Settings

# For the listening socket, event loop, log, release, and calls of other endpoints: it is less than
# 40 before the first request.
_OWN_FILES: Final = 64
# A new query process takes both ends of its socket for a moment.
_FILES_PER_QUERY: Final = 2
_FEWEST_CONNECTIONS: Final = 16
# Address space, of which little is used: an HTTP process with all its threads was seen to take 820
# MiB, and a parent of query processes 240 MiB, for the paper's release.
_HTTP_PROCESS_MEBIBYTES: Final = 1024
_PARENT_MEBIBYTES: Final = 256
# Of the machine: the paper's release was seen to take 370 once its evaluators were ready.
_FEW_MEBIBYTES: Final = 512
# Those of the HTTP process and the engine, and some processes.
_FEWEST_THREADS: Final = 20
# Larger blocks are no part of the heap, of which little could be returned to the system.
_M_MMAP_THRESHOLD: Final = -3
_LARGE_BLOCK_BYTES: Final = 2**18
_STATISTICS: Final = Path("/proc/self/statm")
_log: Final = logging.getLogger("glocal.service")


def fit_to_system(settings: Settings) -> Settings:
    """Return the settings with as many connections as the limit of open files allows.

    Soft limits are raised as far as is needed and the hard limits allow; child processes inherit
    them. Raises UnfitSystem if hardly a connection would be left, no query could run with its
    setting, threads do not start, or Linux has no /proc.
    """
    if IS_LINUX:
        if not _STATISTICS.exists():
            raise UnfitSystem("There is no /proc. Remedy: mount it (`mount -t proc proc /proc`).")
        # Only there do query processes limit their address space.
        _check_memory(settings)
    _check_threads()
    reserved, connections = _reserved_files(settings), settings.max_connections
    allowed = _raise_soft_limit(resource.RLIMIT_NOFILE, reserved + connections)
    fewest = min(connections, _FEWEST_CONNECTIONS)
    if allowed < reserved + fewest:
        raise UnfitSystem(
            f"A process may have {allowed:,} files open; expected at least {reserved + fewest:,}. "
            f"Remedy: raise the hard limit (`ulimit -Hn {reserved + fewest}`, or LimitNOFILE of "
            "systemd), or lower max_running_queries."
        )
    if allowed >= reserved + connections:
        return settings
    return settings.model_copy(update={"max_connections": allowed - reserved})


def give_back_large_blocks() -> None:
    """Have the C library give freed large blocks back to the system; glibc only."""
    if IS_LINUX and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)


def warn_of_limits(given: Settings, fitted: Settings) -> None:
    """Warn if the settings have been fitted to fewer connections than given, or memory is short."""
    if (has_mebibytes := machine_bytes() // 2**20) < _FEW_MEBIBYTES:
        _log.warning(
            "This machine or container has only %d MiB of memory: the system may kill processes "
            "of the service. Remedy: give it %d MiB.",
            *(has_mebibytes, _FEW_MEBIBYTES),
        )
    if fitted.max_connections < given.max_connections:
        _log.warning(
            "At most %d connections may be open instead of %d, since a process may have only %d "
            "files open. Remedy: raise the hard limit (`ulimit -Hn`).",
            fitted.max_connections,
            given.max_connections,
            resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        )


def _reserved_files(settings: Settings) -> int:
    """Return how many files the HTTP process may have open besides those of its connections."""
    # A spare evaluator for each processor, and a query that is answered before it needs a place.
    others = settings.spare_query_processes + 2 * (os.cpu_count() or 1)
    return _OWN_FILES + _FILES_PER_QUERY * (settings.max_running_queries + others)


def _check_memory(settings: Settings) -> None:
    needed = max(_HTTP_PROCESS_MEBIBYTES, _PARENT_MEBIBYTES + settings.max_query_mebibytes)
    allowed = _raise_soft_limit(resource.RLIMIT_AS, needed * 2**20) // 2**20
    if allowed < needed:
        raise UnfitSystem(
            f"A process may have an address space of {allowed:,} MiB; expected at least "
            f"{needed:,}. Remedy: raise the limit (`ulimit -v unlimited`), or lower "
            "max_query_mebibytes."
        )


def _check_threads() -> None:
    end = Event()
    try:
        for _ in range(_FEWEST_THREADS):
            Thread(target=end.wait).start()
    except RuntimeError as error:
        raise UnfitSystem(
            f"Not even {_FEWEST_THREADS} threads can be started. Remedy: raise the limit of "
            "processes (`ulimit -u`, TasksMax of systemd, --pids-limit of Docker)."
        ) from error
    finally:
        end.set()


def _raise_soft_limit(kind: int, needed: int) -> int:
    """Raise a soft limit if it is less than needed and can be; return it, or what is needed."""
    soft, hard = (
        needed if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(kind)
    )
    if soft < needed and soft < hard:
        soft = min(needed, hard)
        resource.setrlimit(kind, (soft, resource.getrlimit(kind)[1]))
    return soft
