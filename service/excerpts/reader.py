"""Ask the query processes for what a page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Triple, parse
from pyoxigraph import parse_query_results as parse_results

from kg.sparql.dataset import ENTAILMENTS, QueryDataset
from kg.sparql.query import Query
from service.answers.formats import N_TRIPLES, RESULTS_JSON, Choice
from service.errors import QueryOutOfMemory, QueryTimedOut, ResultTooLarge
from service.http.conditional import entity_tag
from service.http.endpoint import Endpoint
from service.http.query_answer import run_whole
from service.queries.messages import QueryJob

Row = Mapping[str, Any]
# What a query raises that asks for more than a client may.
BEYOND_LIMITS: Final = (QueryTimedOut, QueryOutOfMemory, ResultTooLarge)
_ROWS: Final = Choice(RESULTS_JSON, RESULTS_JSON.media_type)
_TRIPLES: Final = Choice(N_TRIPLES, N_TRIPLES.media_type)


def anywhere(pattern: str) -> str:
    """Return a group that matches a pattern in the default graph or in any named graph."""
    return f"{{ {pattern} }} UNION {{ GRAPH ?graph {{ {pattern} }} }}"


@dataclass(frozen=True)
class DataReader:
    """Reads the data of an endpoint for a client; with the `entailment` none, what is asserted.

    All methods raise what `QueryProcesses.run` raises, and ResultTooLarge for more than 1 MiB.
    """

    endpoint: Endpoint
    client: str
    entailment: str = ENTAILMENTS[0]

    async def rows(self, query: str) -> list[Row]:
        """Return the rows of a SELECT: terms by the names of variables, None without a value."""
        body = await self._ask(QueryJob(Query(query), _ROWS, self.entailment), query)
        results = parse_results(body, format=QueryResultsFormat.JSON)
        if not isinstance(results, QuerySolutions):
            raise TypeError(f"expected rows, got a {type(results).__name__}")
        names = [variable.value for variable in results.variables]
        return [{name: row[name] for name in names} for row in results]

    async def triples(self, query: str, dataset: QueryDataset) -> Sequence[Triple]:
        """Return the triples of a CONSTRUCT or DESCRIBE over a dataset."""
        job = QueryJob(Query(query), _TRIPLES, self.entailment, dataset=dataset)
        body = await self._ask(job, query, str(dataset))
        return [quad.triple for quad in parse(body, format=RdfFormat.N_TRIPLES)]

    async def _ask(self, job: QueryJob, *parts: str) -> bytes:
        tag = entity_tag(self.endpoint, job.choice, "excerpt", self.entailment, *parts)
        kept = self.endpoint.cache.find(tag.encode())
        if kept is not None:
            return kept.body
        return await run_whole(self.endpoint.shared_queries, job, self.client, tag)
