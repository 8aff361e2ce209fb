"""OWL class expressions -> patterns: what must hold of an instance, and what follows of one.

Source: OWL 2 Profiles, section 4.2.3 (what a subclass and a superclass expression may be in the
RL profile) and tables 6 and 7 (the rules by name).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.axioms.graph import OntologyGraph, local_name
from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF
from kg.rules.patterns import Atom, Term


@dataclass(frozen=True)
class Alternative:
    """One way to be an instance: patterns, and variables that must be certain individuals."""

    atoms: tuple[Atom, ...] = ()
    names: tuple[str, ...] = ()
    bound: dict[Variable, Term] = field(default_factory=dict)

    def joined(self, other: "Alternative") -> "Alternative | None":
        """Both at once, or None where they ask for two individuals in one place."""
        clash = any(other.bound.get(key, term) != term for key, term in self.bound.items())
        if clash:
            return None
        names = self.names + other.names
        return Alternative(self.atoms + other.atoms, names, self.bound | other.bound)


@dataclass(frozen=True)
class Consequence:
    """What follows of an instance: a head (None: a contradiction), given further patterns."""

    kind: str
    names: tuple[str, ...]
    head: Atom | None
    atoms: tuple[Atom, ...] = ()


def body_kind(graph: OntologyGraph, node: Term) -> str | None:
    """The OWL 2 RL rule by which something is an instance of this expression, by name."""
    kinds = {
        OWL["intersectionOf"]: "cls-int1",
        OWL["unionOf"]: "cls-uni",
        OWL["oneOf"]: "cls-oo",
        OWL["someValuesFrom"]: "cls-svf1",
        OWL["hasValue"]: "cls-hv2",
    }
    if isinstance(node, NamedNode):
        return None
    return next((kind for key, kind in kinds.items() if graph.objects(node, key)), None)


class ExpressionReader:
    """Reads expressions of one axiom, drawing new variables as it goes."""

    def __init__(self, graph: OntologyGraph, fresh: Iterator[Variable]) -> None:
        self._graph, self._fresh = graph, fresh

    def alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """The ways for the variable to be an instance of the expression.

        Raises:
            UnsupportedAxiom: no pattern says so, as of a complement.
        """
        graph = self._graph
        if isinstance(node, NamedNode):
            return self._named(node, variable)
        for members in graph.objects(node, OWL["intersectionOf"]):
            return self._conjunction(graph.items(members), variable)
        for members in graph.objects(node, OWL["unionOf"]):
            parts = graph.items(members)
            return [way for part in parts for way in self.alternatives(part, variable)]
        for members in graph.objects(node, OWL["oneOf"]):
            return [
                Alternative((), (local_name(item),), {variable: item})
                for item in graph.items(members)
            ]
        for property_ in graph.objects(node, OWL["onProperty"]):
            return self._restriction(node, property_, variable)
        raise UnsupportedAxiom(graph.text(node), "not a subclass expression of OWL 2 RL")

    def _named(self, name: NamedNode, variable: Variable) -> list[Alternative]:
        if name == OWL["Thing"]:
            return [Alternative((), ("Thing",))]
        if self._graph.is_datatype(name):
            raise UnsupportedAxiom(
                self._graph.text(name), "a datatype; literals are not classified"
            )
        return [Alternative((Atom(variable, RDF["type"], name),), (local_name(name),))]

    def _conjunction(self, parts: list[Term], variable: Variable) -> list[Alternative]:
        ways = [Alternative()]
        for part in parts:
            further = self.alternatives(part, variable)
            both = [first.joined(second) for first in ways for second in further]
            ways = [way for way in both if way is not None]
        return ways

    def _restriction(self, node: Term, property_: Term, variable: Variable) -> list[Alternative]:
        graph = self._graph
        for value in graph.objects(node, OWL["hasValue"]):
            atom, name = graph.property_atom(property_, variable, value)
            return [Alternative((atom,), (name, local_name(value)))]
        for filler in graph.objects(node, OWL["someValuesFrom"]):
            other = next(self._fresh)
            atom, name = graph.property_atom(property_, variable, other)
            return [
                Alternative((atom, *way.atoms), (name, *way.names), way.bound)
                for way in self.alternatives(filler, other)
            ]
        if Literal("true", datatype=_BOOLEAN) in graph.objects(node, OWL["hasSelf"]):
            atom, name = graph.property_atom(property_, variable, variable)
            return [Alternative((atom,), (name, "self"))]
        raise UnsupportedAxiom(graph.text(node), "not a subclass expression of OWL 2 RL")

    def consequences(
        self, node: Term, variable: Variable
    ) -> tuple[list[Consequence], list[UnsupportedAxiom]]:
        """What follows of an instance, and the parts of the expression that no rule can say."""
        graph = self._graph
        if isinstance(node, NamedNode):
            return self._named_consequences(node, variable)
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
            return self._restricted_consequences(node, variable)
        except UnsupportedAxiom as error:
            return [], [error]

    def _named_consequences(
        self, name: NamedNode, variable: Variable
    ) -> tuple[list[Consequence], list[UnsupportedAxiom]]:
        if name == OWL["Thing"]:
            return [], []
        if name == OWL["Nothing"]:
            return [Consequence("cls-nothing2", ("Nothing",), None)], []
        if self._graph.is_datatype(name):
            reason = "a datatype; literals are not classified"
            return [], [UnsupportedAxiom(self._graph.text(name), reason)]
        head = Atom(variable, RDF["type"], name)
        return [Consequence("", (local_name(name),), head)], []

    def _complement(self, node: Term, variable: Variable) -> list[Consequence]:
        negated = self._graph.objects(node, OWL["complementOf"])[0]
        ways = self.alternatives(negated, variable)
        if any(way.bound for way in ways):
            raise UnsupportedAxiom(self._graph.text(node), "the complement of individuals")
        return [Consequence("cls-com", ("not", *way.names), None, way.atoms) for way in ways]

    def _restricted_consequences(
        self, node: Term, variable: Variable
    ) -> tuple[list[Consequence], list[UnsupportedAxiom]]:
        graph = self._graph
        property_: Term = next(iter(graph.objects(node, OWL["onProperty"])), BlankNode())
        for value in graph.objects(node, OWL["hasValue"]):
            atom, name = graph.property_atom(property_, variable, value)
            return [Consequence("cls-hv1", (name, local_name(value)), atom)], []
        for filler in graph.objects(node, OWL["allValuesFrom"]):
            other = next(self._fresh)
            atom, name = graph.property_atom(property_, variable, other)
            inner, refused = self.consequences(filler, other)
            return [
                Consequence("cls-avf", (name, *each.names), each.head, (atom, *each.atoms))
                for each in inner
            ], refused
        raise UnsupportedAxiom(graph.text(node), "not a superclass expression of OWL 2 RL")


_BOOLEAN = NamedNode("http://www.w3.org/2001/XMLSchema#boolean")
