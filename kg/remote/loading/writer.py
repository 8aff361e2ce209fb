"""Writes to a SPARQL 1.1 server, by updates or by the Graph Store HTTP Protocol.

All that is written is idempotent: what was sent twice is there once.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import httpx2
from pyoxigraph import NamedNode, Triple

from kg.remote.errors import StoreTimedOut, StoreUnreachable
from kg.remote.loading.load_errors import WriteFailed, WriteRefused

_CONNECT_SECONDS: Final = 5.0
_FORBIDDEN: Final = (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN)
# What Virtuoso says, with status 500, to a user without the right.
_NO_PERMISSION: Final = ("SECURITY:", "access denied")
# Graphs that one update removes.
_DROPPED_AT_ONCE: Final = 50
GraphTriples = tuple[NamedNode, Sequence[Triple]]


class Writer(Protocol):
    """Adds triples to graphs and removes graphs.

    Each method raises WriteRefused, WriteFailed, StoreUnreachable or StoreTimedOut.
    """

    def add(self, graphs: Iterable[GraphTriples]) -> None:
        """Add triples to graphs, in the order of the graphs; each has some triples."""

    def drop(self, graphs: Iterable[NamedNode]) -> None:
        """Remove graphs, in this order; those that do not exist are passed over."""

    def close(self) -> None:
        """Close the connections."""


class UpdateWriter:
    """Writes by SPARQL Update, to an address that takes updates by POST."""

    def __init__(
        self, address: str, auth: httpx2.Auth | None = None, seconds: float | None = None
    ) -> None:
        self._requests = _Requests(address, auth, seconds)

    def add(self, graphs: Iterable[GraphTriples]) -> None:
        """See `Writer.add`; all triples go in one request."""
        blocks = (f"GRAPH {name} {{\n{_lines(triples)}}}\n" for name, triples in graphs)
        self._send(f"INSERT DATA {{\n{''.join(blocks)}}}")

    def drop(self, graphs: Iterable[NamedNode]) -> None:
        """See `Writer.drop`."""
        names = list(graphs)
        for start in range(0, len(names), _DROPPED_AT_ONCE):
            some = names[start : start + _DROPPED_AT_ONCE]
            self._send(" ;\n".join(f"DROP SILENT GRAPH {name}" for name in some))

    def _send(self, update: str) -> None:
        # Not a form: its encoding would make the text half as long again.
        headers = {"Content-Type": "application/sparql-update; charset=utf-8"}
        self._requests.send("POST", update.encode(), headers=headers)

    def close(self) -> None:
        """See `Writer.close`."""
        self._requests.close()


class GraphStoreWriter:
    """Writes by the Graph Store HTTP Protocol (SPARQL 1.1), with graphs named by `?graph=`."""

    def __init__(
        self, address: str, auth: httpx2.Auth | None = None, seconds: float | None = None
    ) -> None:
        self._requests = _Requests(address, auth, seconds)

    def add(self, graphs: Iterable[GraphTriples]) -> None:
        """See `Writer.add`; each graph is a request."""
        headers = {"Content-Type": "application/n-triples"}
        for name, triples in graphs:
            body = _lines(triples).encode()
            self._requests.send("POST", body, graph=name, headers=headers)

    def drop(self, graphs: Iterable[NamedNode]) -> None:
        """See `Writer.drop`."""
        for name in graphs:
            self._requests.send("DELETE", graph=name, allowed=(httpx2.codes.NOT_FOUND,))

    def close(self) -> None:
        """See `Writer.close`."""
        self._requests.close()


class _Requests:
    """Requests to one address, by one client."""

    def __init__(self, address: str, auth: httpx2.Auth | None, seconds: float | None) -> None:
        self._address, self._seconds, self._has_password = address, seconds, auth is not None
        timeout = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
        self._client = httpx2.Client(auth=auth, timeout=timeout, trust_env=False)

    def send(
        self,
        method: str,
        body: bytes = b"",
        *,
        graph: NamedNode | None = None,
        headers: dict[str, str] | None = None,
        allowed: Sequence[int] = (),
    ) -> None:
        """Send a request; a status of 300 and above is an error, except the allowed ones."""
        try:
            response = self._client.request(
                method,
                self._address,
                params={"graph": graph.value} if graph else None,
                content=body,
                headers=headers,
            )
        except httpx2.TimeoutException as error:
            raise StoreTimedOut(self._address, self._seconds) from error
        except httpx2.HTTPError as error:
            raise StoreUnreachable(self._address, str(error)) from error
        status, text = response.status_code, response.text
        if response.is_success or status in allowed:
            return
        if status in _FORBIDDEN or any(word in text for word in _NO_PERMISSION):
            raise WriteRefused(self._address, status, text, has_password=self._has_password)
        raise WriteFailed(self._address, status, text)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _lines(triples: Iterable[Triple]) -> str:
    """Return triples as N-Triples, which is also how an update has them."""
    return "".join(f"{triple} .\n" for triple in triples)
