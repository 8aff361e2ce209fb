"""A patch and its outcome: changed triples, changed quads, and the answers of a query."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryTriples, Triple

from kg.errors import RefusedQuery
from kg.namespaces import ASSERTED, DERIVED
from kg.reasoning.derivation.levels import NOT_HOLDING, Standing
from kg.reasoning.derivation.release_graphs import BACKGROUND
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.proofs.proof import ContradictionProof, Proof
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.statuses import Status
from kg.store.quad_store import Store, serialize_results
from kg.store.query import Query

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
    """A triple whose standing would change (None if absent); each claim is a change of its own.

    The proof is that after the patch, or of a lost triple the one now.
    """

    triple: Triple
    before: Standing | None
    after: Standing | None
    proof: Proof


@dataclass(frozen=True)
class Outcome:
    """Everything that would change; the strongest status first, then by name.

    `holding` has the triples that hold before or after the patch, `beyond` those among claims,
    hypotheses and plans. The contradictions are those that would newly arise.
    """

    holding: Sequence[Change]
    beyond: Sequence[Change]
    contradictions: Sequence[ContradictionProof]
    dataset: "DatasetChange"

    @property
    def gained(self) -> list[Change]:
        """The triples that would newly hold."""
        return [change for change in self.holding if not holds(change.before)]

    @property
    def lost(self) -> list[Change]:
        """The triples that would no longer hold."""
        return [change for change in self.holding if not holds(change.after)]

    @property
    def shifted(self) -> list[Change]:
        """The triples that would hold more or less strongly."""
        return [change for change in self.holding if holds(change.before) and holds(change.after)]


def holds(standing: Standing | None) -> bool:
    """Return whether a triple with this standing holds; an absent one (None) does not."""
    return standing is not None and standing.status.holds


@dataclass(frozen=True)
class DatasetChange:
    """The quads that a patch, with all that follows from it, adds and removes.

    Covers the default graph, `graph:asserted`, `graph:derived`, `graph:background` and the
    evidence graphs. The graphs of single rules are left unchanged.
    """

    added: Sequence[Quad]
    removed: Sequence[Quad]

    def apply(self, engine: pyoxigraph.Store) -> None:
        """Apply the change to a store that holds the release."""
        for quad in self.removed:
            engine.remove(quad)
        engine.extend(self.added)


def graphs_containing(
    facts: ReleaseFacts, triples: Iterable[CodedTriple]
) -> dict[CodedTriple, _Graphs]:
    """Return the graphs that currently contain each of the triples."""

    def graphs_with(codes: CodedTriple) -> Iterator[NamedNode | DefaultGraph]:
        for evidence in facts.assertions.get(codes, ()):
            yield evidence.graph
            if evidence.status is Status.BACKGROUND:
                yield BACKGROUND
        if facts.level(codes) < NOT_HOLDING:
            yield ASSERTED if facts.asserted_level(codes) < NOT_HOLDING else DERIVED
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

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine: pyoxigraph.Store | None = None
        self._lock = threading.Lock()

    def compare(self, change: DatasetChange, query: Query | str) -> Answers:
        """Run the query, which must be a SELECT or ASK, before and after the change.

        Raises:
            MalformedQuery, RefusedQuery, LimitExceeded: as `Store.query`.
        """
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
