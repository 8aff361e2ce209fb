"""The dataset of a query: the graphs that its patterns see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from kg.namespaces import DERIVED

ENTAILMENTS: Final = ("all", "none")


@dataclass(frozen=True)
class QueryDataset:
    """An RDF dataset: the graphs merged into the default graph, and the named graphs."""

    default: Sequence[NamedNode] = ()
    named: Sequence[NamedNode] = ()

    def without_derived(self) -> "QueryDataset":
        """Return the dataset without the derived graphs."""
        default, named = (
            [graph for graph in graphs if not f"{graph.value}-".startswith(f"{DERIVED.value}-")]
            for graphs in (self.default, self.named)
        )
        return QueryDataset(default, named)
