"""Where the graphs of a release stand on a server: names that `glocal load` writes and we read.

A server may merge all of its graphs into its default graph, and may hold other data. So the default
graph of the release is a named graph there, each view is a union of graphs that have no triple in
common, and a marker tells that the release is whole; none of these is a graph of the release. A
server renames blank nodes, so IRIs stand for them (RDF 1.1, section 3.5).
"""

from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.namespaces import BASE, DCTERMS, SCHEMA
from kg.remote.client import ReleaseNotLoaded, SparqlServer
from kg.statuses import VIEWS, Standing

SKOLEM: Final = f"{BASE}.well-known/genid/"
# The default graphs of the views `paper` and `facts`, and what `readings` has beyond that of
# `paper`; then the marker, which is written last, and the graphs that `glocal load` wrote, with the
# number of their triples.
DEFAULT, FACTS, MORE_READINGS, MARKER, GRAPHS = (
    NamedNode(f"{BASE}store/{name}")
    for name in ("default", "facts", "readings", "release", "graphs")
)
# The graphs whose union is the default graph of a view; a view with a world has none.
GRAPHS_OF_VIEWS: Final = {
    Standing(VIEWS["facts"]): (FACTS,),
    Standing(VIEWS["paper"]): (DEFAULT,),
    Standing(VIEWS["readings"]): (DEFAULT, MORE_READINGS),
}
_HASH: Final = DCTERMS["identifier"]
# The version of the form of these graphs, now 2.
_LAYOUT: Final = SCHEMA["schemaVersion"]


def skolemize(term: Any) -> Any:
    """Return a term or triple with the IRIs that stand for its blank nodes on a server."""
    if isinstance(term, BlankNode):
        return NamedNode(SKOLEM + term.value)
    if isinstance(term, Triple):
        return Triple(skolemize(term.subject), term.predicate, skolemize(term.object))
    return term


def marker(release: str) -> list[Triple]:
    """Return the triples that mark a server as holding the release with this hash."""
    return [Triple(MARKER, _HASH, Literal(release)), Triple(MARKER, _LAYOUT, Literal(2))]


def require_release(server: SparqlServer, release: str) -> None:
    """Raise ReleaseNotLoaded if a server does not hold the whole release; or see `select`."""
    pattern = f"{MARKER} {_HASH} ?hash ; {_LAYOUT} 2"
    rows = server.select(f"SELECT ?hash {{ GRAPH {MARKER} {{ {pattern} }} }}")
    found = {row["hash"].value for row in rows}
    if found != {release}:
        raise ReleaseNotLoaded(server.address, release, min(found - {release}, default=None))
