"""Compile OWL axioms to rules, named as in OWL 2 RL.

An axiom that no rule can express is listed, never dropped silently. The rules look inside a class
expression (`A SubClassOf p only B` becomes one rule) and never derive that something is an instance
of the expression's own node.

Source: OWL 2 Profiles, section 4.3, tables 4 to 9; OWL 2 Mapping to RDF Graphs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL
from kg.reasoning.axioms.axiom_rules import AxiomCompiler
from kg.reasoning.axioms.fixed_rules import equality_rules
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.rule import Rule

# OWL predicates that are read as axioms or parts of axioms, or that describe the document.
_SUPPORTED_PREDICATES: Final = (
    "equivalentClass disjointWith disjointUnionOf hasKey equivalentProperty inverseOf "
    "propertyChainAxiom propertyDisjointWith members distinctMembers sameAs differentFrom "
    "intersectionOf unionOf complementOf oneOf onProperty someValuesFrom allValuesFrom hasValue "
    "hasSelf cardinality minCardinality maxCardinality qualifiedCardinality "
    "minQualifiedCardinality maxQualifiedCardinality onClass onDataRange onDatatype "
    "withRestrictions datatypeComplementOf sourceIndividual assertionProperty targetIndividual "
    "targetValue annotatedSource annotatedProperty annotatedTarget imports versionIRI versionInfo "
    "priorVersion backwardCompatibleWith incompatibleWith deprecated"
)


@dataclass(frozen=True)
class CompiledAxioms:
    """The rules of an ontology, and the axioms that no rule can express, with their reasons.

    `distinct_terms` has the sets of terms that the ontology states to be different individuals.
    """

    rules: list[Rule]
    uncompiled: list[str]
    distinct_terms: list[tuple[Term, ...]]


def compile_axioms(
    ontology: Iterable[Quad],
    places: Mapping[Triple, str] | None = None,
    *,
    facts_make_equal: bool = False,
) -> CompiledAxioms:
    """Compile the axioms of an ontology to rules; annotations and declarations are not axioms.

    A rule's name consists of the terms of its axiom (`prp-spo2-memberOf-addressesIssue-…`), so
    it does not change when other axioms are added or removed. Labels in the ontology, also those of
    individuals, appear in the sentences; the places (see `statement_places`) are copied to the
    rules. Assertions about individuals are premises and yield no rules.

    Rules about equality and contradictions about different individuals are included only where two
    terms can be the same: an axiom derives `owl:sameAs`, or the ontology or the facts state it.

    Raises:
        UnsupportedAxiom: an expression or list is part of itself.
    """
    graph = OntologyGraph(ontology)
    compiler = AxiomCompiler(graph, places)
    compiler.compile_classes()
    compiler.compile_properties()
    compiler.compile_individuals()
    equality: list[Rule] = []
    if facts_make_equal or compiler.derives_equality:
        compiler.compile_differences()
        equality = equality_rules()
    uncompiled = sorted({*compiler.uncompiled, *map(str, _unsupported(graph))})
    rules = [*compiler.rules(), *equality]
    return CompiledAxioms(rules, uncompiled, list(_distinct_terms(graph)))


def _unsupported(graph: OntologyGraph) -> Iterator[UnsupportedAxiom]:
    """Yield the triples in OWL's vocabulary that no part of the compiler reads."""
    for node in graph.instances(OWL["ReflexiveProperty"]):
        axiom = f"{graph.to_manchester(node)} a owl:ReflexiveProperty"
        yield UnsupportedAxiom(axiom, "the rule would apply to everything")
    supported = {OWL[name] for name in _SUPPORTED_PREDICATES.split()}
    for predicate in graph.predicates:
        if predicate.value.startswith(OWL) and predicate not in supported:
            for subject, object_ in graph.subjects_and_objects(predicate):
                texts = map(graph.to_manchester, (subject, predicate, object_))
                yield UnsupportedAxiom(" ".join(texts), "not compiled to a rule")


def _distinct_terms(graph: OntologyGraph) -> Iterator[tuple[Term, ...]]:
    """Yield each stated set; `AxiomCompiler.compile_differences` makes rules of them."""
    yield from graph.subjects_and_objects(OWL["differentFrom"])
    for node in graph.instances(OWL["AllDifferent"]):
        for predicate in (OWL["distinctMembers"], OWL["members"]):
            for members in graph.objects(node, predicate):
                yield tuple(graph.list_members(members))
