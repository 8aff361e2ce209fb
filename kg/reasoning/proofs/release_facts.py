"""The facts that proofs rest on: the triples of a release with their standings and evidence."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.errors import BrokenRelease
from kg.namespaces import DCTERMS, GLOCAL, GRAPH, RDF
from kg.reasoning.derivation.release_graphs import ENTITIES, META
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.relations import TripleIndex
from kg.reasoning.proofs.proof import EvidenceGraph, Passage
from kg.reasoning.rules.rule import Rule
from kg.statuses import (
    QUALIFYING,
    TIMES,
    Attribution,
    Base,
    Standing,
    World,
    status_of,
    status_of_type,
)
from kg.store.quad_store import Store
from kg.store.views import STANDING_PROPERTIES, standings_described

# Where a passage is, in the order of `Passage`.
_PLACE: Final = ("page", "paragraph", "lastPage")


class ReleaseFacts:
    """All triples that reasoning reads or derives, with their standings and evidence.

    Attributes:
        vocabulary: encodes the terms.
        layers: for each base, the triples at this base and all stronger ones.
        additions: for each world, what it adds to each layer, asserted or derived.
        curators: who holds the readings.
        evidence_graphs: evidence graph -> its evidence, one entry for each holder.
        assertions: the evidence of each asserted triple.
    """

    def __init__(self, store: Store, curators: NamedNode) -> None:
        self.vocabulary = TermDictionary()
        self.layers = tuple(TripleIndex() for _ in Base)
        self.additions: dict[World, tuple[TripleIndex, ...]] = {}
        self.curators = curators
        self.evidence_graphs: dict[NamedNode, list[EvidenceGraph]] = defaultdict(list)
        self.assertions: dict[CodedTriple, list[EvidenceGraph]] = defaultdict(list)
        self._place_of_release = store.folder or Path("a store in memory")
        described = dict(_sorted_graphs(store, (META, ENTITIES, GRAPH["source"])))
        self._descriptions = _Descriptions(quad for quads in described.values() for quad in quads)
        evidence = self._descriptions.subjects(GLOCAL["Evidence"])
        for graph in evidence:
            self.evidence_graphs[graph] = self._read_evidence(graph)
        for graph, quads in _sorted_graphs(store, evidence):
            for each in self.evidence_graphs[graph]:
                for quad in quads:
                    self._assert(quad.triple, each)
        self._read_types(described.get(ENTITIES, ()))
        derived = self._descriptions.subjects(GLOCAL["DerivedGraph"])
        for graph, quads in _sorted_graphs(store, derived):
            description = {
                name: self._descriptions.iris(graph, name) for name in STANDING_PROPERTIES
            }
            for standing in standings_described(description):
                for quad in quads:
                    self._place(self.vocabulary.encode_triple(quad.triple), standing)

    def base(self, codes: CodedTriple) -> Base | None:
        """Return the strongest base at which the triple stands; None if only in a world."""
        return next((base for base in Base if codes in self.layers[base]), None)

    def adds(self, codes: CodedTriple, standing: Standing) -> bool:
        """Return whether the world of the standing adds the triple at its base."""
        additions = self.additions.get(standing.world) if standing.world else None
        return additions is not None and codes in additions[standing.base]

    def evidence(self, codes: CodedTriple, standing: Standing) -> tuple[EvidenceGraph, ...]:
        """Return the evidence that asserts the triple at this base, or in this world."""
        found = self.assertions.get(codes, ())
        if standing.world is None:
            return tuple(evidence for evidence in found if evidence.standing == standing)
        includes = standing.world.includes
        return tuple(each for each in found if each.standing and includes(each.standing.world))

    def standings(self, codes: CodedTriple) -> set[Standing]:
        """Return the standings with which the triple is asserted."""
        standings = (evidence.standing for evidence in self.assertions.get(codes, ()))
        return {standing for standing in standings if standing is not None}

    def asserted_base(self, codes: CodedTriple) -> Base | None:
        """Return the strongest base at which the triple is asserted; None if only in a world."""
        bases = (each.base for each in self.standings(codes) if each.world is None)
        return min(bases, default=None)

    def evidence_beyond_reasoning(
        self, codes: CodedTriple
    ) -> dict[Attribution, list[EvidenceGraph]]:
        """Return the evidence of statuses that are not reasoned over, strongest first."""
        found: dict[Attribution, list[EvidenceGraph]] = defaultdict(list)
        for evidence in self.assertions.get(codes, ()):
            if evidence.status is not None and evidence.standing is None:
                found[Attribution(evidence.status, evidence.holder)].append(evidence)
        return dict(sorted(found.items(), key=lambda item: item[0].status.rank))

    def rules_of_release(self, rules: Iterable[Rule]) -> list[Rule]:
        """Return those of the rules that the release was derived by, in the order of their IRIs.

        Raises BrokenRelease if the release names a rule that is not among these.
        """
        known = {rule.name: rule for rule in rules}
        iris = self._descriptions.subjects(GLOCAL["Rule"])
        names = [iri.value.rpartition("/")[2] for iri in iris]
        missing = sorted(set(names) - set(known))
        if missing:
            reason = f"the release uses rules that do not exist: {', '.join(missing[:3])}"
            raise BrokenRelease(self._place_of_release, reason)
        return [known[name] for name in names]

    def _read_evidence(self, graph: NamedNode) -> list[EvidenceGraph]:
        descriptions = self._descriptions
        holders = descriptions.iris(graph, GLOCAL["heldBy"])
        return [
            EvidenceGraph(
                graph,
                status,
                holder,
                descriptions.passages(graph, GLOCAL["fromPassage"]),
                descriptions.iris(graph, GLOCAL["citedFrom"]),
                descriptions.iris(graph, DCTERMS["source"]),
                descriptions.iris(graph, *QUALIFYING),
                descriptions.iris(graph, GLOCAL["hasPurpose"]),
                descriptions.times(graph),
            )
            for status in map(status_of, descriptions.iris(graph, GLOCAL["hasStatus"]))
            for holder in holders or (None,)
        ]

    def _read_types(self, entities: Iterable[Quad]) -> None:
        for quad in entities:
            if quad.predicate == RDF["type"]:
                passages = self._descriptions.passages(quad.subject, GLOCAL["mentionedIn"])
                status = status_of_type(is_named=bool(passages))
                self._assert(quad.triple, EvidenceGraph(ENTITIES, status, passages=passages))

    def _assert(self, triple: Triple, evidence: EvidenceGraph) -> None:
        codes = self.vocabulary.encode_triple(triple)
        self.assertions[codes].append(evidence)
        if evidence.standing is not None:
            self._place(codes, evidence.standing)

    def _place(self, codes: CodedTriple, standing: Standing) -> None:
        """Record that the triple is asserted or derived with this standing."""
        parts = self.layers
        if standing.world is not None:
            empty = tuple(TripleIndex() for _ in Base)
            parts = self.additions.setdefault(standing.world, empty)
        for part in parts[standing.base :]:
            part.add(codes)


def _sorted_graphs(
    store: Store, names: Iterable[NamedNode]
) -> Iterator[tuple[NamedNode, list[Quad]]]:
    """Yield the graphs that are not empty, each with its quads, sorted."""
    for name, quads in groupby(store.quads_of_graphs(names), key=lambda quad: quad.graph_name):
        if isinstance(name, NamedNode):
            yield name, sorted(quads, key=str)


class _Descriptions:
    """The triples of `graph:meta`, `graph:entities` and `graph:source`, by subject and property."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._objects: dict[tuple[object, NamedNode], list[NamedNode | Literal]] = defaultdict(list)
        for quad in quads:
            if isinstance(quad.object, NamedNode | Literal):
                self._objects[quad.subject, quad.predicate].append(quad.object)

    def iris(self, subject: object, *predicates: NamedNode) -> tuple[NamedNode, ...]:
        objects = chain.from_iterable(self._objects.get((subject, one), ()) for one in predicates)
        return tuple(object_ for object_ in objects if isinstance(object_, NamedNode))

    def times(self, subject: object) -> tuple[tuple[NamedNode, Literal], ...]:
        return tuple(
            (name, object_)
            for name in TIMES
            for object_ in self._objects.get((subject, name), ())
            if isinstance(object_, Literal)
        )

    def subjects(self, class_: NamedNode) -> list[NamedNode]:
        return [
            subject
            for (subject, predicate), objects in self._objects.items()
            if predicate == RDF["type"] and class_ in objects and isinstance(subject, NamedNode)
        ]

    def passages(self, subject: object, predicate: NamedNode) -> tuple[Passage, ...]:
        return tuple(
            Passage(iri, *(self.text(iri, GLOCAL[name]) for name in _PLACE))
            for iri in self.iris(subject, predicate)
        )

    def text(self, subject: object, predicate: NamedNode) -> str | None:
        objects = self._objects.get((subject, predicate), ())
        return objects[0].value if objects else None
