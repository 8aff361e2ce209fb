"""Compile OWL axioms to rules, named as in OWL 2 RL.

An axiom that no rule can express is listed, never dropped silently.

The compiled axioms look inside an expression (`A SubClassOf p only B` becomes one rule) and never
derive that something is an instance of the expression's own node. Where the ontology is among the
facts, a query may ask for exactly that
(`?x a [ owl:onProperty :p ; owl:someValuesFrom :B ]`), and table 9 may derive further axioms
between expressions. `anonymous_class_rules` use the node as the class, as the tables of OWL 2
RL/RDF do.

Source: OWL 2 Profiles, section 4.3, tables 4 to 9; OWL 2 Mapping to RDF Graphs.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF
from kg.reasoning.axioms.axiom_rules import (
    ClassAxiomCompiler,
    IndividualAxiomCompiler,
    PropertyAxiomCompiler,
)
from kg.reasoning.axioms.builder import RuleBuilder, X
from kg.reasoning.axioms.fixed_rules import equality_rules, parse_rules
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part, variable_names
from kg.reasoning.axioms.subclasses import EXPRESSION_PREDICATES, Alternative, Consequence
from kg.reasoning.axioms.superclasses import Consequences, ExpressionReader
from kg.reasoning.rules.patterns import Atom, Term
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
_ANONYMOUS: Final = "anonymous"
_CLASS_RULES: Final = """
cax-sco: ?c rdfs:subClassOf ?d . ?x rdf:type ?c -> ?x rdf:type ?d
    An instance of a class is one of every class around it.
    某类的实例亦为其上位类的实例。
cax-eqc1: ?c owl:equivalentClass ?d . ?x rdf:type ?c -> ?x rdf:type ?d
    An instance of a class is one of every equivalent class.
    某类的实例亦为其等价类的实例。
cax-eqc2: ?c owl:equivalentClass ?d . ?x rdf:type ?d -> ?x rdf:type ?c
    An instance of an equivalent class is one of the class.
    等价类的实例亦为该类的实例。
prp-dom: ?p rdfs:domain ?c . ?x ?p ?y -> ?x rdf:type ?c
    What has a property is in its domain.
    凡具有某属性者，皆属其定义域。
prp-rng: ?p rdfs:range ?c . ?x ?p ?y -> ?y rdf:type ?c
    What is a value of a property is in its range.
    凡为某属性之值者，皆属其值域。
cax-dw: ?c owl:disjointWith ?d . ?x rdf:type ?c . ?x rdf:type ?d -> false
    It cannot be that something is an instance of two disjoint classes.
    任何事物不可能同时为两个不相交类的实例。
"""


@dataclass(frozen=True)
class CompiledAxioms:
    """The rules of an ontology.

    `uncompiled` has the axioms that no rule can express, each with its reason; `distinct_terms`
    has the sets of terms that the ontology states to be different individuals.
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
    """Compile the axioms of an ontology to rules.

    A rule's name consists of the terms of its axiom (`prp-spo2-memberOf-addressesIssue-…`), so
    it does not change when other axioms are added or removed. Annotations and declarations are
    not axioms. Graph names do not matter. The quads may include labels of individuals, which
    appear in the rules' sentences.

    Rules about equality and contradictions about different individuals are included only where
    two terms can be the same: an axiom derives `owl:sameAs`, or the ontology or the facts state
    it.

    Args:
        ontology: its axioms. Assertions about individuals are premises and yield no rules.
        places: triple -> file and line, from `statement_places`; copied to the rules.
        facts_make_equal: whether the facts that the rules apply to state `owl:sameAs`.

    Raises:
        UnsupportedAxiom: an expression or list is part of itself.
    """
    graph = OntologyGraph(ontology)
    builder = RuleBuilder(graph, places)
    ClassAxiomCompiler(builder).compile()
    PropertyAxiomCompiler(builder).compile()
    individuals = IndividualAxiomCompiler(builder)
    individuals.compile()
    equality: list[Rule] = []
    if facts_make_equal or builder.derives_equality:
        individuals.compile_differences()
        equality = equality_rules()
    uncompiled = sorted({*builder.uncompiled, *map(str, _unsupported(graph))})
    rules = [*builder.rules(), *equality]
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
    """Yield each stated set; `IndividualAxiomCompiler.compile_differences` makes rules of them."""
    yield from graph.subjects_and_objects(OWL["differentFrom"])
    for node in graph.instances(OWL["AllDifferent"]):
        for predicate in (OWL["distinctMembers"], OWL["members"]):
            for members in graph.objects(node, predicate):
                yield tuple(graph.list_members(members))


def anonymous_class_rules(ontology: Iterable[Quad]) -> list[Rule]:
    """Return rules by which exactly the matches of an expression are instances of its node.

    Use them in addition to the compiled axioms. They do not cover a key or a group of disjoint
    classes that refers to an expression whose instances are known only by its node
    (`A SubClassOf p some B`, with a key of `p some B`).

    Args:
        ontology: its quads. They must also be among the facts, because the rules contain their
            blank nodes.

    Raises:
        UnsupportedAxiom: an expression or list is part of itself.
    """
    graph = OntologyGraph(ontology)
    builder = RuleBuilder(graph)
    for predicate in EXPRESSION_PREDICATES:
        for node, value in graph.subjects_and_objects(predicate):
            if not graph.is_datatype(node):
                builder.begin_class_description(node, predicate, value)
                fresh_variables = (variable for variable in variable_names() if variable != X)
                name = rule_name_part(node) if isinstance(node, NamedNode) else _ANONYMOUS
                # Most expressions compile in one direction only. The axiom that needs the other
                # direction reports the failure.
                builder.add_definition(_NodeReader(graph, fresh_variables), node, name, "cls-int2")
    return [*parse_rules("OWL 2 RL", _CLASS_RULES), *builder.rules()]


class _NodeReader(ExpressionReader):
    """Reads one expression without looking inside its unnamed parts."""

    def alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """Return, for an unnamed part, the single pattern of being an instance of its node."""
        if isinstance(node, BlankNode):
            return [Alternative((Atom(variable, RDF["type"], node),), (_ANONYMOUS,))]
        return super().alternatives(node, variable)

    def consequences(self, node: Term, variable: Variable) -> Consequences:
        """Return, for an unnamed part, the single consequence of being an instance of its node."""
        if isinstance(node, BlankNode):
            return [Consequence("", (_ANONYMOUS,), Atom(variable, RDF["type"], node))], []
        return super().consequences(node, variable)
