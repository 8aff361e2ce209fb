"""Terms of RDF, RDFS and OWL by the role that they have in axioms."""

from typing import Final

from pyoxigraph import NamedNode

from kg.namespaces import OWL, RDF, RDFS, XSD, is_in

TYPE: Final = RDF["type"]
THING: Final = OWL["Thing"]
NOTHING: Final = OWL["Nothing"]
SAME_AS: Final = OWL["sameAs"]
DIFFERENT: Final = OWL["differentFrom"]


def owl(names: str) -> frozenset[NamedNode]:
    """Return the terms of OWL with these local names, which are separated by spaces."""
    return frozenset(OWL[name] for name in names.split())


# Predicates that lead from a node of an expression, list or negative assertion to its parts.
STRUCTURE: Final = owl(
    "onProperty someValuesFrom allValuesFrom hasValue hasSelf cardinality minCardinality "
    "maxCardinality qualifiedCardinality minQualifiedCardinality maxQualifiedCardinality onClass "
    "onDataRange intersectionOf unionOf complementOf oneOf datatypeComplementOf onDatatype "
    "withRestrictions inverseOf members distinctMembers sourceIndividual assertionProperty "
    "targetIndividual targetValue"
) | {RDF["first"], RDF["rest"]}
# Predicates that every anonymous class has one of.
EXPRESSIONS: Final = owl("intersectionOf unionOf complementOf oneOf onProperty")
# The facets in the items of `owl:withRestrictions`.
_FACET_NAMES: Final = (
    "minInclusive maxInclusive minExclusive maxExclusive length minLength maxLength pattern"
)
FACETS: Final = frozenset(XSD[name] for name in _FACET_NAMES.split()) | {RDF["langRange"]}
# Types of nodes that only say of what kind an expression is.
EXPRESSION_TYPES: Final = owl("Class Restriction DataRange") | {
    RDFS["Class"],
    RDFS["Datatype"],
    RDF["List"],
}
GROUPS: Final = owl("AllDifferent AllDisjointClasses AllDisjointProperties")
NEGATIVE: Final = OWL["NegativePropertyAssertion"]
ANNOTATED: Final = owl("annotatedSource annotatedProperty annotatedTarget")
# Types that declare a name; under the direct semantics they say nothing.
DECLARATIONS: Final = owl(
    "Class ObjectProperty DatatypeProperty AnnotationProperty NamedIndividual OntologyProperty "
    "Restriction DataRange DeprecatedClass DeprecatedProperty"
) | {RDFS["Class"], RDFS["Datatype"], RDF["Property"], RDF["List"]}
CHARACTERISTICS: Final = owl(
    "FunctionalProperty InverseFunctionalProperty SymmetricProperty AsymmetricProperty "
    "TransitiveProperty ReflexiveProperty IrreflexiveProperty"
)
ANNOTATIONS: Final = frozenset(
    RDFS[name] for name in ("label", "comment", "seeAlso", "isDefinedBy")
) | owl(
    "versionInfo deprecated priorVersion backwardCompatibleWith incompatibleWith versionIRI imports"
)
# Predicate -> whether its subject and its object are classes (or data ranges).
CLASS_ENDS: Final = {
    RDFS["subClassOf"]: (True, True),
    OWL["equivalentClass"]: (True, True),
    OWL["disjointWith"]: (True, True),
    OWL["complementOf"]: (True, True),
    RDFS["domain"]: (False, True),
    RDFS["range"]: (False, True),
    OWL["someValuesFrom"]: (True, True),
    OWL["allValuesFrom"]: (True, True),
    OWL["onClass"]: (True, True),
    OWL["onDataRange"]: (True, True),
    OWL["disjointUnionOf"]: (True, False),
    OWL["hasKey"]: (True, False),
    TYPE: (False, True),
}
# Likewise for properties.
PROPERTY_ENDS: Final = {
    RDFS["subPropertyOf"]: (True, True),
    OWL["equivalentProperty"]: (True, True),
    OWL["inverseOf"]: (True, True),
    OWL["propertyDisjointWith"]: (True, True),
    RDFS["domain"]: (True, False),
    RDFS["range"]: (True, False),
    OWL["onProperty"]: (False, True),
    OWL["assertionProperty"]: (False, True),
    OWL["propertyChainAxiom"]: (True, False),
}
# Axioms about the instances of classes and properties, whatever else these are.
ABOUT_EXTENSIONS: Final = owl(
    "equivalentClass disjointWith disjointUnionOf hasKey equivalentProperty inverseOf "
    "propertyDisjointWith propertyChainAxiom"
) | {TYPE, *(RDFS[name] for name in ("subClassOf", "subPropertyOf", "domain", "range"))}
CLASS_TYPES: Final = owl("Class Restriction DataRange DeprecatedClass") | {
    RDFS["Class"],
    RDFS["Datatype"],
}
PROPERTY_TYPES: Final = (
    CHARACTERISTICS
    | owl("ObjectProperty DatatypeProperty AnnotationProperty OntologyProperty DeprecatedProperty")
    | {RDF["Property"]}
)


def is_reserved(term: object) -> bool:
    """Return whether the term is in the vocabulary of RDF, RDFS, OWL or XML Schema."""
    return is_in(term, RDF, RDFS, OWL, XSD)
