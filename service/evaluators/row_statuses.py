"""The statuses of the rows that a page shows, which an evaluator process finds in a short time."""

import asyncio
import json
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolutions, parse_query_results

from kg.errors import KgError, RefusedQuery
from kg.sparql.query import Query
from kg.statuses import Standing
from service.answers.formats import JSON, Choice
from service.evaluators.jobs import EvaluatorJob
from service.http.kept_answers import SharedQueries
from service.http.query_answer import run_whole
from service.pages.result_page import ROWS_ON_PAGE, Asked, RowStatus, RowStatuses
from service.queries.messages import QueryJob

if TYPE_CHECKING:
    from service.evaluators.evaluator import Evaluator

# How long a page waits, such as for evaluators that are busy.
_PATIENCE_SECONDS: Final = 1.0
_CHOICE: Final = Choice(JSON, JSON.media_type)


@dataclass(frozen=True, kw_only=True)
class RowStatusesJob(EvaluatorJob):
    """The statuses of the first rows of the results of a query, in JSON of SPARQL, in a view."""

    query: Query
    results: bytes
    view: Standing

    def answer(self, evaluator: "Evaluator") -> bytes:
        """Return a list with the status and whether it is derived, or null, for each row.

        Null in place of the list if that would take too long.
        """
        from kg.describe.row_support import RowTracer

        results = parse_query_results(self.results, format=QueryResultsFormat.JSON)
        if not isinstance(results, QuerySolutions):
            raise TypeError(f"expected QuerySolutions, got a {type(results).__name__}")
        names = [variable.value for variable in results.variables]
        rows = [dict(zip(names, row, strict=True)) for row in islice(results, ROWS_ON_PAGE)]
        try:
            with evaluator.showing(self.view) as store:
                tracer = RowTracer(store, self.query, evaluator.provenance)
                found = tracer.find_weakest(rows)
        except RefusedQuery:
            # One that cannot be traced, such as of SPARQL 1.2.
            found = [None] * len(rows)
        statuses = [one and (one.status.value, one.is_derived) for one in found or ()]
        return json.dumps(None if found is None else statuses).encode()


async def find_row_statuses(
    evaluations: SharedQueries, asked: Asked, job: QueryJob, client: str, results: bytes
) -> RowStatuses:
    """Return the status of each row that a page shows; None if they cannot be had in a short time.

    `results` are those of a job, and `asked` has the text of its query.
    """
    text = (asked.support or {})["query"]
    query, view = Query(text, job.query.base_iri), job.view
    tracing = RowStatusesJob(choice=_CHOICE, query=query, results=results, view=view)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            found = json.loads(await run_whole(evaluations, tracing, client))
    except (KgError, TimeoutError):
        # The rows are there, and worth a page without what is said of them.
        return None
    if found is None:
        return None
    return [one and RowStatus(NamedNode(one[0]), one[1]) for one in found]
