"""Compile rules to plans, which are data: rows of small tables that Spark joins with the triples.

A plan matches the patterns of one rule in one order. A match is a row of terms: pattern after
pattern, subject, predicate and object. So every slot of a later pattern, of the head and of a
filter is a place in this row, or a constant. Plans with the same number of patterns run together,
whatever their rules are: each step is one join, in which the plan is a column.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from pyoxigraph import NamedNode, Variable

from kg.errors import UnsupportedRules
from kg.reasoning.rules.patterns import Atom, Expression, Term, TermOrVariable
from kg.reasoning.rules.rule import Rule
from kg.spark.chains import Chains, Conclusion, PatternIndex, find_chains
from kg.statuses import Base, World

# The places that an access path looks up, as bits.
SUBJECT, PREDICATE, OBJECT = 1, 2, 4
_PLACES: Final = (SUBJECT, PREDICATE, OBJECT)
# Pairs of places that must be equal because one new variable stands in both, as bits.
SUBJECT_IS_PREDICATE, PREDICATE_IS_OBJECT, SUBJECT_IS_OBJECT = 1, 2, 4


class Slot(NamedTuple):
    """A place in the row of a match, or a constant; neither if anything matches."""

    place: int | None = None
    constant: Term | None = None

    @property
    def is_bound(self) -> bool:
        """Whether the value is known."""
        return self.place is not None or self.constant is not None


class Step(NamedTuple):
    """The next pattern of a plan; `mask` has a bit for each slot by which triples are found."""

    slots: tuple[Slot, Slot, Slot]
    mask: int
    repeats: int


class Comparison(NamedTuple):
    """A filter that two terms are the same or differ, of which at most one may be a literal."""

    left: Slot
    right: Slot
    is_equal: bool


class Head(NamedTuple):
    """A triple that a match gives, by the rule that derives it last; the standing is all rules'.

    `needed` are places of the match that must be names.
    """

    slots: tuple[Slot, Slot, Slot]
    rule: int
    base: Base
    world: World | None
    needed: tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """One rule, and the pattern of its body that is matched first.

    `heads` are those of the rule, then of chains that begin with it; there are none for a
    contradiction. `places[i]` is the place of the i-th pattern of the body
    among the steps. `comparisons` are filters on codes; `conditions` need the terms themselves,
    and `variables` has the slots of theirs.
    """

    number: int
    rule: int
    start: int
    steps: tuple[Step, ...]
    heads: tuple[Head, ...]
    places: tuple[int, ...]
    comparisons: tuple[Comparison, ...]
    conditions: tuple[Expression, ...]
    variables: tuple[tuple[Variable, Slot], ...]
    triggers: tuple[Atom, ...]

    @property
    def depth(self) -> int:
        """The number of patterns."""
        return len(self.steps)

    def constants(self) -> Iterator[Term]:
        """Yield every constant of the plan."""
        slots = [slot for step in self.steps for slot in step.slots]
        slots += [slot for head in self.heads for slot in head.slots]
        slots += [slot for each in self.comparisons for slot in (each.left, each.right)]
        for slot in slots:
            if slot.constant is not None:
                yield slot.constant


class Program:
    """The plans of rules, and which of them may use what a round has derived.

    A rule with a body has a plan for each pattern that may change. Rules with a skipped name have
    none. Raises UnsupportedRules for rules with NOT EXISTS or an aggregate.
    """

    def __init__(
        self, rules: Sequence[Rule], skipped: Collection[str] = (), *, is_chained: bool = True
    ) -> None:
        refused = [rule.name for rule in rules if not rule.is_monotone]
        if refused:
            reason = "derive in one process, without --on"
            raise UnsupportedRules("Deriving on Spark", refused, reason)
        self._rules = rules
        self._chains = find_chains(rules, skipped, is_chained=is_chained)
        self.plans: list[Plan] = []
        for index, rule in enumerate(rules):
            for start in range(len(rule.body) if rule.name not in skipped else 0):
                self.plans.append(_compile(len(self.plans), index, rule, start, self._chains))
        self._index = PatternIndex((plan.triggers[0], plan.number) for plan in self.plans)

    def phases(self) -> list[list[Plan]]:
        """Return plans that find all matches in all triples: the linear rules', then the others'.

        The joins of the second phase begin when there is nothing more to derive without a join.
        """
        full = full_plans(self.plans)
        return [
            [plan for plan in full if self._is_linear(plan) is is_linear]
            for is_linear in (True, False)
        ]

    def triggered(self, rules: Collection[int], *, is_linear: bool | None = None) -> list[Plan]:
        """Return the plans that may match first what these rules derive: linear or other ones."""
        heads = {head for rule in rules for head in self._rules[rule].head}
        numbers = {number for head in heads for number in self._index.meeting(head)}
        return [
            plan
            for plan in (self.plans[number] for number in sorted(numbers))
            if is_linear in (None, self._is_linear(plan)) and not self._is_done(plan, rules)
        ]

    def _is_linear(self, plan: Plan) -> bool:
        return plan.depth == 1 and bool(plan.heads)

    def _is_done(self, plan: Plan, rules: Collection[int]) -> bool:
        """Return whether chains have applied the rule to all that these rules have derived."""
        if plan.rule not in self._chains.linear:
            return False
        return not any((rule, plan.rule) in self._chains.later for rule in rules)


def full_plans(plans: Iterable[Plan]) -> list[Plan]:
    """Return one plan of each rule, which finds every match if it starts from all triples."""
    return [plan for plan in plans if plan.start == 0]


def _compile(number: int, index: int, rule: Rule, start: int, chains: Chains) -> Plan:
    order = _order(rule.body, start)
    steps: list[Step] = []
    bound: dict[Variable, int] = {}
    for position, atom_index in enumerate(order):
        atom = rule.body[atom_index]
        steps.append(_step(atom, bound))
        for place, slot in enumerate(atom):
            if isinstance(slot, Variable):
                bound.setdefault(slot, 3 * position + place)

    def slot_of(slot: TermOrVariable) -> Slot:
        return Slot(place=bound[slot]) if isinstance(slot, Variable) else Slot(constant=slot)

    def head_of(each: Conclusion) -> Head:
        s, p, o = map(slot_of, each.atom)
        needed = sorted(bound[name] for name in each.needed)
        return Head((s, p, o), each.rule, each.base, each.world, tuple(needed))

    comparisons, conditions = _split_filters(rule)
    variables = dict.fromkeys(name for each in conditions for name in each.variables)
    return Plan(
        number,
        index,
        start,
        tuple(steps),
        tuple(map(head_of, chains.conclusions[index])),
        tuple(order.index(position) for position in range(len(order))),
        tuple(
            Comparison(slot_of(left), slot_of(right), operator == "=")
            for operator, left, right in comparisons
        ),
        tuple(conditions),
        tuple((name, slot_of(name)) for name in variables),
        tuple(rule.body[position] for position in order),
    )


def _order(body: Sequence[Atom], start: int) -> list[int]:
    """Return the order of the patterns: after the first, always the one with most bound places."""
    order, bound = [start], set(body[start].variables)

    def rank(position: int) -> tuple[int, int]:
        known = [not isinstance(slot, Variable) or slot in bound for slot in body[position]]
        # A predicate alone selects little, so a place at an end counts more.
        return 4 * (known[0] + known[2]) + known[1], -position

    while len(order) < len(body):
        chosen = max(set(range(len(body))).difference(order), key=rank)
        order.append(chosen)
        bound.update(body[chosen].variables)
    return order


def _step(atom: Atom, bound: dict[Variable, int]) -> Step:
    slots = []
    for slot in atom:
        if isinstance(slot, Variable):
            slots.append(Slot(place=bound.get(slot)))
        else:
            slots.append(Slot(constant=slot))
    mask = sum(bit for bit, slot in zip(_PLACES, slots, strict=True) if slot.is_bound)
    subject, predicate, object_ = (
        None if slot.is_bound else name for slot, name in zip(slots, atom, strict=True)
    )
    repeats = (
        SUBJECT_IS_PREDICATE * (subject is not None and subject == predicate)
        + PREDICATE_IS_OBJECT * (predicate is not None and predicate == object_)
        + SUBJECT_IS_OBJECT * (subject is not None and subject == object_)
    )
    return Step((slots[0], slots[1], slots[2]), mask, repeats)


def _split_filters(
    rule: Rule,
) -> tuple[list[tuple[str, TermOrVariable, TermOrVariable]], list[Expression]]:
    """Divide the filters into comparisons of codes and conditions on terms.

    Codes suffice where one of two compared terms is no literal: an IRI that is a constant, or a
    variable that is somewhere a subject or predicate.
    """
    names = {slot for atom in rule.body for slot in (atom.subject, atom.predicate)}
    if rule.head:
        # A triple with a literal as subject is never derived.
        names |= set.intersection(*({atom.subject, atom.predicate} for atom in rule.head))
    comparisons, conditions = [], []
    for condition in rule.filters:
        sides = [side for side in condition.arguments if not isinstance(side, Expression)]
        is_simple = condition.operator in {"=", "!="} and len(sides) == 2
        if is_simple and any(_is_no_literal(side, names) for side in sides):
            comparisons.append((condition.operator, sides[0], sides[1]))
        else:
            conditions.append(condition)
    return comparisons, conditions


def _is_no_literal(side: TermOrVariable, names: set[TermOrVariable]) -> bool:
    if isinstance(side, Variable):
        return side in names
    return isinstance(side, NamedNode)
