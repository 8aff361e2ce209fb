"""A release in a view: a store whose default graph is that of the view.

A triple of a view is found once, however many of its graphs contain it, since the view is applied
as a change of the default graph. Only where that would need too large a copy, the engine merges the
graphs of the view, and finds a triple as often as it is in one of them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import chain
from typing import Final

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Triple, Variable

from kg.sparql.dataset import QueryDataset
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Results, Store, refuse_dataset

# A copy of this many quads takes about a second.
_MAX_COPIED_QUADS: Final = 500_000
Substitutions = Mapping[Variable, NamedNode | Literal]


def in_view(store: Store, view: Standing) -> Store:
    """Return the store with the default graph of a view; its named graphs are the same."""
    return store.in_view(view)


class ViewedStore(Store):
    """A store in a view other than the default one."""

    def __init__(self, store: Store, view: Standing) -> None:
        super().__init__(store._engine, store.manifest, store.folder)
        self._view, self.views = view, store.views
        added, removed = self.views.change(view).quads()
        self._added, self._removed = pyoxigraph.Store(), frozenset(removed)
        self._added.extend(added)

    def quads(
        self,
        subject: NamedNode | BlankNode | Triple | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | BlankNode | Literal | None = None,
        *,
        graph: NamedNode | BlankNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """See `Store.quads`; the default graph is that of the view."""
        found = super().quads(subject, predicate, object_, graph=graph)
        if graph is not None and not isinstance(graph, DefaultGraph):
            return found
        kept = (quad for quad in found if quad not in self._removed)
        return chain(kept, self._added.quads_for_pattern(subject, predicate, object_, None))

    def contains(self, triple: Triple, graph: NamedNode | None = None) -> bool:
        """See `Store.contains`; the default graph is that of the view."""
        quad = Quad(*triple)
        is_changed = graph is None and (quad in self._added or quad in self._removed)
        return quad in self._added if is_changed else super().contains(triple, graph)

    def query(
        self,
        query: Query | str,
        *,
        entailment: str = "all",
        view: Standing | None = None,
        dataset: QueryDataset | None = None,
        substitutions: Substitutions | None = None,
        base_iri: str | None = None,
    ) -> Results:
        """See `Store.query`; a query with FROM is refused."""
        parsed = query if isinstance(query, Query) else Query(query, base_iri)
        view = self._view if view is None else view
        if dataset is None and len(self._engine) <= _MAX_COPIED_QUADS:
            return self._copy.query(parsed, view, entailment, substitutions=substitutions)
        return super().query(
            parsed, entailment=entailment, view=view, dataset=dataset, substitutions=substitutions
        )

    @cached_property
    def _copy(self) -> "ShownView":
        return ShownView(Store.in_memory(super().quads(), self.manifest))


class ShownView:
    """A store whose default graph is changed in place, from one view to another, if in memory.

    Then a query in a view costs the change of a few thousand triples at most, and none if the last
    query had the same view. Only a process of its own may show views of a store that others have.
    """

    def __init__(self, store: Store) -> None:
        self.store, self._engine = store, store._engine
        self._shown: tuple[Standing, str] | None = None
        self._added: list[Quad] = []
        self._removed: list[Quad] = []

    def show(self, view: Standing, entailment: str) -> None:
        """Change the default graph to that of a view; a store on disk stays as it is."""
        wanted = None if view == DEFAULT_VIEW else (view, entailment)
        if wanted == self._shown or self.store.folder is not None:
            return
        self._apply(self._removed, self._added)
        self._added, self._removed, self._shown = [], [], None
        if wanted is not None:
            change = self.store.views.change(view, with_derived=entailment == "all")
            self._added, self._removed = change.quads()
            self._apply(self._added, self._removed)
            self._shown = wanted

    @contextmanager
    def supposing(self, added: list[Quad], removed: list[Quad]) -> Iterator[None]:
        """Change a store in memory on top of the view that it shows, and undo that on exit.

        It must lack the added quads and have the removed ones.
        """
        self._apply(added, removed)
        try:
            yield
        finally:
            self._apply(removed, added)

    def query(
        self,
        query: Query,
        view: Standing = DEFAULT_VIEW,
        entailment: str = "all",
        dataset: QueryDataset | None = None,
        substitutions: Substitutions | None = None,
    ) -> Results:
        """Run a query in a view, or on a dataset; see `Store.query`."""
        self.show(view, entailment)
        if self._shown is not None and dataset is None:
            refuse_dataset(query)
            if entailment == "none":
                named = QueryDataset((DefaultGraph(),), self.store.named_graphs).without_derived()
                return self.store.query(query, dataset=named, substitutions=substitutions)
            view = DEFAULT_VIEW
        return self.store.query(
            query, entailment=entailment, view=view, dataset=dataset, substitutions=substitutions
        )

    def _apply(self, added: list[Quad], removed: list[Quad]) -> None:
        for quad in removed:
            self._engine.remove(quad)
        self._engine.extend(added)
