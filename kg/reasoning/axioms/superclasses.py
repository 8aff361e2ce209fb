"""Compile an OWL class expression to what follows for its instances.

Source: OWL 2 Profiles, section 4.2.3 (the superclass expressions of the RL profile), and table 6
(the rule names).
"""

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD
from kg.reasoning.axioms.data_ranges import compile_data_range
from kg.reasoning.axioms.ontology_graph import rule_name_part
from kg.reasoning.axioms.subclasses import (
    Alternative,
    Consequence,
    SubclassReader,
    at_most_one_consequences,
)
from kg.reasoning.rules.datatypes import is_in_datatype
from kg.reasoning.rules.patterns import Atom, Expression, Term
from kg.reasoning.rules.values import numeric_value as value_of

# What follows, and the parts of the expression that no rule can express.
Consequences = tuple[list[Consequence], list[UnsupportedAxiom]]

_TRIVIAL: Final = frozenset({OWL["Thing"], RDFS["Resource"]})
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
# Prefixes of the cardinality predicates; the empty one stands for an exact cardinality.
_CARDINALITIES: Final = ("max", "min", "")


class ExpressionReader(SubclassReader):
    """Reads the expressions of one axiom, both as a subclass and as a superclass."""

    def consequences(self, node: Term, variable: Variable) -> Consequences:
        """Return what follows for an instance, and the parts that no rule can express."""
        if node in _TRIVIAL:
            return [], []
        if node == OWL["Nothing"]:
            return [Consequence("cls-nothing2", ("Nothing",), None)], []
        if self._graph.is_datatype(node):
            reason = "expected a class, got a datatype; literals are not classified"
            return [], [UnsupportedAxiom(self._graph.to_manchester(node), reason)]
        if isinstance(node, NamedNode):
            head = Atom(variable, RDF["type"], node)
            return [Consequence("", (rule_name_part(node),), head)], []
        return self.expression_consequences(node, variable)

    def expression_consequences(self, node: Term, variable: Variable) -> Consequences:
        """Return the consequences of the expression written on the node, even of a named node."""
        graph = self._graph
        consequences: list[Consequence] = []
        unsupported: list[UnsupportedAxiom] = []
        for members in graph.objects(node, OWL["intersectionOf"]):
            for part in graph.list_members(members):
                of_part, unsupported_in_part = self.consequences(part, variable)
                consequences += of_part
                unsupported += unsupported_in_part
            return consequences, unsupported
        try:
            if graph.objects(node, OWL["complementOf"]):
                return self._complement(node, variable), []
            return self._restriction_consequences(node, variable)
        except UnsupportedAxiom as error:
            return [], [error]

    def value_consequences(self, node: Term, variable: Variable) -> Consequences:
        """Return the consequences for a value of a property, which may be a literal.

        A literal outside a data range is a contradiction.
        """
        if not self._graph.is_datatype(node):
            return self.consequences(node, variable)
        if node == RDFS["Literal"]:
            return [], []
        try:
            condition, names = compile_data_range(self._graph, node, variable)
        except UnsupportedAxiom as error:
            return [], [error]
        outside = Expression("!", (condition,))
        return [Consequence("", names, None, (), (outside,))], []

    def _complement(self, node: Term, variable: Variable) -> list[Consequence]:
        negated = self._graph.objects(node, OWL["complementOf"])[0]
        alternatives = self.alternatives(negated, variable)
        contradiction = Consequence("cls-com", (), None)
        return [
            contradiction.with_body("cls-com", _name_as_negated(alternative))
            for alternative in alternatives
        ]

    def _restriction_consequences(self, node: Term, variable: Variable) -> Consequences:
        graph = self._graph
        property_: Term = next(iter(graph.objects(node, OWL["onProperty"])), BlankNode())
        for value in graph.objects(node, OWL["hasValue"]):
            atom, name = graph.property_atom(property_, variable, value)
            return [Consequence("cls-hv1", (name, rule_name_part(value)), atom)], []
        for filler in graph.objects(node, OWL["allValuesFrom"]):
            value_variable = self.new_variable()
            atom, name = graph.property_atom(property_, variable, value_variable)
            of_value, unsupported = self.value_consequences(filler, value_variable)
            has_value = Alternative((atom,), (name,))
            return [effect.with_body("cls-avf", has_value) for effect in of_value], unsupported
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            atom, name = graph.property_atom(property_, variable, variable)
            return [Consequence("", (name, "self"), atom)], []
        for bound in _CARDINALITIES:
            for is_qualified in (False, True):
                predicate = _cardinality_predicate(bound, is_qualified=is_qualified)
                for number in graph.objects(node, predicate):
                    return self._cardinality(node, property_, variable, number, bound)
        raise UnsupportedAxiom(
            graph.expression_to_manchester(node), "not a superclass expression of OWL 2 RL"
        )

    def _cardinality(
        self, node: Term, property_: Term, variable: Variable, number: Term, bound: str
    ) -> Consequences:
        """Return the consequences of at most 0 or 1 values; no rule can express at least 1."""
        graph = self._graph
        if not is_in_datatype(number, XSD["nonNegativeInteger"]):
            raise UnsupportedAxiom(graph.to_manchester(node), "expected a non-negative integer")
        count = int(value_of(number) or 0)
        if count > 1 or (bound == "min" and count):
            raise UnsupportedAxiom(
                graph.expression_to_manchester(node), "not a superclass expression of OWL 2 RL"
            )
        if bound == "min":
            return [], []
        consequences = self._at_most(node, property_, variable, count)
        if bound or not count:
            return consequences, []
        # An exact cardinality of 1 also requires a value, which no rule can create.
        return consequences, [
            UnsupportedAxiom(graph.to_manchester(node), "at least one value has to exist")
        ]

    def _at_most(
        self, node: Term, property_: Term, variable: Variable, count: int
    ) -> list[Consequence]:
        graph, filler = self._graph, self._graph.filler(node)
        kind = _max_cardinality_kind(filler, count, is_qualified=graph.is_qualified(node))
        values = [self.new_variable() for _ in range(count + 1)]
        alternatives = [Alternative()]
        for value in values:
            atom, name = graph.property_atom(property_, variable, value)
            of_value = [
                Alternative(
                    (atom, *alternative.atoms),
                    (name, *alternative.names),
                    alternative.bound,
                    alternative.filters,
                )
                for alternative in self.value_alternatives(filler, value)
            ]
            alternatives = [
                joined
                for left in alternatives
                for right in of_value
                if (joined := left.join(right))
            ]
        consequences = [Consequence("", (), None)]
        if count:
            consequences = at_most_one_consequences(graph, property_, *values)
            # Literals are in no class but owl:Thing, individuals in no data range.
            if filler != OWL["Thing"]:
                is_about_literals = graph.is_datatype(filler)
                consequences = [
                    consequence
                    for consequence in consequences
                    if (consequence.head is None) == is_about_literals
                ]
        return [
            consequence.with_body(kind, _name_as_max(alternative, count))
            for alternative in alternatives
            for consequence in consequences
        ]


def _cardinality_predicate(bound: str, *, is_qualified: bool) -> NamedNode:
    name = f"{bound}{'Qualified' if is_qualified else ''}Cardinality"
    return OWL[f"{name[0].lower()}{name[1:]}"]


def _max_cardinality_kind(filler: Term, count: int, *, is_qualified: bool) -> str:
    """Return the rule's name in table 6; a filler of owl:Thing has rules of its own there."""
    if not is_qualified:
        return f"cls-maxc{count + 1}"
    return f"cls-maxqc{2 * count + (2 if filler == OWL['Thing'] else 1)}"


def _name_as_max(alternative: Alternative, count: int) -> Alternative:
    # All values have the same names, so the name of the rule needs those of one value only.
    names = alternative.names[: len(alternative.names) // (count + 1)]
    return Alternative(
        alternative.atoms, ("max", str(count), *names), alternative.bound, alternative.filters
    )


def _name_as_negated(alternative: Alternative) -> Alternative:
    return Alternative(
        alternative.atoms, ("not", *alternative.names), alternative.bound, alternative.filters
    )
