"""A release's store -> every triple with its level and its evidence, and the rules it names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.errors import BrokenRelease
from kg.namespaces import DCTERMS, GLOCAL, GRAPH, RDF, RULE, WITHDRAWN
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.derivation.release_graphs import ENTITIES, META, labels_of, status_of_type
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.relations import Facts, Index
from kg.reasoning.proofs.proof import BEYOND, HOLDING, Evidence, Passage, Standing
from kg.reasoning.rules.rule import Rule, read_rules
from kg.statuses import Status, status_of
from kg.store.quad_store import Store

# What is asserted in these graphs holds, but no rule reads it.
_BESIDE: Final = (ENTITIES, META, GRAPH["source"], GRAPH["ontology"], GRAPH["links"], WITHDRAWN)

_Node = object


class Descriptions:
    """What `graph:meta`, `graph:entities` and `graph:source` say, by subject and property."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._objects: dict[tuple[_Node, NamedNode], list[NamedNode | Literal]] = defaultdict(list)
        for quad in quads:
            if isinstance(quad.object, NamedNode | Literal):
                self._objects[quad.subject, quad.predicate].append(quad.object)

    def iris(self, subject: _Node, predicate: NamedNode) -> tuple[NamedNode, ...]:
        """The IRIs that stand in this relation to the subject."""
        found = self._objects.get((subject, predicate), ())
        return tuple(one for one in found if isinstance(one, NamedNode))

    def subjects(self, class_: NamedNode) -> list[NamedNode]:
        """The IRIs of this type."""
        return [
            subject
            for (subject, predicate), objects in self._objects.items()
            if predicate == RDF["type"] and class_ in objects and isinstance(subject, NamedNode)
        ]

    def passages(self, subject: _Node, predicate: NamedNode) -> tuple[Passage, ...]:
        """The passages that the subject leads to by this property."""
        return tuple(
            Passage(iri, self._text(iri, GLOCAL["page"]), self._text(iri, GLOCAL["paragraph"]))
            for iri in self.iris(subject, predicate)
        )

    def place(self, rule: NamedNode) -> str:
        """Where the rule is written; empty where the release does not say it."""
        return self._text(rule, GLOCAL["definedAt"]) or ""

    def _text(self, subject: _Node, predicate: NamedNode) -> str | None:
        found = self._objects.get((subject, predicate), ())
        return found[0].value if found else None


class ReleaseFacts:
    """All triples that reasoning reads or makes: their levels, groups and evidence.

    `layers` has what holds, up to and with each level; `groups` has, for each level that does
    not hold, what it adds: asserted or derived. `assertions` has the evidence of each triple.
    """

    def __init__(self, store: Store) -> None:
        self.vocabulary = Vocabulary()
        self.layers = tuple(Facts() for _ in HOLDING)
        self.groups: dict[Standing, Index] = {}
        self._store = store
        # One for each holder.
        self.evidence_graphs: dict[NamedNode, list[Evidence]] = defaultdict(list)
        self.assertions: dict[Codes, list[Evidence]] = defaultdict(list)
        quads = (quad for name in (META, ENTITIES, GRAPH["source"]) for quad in store.graph(name))
        self._said = Descriptions(quads)
        for graph in self._said.subjects(GLOCAL["Evidence"]):
            self._read_evidence(graph)
        self._read_types()
        for graph in self._said.subjects(GLOCAL["DerivedGraph"]):
            for standing in self._standings(graph):
                for quad in store.graph(graph):
                    self._place(self.vocabulary.encode_triple(quad.triple), standing)

    def level(self, codes: Codes) -> int:
        """The strongest level at which the triple holds, `BEYOND` where it does not."""
        return next((place for place, layer in enumerate(self.layers) if codes in layer), BEYOND)

    def evidence(self, codes: Codes, standing: Standing) -> tuple[Evidence, ...]:
        """Where the triple is asserted at this level."""
        found = self.assertions.get(codes, ())
        return tuple(one for one in found if one.standing == standing)

    def standings(self, codes: Codes) -> set[Standing]:
        """The levels at which the triple is asserted."""
        found = (one.standing for one in self.assertions.get(codes, ()))
        return {one for one in found if one is not None}

    def asserted_at(self, codes: Codes) -> int:
        """The strongest level at which the triple is asserted and holds, else `BEYOND`."""
        levels = (one.status.level for one in self.standings(codes) if one.status.holds)
        return min(levels, default=BEYOND)

    @contextmanager
    def supposing_groups(self, groups: Mapping[Standing, Index]) -> Iterator[None]:
        """Inside, what does not hold is something else."""
        before, self.groups = self.groups, dict(groups)
        try:
            yield
        finally:
            self.groups = before

    def beside(self, triple: Triple) -> tuple[Evidence, ...]:
        """The graphs that assert the triple although they are no evidence."""
        return tuple(Evidence(name) for name in _BESIDE if self._store.holds(triple, name))

    def rules(self, folder: Path) -> list[Rule]:
        """The rules the release was derived by: its own axioms compiled, and the rule files.

        Raises:
            BrokenRelease: it names a rule that is not among them.
        """
        ontology = self._store.graph(GRAPH["ontology"])
        labels = labels_of(self._store.graph(ENTITIES))
        rules = [*compile_axioms([*ontology, *labels]).rules, *read_rules(folder)]
        known = {rule.name: rule for rule in rules}
        named = [iri.value.rpartition("/")[2] for iri in self._said.subjects(GLOCAL["Rule"])]
        missing = sorted(set(named) - set(known))
        if missing:
            reason = f"the release was made by rules that are not there: {', '.join(missing[:3])}"
            raise BrokenRelease(folder, reason)
        # The files may have changed since: the release says where they had it.
        return [
            replace(known[name], place=self._said.place(RULE[name]) or known[name].place)
            for name in named
        ]

    def _standings(self, graph: NamedNode) -> Iterator[Standing]:
        for status in map(status_of, self._said.iris(graph, GLOCAL["hasStatus"])):
            if status is Status.CLAIM:
                for holder in self._said.iris(graph, GLOCAL["heldBy"]):
                    yield Standing(status, holder)
            else:
                yield HOLDING[status.level] if status.holds else Standing(status)

    def _read_evidence(self, graph: NamedNode) -> None:
        said = self._said
        holders = said.iris(graph, GLOCAL["heldBy"])
        for status in map(status_of, said.iris(graph, GLOCAL["hasStatus"])):
            for holder in holders or (None,):
                one = Evidence(
                    graph,
                    status,
                    holder,
                    said.passages(graph, GLOCAL["fromPassage"]),
                    said.iris(graph, GLOCAL["citedFrom"]),
                    said.iris(graph, DCTERMS["source"]),
                )
                self.evidence_graphs[graph].append(one)
                for quad in self._store.graph(graph):
                    self._assert(quad.triple, one)

    def _read_types(self) -> None:
        for quad in self._store.graph(ENTITIES):
            if quad.predicate == RDF["type"]:
                passages = self._said.passages(quad.subject, GLOCAL["mentionedIn"])
                status = status_of_type(is_named=bool(passages))
                self._assert(quad.triple, Evidence(ENTITIES, status, passages=passages))

    def _assert(self, triple: Triple, evidence: Evidence) -> None:
        codes = self.vocabulary.encode_triple(triple)
        self.assertions[codes].append(evidence)
        if evidence.standing is not None:
            self._place(codes, evidence.standing)

    def _place(self, codes: Codes, standing: Standing) -> None:
        """Notes that the triple stands at this level, asserted or derived."""
        if not standing.status.is_reasoned_over:
            return
        if standing.status.holds:
            for layer in self.layers[standing.status.level :]:
                layer.add(codes)
        else:
            self.groups.setdefault(standing, Index()).add(codes)
