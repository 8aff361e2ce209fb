"""A patch and its outcome: changed triples, changed quads, and the answers of a query."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryTriples, Triple

from kg.errors import RefusedQuery
from kg.namespaces import ASSERTED, DERIVED
from kg.reasoning.derivation.release_graphs import BACKGROUND
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.proofs.proof import ContradictionProof, Proof
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.sparql.dataset import ENTAILMENTS
from kg.sparql.query import Query
from kg.statuses import DEFAULT_VIEW, Standing, Status
from kg.store.quad_store import Store, serialize_results
from kg.store.viewed_store import ShownView
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


# Whether a view shows a triple before and after a patch: the name of its list in the outcome.
KINDS: Final = {
    (False, True): "gained",
    (True, False): "lost",
    (True, True): "shifted",
    (False, False): "beyond",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """All changes that a patch would make, or one page; each list has the strongest standing first.

    Attributes:
        gained: the triples that would newly be in the view.
        lost: those that would no longer be in the view.
        shifted: those that would be in the view with another standing.
        beyond: those that the view shows neither before nor after.
        contradictions: those that would newly arise.
        counts: the length of each list on all pages together, by its name.
        supposed: how many in each list of changes are of the patch itself, on all pages together.
        mirrored: how many others only say by a symmetric property what one of the list says.
        dataset: the changed quads of all pages.
    """

    gained: Sequence[Change]
    lost: Sequence[Change]
    shifted: Sequence[Change]
    beyond: Sequence[Change]
    contradictions: Sequence[ContradictionProof]
    counts: Mapping[str, int]
    supposed: Mapping[str, int]
    mirrored: Mapping[str, int]
    dataset: "DatasetChange"

    @property
    def shown(self) -> list[Change]:
        """The changed triples that the view shows before or after the patch."""
        return [*self.gained, *self.lost, *self.shifted]


@dataclass(frozen=True)
class DatasetChange:
    """The quads that a patch, with all that follows from it, adds and removes.

    Covers the default graph in a view, `graph:asserted` and `graph:derived`, those of each base,
    `graph:background` and the evidence graphs. The graphs of single rules are left unchanged.
    """

    added: Sequence[Quad]
    removed: Sequence[Quad]


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
    """Answers queries before and after changes; a store on disk is copied at the first query."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()

    def compare(self, change: DatasetChange, query: Query | str, view: Standing) -> Answers:
        """Run a SELECT or ASK before and after the change; raises what `Store.query` raises."""
        parsed = query if isinstance(query, Query) else Query(query)
        shown = self._shown
        with self._lock:
            try:
                before = _answer(shown, parsed, view)
                with shown.supposing(list(change.added), list(change.removed)):
                    return Answers(before, _answer(shown, parsed, view))
            finally:
                shown.show(DEFAULT_VIEW, ENTAILMENTS[0])

    @cached_property
    def _shown(self) -> ShownView:
        in_memory = self._store.folder is None
        return ShownView(self._store if in_memory else Store.in_memory(self._store.quads()))


def _answer(shown: ShownView, query: Query, view: Standing) -> bytes:
    results = shown.query(query, view)
    if isinstance(results, QueryTriples):
        # The engine's results must be freed in this thread; the error may leave it.
        del results
        raise RefusedQuery("its form", "expected a SELECT or ASK query")
    return serialize_results(results, "json")
