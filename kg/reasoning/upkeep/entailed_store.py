"""A writable store that also answers what follows from its default graph.

The derived triples stand in a named graph of their own, `DERIVED`. A query sees the default graph
and that graph as one, unless it asks for `entailment=none` or names its dataset. Changes see and
change only what is asserted; `settle` then brings the derived graph up to date.

Source: SPARQL 1.1 Entailment Regimes, section 1.3: the graph that is queried is the default graph.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import IO, Any, Final

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    Variable,
)

from kg.errors import ContradictingUpdate, RefusedQuery
from kg.reasoning.derivation.limits import garbage_collection_paused
from kg.reasoning.upkeep.closed_graph import ClosedGraph, has_triple
from kg.reasoning.upkeep.entailment import DERIVED, Entailment
from kg.reasoning.upkeep.owl_queries import prepare_owl_query
from kg.reasoning.upkeep.updates import may_read_any_graph, run_logged, split_operations
from kg.sparql.dataset import QueryDataset
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, Standing
from kg.store.quad_store import Results, check_entailment
from kg.store.writable_store import GraphName, PreparedUpdate, WritableStore

_RESERVED: Final = "x-glocal:"
_DEFAULT: Final = DefaultGraph()
# A change of more triples than this, and of a tenth of all, is derived anew.
_LARGE_CHANGE: Final = 10_000


class EntailedStore(WritableStore):
    """Graphs in memory, with the triples that follow from the default graph.

    `closed` has the rules, the facts and the contradictions.
    """

    def __init__(
        self,
        engine: pyoxigraph.Store,
        manifest: Mapping[str, Any],
        closed: ClosedGraph,
        entailment: Entailment,
    ) -> None:
        super().__init__(engine, manifest)
        self.closed, self._entailment = closed, entailment
        # Triples of the default graph that may have come or gone since the last `settle`.
        self._changed: set[Triple] = set()

    @classmethod
    def over(cls, store: WritableStore, entailment: Entailment) -> "EntailedStore":
        """Derive what follows from the default graph of a store, which must not be used again.

        Raises RefusedQuery if the store has the graph `DERIVED`; for other errors see
        `ClosedGraph`.
        """
        engine = store._written
        if engine.contains_named_graph(DERIVED):
            raise _reserved_graph()
        with garbage_collection_paused():
            closed = _close(engine, entailment)
            _write_derived(engine, closed)
        return cls(engine, store.manifest, closed, entailment)

    def settle(self) -> None:
        """Bring the derived triples up to date after changes.

        Raises LimitExceeded; and ContradictingUpdate if the store is strict and would contradict
        itself.
        """
        changed, self._changed = self._changed, set()
        added, removed = set[Triple](), set[Triple]()
        for triple in changed:
            is_asserted, was_asserted = self._asserts(triple), self._has_asserted(triple)
            if is_asserted is not was_asserted:
                (added if is_asserted else removed).add(triple)
        count = len(added) + len(removed)
        # To count the facts reads all of them, so it is done last.
        is_large = count > _LARGE_CHANGE and count > len(self.closed.facts) // 10
        # The derived graph lacks what is hidden, so it does not tell what of that was asserted.
        is_unsure = not all(map(self.closed.regime.shows, changed))
        if is_large or is_unsure or self.closed.needs_anew((*added, *removed)):
            self._written.remove_graph(DERIVED)
            self.closed = _close(self._written, self._entailment)
            _write_derived(self._written, self.closed)
        elif count:
            difference = self.closed.change(added, removed)
            for triple in difference.removed:
                self._written.remove(_quad(triple, DERIVED))
            for triple in difference.added:
                if self.closed.regime.shows(triple):
                    self._written.add(_quad(triple, DERIVED))
        if self._entailment.is_strict:
            self._refuse_contradictions()

    @property
    def contradictions(self) -> int:
        """The number of contradictions of the default graph."""
        return len(self.closed.clashes)

    def _refuse_contradictions(self) -> None:
        if self.closed.clashes:
            # Imported here, since what explains a store reads it.
            from kg.reasoning.upkeep.explanation import explain_first_clash

            raise ContradictingUpdate(*explain_first_clash(self, self._entailment.prefixes))

    def close_supposing(self, added: Iterable[Triple], removed: Iterable[Triple]) -> ClosedGraph:
        """Derive anew what would follow if the default graph gained and lost these triples.

        The store stays as it is. For the errors see `ClosedGraph`.
        """
        new = set(added)
        asserted = (self._asserted_triples() - set(removed)) | new
        quads = (Quad(*triple) for triple in asserted)
        closed = ClosedGraph(quads, self._entailment, asserted.__contains__)
        closed.mark_supposed(new)
        return closed

    def quads(
        self,
        subject: NamedNode | BlankNode | Triple | None = None,
        predicate: NamedNode | None = None,
        object_: NamedNode | BlankNode | Literal | None = None,
        *,
        graph: NamedNode | BlankNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """See `Store.quads`; without a graph, the derived triples are left out."""
        found = super().quads(subject, predicate, object_, graph=graph)
        return found if graph else (quad for quad in found if quad.graph_name != DERIVED)

    def query(
        self,
        query: Query | str,
        *,
        entailment: str = "all",
        view: Standing = DEFAULT_VIEW,
        dataset: QueryDataset | None = None,
        substitutions: Mapping[Variable, NamedNode | Literal] | None = None,
        base_iri: str | None = None,
    ) -> Results:
        """See `Store.query`; for what OWL adds to a query, and its errors, `prepare_owl_query`."""
        parsed = query if isinstance(query, Query) else Query(query, base_iri)
        evaluate = partial(
            super().query,
            entailment=entailment,
            view=view,
            dataset=dataset,
            substitutions=substitutions,
        )
        if entailment != "all" or self.closed.regime.name != "owl-rl":
            return evaluate(parsed)
        prepared, needed = prepare_owl_query(parsed, self.closed)
        quads = [_quad(triple, DERIVED) for triple in needed]
        self._written.extend(quads)
        try:
            # The results are those of the store at this moment, whenever they are read.
            return evaluate(prepared)
        finally:
            for quad in quads:
                self._written.remove(quad)

    def _effective_dataset(
        self, query: Query, entailment: str, view: Standing, given: QueryDataset | None
    ) -> QueryDataset | None:
        _ = view  # There is just one.
        check_entailment(entailment)
        if entailment == "all":
            if given is not None or query.dataset is not None:
                return given
            return QueryDataset((_DEFAULT, DERIVED), self.named_graphs)
        dataset = given or query.dataset or QueryDataset((_DEFAULT,), self.named_graphs)
        return QueryDataset(*(_asserted(graphs) for graphs in (dataset.default, dataset.named)))

    def _run(self, prepared: PreparedUpdate, base_iri: str | None) -> None:
        text = prepared.text
        if _RESERVED in text:
            raise _reserved_graph()
        if not may_read_any_graph(text):
            self._run_without_derived(text, base_iri)
            return
        # Neither a pattern nor DROP ALL may meet the derived triples.
        derived = list(self._written.quads_for_pattern(None, None, None, DERIVED))
        self._written.remove_graph(DERIVED)
        self._run_without_derived(text, base_iri)
        if self._written.contains_named_graph(DERIVED):
            raise _reserved_graph()
        self._written.add_graph(DERIVED)
        self._written.bulk_extend(derived)

    def _run_without_derived(self, text: str, base_iri: str | None) -> None:
        operations = split_operations(text)
        if operations is not None and _are_well_formed(operations, base_iri):
            self._changed |= run_logged(self._written, operations, base_iri)
            return
        # Before all triples are read, since a syntax error may be found at once.
        with suppress(RuntimeError):
            pyoxigraph.Store().update(text, base_iri=base_iri)
        before = self._asserted_triples()
        self._written.update(text, base_iri=base_iri)
        self._changed |= before ^ self._asserted_triples()

    def add(self, graph: GraphName, quads: Iterable[Quad]) -> bool:
        """See `WritableStore.add`; raises RefusedQuery for the graph of derived triples."""
        _refuse_derived(graph)
        if not isinstance(graph, DefaultGraph):
            return super().add(graph, quads)
        # The engine changes the spelling of some literals, so the facts are read from one.
        added = pyoxigraph.Store()
        added.bulk_extend(Quad(*quad.triple) for quad in quads)
        self._changed |= {quad.triple for quad in added}
        return super().add(graph, added)

    def replace(self, graph: GraphName, quads: Iterable[Quad]) -> bool:
        """See `WritableStore.replace` and `add`."""
        _refuse_derived(graph)
        if isinstance(graph, DefaultGraph):
            self._changed |= self._asserted_triples()
        return super().replace(graph, quads)

    def drop(self, graph: GraphName) -> None:
        """See `WritableStore.drop` and `add`."""
        _refuse_derived(graph)
        if isinstance(graph, DefaultGraph):
            self._changed |= self._asserted_triples()
        super().drop(graph)

    def replace_all(self, quads: Iterable[Quad]) -> None:
        """See `WritableStore.replace_all` and `add`."""
        self._changed |= self._asserted_triples()
        derived = list(self._written.quads_for_pattern(None, None, None, DERIVED))
        super().replace_all(map(_not_derived, quads))
        self._changed |= self._asserted_triples()
        self._written.add_graph(DERIVED)
        self._written.bulk_extend(derived)

    def add_all(self, quads: Iterable[Quad]) -> None:
        """See `WritableStore.add_all` and `add`."""
        added = pyoxigraph.Store()
        added.bulk_extend(map(_not_derived, quads))
        found = added.quads_for_pattern(None, None, None, _DEFAULT)
        self._changed |= {quad.triple for quad in found}
        super().add_all(added)

    def with_fresh_caches(self) -> "EntailedStore":
        """See `WritableStore.with_fresh_caches`; the facts are the same."""
        return EntailedStore(self._written, self.manifest, self.closed, self._entailment)

    def save(self, output: IO[bytes]) -> None:
        """See `WritableStore.save`; the derived triples are left out."""
        self._write_graph_names(output, (DERIVED,))
        pyoxigraph.serialize(self.quads(), output, format=RdfFormat.N_QUADS)

    def _asserts(self, triple: Triple) -> bool:
        return _quad(triple, _DEFAULT) in self._written

    def _has_asserted(self, triple: Triple) -> bool:
        """Return whether the triple was asserted at the last `settle`."""
        if has_triple(triple):
            # It takes no part in reasoning.
            return self._asserts(triple)
        find = self.closed.vocabulary.find
        codes = tuple(find(term) for term in triple)
        is_fact = None not in codes and codes in self.closed.facts  # type: ignore[operator]
        return is_fact and _quad(triple, DERIVED) not in self._written

    def _asserted_triples(self) -> set[Triple]:
        found = self._written.quads_for_pattern(None, None, None, _DEFAULT)
        return {quad.triple for quad in found}


def _quad(triple: Triple, graph: NamedNode | DefaultGraph) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def _close(engine: pyoxigraph.Store, entailment: Entailment) -> ClosedGraph:
    asserted = engine.quads_for_pattern(None, None, None, _DEFAULT)
    return ClosedGraph(asserted, entailment, lambda triple: _quad(triple, _DEFAULT) in engine)


def _write_derived(engine: pyoxigraph.Store, closed: ClosedGraph) -> None:
    engine.add_graph(DERIVED)
    shown = filter(closed.regime.shows, closed.take_derived())
    engine.bulk_extend(_quad(triple, DERIVED) for triple in shown)


def _are_well_formed(operations: Iterable[str], base_iri: str | None) -> bool:
    """Return whether the engine can parse each operation alone, so that none fails half-way."""
    empty = pyoxigraph.Store()
    for operation in operations:
        try:
            empty.update(operation, base_iri=base_iri)
        except SyntaxError:
            return False
        except RuntimeError:
            # Such as a graph that does not exist in the empty store.
            continue
    return True


def _asserted(graphs: Iterable[Any]) -> list[Any]:
    return [graph for graph in graphs if graph != DERIVED]


def _not_derived(quad: Quad) -> Quad:
    _refuse_derived(quad.graph_name)
    return quad


def _refuse_derived(graph: object) -> None:
    if graph == DERIVED:
        raise _reserved_graph()


def _reserved_graph() -> RefusedQuery:
    reason = "it has what follows from the default graph, which the service alone writes and reads"
    return RefusedQuery(f"the graph {DERIVED.value}", f"{reason} in changes")
