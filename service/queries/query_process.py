"""A query process: runs queries and sends their answers until the HTTP process has no more."""

import os
import socket
from collections.abc import Callable
from contextlib import nullcontext

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples

from kg.describe.json_ld_context import Context
from kg.sparql.paging import ALL_ROWS
from kg.store.quad_store import Store
from kg.store.rdf_version import may_make_rdf_1_2
from kg.store.viewed_store import ShownView
from service.answers.serialization import (
    write_quads,
    write_results,
    write_rows,
    write_triples,
)
from service.queries import job_loop, restrictions
from service.queries.messages import WARM_UP, QueryJob, QueryLimits, StoreJob
from service.queries.output import Output
from service.queries.row_count import count_rows

# Returns what a server answers; None if our engine has to.
ServerAsker = Callable[[QueryJob], QuerySolutions | QueryBoolean | None]


def answer_queries(
    connection: socket.socket,
    store: Store,
    context: Context | None,
    limits: QueryLimits,
    *,
    may_have_rdf_1_2: bool,
) -> None:
    """Answer the queries that come over this connection one by one, until it is closed.

    `may_have_rdf_1_2` tells whether the store may have triple terms or base directions.
    """
    shown = ShownView(store)
    ask_server = _server_for_plain_queries(store, limits)

    def open_output(job: QueryJob | StoreJob) -> Output:
        may_need_1_2 = isinstance(job, QueryJob) and (
            may_have_rdf_1_2 or may_make_rdf_1_2(job.query.text)
        )
        return Output(connection, limits, job.choice, may_need_1_2=may_need_1_2)

    def run(job: QueryJob | StoreJob, output: Output) -> None:
        if isinstance(job, QueryJob):
            run_query(job, shown, context, output, ask_server)
        else:
            output.write(job.answer(shown.store))

    # The pages that every query writes to are copied now, not while the first one is waited for.
    first, unread = socket.socketpair()
    with first, unread:
        run_query(
            WARM_UP, shown, context, Output(first, limits, WARM_UP.choice, may_need_1_2=False)
        )
    job_loop.answer_jobs(connection, limits, open_output, run)


def _server_for_plain_queries(store: Store, limits: QueryLimits) -> ServerAsker | None:
    """Return a function that has a server answer a job, if one can."""
    if not limits.stores:
        return None
    # Imported only here, since few services need an HTTP client.
    from kg.remote.passthrough import Passthrough

    servers = Passthrough(limits.stores, store.manifest["hash"], limits.store_seconds)

    def ask(job: QueryJob) -> QuerySolutions | QueryBoolean | None:
        is_of_view = job.dataset is None and job.graph is None and job.entailment == "all"
        is_whole = job.page == ALL_ROWS and not job.substitutions and not job.dumps_all_quads
        if not (is_of_view and is_whole):
            return None
        return servers.answer(job.query, job.view)

    return ask


def run_query(
    job: QueryJob,
    shown: ShownView,
    context: Context | None,
    output: Output,
    ask_server: ServerAsker | None = None,
) -> None:
    """Run a query, and write its answer; raise KgError if it is refused or reaches a limit."""
    found = ask_server(job) if ask_server is not None else None
    # A store on disk must be able to open its files.
    is_in_memory = shown.store.folder is None
    with restrictions.forbid_opening_files() if is_in_memory else nullcontext():
        _write_answer(job, shown, context, output, found)


def _write_answer(
    job: QueryJob,
    shown: ShownView,
    context: Context | None,
    output: Output,
    found: QuerySolutions | QueryBoolean | None,
) -> None:
    """Write an answer: the results that a server has found, or those of the store."""
    store = shown.store
    if found is not None:
        write_results(found, job.choice, output)
        output.check_rows()
        return
    shown.show(job.view, job.entailment)
    if job.graph is not None:
        store.require_graph(job.graph)
    if job.dumps_all_quads:
        write_quads(output.limit_statements(store.quads()), job.choice, output, job.json_ld_options)
        return
    results = shown.query(job.query, job.view, job.entailment, job.dataset, job.substitutions)
    if job.page != ALL_ROWS and not isinstance(results, QueryBoolean):
        _write_page(results, job, context, output)
    elif isinstance(results, QueryTriples):
        triples = output.limit_statements(results)
        write_triples(triples, job.choice, context, output, job.json_ld_options)
    else:
        write_results(results, job.choice, output)
        output.check_rows()


def _write_page(
    results: QuerySolutions | QueryTriples, job: QueryJob, context: Context | None, output: Output
) -> None:
    """Write a page of rows or triples, with the number of all of them if it is soon known.

    In JSON the number stands in the head; in N-Triples, in a comment at the end.
    """
    variables = results.variables if isinstance(results, QuerySolutions) else None
    page, options = job.page, job.json_ld_options
    found = page.take(results)
    rows = [*found] if variables is not None else [*output.limit_statements(found)]

    def write(total: int | None) -> None:
        if variables is not None:
            write_rows(rows, variables, output, total)
            output.check_rows()
            return
        write_triples(iter(rows), job.choice, context, output, options)
        output.write(b"" if total is None else b"# %d\n" % total)

    def end_without_total() -> None:
        write(None)
        output.finish(None, process_ends=True)
        os._exit(0)

    total = page.offset + len(rows)
    if len(rows) == page.limit:
        others = count_rows(results, end_without_total)
        write(None if others is None else total + others)
    else:
        # Beyond the end of the result there are no rows, at whatever offset.
        write(total if rows else None)
