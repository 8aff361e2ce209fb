"""What an expression amounts to: ways to be an instance, and consequences of being one.

OWL class expressions -> the patterns under which something is an instance.

Source: OWL 2 Profiles, section 4.2.3 (what a subclass expression may be in the RL profile) and
tables 6 and 7 (the rules by name).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, XSD
from kg.reasoning.axioms.data_ranges import range_condition
from kg.reasoning.axioms.ontology_graph import OntologyGraph, local_name
from kg.reasoning.rules.datatypes import are_one_value
from kg.reasoning.rules.patterns import Atom, Filter, Term


@dataclass(frozen=True)
class Alternative:
    """One way to be an instance: patterns, filters, variables that must be certain individuals."""

    atoms: tuple[Atom, ...] = ()
    names: tuple[str, ...] = ()
    bound: Mapping[Variable, Term] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()

    def joined(self, other: "Alternative") -> "Alternative | None":
        """Both at once, or None where they ask for two individuals in one place."""
        clash = any(other.bound.get(key, term) != term for key, term in self.bound.items())
        if clash:
            return None
        return Alternative(
            self.atoms + other.atoms,
            self.names + other.names,
            {**self.bound, **other.bound},
            self.filters + other.filters,
        )


@dataclass(frozen=True)
class Consequence:
    """What follows of an instance: a head (None: a contradiction), given what else must hold.

    `kind` is the OWL 2 RL rule by which it follows; empty where the axiom's own says it.
    """

    kind: str
    names: tuple[str, ...]
    head: Atom | None
    atoms: tuple[Atom, ...] = ()
    filters: tuple[Filter, ...] = ()
    bound: Mapping[Variable, Term] = field(default_factory=dict)

    def after(self, kind: str, way: Alternative) -> "Consequence":
        """The same of what is an instance in this way only."""
        return Consequence(
            kind,
            (*way.names, *self.names),
            self.head,
            way.atoms + self.atoms,
            way.filters + self.filters,
            {**way.bound, **self.bound},
        )


def at_most_one(
    graph: OntologyGraph, property_: Term, one: Variable, other: Variable
) -> list[Consequence]:
    """What follows of two values where only one can be: one individual, or no such literals.

    Two individuals are the same (`owl:sameAs`); two literals that are not one value contradict
    one another, as by dt-diff and eq-diff1; literals of one value are no news.
    """
    found = []
    if graph.may_relate_individuals(property_):
        same = Atom(one, OWL["sameAs"], other)
        found.append(Consequence("", (), same, (), (Filter("!=", (one, other)),)))
    if graph.may_have_literals(property_):
        differ = Filter("!", (Filter("dt-eq", (one, other)),))
        found.append(Consequence("", (), None, (), (differ,)))
    return found


EXPRESSIONS: Final = tuple(
    OWL[name] for name in ("intersectionOf", "unionOf", "complementOf", "oneOf", "onProperty")
)
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
_AT_LEAST: Final = (OWL["minCardinality"], OWL["minQualifiedCardinality"])
_ZERO, _ONE = (Literal(str(number), datatype=XSD["nonNegativeInteger"]) for number in (0, 1))


def body_kind(graph: OntologyGraph, node: Term) -> str | None:
    """The OWL 2 RL rule by which something is an instance of this expression, by name."""
    kinds = {
        OWL["intersectionOf"]: "cls-int1",
        OWL["unionOf"]: "cls-uni",
        OWL["oneOf"]: "cls-oo",
        OWL["hasValue"]: "cls-hv2",
    }
    fillers = graph.objects(node, OWL["someValuesFrom"])
    if any(are_one_value(each, _ONE) for key in _AT_LEAST for each in graph.objects(node, key)):
        fillers = [graph.filler(node)]
    if fillers:
        return "cls-svf2" if fillers[0] == OWL["Thing"] else "cls-svf1"
    return next((kind for key, kind in kinds.items() if graph.objects(node, key)), None)


class SubclassReader:
    """Reads the expressions of one axiom, drawing new variables as it goes."""

    def __init__(self, graph: OntologyGraph, fresh: Iterator[Variable]) -> None:
        self._graph, self._fresh = graph, fresh

    def new_variable(self) -> Variable:
        """A variable that stands nowhere else in the axiom."""
        return next(self._fresh)

    def alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """The ways for the variable to be an instance of the expression.

        Raises:
            UnsupportedAxiom: no pattern says so, as of a complement.
        """
        if self._graph.is_datatype(node):
            reason = "a datatype; literals are not classified"
            raise UnsupportedAxiom(self._graph.text(node), reason)
        if not isinstance(node, NamedNode):
            return self.described(node, variable)
        if node == OWL["Thing"]:
            return [Alternative((), ("Thing",))]
        return [Alternative((Atom(variable, RDF["type"], node),), (local_name(node),))]

    def described(self, node: Term, variable: Variable) -> list[Alternative]:
        """The same, by what is said of the node, though it may have a name.

        Raises:
            UnsupportedAxiom: no pattern says so, as of a complement.
        """
        graph = self._graph
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
        raise UnsupportedAxiom(graph.described_text(node), "not a subclass expression of OWL 2 RL")

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
            return [self.with_value(property_, variable, value)]
        for filler in graph.objects(node, OWL["someValuesFrom"]):
            return self._with_filler(property_, variable, filler)
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            atom, name = graph.property_atom(property_, variable, variable)
            return [Alternative((atom,), (name, "self"))]
        for key in _AT_LEAST:
            for number in graph.objects(node, key):
                if are_one_value(number, _ZERO):
                    return [Alternative((), ("Thing",))]
                if are_one_value(number, _ONE):
                    return self._with_filler(property_, variable, graph.filler(node))
        raise UnsupportedAxiom(graph.described_text(node), "not a subclass expression of OWL 2 RL")

    def with_value(self, property_: Term, variable: Variable, value: Term) -> Alternative:
        """The pattern of having this value; a literal, unless a string, in any spelling."""
        names = local_name(value)
        if not isinstance(value, Literal) or value.datatype in {XSD["string"], RDF["langString"]}:
            atom, name = self._graph.property_atom(property_, variable, value)
            return Alternative((atom,), (name, names))
        other = self.new_variable()
        atom, name = self._graph.property_atom(property_, variable, other)
        equals = Filter("dt-eq", (other, value))
        return Alternative((atom,), (name, names), filters=(equals,))

    def _with_filler(self, property_: Term, variable: Variable, filler: Term) -> list[Alternative]:
        other = self.new_variable()
        atom, name = self._graph.property_atom(property_, variable, other)
        return [
            Alternative((atom, *way.atoms), (name, *way.names), way.bound, way.filters)
            for way in self.values(filler, other)
        ]

    def values(self, filler: Term, variable: Variable) -> list[Alternative]:
        """The ways for the variable to be in a class or a data range.

        Raises:
            UnsupportedAxiom: no pattern or filter says so.
        """
        if not self._graph.is_datatype(filler):
            return self.alternatives(filler, variable)
        condition, names = range_condition(self._graph, filler, variable)
        return [Alternative((), names, filters=(condition,))]
