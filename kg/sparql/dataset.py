"""The dataset of a query: the graphs that its patterns see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode

from kg.namespaces import DERIVED, GRAPH

ENTAILMENTS: Final = ("all", "none")
_DERIVED: Final = (f"{DERIVED.value}-", f"{GRAPH}follows-from-")


@dataclass(frozen=True)
class QueryDataset:
    """An RDF dataset: the graphs merged into the default graph, and the named graphs."""

    default: Sequence[NamedNode | DefaultGraph] = ()
    named: Sequence[NamedNode] = ()

    def without_derived(self) -> "QueryDataset":
        """Return the dataset without the derived graphs."""
        default = [graph for graph in self.default if not _is_derived(graph)]
        return QueryDataset(default, [graph for graph in self.named if not _is_derived(graph)])


def _is_derived(graph: NamedNode | DefaultGraph) -> bool:
    return isinstance(graph, NamedNode) and f"{graph.value}-".startswith(_DERIVED)
