"""Requests to a SPARQL 1.1 server: queries, updates and graphs, over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import httpx2
import pyoxigraph
from pyoxigraph import (
    NamedNode,
    QueryResultsFormat,
    QuerySolution,
    QuerySolutions,
    RdfFormat,
    Triple,
)

from kg.remote.errors import StoreFailed, StoreTimedOut, StoreUnreachable

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"
_CONNECT_SECONDS: Final = 5.0


class Answer(NamedTuple):
    """A response with status 200: its media type without parameters, its headers and its body."""

    media_type: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class SparqlServer:
    """The query address of a server, and how long an answer may take (None: for ever)."""

    address: str
    seconds: float | None = None

    @cached_property
    def _client(self) -> httpx2.Client:
        timeout = httpx2.Timeout(self.seconds, connect=_CONNECT_SECONDS)
        return httpx2.Client(timeout=timeout, trust_env=False)

    def close(self) -> None:
        """Close the connections; no request can be sent after that."""
        self._client.close()

    def select(self, text: str) -> list[QuerySolution]:
        """Run a SELECT and return its rows; for errors see `query`, or StoreFailed if no result."""
        answer = self.query(text)
        try:
            found = pyoxigraph.parse_query_results(answer.body, format=QueryResultsFormat.JSON)
            if isinstance(found, QuerySolutions):
                return list(found)
        except (SyntaxError, ValueError) as error:
            raise self._no_result(answer) from error
        raise self._no_result(answer)

    def construct(self, text: str) -> list[Triple]:
        """Run a CONSTRUCT and return its triples; for errors see `select`."""
        answer = self.query(text, accept=TRIPLES)
        if answer.media_type != TRIPLES:
            raise self._no_result(answer)
        try:
            quads = pyoxigraph.parse(answer.body, format=RdfFormat.N_TRIPLES)
            return [quad.triple for quad in quads]
        except SyntaxError as error:
            raise self._no_result(answer) from error

    def _no_result(self, answer: Answer) -> StoreFailed:
        shown = answer.body[:1_000].decode(errors="replace")
        text = f"{answer.media_type or 'no media type'}: {shown}"
        return StoreFailed(self.address, httpx2.codes.OK, text)

    def query(
        self,
        text: str,
        default_graphs: Sequence[NamedNode] = (),
        named_graphs: Sequence[NamedNode] = (),
        *,
        accept: str = RESULTS,
    ) -> Answer:
        """Send a query by POST, and read the whole answer.

        Raises StoreUnreachable, StoreTimedOut, or StoreFailed for any other status than 200.
        """
        form = {
            "query": text,
            "default-graph-uri": [graph.value for graph in default_graphs],
            "named-graph-uri": [graph.value for graph in named_graphs],
        }
        try:
            response = self._client.post(self.address, data=form, headers={"Accept": accept})
        except httpx2.TimeoutException as error:
            raise StoreTimedOut(self.address, self.seconds) from error
        except httpx2.HTTPError as error:
            raise StoreUnreachable(self.address, str(error)) from error
        if response.status_code != httpx2.codes.OK:
            raise StoreFailed(self.address, response.status_code, response.text)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
        return Answer(media_type, response.headers, response.content)
