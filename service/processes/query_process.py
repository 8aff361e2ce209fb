"""A query process: takes jobs until the HTTP process wants no more of it."""

import os
import resource
import socket
from contextlib import nullcontext
from typing import Final

from pyoxigraph import QueryTriples

from kg.describe.json_ld_context import Context
from kg.errors import KgError
from kg.store.quad_store import Store
from service.answers.rdf_1_1 import quads_in, rows_sink, triples_in, write_plainly, write_quads
from service.answers.serialization import write_rows, write_triples
from service.processes.frames import read_job
from service.processes.job import Job
from service.processes.limits import Limits
from service.processes.output import Output
from service.processes.restrictions import (
    IS_LINUX,
    give_way,
    hush_engine,
    limit_processor,
    no_new_files,
    restrict,
)

# What a query may leave behind in memory if its process is to take another one.
_MOST_LEFT_BYTES: Final = 2**26


def work(connection: socket.socket, store: Store, context: Context | None, limits: Limits) -> None:
    """Answer the jobs that come over this connection, one after another, until it is closed."""
    hush_engine()
    restrict(limits, for_good=True)
    give_way()
    at_start = _peak_bytes()
    try:
        while (job := read_job(connection)) is not None:
            limit_processor(limits)
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


def _failure(job: Job, store: Store, context: Context | None, output: Output) -> KgError | None:
    """Run the query; the error that is the answer's end, if there is one."""
    # A store on disk opens its files when it comes to them.
    lock = no_new_files() if store.folder is None else nullcontext()
    try:
        with lock:
            _write_answer(job, store, context, output)
    except KgError as error:
        # Without the frames that still hold rows.
        return error.with_traceback(None)
    return None


def _write_answer(job: Job, store: Store, context: Context | None, output: Output) -> None:
    if job.supposes:
        store = store.supposing(job.added, job.removed)
    if job.graph is not None:
        store.check_graph(job.graph)
    if job.is_whole:
        quads = quads_in(job.choice, output.counted(store.quads()))
        write_quads(quads, job.choice, output, job.json_ld_options)
        return
    results = store.query(
        job.text,
        entailment=job.entailment,
        dataset=job.dataset,
        substitutions=job.substitutions,
        base_iri=job.base_iri,
    )
    if isinstance(results, QueryTriples):
        triples = triples_in(job.choice, output.counted(results))
        if context is None:
            write_plainly(triples, job.choice, output, job.json_ld_options)
        else:
            write_triples(triples, job.choice, context, output)
        return
    output.count_rows_of(job.choice.format)
    sink = rows_sink(output, job.choice)
    write_rows(results, job.choice, sink or output)
    if sink is not None:
        sink.finish()


def _peak_bytes() -> int:
    """The most memory this process has held; Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * 1024 if IS_LINUX else peak
