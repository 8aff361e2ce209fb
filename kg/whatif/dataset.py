"""What a patch and what would come of it change in the graphs of the release."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, Triple

from kg.namespaces import ASSERTED, DERIVED
from kg.reasoning.derivation.release_graphs import BACKGROUND
from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.proofs.proof import BEYOND
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.statuses import Status

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
