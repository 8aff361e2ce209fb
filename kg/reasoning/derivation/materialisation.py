"""Derive everything that follows from assertions by rules, without levels of status.

Equality (owl:sameAs) is handled by rewriting: one representative replaces all things equal to it.

Source: Motik, Nenov, Piro and Horrocks, Handling owl:sameAs via Rewriting, AAAI 2015.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from pyoxigraph import Variable

from kg.namespaces import OWL, RDF
from kg.reasoning.derivation.assertions import Assertions
from kg.reasoning.derivation.fixpoint import CodedContradiction, CountsByRule, FixpointEvaluator
from kg.reasoning.derivation.joins import NonMonotoneStrata, PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.adjacency import AdjacencyMap, Values, subtract
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex, match_triples
from kg.reasoning.rules.patterns import Atom
from kg.reasoning.rules.rule import Rule

# Derived equality can change every triple. This rule is never run; it only makes `stratify` put
# every rule that derives owl:sameAs below the rules that read a negation or a group.
_EQUALITY: Final = Rule(
    "eq-rep",
    head=(Atom(Variable("s"), Variable("p"), Variable("o")),),
    body=(Atom(Variable("x"), OWL["sameAs"], Variable("y")),),
)
# The rules of OWL 2 RL that `Representatives` makes unnecessary.
REPLACED: Final = frozenset({"eq-ref", "eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o"})


@dataclass(frozen=True, slots=True)
class PredicateTriples:
    """The triples of one predicate, keyed by subject if `is_forward`, else by object."""

    predicate: int
    side: AdjacencyMap
    is_forward: bool

    def __iter__(self) -> Iterator[CodedTriple]:
        for key, values in self.side.items():
            for value in values:
                subject, object_ = (key, value) if self.is_forward else (value, key)
                yield subject, self.predicate, object_


class Materialisation:
    """Asserted facts and the triples that rules add to them.

    `representatives` are those of things that are equal by `owl:sameAs`; `facts` has them in place
    of equal things. `counts` has how many triples each rule was the first to derive.
    """

    def __init__(self, assertions: Assertions) -> None:
        self._assertions = assertions
        self._vocabulary = vocabulary = assertions.vocabulary
        self._same_as = vocabulary.encode(OWL["sameAs"])
        self.representatives = Representatives(vocabulary)
        self.facts = TripleIndex()
        self.counts: Counter[str] = Counter()
        self.rounds = 0
        self._gaining: set[int] = set()
        for predicate in assertions.columns:
            is_forward = predicate != vocabulary.encode(RDF["type"])
            side = assertions.side(predicate, is_forward=is_forward)
            self.facts.fill(predicate, side, is_forward=is_forward)

    def derive(
        self, rules: Sequence[Rule], limits: DerivationLimits, tell: Callable[[str], None]
    ) -> set[CodedContradiction]:
        """Add everything that follows by the rules, and return the contradictions found.

        Raises LimitExceeded, or UnstratifiedRules if a rule depends on its own negation or group.
        """
        active = [rule for rule in rules if rule.name not in REPLACED]
        vocabulary, recorder = self._vocabulary, CountsByRule()
        full, incremental = make_plans([rule for rule in active if rule.is_monotone], vocabulary)
        strata = NonMonotoneStrata([*active, _EQUALITY], vocabulary).plans_for(None, incremental)
        fixpoint = FixpointEvaluator(self.facts, vocabulary, limits, tell)
        clashes: set[CodedContradiction] = set()
        for first, triggered in [(full, incremental), *strata]:
            # Equal things are merged even in a stratum without rules.
            queue, changes, is_complete = first, Changes(), False
            while not is_complete:
                clashes |= fixpoint.run(changes, queue, PlanIndex(triggered, vocabulary), recorder)
                changes, merged = self.representatives.merge(self.facts)
                plans = [*full, *first, *triggered]
                affected = [plan for plan in plans if not merged.isdisjoint(plan.constants)]
                for plan in affected:
                    plan.discard_compiled()
                # Merging changes codes, so the triggers are indexed anew.
                queue = [plan for plan in affected if plan.changed is None]
                queue += PlanIndex(triggered, vocabulary).plans_for(changes)
                is_complete = not queue
        self.counts, self.rounds = recorder.by_rule, fixpoint.rounds
        self._gaining = recorder.predicates
        return clashes

    def derived_parts(self) -> Iterator[PredicateTriples]:
        """Yield the derived triples that are not asserted, for all members of equal things."""
        for predicate in self.facts.predicates():
            if not self.representatives:
                yield self._unasserted(predicate)
            elif predicate != self._same_as:
                yield from self._expanded(predicate)
        if self.representatives:
            equal = self.representatives.other_members()
            yield self._without_asserted(self._same_as, equal, is_forward=True)

    def _unasserted(self, predicate: int) -> PredicateTriples:
        is_forward = self.facts.relations[predicate].is_forward
        if predicate in self._assertions.columns and predicate not in self._gaining:
            return PredicateTriples(predicate, {}, is_forward)
        side = self.facts.side(predicate, is_forward=is_forward)
        return self._without_asserted(predicate, side, is_forward=is_forward)

    def _expanded(self, predicate: int) -> Iterator[PredicateTriples]:
        members = self.representatives.members
        full: AdjacencyMap = {}
        for key, values in self.facts.forward(predicate).items():
            all_values = {member for value in values for member in members(value)}
            full |= dict.fromkeys(members(key), all_values)
        for name in members(predicate):
            yield self._without_asserted(name, full, is_forward=True)

    def _without_asserted(
        self, predicate: int, side: AdjacencyMap, *, is_forward: bool
    ) -> PredicateTriples:
        if predicate in self._assertions.columns:
            asserted = self._assertions.side(predicate, is_forward=is_forward)
            side = {
                key: new
                for key, values in side.items()
                if (new := subtract(values, asserted[key]) if key in asserted else values)
            }
        return PredicateTriples(predicate, side, is_forward)


class Representatives:
    """The groups of equal things, each with the representative that replaces its members."""

    def __init__(self, vocabulary: TermDictionary) -> None:
        self._vocabulary = vocabulary
        self._same_as = vocabulary.encode(OWL["sameAs"])
        self._members: dict[int, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._members)

    def members(self, code: int) -> list[int]:
        """Return all things that the code represents, itself included."""
        return self._members.get(code, [code])

    def other_members(self) -> AdjacencyMap:
        """Return each member of a group with the other members."""
        groups = self._members.values()
        return {member: set(members) - {member} for members in groups for member in members}

    def merge(self, facts: TripleIndex) -> tuple[Changes, set[int]]:
        """Rewrite the facts according to their `owl:sameAs` triples.

        Of these, only `r owl:sameAs r` remains for each representative, so that rules which ask
        whether two members are equal still match. Returns the rewritten triples, and the codes that
        were replaced by a representative.
        """
        groups = equal_groups(facts.forward(self._same_as).items())
        changes, merged = Changes(), set[int]()
        for group in groups:
            representative, *others = sorted(group)
            for other in others:
                # The code may already represent other things.
                for member in self.members(other):
                    self._vocabulary.equate(member, representative)
                merged.add(other)
                _replace(facts, other, representative, changes)
            joined = [self._members.pop(code, [code]) for code in group]
            self._members[representative] = sorted(chain.from_iterable(joined))
        return changes, merged


def equal_groups(pairs: Iterable[tuple[int, Values]]) -> list[set[int]]:
    """Return the groups of two or more codes that the pairs connect.

    A literal is never merged: literals are equal only if their values are.
    """
    group_of: dict[int, set[int]] = {}
    for code, others in pairs:
        for other in others:
            if code == other or other < 0:
                continue
            first, second = group_of.get(code, {code}), group_of.get(other, {other})
            if first is not second:
                small, large = sorted((first, second), key=len)
                large |= small
                group_of |= dict.fromkeys(small, large)
                group_of[code] = group_of[other] = large
    return list({id(group): group for group in group_of.values()}.values())


def _replace(facts: TripleIndex, old: int, new: int, changes: Changes) -> None:
    """Replace a code with another in all facts that mention it."""
    patterns = (None, old, None), (old, None, None), (None, None, old)
    for codes in {codes for pattern in patterns for codes in match_triples(facts, *pattern)}:
        facts.remove(codes)
        subject, predicate, object_ = (new if code == old else code for code in codes)
        facts.add((subject, predicate, object_))
        changes.add(predicate, {subject: {object_}}, is_forward=True)
