"""What a patch and what would come of it change in the graphs of the release.

What a patch says, and what would come of it.

One question, asked of a release as it is and as it would be.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, QueryTriples, Triple

from kg.errors import RefusedQuery
from kg.namespaces import ASSERTED, DERIVED
from kg.reasoning.derivation.release_graphs import BACKGROUND
from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.proofs.proof import BEYOND, ContradictionProof, Proof, Standing
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.statuses import Status
from kg.store.quad_store import Store, serialize_results

_Places = frozenset[NamedNode | DefaultGraph]


@dataclass(frozen=True)
class DatasetChange:
    """Quads that would be there and are not, and the other way round.

    In the default graph, `graph:asserted`, `graph:derived`, `graph:background` and evidence
    graphs; the graphs of single rules stay as they are.
    """

    added: Sequence[Quad]
    removed: Sequence[Quad]

    def apply(self, engine: pyoxigraph.Store) -> None:
        """Makes the change in a store of the release."""
        for quad in self.removed:
            engine.remove(quad)
        engine.extend(self.added)


def places(facts: ReleaseFacts, triples: Iterable[Codes]) -> dict[Codes, _Places]:
    """The graphs in which each of the triples stands at the moment."""
    return {codes: frozenset(_places(facts, codes)) for codes in triples}


def _places(facts: ReleaseFacts, codes: Codes) -> Iterable[NamedNode | DefaultGraph]:
    is_asserted = facts.asserted_at(codes) < BEYOND
    for evidence in facts.assertions.get(codes, ()):
        yield evidence.graph
        if evidence.status is Status.BACKGROUND:
            yield BACKGROUND
    if facts.level(codes) < BEYOND:
        yield ASSERTED if is_asserted else DERIVED
        yield DefaultGraph()


def dataset_change(
    facts: ReleaseFacts, before: Mapping[Codes, _Places], after: Mapping[Codes, _Places]
) -> DatasetChange:
    """The quads of the same triples that differ."""

    def quads(these: Mapping[Codes, _Places], those: Mapping[Codes, _Places]) -> list[Quad]:
        return [
            _quad(facts.vocabulary.decode_triple(codes), graph)
            for codes, graphs in these.items()
            for graph in graphs - those[codes]
        ]

    return DatasetChange(quads(after, before), quads(before, after))


def _quad(triple: Triple, graph: NamedNode | DefaultGraph) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


@dataclass(frozen=True)
class Patch:
    """Quads to add and, before that, to remove.

    In the default graph an added triple is a Fact that nobody has to show, and a removed one
    goes from every evidence graph and from the types in `graph:entities`; in an evidence graph
    either stands, or no longer stands, there, with that graph's status and holder.
    """

    additions: tuple[Quad, ...] = ()
    removals: tuple[Quad, ...] = ()


@dataclass(frozen=True)
class Change:
    """A triple that would stand otherwise than it does.

    Attributes:
        triple: what changes; where several holders claim it, each of their claims is a change.
        before: how it stands now, None where it does not.
        after: how it would stand, None where it would not.
        proof: why it would stand; of a triple that no longer would, why it stands now.
    """

    triple: Triple
    before: Standing | None
    after: Standing | None
    proof: Proof


@dataclass(frozen=True)
class Outcome:
    """All that would be otherwise; strongest first, then by name.

    `holding` changes are those of triples that hold before or after; `beyond` are changes among
    claims, hypotheses and plans; `dataset` is what all this changes in the graphs.
    """

    holding: Sequence[Change]
    beyond: Sequence[Change]
    contradictions: Sequence[ContradictionProof]
    dataset: DatasetChange

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
    """Whether what stands so belongs to what holds."""
    return standing is not None and standing.status.holds


@dataclass(frozen=True)
class Answers:
    """What a SELECT or ASK gives now and what it would give, as SPARQL results in JSON."""

    before: bytes
    after: bytes


class Asker:
    """Asks a copy in memory of a release, which is changed for one question at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine: pyoxigraph.Store | None = None
        self._lock = threading.Lock()

    def ask(self, change: DatasetChange, query: str) -> Answers:
        """The answers to the query.

        Raises:
            MalformedQuery, RefusedQuery, LimitExceeded: see `Store.query`; a query that makes
                triples is refused too.
        """
        before = _answer(self._store, query)
        with self._lock:
            if self._engine is None:
                self._engine = pyoxigraph.Store()
                self._engine.bulk_extend(self._store.quads())
            change.apply(self._engine)
            try:
                after = _answer(Store(self._engine, self._store.release), query)
            finally:
                DatasetChange(change.removed, change.added).apply(self._engine)
        return Answers(before, after)


def _answer(store: Store, query: str) -> bytes:
    results = store.query(query)
    if isinstance(results, QueryTriples):
        raise RefusedQuery("its form", "before and after are told of SELECT and ASK alone")
    return serialize_results(results, "json")
