"""Find what holds in every interpretation, and whether a term denotes a class or a property.

An axiom can only follow from a graph in which its terms are classes and properties; under the
direct semantics a declaration says nothing, so every term may be one.

Source: OWL 2 RDF-Based Semantics, sections 5 (conditions) and 8 (comprehension).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS
from kg.reasoning.axioms.ontology_graph import RESTRICTION_KEYWORDS, OntologyGraph
from kg.reasoning.entailment.closure import Closure
from kg.reasoning.entailment.vocabulary import (
    CLASS_ENDS,
    CLASS_TYPES,
    DECLARATIONS,
    PROPERTY_ENDS,
    PROPERTY_TYPES,
    SAME_AS,
    THING,
    TYPE,
)
from kg.reasoning.rules.datatypes import KNOWN_DATATYPES
from kg.reasoning.rules.patterns import Term

_BUILT_IN: Final = KNOWN_DATATYPES | {
    THING,
    OWL["Nothing"],
    RDFS["Resource"],
    RDFS["Class"],
    OWL["Class"],
    RDF["Property"],
}
_CLASSES_OF_CLASSES: Final = {OWL["Class"], RDFS["Class"]}
# Each expression has one of these, or `owl:onProperty` with one of the restrictions.
_CONSTRUCTORS: Final = (
    *("intersectionOf", "unionOf", "complementOf", "oneOf", "datatypeComplementOf", "onDatatype"),
)
_RESTRICTIONS: Final = tuple(each.value.removeprefix(OWL) for each in RESTRICTION_KEYWORDS)
_CLASS_PARTS: Final = (
    *("someValuesFrom", "allValuesFrom", "onClass", "onDataRange"),
    *("complementOf", "datatypeComplementOf", "onDatatype"),
)
_LISTS: Final = ("intersectionOf", "unionOf", "oneOf", "withRestrictions")


class Sorts:
    """Judges the terms of one closure; `is_direct` says under which semantics."""

    def __init__(self, closure: Closure, graph: OntologyGraph, *, is_direct: bool) -> None:
        self._closure, self._graph, self._is_direct = closure, graph, is_direct

    def is_always_true(self, triple: Triple) -> bool:
        """Return whether a triple holds whatever the premise says, or by what it mentions."""
        subject, predicate, object_ = triple.subject, triple.predicate, triple.object
        if predicate == SAME_AS:
            return subject == object_
        if predicate != TYPE:
            return False
        if object_ in {THING, RDFS["Resource"]}:
            return True
        if self._is_direct:
            return object_ in DECLARATIONS
        if object_ == RDF["Property"]:
            return self.is_property(subject)  # type: ignore[arg-type]
        return object_ in _CLASSES_OF_CLASSES and self.is_class(subject)  # type: ignore[arg-type]

    def is_class(self, term: Term) -> bool:
        """Return whether the term certainly denotes a class or a data range."""
        if isinstance(term, BlankNode):
            return self.is_well_formed(term)
        if self._is_direct or term in _BUILT_IN:
            return True
        return self._has_role(term, CLASS_TYPES, CLASS_ENDS) or self._occurs(None, TYPE, term)

    def is_property(self, term: Term) -> bool:
        """Return whether the term certainly denotes a property."""
        if isinstance(term, BlankNode):
            inverted = self._graph.objects(term, OWL["inverseOf"])
            return len(inverted) == 1 and self.is_property(inverted[0])
        if self._is_direct:
            return True
        if self._has_role(term, PROPERTY_TYPES, PROPERTY_ENDS):
            return True
        return isinstance(term, NamedNode) and self._occurs(None, term, None)

    def is_well_formed(self, node: Term) -> bool:
        """Return whether a blank node is one expression with parts of the right kind, so exists."""
        graph = self._graph
        kinds = [value for key in _CONSTRUCTORS for value in graph.objects(node, OWL[key])]
        properties = graph.objects(node, OWL["onProperty"])
        fillers = [value for key in _RESTRICTIONS for value in graph.objects(node, OWL[key])]
        if len(kinds) + len(properties) != 1 or len(fillers) != len(properties):
            return False
        parts = [part for key in _CLASS_PARTS for part in graph.objects(node, OWL[key])]
        if len(parts) > 1:
            return False
        try:
            for key in _LISTS:
                for list_ in graph.objects(node, OWL[key]):
                    members = graph.list_members(list_)
                    parts += members if key in {"intersectionOf", "unionOf"} else []
        except UnsupportedAxiom:
            return False
        return all(map(self.is_class, parts)) and all(map(self.is_property, properties))

    def _has_role(
        self,
        term: Term,
        types: Iterable[NamedNode],
        ends: Mapping[NamedNode, tuple[bool, bool]],
    ) -> bool:
        if isinstance(term, Literal):
            return False
        if any(self._occurs(term, TYPE, type_) for type_ in types):
            return True
        return any(
            (is_subject and self._occurs(term, predicate, None))
            or (is_object and self._occurs(None, predicate, term))
            for predicate, (is_subject, is_object) in ends.items()
        )

    def _occurs(self, subject: Term | None, predicate: NamedNode, object_: Term | None) -> bool:
        find = self._closure.vocabulary.find
        codes = [None if each is None else find(each) for each in (subject, predicate, object_)]
        missing = [
            code is None and term is not None
            for code, term in zip(codes, (subject, predicate, object_), strict=True)
        ]
        return not any(missing) and any(True for _ in self._closure.match(*codes))
