"""Whether a triple still has a proof once assertions are gone.

Source: Motik, Nenov, Piro and Horrocks, Incremental Update of Datalog Materialisation: the
Backward/Forward Algorithm, AAAI 2015.

Many triples that may have lost their proofs -> those that have another one, by whole sets.

Source: delete and rederive; Gupta, Mumick and Subrahmanian, Maintaining Views Incrementally,
SIGMOD 1993.

Facts closed under rules, changed by what is added and removed: at the cost of the change.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Final

from kg.reasoning.derivation.fixpoint import Added, CodedClash, Fixpoint, parts_of
from kg.reasoning.derivation.joins import Plan, Triggers, plans
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.matching import CodedRules, ground, solutions
from kg.reasoning.facts.relations import Changes, Facts, Index, Side, matching
from kg.reasoning.rules.rule import Rule


class TooMuch(Exception):
    """More triples depend on what is removed than are looked at one by one."""


class Prover:
    """Looks for proofs backwards from triples, and remembers what it has proved.

    Every triple that was looked at and is not proved has all its rule instances written down;
    each waits for its premises, so no triple is ever proved from itself.
    """

    def __init__(
        self,
        facts: Facts,
        rules: CodedRules,
        is_asserted: Callable[[Codes], bool],
        most_looked_at: int,
    ) -> None:
        self._facts, self._rules, self._is_asserted = facts, rules, is_asserted
        self._most = most_looked_at
        self._seen: set[Codes] = set()
        self._proved: set[Codes] = set()
        # Of each premise the instances that wait for it: how many it still lacks, and its head.
        self._waiting: dict[Codes, list[tuple[list[int], Codes]]] = defaultdict(list)
        self._matches = partial(matching, facts)

    def proves(self, goal: Codes) -> bool:
        """Whether the facts hold a proof of it.

        Raises:
            TooMuch: it may rest on more than is looked at.
        """
        stack: list[tuple[Codes, Iterator[Codes]]] = []
        self._enter(goal, stack)
        while stack:
            codes, premises = stack[-1]
            following = None if codes in self._proved else next(premises, None)
            if following is None:
                stack.pop()
            else:
                self._enter(following, stack)
        return goal in self._proved

    def _enter(self, codes: Codes, stack: list[tuple[Codes, Iterator[Codes]]]) -> None:
        if codes in self._seen:
            return
        self._seen.add(codes)
        if len(self._seen) > self._most:
            raise TooMuch
        if self._is_asserted(codes):
            self._prove(codes)
        else:
            stack.append((codes, self._premises(codes)))

    def _premises(self, codes: Codes) -> Iterator[Codes]:
        """The premises that may prove the triple, each instance of a rule written down first."""
        for coded, binding in self._rules.ending_in(codes):
            for values in solutions(coded.body, binding, self._matches):
                if not self._rules.passes(coded.rule.filters, values):
                    continue
                premises = {ground(pattern, values) for pattern in coded.body}
                missing = premises - self._proved
                if not missing:
                    self._prove(codes)
                    return
                lacking = [len(missing)]
                for premise in missing:
                    self._waiting[premise].append((lacking, codes))
                yield from missing

    def _prove(self, codes: Codes) -> None:
        """Notes the triple as proved, and all that waited for nothing but it."""
        fresh = [codes]
        while fresh:
            proved = fresh.pop()
            if proved in self._proved:
                continue
            self._proved.add(proved)
            for lacking, head in self._waiting.pop(proved, ()):
                lacking[0] -= 1
                if lacking[0] == 0:
                    fresh.append(head)


class Doubts:
    """Takes out all that may rest on some triples, and puts back what one rule proves again."""

    def __init__(
        self,
        facts: Facts,
        rules: Sequence[Rule],
        vocabulary: Vocabulary,
        triggers: Triggers,
        is_asserted: Callable[[Codes], bool],
    ) -> None:
        self._facts, self._vocabulary, self._triggers = facts, vocabulary, triggers
        self._is_asserted = is_asserted
        # The body of a rule with its own head as one more premise, which reads what was taken out.
        again = [
            Plan(replace(rule, head=(head,), body=(head, *rule.body)), head, 0, vocabulary)
            for rule in rules
            for head in rule.head
        ]
        self._again = Triggers(again, vocabulary)

    def settle(self, doubted: Iterable[Codes], limits: Limits) -> tuple[set[Codes], set[Codes]]:
        """What was taken out of the facts, and what of it is there again.

        From what is there again, more of the rest may follow.

        Raises:
            LimitExceeded: it takes too long.
        """
        gone = self._spread(doubted, limits)
        for predicate in gone.predicates():
            self._facts.withdraw(predicate, gone.forward(predicate))
        changes = Changes(gone)
        kept = Index()
        for plan in self._again.of(changes):
            limits.begin(plan.rule.name, 0)
            found = plan.run(changes, self._facts, limits)
            for predicate, pairs, is_forward in parts_of(plan, found, self._vocabulary):
                kept.absorb(predicate, pairs, is_forward=is_forward, is_owned=True)
        for codes in kept:
            self._facts.add(codes)
        return set(gone), set(kept)

    def _spread(self, doubted: Iterable[Codes], limits: Limits) -> Index:
        """All that may rest on these, they included."""
        gone = Index(codes for codes in doubted if self._is_doubtful(codes))
        changes = Changes(gone)
        while queue := self._triggers.of(changes):
            following = Changes()
            for plan in queue:
                if plan.head is None:
                    continue
                limits.begin(plan.rule.name, 0)
                found = plan.run(changes, self._facts, limits)
                for predicate, pairs, is_forward in parts_of(plan, found, self._vocabulary):
                    more = self._doubtful(predicate, pairs, is_forward=is_forward)
                    new = gone.absorb(predicate, more, is_forward=is_forward, is_owned=True)
                    following.note(predicate, new, is_forward=is_forward)
            changes = following
        return gone

    def _doubtful(self, predicate: int, pairs: Side, *, is_forward: bool) -> Side:
        """Those of the pairs that are facts and are not asserted."""
        relation = self._facts.relations.get(predicate)
        known = relation.side(is_forward=is_forward) if relation is not None else {}
        found: Side = {}
        for key, values in pairs.items():
            there = values & known[key] if key in known else set()
            if is_forward:
                kept = {one for one in there if not self._is_asserted((key, predicate, one))}
            else:
                kept = {one for one in there if not self._is_asserted((one, predicate, key))}
            if kept:
                found[key] = kept
        return found

    def _is_doubtful(self, codes: Codes) -> bool:
        return codes in self._facts and not self._is_asserted(codes)


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
