"""Facts closed under rules, changed by what is added and removed: at the cost of the change."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from kg.reasoning.derivation.fixpoint import Added, CodedClash, Fixpoint
from kg.reasoning.derivation.joins import Triggers, plans
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.matching import CodedRules, ground, solutions
from kg.reasoning.facts.relations import Changes, Facts, matching
from kg.reasoning.rules.rule import Rule
from kg.whatif.doubts import Doubts
from kg.whatif.prover import Prover, TooMuch

# Beyond so many triples looked at one by one, whole sets are taken out and derived again.
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
            most_looked_at: triples that are looked at one by one.
            max_triples: derived in one change.
            max_seconds: of one change.
        """
        self.facts, self._vocabulary, self._is_asserted = facts, vocabulary, is_asserted
        self._most = most_looked_at
        self._limits = partial(Limits, max_triples, max_seconds)
        self._rules = CodedRules(rules, vocabulary)
        incremental = [plan for rule in rules for plan in plans(rule, vocabulary)[1]]
        self.triggers = Triggers(incremental, vocabulary)
        self._doubts = Doubts(facts, rules, vocabulary, self.triggers, is_asserted)

    def change(self, added: Iterable[Codes], removed: Iterable[Codes]) -> Delta:
        """Closes the facts under the rules again, once assertions have come and gone.

        Raises:
            LimitExceeded: more follows than allowed.
        """
        limits = self._limits()
        lost: set[Codes] = set()
        undecided = self._retract(removed, lost)
        doubted, kept = self._doubts.settle(undecided, limits) if undecided else (set(), set())
        new = {codes for codes in added if self.facts.add(codes)}
        ledger, changes = Added(), Changes([*new, *kept])
        fixpoint = Fixpoint(self.facts, self._vocabulary, limits)
        first = self.triggers.of(changes)
        clashes = fixpoint.reach(changes, first, self.triggers, ledger)
        there = {*new, *kept, *ledger.index}
        gone = lost | doubted
        return Delta(there - gone, gone - there, clashes)

    def _retract(self, removed: Iterable[Codes], lost: set[Codes]) -> list[Codes]:
        """Takes out what has no proof any more, and gives what it was too much to decide on."""
        prover = Prover(self.facts, self._rules, self._is_asserted, self._most)
        waiting = deque(removed)
        while waiting:
            codes = waiting.popleft()
            try:
                if codes not in self.facts or prover.proves(codes):
                    continue
                waiting += self._resting_on(codes)
            except TooMuch:
                return [codes, *waiting]
            self.facts.remove(codes)
            lost.add(codes)
        return []

    def _resting_on(self, premise: Codes) -> Sequence[Codes]:
        """What rules derive from a triple together with others.

        Raises:
            TooMuch: more than is looked at.
        """
        heads = list(islice(self._heads(premise), self._most + 1))
        if len(heads) > self._most:
            raise TooMuch
        return heads

    def _heads(self, premise: Codes) -> Iterator[Codes]:
        matches = partial(matching, self.facts)
        for coded, place, binding in self._rules.using(premise):
            others = [*coded.body[:place], *coded.body[place + 1 :]]
            for values in solutions(others, binding, matches):
                if self._rules.passes(coded.rule.filters, values):
                    for head in coded.heads:
                        yield ground(head, values)
