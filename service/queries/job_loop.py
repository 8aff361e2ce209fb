"""The loop of a query process or evaluator process: one job after another, under its limits."""

import os
import socket
from collections.abc import Callable
from typing import Final, TypeVar

from kg.errors import KgError
from service.queries import messages, restrictions
from service.queries.messages import Job, QueryLimits
from service.queries.output import Output

# A process whose private memory has grown by more than this takes no other job.
_MAX_GROWTH_BYTES: Final = 2**26
J = TypeVar("J", bound=Job)


def answer_jobs(
    connection: socket.socket,
    limits: QueryLimits,
    open_output: Callable[[J], Output],
    run: Callable[[J, Output], None],
    *,
    counts_copies: bool = False,
) -> None:
    """Answer the jobs that come over this connection one by one, until it is closed.

    `run` writes the answer to a job to its output, or raises the KgError that ended it. For
    `counts_copies` see `MemoryGrowth`.
    """
    restrictions.silence_stderr()
    restrictions.limit_memory(limits, for_good=True)
    growth = restrictions.MemoryGrowth(counts_copies=counts_copies)
    job: J | None
    try:
        while (job := messages.read_job(connection)) is not None:
            restrictions.limit_processor_time(limits)
            output = open_output(job)
            error = _run(run, job, output)
            process_ends = growth.exceeds(_MAX_GROWTH_BYTES)
            output.finish(error, process_ends=process_ends)
            if process_ends:
                return
    except (BrokenPipeError, ConnectionResetError):
        return
    except MemoryError:
        # The engine aborts too when memory runs out, so the HTTP process sees only one case.
        os.abort()


def _run(run: Callable[[J, Output], None], job: J, output: Output) -> KgError | None:
    """Run a job, and return the error that ended it, if any."""
    try:
        run(job, output)
    except KgError as error:
        # Drop the tracebacks, whose stack frames still hold rows.
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    return None
