"""What is noted of each rule while the fixpoint is reached.

How much a rule would give of all facts, from a sample of them.

Plans and changes -> their fixpoint on the facts.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from typing import Final, NamedTuple, Protocol

from pyoxigraph import NamedNode, Variable

from kg.errors import LimitExceeded
from kg.reasoning.derivation.joins import Found, Plan, Triggers
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.relations import EMPTY, Changes, Facts, Index, Side
from kg.reasoning.rules.patterns import Slot


class Gain(NamedTuple):
    """What one run of a rule gave: pairs of one predicate, and which of them were new.

    The keys are subjects if `is_forward`, else objects.
    """

    rule: str
    predicate: int
    found: Mapping[int, set[int]]
    new: Side
    is_forward: bool


class Ledger(Protocol):
    """Is told of everything that rules find."""

    def note(self, gain: Gain) -> None:
        """Takes down as much of it as the ledger is for."""


class Counts:
    """How many triples each rule was the first to derive, and of which predicates there are any."""

    def __init__(self) -> None:
        self.by_rule: Counter[str] = Counter()
        self.predicates: set[int] = set()

    def note(self, gain: Gain) -> None:
        """Counts what was new."""
        if gain.new:
            self.by_rule[gain.rule] += sum(map(len, gain.new.values()))
            self.predicates.add(gain.predicate)


class Added:
    """All that was added."""

    def __init__(self) -> None:
        self.index = Index()

    def note(self, gain: Gain) -> None:
        """Keeps what was new."""
        self.index.absorb(gain.predicate, gain.new, is_forward=gain.is_forward, is_owned=False)


class Credits:
    """Which triples each rule derives, the first one or not, of those new at one level."""

    def __init__(self) -> None:
        self._derived = Index()
        self._credited: dict[str, Index] = defaultdict(Index)

    def note(self, gain: Gain) -> None:
        """Credits the rule with all that it found and that this level has added so far."""
        predicate, is_forward = gain.predicate, gain.is_forward
        self._derived.absorb(predicate, gain.new, is_forward=is_forward, is_owned=False)
        side = self._derived.relations[predicate].side(is_forward=is_forward)
        credited = {
            key: values & side[key] for key, values in gain.found.items() if values and key in side
        }
        index = self._credited[gain.rule]
        index.absorb(predicate, credited, is_forward=is_forward, is_owned=True)

    def __iter__(self) -> Iterator[tuple[str, Codes]]:
        """Each rule with each of its triples, by rule."""
        for rule in sorted(self._credited):
            for codes in self._credited[rule]:
                yield rule, codes


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


# The rule of a contradiction and the triples that its body matched.
CodedClash = tuple[str, tuple[Codes, ...]]


class Fixpoint:
    """Runs plans until nothing is added."""

    def __init__(
        self,
        facts: Facts,
        vocabulary: Vocabulary,
        limits: Limits,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """On these facts.

        Args:
            facts: what is derived is added to them.
            vocabulary: of the facts and the plans.
            limits: for all that is derived here, in one call of `reach` or several.
            tell: is told of each round, and how much has been derived so far.
        """
        self._facts, self._vocabulary, self._limits, self._tell = facts, vocabulary, limits, tell
        self.derived = 0
        self.rounds = 0

    def reach(
        self,
        changes: Changes,
        first: Sequence[Plan],
        triggers: Triggers,
        ledger: Ledger,
        *,
        stops_at_clash: bool = False,
    ) -> set[CodedClash]:
        """Runs the first plans on the changes, then whatever their results set off.

        Returns:
            The contradictions that were found.

        Raises:
            LimitExceeded: see `Limits`.
        """
        clashes: set[CodedClash] = set()
        queue: Sequence[Plan] = first
        while queue and not (clashes and stops_at_clash):
            following = Changes()
            for plan in queue:
                self._limits.begin(
                    plan.rule.name, self.derived, partial(foreseen, plan, self._facts)
                )
                found = plan.run(changes, self._facts, self._limits)
                if plan.head is None:
                    clashes.update((plan.rule.name, self._matched(plan, each)) for each in found)
                else:
                    self._keep(plan, found, following, ledger)
            self.rounds += 1
            self._tell(f"round {self.rounds}: {self.derived:,} derived")
            changes = following
            queue = triggers.of(changes)
        return clashes

    def _keep(self, plan: Plan, found: Found, following: Changes, ledger: Ledger) -> None:
        """Adds what is new."""
        is_owned = not plan.is_copy
        for predicate, pairs, is_forward in parts_of(plan, found, self._vocabulary):
            new = self._facts.absorb(predicate, pairs, is_forward=is_forward, is_owned=is_owned)
            self.derived += sum(map(len, new.values()))
            following.note(predicate, new, is_forward=is_forward)
            ledger.note(Gain(plan.rule.name, predicate, pairs, new, is_forward))

    def _matched(self, plan: Plan, codes: tuple[int, ...]) -> tuple[Codes, ...]:
        """The triples that the body of a contradiction matched."""
        values = dict(zip(plan.variables, codes, strict=True))

        def code(slot: Slot) -> int:
            return values[slot] if isinstance(slot, Variable) else self._vocabulary.encode(slot)

        return tuple(
            (code(atom.subject), code(atom.predicate), code(atom.object)) for atom in plan.rule.body
        )


def parts_of(plan: Plan, found: Found, vocabulary: Vocabulary) -> Iterable[tuple[int, Side, bool]]:
    """What a plan found, as pairs of each predicate; true where the keys are subjects.

    Without triples that RDF does not have: of a literal as subject, or of a predicate that is
    no IRI.
    """
    if plan.shape != "triples":
        return [(plan.predicate, found, plan.shape == "objects")]
    grouped: dict[int, Side] = defaultdict(lambda: defaultdict(set))
    for subject, predicate, object_ in found:
        if subject > 0 and vocabulary.is_iri(predicate):
            grouped[predicate][subject].add(object_)
    return [(predicate, pairs, True) for predicate, pairs in grouped.items()]
