"""owl:sameAs by representatives: of equal things one stands for all while rules run.

Source: Motik, Nenov, Piro and Horrocks, Handling owl:sameAs via Rewriting, AAAI 2015.

Assertions and rules -> all that follows, at one level, for any data.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from pyoxigraph import Variable

from kg.namespaces import OWL, RDF
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.fixpoint import CodedClash, Counts, Fixpoint
from kg.reasoning.derivation.joins import Plan, Triggers, plans
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.derivation.strata import UpperStrata
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.relations import Changes, Facts, Side
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule


class Representatives:
    """Which things are equal, and the one that stands for each group of them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._same_as = vocabulary.encode(OWL["sameAs"])
        self._members: dict[int, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._members)

    def members(self, code: int) -> list[int]:
        """All things that the code stands for, itself included."""
        return self._members.get(code, [code])

    def equal(self) -> Side:
        """Each thing that has others equal to it, with these."""
        return {one: set(members) - {one} for members in self._members.values() for one in members}

    def merge(self, facts: Facts) -> tuple[Changes, set[int]]:
        """Rewrites the facts by what `owl:sameAs` says in them.

        What is left of it is `r owl:sameAs r` for each representative, so that rules which ask
        whether two things are equal find them so.

        Returns:
            The rewritten triples, and what is now written as its representative.
        """
        groups = self._groups(facts.forward(self._same_as).items())
        changes, merged = Changes(), set[int]()
        for members in groups:
            representative, *others = sorted(members)
            for other in others:
                # Those that it stands for already, too.
                for each in self.members(other):
                    self._vocabulary.equate(each, representative)
                merged.add(other)
                self._rewrite(facts, other, representative, changes)
            joined = [self._members.pop(member, [member]) for member in members]
            self._members[representative] = sorted(chain.from_iterable(joined))
        return changes, merged

    def _groups(self, pairs: Iterable[tuple[int, set[int]]]) -> list[set[int]]:
        """The groups of two and more that the pairs connect; literals are equal by value alone."""
        group_of: dict[int, set[int]] = {}
        for one, others in pairs:
            for other in others:
                if one == other or other < 0:
                    continue
                first, second = group_of.get(one, {one}), group_of.get(other, {other})
                if first is not second:
                    small, large = sorted((first, second), key=len)
                    large |= small
                    group_of |= dict.fromkeys(small, large)
                    group_of[one] = group_of[other] = large
        return list({id(group): group for group in group_of.values()}.values())

    def _rewrite(self, facts: Facts, old: int, new: int, changes: Changes) -> None:
        """Puts one code in place of another wherever it stands."""
        for codes in set(_mentioning(facts, old)):
            facts.remove(codes)
            subject, predicate, object_ = (new if code == old else code for code in codes)
            facts.add((subject, predicate, object_))
            changes.note(predicate, {subject: {object_}}, is_forward=True)


def _mentioning(facts: Facts, code: int) -> Iterator[Codes]:
    for predicate in facts.predicates():
        if predicate == code:
            yield from ((one, predicate, other) for one, other in facts.relations[predicate])
        for object_ in facts.forward(predicate).get(code, ()):
            yield code, predicate, object_
        for subject in facts.backward(predicate).get(code, ()):
            yield subject, predicate, code


# That what is derived to be equal changes everything: read for the order of strata, never run.
_EQUALITY: Final = Rule(
    "eq-rep",
    head=(Atom(Variable("s"), Variable("p"), Variable("o")),),
    body=(Atom(Variable("x"), OWL["sameAs"], Variable("y")),),
)
# What these rules say is done by representatives.
REPLACED: Final = ("eq-ref", "eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o")


@dataclass(frozen=True, slots=True)
class Part:
    """Triples of one predicate, by subject if `is_forward`, else by object."""

    predicate: int
    side: Side
    is_forward: bool


class Materialisation:
    """The facts that assertions start with, and what rules add to them."""

    def __init__(self, assertions: Assertions) -> None:
        self._assertions = assertions
        self._vocabulary = vocabulary = assertions.vocabulary
        self._type = vocabulary.encode(RDF["type"])
        self._same_as = vocabulary.encode(OWL["sameAs"])
        self.representatives = Representatives(vocabulary)
        self.facts = Facts()
        self.counts: Counter[str] = Counter()
        self.rounds = 0
        self._gaining: set[int] = set()
        for predicate in assertions.columns:
            is_forward = predicate != self._type
            side = assertions.side(predicate, is_forward=is_forward)
            self.facts.absorb(predicate, side, is_forward=is_forward, is_owned=True)

    def derive(
        self, rules: Sequence[Rule], limits: Limits, tell: Callable[[str], None]
    ) -> set[CodedClash]:
        """Adds all that follows.

        Returns:
            The contradictions.

        Raises:
            LimitExceeded: see `Limits`.
            UnstratifiedRules: a rule depends on its own negation or aggregate.
        """
        taking_part = [rule for rule in rules if rule.name not in REPLACED]
        full, incremental = self._plans(taking_part)
        upper = UpperStrata([*taking_part, _EQUALITY], self._vocabulary).of(None, incremental)
        fixpoint, ledger = Fixpoint(self.facts, self._vocabulary, limits, tell), Counts()
        clashes: set[CodedClash] = set()
        for first, following in [(full, incremental), *upper]:
            # Even a stratum without rules makes equal things one.
            queue, changes, is_complete = first, Changes(), False
            while not is_complete:
                triggers = Triggers(following, self._vocabulary)
                clashes |= fixpoint.reach(changes, queue, triggers, ledger)
                changes, merged = self.representatives.merge(self.facts)
                affected = self._affected([*full, *first], following, merged)
                queue = affected + Triggers(following, self._vocabulary).of(changes)
                is_complete = not queue
        self.counts, self.rounds, self._gaining = ledger.by_rule, fixpoint.rounds, ledger.predicates
        return clashes

    def derived(self) -> Iterator[Part]:
        """What follows and is not asserted, equal things written out."""
        for predicate in self.facts.predicates():
            if not self.representatives:
                yield self._beyond_assertions(predicate)
            elif predicate != self._same_as:
                yield from self._written_out(predicate)
        if self.representatives:
            asserted = self._asserted(self._same_as, is_forward=True)
            equal = self.representatives.equal()
            yield Part(self._same_as, _without(equal, asserted), is_forward=True)

    def _beyond_assertions(self, predicate: int) -> Part:
        relation = self.facts.relations[predicate]
        is_forward = relation.is_forward
        side = relation.side(is_forward=is_forward)
        if predicate not in self._assertions.columns:
            return Part(predicate, side, is_forward)
        if predicate not in self._gaining:
            return Part(predicate, {}, is_forward)
        return Part(predicate, _without(side, self._asserted(predicate, is_forward)), is_forward)

    def _written_out(self, predicate: int) -> Iterator[Part]:
        """The same where things stand for others, of which all is said too."""
        members = self.representatives.members
        full: Side = {}
        for key, values in self.facts.forward(predicate).items():
            all_values = {each for value in values for each in members(value)}
            full |= dict.fromkeys(members(key), all_values)
        for name in members(predicate):
            yield Part(name, _without(full, self._asserted(name, is_forward=True)), is_forward=True)

    def _asserted(self, predicate: int, is_forward: bool) -> Side:
        if predicate not in self._assertions.columns:
            return {}
        return self._assertions.side(predicate, is_forward=is_forward)

    def _plans(self, rules: Sequence[Rule]) -> tuple[list[Plan], list[Plan]]:
        full: list[Plan] = []
        incremental: list[Plan] = []
        for rule in rules:
            if rule.is_monotone:
                of_all, of_changes = plans(rule, self._vocabulary)
                full += of_all
                incremental += of_changes
        return full, incremental

    def _affected(
        self, full: Sequence[Plan], incremental: Sequence[Plan], merged: set[int]
    ) -> list[Plan]:
        """The plans that name something which has another code now; they are made anew."""
        affected = []
        for plan in (*full, *incremental):
            if not merged.isdisjoint(plan.constants):
                plan.forget()
                affected += [plan] if plan.changed is None else []
        return affected


def _without(side: Side, other: Side) -> Side:
    """The pairs of the first that the second lacks."""
    found: Side = {}
    for key, values in side.items():
        known = other.get(key)
        new = values if known is None else values - known
        if new:
            found[key] = new
    return found
