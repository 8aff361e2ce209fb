"""OWL axioms -> rules, named as in OWL 2 RL; what no rule says is listed, never dropped.

Source: OWL 2 Profiles, section 4.3, tables 4 to 9; OWL 2 Mapping to RDF Graphs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad, Triple

from kg.axioms.builder import RuleBuilder
from kg.axioms.classes import ClassAxioms
from kg.axioms.graph import OntologyGraph
from kg.axioms.properties import PropertyAxioms
from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL
from kg.rules.files import Rule
from kg.rules.patterns import Term

# Axioms that no rule is made of: they would derive owl:sameAs, or speak of everything there is.
_REFUSED_TYPES: Final = (
    "FunctionalProperty",
    "InverseFunctionalProperty",
    "ReflexiveProperty",
    "NegativePropertyAssertion",
)
# The words of OWL that are read as axioms or parts of them, or that are about the document.
_READ: Final = (
    "equivalentClass disjointWith disjointUnionOf equivalentProperty inverseOf propertyChainAxiom "
    "propertyDisjointWith members distinctMembers differentFrom intersectionOf unionOf "
    "complementOf oneOf onProperty someValuesFrom allValuesFrom hasValue hasSelf cardinality "
    "minCardinality maxCardinality qualifiedCardinality minQualifiedCardinality "
    "maxQualifiedCardinality onClass onDataRange onDatatype withRestrictions annotatedSource "
    "annotatedProperty annotatedTarget sourceIndividual assertionProperty targetIndividual "
    "targetValue imports versionIRI versionInfo priorVersion backwardCompatibleWith "
    "incompatibleWith deprecated"
)


@dataclass(frozen=True)
class CompiledAxioms:
    """The rules by name; the axioms no rule says, in words; sets of terms said to be distinct."""

    rules: list[Rule]
    uncompiled: list[str]
    distinct: list[tuple[Term, ...]]


def compile_axioms(
    ontology: Iterable[Quad], places: Mapping[Triple, str] | None = None
) -> CompiledAxioms:
    """The rules that the axioms of the ontology amount to.

    Names are made of what the axiom says (`prp-spo2-memberOf-addressesIssue-…`), so they stay
    when other axioms come and go. Annotations and declarations are no axioms. Graph names do
    not matter, and labels of individuals may be among the quads: sentences use them. `places`,
    as `kg.read.places_of` gives them, become the places of the rules.
    """
    graph = OntologyGraph(ontology)
    builder = RuleBuilder(graph, places)
    ClassAxioms(builder).read()
    PropertyAxioms(builder).read()
    uncompiled = sorted({*builder.uncompiled, *map(str, _unread(graph))})
    return CompiledAxioms(builder.rules(), uncompiled, list(_distinct(graph)))


def _unread(graph: OntologyGraph) -> Iterator[UnsupportedAxiom]:
    """What speaks OWL and is none of the axioms that are read."""
    reason = "no rule is made of it"
    for type_ in _REFUSED_TYPES:
        for node in graph.instances(OWL[type_]):
            yield UnsupportedAxiom(f"{graph.text(node)} a owl:{type_}", reason)
    read = {OWL[name] for name in _READ.split()}
    for predicate in graph.predicates:
        if predicate.value.startswith(OWL) and predicate not in read:
            for subject, object_ in graph.pairs(predicate):
                texts = map(graph.text, (subject, predicate, object_))
                yield UnsupportedAxiom(" ".join(texts), reason)


def _distinct(graph: OntologyGraph) -> Iterator[tuple[Term, ...]]:
    """Only recorded: no rule here ever makes two terms one."""
    yield from graph.pairs(OWL["differentFrom"])
    for node in graph.instances(OWL["AllDifferent"]):
        for predicate in (OWL["distinctMembers"], OWL["members"]):
            for members in graph.objects(node, predicate):
                yield tuple(graph.items(members))
