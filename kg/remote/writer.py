"""Writes to a SPARQL 1.1 server, by updates or by the Graph Store HTTP Protocol."""

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Final

import httpx2
from pyoxigraph import NamedNode, Triple

from kg.remote.client import StoreError, StoreFailed, unreachable

_CONNECT_SECONDS: Final = 5.0
# Not a form: its encoding would make the text half as long again.
_UPDATE: Final = "application/sparql-update; charset=utf-8"
_REMEDY: Final = (
    ". Remedy: give an address that takes updates (--update) or graphs (--graph-store; on Virtuoso "
    "/sparql-auth and /sparql-graph-crud-auth), and in --auth-file a user with the right to write "
    '(on Virtuoso GRANT SPARQL_UPDATE TO "user"); the log of the server may tell more.'
)


class PasswordAuth(httpx2.Auth):
    """Basic or digest authentication, whichever the server asks for in its first answer."""

    def __init__(self, user: str, password: str) -> None:
        self._by_scheme: dict[str, httpx2.Auth] = {
            "digest": httpx2.DigestAuth(user, password),
            "basic": httpx2.BasicAuth(user, password),
        }
        self._chosen: httpx2.Auth | None = None

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request without a password, and again as the server asks for it."""
        if self._chosen is None:
            response = yield request
            challenge = response.headers.get("WWW-Authenticate", "").lower()
            schemes = (name for name in self._by_scheme if name in challenge)
            if response.status_code == httpx2.codes.UNAUTHORIZED:
                self._chosen = self._by_scheme.get(next(schemes, ""))
        if self._chosen is not None:
            yield from self._chosen.auth_flow(request)


def read_auth_file(path: Path) -> PasswordAuth:
    """Return the authentication by a file whose first line is `user:password`.

    Raises StoreError for another content, OSError for a file that cannot be read.
    """
    lines = path.read_text("utf-8").splitlines()
    user, colon, password = lines[0].partition(":") if lines else ("", "", "")
    if not colon or not user:
        raise StoreError(f"{path}: expected user:password in the first line")
    return PasswordAuth(user, password)


class Writer:
    """Adds triples to graphs and removes graphs, by updates unless `is_graph_store`.

    Each method raises StoreFailed or StoreUnreachable.
    """

    def __init__(
        self, address: str, auth: httpx2.Auth | None, seconds: float, is_graph_store: bool = False
    ) -> None:
        self._address, self._is_graph_store = address, is_graph_store
        timeout = httpx2.Timeout(seconds, connect=_CONNECT_SECONDS)
        self._client = httpx2.Client(auth=auth, timeout=timeout, trust_env=False)

    def add(self, graph: NamedNode, triples: Iterable[Triple]) -> None:
        """Add triples to a graph, in one request."""
        # N-Triples are also how an update has them.
        lines = "".join(f"{triple} .\n" for triple in triples)
        if self._is_graph_store:
            self._send("POST", lines, "application/n-triples", graph)
        else:
            self._send("POST", f"INSERT DATA {{ GRAPH {graph} {{\n{lines}}} }}", _UPDATE)

    def drop(self, graphs: Iterable[NamedNode]) -> None:
        """Remove graphs, in this order; those that do not exist are passed over."""
        for name in graphs:
            if self._is_graph_store:
                self._send("DELETE", "", "text/plain", name)
            else:
                self._send("POST", f"DROP SILENT GRAPH {name}", _UPDATE)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(self, method: str, body: str, kind: str, graph: NamedNode | None = None) -> None:
        params = {"graph": graph.value} if graph else None
        with unreachable(self._address):
            response = self._client.request(
                method,
                self._address,
                params=params,
                content=body.encode(),
                headers={"Content-Type": kind},
            )
        is_gone = method == "DELETE" and response.status_code == httpx2.codes.NOT_FOUND
        if not (response.is_success or is_gone):
            raise StoreFailed(self._address, response.status_code, response.text, _REMEDY)
