"""How much a rule would give of all facts, from a sample of them."""

from collections.abc import Collection
from contextlib import suppress
from random import Random
from typing import Final

from pyoxigraph import NamedNode, Variable

from kg.errors import LimitExceeded
from kg.reason.joins import Plan
from kg.reason.limits import Limits
from kg.reasoning.facts.relations import EMPTY, Changes, Index

# How many subjects are drawn; fewer where those of a hub give too much to be counted.
_SAMPLES: Final = (500, 50, 5, 1)
_MAX_TRIPLES: Final = 5_000_000
_MAX_SECONDS: Final = 3


def foreseen(plan: Plan, facts: Index) -> int:
    """About how many triples the rule derives from all facts, those that are known included.

    The join is run for some subjects of the head, drawn at random, and all that these have; so
    the estimate has no bias. 0 where nothing can be foreseen: there is no head, or its subject
    is no variable of a pattern with a named predicate, or one subject alone has millions.
    """
    if plan.head is None or not plan.rule.is_monotone:
        return 0
    subject = plan.head.subject
    for place, atom in enumerate(plan.rule.body):
        ends = (atom.subject, atom.object)
        if isinstance(atom.predicate, NamedNode) and ends.count(subject) == 1:
            return _scaled_up(plan, place, facts)
    return 0


def _scaled_up(plan: Plan, place: int, facts: Index) -> int:
    """What the rule gives of a sample for the pattern at this place, times what it stands for."""
    for size in _SAMPLES:
        drawn, share = _drawn(plan, place, facts, size)
        sampled = Plan(plan.rule, plan.head, place, plan.vocabulary)
        with suppress(LimitExceeded):
            found = sampled.run(drawn, facts, Limits(_MAX_TRIPLES, _MAX_SECONDS))
            pairs = found.values() if isinstance(found, dict) else [found]
            return round(sum(map(len, pairs)) * share)
    return 0


def _drawn(plan: Plan, place: int, facts: Index, size: int) -> tuple[Changes, float]:
    """What the pattern may match of some subjects of the head, and how many each stands for."""
    encode, atom = plan.vocabulary.encode, plan.rule.body[place]
    is_forward = plan.head is not None and atom.subject == plan.head.subject
    other = atom.object if is_forward else atom.subject
    predicate = encode(atom.predicate)  # type: ignore[arg-type]
    known = None if isinstance(other, Variable) else encode(other)
    if known is None:
        side = facts.forward(predicate) if is_forward else facts.backward(predicate)
        pool: Collection[int] = side
    else:
        side = facts.backward(predicate) if is_forward else facts.forward(predicate)
        pool = side.get(known, EMPTY)
    keys = Random(0).sample(sorted(pool), min(size, len(pool)))  # noqa: S311 - no secret
    drawn = Changes()
    if known is None:
        drawn.note(predicate, {key: side[key] for key in keys}, is_forward=is_forward)
    else:
        drawn.note(predicate, {known: set(keys)}, is_forward=not is_forward)
    return drawn, len(pool) / max(len(keys), 1)
