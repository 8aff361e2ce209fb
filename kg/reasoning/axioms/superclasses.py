"""Compile an OWL class expression to what follows for its instances.

Source: OWL 2 Profiles, section 4.2.3 (the superclass expressions of the RL profile), and table 6
(the rule names).
"""

from dataclasses import replace
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
    join_all,
)
from kg.reasoning.rules.datatypes import is_in_datatype
from kg.reasoning.rules.patterns import Atom, Expression, Term
from kg.reasoning.rules.values import numeric_value

# What follows, and the parts of the expression that no rule can express.
Consequences = tuple[list[Consequence], list[UnsupportedAxiom]]

_TRIVIAL: Final = frozenset({OWL["Thing"], RDFS["Resource"]})
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
_NOT_IN_PROFILE: Final = "not a superclass expression of OWL 2 RL"
_CARDINALITIES: Final = {
    "maxCardinality": "max",
    "maxQualifiedCardinality": "max",
    "minCardinality": "min",
    "minQualifiedCardinality": "min",
    "cardinality": "exactly",
    "qualifiedCardinality": "exactly",
}


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
        contradiction = Consequence("cls-com", (), None)
        return [
            contradiction.with_body("cls-com", replace(way, names=("not", *way.names)))
            for way in self.alternatives(negated, variable)
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
        for key, word in _CARDINALITIES.items():
            for number in graph.objects(node, OWL[key]):
                return self._cardinality(node, property_, variable, number, word)
        raise UnsupportedAxiom(graph.expression_to_manchester(node), _NOT_IN_PROFILE)

    def _cardinality(
        self, node: Term, property_: Term, variable: Variable, number: Term, word: str
    ) -> Consequences:
        """Return the consequences of at most 0 or 1 values; no rule can express at least 1."""
        graph = self._graph
        if not is_in_datatype(number, XSD["nonNegativeInteger"]):
            raise UnsupportedAxiom(graph.to_manchester(node), "expected a non-negative integer")
        count = int(numeric_value(number) or 0)
        if count > 1 or (word == "min" and count):
            raise UnsupportedAxiom(graph.expression_to_manchester(node), _NOT_IN_PROFILE)
        if word == "min":
            return [], []
        consequences = self._at_most(node, property_, variable, count)
        if word == "max" or not count:
            return consequences, []
        # An exact cardinality of 1 also requires a value, which no rule can create.
        error = UnsupportedAxiom(graph.to_manchester(node), "at least one value has to exist")
        return consequences, [error]

    def _at_most(
        self, node: Term, property_: Term, variable: Variable, count: int
    ) -> list[Consequence]:
        graph, filler = self._graph, self._graph.filler(node)
        kind = _max_cardinality_kind(filler, count, is_qualified=graph.is_qualified(node))
        values = [self.new_variable() for _ in range(count + 1)]
        ways = join_all(self.with_value(property_, variable, value, filler) for value in values)
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
        # All values have the same names, so the rule is named after those of one value.
        named = [
            replace(way, names=("max", str(count), *way.names[: len(way.names) // (count + 1)]))
            for way in ways
        ]
        return [each.with_body(kind, way) for way in named for each in consequences]


def _max_cardinality_kind(filler: Term, count: int, *, is_qualified: bool) -> str:
    """Return the rule's name in table 6; a filler of owl:Thing has rules of its own there."""
    if not is_qualified:
        return f"cls-maxc{count + 1}"
    return f"cls-maxqc{2 * count + (2 if filler == OWL['Thing'] else 1)}"
