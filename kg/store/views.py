"""Views of a release: which triples its default graph has for the reader who chose a view.

The stored default graph is the view `paper`. Another view is told by what it adds to the default
graph and what it leaves out, a few thousand triples at most. Named graphs are the same in each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Any, Final, cast

from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from kg.errors import MalformedParameter, did_you_mean
from kg.namespaces import ASSERTED, GLOCAL, GRAPH, ID, RDF
from kg.statuses import (
    DEFAULT_VIEW,
    HYPOTHESES,
    PLANS,
    VIEWS,
    Base,
    Standing,
    Status,
    World,
    standing_of,
    status_of,
)

META: Final = GRAPH["meta"]
# Changes of default graphs that are kept; there are about a hundred views and worlds.
_MAX_CHANGES: Final = 256
# The properties that say where the triples of a graph stand.
STANDING_PROPERTIES: Final = tuple(
    GLOCAL[name] for name in ("hasStatus", "hasBase", "heldBy", "followsFromClaimOf")
)


def graph_of_base(base: Base, *, is_derived: bool) -> NamedNode:
    """Return the graph of all that is asserted, or derived, at this base and no stronger one."""
    return GRAPH[f"{'derived' if is_derived else 'asserted'}-{base.name.lower()}"]


def standings_described(description: Mapping[NamedNode, Sequence[Any]]) -> list[Standing]:
    """Read from a description where its triples stand: once for each holder, or nowhere."""
    statuses, bases, holders, claimed_by = (
        description.get(name, ()) for name in STANDING_PROPERTIES
    )
    status = Status.CLAIM if claimed_by else status_of(statuses[0])
    base = Base[status_of(bases[0]).name] if bases else None
    found = (standing_of(status, holder) for holder in claimed_by or holders or (None,))
    standings = dict.fromkeys(standing for standing in found if standing is not None)
    return [Standing(each.base if base is None else base, each.world) for each in standings]


@dataclass(frozen=True)
class ViewedGraph:
    """A named graph whose triples a view may show: where they stand, and whether by a rule."""

    name: NamedNode
    standing: Standing
    is_derived: bool


@dataclass(frozen=True)
class DefaultGraphChange:
    """The triples that a view adds to the stored default graph, and those that it leaves out."""

    added: frozenset[Triple] = frozenset()
    removed: frozenset[Triple] = frozenset()

    def quads(self) -> tuple[list[Quad], list[Quad]]:
        """Return the added and the removed triples as quads of the default graph."""
        return [Quad(*triple) for triple in self.added], [Quad(*triple) for triple in self.removed]


class Views:
    """The views and worlds of a release; `quads` is its `pyoxigraph.Store.quads_for_pattern`."""

    def __init__(self, quads: Callable[..., Iterable[Quad]]) -> None:
        self._quads = quads
        self._graphs: dict[World | None, list[ViewedGraph]] = defaultdict(list)
        for world in (None, HYPOTHESES, PLANS):
            self._graphs[world] = []
        for base in Base:
            for is_derived in (False, True):
                name = graph_of_base(base, is_derived=is_derived)
                self._graphs[None].append(ViewedGraph(name, Standing(base), is_derived))
        for graph in self._described_graphs():
            if graph.standing.world is not None:
                self._graphs[graph.standing.world].append(graph)

    def _described_graphs(self) -> Iterator[ViewedGraph]:
        descriptions = defaultdict[object, dict[NamedNode, list[Any]]](dict)
        for name in STANDING_PROPERTIES:
            for quad in self._quads(None, name, None, META):
                descriptions[quad.subject].setdefault(name, []).append(quad.object)
        for class_, is_derived in (("Evidence", False), ("DerivedGraph", True)):
            for typing in self._quads(None, RDF["type"], GLOCAL[class_], META):
                for standing in standings_described(descriptions[typing.subject]):
                    yield ViewedGraph(cast("NamedNode", typing.subject), standing, is_derived)

    @cached_property
    def worlds(self) -> Mapping[str, World]:
        """The worlds by name: first those of the holders, in order."""
        holders = {world.name: world for world in self._graphs if world and world.holder}
        return {**dict(sorted(holders.items())), HYPOTHESES.name: HYPOTHESES, PLANS.name: PLANS}

    def parse(self, view: str | None, world: str | None) -> Standing:
        """Return a view by its names, by default `paper`; raise MalformedParameter if unknown."""
        base = VIEWS.get(view) if view else DEFAULT_VIEW.base
        if base is None:
            raise MalformedParameter("view", f"expected one of {', '.join(VIEWS)}, got '{view}'")
        if not world:
            return Standing(base)
        found = self.find_world(world)
        if found is None:
            near = did_you_mean(get_close_matches(_local(world), self.worlds, n=3, cutoff=0.7))
            others = f"{HYPOTHESES.name} or {PLANS.name}"
            reason = f"expected a holder of claims, {others}, got '{world}'.{near}"
            raise MalformedParameter("world", reason)
        return Standing(base, found)

    def find_world(self, name: str) -> World | None:
        """Return the world with this name, which may be the CURIE or IRI of its holder."""
        return self.worlds.get(_local(name))

    def change(self, view: Standing, *, with_derived: bool = True) -> DefaultGraphChange:
        """Return what a view changes in the default graph, without derived triples if so asked."""
        return self._change(view, with_derived)

    @lru_cache(maxsize=_MAX_CHANGES)  # noqa: B019 - views live as long as their release
    def _change(self, view: Standing, with_derived: bool) -> DefaultGraphChange:
        if view.world is None:
            return self._change_of_base(view, with_derived)
        base = self._change(Standing(view.base), with_derived)
        more = self._triples(_shown(self._graphs[view.world], view, with_derived))
        return DefaultGraphChange(base.added | self._not_stored(more), base.removed - more)

    def _change_of_base(self, view: Standing, with_derived: bool) -> DefaultGraphChange:
        shown = set(_shown(self._graphs[None], view, with_derived))
        stored = set(_shown(self._graphs[None], DEFAULT_VIEW, with_derived=True))
        removed = self._triples(stored - shown)
        if removed:
            # What is asserted as a fact is in no other graph, so the largest one is not read.
            removed -= self._triples(shown - {graph_of_base(Base.FACT, is_derived=False)})
        added = self._not_stored(self._triples(shown - stored))
        return DefaultGraphChange(added, frozenset(removed))

    def _triples(self, graphs: Iterable[NamedNode]) -> set[Triple]:
        return {quad.triple for graph in graphs for quad in self._quads(None, None, None, graph)}

    def dataset(
        self, view: Standing, *, with_derived: bool = True
    ) -> list[NamedNode | DefaultGraph]:
        """Return the graphs whose union is the default graph of a view.

        A triple that stands in several of them is found several times by an engine that does not
        merge them, so `change` is better where it can be applied.
        """
        if view.world is None and view.base is DEFAULT_VIEW.base:
            return [DefaultGraph() if with_derived else ASSERTED]
        of_world = self._graphs[view.world] if view.world else []
        return [*_shown([*self._graphs[None], *of_world], view, with_derived)]

    def _not_stored(self, triples: Iterable[Triple]) -> frozenset[Triple]:
        """Return those of the triples that the stored default graph lacks."""
        return frozenset(
            triple
            for triple in triples
            if next(iter(self._quads(*triple, DefaultGraph())), None) is None
        )


def _local(name: str) -> str:
    return name.removeprefix(ID).removeprefix("id:")


def _shown(graphs: Iterable[ViewedGraph], view: Standing, with_derived: bool) -> list[NamedNode]:
    """Return the names of the graphs that a view shows."""
    return [
        graph.name
        for graph in graphs
        if view.includes(graph.standing) and (with_derived or not graph.is_derived)
    ]
