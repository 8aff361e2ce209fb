"""Statements about a thing as they are read: which hold, and which graphs they stand in."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from pyoxigraph import NamedNode, Quad, Triple


class Statements:
    """Statements that hold, and graphs by statement."""

    def __init__(self) -> None:
        self._held: dict[Triple, None] = {}
        self._graphs: defaultdict[Triple, list[NamedNode]] = defaultdict(list)

    def add(self, quads: Iterable[Quad]) -> list[Triple]:
        """Take these in; those of the default graph."""
        held = []
        for quad in quads:
            if isinstance(quad.graph_name, NamedNode):
                self._graphs[quad.triple].append(quad.graph_name)
            else:
                held.append(quad.triple)
        self._held.update(dict.fromkeys(held))
        return held

    def graphs(self, triple: Triple) -> list[NamedNode]:
        """The named graphs that a statement stands in."""
        return self._graphs.get(triple, [])

    def unheld(self) -> Iterator[tuple[NamedNode, Triple]]:
        """The statements that do not hold, each with every graph that it stands in."""
        for triple, graphs in self._graphs.items():
            if triple not in self._held:
                yield from ((graph, triple) for graph in graphs)
