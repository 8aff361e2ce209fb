"""Requests to a SPARQL 1.1 server: queries, updates and graphs, over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import httpx2
from pyoxigraph import NamedNode

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
