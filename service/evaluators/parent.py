"""The parent of the evaluator processes: it holds the indexes, and forks, kills and reaps.

The HTTP process runs it as a program like the parent of the query processes: see
`service.queries.parent`.
"""

import os
import socket
import sys
from contextlib import suppress
from itertools import islice
from typing import Final

from kg.describe.json_ld_context import Context
from kg.errors import KgError
from kg.paths import newest_context_file
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW
from service.evaluators.evaluator import Evaluator
from service.evaluators.jobs import EvaluatorJob
from service.http.html import load_templates
from service.http.negotiation import LANGUAGES, Language
from service.queries import job_loop
from service.queries.forkable_memory import make_forks_cheap
from service.queries.messages import QueryLimits
from service.queries.output import Output
from service.queries.parent import prepare_parent, run_parent
from service.queries.snapshot import ParentOptions

# Of a larger release, reading the provenance of all graphs would delay the first jobs.
_MAX_GRAPHS_READ: Final = 5_000


def main(arguments: list[str]) -> None:
    """Load the indexes and act as the parent; in each child, do that child's work."""
    prepare_parent()
    options, control = ParentOptions.decode(arguments[1]), int(arguments[0])
    try:
        evaluator = _load(options)
    except (KgError, OSError) as error:
        sys.exit(str(error))
    make_forks_cheap()
    child = run_parent(socket.socket(fileno=control))
    if child is not None:
        _answer_jobs(child.connection, evaluator, options.limits)
    # Skip the interpreter's clean-up: freeing shared memory would first copy it.
    os._exit(0)


def _load(options: ParentOptions) -> Evaluator:
    """Load the indexes; what fails to load fails again in each job that needs it."""
    # The children use the store on disk that is opened here; reading needs none of its threads.
    store, content = options.snapshot.open(), options.content
    if content is None:
        raise ValueError("an evaluator needs the content of its release")
    context = Context.read(newest_context_file(content.ontology))
    evaluator = Evaluator(store, content, context)
    _read_indexes(evaluator)
    # What each process would import or prepare otherwise, such as templates, and the grammar of
    # rdflib, which is completed by its use.
    from kg.describe import row_support  # noqa: F401
    from kg.describe.query_patterns import QueryPatterns
    from kg.reasoning.proofs import linked_data, words  # noqa: F401
    from kg.reasoning.whatif import disagreements, patches  # noqa: F401
    from kg.reasoning.whatif import linked_data as _  # noqa: F401

    QueryPatterns(Query("SELECT (STR(?o) AS ?x) { ?s <a:p>/^<a:p> ?o ; ?p 1 FILTER(?s < 2) }"))
    evaluator.page_terms(DEFAULT_VIEW, Language(LANGUAGES[0], is_explicit=False))
    load_templates()
    return evaluator


def _read_indexes(evaluator: Evaluator) -> None:
    """Read what most jobs need; what is wrong with the release concerns the jobs that need it."""
    for name in ("whatif", "reconciler", "answers"):
        with suppress(KgError):
            getattr(evaluator, name)
    for graph in islice(evaluator.store.named_graphs, _MAX_GRAPHS_READ):
        evaluator.provenance.get(graph)


def _answer_jobs(connection: socket.socket, evaluator: Evaluator, limits: QueryLimits) -> None:
    def open_output(job: EvaluatorJob) -> Output:
        return Output(connection, limits, job.choice, may_need_1_2=False)

    def run(job: EvaluatorJob, output: Output) -> None:
        output.write(job.answer(evaluator))

    job_loop.answer_jobs(connection, limits, open_output, run, counts_copies=True)


if __name__ == "__main__":
    main(sys.argv[1:])
