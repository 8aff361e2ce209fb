"""Show that a thing is an instance of a class expression, or suppose that it is.

A property expression is a name or the inverse of one; a filler may be a class or a data range.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations, count
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from kg.errors import UnsupportedAxiom
from kg.namespaces import OWL, RDFS
from kg.reasoning.axioms.data_ranges import DataRangeReader
from kg.reasoning.entailment.closure import Closure
from kg.reasoning.entailment.findings import (
    ABSENT,
    SHOWN,
    UNDECIDED,
    Finding,
    all_of,
    any_of,
)
from kg.reasoning.entailment.premise_rules import PremiseRules
from kg.reasoning.entailment.value_spaces import are_impossible, includes
from kg.reasoning.entailment.values import ValueSpellings
from kg.reasoning.entailment.vocabulary import DIFFERENT, SAME_AS, THING, TYPE
from kg.reasoning.facts.matching import solve
from kg.reasoning.rules.patterns import Expression, Term
from kg.reasoning.rules.rule import Rule
from kg.reasoning.rules.values import numeric_value

_MAX_SUCCESSORS: Final = 10_000
_MAX_COUNTED: Final = 12
_TRUE: Final = Literal(True)
_VALUE: Final = Variable("value")
_EXACT: Final = (OWL["cardinality"], OWL["qualifiedCardinality"])
_LEAST: Final = (OWL["minCardinality"], OWL["minQualifiedCardinality"])
_MOST: Final = (OWL["maxCardinality"], OWL["maxQualifiedCardinality"])
# What is supposed in one case: triples, and data values that are in a data range.
Case = tuple[tuple[Triple, ...], tuple[tuple[Term, Term], ...]]
_NOTHING_SUPPOSED: Final[Case] = ((), ())


class Membership:
    """Shows and supposes memberships in one closure.

    The things of which something is supposed are blank nodes that the closure does not have:
    unnamed under the direct semantics, so that keys do not apply to them.
    """

    def __init__(self, closure: Closure, compiled: PremiseRules, spellings: ValueSpellings) -> None:
        self.closure, self.graph, self._compiled = closure, compiled.graph, compiled
        self._spellings = spellings
        self._numbers = count(1)
        # Data values that are supposed to be in data ranges, in the current supposition.
        self._ranges: list[tuple[Term, Term]] = []
        self.is_exact = True

    def new_thing(self, *, is_named: bool = False) -> NamedNode | BlankNode:
        """Return a thing of which nothing is known."""
        name = f"glocal-any-{next(self._numbers)}"
        return NamedNode(f"urn:{name}") if is_named else BlankNode(name)

    def edge(self, property_: Term, subject: Term, object_: Term) -> Triple:
        """Return the triple that a property, or the inverse of one, relates two things."""
        names = Variable("s"), Variable("o")
        atom, _ = self.graph.property_atom(property_, *names)
        ends = subject, self._spellings.canonical(object_)
        first, last = ends if atom.subject == names[0] else ends[::-1]
        if isinstance(first, Literal):
            raise UnsupportedAxiom(str(first), "a literal is related to something")
        return Triple(first, atom.predicate, last)  # type: ignore[arg-type]

    def find(self, triple: Triple) -> Finding:
        """Return whether the triple holds, with its proof."""
        codes = self.closure.encode(triple.subject, triple.predicate, triple.object)  # type: ignore[arg-type]
        if codes in self.closure.facts:
            return Finding((self.closure.prove(codes),)) if self.closure.keeps_reasons else SHOWN
        if triple.predicate == SAME_AS and codes[0] == codes[2]:
            return SHOWN
        return ABSENT

    def exists_with(self, thing: Term, triple: Triple) -> Finding:
        """Return whether the triple holds once it is said that the thing, like all, exists."""
        if isinstance(thing, Literal):
            return ABSENT
        return self.under([((Triple(thing, TYPE, THING),), ())], lambda: self.find(triple))

    def under(self, cases: Sequence[Case], check: Callable[[], Finding]) -> Finding:
        """Return whether something holds in each of the cases that do not contradict themselves."""

        def each() -> Iterator[Finding]:
            for triples, ranges in cases:
                with self.closure.suppose(triples) as clash:
                    if clash is not None:
                        yield self._contradicted(clash)
                        continue
                    before = len(self._ranges)
                    self._ranges += ranges
                    try:
                        impossible = self._impossible_value(ranges)
                        yield impossible if impossible.is_shown else check()
                    finally:
                        del self._ranges[before:]

        return all_of(each())

    def refute(self, cases: Sequence[Case]) -> Finding:
        """Return whether each case leads to a contradiction."""
        return self.under(cases, lambda: ABSENT)

    def _contradicted(self, clash: tuple[str, tuple[tuple[int, int, int], ...]]) -> Finding:
        if not self.closure.keeps_reasons:
            return SHOWN
        rule, premises = self.closure.prove_clash(clash)
        return Finding(premises, is_exact=True) if premises else Finding((), is_exact=True)

    # --- what is shown

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

    def _holds_expression(self, thing: NamedNode | BlankNode, node: Term) -> Finding:
        graph = self.graph
        for members in graph.objects(node, OWL["intersectionOf"]):
            return all_of(self.holds(thing, each) for each in graph.list_members(members))
        for members in graph.objects(node, OWL["unionOf"]):
            return any_of(self.holds(thing, each) for each in graph.list_members(members))
        for members in graph.objects(node, OWL["oneOf"]):
            return any_of(self.same(thing, each) for each in graph.list_members(members))
        for negated in graph.objects(node, OWL["complementOf"]):
            return self.under(self.cases(thing, negated), lambda: ABSENT)
        for property_ in graph.objects(node, OWL["onProperty"]):
            return self._holds_restriction(thing, node, property_)
        return UNDECIDED

    def _holds_restriction(
        self, thing: NamedNode | BlankNode, node: Term, property_: Term
    ) -> Finding:
        graph = self.graph
        for value in graph.objects(node, OWL["hasValue"]):
            return self.find(self.edge(property_, thing, value))
        for filler in graph.objects(node, OWL["someValuesFrom"]):
            return self._has_values(thing, property_, filler, 1)
        for filler in graph.objects(node, OWL["allValuesFrom"]):
            return self._all_values(thing, property_, filler)
        if _TRUE in graph.objects(node, OWL["hasSelf"]):
            return self.find(self.edge(property_, thing, thing))
        filler = graph.filler(node)
        findings = []
        for predicates, show in ((_LEAST, self._has_values), (_MOST, self._has_at_most)):
            for number in (*predicates, *_EXACT):
                for value in graph.objects(node, number):
                    findings.append(show(thing, property_, filler, _count(value)))
        return all_of(findings) if findings else UNDECIDED

    def same(self, one: Term, other: Term) -> Finding:
        """Return whether two things are the same."""
        if one == other:
            return SHOWN
        return ABSENT if isinstance(one, Literal) else self.find(Triple(one, SAME_AS, other))

    def _successors(self, thing: Term, property_: Term) -> list[tuple[Term, Triple]]:
        """Return the values of the property with the triples that state them."""
        value = BlankNode("glocal-value")
        pattern = self.edge(property_, thing, value)
        is_forward = pattern.object == value
        found = (
            self.closure.objects(thing, pattern.predicate)
            if is_forward
            else self.closure.subjects(pattern.predicate, thing)
        )
        return [(each, self.edge(property_, thing, each)) for each in found[:_MAX_SUCCESSORS]]

    def _has_values(self, thing: Term, property_: Term, filler: Term, number: int) -> Finding:
        if number == 0:
            return SHOWN
        if number > _MAX_COUNTED:
            return UNDECIDED
        found: list[tuple[Term, Finding]] = []
        is_exact = True
        for value, triple in self._successors(thing, property_):
            finding = all_of([self.find(triple), self.is_value_in(value, filler)])
            is_exact &= finding.is_shown or finding.is_exact
            if finding.is_shown:
                found.append((value, finding))
                if number == 1:
                    return finding
        if number == 1:
            return Finding(None, is_exact)
        chosen: list[tuple[Term, Finding]] = []
        for value, finding in found:
            differences = [self.different(value, other) for other, _ in chosen]
            if all(each.is_shown for each in differences):
                chosen.append((value, all_of([finding, *differences])))
            if len(chosen) == number:
                return all_of(each for _, each in chosen)
        return UNDECIDED

    def is_value_in(self, value: Term, filler: Term) -> Finding:
        """Return whether a value is in a class or a data range."""
        if not self.graph.is_datatype(filler):
            return self.holds(value, filler)
        condition = self._condition(filler)
        if isinstance(value, Literal):
            return SHOWN if includes(value, condition) else ABSENT
        return self.value_meets(value, condition)

    def different(self, one: Term, other: Term) -> Finding:
        """Return whether two things, or two data values, cannot be the same."""
        if isinstance(one, Literal) and isinstance(other, Literal):
            is_other = includes(one, Expression("!", (Expression("dt-eq", (_VALUE, other)),)))
            return SHOWN if is_other else ABSENT
        if isinstance(one, Literal):
            one, other = other, one
        if isinstance(one, Literal):
            return UNDECIDED
        stated = self.find(Triple(one, DIFFERENT, other))
        if stated.is_shown:
            return stated
        return self.refute([((Triple(one, SAME_AS, other),), ())])

    def _all_values(self, thing: Term, property_: Term, filler: Term) -> Finding:
        value = self.new_thing()
        return self.under(
            [((self.edge(property_, thing, value),), ())], lambda: self.is_value_in(value, filler)
        )

    def _has_at_most(self, thing: Term, property_: Term, filler: Term, number: int) -> Finding:
        if number >= _MAX_COUNTED:
            return UNDECIDED
        values = [self.new_thing() for _ in range(number + 1)]
        finding = self.refute(self._with_values(thing, property_, filler, values))
        is_data = self.graph.is_datatype(filler) or self.is_data_property(property_)
        return UNDECIDED if is_data and not finding.is_shown else finding

    # --- what is supposed

    def cases(self, thing: Term, class_: Term) -> list[Case]:
        """Return the cases, of which one is true, if the thing is an instance of the class.

        `is_exact` becomes false if the cases say less than that.
        """
        if class_ in {THING, RDFS["Resource"]} or isinstance(thing, Literal):
            return [_NOTHING_SUPPOSED]
        if isinstance(class_, NamedNode):
            return [((Triple(thing, TYPE, class_),), ())]
        name = self._compiled.names.get(class_) if isinstance(class_, BlankNode) else None
        if name is None:
            self.is_exact = False
            return [_NOTHING_SUPPOSED]
        # The rules say what follows from the name; the cases what rules cannot say.
        own: list[Case] = [((Triple(thing, TYPE, name),), ())]
        try:
            return _join(own, self._parts(thing, class_, name))
        except UnsupportedAxiom:
            self.is_exact = False
            return own

    def _parts(self, thing: Term, node: Term, name: NamedNode) -> list[Case]:
        graph = self.graph
        for members in graph.objects(node, OWL["intersectionOf"]):
            cases = [_NOTHING_SUPPOSED]
            for each in graph.list_members(members):
                cases = _join(cases, self.cases(thing, each))
            return cases
        for members in graph.objects(node, OWL["unionOf"]):
            parts = graph.list_members(members)
            return [case for each in parts for case in self.cases(thing, each)]
        for members in graph.objects(node, OWL["oneOf"]):
            return [((self._equal(thing, each),), ()) for each in graph.list_members(members)]
        for negated in graph.objects(node, OWL["complementOf"]):
            return self._negated_cases(thing, negated, name)
        for property_ in graph.objects(node, OWL["onProperty"]):
            for filler in graph.objects(node, OWL["someValuesFrom"]):
                return self._with_values(thing, property_, filler, [self.new_thing()])
            for predicate in (*_LEAST, *_EXACT):
                for number in graph.objects(node, predicate):
                    self.is_exact &= predicate in _LEAST or name not in self._compiled.incomplete
                    values = [self.new_thing() for _ in range(min(_count(number), _MAX_COUNTED))]
                    return self._with_values(thing, property_, graph.filler(node), values)
        self.is_exact &= name not in self._compiled.incomplete
        return [_NOTHING_SUPPOSED]

    def _negated_cases(self, thing: Term, node: Term, name: NamedNode) -> list[Case]:
        for inner in self.graph.objects(node, OWL["complementOf"]):
            return self.cases(thing, inner)
        self.is_exact &= name not in self._compiled.incomplete
        return [_NOTHING_SUPPOSED]

    def _equal(self, thing: Term, other: Term) -> Triple:
        if isinstance(thing, Literal):
            raise UnsupportedAxiom(str(thing), "a literal among individuals")
        return Triple(thing, SAME_AS, other)

    def _with_values(
        self, thing: Term, property_: Term, filler: Term, values: Sequence[NamedNode | BlankNode]
    ) -> list[Case]:
        """Return the cases of a thing with these different values in the filler."""
        edges = [self.edge(property_, thing, value) for value in values]
        pairs = combinations(values, 2)
        cases: list[Case] = [
            ((*edges, *(Triple(one, DIFFERENT, other) for one, other in pairs)), ())
        ]
        for value in values:
            if self.graph.is_datatype(filler):
                cases = _join(cases, [((), ((value, filler),))])
            else:
                cases = _join(cases, self.cases(value, filler))
        return cases

    # --- data values

    def is_data_property(self, property_: Term) -> bool:
        """Return whether the values of a property are known to be data values."""
        return self.closure.contains(property_, TYPE, OWL["DatatypeProperty"])

    def value_meets(self, value: Term, condition: Expression) -> Finding:
        """Return whether an unknown data value meets a condition, by what is known of it."""
        known, premises = self._known_of(value)
        if are_impossible([*known, Expression("!", (condition,))]):
            return Finding(premises)
        return UNDECIDED

    def data_condition(self, node: Term) -> Expression:
        """Return the condition of a data range; raise UnsupportedAxiom if there is none."""
        return self._condition(node)

    def _condition(self, node: Term) -> Expression:
        return DataRangeReader(self.graph, _VALUE).condition(node)[0]

    def _impossible_value(self, ranges: Sequence[tuple[Term, Term]]) -> Finding:
        for value in dict.fromkeys(value for value, _ in ranges):
            known, premises = self._known_of(value)
            if are_impossible(known):
                return Finding(premises)
        return ABSENT

    def _known_of(self, value: Term) -> tuple[list[Expression], tuple]:  # type: ignore[type-arg]
        """Return conditions that a data value meets, and proofs of what they follow from.

        A rule without a head says that its filters fail wherever its body matches.
        """
        known = [self._condition(filler) for each, filler in self._ranges if each == value]
        code, premises = self.closure.vocabulary.encode(value), []
        for _, predicate, _ in self.closure.match(None, None, code):
            if self.is_data_property(self.closure.vocabulary.decode(predicate)):
                known.append(Expression("dt-type2", (_VALUE, RDFS["Literal"])))
                break
        for rule in self.closure.constraints:
            for variable in rule.filters[0].variables:
                if any(each.variables != (variable,) for each in rule.filters):
                    continue
                conditions = [each.substitute({variable: _VALUE}) for each in rule.filters]
                for proofs in self._matches(rule, variable, code):
                    failing = (
                        conditions[0]
                        if len(conditions) == 1
                        else Expression("&&", tuple(conditions))
                    )
                    known.append(Expression("!", (failing,)))
                    premises += proofs
                    break
        return known, tuple(premises)

    def _matches(self, rule: Rule, variable: Variable, code: int) -> Iterator[tuple]:  # type: ignore[type-arg]
        rules = self.closure.encode_patterns(rule.body)
        for binding in solve(rules, {variable: code}, self.closure.match):
            if not self.closure.keeps_reasons:
                yield ()
                continue
            triples = [tuple(binding.get(slot, slot) for slot in pattern) for pattern in rules]
            yield tuple(self.closure.prove(codes) for codes in triples)  # type: ignore[arg-type]


def _join(first: Sequence[Case], second: Sequence[Case]) -> list[Case]:
    """Return every combination of a case of each."""
    return [((*one[0], *other[0]), (*one[1], *other[1])) for one in first for other in second]


def _count(number: Term) -> int:
    value = numeric_value(number)
    if value is None or value < 0:
        raise UnsupportedAxiom(str(number), "expected a non-negative integer")
    return int(value)
