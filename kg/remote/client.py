"""Queries to a SPARQL 1.1 server, over HTTP."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import httpx2
import pyoxigraph
from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolution, QuerySolutions

from kg.remote.errors import StoreFailed, StoreUnreachable

_CONNECT_SECONDS: Final = 2.0
_MAX_BYTES: Final = 2**26
_RESULTS: Final = "application/sparql-results+json"
_HEADERS: Final = {"Accept": _RESULTS}
# Virtuoso has cut the answer (ResultSetMaxRows), or its time was over.
_CUT: Final = ("x-sparql-maxrows", "x-sql-state")


@dataclass(frozen=True)
class SparqlServer:
    """The query address of a server, and the seconds that an answer may take."""

    address: str
    seconds: float

    @cached_property
    def _client(self) -> httpx2.Client:
        timeout = httpx2.Timeout(self.seconds, connect=min(self.seconds, _CONNECT_SECONDS))
        return httpx2.Client(timeout=timeout, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def select(self, text: str) -> list[QuerySolution]:
        """Run a SELECT and return its rows; for errors see `query`."""
        body = self.query(text)
        try:
            found = pyoxigraph.parse_query_results(body, format=QueryResultsFormat.JSON)
            return list(found) if isinstance(found, QuerySolutions) else []
        except (SyntaxError, ValueError) as error:
            raise StoreFailed(self.address, 200, f"no result: {error}") from error

    def query(
        self,
        text: str,
        default_graphs: Sequence[NamedNode] = (),
        more: Mapping[str, str | int] | None = None,
    ) -> bytes:
        """Run a SELECT or ASK on the union of these graphs, and return its result in SPARQL JSON.

        `more` are further parameters of the request. Raises StoreUnreachable, or StoreFailed for
        another status than 200, an answer that the server has cut, and one of more than 64 MiB.
        """
        end = time.monotonic() + self.seconds
        graphs = [graph.value for graph in default_graphs]
        form: dict[str, Any] = {"query": text, "default-graph-uri": graphs, **(more or {})}
        body = bytearray()
        try:
            with self._client.stream("POST", self.address, data=form, headers=_HEADERS) as answer:
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > _MAX_BYTES:
                        raise StoreFailed(self.address, 200, "more than 64 MiB")
                    if time.monotonic() > end:
                        raise httpx2.ReadTimeout("the answer goes on")
        except httpx2.TimeoutException as error:
            reason = f"no answer within {self.seconds:g} seconds"
            raise StoreUnreachable(self.address, reason) from error
        except httpx2.HTTPError as error:
            raise StoreUnreachable(self.address, str(error)) from error
        is_whole = not any(name in answer.headers for name in _CUT)
        media_type = answer.headers.get("Content-Type", "")
        if answer.status_code != httpx2.codes.OK or not is_whole or _RESULTS not in media_type:
            raise StoreFailed(self.address, answer.status_code, body.decode(errors="replace"))
        return bytes(body)
