"""Which patterns and modes the relations of a release belong to, as its ontology says.

An ontology -> its terms, each with all that its axioms say of it, and the order among them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.namespaces import DCTERMS, GLOCAL, OWL, RDF, RDFS
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.rules.rule import Rule
from kg.store.quad_store import Store

Marks = Mapping[NamedNode, frozenset[NamedNode]]


class RelationPatterns:
    """Reads from a release by which patterns and modes its relations are ordered.

    `patterns` and `modes` have each property that is marked with some, or stands below one that
    is; `marked` those that are marked themselves, and say no more than the mark.
    """

    def __init__(self, store: Store) -> None:
        below = _narrower(store)
        self.marked: set[NamedNode] = set()
        self.patterns = self._read(store, GLOCAL["ofPattern"], below)
        self.modes = self._read(store, GLOCAL["ofMode"], below)

    def _read(
        self, store: Store, mark: NamedNode, below: Mapping[NamedNode, set[NamedNode]]
    ) -> Marks:
        found: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
        for triple in store.matching(predicate=mark):
            if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
                self.marked.add(triple.subject)
                for name in _reached(triple.subject, below):
                    found[name].add(triple.object)
        return {name: frozenset(marks) for name, marks in found.items()}


def _narrower(store: Store) -> Mapping[NamedNode, set[NamedNode]]:
    """Each property with those right below it."""
    below: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
    for triple in store.matching(predicate=RDFS["subPropertyOf"]):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            below[triple.object].add(triple.subject)
    return below


def _reached(top: NamedNode, below: Mapping[NamedNode, set[NamedNode]]) -> set[NamedNode]:
    found = {top}
    waiting = [top]
    while waiting:
        new = below.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


# In the order in which a term that is several of them counts as one.
KINDS: Final = (
    OWL["Class"],
    OWL["ObjectProperty"],
    OWL["DatatypeProperty"],
    OWL["AnnotationProperty"],
    RDFS["Datatype"],
    OWL["NamedIndividual"],
)
_UPWARD: Final = (RDFS["subClassOf"], RDFS["subPropertyOf"])
_CHARACTERISTICS: Final = frozenset(
    OWL[f"{name}Property"]
    for name in (
        *("Functional", "InverseFunctional", "Transitive", "Symmetric", "Asymmetric"),
        *("Reflexive", "Irreflexive"),
    )
)
# What is told of a term as an expression, in the words of the Manchester syntax.
EXPRESSIONS: Final = (
    RDFS["subClassOf"],
    OWL["equivalentClass"],
    OWL["disjointWith"],
    OWL["inverseOf"],
    OWL["propertyChainAxiom"],
    OWL["equivalentProperty"],
    OWL["propertyDisjointWith"],
    RDFS["domain"],
    RDFS["range"],
)
# Rules that only repeat the order among the terms.
_ORDERING: Final = ("cax-sco-", "prp-spo1-", "prp-symp-", "prp-trp-", "prp-inv")


@dataclass(frozen=True)
class Expression:
    """What an axiom says of a term: how it is related to what; `text` has CURIEs.

    `is_decision` tells that the ontology's makers, and not its source, have decided so.
    """

    relation: NamedNode
    text: str
    is_decision: bool


class Glossary:
    """The terms of one namespace in an ontology."""

    def __init__(self, ontology: Sequence[Quad], namespace: str) -> None:
        self._ontology, self._namespace = ontology, namespace
        self.graph = OntologyGraph(ontology)

    @cached_property
    def terms(self) -> Mapping[NamedNode, NamedNode]:
        """Each term of the namespace and its kind, by name."""
        return self._declared(is_own=True)

    @cached_property
    def outside_terms(self) -> Mapping[NamedNode, NamedNode]:
        """The terms of other vocabularies that the ontology declares, each with its kind."""
        return self._declared(is_own=False)

    def broader(self, term: NamedNode) -> list[NamedNode]:
        """The classes or properties right above a term."""
        found = [end for up in _UPWARD for end in self.graph.objects(term, up)]
        return _named(found)

    def narrower(self, term: NamedNode) -> list[NamedNode]:
        """The terms right below a term."""
        return self._below.get(term, [])

    def nearest(self, term: NamedNode) -> list[NamedNode]:
        """Of the terms right below a term, those that stand below no other of them, too."""
        below = self.narrower(term)
        return [
            one
            for one in below
            if not any(
                one in self._reached[other] and other not in self._reached[one] for other in below
            )
        ]

    def tops(self, kinds: Iterable[NamedNode]) -> list[NamedNode]:
        """The terms of these kinds that stand below no other term of the namespace."""
        wanted = set(kinds)
        return [
            term
            for term, kind in self.terms.items()
            if kind in wanted and not any(one in self.terms for one in self.broader(term))
        ]

    def characteristics(self, term: NamedNode) -> list[NamedNode]:
        """Of a property: transitive, symmetric …."""
        types = self.graph.objects(term, RDF["type"])
        return [one for one in _named(types) if one in _CHARACTERISTICS]

    def expressions(self, term: NamedNode) -> Iterator[Expression]:
        """What axioms say of a term beside its place in the order, and its decided places there."""
        for relation in EXPRESSIONS:
            for end in self.graph.objects(term, relation):
                is_list = relation == OWL["propertyChainAxiom"]
                if relation in _UPWARD and isinstance(end, NamedNode):
                    continue
                text = " o ".join(self.graph.texts(end)) if is_list else self.graph.text(end)
                yield Expression(relation, text, self.is_decision(term, relation, end))

    def is_decision(self, term: NamedNode, relation: NamedNode, end: Any) -> bool:
        """Whether an axiom is marked as a decision of the ontology's makers."""
        return (term, relation, end) in self._decisions

    def rules_of(self, term: NamedNode) -> Sequence[Rule]:
        """The rules, compiled from axioms, that conclude something by this term or forbid it."""
        return self._rules.get(term, [])

    def successors(self, term: NamedNode) -> list[NamedNode] | None:
        """What stands for a term that is deprecated; nothing of one that is not."""
        marks = self.graph.objects(term, OWL["deprecated"])
        if not any(isinstance(one, Literal) and one.value in {"true", "1"} for one in marks):
            return None
        return _named(self.graph.objects(term, DCTERMS["isReplacedBy"]))

    def _declared(self, *, is_own: bool) -> Mapping[NamedNode, NamedNode]:
        found: dict[NamedNode, NamedNode] = {}
        for kind in KINDS:
            for term in _named(self.graph.instances(kind)):
                if term.value.startswith(self._namespace) == is_own:
                    found.setdefault(term, kind)
        return dict(sorted(found.items(), key=lambda pair: pair[0].value))

    @cached_property
    def _below(self) -> Mapping[NamedNode, list[NamedNode]]:
        found: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for term in self.terms:
            for one in self.broader(term):
                found[one].append(term)
        return found

    @cached_property
    def _reached(self) -> Mapping[NamedNode, set[NamedNode]]:
        """For each term all that stand below it, near or far."""
        reached: dict[NamedNode, set[NamedNode]] = {}
        for term in self.terms:
            found, waiting = set[NamedNode](), [*self.narrower(term)]
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting += self.narrower(one)
            reached[term] = found
        return reached

    @cached_property
    def _decisions(self) -> set[tuple[Any, Any, Any]]:
        marked = {
            node
            for node, value in self.graph.pairs(GLOCAL["isModellingDecision"])
            if isinstance(value, Literal) and value.value == "true"
        }
        parts = ("annotatedSource", "annotatedProperty", "annotatedTarget")
        return {
            (source, relation, target)
            for node in marked
            for source, relation, target in [
                tuple(next(iter(self.graph.objects(node, OWL[part])), None) for part in parts)
            ]
        }

    @cached_property
    def _rules(self) -> Mapping[Any, list[Rule]]:
        found: defaultdict[Any, list[Rule]] = defaultdict(list)
        for rule in compile_axioms(self._ontology).rules:
            if rule.name.startswith(_ORDERING):
                continue
            atoms = rule.head or rule.body
            for term in {
                one.object if one.predicate == RDF["type"] else one.predicate for one in atoms
            }:
                found[term].append(rule)
        return found


def _named(terms: Iterable[Any]) -> list[NamedNode]:
    return sorted((one for one in terms if isinstance(one, NamedNode)), key=lambda one: one.value)
