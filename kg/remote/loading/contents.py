"""The graphs that a release has on a server, with their triples: see `kg.remote.layout`."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, groupby
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import RDF, VOID
from kg.remote.blank_nodes import skolemize_triple
from kg.remote.layout import DEFAULT, GRAPHS, NAMED_GRAPH, default_graphs, is_helper
from kg.remote.loading.digests import Digest
from kg.statuses import DEFAULT_VIEW, VIEWS, Base, Standing
from kg.store.quad_store import Store
from kg.store.views import graph_of_base


class ServerGraph(NamedTuple):
    """A graph on the server, with its triples as they stand there, each once.

    The triples come in the same order from each copy of a release, those of a subject together,
    and can be read once.
    """

    name: NamedNode
    triples: Iterator[Triple]


def server_graphs(store: Store) -> Iterator[ServerGraph]:
    """Yield the graphs of a release on a server, except the list of these.

    First the default graph, then what other views have, then the named graphs. A graph may be
    empty. Of the triples, no more than those that a view changes are held in memory.
    """
    yield _stands_as(DEFAULT, store.triples())
    for base in VIEWS.values():
        view = Standing(base)
        if view != DEFAULT_VIEW:
            yield _stands_as(default_graphs(view)[-1], _triples_of_base(store, view))
        for world in store.views.worlds.values():
            for with_derived in (True, False):
                standing = Standing(base, world)
                name = default_graphs(standing, with_derived=with_derived)[-1]
                yield _stands_as(name, _triples_of_world(store, standing, with_derived))
    for name in store.named_graphs:
        yield _stands_as(name, store.triples(graph=name))


def list_graphs(digests: Mapping[NamedNode, Digest]) -> ServerGraph:
    """Return the list of the graphs on the server, with the sizes that they will have."""
    sizes = (
        Triple(name, VOID["triples"], Literal(digest.triples)) for name, digest in digests.items()
    )
    types = (Triple(name, RDF["type"], NAMED_GRAPH) for name in digests if not is_helper(name))
    return ServerGraph(GRAPHS, iter(sorted([*sizes, *types], key=str)))


def _stands_as(name: NamedNode, triples: Iterable[Triple]) -> ServerGraph:
    return ServerGraph(name, map(skolemize_triple, triples))


def _triples_of_base(store: Store, view: Standing) -> Iterator[Triple]:
    """Yield what the default graphs of a view without a world have beside `DEFAULT`, or in all."""
    change = store.views.change(view)
    added = defaultdict[Any, list[Triple]](list)
    for triple in sorted(change.added, key=str):
        added[triple.subject].append(triple)
    if DEFAULT not in default_graphs(view):
        for subject, triples in groupby(store.triples(), key=lambda triple: triple.subject):
            yield from (triple for triple in triples if triple not in change.removed)
            yield from added.pop(subject, ())
    yield from chain.from_iterable(added.values())


def _triples_of_world(store: Store, view: Standing, with_derived: bool) -> Iterator[Triple]:
    """Yield the triples of a view with a world that it does not have without this world."""
    is_in_base = _membership(store, Standing(view.base), with_derived)
    outside = {
        graph_of_base(base, is_derived=derived) for base in Base for derived in (True, False)
    }
    graphs = store.views.dataset(view, with_derived=with_derived)
    of_world = {
        triple
        for graph in graphs
        if isinstance(graph, NamedNode) and graph not in outside
        for triple in store.triples(graph=graph)
    }
    yield from sorted((triple for triple in of_world if not is_in_base(triple)), key=str)


def _membership(store: Store, view: Standing, with_derived: bool) -> Callable[[Triple], bool]:
    """Return a function that says whether a triple is in the default graph of a view."""
    if with_derived:
        change = store.views.change(view)
        return lambda triple: (
            triple in change.added or (triple not in change.removed and store.contains(triple))
        )
    graphs = [graph_of_base(base, is_derived=False) for base in Base if base <= view.base]
    return lambda triple: any(store.contains(triple, graph) for graph in graphs)
