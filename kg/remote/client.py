"""Requests to a SPARQL 1.1 server: queries, updates and graphs, over HTTP."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

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

from kg.remote.errors import AnswerCut, StoreFailed, StoreTimedOut, StoreUnreachable

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"
_CONNECT_SECONDS: Final = 5.0
_SHORT: Final = 1_000
# Bytes of an answer. Whoever reads one needs up to four times as much memory for a while.
MAX_BYTES: Final = 256 * 2**20
# How documents begin and end.
_BOUNDS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    RESULTS: (b"{", b"}"),
    "application/sparql-results+xml": (b"<", b"</sparql>"),
}
# What a server ends a connection with that it does not want to keep, in the moment of a request.
_CLOSED: Final = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


class Answer(NamedTuple):
    """A response with status 200: its media type without parameters, its headers and its body.

    `connection` is the one that it came over; two answers may have the same.
    """

    media_type: str
    headers: Mapping[str, str]
    body: bytes
    connection: object = None


@dataclass(frozen=True)
class SparqlServer:
    """The query address of a server, and how long an answer may take (None: for ever)."""

    address: str
    seconds: float | None = None

    @property
    def _client(self) -> httpx2.Client:
        # Processes that are forked must not share a connection.
        return self._client_of(os.getpid())

    @cached_property
    def _client_of(self) -> Callable[[int], httpx2.Client]:
        def connect(_: int) -> httpx2.Client:
            timeout = httpx2.Timeout(self.seconds, connect=self._limit(_CONNECT_SECONDS))
            # Reading the certificates takes 25 ms.
            is_secret = self.address.startswith("https:")
            return httpx2.Client(timeout=timeout, trust_env=False, verify=is_secret)

        return lru_cache(maxsize=1)(connect)

    def _limit(self, seconds: float) -> float:
        return seconds if self.seconds is None else min(seconds, self.seconds)

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

        Raises StoreUnreachable, StoreTimedOut, or StoreFailed for any other status than 200 and for
        what is nothing that is accepted, or only a part of it; AnswerCut for more than MAX_BYTES.
        """
        form = {
            "query": text,
            "default-graph-uri": [graph.value for graph in default_graphs],
            "named-graph-uri": [graph.value for graph in named_graphs],
        }
        start = time.monotonic()
        with self._translated_errors():
            try:
                response = self._post(form, accept, start)
            except _CLOSED as error:
                if not _is_end(error):
                    raise
                # A query changes nothing, so it may be sent again.
                response = self._post(form, accept, start)
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
        if response.status != httpx2.codes.OK:
            raise StoreFailed(self.address, response.status, response.text)
        if media_type not in accept or not _is_whole(media_type, response.body):
            text = f"{media_type or 'no media type'}: {response.text}"
            raise StoreFailed(self.address, response.status, text)
        return Answer(media_type, response.headers, response.body, response.connection)

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except httpx2.TimeoutException as error:
            raise StoreTimedOut(self.address, self.seconds) from error
        except httpx2.HTTPError as error:
            if not _is_end(error):
                raise StoreFailed(self.address, None, str(error)) from error
            raise StoreUnreachable(self.address, str(error)) from error

    def _post(self, form: Mapping[str, Any], accept: str, start: float) -> "_Response":
        """Send a request, and read the answer; the time limit is that of all together."""
        headers, pieces, size = {"Accept": accept}, list[bytes](), 0
        with self._client.stream("POST", self.address, data=form, headers=headers) as response:
            for piece in response.iter_bytes():
                pieces.append(piece)
                size += len(piece)
                if size > MAX_BYTES:
                    reason = f"it has more than {MAX_BYTES:,} bytes, and no more are read"
                    raise AnswerCut(self.address, reason, "add a LIMIT, or ask for less")
                if self.seconds is not None and time.monotonic() - start > self.seconds:
                    raise httpx2.ReadTimeout("the answer is too slow", request=response.request)
        connection = response.extensions.get("network_stream")
        return _Response(response.status_code, response.headers, b"".join(pieces), connection)


class _Response(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes
    connection: object

    @property
    def text(self) -> str:
        return self.body[:_SHORT].decode(errors="replace")


def _is_end(error: httpx2.HTTPError) -> bool:
    """Return whether the server has ended the connection, rather than sent what is not HTTP."""
    is_nonsense = isinstance(error, httpx2.DecodingError | httpx2.RemoteProtocolError)
    return not is_nonsense or str(error).startswith(("Server disconnected", "peer closed"))


def _is_whole(media_type: str, body: bytes) -> bool:
    """Return whether an answer looks like one of its type, from its beginning to its end."""
    begin, end = _BOUNDS.get(media_type, (b"", b""))
    is_begun = body[:_SHORT].lstrip().startswith(begin)
    return is_begun and body[-_SHORT:].rstrip().endswith(end)
