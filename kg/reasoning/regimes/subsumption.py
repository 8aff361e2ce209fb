"""Rules by which the classes of an ontology are within a described one that is written alike.

OWL 2 RL says nothing of cardinalities, complements or undeclared classes as parts of one another.
As rules for all pairs of classes this would be quadratic in an ontology with the same restriction
in thousands of places; for the few classes of a query it is not.

Source: OWL 2 RDF-Based Semantics, tables 5.6 and 5.9, of which each row defines the same class for
the same parts.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.namespaces import OWL, RDFS
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.rules.patterns import Atom, Expression, Term
from kg.reasoning.rules.rule import Rule

_CLASS: Final = Variable("c")
_NUMBER: Final = Variable("n")
_ON_PROPERTY: Final = OWL["onProperty"]
_SAME_PARTS: Final = ("someValuesFrom", "allValuesFrom", "hasValue", "hasSelf")
# A number in the described class -> the comparison, and where a number of a narrower class stands.
_NUMBERS: Final[Mapping[NamedNode, tuple[str, tuple[NamedNode, ...]]]] = {
    OWL["minCardinality"]: (">=", (OWL["minCardinality"], OWL["cardinality"])),
    OWL["maxCardinality"]: ("<=", (OWL["maxCardinality"], OWL["cardinality"])),
    OWL["minQualifiedCardinality"]: (
        ">=",
        (OWL["minQualifiedCardinality"], OWL["qualifiedCardinality"]),
    ),
    OWL["maxQualifiedCardinality"]: (
        "<=",
        (OWL["maxQualifiedCardinality"], OWL["qualifiedCardinality"]),
    ),
}


def subsumption_rules(graph: OntologyGraph) -> list[Rule]:
    """Return rules for each expression in the graph, whose blank nodes must be among the facts."""
    rules: list[Rule] = []
    for node, property_ in graph.subjects_and_objects(_ON_PROPERTY):
        on_property = Atom(_CLASS, _ON_PROPERTY, property_)
        for name in _SAME_PARTS:
            rules += (
                _same(node, Atom(_CLASS, OWL[name], part), on_property)
                for part in graph.objects(node, OWL[name])
            )
        rules += _number_rules(graph, node, on_property)
        for inverted in graph.objects(property_, OWL["inverseOf"]):
            if isinstance(property_, BlankNode):
                rules.append(_same_inverse(property_, inverted))
    for node, negated in graph.subjects_and_objects(OWL["complementOf"]):
        rules.append(_same(node, Atom(_CLASS, OWL["complementOf"], negated)))
    return [
        Rule(f"described-{number}", rule.head, rule.body, rule.filters)
        for number, rule in enumerate(rules, start=1)
    ]


def _same(node: Term, *body: Atom) -> Rule:
    """Return the rule that a class with the same parts is the same."""
    sub_class = RDFS["subClassOf"]
    return Rule("", (Atom(_CLASS, sub_class, node), Atom(node, sub_class, _CLASS)), body)


def _same_inverse(node: Term, inverted: Term) -> Rule:
    """Return the rule that all inverses of one property are the same."""
    sub_property, other = RDFS["subPropertyOf"], Variable("p")
    head = (Atom(other, sub_property, node), Atom(node, sub_property, other))
    return Rule("", head, (Atom(other, OWL["inverseOf"], inverted),))


def _number_rules(graph: OntologyGraph, node: Term, on_property: Atom) -> Iterator[Rule]:
    """Yield the rules that more is "at least" less, and less is "at most" more."""
    fillers = [
        Atom(_CLASS, predicate, filler)
        for predicate in (OWL["onClass"], OWL["onDataRange"])
        for filler in graph.objects(node, predicate)
    ]
    for predicate, (comparison, others) in _NUMBERS.items():
        for number in graph.objects(node, predicate):
            if not isinstance(number, Literal):
                continue
            for other in others:
                yield Rule(
                    "",
                    (Atom(_CLASS, RDFS["subClassOf"], node),),
                    (Atom(_CLASS, other, _NUMBER), on_property, *fillers),
                    (Expression(comparison, (_NUMBER, number)),),
                )
