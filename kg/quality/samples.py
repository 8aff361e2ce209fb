"""Draw the samples of a round from a release, as sheets for its readers."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from kg.namespaces import DCTERMS, GLOCAL, GRAPH, RDF, RDFS, SKOS, shorten
from kg.reasoning.derivation.release_graphs import ENTITIES, META
from kg.reasoning.proofs.explainer import Explainer
from kg.reasoning.proofs.words import format_term, format_triple
from kg.statuses import QUALIFYING, describe_view
from kg.store.quad_store import Store
from kg.store.views import standings_described

# How many items each sample has; of background all.
SIZES: Final = {"evidence": 200, "passages": 20, "derived": 150, "descriptions": 60}
_MAX_OF_RULE: Final = 10
_TIMES_AND_PURPOSE: Final = ("validTime", "validFrom", "validUntil", "hasPurpose")
# Rules whose conclusions only repeat a premise.
_PLAIN_RULES: Final = ("cax-sco", "prp-inv", "prp-symp", "prp-rng")
# What belongs to each statement of an evidence graph.
_LIMITS: Final = (*QUALIFYING, *(GLOCAL[name] for name in _TIMES_AND_PURPOSE))
_EXPLAINING: Final = (SKOS["definition"], DCTERMS["description"])
Row = dict[str, str]


@dataclass(frozen=True)
class Sample:
    """The rows of a sample, the columns for answers, and those that only the key has."""

    name: str
    rows: Sequence[Row]
    answers: Sequence[str]
    hidden: Sequence[str] = ()


class Sampler:
    """Draws from the statements of one release; the same seed draws the same items."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store, self._random = store, random.Random(seed)  # noqa: S311
        self._described: dict[object, list[Triple]] = defaultdict(list)
        for graph in (META, ENTITIES, GRAPH["source"], GRAPH["ontology"]):
            for quad in store.quads_of_graph(graph):
                self._described[quad.subject].append(quad.triple)

    def draw(self) -> list[Sample]:
        """Draw all samples of a round."""
        return [
            Sample(
                "evidence", self._evidence(), ("faithful", "status", "comment"), ("graph", "held")
            ),
            Sample("passages", self._passages(), ()),
            Sample("derived", self._derived(), ("agrees", "comment")),
            Sample("background", self._background(), ("right", "comment")),
            Sample("descriptions", self._descriptions(), ("right", "comment")),
        ]

    def _evidence(self) -> list[Row]:
        graphs = [graph for graph in self._evidence_graphs if self._status(graph) != "Background"]
        return [
            {
                "item": str(number),
                "passage": self._names(graph, GLOCAL["fromPassage"]),
                "holder": self._names(graph, GLOCAL["heldBy"]),
                **self._statements(graph),
                "graph": shorten(graph.value),
                "held": self._status(graph),
            }
            for number, graph in enumerate(self._choose(graphs, "evidence"), 1)
        ]

    def _passages(self) -> list[Row]:
        passages = self._subjects(GLOCAL["Passage"])
        kept = [one for one in passages if self._value(one, GLOCAL["sha256"])]
        return [{"passage": shorten(one.value)} for one in self._choose(kept, "passages")]

    def _derived(self) -> list[Row]:
        explainer = Explainer(self._store)
        by_rule: dict[str, list[tuple[Triple, NamedNode]]] = defaultdict(list)
        for graph in self._subjects(GLOCAL["DerivedGraph"]):
            rule = self._names(graph, GLOCAL["byRule"]).removeprefix("rule:")
            if rule and not rule.startswith(_PLAIN_RULES):
                triples = sorted((one.triple for one in self._store.quads_of_graph(graph)), key=str)
                by_rule[rule] += [(triple, graph) for triple in triples]
        candidates = [
            (rule, *found)
            for rule, all_found in sorted(by_rule.items())
            for found in self._random.sample(all_found, min(_MAX_OF_RULE, len(all_found)))
        ]
        chosen = self._random.sample(candidates, min(SIZES["derived"], len(candidates)))
        return [
            {"item": str(number), **self._derived_row(explainer, *one)}
            for number, one in enumerate(chosen, 1)
        ]

    def _derived_row(
        self, explainer: Explainer, rule: str, triple: Triple, graph: NamedNode
    ) -> Row:
        properties = {one.predicate for one in self._described[graph]}
        described = {
            name: [one.object for one in self._described[graph] if one.predicate == name]
            for name in properties
        }
        standing = standings_described(described)[0]
        [proof] = explainer.explain(triple, view=standing)
        return {
            "statement": format_triple(triple),
            "in words": self._in_words([triple]),
            "view": describe_view(standing),
            "qualifiers": " ".join(shorten(one.value) for one in proof.qualifiers),
            "rule": rule,
        }

    def _background(self) -> list[Row]:
        graphs = [graph for graph in self._evidence_graphs if self._status(graph) == "Background"]
        return [
            {
                "graph": shorten(graph.value),
                **self._statements(graph),
                "source": self._names(graph, DCTERMS["source"]),
            }
            for graph in graphs
        ]

    def _descriptions(self) -> list[Row]:
        things = sorted(
            {
                quad.subject
                for quad in self._store.quads_of_graph(ENTITIES)
                if quad.predicate in _EXPLAINING and isinstance(quad.subject, NamedNode)
            },
            key=str,
        )
        return [
            {
                "thing": shorten(thing.value),
                "label": self._label(thing),
                "texts": " / ".join(
                    sorted(
                        str(one.object)
                        for one in self._described[thing]
                        if one.predicate in _EXPLAINING
                    )
                ),
            }
            for thing in self._choose(things, "descriptions")
        ]

    def _choose(self, candidates: Sequence[NamedNode], name: str) -> list[NamedNode]:
        return self._random.sample(candidates, min(SIZES[name], len(candidates)))

    @cached_property
    def _evidence_graphs(self) -> list[NamedNode]:
        return self._subjects(GLOCAL["Evidence"])

    def _subjects(self, kind: NamedNode) -> list[NamedNode]:
        found = (
            subject
            for subject, triples in self._described.items()
            if isinstance(subject, NamedNode)
            and any(one.predicate == RDF["type"] and one.object == kind for one in triples)
        )
        return sorted(found, key=str)

    def _statements(self, graph: NamedNode) -> Row:
        triples = sorted((quad.triple for quad in self._store.quads_of_graph(graph)), key=str)
        limits = [one for one in self._described[graph] if one.predicate in _LIMITS]
        return {
            "statements": " . ".join(map(format_triple, triples)),
            "in words": self._in_words(triples),
            "qualifiers": " ; ".join(
                sorted(f"{format_term(one.predicate)} {format_term(one.object)}" for one in limits)
            ),
        }

    def _in_words(self, triples: Iterable[Triple]) -> str:
        return ". ".join(
            " ".join(self._label(term) for term in (one.subject, one.predicate, one.object))
            for one in triples
        )

    def _label(self, term: object) -> str:
        if term == RDF["type"]:
            return "is a"
        labels = {
            one.object.language: one.object.value
            for one in self._described[term]
            if one.predicate == RDFS["label"] and isinstance(one.object, Literal)
        }
        if labels:
            return " / ".join(labels[language] for language in sorted(filter(None, labels)))
        return format_term(term) if isinstance(term, NamedNode | Literal) else str(term)

    def _value(self, subject: NamedNode, predicate: NamedNode) -> object | None:
        found = (one.object for one in self._described[subject] if one.predicate == predicate)
        return next(found, None)

    def _names(self, subject: NamedNode, predicate: NamedNode) -> str:
        found = (one.object for one in self._described[subject] if one.predicate == predicate)
        return " ".join(sorted(shorten(one.value) for one in found if isinstance(one, NamedNode)))

    def _status(self, graph: NamedNode) -> str:
        return self._names(graph, GLOCAL["hasStatus"]).rpartition(":")[2]
