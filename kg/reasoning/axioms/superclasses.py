"""OWL class expressions -> what follows of an instance.

Source: OWL 2 Profiles, section 4.2.3 (what a superclass expression may be in the RL profile) and
table 6 (the rules by name).
"""

from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD
from kg.reasoning.axioms.data_ranges import range_condition
from kg.reasoning.axioms.ontology_graph import local_name
from kg.reasoning.axioms.subclasses import Alternative, Consequence, SubclassReader, at_most_one
from kg.reasoning.rules.datatypes import is_of
from kg.reasoning.rules.patterns import Atom, Filter, Term
from kg.reasoning.rules.values import number as value_of

# What follows, and the parts of the expression that no rule can say.
Consequences = tuple[list[Consequence], list[UnsupportedAxiom]]

_TRIVIAL: Final = frozenset({OWL["Thing"], RDFS["Resource"]})
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
_CARDINALITIES: Final = ("max", "min", "")


class ExpressionReader(SubclassReader):
    """Reads the expressions of one axiom on both of its sides."""

    def consequences(self, node: Term, variable: Variable) -> Consequences:
        """What follows of an instance, and the parts of the expression that no rule can say."""
        if node in _TRIVIAL:
            return [], []
        if node == OWL["Nothing"]:
            return [Consequence("cls-nothing2", ("Nothing",), None)], []
        if self._graph.is_datatype(node):
            reason = "a datatype; literals are not classified"
            return [], [UnsupportedAxiom(self._graph.text(node), reason)]
        if isinstance(node, NamedNode):
            head = Atom(variable, RDF["type"], node)
            return [Consequence("", (local_name(node),), head)], []
        return self.described_consequences(node, variable)

    def described_consequences(self, node: Term, variable: Variable) -> Consequences:
        """The same, by what is said of the node, though it may have a name."""
        graph = self._graph
        found: list[Consequence] = []
        refused: list[UnsupportedAxiom] = []
        for members in graph.objects(node, OWL["intersectionOf"]):
            for part in graph.items(members):
                more, refusals = self.consequences(part, variable)
                found += more
                refused += refusals
            return found, refused
        try:
            if graph.objects(node, OWL["complementOf"]):
                return self._complement(node, variable), []
            return self._restricted(node, variable)
        except UnsupportedAxiom as error:
            return [], [error]

    def value_consequences(self, node: Term, variable: Variable) -> Consequences:
        """The same of a value, which may be a literal: outside of a data range it contradicts."""
        if not self._graph.is_datatype(node):
            return self.consequences(node, variable)
        if node == RDFS["Literal"]:
            return [], []
        try:
            condition, names = range_condition(self._graph, node, variable)
        except UnsupportedAxiom as error:
            return [], [error]
        outside = Filter("!", (condition,))
        return [Consequence("", names, None, (), (outside,))], []

    def _complement(self, node: Term, variable: Variable) -> list[Consequence]:
        negated = self._graph.objects(node, OWL["complementOf"])[0]
        ways = self.alternatives(negated, variable)
        nothing = Consequence("cls-com", (), None)
        return [nothing.after("cls-com", _denied(way)) for way in ways]

    def _restricted(self, node: Term, variable: Variable) -> Consequences:
        graph = self._graph
        property_: Term = next(iter(graph.objects(node, OWL["onProperty"])), BlankNode())
        for value in graph.objects(node, OWL["hasValue"]):
            atom, name = graph.property_atom(property_, variable, value)
            return [Consequence("cls-hv1", (name, local_name(value)), atom)], []
        for filler in graph.objects(node, OWL["allValuesFrom"]):
            other = self.new_variable()
            atom, name = graph.property_atom(property_, variable, other)
            inner, refused = self.value_consequences(filler, other)
            way = Alternative((atom,), (name,))
            return [each.after("cls-avf", way) for each in inner], refused
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            atom, name = graph.property_atom(property_, variable, variable)
            return [Consequence("", (name, "self"), atom)], []
        for word in _CARDINALITIES:
            for is_qualified in (False, True):
                for number in graph.objects(node, _cardinality(word, is_qualified=is_qualified)):
                    return self._counted(node, property_, variable, number, word)
        raise UnsupportedAxiom(
            graph.described_text(node), "not a superclass expression of OWL 2 RL"
        )

    def _counted(
        self, node: Term, property_: Term, variable: Variable, number: Term, word: str
    ) -> Consequences:
        """What at most none or at most one says; at least one is beyond rules."""
        graph = self._graph
        if not is_of(number, XSD["nonNegativeInteger"]):
            raise UnsupportedAxiom(graph.text(node), "no number that counts")
        count = int(value_of(number) or 0)
        if count > 1 or (word == "min" and count):
            raise UnsupportedAxiom(
                graph.described_text(node), "not a superclass expression of OWL 2 RL"
            )
        if word == "min":
            return [], []
        found = self._at_most(node, property_, variable, count)
        if word or not count:
            return found, []
        return found, [UnsupportedAxiom(graph.text(node), "that there is one at all")]

    def _at_most(
        self, node: Term, property_: Term, variable: Variable, count: int
    ) -> list[Consequence]:
        graph, filler = self._graph, self._graph.filler(node)
        kind = _kind_of_count(filler, count, is_qualified=graph.is_qualified(node))
        values = [self.new_variable() for _ in range(count + 1)]
        ways = [Alternative()]
        for value in values:
            atom, name = graph.property_atom(property_, variable, value)
            further = [
                Alternative((atom, *way.atoms), (name, *way.names), way.bound, way.filters)
                for way in self.values(filler, value)
            ]
            ways = [both for one in ways for way in further if (both := one.joined(way))]
        verdicts = [Consequence("", (), None)]
        if count:
            verdicts = at_most_one(graph, property_, *values)
            # Literals are in no class but owl:Thing, individuals in no data range.
            if filler != OWL["Thing"]:
                is_about_literals = graph.is_datatype(filler)
                verdicts = [each for each in verdicts if (each.head is None) == is_about_literals]
        return [each.after(kind, _counting(way, count)) for way in ways for each in verdicts]


def _cardinality(word: str, *, is_qualified: bool) -> NamedNode:
    name = f"{word}{'Qualified' if is_qualified else ''}Cardinality"
    return OWL[f"{name[0].lower()}{name[1:]}"]


def _kind_of_count(filler: Term, count: int, *, is_qualified: bool) -> str:
    """The rule of table 6: with a filler, owl:Thing as one or none."""
    if not is_qualified:
        return f"cls-maxc{count + 1}"
    return f"cls-maxqc{2 * count + (2 if filler == OWL['Thing'] else 1)}"


def _counting(way: Alternative, count: int) -> Alternative:
    # The names of one value are enough: those of the others are the same.
    names = way.names[: len(way.names) // (count + 1)]
    return Alternative(way.atoms, ("max", str(count), *names), way.bound, way.filters)


def _denied(way: Alternative) -> Alternative:
    return Alternative(way.atoms, ("not", *way.names), way.bound, way.filters)
