"""Show that a thing is an instance of a class expression.

A property expression is a name or the inverse of one; a filler may be a class or a data range.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDFS
from kg.reasoning.entailment.closure import Closure
from kg.reasoning.entailment.findings import (
    ABSENT,
    SHOWN,
    UNDECIDED,
    Finding,
    all_of,
    any_of,
)
from kg.reasoning.entailment.suppositions import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    MAX_COUNTED,
    Case,
    Suppositions,
    to_count,
)
from kg.reasoning.entailment.unknown_values import UnknownValues
from kg.reasoning.entailment.vocabulary import DIFFERENT, SAME_AS, THING, TYPE
from kg.reasoning.rules.patterns import Term

_MAX_SUCCESSORS: Final = 10_000
_TRUE: Final = Literal(True)


class Membership:
    """Shows memberships in one closure, and what holds under suppositions."""

    def __init__(self, closure: Closure, suppositions: Suppositions, values: UnknownValues) -> None:
        self._closure, self._suppositions, self._values = closure, suppositions, values
        self._graph = suppositions.graph

    def find(self, triple: Triple) -> Finding:
        """Return whether the triple holds, with its proof."""
        codes = self._closure.vocabulary.encode_triple(triple)
        if codes in self._closure.facts:
            return Finding((self._closure.prove(codes),)) if self._closure.keeps_reasons else SHOWN
        return SHOWN if triple.predicate == SAME_AS and codes[0] == codes[2] else ABSENT

    def exists_with(self, thing: Term, triple: Triple) -> Finding:
        """Return whether the triple holds once it is said that the thing, like all, exists."""
        if isinstance(thing, Literal):
            return ABSENT
        case = Case((Triple(thing, TYPE, THING),))
        return self.under([case], partial(self.find, triple))

    def under(self, cases: Sequence[Case], check: Callable[[], Finding]) -> Finding:
        """Return whether something holds in each of the cases that do not contradict themselves."""

        def findings() -> Iterator[Finding]:
            for triples, ranges in cases:
                with self._closure.suppose(triples) as clash, self._values.suppose(ranges):
                    if clash is not None:
                        yield Finding(self._closure.prove_clash(clash))
                        continue
                    impossible = self._values.impossible(triples, ranges)
                    yield impossible if impossible.is_shown else check()

        return all_of(findings())

    def refute(self, cases: Sequence[Case]) -> Finding:
        """Return whether each case leads to a contradiction."""
        return self.under(cases, lambda: ABSENT)

    def same(self, one: Term, other: Term) -> Finding:
        """Return whether two things are the same."""
        if one == other:
            return SHOWN
        return ABSENT if isinstance(one, Literal) else self.find(Triple(one, SAME_AS, other))

    def different(self, one: Term, other: Term) -> Finding:
        """Return whether two things, or two data values, cannot be the same."""
        if isinstance(one, Literal):
            if isinstance(other, Literal):
                return SHOWN if self._values.are_different(one, other) else ABSENT
            one, other = other, one
        if isinstance(one, Literal):
            return UNDECIDED
        stated = self.find(Triple(one, DIFFERENT, other))
        if stated.is_shown:
            return stated
        return self.refute([Case((Triple(one, SAME_AS, other),))])

    def holds(self, thing: Term, class_: Term) -> Finding:
        """Return whether the thing is an instance of the class in the current closure."""
        if class_ in {THING, RDFS["Resource"]}:
            return SHOWN
        if isinstance(thing, Literal):
            return ABSENT
        if isinstance(class_, NamedNode):
            return self.find(Triple(thing, TYPE, class_))
        with suppress(UnsupportedAxiom):
            return self._holds_expression(thing, class_)
        return UNDECIDED

    def is_value_in(self, value: Term, filler: Term) -> Finding:
        """Return whether a value is in a class or a data range."""
        if not self._graph.is_datatype(filler):
            return self.holds(value, filler)
        if isinstance(value, Literal):
            return SHOWN if self._values.is_in(value, filler) else ABSENT
        return self._values.meets(value, filler)

    def _holds_expression(self, thing: NamedNode | BlankNode, node: Term) -> Finding:
        graph = self._graph
        for members in graph.objects(node, OWL["intersectionOf"]):
            return all_of(self.holds(thing, each) for each in graph.list_members(members))
        for members in graph.objects(node, OWL["unionOf"]):
            return any_of(self.holds(thing, each) for each in graph.list_members(members))
        for members in graph.objects(node, OWL["oneOf"]):
            return any_of(self.same(thing, each) for each in graph.list_members(members))
        for negated in graph.objects(node, OWL["complementOf"]):
            return self.refute(self._suppositions.member(thing, negated))
        for property_ in graph.objects(node, OWL["onProperty"]):
            return self._holds_restriction(thing, node, property_)
        return UNDECIDED

    def _holds_restriction(
        self, thing: NamedNode | BlankNode, node: Term, property_: Term
    ) -> Finding:
        graph, edge = self._graph, self._suppositions.edge
        for value in graph.objects(node, OWL["hasValue"]):
            return self.find(edge(property_, thing, value))
        for filler in graph.objects(node, OWL["someValuesFrom"]):
            return self._has_values(thing, property_, filler, 1)
        for filler in graph.objects(node, OWL["allValuesFrom"]):
            value = self._suppositions.new_thing()
            case = Case((edge(property_, thing, value),))
            return self.under([case], partial(self.is_value_in, value, filler))
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            return self.find(edge(property_, thing, thing))
        findings = []
        for predicates, show in ((AT_LEAST, self._has_values), (AT_MOST, self._has_at_most)):
            for predicate in (*predicates, *EXACTLY):
                findings += [
                    show(thing, property_, graph.filler(node), to_count(number))
                    for number in graph.objects(node, predicate)
                ]
        return all_of(findings) if findings else UNDECIDED

    def _values_of(self, thing: Term, property_: Term) -> list[tuple[Term, Triple]]:
        """Return the values of the property with the triples that state them."""
        edge, unknown = self._suppositions.edge, BlankNode("glocal-value")
        pattern = edge(property_, thing, unknown)
        if pattern.object == unknown:
            found = self._closure.objects(thing, pattern.predicate)
        else:
            found = self._closure.subjects(pattern.predicate, thing)
        return [(each, edge(property_, thing, each)) for each in found]

    def _has_values(self, thing: Term, property_: Term, filler: Term, number: int) -> Finding:
        """Return whether a thing has so many different values in the filler."""
        if number == 0:
            return SHOWN
        values = self._values_of(thing, property_)
        if number > MAX_COUNTED or len(values) > _MAX_SUCCESSORS:
            return UNDECIDED
        each_value = (
            (value, all_of([self.find(triple), self.is_value_in(value, filler)]))
            for value, triple in values
        )
        if number == 1:
            return any_of(finding for _, finding in each_value)
        chosen: list[tuple[Term, Finding]] = []
        for value, finding in each_value:
            if not finding.is_shown:
                continue
            differences = [self.different(value, other) for other, _ in chosen]
            total = all_of([finding, *differences])
            if total.is_shown:
                chosen.append((value, total))
            if len(chosen) == number:
                return all_of(each for _, each in chosen)
        return UNDECIDED

    def _has_at_most(self, thing: Term, property_: Term, filler: Term, number: int) -> Finding:
        """Return whether to suppose one value more than this leads to a contradiction."""
        if number >= MAX_COUNTED:
            return UNDECIDED
        things = [self._suppositions.new_thing() for _ in range(number + 1)]
        cases = self._suppositions.with_values(thing, property_, filler, things)
        finding = self.refute(cases)
        is_data = self._graph.is_datatype(filler) or self._values.is_data_property(property_)
        return UNDECIDED if is_data and not finding.is_shown else finding
