"""What goes wrong with a store on a server."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode

from kg.errors import KgError

_SHOWN_CHARACTERS: Final = 300
_MARKUP: Final = re.compile(r"<[^<>]*>")
_SERVER_ERROR: Final = 500


class StoreError(KgError):
    """The server that holds the release does not answer as it should."""


class StoreUnreachable(StoreError):
    """No connection, or it was cut."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"the store {address} cannot be reached: {reason}")


class StoreTimedOut(StoreError):
    """The answer took too long."""

    def __init__(self, address: str, seconds: float | None) -> None:
        super().__init__(f"the store {address} did not answer within {seconds} seconds")


class StoreFailed(StoreError):
    """The answer is an error, or not what was asked for; `status` is that of the answer."""

    def __init__(self, address: str, status: int, text: str) -> None:
        self.status = status
        shown = " ".join(text.split())[:_SHOWN_CHARACTERS]
        super().__init__(f"the store {address} answered with status {status}: {shown}")


class NoResult(StoreError):
    """An answer with status 200 that is no result of a query."""

    def __init__(self, address: str, media_type: str) -> None:
        what = media_type or "no media type"
        super().__init__(f"{address} answered a SPARQL query with {what}, not with a result of it")


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
    """What was written cannot be read from the address for queries."""

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


class NoWholeRelease(StoreError):
    """The server holds no release, or only a part of one."""

    def __init__(self, address: str) -> None:
        super().__init__(
            f"{address} holds no whole release. Remedy: glocal load --to {address} (see --help)"
        )


class OtherRelease(StoreError):
    """The server holds another release than that of the local folder."""

    def __init__(self, address: str, there: str, here: str, folder: Path) -> None:
        super().__init__(
            f"{address} holds the release {there[:16]}, and {folder} is {here[:16]}. Remedy: "
            f"glocal load --to {address} --release {folder}, or --release with a copy of the other"
        )


class OtherLayout(StoreError):
    """The graphs on the server were written by another version of `glocal load`."""

    def __init__(self, address: str, there: int, here: int) -> None:
        super().__init__(
            f"{address} has the graphs in form {there}, and this program reads form {here}. "
            f"Remedy: glocal load --to {address} by this program"
        )


class NotOfThisStore(StoreError):
    """The server cannot evaluate this query rightly."""

    def __init__(self, feature: str, reason: str) -> None:
        super().__init__(f"{feature} is not possible on this store: {reason}")
