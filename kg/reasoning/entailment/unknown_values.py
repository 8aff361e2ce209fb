"""A data value that is only supposed to exist, and what is known of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from kg.namespaces import OWL, RDFS
from kg.reasoning.axioms.data_ranges import DataRangeReader
from kg.reasoning.axioms.ontology_graph import OntologyGraph
from kg.reasoning.entailment.closure import Closure
from kg.reasoning.entailment.findings import ABSENT, UNDECIDED, Finding
from kg.reasoning.entailment.value_spaces import are_impossible
from kg.reasoning.entailment.vocabulary import DIFFERENT, SAME_AS, TYPE
from kg.reasoning.facts.matching import solve
from kg.reasoning.proofs.proof import Proof
from kg.reasoning.rules.expressions import passes
from kg.reasoning.rules.patterns import Expression, Term
from kg.reasoning.rules.rule import Rule

_VALUE: Final = Variable("value")
_NOT_RELATIONS: Final = frozenset({TYPE, SAME_AS, DIFFERENT})
# A value and a data range that it is in.
InRange = tuple[Term, Term]


class UnknownValues:
    """The data values of one closure and its suppositions."""

    def __init__(self, closure: Closure, graph: OntologyGraph) -> None:
        self._closure, self._graph = closure, graph
        self._ranges: list[InRange] = []

    @contextmanager
    def suppose(self, ranges: Sequence[InRange]) -> Iterator[None]:
        """Suppose inside the block that values are in data ranges."""
        before = len(self._ranges)
        self._ranges += ranges
        try:
            yield
        finally:
            del self._ranges[before:]

    def is_data_property(self, property_: Term) -> bool:
        """Return whether the values of a property are known to be data values."""
        return self._closure.contains(property_, TYPE, OWL["DatatypeProperty"])

    def condition(self, node: Term) -> Expression:
        """Return the condition of a data range; raise UnsupportedAxiom if there is none."""
        return DataRangeReader(self._graph, _VALUE).condition(node)[0]

    def is_in(self, value: Literal, node: Term) -> bool:
        """Return whether a literal is certainly in a data range."""
        return passes(self.condition(node), {_VALUE: value})

    def are_different(self, one: Literal, other: Literal) -> bool:
        """Return whether two literals certainly have different values."""
        is_same = Expression("dt-eq", (_VALUE, other))
        return passes(Expression("!", (is_same,)), {_VALUE: one})

    def meets(self, value: Term, node: Term) -> Finding:
        """Return whether an unknown value is in a data range, by what is known of it."""
        known, premises = self._known_of(value)
        if are_impossible([*known, Expression("!", (self.condition(node),))]):
            return Finding(premises)
        return UNDECIDED

    def impossible(self, triples: Sequence[Triple], ranges: Sequence[InRange]) -> Finding:
        """Return whether one of the values that are supposed cannot exist."""
        values = dict.fromkeys(value for value, _ in ranges)
        if self._closure.constraints:
            values |= {
                each.object: None
                for each in triples
                if each.predicate not in _NOT_RELATIONS
                and isinstance(each.object, BlankNode | NamedNode)
            }
        for value in values:
            known, premises = self._known_of(value)
            if known and are_impossible(known):
                return Finding(premises)
        return ABSENT

    def _known_of(self, value: Term) -> tuple[list[Expression], tuple[Proof, ...]]:
        """Return conditions that a data value meets, and proofs of what they follow from.

        A rule without a head says that its filters fail wherever its body matches.
        """
        known = [self.condition(node) for each, node in self._ranges if each == value]
        code, premises = self._closure.vocabulary.encode(value), list[Proof]()
        for _, predicate, _ in self._closure.match(None, None, code):
            if self.is_data_property(self._closure.vocabulary.decode(predicate)):
                known.append(Expression("dt-type2", (_VALUE, RDFS["Literal"])))
                break
        for rule in self._closure.constraints:
            for variable in rule.filters[0].variables:
                if all(each.variables == (variable,) for each in rule.filters):
                    for proofs in self._matches(rule, variable, code):
                        known.append(_fails(rule, variable))
                        premises += proofs
                        break
        return known, tuple(premises)

    def _matches(self, rule: Rule, variable: Variable, code: int) -> Iterator[tuple[Proof, ...]]:
        """Yield the proofs of each match of the rule's body in which the variable is this term."""
        patterns = self._closure.encode_patterns(rule.body)
        for binding in solve(patterns, {variable: code}, self._closure.match):
            yield self._closure.prove_patterns(patterns, binding)


def _fails(rule: Rule, variable: Variable) -> Expression:
    conditions = tuple(each.substitute({variable: _VALUE}) for each in rule.filters)
    together = conditions[0] if len(conditions) == 1 else Expression("&&", conditions)
    return Expression("!", (together,))
