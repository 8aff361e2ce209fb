"""The parts of a rule that an expression compiles to: alternatives for bodies, consequences.

Compile an OWL class expression to the patterns that match its instances.

Source: OWL 2 Profiles, section 4.2.3 (the subclass expressions of the RL profile), and tables 6
and 7 (the rule names).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, XSD
from kg.reasoning.axioms.data_ranges import compile_data_range
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part
from kg.reasoning.rules.datatypes import are_identical
from kg.reasoning.rules.patterns import Atom, Expression, Term


@dataclass(frozen=True)
class Alternative:
    """One way to be an instance of an expression.

    `atoms` and `filters` must match. `names` are its parts of a rule's name. `bound` maps
    variables to the individual that they must be.
    """

    atoms: tuple[Atom, ...] = ()
    names: tuple[str, ...] = ()
    bound: Mapping[Variable, Term] = field(default_factory=dict)
    filters: tuple[Expression, ...] = ()

    def join(self, other: "Alternative") -> "Alternative | None":
        """Return the conjunction, or None if the two bind a variable to different terms."""
        clash = any(
            other.bound.get(variable, term) != term for variable, term in self.bound.items()
        )
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
    """A triple that holds of each instance of an expression, or a contradiction.

    A `head` of None is a contradiction. It follows only if `atoms` and `filters` match as well,
    and the variables in `bound` are those individuals. `kind` is the OWL 2 RL rule that applies,
    or empty for the rule of the axiom itself. `names` are its parts of a rule's name.
    """

    kind: str
    names: tuple[str, ...]
    head: Atom | None
    atoms: tuple[Atom, ...] = ()
    filters: tuple[Expression, ...] = ()
    bound: Mapping[Variable, Term] = field(default_factory=dict)

    def with_body(self, kind: str, alternative: Alternative) -> "Consequence":
        """Return the consequence for instances by this alternative, under this rule."""
        return Consequence(
            kind,
            (*alternative.names, *self.names),
            self.head,
            alternative.atoms + self.atoms,
            alternative.filters + self.filters,
            {**alternative.bound, **self.bound},
        )


def at_most_one_consequences(
    graph: OntologyGraph, property_: Term, first: Variable, second: Variable
) -> list[Consequence]:
    """Return the consequences of two values where only one is allowed.

    Two individuals are the same (`owl:sameAs`). Two literals with different values are a
    contradiction, as by dt-diff and eq-diff1. Two literals with one value have no consequence.
    """
    consequences = []
    if graph.may_relate_individuals(property_):
        same = Atom(first, OWL["sameAs"], second)
        consequences.append(Consequence("", (), same, (), (Expression("!=", (first, second)),)))
    if graph.may_have_literals(property_):
        differ = Expression("!", (Expression("dt-eq", (first, second)),))
        consequences.append(Consequence("", (), None, (), (differ,)))
    return consequences


# Predicates whose subject is a class expression.
EXPRESSION_PREDICATES: Final = tuple(
    OWL[name] for name in ("intersectionOf", "unionOf", "complementOf", "oneOf", "onProperty")
)
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
_AT_LEAST: Final = (OWL["minCardinality"], OWL["minQualifiedCardinality"])
_ZERO, _ONE = (Literal(str(number), datatype=XSD["nonNegativeInteger"]) for number in (0, 1))


def membership_rule_name(graph: OntologyGraph, node: Term) -> str | None:
    """Return the name of the OWL 2 RL rule that derives instances of this expression, if any."""
    kinds = {
        OWL["intersectionOf"]: "cls-int1",
        OWL["unionOf"]: "cls-uni",
        OWL["oneOf"]: "cls-oo",
        OWL["hasValue"]: "cls-hv2",
    }
    fillers = graph.objects(node, OWL["someValuesFrom"])
    # "At least one" means the same as "some".
    if any(
        are_identical(number, _ONE)
        for predicate in _AT_LEAST
        for number in graph.objects(node, predicate)
    ):
        fillers = [graph.filler(node)]
    if fillers:
        return "cls-svf2" if fillers[0] == OWL["Thing"] else "cls-svf1"
    return next((kind for predicate, kind in kinds.items() if graph.objects(node, predicate)), None)


class SubclassReader:
    """Reads the subclass expressions of one axiom, with a new variable for each value."""

    def __init__(self, graph: OntologyGraph, fresh_variables: Iterator[Variable]) -> None:
        self._graph, self._fresh_variables = graph, fresh_variables

    def new_variable(self) -> Variable:
        """Return a variable that is not used elsewhere in the axiom."""
        return next(self._fresh_variables)

    def alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """Return each way in which the variable can be an instance of the expression.

        Raises:
            UnsupportedAxiom: no pattern can express it, for example a complement.
        """
        if self._graph.is_datatype(node):
            reason = "expected a class, got a datatype; literals are not classified"
            raise UnsupportedAxiom(self._graph.to_manchester(node), reason)
        if not isinstance(node, NamedNode):
            return self.expression_alternatives(node, variable)
        if node == OWL["Thing"]:
            return [Alternative((), ("Thing",))]
        return [Alternative((Atom(variable, RDF["type"], node),), (rule_name_part(node),))]

    def expression_alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """Return the alternatives of the expression written on the node, even of a named node.

        Raises:
            UnsupportedAxiom: no pattern can express it, for example a complement.
        """
        graph = self._graph
        for members in graph.objects(node, OWL["intersectionOf"]):
            return self._conjunction(graph.list_members(members), variable)
        for members in graph.objects(node, OWL["unionOf"]):
            parts = graph.list_members(members)
            return [
                alternative for part in parts for alternative in self.alternatives(part, variable)
            ]
        for members in graph.objects(node, OWL["oneOf"]):
            return [
                Alternative((), (rule_name_part(item),), {variable: item})
                for item in graph.list_members(members)
            ]
        for property_ in graph.objects(node, OWL["onProperty"]):
            return self._restriction(node, property_, variable)
        raise UnsupportedAxiom(
            graph.expression_to_manchester(node), "not a subclass expression of OWL 2 RL"
        )

    def _conjunction(self, parts: list[Term], variable: Variable) -> list[Alternative]:
        alternatives = [Alternative()]
        for part in parts:
            of_part = self.alternatives(part, variable)
            joined = [left.join(right) for left in alternatives for right in of_part]
            alternatives = [alternative for alternative in joined if alternative is not None]
        return alternatives

    def _restriction(self, node: Term, property_: Term, variable: Variable) -> list[Alternative]:
        graph = self._graph
        for value in graph.objects(node, OWL["hasValue"]):
            return [self.value_alternative(property_, variable, value)]
        for filler in graph.objects(node, OWL["someValuesFrom"]):
            return self._with_filler(property_, variable, filler)
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            atom, name = graph.property_atom(property_, variable, variable)
            return [Alternative((atom,), (name, "self"))]
        for predicate in _AT_LEAST:
            for number in graph.objects(node, predicate):
                if are_identical(number, _ZERO):
                    return [Alternative((), ("Thing",))]
                if are_identical(number, _ONE):
                    return self._with_filler(property_, variable, graph.filler(node))
        raise UnsupportedAxiom(
            graph.expression_to_manchester(node), "not a subclass expression of OWL 2 RL"
        )

    def value_alternative(self, property_: Term, variable: Variable, value: Term) -> Alternative:
        """Return the pattern of having this value; a literal other than a string by its value."""
        value_name = rule_name_part(value)
        if not isinstance(value, Literal) or value.datatype in {XSD["string"], RDF["langString"]}:
            atom, name = self._graph.property_atom(property_, variable, value)
            return Alternative((atom,), (name, value_name))
        # A variable and a filter, so that any spelling of the literal matches.
        value_variable = self.new_variable()
        atom, name = self._graph.property_atom(property_, variable, value_variable)
        equals = Expression("dt-eq", (value_variable, value))
        return Alternative((atom,), (name, value_name), filters=(equals,))

    def _with_filler(self, property_: Term, variable: Variable, filler: Term) -> list[Alternative]:
        value = self.new_variable()
        atom, name = self._graph.property_atom(property_, variable, value)
        return [
            Alternative(
                (atom, *alternative.atoms),
                (name, *alternative.names),
                alternative.bound,
                alternative.filters,
            )
            for alternative in self.value_alternatives(filler, value)
        ]

    def value_alternatives(self, filler: Term, variable: Variable) -> list[Alternative]:
        """Return each way in which the variable can be in a class or a data range.

        Raises:
            UnsupportedAxiom: no pattern or filter can express it.
        """
        if not self._graph.is_datatype(filler):
            return self.alternatives(filler, variable)
        condition, names = compile_data_range(self._graph, filler, variable)
        return [Alternative((), names, filters=(condition,))]
