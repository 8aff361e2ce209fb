"""Chains of rules with one pattern, so that a round derives all that follows by them at once.

Subclasses, subproperties, domains, ranges and inverses form long chains, and each link would take a
round of its own. So the head of a rule is followed by the heads of the rules that certainly apply
to it. A rule that may apply, but only to some of what the head stands for, waits for a later round.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

from pyoxigraph import Literal, Variable

from kg.namespaces import RDF
from kg.reasoning.rules.patterns import Atom, TermOrVariable
from kg.reasoning.rules.rule import Rule
from kg.statuses import Base, World

# With more heads than this, a row of the table of heads for each costs more than some rounds.
_MOST_CONCLUSIONS: Final = 50_000
_Value = TypeVar("_Value")


class Conclusion(NamedTuple):
    """A head that follows from the body of a rule, by that rule and perhaps others.

    `rule` is the index of the last of them, `base` and `world` are those of all. The terms of
    `needed` must be names, because they are subjects of triples in between.
    """

    atom: Atom
    rule: int
    base: Base
    world: World | None
    needed: frozenset[Variable] = frozenset()

    def is_implied_by(self, other: "Conclusion") -> bool:
        """Return whether the other one, with the same atom, holds wherever this one does."""
        stands = other.world in (None, self.world) and other.base <= self.base
        return stands and other.needed <= self.needed


@dataclass(frozen=True)
class Chains:
    """The conclusions of each rule, by index, its own heads first, and what may follow later.

    `linear` are the rules that chains have, `later` pairs of a rule and a linear rule that may
    apply to what the first derives, but does not in the same round.
    """

    conclusions: Sequence[tuple[Conclusion, ...]]
    linear: frozenset[int]
    later: frozenset[tuple[int, int]]


class PatternIndex(Generic[_Value]):
    """Finds values by patterns that may match the same triple as theirs."""

    def __init__(self, items: Iterable[tuple[Atom, _Value]]) -> None:
        self._values: dict[object, dict[object, list[tuple[Atom, _Value]]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for atom, value in items:
            predicate, class_ = _key(atom)
            self._values[predicate][class_].append((atom, value))

    def meeting(self, atom: Atom) -> Iterator[_Value]:
        """Yield the values whose patterns may match what `atom` matches."""
        predicate, class_ = _key(atom)
        by_class = (
            self._values.values()
            if predicate is None
            else [self._values[each] for each in (predicate, None) if each in self._values]
        )
        for values in by_class:
            some = values if class_ is None else [each for each in (class_, None) if each in values]
            for each in some:
                yield from (value for other, value in values[each] if _may_meet(atom, other))


def find_chains(
    rules: Sequence[Rule], skipped: Collection[str] = (), *, is_chained: bool = True
) -> Chains:
    """Return what follows from the body of each rule by chains; if not chained, its heads alone.

    Rules with a skipped name are left out.
    """
    own = [tuple(Conclusion(atom, index, rule.base, rule.world) for atom in rule.head)
           for index, rule in enumerate(rules)]  # fmt: skip
    linear = {
        index: rule.body[0]
        for index, rule in enumerate(rules)
        if len(rule.body) == 1 and rule.head and not rule.filters and rule.name not in skipped
    }
    alone = Chains(own, frozenset(), frozenset())
    if not (is_chained and linear):
        return alone
    index = PatternIndex((atom, number) for number, atom in linear.items())
    conclusions, later, total = [], set[tuple[int, int]](), 0
    for rule, heads in zip(rules, own, strict=True):
        follower = _Follower(rules, linear, index, rule.body)
        conclusions.append(follower.follow(heads if rule.body else ()))
        later |= follower.later
        total += len(conclusions[-1])
        if total > _MOST_CONCLUSIONS:
            return alone
    return Chains(conclusions, frozenset(linear), frozenset(later))


class _Follower:
    """Follows the heads of a rule with this body."""

    def __init__(
        self,
        rules: Sequence[Rule],
        linear: Mapping[int, Atom],
        index: PatternIndex[int],
        body: Sequence[Atom],
    ) -> None:
        self._rules, self._linear, self._index = rules, linear, index
        self._predicates = {atom.predicate for atom in body}
        self._names = self._predicates.union(atom.subject for atom in body)
        self.later: set[tuple[int, int]] = set()

    def follow(self, heads: Sequence[Conclusion]) -> tuple[Conclusion, ...]:
        """Return the heads, then all that follows from them, each once."""
        found = dict.fromkeys(heads)
        by_atom: dict[Atom, list[Conclusion]] = defaultdict(list)
        for head in heads:
            by_atom[head.atom].append(head)
        waiting = list(heads)
        for each in waiting:
            for following in self._next(each):
                known = by_atom[following.atom]
                if not any(following.is_implied_by(other) for other in known):
                    known.append(following)
                    found[following] = None
                    waiting.append(following)
        return tuple(found)

    def _next(self, conclusion: Conclusion) -> Iterator[Conclusion]:
        """Yield what the linear rules derive from a conclusion, and note those that must wait."""
        atom = conclusion.atom
        needed = self._needed(atom)
        for number in self._index.meeting(atom):
            binding = _match(self._linear[number], atom)
            rule = self._rules[number]
            if binding is None or needed is None:
                self.later.add((conclusion.rule, number))
                continue
            if None not in (rule.world, conclusion.world) and rule.world != conclusion.world:
                continue
            for head in rule.head:
                yield Conclusion(
                    head.substitute(binding),
                    number,
                    max(conclusion.base, rule.base),
                    conclusion.world or rule.world,
                    conclusion.needed | needed,
                )

    def _needed(self, atom: Atom) -> frozenset[Variable] | None:
        """Return the variables that must be names for the atom to be a triple, if that is all."""
        if isinstance(atom.subject, Literal):
            return None
        if isinstance(atom.predicate, Variable) and atom.predicate not in self._predicates:
            return None
        if isinstance(atom.subject, Variable) and atom.subject not in self._names:
            return frozenset({atom.subject})
        return frozenset()


def _key(atom: Atom) -> tuple[object, object]:
    predicate = None if isinstance(atom.predicate, Variable) else atom.predicate
    if predicate != RDF["type"] or isinstance(atom.object, Variable):
        return predicate, None
    return predicate, atom.object


def _may_meet(one: Atom, other: Atom) -> bool:
    return all(
        left == right or isinstance(left, Variable) or isinstance(right, Variable)
        for left, right in zip(one, other, strict=True)
    )


def _match(pattern: Atom, atom: Atom) -> dict[Variable, TermOrVariable] | None:
    """Return the binding with which a pattern is the atom, or None if it is not as general."""
    binding: dict[Variable, TermOrVariable] = {}
    for slot, value in zip(pattern, atom, strict=True):
        if isinstance(slot, Variable):
            if binding.setdefault(slot, value) != value:
                return None
        elif slot != value:
            return None
    return binding
