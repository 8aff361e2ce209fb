"""OWL axioms -> rules, named as in OWL 2 RL; what no rule says is listed, never dropped.

Source: OWL 2 Profiles, section 4.3, tables 4 to 9; OWL 2 Mapping to RDF Graphs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad, Triple

from kg.axioms.builder import RuleBuilder
from kg.axioms.classes import ClassAxioms
from kg.axioms.equality import equality_rules
from kg.axioms.graph import OntologyGraph
from kg.axioms.individuals import IndividualAxioms
from kg.axioms.properties import PropertyAxioms
from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL
from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.rule import Rule

# Axioms that no rule is made of, and why.
_REFUSED_TYPES: Final = {"ReflexiveProperty": "it would speak of everything there is"}
# The words of OWL that are read as axioms or parts of them, or that are about the document.
_READ: Final = (
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
    """The rules by name; the axioms no rule says, in words; sets of terms said to be distinct."""

    rules: list[Rule]
    uncompiled: list[str]
    distinct: list[tuple[Term, ...]]


def compile_axioms(
    ontology: Iterable[Quad],
    places: Mapping[Triple, str] | None = None,
    *,
    facts_make_equal: bool = False,
) -> CompiledAxioms:
    """The rules that the axioms of the ontology amount to.

    Names are made of what the axiom says (`prp-spo2-memberOf-addressesIssue-…`), so they stay
    when other axioms come and go. Annotations and declarations are no axioms. Graph names do
    not matter, and labels of individuals may be among the quads: sentences use them.

    Rules about equality, and contradictions about what differs, are among them only where
    something can be the same as something else: an axiom derives `owl:sameAs` or the ontology
    states it.

    Args:
        ontology: its axioms; assertions of facts are the caller's premises and make no rules.
        places: where the triples are written, as `kg.sources.places_of` says; those of the rules.
        facts_make_equal: whether the facts that the rules are for state `owl:sameAs`.

    Raises:
        UnsupportedAxiom: an expression or list that is part of itself.
    """
    graph = OntologyGraph(ontology)
    builder = RuleBuilder(graph, places)
    ClassAxioms(builder).read()
    PropertyAxioms(builder).read()
    individuals = IndividualAxioms(builder)
    individuals.read()
    equality: list[Rule] = []
    if facts_make_equal or builder.makes_equal:
        individuals.read_differences()
        equality = equality_rules()
    uncompiled = sorted({*builder.uncompiled, *map(str, _unread(graph))})
    rules = [*builder.rules(), *equality]
    return CompiledAxioms(rules, uncompiled, list(_distinct(graph)))


def _unread(graph: OntologyGraph) -> Iterator[UnsupportedAxiom]:
    """What speaks OWL and is none of the axioms that are read."""
    for type_, reason in _REFUSED_TYPES.items():
        for node in graph.instances(OWL[type_]):
            yield UnsupportedAxiom(f"{graph.text(node)} a owl:{type_}", reason)
    read = {OWL[name] for name in _READ.split()}
    for predicate in graph.predicates:
        if predicate.value.startswith(OWL) and predicate not in read:
            for subject, object_ in graph.pairs(predicate):
                texts = map(graph.text, (subject, predicate, object_))
                yield UnsupportedAxiom(" ".join(texts), "no rule is made of it")


def _distinct(graph: OntologyGraph) -> Iterator[tuple[Term, ...]]:
    """Only recorded; see `IndividualAxioms.read_differences` for the rules."""
    yield from graph.pairs(OWL["differentFrom"])
    for node in graph.instances(OWL["AllDifferent"]):
        for predicate in (OWL["distinctMembers"], OWL["members"]):
            for members in graph.objects(node, predicate):
                yield tuple(graph.items(members))
