"""The cases that have to be examined if a thing is supposed to be in a class."""

from collections.abc import Iterator, Sequence
from itertools import combinations, count
from typing import Final, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDFS
from kg.reasoning.entailment.premise_rules import PremiseRules
from kg.reasoning.entailment.unknown_values import InRange
from kg.reasoning.entailment.values import ValueSpellings
from kg.reasoning.entailment.vocabulary import DIFFERENT, SAME_AS, THING, TYPE
from kg.reasoning.facts.dictionary import TermDictionary
from kg.reasoning.rules.patterns import Term
from kg.reasoning.rules.values import numeric_value

# Higher numbers of different things are not supposed, since each pair needs a triple.
MAX_COUNTED: Final = 12
EXACTLY: Final = (OWL["cardinality"], OWL["qualifiedCardinality"])
AT_LEAST: Final = (OWL["minCardinality"], OWL["minQualifiedCardinality"])
AT_MOST: Final = (OWL["maxCardinality"], OWL["maxQualifiedCardinality"])


class Case(NamedTuple):
    """One case: triples, and data values that are in data ranges."""

    triples: tuple[Triple, ...] = ()
    ranges: tuple[InRange, ...] = ()

    def join(self, other: "Case") -> "Case":
        """Return the case in which both are true."""
        return Case((*self.triples, *other.triples), (*self.ranges, *other.ranges))


def join_all(first: Sequence[Case], second: Sequence[Case]) -> list[Case]:
    """Return every combination of a case of each."""
    return [one.join(other) for one in first for other in second]


class Suppositions:
    """Makes cases; `is_exact` becomes false if some say less than was to be supposed.

    The things of which something is supposed are blank nodes that nothing else mentions: without
    a name, so that keys do not apply to them under the direct semantics.
    """

    def __init__(
        self, compiled: PremiseRules, spellings: ValueSpellings, vocabulary: TermDictionary
    ) -> None:
        self.graph, self._compiled, self._spellings = compiled.graph, compiled, spellings
        self._numbers, self._vocabulary = count(1), vocabulary
        self.is_exact = True

    def new_thing(self, *, is_named: bool = False) -> NamedNode | BlankNode:
        """Return a thing of which nothing is known."""
        while True:
            name = f"any-{next(self._numbers)}"
            thing = NamedNode(f"urn:glocal:{name}") if is_named else BlankNode(name)
            if self._vocabulary.find(thing) is None:
                return thing

    def edge(self, property_: Term, subject: Term, object_: Term) -> Triple:
        """Return the triple that a property, or the inverse of one, relates two things.

        Raises UnsupportedAxiom if it would have a literal as its subject.
        """
        names = Variable("s"), Variable("o")
        atom, _ = self.graph.property_atom(property_, *names)
        ends = subject, self._spellings.canonical(object_)
        first, last = ends if atom.subject == names[0] else ends[::-1]
        if isinstance(first, Literal) or not isinstance(atom.predicate, NamedNode):
            raise UnsupportedAxiom(str(first), "a literal is related to something")
        return Triple(first, atom.predicate, last)

    def member(self, thing: Term, class_: Term) -> list[Case]:
        """Return the cases, of which one is true, if the thing is an instance of the class."""
        if class_ in {THING, RDFS["Resource"]} or isinstance(thing, Literal):
            return [Case()]
        if isinstance(class_, NamedNode):
            return [Case((Triple(thing, TYPE, class_),))]
        name = self._compiled.names.get(class_) if isinstance(class_, BlankNode) else None
        if name is None:
            self.is_exact = False
            return [Case()]
        # Rules say what follows from the name; the cases say what rules cannot.
        own = [Case((Triple(thing, TYPE, name),))]
        try:
            return join_all(own, self._parts(thing, class_, name))
        except UnsupportedAxiom:
            self.is_exact = False
            return own

    def with_values(
        self, thing: Term, property_: Term, filler: Term, values: Sequence[NamedNode | BlankNode]
    ) -> list[Case]:
        """Return the cases in which a thing has these different values in the filler."""
        edges = [self.edge(property_, thing, value) for value in values]
        differ = [Triple(one, DIFFERENT, other) for one, other in combinations(values, 2)]
        cases = [Case((*edges, *differ))]
        for value in values:
            if self.graph.is_datatype(filler):
                cases = join_all(cases, [Case(ranges=((value, filler),))])
            else:
                cases = join_all(cases, self.member(value, filler))
        return cases

    def _parts(self, thing: NamedNode | BlankNode, node: Term, name: NamedNode) -> list[Case]:
        graph = self.graph
        for members in graph.objects(node, OWL["intersectionOf"]):
            cases = [Case()]
            for each in graph.list_members(members):
                cases = join_all(cases, self.member(thing, each))
            return cases
        for members in graph.objects(node, OWL["unionOf"]):
            parts = graph.list_members(members)
            return [case for each in parts for case in self.member(thing, each)]
        for members in graph.objects(node, OWL["oneOf"]):
            individuals = graph.list_members(members)
            return [Case((Triple(thing, SAME_AS, each),)) for each in individuals]
        for negated in graph.objects(node, OWL["complementOf"]):
            for inner in graph.objects(negated, OWL["complementOf"]):
                return self.member(thing, inner)
        for property_ in graph.objects(node, OWL["onProperty"]):
            for filler in graph.objects(node, OWL["someValuesFrom"]):
                return self.with_values(thing, property_, filler, [self.new_thing()])
            for number, says_more in self._minimums(node):
                self.is_exact &= number <= MAX_COUNTED
                self.is_exact &= not (says_more and name in self._compiled.incomplete)
                values = [self.new_thing() for _ in range(min(number, MAX_COUNTED))]
                return self.with_values(thing, property_, graph.filler(node), values)
        self.is_exact &= name not in self._compiled.incomplete
        return [Case()]

    def _minimums(self, node: Term) -> Iterator[tuple[int, bool]]:
        """Yield how many values a restriction demands, and whether it also limits them."""
        for predicate in (*AT_LEAST, *EXACTLY):
            for number in self.graph.objects(node, predicate):
                yield to_count(number), predicate in EXACTLY


def to_count(number: Term) -> int:
    """Return the number of a cardinality; raise UnsupportedAxiom if it is not a count."""
    value = numeric_value(number)
    if value is None or value < 0 or value != int(value):
        raise UnsupportedAxiom(str(number), "expected a non-negative integer")
    return int(value)
