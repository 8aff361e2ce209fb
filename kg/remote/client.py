"""Queries to a SPARQL 1.1 server, over HTTP, and the errors of such a server."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import httpx2
import pyoxigraph
from pyoxigraph import NamedNode, QueryResultsFormat, QuerySolution, QuerySolutions

from kg.errors import KgError

_SHOWN_CHARACTERS: Final = 300
_MARKUP: Final = re.compile(r"<[^<>]*>")
_CONNECT_SECONDS: Final = 2.0
_MAX_BYTES: Final = 2**26
_RESULTS: Final = "application/sparql-results+json"
_HEADERS: Final = {"Accept": _RESULTS}
# Virtuoso has cut the answer (ResultSetMaxRows), or its time was over.
_CUT: Final = ("x-sparql-maxrows", "x-sql-state")


class StoreError(KgError):
    """The server does not do what it should, or has other graphs than it should have."""


class StoreUnreachable(StoreError):
    """There is no connection, or it was cut, or the answer took too long."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"the store {address} cannot be reached: {reason}")


class StoreFailed(StoreError):
    """The answer is an error, or not what was asked for, or not the whole of it."""

    def __init__(self, address: str, status: int, text: str, remedy: str = "") -> None:
        shown = " ".join(_MARKUP.sub(" ", text).split())[:_SHOWN_CHARACTERS]
        super().__init__(f"the store {address} answered with status {status}: {shown}{remedy}")


class ReleaseNotLoaded(StoreError):
    """The server does not hold the whole release, or holds another one."""

    def __init__(self, address: str, release: str, found: str | None) -> None:
        holds = f"holds the release {found[:16]}" if found else "holds no whole release"
        remedy = f"expected the release {release[:16]}; load it by `glocal load --to {address}`"
        super().__init__(f"the store {address} {holds}: {remedy}")


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

    def query(self, text: str, default_graphs: Sequence[NamedNode] = ()) -> bytes:
        """Run a SELECT or ASK on the union of these graphs, and return its result in SPARQL JSON.

        Raises StoreUnreachable, or StoreFailed for another status than 200, an answer that the
        server has cut, and one of more than 64 MiB.
        """
        graphs = [graph.value for graph in default_graphs]
        form: dict[str, Any] = {"query": text, "default-graph-uri": graphs}
        body = bytearray()
        with (
            unreachable(self.address),
            self._client.stream("POST", self.address, data=form, headers=_HEADERS) as answer,
        ):
            for part in answer.iter_bytes():
                body += part
                if len(body) > _MAX_BYTES:
                    raise StoreFailed(self.address, 200, "more than 64 MiB")
        if any(name in answer.headers for name in _CUT):
            cut = "a part of the answer; raise ResultSetMaxRows or MaxQueryExecutionTime"
            raise StoreFailed(self.address, answer.status_code, cut)
        media_type = answer.headers.get("Content-Type", "")
        if answer.status_code != httpx2.codes.OK or _RESULTS not in media_type:
            raise StoreFailed(self.address, answer.status_code, body.decode(errors="replace"))
        return bytes(body)


@contextmanager
def unreachable(address: str) -> Iterator[None]:
    """Raise StoreUnreachable if a request to an address has no answer, or none in time."""
    try:
        yield
    except httpx2.HTTPError as error:
        raise StoreUnreachable(address, str(error) or type(error).__name__) from error
