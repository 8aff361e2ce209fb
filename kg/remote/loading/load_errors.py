"""The errors of loading a release into a server."""

import re
from collections.abc import Sequence
from typing import Final

from pyoxigraph import NamedNode

from kg.remote.errors import StoreError

_SHOWN_CHARACTERS: Final = 300
_MARKUP: Final = re.compile(r"<[^<>]*>")
_SERVER_ERROR: Final = 500


class WriteRefused(StoreError):
    """The server lets nobody write at this address, or not this user."""

    def __init__(self, address: str, status: int, text: str, *, has_password: bool) -> None:
        shown = " ".join(_MARKUP.sub(" ", text).split())[:_SHOWN_CHARACTERS]
        tried = (
            "with this user and password (--auth-file)" if has_password else "without a password"
        )
        remedy = (
            "give an address that takes updates (--update, --graph-store; on Virtuoso /sparql-auth "
            "and /sparql-graph-crud-auth) and a user with the right to write (on Virtuoso "
            'GRANT SPARQL_UPDATE TO "user") in --auth-file'
        )
        said = f": {shown}" if shown else ""
        super().__init__(
            f"{address} refuses writes {tried} (status {status}{said}). Remedy: {remedy}."
        )


class WriteFailed(StoreError):
    """The server did not store what it was sent; `status` is that of its answer."""

    def __init__(self, address: str, status: int, text: str) -> None:
        self.status = status
        shown = " ".join(_MARKUP.sub(" ", text).split())[:_SHOWN_CHARACTERS]
        hint = ""
        if status < _SERVER_ERROR:
            hint = " Expected an address that takes updates (--update) or graphs (--graph-store)."
        elif status >= _SERVER_ERROR:
            hint = " Its log and its free disk space may tell more; the next run goes on from here."
        super().__init__(f"{address} did not write, status {status}: {shown}.{hint}")


class WrittenElsewhere(StoreError):
    """The address for queries does not return what was written."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} does not return what was just written. Expected --update or --graph-store "
            "of the same server, and a user for queries who may read every graph."
        )


class OccupiedGraph(StoreError):
    """A graph of the release already exists on the server, and no record says that it is ours."""

    def __init__(self, address: str, graphs: Sequence[NamedNode]) -> None:
        self.graphs = list(graphs)
        names = ", ".join(graph.value for graph in self.graphs[:3])
        super().__init__(
            f"{address} has triples in graphs of the release that glocal load did not write, such "
            f"as {names}. Remedy: remove these graphs, or load into another server."
        )


class LoadedOtherwise(StoreError):
    """A graph on the server has other triples than in the release.

    `missing` and `surplus` have the first triples of each kind.
    """

    def __init__(
        self,
        address: str,
        graph: NamedNode,
        counts: tuple[int, int],
        missing: Sequence[str],
        surplus: Sequence[str],
    ) -> None:
        self.graph, self.missing, self.surplus = graph, list(missing), list(surplus)
        there, expected = counts
        lines = [
            f"{address} has {there} triples in {graph.value} where the release has {expected}.",
            *(f"  missing: {triple}" for triple in self.missing),
            *(f"  surplus: {triple}" for triple in self.surplus),
            "The next run of glocal load sends everything again.",
        ]
        super().__init__("\n".join(lines))


class StoreInUse(StoreError):
    """Another load has begun on the same server."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"another glocal load has written to {address} meanwhile. Remedy: let one of them end, "
            "then run glocal load once more"
        )
