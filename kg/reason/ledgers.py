"""What is noted of each rule while the fixpoint is reached."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.facts.relations import Index, Side


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
