"""Class expressions without a name as classes with instances, for data that asks about them.

The compiled axioms go through an expression (`A SubClassOf p only B` becomes one rule) and never
say that something is an instance of its node. Where the ontology is among the facts, a question
may ask for just that (`?x a [ owl:onProperty :p ; owl:someValuesFrom :B ]`), and an axiom between
expressions may follow from others by table 9. These rules say it as the tables of OWL 2 RL/RDF
do, with the node as the class.

Source: OWL 2 Profiles, section 4.3, tables 6 and 7.
"""

from collections.abc import Iterable
from typing import Final

from pyoxigraph import BlankNode, NamedNode, Quad, Variable

from kg.axioms.builder import RuleBuilder, X
from kg.axioms.fixed_rules import FixedRule
from kg.axioms.graph import OntologyGraph, variable_names
from kg.axioms.index import local_name
from kg.axioms.subclasses import EXPRESSIONS, body_kind
from kg.axioms.superclasses import Consequences, ExpressionReader
from kg.axioms.ways import Alternative, Consequence
from kg.namespaces import RDF
from kg.reasoning.rules.patterns import Atom, Term
from kg.reasoning.rules.rule import Rule

_BETWEEN_CLASSES: Final = (
    FixedRule(
        "cax-sco",
        "?x rdf:type ?d",
        "?c rdfs:subClassOf ?d . ?x rdf:type ?c",
        "An instance of a class is one of every class around it.",
        "某类的实例亦为其上位类的实例。",
    ),
    FixedRule(
        "cax-eqc1",
        "?x rdf:type ?d",
        "?c owl:equivalentClass ?d . ?x rdf:type ?c",
        "An instance of a class is one of every equivalent class.",
        "某类的实例亦为其等价类的实例。",
    ),
    FixedRule(
        "cax-eqc2",
        "?x rdf:type ?c",
        "?c owl:equivalentClass ?d . ?x rdf:type ?d",
        "An instance of an equivalent class is one of the class.",
        "等价类的实例亦为该类的实例。",
    ),
    FixedRule(
        "prp-dom",
        "?x rdf:type ?c",
        "?p rdfs:domain ?c . ?x ?p ?y",
        "What has a property is in its domain.",
        "凡具有某属性者，皆属其定义域。",
    ),
    FixedRule(
        "prp-rng",
        "?y rdf:type ?c",
        "?p rdfs:range ?c . ?x ?p ?y",
        "What is a value of a property is in its range.",
        "凡为某属性之值者，皆属其值域。",
    ),
    FixedRule(
        "cax-dw",
        "",
        "?c owl:disjointWith ?d . ?x rdf:type ?c . ?x rdf:type ?d",
        "It cannot be that something is an instance of two disjoint classes.",
        "任何事物不可能同时为两个不相交类的实例。",
    ),
)
_NAME: Final = "anonymous"


class _NodeReader(ExpressionReader):
    """Reads one expression, to whose parts without a name it does not go down."""

    def alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """An instance of a part is one of its node."""
        if isinstance(node, BlankNode):
            return [Alternative((Atom(variable, RDF["type"], node),), (_NAME,))]
        return super().alternatives(node, variable)

    def consequences(self, node: Term, variable: Variable) -> Consequences:
        """An instance of a part is one of its node."""
        if isinstance(node, BlankNode):
            return [Consequence("", (_NAME,), Atom(variable, RDF["type"], node))], []
        return super().consequences(node, variable)


def anonymous_class_rules(ontology: Iterable[Quad]) -> list[Rule]:
    """Who fits an expression is an instance of its node, and an instance of the node fits it.

    They come on top of the compiled axioms. Not seen is a key of, or a group of disjoint classes
    with, an expression that holds by its node alone (`A SubClassOf p some B`, a key of
    `p some B`).

    Args:
        ontology: its quads, which must be among the facts as well: blank nodes in the rules are
            those of the quads.

    Raises:
        UnsupportedAxiom: an expression or list that is part of itself.
    """
    graph = OntologyGraph(ontology)
    builder = RuleBuilder(graph)
    for key in EXPRESSIONS:
        for node, value in graph.pairs(key):
            if not graph.is_datatype(node):
                builder.start_description(node, key, value)
                _describe(builder, node)
    return [*(each.rule("OWL 2 RL") for each in _BETWEEN_CLASSES), *builder.rules()]


def _describe(builder: RuleBuilder, node: Term) -> None:
    graph = builder.graph
    fresh = (variable for variable in variable_names() if variable != X)
    reader, is_instance = _NodeReader(graph, fresh), Atom(X, RDF["type"], node)
    name = local_name(node) if isinstance(node, NamedNode) else _NAME
    # One side is all that most expressions have; the axiom that lacks the other lists it.
    with builder.refusing():
        found = Consequence("", (name,), is_instance)
        kind = body_kind(graph, node) or "cax-sco"
        builder.follow(kind, reader.described(node, X), ([found], []))
    with builder.refusing():
        way = Alternative((is_instance,), (name,))
        builder.follow("cls-int2", [way], reader.described_consequences(node, X))
