"""Compile an OWL class expression to the patterns that match its instances.

`Alternative` and `Consequence` are the parts of rules that expressions compile to.

Source: OWL 2 Profiles, section 4.2.3 (the subclass expressions of the RL profile), and tables 6
and 7 (the rule names).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from pyoxigraph import Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, XSD
from kg.reasoning.axioms.data_ranges import compile_data_range
from kg.reasoning.axioms.ontology_graph import OntologyGraph, rule_name_part
from kg.reasoning.rules.datatypes import are_identical
from kg.reasoning.rules.patterns import Atom, Expression, Term

# Predicates whose subject is a class expression.
EXPRESSION_PREDICATES: Final = tuple(
    OWL[name] for name in ("intersectionOf", "unionOf", "complementOf", "oneOf", "onProperty")
)
_TRUE: Final = Literal("true", datatype=XSD["boolean"])
_NOT_IN_PROFILE: Final = "not a subclass expression of OWL 2 RL"
# Expression -> the rule that derives its instances.
_KINDS: Final = {
    "intersectionOf": "cls-int1",
    "unionOf": "cls-uni",
    "oneOf": "cls-oo",
    "hasValue": "cls-hv2",
}
_AT_LEAST: Final = (OWL["minCardinality"], OWL["minQualifiedCardinality"])
_ZERO, _ONE = (Literal(str(number), datatype=XSD["nonNegativeInteger"]) for number in (0, 1))


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
        if any(other.bound.get(variable, term) != term for variable, term in self.bound.items()):
            return None
        return Alternative(
            self.atoms + other.atoms,
            self.names + other.names,
            {**self.bound, **other.bound},
            self.filters + other.filters,
        )


def join_all(parts: Iterable[list[Alternative]]) -> list[Alternative]:
    """Return every conjunction of one alternative of each part."""
    alternatives = [Alternative()]
    for part in parts:
        joined = [left.join(right) for left in alternatives for right in part]
        alternatives = [alternative for alternative in joined if alternative is not None]
    return alternatives


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


def membership_rule_name(graph: OntologyGraph, node: Term) -> str | None:
    """Return the name of the OWL 2 RL rule that derives instances of this expression, if any."""
    fillers = graph.objects(node, OWL["someValuesFrom"])
    # "At least one" means the same as "some".
    numbers = [number for predicate in _AT_LEAST for number in graph.objects(node, predicate)]
    if any(are_identical(number, _ONE) for number in numbers):
        fillers = [graph.filler(node)]
    if fillers:
        return "cls-svf2" if fillers[0] == OWL["Thing"] else "cls-svf1"
    return next((_KINDS[key] for key in _KINDS if graph.objects(node, OWL[key])), None)


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
            return join_all(
                self.alternatives(part, variable) for part in graph.list_members(members)
            )
        for members in graph.objects(node, OWL["unionOf"]):
            parts = [self.alternatives(part, variable) for part in graph.list_members(members)]
            return [alternative for part in parts for alternative in part]
        for members in graph.objects(node, OWL["oneOf"]):
            return [
                Alternative((), (rule_name_part(item),), {variable: item})
                for item in graph.list_members(members)
            ]
        for property_ in graph.objects(node, OWL["onProperty"]):
            return self._restriction(node, property_, variable)
        raise UnsupportedAxiom(graph.expression_to_manchester(node), _NOT_IN_PROFILE)

    def _restriction(self, node: Term, property_: Term, variable: Variable) -> list[Alternative]:
        graph = self._graph
        for value in graph.objects(node, OWL["hasValue"]):
            return [self.value_alternative(property_, variable, value)]
        for filler in graph.objects(node, OWL["someValuesFrom"]):
            return self.with_value(property_, variable, self.new_variable(), filler)
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            atom, name = graph.property_atom(property_, variable, variable)
            return [Alternative((atom,), (name, "self"))]
        for predicate in _AT_LEAST:
            for number in graph.objects(node, predicate):
                if are_identical(number, _ZERO):
                    return [Alternative((), ("Thing",))]
                if are_identical(number, _ONE):
                    filler = graph.filler(node)
                    return self.with_value(property_, variable, self.new_variable(), filler)
        raise UnsupportedAxiom(graph.expression_to_manchester(node), _NOT_IN_PROFILE)

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

    def with_value(
        self, property_: Term, variable: Variable, value: Variable, filler: Term
    ) -> list[Alternative]:
        """Return each way in which the property has this value, and the value is in the filler."""
        atom, name = self._graph.property_atom(property_, variable, value)
        return [
            replace(way, atoms=(atom, *way.atoms), names=(name, *way.names))
            for way in self.value_alternatives(filler, value)
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
