"""The marks on a server: of the release that it holds, and of one that is being loaded."""

from collections.abc import Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import DCTERMS, SCHEMA, VOID
from kg.remote.client import SparqlServer
from kg.remote.layout import LOADING, MARKER
from kg.remote.loading.contents import ServerGraph

# The version of the form of the graphs on a server; raise it if a program of the last version
# could not read the new form, or the reverse.
LAYOUT: Final = 1
_HASH: Final = DCTERMS["identifier"]
_VERSION: Final = DCTERMS["hasVersion"]
_QUADS: Final = VOID["triples"]
_LAYOUT: Final = SCHEMA["schemaVersion"]
_PARTS: Final = DCTERMS["extent"]


class Marker(NamedTuple):
    """The release that a server holds: its content hash, its version and its number of quads."""

    hash: str
    version: str
    quads: int
    layout: int = LAYOUT

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> "Marker":
        """Return the marker of a release; `manifest` is its release.json."""
        return cls(manifest["hash"], manifest["version"], manifest["quads"])

    def graph(self) -> ServerGraph:
        """Return the graph that marks a server as holding the whole release."""
        values: dict[NamedNode, str | int] = {
            _HASH: self.hash,
            _VERSION: self.version,
            _QUADS: self.quads,
            _LAYOUT: self.layout,
        }
        triples = (Triple(MARKER, name, Literal(value)) for name, value in values.items())
        return ServerGraph(MARKER, triples)


class Progress(NamedTuple):
    """A release that is being loaded, and the number of its parts that the server has.

    `plan` tells the release and how it is cut into parts.
    """

    plan: str
    parts: int = 0

    def begin(self) -> ServerGraph:
        """Return what is written before the first part."""
        plan = Triple(LOADING, _HASH, Literal(self.plan))
        return ServerGraph(LOADING, chain([plan], self.graph().triples))

    def graph(self) -> ServerGraph:
        """Return what is written with the last of these parts; nothing needs to be removed."""
        return ServerGraph(LOADING, iter([Triple(LOADING, _PARTS, Literal(self.parts))]))


def read_marker(server: SparqlServer) -> Marker | None:
    """Return the release that a server holds; None if it holds none, or not the whole of it.

    For errors see `SparqlServer.select`.
    """
    found = _values(server, MARKER)
    if any(len(found.get(name, ())) != 1 for name in (_HASH, _VERSION, _QUADS, _LAYOUT)):
        return None
    quads, layout = found[_QUADS][0], found[_LAYOUT][0]
    if not (quads.isdecimal() and layout.isdecimal()):
        return None
    return Marker(found[_HASH][0], found[_VERSION][0], int(quads), int(layout))


def read_progress(server: SparqlServer) -> Progress | None:
    """Return how far a server has got with a release; None if none is being loaded."""
    rows = server.select(
        f"SELECT ?plan (MAX(?n) AS ?parts) {{ GRAPH {LOADING} "
        f"{{ {LOADING} {_HASH} ?plan ; {_PARTS} ?n }} }} GROUP BY ?plan"
    )
    if len(rows) != 1:
        return None
    return Progress(rows[0]["plan"].value, int(rows[0]["parts"].value))


def _values(server: SparqlServer, graph: NamedNode) -> dict[NamedNode, list[str]]:
    """Return what a graph says of itself, by property."""
    found: dict[NamedNode, list[str]] = {}
    for row in server.select(f"SELECT ?p ?o {{ GRAPH {graph} {{ {graph} ?p ?o }} }}"):
        found.setdefault(row["p"], []).append(row["o"].value)
    return found
