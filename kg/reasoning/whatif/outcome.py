"""A patch and its outcome: changed triples, changed quads, and the answers of a query."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryTriples, Triple

from kg.errors import RefusedQuery
from kg.namespaces import ASSERTED, DERIVED
from kg.reasoning.derivation.release_graphs import BACKGROUND
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.proofs.proof import ContradictionProof, Proof
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.statuses import DEFAULT_VIEW, Standing, Status
from kg.store.quad_store import Store, serialize_results
from kg.store.query import Query
from kg.store.viewed_store import in_view
from kg.store.views import graph_of_base

_Graphs = frozenset[NamedNode | DefaultGraph]


@dataclass(frozen=True)
class Patch:
    """Quads to remove and then quads to add.

    A quad in the default graph adds its triple as a Fact without evidence, or removes it from
    every evidence graph and from the types in `graph:entities`. A quad in an evidence graph adds
    its triple to that graph, with the graph's status and holder, or removes it from there alone.
    """

    additions: tuple[Quad, ...] = ()
    removals: tuple[Quad, ...] = ()


@dataclass(frozen=True)
class Change:
    """A triple whose standing would change (None if absent); each world has changes of its own.

    The proof is that after the patch, or of a lost triple the one now.
    """

    triple: Triple
    before: Standing | None
    after: Standing | None
    proof: Proof


@dataclass(frozen=True)
class Outcome:
    """Everything that would change; the strongest standing first, then by name.

    `shown` has the triples that the view shows before or after the patch, `beyond` all others. The
    contradictions are those that would newly arise.
    """

    shown: Sequence[Change]
    beyond: Sequence[Change]
    contradictions: Sequence[ContradictionProof]
    dataset: "DatasetChange"
    view: Standing = DEFAULT_VIEW

    @property
    def gained(self) -> list[Change]:
        """The triples that would newly be in the view."""
        return [change for change in self.shown if not self._shows(change.before)]

    @property
    def lost(self) -> list[Change]:
        """The triples that would no longer be in the view."""
        return [change for change in self.shown if not self._shows(change.after)]

    @property
    def shifted(self) -> list[Change]:
        """The triples that would be in the view with another standing."""
        kept = (each for each in self.shown if self._shows(each.before))
        return [change for change in kept if self._shows(change.after)]

    def _shows(self, standing: Standing | None) -> bool:
        return standing is not None and self.view.includes(standing)


@dataclass(frozen=True)
class DatasetChange:
    """The quads that a patch, with all that follows from it, adds and removes.

    Covers the default graph in a view, `graph:asserted` and `graph:derived`, those of each base,
    `graph:background` and the evidence graphs. The graphs of single rules are left unchanged.
    """

    added: Sequence[Quad]
    removed: Sequence[Quad]

    def apply(self, engine: pyoxigraph.Store) -> None:
        """Apply the change to a store that holds the release."""
        for quad in self.removed:
            engine.remove(quad)
        engine.extend(self.added)


def graphs_containing(
    facts: ReleaseFacts, triples: Iterable[CodedTriple], view: Standing
) -> dict[CodedTriple, _Graphs]:
    """Return the graphs that currently contain each of the triples; the default graph by view."""

    def graphs_with(codes: CodedTriple) -> Iterator[NamedNode | DefaultGraph]:
        for evidence in facts.assertions.get(codes, ()):
            yield evidence.graph
            if evidence.status is Status.BACKGROUND:
                yield BACKGROUND
        base, asserted = facts.base(codes), facts.asserted_base(codes)
        if asserted is not None:
            yield graph_of_base(asserted, is_derived=False)
        if base is not None and (asserted is None or base < asserted):
            yield graph_of_base(base, is_derived=True)
        if base is not None and base <= DEFAULT_VIEW.base:
            is_asserted = asserted is not None and asserted <= DEFAULT_VIEW.base
            yield ASSERTED if is_asserted else DERIVED
        if (base is not None and base <= view.base) or facts.adds(codes, view):
            yield DefaultGraph()

    return {codes: frozenset(graphs_with(codes)) for codes in triples}


def dataset_change(
    facts: ReleaseFacts, before: Mapping[CodedTriple, _Graphs], after: Mapping[CodedTriple, _Graphs]
) -> DatasetChange:
    """Compare the graphs of the same triples before and after a change."""
    added: list[Quad] = []
    removed: list[Quad] = []
    for codes, graphs in after.items():
        triple = facts.vocabulary.decode_triple(codes)
        terms = triple.subject, triple.predicate, triple.object
        added += (Quad(*terms, graph) for graph in graphs - before[codes])
        removed += (Quad(*terms, graph) for graph in before[codes] - graphs)
    return DatasetChange(added, removed)


@dataclass(frozen=True)
class Answers:
    """The results of a SELECT or ASK before and after a change, as SPARQL results in JSON."""

    before: bytes
    after: bytes


class AnswerComparison:
    """Runs queries on a release and on a copy in memory, which is made at the first query."""

    def __init__(self, store: Store, view: Standing = DEFAULT_VIEW) -> None:
        self._store = in_view(store, view)
        self._engine: pyoxigraph.Store | None = None
        self._lock = threading.Lock()

    def compare(self, change: DatasetChange, query: Query | str) -> Answers:
        """Run a SELECT or ASK before and after the change; raises what `Store.query` raises."""
        before = _answer(self._store, query)
        with self._lock:
            if self._engine is None:
                self._engine = pyoxigraph.Store()
                self._engine.bulk_extend(self._store.quads())
            change.apply(self._engine)
            try:
                after = _answer(Store(self._engine, self._store.manifest), query)
            finally:
                DatasetChange(change.removed, change.added).apply(self._engine)
        return Answers(before, after)


def _answer(store: Store, query: Query | str) -> bytes:
    results = store.query(query)
    if isinstance(results, QueryTriples):
        # The engine's results must be freed in this thread; the error may leave it.
        del results
        raise RefusedQuery("its form", "expected a SELECT or ASK query")
    return serialize_results(results, "json")
