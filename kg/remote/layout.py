"""Where the graphs of a release stand on a server: names that `glocal load` writes and we read.

A server may merge all of its graphs into its default graph, and may hold other data. So the default
graph of the release is a named graph there, each view is a union of graphs that have no triple in
common, and a marker tells that the release is whole; none of these is a graph of the release. A
server renames blank nodes, so IRIs stand for them (RDF 1.1, section 3.5).
"""

from collections.abc import Mapping
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.namespaces import BASE, DCTERMS, SCHEMA, VOID
from kg.remote.client import SparqlServer
from kg.remote.errors import ReleaseNotLoaded
from kg.statuses import VIEWS, Base, Standing
from kg.store.views import graph_of_base

# The version of the form of the graphs on a server; raise it if a program of the last version
# could not read the new form, or the reverse.
LAYOUT: Final = 1
SKOLEM: Final = f"{BASE}.well-known/genid/"
STORE: Final = f"{BASE}store/"
# The release's default graph: the view `paper`.
DEFAULT: Final = NamedNode(f"{STORE}default")
# Describes the release; written last, so a server that has it has everything.
MARKER: Final = NamedNode(f"{STORE}release")
# Lists the graphs that `glocal load` wrote, with the number of their triples.
GRAPHS: Final = NamedNode(f"{STORE}graphs")
_HASH: Final = DCTERMS["identifier"]


def default_graphs(view: Standing, *, with_derived: bool = True) -> tuple[NamedNode, ...]:
    """Return the graphs whose union is the default graph of a view; no triple is in two of them.

    A graph of a world that adds nothing is not on the server.
    """
    name = next(name for name, base in VIEWS.items() if base == view.base)
    suffix = "" if with_derived else "/asserted"
    if with_derived:
        more = NamedNode(f"{STORE}readings")
        graphs = {"facts": (NamedNode(f"{STORE}facts"),), "readings": (DEFAULT, more)}
        of_base = graphs.get(name, (DEFAULT,))
    else:
        bases = [base for base in Base if base <= view.base]
        of_base = tuple(graph_of_base(base, is_derived=False) for base in bases)
    if view.world is None:
        return of_base
    return *of_base, NamedNode(f"{STORE}{name}/{view.world.name}{suffix}")


def skolemize(term: Any) -> Any:
    """Return a term or triple with the IRIs that stand for its blank nodes on a server."""
    if isinstance(term, BlankNode):
        return NamedNode(SKOLEM + term.value)
    if isinstance(term, Triple):
        return Triple(skolemize(term.subject), term.predicate, skolemize(term.object))
    return term


def marker(manifest: Mapping[str, Any]) -> Mapping[NamedNode, str | int]:
    """Return what marks a server as holding a release, by property; `manifest` is release.json."""
    return {
        _HASH: manifest["hash"],
        DCTERMS["hasVersion"]: manifest["version"],
        VOID["triples"]: manifest["quads"],
        SCHEMA["schemaVersion"]: LAYOUT,
    }


def require_release(server: SparqlServer, manifest: Mapping[str, Any]) -> None:
    """Raise ReleaseNotLoaded if a server does not hold the whole release; or see `select`."""
    rows = server.select(f"SELECT ?p ?o {{ GRAPH {MARKER} {{ {MARKER} ?p ?o }} }}")
    found = {(row["p"], row["o"].value) for row in rows}
    if found != {(name, str(value)) for name, value in marker(manifest).items()}:
        other = next((value for name, value in found if name == _HASH), None)
        raise ReleaseNotLoaded(server.address, manifest["hash"], other)
