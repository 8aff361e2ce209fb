"""Compile an OWL class expression: patterns that match its instances, and what follows for them.

Source: OWL 2 Profiles, section 4.2.3 (the subclass and superclass expressions of the RL profile),
and tables 6 and 7 (the rule names).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import add
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDF, RDFS, XSD
from kg.reasoning.axioms.data_ranges import DataRangeReader
from kg.reasoning.axioms.ontology_graph import RESTRICTION_KEYWORDS, OntologyGraph, rule_name_part
from kg.reasoning.rules.datatypes import are_identical, is_in_datatype
from kg.reasoning.rules.patterns import Atom, Expression, Term
from kg.reasoning.rules.values import numeric_value

_OBJECT: Final = "Object InverseFunctional Symmetric Asymmetric Transitive Reflexive Irreflexive"
_OBJECT_PROPERTIES: Final = {OWL[f"{kind}Property"] for kind in _OBJECT.split()}
# Predicates whose subject is a class expression.
EXPRESSION_PREDICATES: Final = tuple(
    OWL[name] for name in ("intersectionOf", "unionOf", "complementOf", "oneOf", "onProperty")
)
_TRUE: Final = Literal(True)
_NOT_A_CLASS: Final = "expected a class, got a datatype; literals are not classified"
_NOT_A_SUBCLASS: Final = "not a subclass expression of OWL 2 RL"
# Expression -> the rule that derives its instances.
_PAIRS: Final = (
    ("intersectionOf", "int1"),
    ("unionOf", "uni"),
    ("oneOf", "oo"),
    ("hasValue", "hv2"),
)
_KINDS: Final = {OWL[key]: f"cls-{kind}" for key, kind in _PAIRS}
_TRIVIAL: Final = frozenset({OWL["Thing"], RDFS["Resource"]})
_NOT_A_SUPERCLASS: Final = "not a superclass expression of OWL 2 RL"
_NUMBER_KEYWORDS: Final = {"exactly", "min", "max"}
_AT_LEAST: Final = (OWL["minCardinality"], OWL["minQualifiedCardinality"])
_ZERO, _ONE = (Literal(str(number), datatype=XSD["nonNegativeInteger"]) for number in (0, 1))


class Alternative(NamedTuple):
    """One way to be an instance of an expression.

    `atoms` and `filters` must match. `names` are its parts of a rule's name. `bound` are variables
    with the individual that each must be; no match exists if one of them must be two.
    """

    atoms: tuple[Atom, ...] = ()
    names: tuple[str, ...] = ()
    filters: tuple[Expression, ...] = ()
    bound: tuple[tuple[Variable, Term], ...] = ()

    def join(self, other: "Alternative") -> "Alternative":
        """Return the conjunction."""
        return Alternative(*map(add, self, other))


def individual_alternative(variable: Variable, individual: Term) -> Alternative:
    """Return the way in which the variable is this individual."""
    return Alternative((), (rule_name_part(individual),), bound=((variable, individual),))


def join_all(parts: Iterable[list[Alternative]]) -> list[Alternative]:
    """Return every conjunction of one alternative of each part."""
    alternatives = [Alternative()]
    for part in parts:
        alternatives = [left.join(right) for left in alternatives for right in part]
    return alternatives


class Consequence(NamedTuple):
    """A triple that holds of each instance of an expression, or a contradiction (no `head`).

    `kind` is the OWL 2 RL rule that applies, or empty for the rule of the axiom itself. It follows
    only under the `condition`, whose names are its parts of a rule's name.
    """

    kind: str
    head: Atom | None
    condition: Alternative = Alternative()

    def of(self, kind: str, alternative: Alternative) -> "Consequence":
        """Return the consequence for instances by this alternative, under this rule."""
        return Consequence(kind, self.head, alternative.join(self.condition))


def at_most_one_consequences(
    graph: OntologyGraph, property_: Term, first: Variable, second: Variable
) -> list[Consequence]:
    """Return the consequences of two values where only one is allowed.

    Two individuals are the same (`owl:sameAs`). Two literals with different values are a
    contradiction, as by dt-diff and eq-diff1. Two literals with one value have no consequence.
    """
    consequences, kinds = [], set(graph.objects(property_, RDF["type"]))
    if OWL["DatatypeProperty"] not in kinds:
        consequences.append(same_consequence(first, second))
    if isinstance(property_, NamedNode) and not kinds & _OBJECT_PROPERTIES:
        differ = Expression("!", (Expression("dt-eq", (first, second)),))
        consequences.append(Consequence("", None, Alternative(filters=(differ,))))
    return consequences


def same_consequence(first: Variable, second: Variable) -> Consequence:
    """Return the consequence that two individuals are the same, if their names differ."""
    differ = Alternative(filters=(Expression("!=", (first, second)),))
    return Consequence("", Atom(first, OWL["sameAs"], second), differ)


def membership_rule_name(graph: OntologyGraph, node: Term) -> str | None:
    """Return the name of the OWL 2 RL rule that derives instances of this expression, if any."""
    fillers = graph.objects(node, OWL["someValuesFrom"])
    # "At least one" means the same as "some".
    if any(are_identical(number, _ONE) for number in _minimum(graph, node)):
        fillers = [graph.filler(node)]
    if fillers:
        return "cls-svf2" if fillers[0] == OWL["Thing"] else "cls-svf1"
    return next((kind for key, kind in _KINDS.items() if graph.objects(node, key)), None)


def _minimum(graph: OntologyGraph, node: Term) -> list[Term]:
    """Return the number of a minimum cardinality, if the expression is one."""
    return [number for predicate in _AT_LEAST for number in graph.objects(node, predicate)]


@dataclass
class ExpressionReader:
    """Reads the expressions of one axiom, as a subclass and as a superclass.

    Each value gets a new variable. Parts of superclasses without a rule are listed as unsupported.
    """

    _graph: OntologyGraph
    _fresh_variables: Iterator[Variable]
    _list_unsupported: Callable[[UnsupportedAxiom], None]

    def new_variable(self) -> Variable:
        """Return a variable that is not used elsewhere in the axiom."""
        return next(self._fresh_variables)

    def alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """Return each way in which the variable can be an instance of the expression.

        An expression without a pattern, for example a complement, is an `UnsupportedAxiom`.
        """
        if self._graph.is_datatype(node):
            raise UnsupportedAxiom(self._graph.to_manchester(node), _NOT_A_CLASS)
        if not isinstance(node, NamedNode):
            return self.expression_alternatives(node, variable)
        if node == OWL["Thing"]:
            return [Alternative((), ("Thing",))]
        return [Alternative((Atom(variable, RDF["type"], node),), (rule_name_part(node),))]

    def expression_alternatives(self, node: Term, variable: Variable) -> list[Alternative]:
        """Return the alternatives of the expression written on the node, even of a named node."""
        graph = self._graph
        for members in graph.objects(node, OWL["intersectionOf"]):
            parts = graph.list_members(members)
            return join_all(self.alternatives(part, variable) for part in parts)
        for members in graph.objects(node, OWL["unionOf"]):
            parts = graph.list_members(members)
            return [way for part in parts for way in self.alternatives(part, variable)]
        for members in graph.objects(node, OWL["oneOf"]):
            return [individual_alternative(variable, item) for item in graph.list_members(members)]
        for property_ in graph.objects(node, OWL["onProperty"]):
            return self._restriction(node, property_, variable)
        raise UnsupportedAxiom(graph.expression_to_manchester(node), _NOT_A_SUBCLASS)

    def _restriction(self, node: Term, property_: Term, variable: Variable) -> list[Alternative]:
        graph = self._graph
        for value in graph.objects(node, OWL["hasValue"]):
            return [self.value_alternative(property_, variable, value)]
        for filler in graph.objects(node, OWL["someValuesFrom"]):
            return self.with_value(property_, variable, self.new_variable(), filler)
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            atom, name = graph.property_atom(property_, variable, variable)
            return [Alternative((atom,), (name, "self"))]
        for number in _minimum(graph, node):
            if are_identical(number, _ZERO):
                return [Alternative((), ("Thing",))]
            if are_identical(number, _ONE):
                return self.with_value(property_, variable, self.new_variable(), graph.filler(node))
        raise UnsupportedAxiom(graph.expression_to_manchester(node), _NOT_A_SUBCLASS)

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
        if self._graph.is_datatype(filler):
            condition, names = DataRangeReader(self._graph, value).condition(filler)
            return [Alternative((atom,), (name, *names), filters=(condition,))]
        has_value = Alternative((atom,), (name,))
        return [has_value.join(way) for way in self.alternatives(filler, value)]

    def consequences(self, node: Term, variable: Variable) -> list[Consequence]:
        """Return what follows for an instance; list the parts that no rule can express."""
        if node in _TRIVIAL:
            return []
        if node == OWL["Nothing"]:
            return [Consequence("cls-nothing2", None, Alternative(names=("Nothing",)))]
        if self._graph.is_datatype(node):
            self._list_unsupported(UnsupportedAxiom(self._graph.to_manchester(node), _NOT_A_CLASS))
            return []
        if isinstance(node, NamedNode):
            head = Atom(variable, RDF["type"], node)
            return [Consequence("", head, Alternative(names=(rule_name_part(node),)))]
        return self.expression_consequences(node, variable)

    def expression_consequences(self, node: Term, variable: Variable) -> list[Consequence]:
        """Return the consequences of the expression written on the node, even of a named node."""
        graph = self._graph
        for members in graph.objects(node, OWL["intersectionOf"]):
            parts = graph.list_members(members)
            return [each for part in parts for each in self.consequences(part, variable)]
        try:
            for negated in graph.objects(node, OWL["complementOf"]):
                return [
                    Consequence("cls-com", None, way._replace(names=("not", *way.names)))
                    for way in self.alternatives(negated, variable)
                ]
            return self._restriction_consequences(node, variable)
        except UnsupportedAxiom as error:
            self._list_unsupported(error)
            return []

    def value_consequences(self, node: Term, variable: Variable) -> list[Consequence]:
        """Return the consequences for a value of a property, which may be a literal.

        A literal outside a data range is a contradiction.
        """
        if not self._graph.is_datatype(node):
            return self.consequences(node, variable)
        if node == RDFS["Literal"]:
            return []
        try:
            condition, names = DataRangeReader(self._graph, variable).condition(node)
        except UnsupportedAxiom as error:
            self._list_unsupported(error)
            return []
        outside = Expression("!", (condition,))
        return [Consequence("", None, Alternative((), names, (outside,)))]

    def _restriction_consequences(self, node: Term, variable: Variable) -> list[Consequence]:
        graph = self._graph
        property_: Term = next(iter(graph.objects(node, OWL["onProperty"])), BlankNode())
        for value in graph.objects(node, OWL["hasValue"]):
            atom, name = graph.property_atom(property_, variable, value)
            return [Consequence("cls-hv1", atom, Alternative(names=(name, rule_name_part(value))))]
        for filler in graph.objects(node, OWL["allValuesFrom"]):
            value_variable = self.new_variable()
            atom, name = graph.property_atom(property_, variable, value_variable)
            has_value = Alternative((atom,), (name,))
            of_value = self.value_consequences(filler, value_variable)
            return [consequence.of("cls-avf", has_value) for consequence in of_value]
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            atom, name = graph.property_atom(property_, variable, variable)
            return [Consequence("", atom, Alternative(names=(name, "self")))]
        for predicate, word in RESTRICTION_KEYWORDS.items():
            for number in graph.objects(node, predicate) if word in _NUMBER_KEYWORDS else ():
                return self._cardinality(node, property_, variable, number, word)
        raise UnsupportedAxiom(graph.expression_to_manchester(node), _NOT_A_SUPERCLASS)

    def _cardinality(
        self, node: Term, property_: Term, variable: Variable, number: Term, word: str
    ) -> list[Consequence]:
        """Return the consequences of at most 0 or 1 values; no rule can express at least 1."""
        graph = self._graph
        if not is_in_datatype(number, XSD["nonNegativeInteger"]):
            raise UnsupportedAxiom(graph.to_manchester(node), "expected a non-negative integer")
        count = int(numeric_value(number) or 0)
        if count > 1 or (word == "min" and count):
            raise UnsupportedAxiom(graph.expression_to_manchester(node), _NOT_A_SUPERCLASS)
        if word == "min":
            return []
        consequences = self._at_most(node, property_, variable, count)
        if word == "exactly" and count:
            # An exact cardinality of 1 also requires a value, which no rule can create.
            error = UnsupportedAxiom(graph.to_manchester(node), "at least one value has to exist")
            self._list_unsupported(error)
        return consequences

    def _at_most(
        self, node: Term, property_: Term, variable: Variable, count: int
    ) -> list[Consequence]:
        graph, filler = self._graph, self._graph.filler(node)
        # The rule's name in table 6, where a filler of owl:Thing has rules of its own.
        kind = f"cls-maxc{count + 1}"
        if graph.is_qualified(node):
            kind = f"cls-maxqc{2 * count + (2 if filler == OWL['Thing'] else 1)}"
        values = [self.new_variable() for _ in range(count + 1)]
        ways = join_all(self.with_value(property_, variable, value, filler) for value in values)
        consequences = [Consequence("", None)]
        if count:
            consequences = at_most_one_consequences(graph, property_, *values)
            # Literals are in no class but owl:Thing, individuals in no data range.
            if filler != OWL["Thing"]:
                is_data = graph.is_datatype(filler)
                consequences = [each for each in consequences if (each.head is None) == is_data]
        # All values have the same names, so the rule is named after those of one value.
        named = [
            way._replace(names=("max", str(count), *way.names[: len(way.names) // (count + 1)]))
            for way in ways
        ]
        return [each.of(kind, way) for way in named for each in consequences]
