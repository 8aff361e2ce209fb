"""Requests to a SPARQL 1.1 server: queries, updates and graphs, over HTTP."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import pyoxigraph
from pyoxigraph import (
    NamedNode,
    QueryResultsFormat,
    QuerySolution,
    QuerySolutions,
    RdfFormat,
    Triple,
)

from kg.remote.connection import Connections, NotHttp, Response, TooManyBytes
from kg.remote.errors import AnswerCut, StoreFailed, StoreTimedOut, StoreUnreachable

RESULTS: Final = "application/sparql-results+json"
TRIPLES: Final = "application/n-triples"
_QUERY: Final = "application/sparql-query"
_FORM: Final = "application/x-www-form-urlencoded"
# Characters of the graphs of a request that stand in its address; more are sent in its body.
_MAX_PARAMETERS: Final = 4_000
_SHORT: Final = 1_000
# Bytes of an answer. Whoever reads one needs up to four times as much memory for a while.
MAX_BYTES: Final = 256 * 2**20
# How documents begin and end.
_BOUNDS: Final[Mapping[str, tuple[bytes, bytes]]] = {
    RESULTS: (b"{", b"}"),
    "application/sparql-results+xml": (b"<", b"</sparql>"),
}


class Answer(NamedTuple):
    """A response with status 200: its media type without parameters, its headers and its body.

    The names of headers are in lower case. `connection` is the one that it came over; two answers
    may have the same.
    """

    media_type: str
    headers: Mapping[str, str]
    body: bytes
    connection: object


@dataclass(frozen=True)
class SparqlServer:
    """The query address of a server, and how long an answer may take (None: for ever)."""

    address: str
    seconds: float | None = None

    @cached_property
    def _connections(self) -> Connections:
        return Connections(self.address, self.seconds)

    def close(self) -> None:
        """Close the connection of this thread."""
        self._connections.close()

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
        shown = answer.body[:_SHORT].decode(errors="replace")
        text = f"{answer.media_type or 'no media type'}: {shown}"
        return StoreFailed(self.address, HTTPStatus.OK, text)

    def query(
        self,
        text: str,
        default_graphs: Sequence[NamedNode] = (),
        named_graphs: Sequence[NamedNode] = (),
        *,
        accept: str = RESULTS,
        parameters: str = "",
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Answer:
        """Send a query by POST, with further parameters in its address, and read the whole answer.

        `meanwhile` is called once it is sent; its errors end it. Raises StoreUnreachable,
        StoreTimedOut, or StoreFailed for any other status than 200 and for what is nothing that is
        accepted, or only a part of it; AnswerCut for more than MAX_BYTES.
        """
        graphs = _parameters(tuple(default_graphs), tuple(named_graphs))
        body, kind = text.encode(), _QUERY
        if len(graphs) > _MAX_PARAMETERS:
            query = urlencode({"query": text})
            body, kind, graphs = f"{query}&{graphs}".encode(), _FORM, ""
        parameters = "&".join(filter(None, (graphs, parameters)))
        headers = {"Accept": accept, "Content-Type": kind}
        options: Any = {"parameters": parameters, "meanwhile": meanwhile}
        with self._translated_errors():
            try:
                response = self._connections.post(body, headers, MAX_BYTES, **options)
            except ConnectionError:
                # Perhaps the server ended the connection in the moment of the request. A query
                # changes nothing, so it may be sent again.
                response = self._connections.post(body, headers, MAX_BYTES, **options)
        media_type = response.headers.get("content-type", "").partition(";")[0].strip()
        if response.status != HTTPStatus.OK:
            raise StoreFailed(self.address, response.status, _shown(response))
        if media_type not in accept or not _is_whole(media_type, response.body):
            text = f"{media_type or 'no media type'}: {_shown(response)}"
            raise StoreFailed(self.address, response.status, text)
        return Answer(media_type, response.headers, response.body, response.connection)

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise StoreTimedOut(self.address, self.seconds) from error
        except OSError as error:
            raise StoreUnreachable(self.address, str(error)) from error
        except NotHttp as error:
            raise StoreFailed(self.address, None, str(error)) from error
        except TooManyBytes as error:
            reason = f"it has more than {MAX_BYTES:,} bytes, and no more are read"
            raise AnswerCut(self.address, reason, "add a LIMIT, or ask for less") from error


@lru_cache(maxsize=256)
def _parameters(default_graphs: tuple[NamedNode, ...], named_graphs: tuple[NamedNode, ...]) -> str:
    """Return the graphs of a request as parameters of its address."""
    return urlencode(
        [
            *(("default-graph-uri", graph.value) for graph in default_graphs),
            *(("named-graph-uri", graph.value) for graph in named_graphs),
        ]
    )


def _shown(response: Response) -> str:
    return response.body[:_SHORT].decode(errors="replace")


def _is_whole(media_type: str, body: bytes) -> bool:
    """Return whether an answer looks like one of its type, from its beginning to its end."""
    begin, end = _BOUNDS.get(media_type, (b"", b""))
    is_begun = body[:_SHORT].lstrip().startswith(begin)
    return is_begun and body[-_SHORT:].rstrip().endswith(end)
