"""A query process: takes jobs until the HTTP process wants no more of it."""

import os
import resource
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from pyoxigraph import QueryTriples

from kg.errors import KgError
from kg.json_ld.context import Context
from kg.store import Store
from service.processes.frames import read_job
from service.processes.job import Job
from service.processes.limits import Limits
from service.processes.output import Output
from service.rdf11 import rows_sink, triples_in
from service.representations import write_rows, write_triples

_IS_LINUX: Final = sys.platform == "linux"
_SET_DEATH_SIGNAL: Final = 1
# What a query may leave behind in memory if its process is to take another one.
_MOST_LEFT_BYTES: Final = 2**26
# Of processor time, beyond the time limit of a query.
_SPARE_SECONDS: Final = 5

if _IS_LINUX:
    import ctypes

    _LIBC: Final = ctypes.CDLL(None, use_errno=True)


def die_with(parent: int) -> None:
    """Let the kernel kill this process when its parent, a process id, dies; Linux alone.

    Elsewhere the HTTP process kills the children of a parent that died.
    """
    if _IS_LINUX:
        _LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
    # It may have died before.
    if os.getppid() != parent:
        os._exit(1)


def work(connection: socket.socket, store: Store, context: Context, limits: Limits) -> None:
    """Answer the jobs that come over this connection, one after another, until it is closed."""
    _hush_engine()
    _restrict(limits)
    at_start = _peak_bytes()
    try:
        while (job := read_job(connection)) is not None:
            _limit_processor(limits)
            output = Output(connection, limits)
            error = _failure(job, store, context, output)
            ends = job.supposes or _peak_bytes() - at_start > _MOST_LEFT_BYTES
            output.finish(error, ends=ends)
            if ends:
                return
    except (BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:
        # As the engine ends where memory runs out, so that it is one thing seen from outside.
        os.abort()


def _failure(job: Job, store: Store, context: Context, output: Output) -> KgError | None:
    """Run the query; the error that is the answer's end, if there is one."""
    try:
        _write_answer(job, store, context, output)
    except KgError as error:
        # Without the frames that still hold rows.
        return error.with_traceback(None)
    return None


def _write_answer(job: Job, store: Store, context: Context, output: Output) -> None:
    if job.supposes:
        store = store.supposing(job.added, job.removed)
    results = store.query(
        job.text,
        entailment=job.entailment,
        dataset=job.dataset,
        substitutions=job.substitutions,
        base_iri=job.base_iri,
    )
    if isinstance(results, QueryTriples):
        triples = triples_in(job.choice, output.counted(results))
        write_triples(triples, job.choice, context, output)
        return
    output.count_rows_of(job.choice.format)
    sink = rows_sink(output, job.choice)
    write_rows(results, job.choice, sink or output)
    if sink is not None:
        sink.finish()


def _hush_engine() -> None:
    """Keep what the engine says as it aborts out of the log, but not what Python says."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)


def _restrict(limits: Limits) -> None:
    """Limit the memory; where the machine's runs out, this process is the first to be killed."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _IS_LINUX:
        allowed = _address_space_bytes() + limits.memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
        # A container may not let it.
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _limit_processor(limits: Limits) -> None:
    """Let the kernel end this process, should nobody be left to do it at the time limit."""
    seconds = int(time.process_time() + limits.seconds) + _SPARE_SECONDS
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    if most == resource.RLIM_INFINITY or seconds <= most:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))


def _address_space_bytes() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * resource.getpagesize()


def _peak_bytes() -> int:
    """The most memory this process has held; Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * 1024 if _IS_LINUX else peak
