"""Facts closed under rules, changed by what is added and removed: at the cost of the change."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from kg.explain.coded_rules import CodedRules, ground, solutions
from kg.facts import Changes, Codes, Facts, Vocabulary, matching
from kg.reason.fixpoint import CodedClash, Fixpoint
from kg.reason.joins import Plan, Triggers, plans
from kg.reason.ledgers import Added, Counts
from kg.reason.limits import Limits
from kg.rules import Rule
from kg.whatif.prover import Prover, TooMuch

# Beyond so many triples looked at one by one, deriving anew is quicker.
MOST_LOOKED_AT: Final = 2_000


@dataclass
class Delta:
    """What a change makes of a layer."""

    gained: set[Codes] = field(default_factory=set)
    lost: set[Codes] = field(default_factory=set)
    clashes: set[CodedClash] = field(default_factory=set)


class Layer:
    """Facts that are closed under rules, and stay so."""

    def __init__(
        self,
        facts: Facts,
        rules: Sequence[Rule],
        vocabulary: Vocabulary,
        *,
        is_asserted: Callable[[Codes], bool],
        asserted: Callable[[], Iterable[Codes]],
        most_looked_at: int = MOST_LOOKED_AT,
        max_triples: int = 5_000_000,
        max_seconds: float = 60,
    ) -> None:
        """A layer of facts that are its closure already.

        Args:
            facts: changed by `change`; within `supposing` they go back to what they were.
            rules: all that the facts are closed under.
            vocabulary: of the facts.
            is_asserted: whether a triple is asserted, at the moment.
            asserted: all triples that are, at the moment.
            most_looked_at: triples that are looked at one by one; beyond, all is derived anew.
            max_triples: derived in one change.
            max_seconds: of one change.
        """
        self.facts, self._vocabulary = facts, vocabulary
        self._is_asserted, self._asserted = is_asserted, asserted
        self._most = most_looked_at
        self._limits = partial(Limits, max_triples, max_seconds)
        self._rules = CodedRules(rules, vocabulary)
        self._full: list[Plan] = []
        incremental: list[Plan] = []
        for rule in rules:
            of_all, of_changes = plans(rule, vocabulary)
            self._full += of_all
            incremental += of_changes
        self.triggers = Triggers(incremental, vocabulary)

    def change(self, added: Iterable[Codes], removed: Iterable[Codes]) -> Delta:
        """Closes the facts under the rules again, once assertions have come and gone.

        Raises:
            LimitExceeded: more follows than allowed.
        """
        delta = Delta()
        try:
            self._retract(removed, delta.lost)
        except TooMuch:
            return self._anew(delta.lost)
        new = [codes for codes in added if self.facts.add(codes)]
        ledger, changes = Added(), Changes(new)
        fixpoint = Fixpoint(self.facts, self._vocabulary, self._limits())
        first = self.triggers.of(changes)
        delta.clashes = fixpoint.reach(changes, first, self.triggers, ledger)
        delta.gained = {*new, *ledger.index}
        return _net(delta)

    def _retract(self, removed: Iterable[Codes], lost: set[Codes]) -> None:
        """Takes out what has no proof any more."""
        prover = Prover(self.facts, self._rules, self._is_asserted, self._most)
        waiting = deque(removed)
        while waiting:
            codes = waiting.popleft()
            if codes not in self.facts or prover.proves(codes):
                continue
            heads = list(islice(self._resting_on(codes), self._most + 1))
            if len(heads) > self._most:
                raise TooMuch
            self.facts.remove(codes)
            lost.add(codes)
            waiting += heads

    def _resting_on(self, premise: Codes) -> Iterator[Codes]:
        """What rules derive from a triple together with others."""
        matches = partial(matching, self.facts)
        for coded, place, binding in self._rules.using(premise):
            others = [*coded.body[:place], *coded.body[place + 1 :]]
            for values in solutions(others, binding, matches):
                if self._rules.passes(coded.rule, values):
                    for head in coded.heads:
                        yield ground(head, values)

    def _anew(self, lost: set[Codes]) -> Delta:
        """Derives everything from what is asserted, and takes over what is otherwise."""
        facts = Facts(self._asserted())
        fixpoint = Fixpoint(facts, self._vocabulary, self._limits())
        clashes = fixpoint.reach(Changes(), self._full, self.triggers, Counts())
        gone = {codes for codes in self.facts if codes not in facts}
        gained = {codes for codes in facts if codes not in self.facts}
        for codes in gone:
            self.facts.remove(codes)
        for codes in gained:
            self.facts.add(codes)
        return _net(Delta(gained, gone | lost, clashes))


def _net(delta: Delta) -> Delta:
    """Without what was lost and is there again."""
    both = delta.gained & delta.lost
    return Delta(delta.gained - both, delta.lost - both, delta.clashes)
