"""The interface of the engine that holds the quads of a store, wherever that is.

`pyoxigraph.Store` has all of it, for quads in this process; `kg.remote.engine.RemoteEngine` has it
for a SPARQL server.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol, runtime_checkable

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode, Quad

Results = pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples


class Engine(Protocol):
    """Evaluates queries and finds quads; for the parameters see `pyoxigraph.Store`."""

    def query(
        self,
        query: str,
        *,
        base_iri: str | None = None,
        default_graph: Any = None,
        named_graphs: Any = None,
        substitutions: Any = None,
        custom_functions: Any = None,
    ) -> Results:
        """Run a query."""

    def quads_for_pattern(
        self, subject: Any, predicate: Any, object_: Any, graph_name: Any = None, /
    ) -> Iterator[Quad]:
        """Return the quads that match; None matches everything."""

    def named_graphs(self) -> Iterator[NamedNode | BlankNode]:
        """Return the names of all named graphs."""

    def contains_named_graph(self, graph_name: Any, /) -> bool:
        """Return whether there is a named graph with this name."""

    def __contains__(self, quad: Quad, /) -> bool:
        """Return whether there is this quad."""

    def __len__(self) -> int:
        """Return the number of quads."""


@runtime_checkable
class BulkReader(Protocol):
    """An engine that can read much at once, since each request takes long."""

    def quads_of_graphs(self, graphs: Iterable[NamedNode]) -> Iterator[Quad]:
        """Return the quads of named graphs, graph after graph."""

    def read_ahead(self, patterns: Iterable[tuple[Any, Any, Any]]) -> None:
        """Read what will be asked for."""
