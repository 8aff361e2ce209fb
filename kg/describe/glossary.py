"""The terms of a release's ontology, and the patterns and modes that it assigns to relations.

`Glossary` has the terms with their hierarchy, axioms, rules and replacements. `RelationPatterns`
has the annotations by which pages group statements.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Quad

from kg.describe.description import reachable, sorted_iris
from kg.namespaces import DCTERMS, GLOCAL, OWL, RDF, RDFS
from kg.reasoning.axioms.compiler import compile_axioms
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.rules.rule import Rule
from kg.store.quad_store import Store

# A term with several of these types gets the first one.
_TERM_TYPES: Final = (
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
# The properties whose values `Glossary.axioms` returns, in this order.
AXIOM_PROPERTIES: Final = (
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
# Name prefixes of rules that only restate the hierarchy or a characteristic.
_ORDERING: Final = ("cax-sco-", "prp-spo1-", "prp-symp-", "prp-trp-", "prp-inv")


@dataclass(frozen=True)
class TermAxiom:
    """An axiom about a term: a property such as rdfs:subClassOf and its value.

    `text` is the value in Manchester syntax, with CURIEs. `is_decision` is true if the axiom is a
    modelling decision of the ontology's authors that does not come from its source.
    """

    relation: NamedNode
    text: str
    is_decision: bool


class Glossary:
    """The terms of an ontology, in particular those of one namespace."""

    def __init__(self, ontology: Sequence[Quad], namespace: str) -> None:
        self._ontology, self._namespace = ontology, namespace
        self.graph = OntologyGraph(ontology)

    @cached_property
    def terms(self) -> Mapping[NamedNode, NamedNode]:
        """The terms of the namespace with their types, sorted by IRI."""
        return self._declared(is_own=True)

    @cached_property
    def outside_terms(self) -> Mapping[NamedNode, NamedNode]:
        """The declared terms of other namespaces with their types, sorted by IRI."""
        return self._declared(is_own=False)

    def broader(self, term: NamedNode) -> list[NamedNode]:
        """Return the asserted superclasses or superproperties of a term."""
        return sorted_iris(parent for up in _UPWARD for parent in self.graph.objects(term, up))

    def narrower(self, term: NamedNode) -> list[NamedNode]:
        """Return the asserted subclasses or subproperties of a term."""
        return self._children.get(term, [])

    def direct_narrower(self, term: NamedNode) -> list[NamedNode]:
        """Return the narrower terms that are not also below another narrower term."""
        children = self.narrower(term)
        return [
            child
            for child in children
            if not any(
                child in self._descendants[other] and other not in self._descendants[child]
                for other in children
            )
        ]

    def top_terms(self, kinds: Sequence[NamedNode]) -> list[NamedNode]:
        """Return the terms of these types that have no broader term in the namespace."""
        return [
            term
            for term, kind in self.terms.items()
            if kind in kinds and not any(parent in self.terms for parent in self.broader(term))
        ]

    def characteristics(self, term: NamedNode) -> list[NamedNode]:
        """Return the characteristics of a property, such as owl:TransitiveProperty."""
        types = sorted_iris(self.graph.objects(term, RDF["type"]))
        return [type_ for type_ in types if type_ in _CHARACTERISTICS]

    def axioms(self, term: NamedNode) -> Iterator[TermAxiom]:
        """Yield the axioms about a term, except named superclasses and superproperties."""
        for relation in AXIOM_PROPERTIES:
            for value in self.graph.objects(term, relation):
                if relation in _UPWARD and isinstance(value, NamedNode):
                    continue
                if relation == OWL["propertyChainAxiom"]:
                    text = " o ".join(self.graph.members_to_manchester(value))
                else:
                    text = self.graph.to_manchester(value)
                yield TermAxiom(relation, text, self.is_modelling_decision(term, relation, value))

    def is_modelling_decision(self, term: NamedNode, relation: NamedNode, end: Any) -> bool:
        """Return whether this axiom is annotated as a modelling decision."""
        return (term, relation, end) in self._decisions

    def rules_for(self, term: NamedNode) -> Sequence[Rule]:
        """Return the compiled rules that derive triples with this term, or forbid such triples."""
        return self._rules.get(term, [])

    def replacements(self, term: NamedNode) -> list[NamedNode] | None:
        """Return the terms that replace a deprecated term, or None if it is not deprecated."""
        flags = self.graph.objects(term, OWL["deprecated"])
        if not any(isinstance(flag, Literal) and flag.value in {"true", "1"} for flag in flags):
            return None
        return sorted_iris(self.graph.objects(term, DCTERMS["isReplacedBy"]))

    def _declared(self, *, is_own: bool) -> Mapping[NamedNode, NamedNode]:
        kinds: dict[NamedNode, NamedNode] = {}
        for kind in _TERM_TYPES:
            for term in sorted_iris(self.graph.instances(kind)):
                if term.value.startswith(self._namespace) == is_own:
                    kinds.setdefault(term, kind)
        return dict(sorted(kinds.items(), key=lambda pair: pair[0].value))

    @cached_property
    def _children(self) -> Mapping[NamedNode, list[NamedNode]]:
        children: defaultdict[NamedNode, list[NamedNode]] = defaultdict(list)
        for term in self.terms:
            for parent in self.broader(term):
                children[parent].append(term)
        return children

    @cached_property
    def _descendants(self) -> Mapping[NamedNode, set[NamedNode]]:
        """The direct and indirect narrower terms of each term."""
        return {term: reachable(term, self.narrower) for term in self.terms}

    @cached_property
    def _decisions(self) -> set[tuple[Any, Any, Any]]:
        """The annotated axioms as triples of source, property and target."""
        annotations = {
            node
            for node, value in self.graph.subjects_and_objects(GLOCAL["isModellingDecision"])
            if isinstance(value, Literal) and value.value == "true"
        }
        parts = ("annotatedSource", "annotatedProperty", "annotatedTarget")
        return {
            (source, relation, target)
            for node in annotations
            for source, relation, target in [
                tuple(next(iter(self.graph.objects(node, OWL[part])), None) for part in parts)
            ]
        }

    @cached_property
    def _rules(self) -> Mapping[Any, list[Rule]]:
        rules_by_term: defaultdict[Any, list[Rule]] = defaultdict(list)
        for rule in compile_axioms(self._ontology).rules:
            if rule.name.startswith(_ORDERING):
                continue
            terms = {
                atom.object if atom.predicate == RDF["type"] else atom.predicate
                for atom in rule.head or rule.body
            }
            for term in terms:
                rules_by_term[term].append(rule)
        return rules_by_term


class RelationPatterns:
    """The patterns and modes of the properties of a release.

    `patterns` and `modes` map each property to the values that it, or a property above it, is
    annotated with. `annotated` has the properties that carry an annotation themselves; a triple of
    such a property says no more than its pattern or mode.
    """

    def __init__(self, store: Store) -> None:
        self._subproperties: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
        for lower, upper in _iri_pairs(store, RDFS["subPropertyOf"]):
            self._subproperties[upper].add(lower)
        self.annotated: set[NamedNode] = set()
        self.patterns = self._read(store, GLOCAL["ofPattern"])
        self.modes = self._read(store, GLOCAL["ofMode"])

    def _read(
        self, store: Store, annotation: NamedNode
    ) -> Mapping[NamedNode, frozenset[NamedNode]]:
        values: defaultdict[NamedNode, set[NamedNode]] = defaultdict(set)
        for top, value in _iri_pairs(store, annotation):
            self.annotated.add(top)
            for property_ in {top} | reachable(top, lambda name: self._subproperties.get(name, ())):
                values[property_].add(value)
        return {property_: frozenset(marks) for property_, marks in values.items()}


def _iri_pairs(store: Store, predicate: NamedNode) -> Iterator[tuple[NamedNode, NamedNode]]:
    for triple in store.triples(predicate=predicate):
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            yield triple.subject, triple.object
