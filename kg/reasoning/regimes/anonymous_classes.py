"""Rules by which exactly the matches of a class expression are instances of its own node.

The compiled axioms look inside an expression (`A SubClassOf p only B` becomes one rule) and never
derive that something is an instance of the expression's own node. A query of the entailment regimes
may ask for exactly that (`?x a [ owl:onProperty :p ; owl:someValuesFrom :B ]`), and table 9 may
derive further axioms between expressions. These rules use the node as the class, as the tables of
OWL 2 RL/RDF do.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Variable

from kg.namespaces import RDF
from kg.reasoning.axioms.builder import RuleBuilder
from kg.reasoning.axioms.class_expressions import (
    EXPRESSION_PREDICATES,
    Alternative,
    Consequence,
    ExpressionReader,
)
from kg.reasoning.axioms.fixed_rules import parse_rules
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part
from kg.reasoning.rules.patterns import Atom, Expression, Term
from kg.reasoning.rules.rule import Rule

_ANONYMOUS: Final = "anonymous"
_CLASSES: Final = (Variable("c"), Variable("d"))
_CLASS_RULES: Final = """
cax-sco: ?c rdfs:subClassOf ?d . ?x rdf:type ?c -> ?x rdf:type ?d
    An instance of a class is one of every class around it.
    某类的实例亦为其上位类的实例。
cax-sco-Thing: ?c rdfs:subClassOf owl:Thing . ?x rdf:type ?c -> ?x rdf:type owl:Thing
    An instance of a class is a thing.
    某类的实例皆为事物。
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
                builder.begin_axiom(node, predicate, value)
                name = rule_name_part(node) if isinstance(node, NamedNode) else _ANONYMOUS
                # Most expressions compile in one direction only. The axiom that needs the other
                # direction reports the failure.
                builder.add_definition(builder.new_reader(_NodeReader), node, name, "cls-int2")
    nodes = {node for each in EXPRESSION_PREDICATES for node, _ in graph.subjects_and_objects(each)}
    has_named = any(isinstance(node, NamedNode) for node in nodes)
    return [
        *(
            rule if has_named and rule.name == "cax-sco" else _for_anonymous(rule)
            for rule in parse_rules("OWL 2 RL", _CLASS_RULES)
        ),
        *builder.rules(),
    ]


def _for_anonymous(rule: Rule) -> Rule:
    """Restrict a rule to anonymous classes, since the axioms of others have rules of their own.

    Every derivation and contradiction would be found twice otherwise. That a class with a name is
    within another one may follow without any axiom about it only if an expression has a name, or if
    it is the class of all things.
    """
    if rule.name == "cax-sco-Thing":
        return rule
    classes = [variable for variable in _CLASSES if any(variable in atom for atom in rule.body)]
    tests = [Expression("isBlank", (variable,)) for variable in classes]
    return replace(rule, filters=(tests[0] if len(tests) == 1 else Expression("||", (*tests,)),))


class _NodeReader(ExpressionReader):
    """Reads one expression without looking inside its unnamed parts."""

    def alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """Return, for an unnamed part, the single pattern of being an instance of its node."""
        if isinstance(node, BlankNode):
            return [Alternative((Atom(variable, RDF["type"], node),), (_ANONYMOUS,))]
        return super().alternatives(node, variable)

    def consequences(self, node: Term, variable: Variable) -> list[Consequence]:
        """Return, for an unnamed part, the single consequence of being an instance of its node."""
        if isinstance(node, BlankNode):
            head = Atom(variable, RDF["type"], node)
            return [Consequence("", head, Alternative(names=(_ANONYMOUS,)))]
        return super().consequences(node, variable)
