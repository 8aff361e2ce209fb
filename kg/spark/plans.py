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
from kg.namespaces import RDF
from kg.reasoning.rules.patterns import Atom, Expression, Term, TermOrVariable
from kg.reasoning.rules.rule import Rule

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
    """The pattern that a plan matches next; `mask` says by which of its slots it is looked up."""

    slots: tuple[Slot, Slot, Slot]
    mask: int
    repeats: int


class Comparison(NamedTuple):
    """A filter that two terms are the same or differ, of which at most one may be a literal."""

    left: Slot
    right: Slot
    is_equal: bool


@dataclass(frozen=True)
class Plan:
    """One rule, and the pattern of its body that is matched first.

    `heads` are empty for a contradiction. `places[i]` is the place of the i-th pattern of the body
    among the steps. `comparisons` are filters on codes; `conditions` need the terms themselves,
    and `variables` has the slots of theirs.
    """

    number: int
    rule: int
    start: int
    steps: tuple[Step, ...]
    heads: tuple[tuple[Slot, Slot, Slot], ...]
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
        slots += [slot for head in self.heads for slot in head]
        slots += [slot for each in self.comparisons for slot in (each.left, each.right)]
        for slot in slots:
            if slot.constant is not None:
                yield slot.constant


def compile_plans(rules: Sequence[Rule], skipped: Collection[str] = ()) -> list[Plan]:
    """Return the plans of the rules with a body: one for each pattern that may change.

    Rules with a skipped name have none.

    Raises UnsupportedRules for rules with NOT EXISTS or an aggregate.
    """
    refused = [rule.name for rule in rules if not rule.is_monotone]
    if refused:
        reason = "derive in one process, without --on"
        raise UnsupportedRules("Deriving on Spark", refused, reason)
    plans: list[Plan] = []
    for index, rule in enumerate(rules):
        for start in range(len(rule.body) if rule.name not in skipped else 0):
            plans.append(_compile(len(plans), index, rule, start))
    return plans


def full_plans(plans: Iterable[Plan]) -> list[Plan]:
    """Return one plan of each rule, which finds every match if it starts from all triples."""
    return [plan for plan in plans if plan.start == 0]


def triggered_plans(plans: Iterable[Plan], rules: Iterable[Rule]) -> list[Plan]:
    """Return the plans whose first pattern may match what one of these rules derives."""
    heads = {_key(atom) for rule in rules for atom in rule.head}
    return [plan for plan in plans if any(_may_match(_key(plan.triggers[0]), key) for key in heads)]


def _key(atom: Atom) -> tuple[object, object]:
    predicate = None if isinstance(atom.predicate, Variable) else atom.predicate
    if predicate != RDF["type"] or isinstance(atom.object, Variable):
        return predicate, None
    return predicate, atom.object


def _may_match(one: tuple[object, object], other: tuple[object, object]) -> bool:
    return all(None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))


def _compile(number: int, index: int, rule: Rule, start: int) -> Plan:
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

    comparisons, conditions = _split_filters(rule)
    variables = dict.fromkeys(name for each in conditions for name in each.variables)
    return Plan(
        number,
        index,
        start,
        tuple(steps),
        tuple((slot_of(s), slot_of(p), slot_of(o)) for s, p, o in rule.head),
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
