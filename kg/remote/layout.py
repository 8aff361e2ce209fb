"""Where the graphs of a release stand on a server: names that `glocal load` writes and we read.

A server may merge all of its graphs into its default graph, and may hold other data. So the default
graph of the release is a named graph there, each view is a union of graphs that have no triple in
common, and a marker lists the named graphs of the release; none of these is a graph of the release.
"""

from typing import Final

from pyoxigraph import NamedNode

from kg.namespaces import BASE
from kg.statuses import VIEWS, Base, Standing
from kg.store.views import graph_of_base

_STORE: Final = f"{BASE}store/"
# The release's default graph: the view `paper`.
DEFAULT: Final = NamedNode(f"{_STORE}default")
# Describes the release; written last, so a server that has it has everything.
MARKER: Final = NamedNode(f"{_STORE}release")
# Tells how far `glocal load` has got, while it works.
LOADING: Final = NamedNode(f"{_STORE}loading")
# Lists the graphs that `glocal load` wrote, with the number of their triples; those of the release
# have the type `NAMED_GRAPH`.
GRAPHS: Final = NamedNode(f"{_STORE}graphs")
NAMED_GRAPH: Final = NamedNode("http://www.w3.org/ns/sparql-service-description#NamedGraph")


def is_helper(graph: NamedNode) -> bool:
    """Return whether a graph on the server is none of the release."""
    return graph.value.startswith(_STORE)


def default_graphs(view: Standing, *, with_derived: bool = True) -> tuple[NamedNode, ...]:
    """Return the graphs whose union is the default graph of a view; no triple is in two of them.

    A graph of a world that adds nothing is not on the server.
    """
    name = next(name for name, base in VIEWS.items() if base == view.base)
    suffix = "" if with_derived else "/asserted"
    if with_derived:
        more = NamedNode(f"{_STORE}readings")
        graphs = {"facts": (NamedNode(f"{_STORE}facts"),), "readings": (DEFAULT, more)}
        of_base = graphs.get(name, (DEFAULT,))
    else:
        bases = [base for base in Base if base <= view.base]
        of_base = tuple(graph_of_base(base, is_derived=False) for base in bases)
    if view.world is None:
        return of_base
    return *of_base, NamedNode(f"{_STORE}{name}/{view.world.name}{suffix}")
