"""Check whether a triple still has a proof after assertions are removed.

Source: Motik, Nenov, Piro and Horrocks, Incremental Update of Datalog Materialisation: the
Backward/Forward Algorithm, AAAI 2015.

Decide for many triples at once which of them still have a proof after assertions are removed.

Source: delete and rederive; Gupta, Mumick and Subrahmanian, Maintaining Views Incrementally,
SIGMOD 1993.

Facts that are closed under rules and updated incrementally, at the cost of the change.
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
    """More triples depend on the removed ones than may be checked one by one."""


class Prover:
    """Searches for proofs backwards from a goal triple and remembers what it has proved.

    For each visited triple that is not asserted, every rule instance that concludes it is
    recorded, until one proves it. An instance fires once all its premises are proved, so no
    triple is ever proved from itself.
    """

    def __init__(
        self,
        facts: Facts,
        rules: CodedRules,
        is_asserted: Callable[[Codes], bool],
        most_looked_at: int,
    ) -> None:
        self._facts, self._rules, self._is_asserted = facts, rules, is_asserted
        self._max_visited = most_looked_at
        self._visited: set[Codes] = set()
        self._proved: set[Codes] = set()
        # For each premise, the rule instances that wait for it: a shared one-element counter of
        # the premises that the instance still lacks, and its conclusion.
        self._waiting: dict[Codes, list[tuple[list[int], Codes]]] = defaultdict(list)
        self._matches = partial(matching, facts)

    def proves(self, goal: Codes) -> bool:
        """Return whether the facts contain a proof of the goal.

        Raises:
            TooMuch: the search would visit more triples than allowed.
        """
        stack: list[tuple[Codes, Iterator[Codes]]] = []
        self._visit(goal, stack)
        while stack:
            codes, premises = stack[-1]
            premise = None if codes in self._proved else next(premises, None)
            if premise is None:
                stack.pop()
            else:
                self._visit(premise, stack)
        return goal in self._proved

    def _visit(self, codes: Codes, stack: list[tuple[Codes, Iterator[Codes]]]) -> None:
        if codes in self._visited:
            return
        self._visited.add(codes)
        if len(self._visited) > self._max_visited:
            raise TooMuch
        if self._is_asserted(codes):
            self._mark_proved(codes)
        else:
            stack.append((codes, self._unproved_premises(codes)))

    def _unproved_premises(self, codes: Codes) -> Iterator[Codes]:
        """Yield the premises that may prove the triple, after recording their rule instance."""
        for coded, binding in self._rules.ending_in(codes):
            for values in solutions(coded.body, binding, self._matches):
                if not self._rules.passes(coded.rule.filters, values):
                    continue
                premises = {ground(pattern, values) for pattern in coded.body}
                unproved = premises - self._proved
                if not unproved:
                    self._mark_proved(codes)
                    return
                remaining = [len(unproved)]
                for premise in unproved:
                    self._waiting[premise].append((remaining, codes))
                yield from unproved

    def _mark_proved(self, codes: Codes) -> None:
        """Mark the triple as proved, and every conclusion that it was the last premise for."""
        newly_proved = [codes]
        while newly_proved:
            proved = newly_proved.pop()
            if proved in self._proved:
                continue
            self._proved.add(proved)
            for remaining, conclusion in self._waiting.pop(proved, ()):
                remaining[0] -= 1
                if remaining[0] == 0:
                    newly_proved.append(conclusion)


class Doubts:
    """Withdraws everything that may rest on some triples, then restores what has another proof."""

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
        # Each rule with its own head as an additional premise, which matches the withdrawn triples:
        # it derives again exactly those of them that one step proves.
        restoring_plans = [
            Plan(replace(rule, head=(head,), body=(head, *rule.body)), head, 0, vocabulary)
            for rule in rules
            for head in rule.head
        ]
        self._restoring = Triggers(restoring_plans, vocabulary)

    def settle(self, doubted: Iterable[Codes], limits: Limits) -> tuple[set[Codes], set[Codes]]:
        """Withdraw the doubted triples and all that may rest on them, then restore some.

        Only triples that one rule application proves are restored; more of the withdrawn ones may
        follow from them.

        Returns:
            The withdrawn triples, and those of them that were restored.

        Raises:
            LimitExceeded: it takes too long.
        """
        withdrawn = self._dependents(doubted, limits)
        for predicate in withdrawn.predicates():
            self._facts.withdraw(predicate, withdrawn.forward(predicate))
        changes = Changes(withdrawn)
        restored = Index()
        for plan in self._restoring.of(changes):
            limits.begin(plan.rule.name, 0)
            derived = plan.run(changes, self._facts, limits)
            for predicate, pairs, is_forward in parts_of(plan, derived, self._vocabulary):
                restored.absorb(predicate, pairs, is_forward=is_forward, is_owned=True)
        for codes in restored:
            self._facts.add(codes)
        return set(withdrawn), set(restored)

    def _dependents(self, doubted: Iterable[Codes], limits: Limits) -> Index:
        """Return the doubted triples and all derived triples that may rest on them."""
        dependents = Index(codes for codes in doubted if self._is_doubtful(codes))
        changes = Changes(dependents)
        while queue := self._triggers.of(changes):
            following = Changes()
            for plan in queue:
                if plan.head is None:
                    continue
                limits.begin(plan.rule.name, 0)
                derived = plan.run(changes, self._facts, limits)
                for predicate, pairs, is_forward in parts_of(plan, derived, self._vocabulary):
                    doubtful = self._doubtful(predicate, pairs, is_forward=is_forward)
                    new = dependents.absorb(
                        predicate, doubtful, is_forward=is_forward, is_owned=True
                    )
                    following.note(predicate, new, is_forward=is_forward)
            changes = following
        return dependents

    def _doubtful(self, predicate: int, pairs: Side, *, is_forward: bool) -> Side:
        """Return the pairs that are facts and are not asserted."""
        relation = self._facts.relations.get(predicate)
        known = relation.side(is_forward=is_forward) if relation is not None else {}
        doubtful: Side = {}
        for key, values in pairs.items():
            present = values & known[key] if key in known else set()
            if is_forward:
                derived = {end for end in present if not self._is_asserted((key, predicate, end))}
            else:
                derived = {end for end in present if not self._is_asserted((end, predicate, key))}
            if derived:
                doubtful[key] = derived
        return doubtful

    def _is_doubtful(self, codes: Codes) -> bool:
        return codes in self._facts and not self._is_asserted(codes)


# Checking triples one by one is fast for few triples. Past this number, all triples that may have
# lost their proof are withdrawn at once and derived again.
MOST_LOOKED_AT: Final = 2_000


@dataclass
class Delta:
    """The triples that a change adds to a layer and removes from it, and the new clashes."""

    gained: set[Codes] = field(default_factory=set)
    lost: set[Codes] = field(default_factory=set)
    clashes: set[CodedClash] = field(default_factory=set)


class Layer:
    """Facts that are closed under rules, and kept so when assertions change."""

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
        """Prepare a layer whose facts are already closed under its rules.

        Args:
            facts: `change` modifies them; inside `facts.supposing()` they are restored on exit.
            rules: all rules under which the facts are closed.
            vocabulary: the vocabulary of the facts.
            is_asserted: returns whether a triple is asserted now.
            most_looked_at: the largest number of triples to check one by one.
            max_triples: how many triples one change may derive.
            max_seconds: time limit for one change.
        """
        self.facts, self._vocabulary, self._is_asserted = facts, vocabulary, is_asserted
        self._max_visited = most_looked_at
        self._limits = partial(Limits, max_triples, max_seconds)
        self._rules = CodedRules(rules, vocabulary)
        incremental = [plan for rule in rules for plan in plans(rule, vocabulary)[1]]
        self.triggers = Triggers(incremental, vocabulary)
        self._doubts = Doubts(facts, rules, vocabulary, self.triggers, is_asserted)

    def change(self, added: Iterable[Codes], removed: Iterable[Codes]) -> Delta:
        """Close the facts under the rules again after assertions were added and removed.

        Raises:
            LimitExceeded: more would be derived than allowed, or it takes too long.
        """
        limits = self._limits()
        lost: set[Codes] = set()
        undecided = self._retract(removed, lost)
        withdrawn, restored = (
            self._doubts.settle(undecided, limits) if undecided else (set(), set())
        )
        new = {codes for codes in added if self.facts.add(codes)}
        ledger, changes = Added(), Changes([*new, *restored])
        fixpoint = Fixpoint(self.facts, self._vocabulary, limits)
        first = self.triggers.of(changes)
        clashes = fixpoint.reach(changes, first, self.triggers, ledger)
        present = {*new, *restored, *ledger.index}
        gone = lost | withdrawn
        return Delta(present - gone, gone - present, clashes)

    def _retract(self, removed: Iterable[Codes], lost: set[Codes]) -> list[Codes]:
        """Remove the triples that no longer have a proof, and add them to `lost`.

        Returns:
            The triples left to decide when there were too many to check one by one.
        """
        prover = Prover(self.facts, self._rules, self._is_asserted, self._max_visited)
        waiting = deque(removed)
        while waiting:
            codes = waiting.popleft()
            try:
                if codes not in self.facts or prover.proves(codes):
                    continue
                waiting += self._consequences(codes)
            except TooMuch:
                return [codes, *waiting]
            self.facts.remove(codes)
            lost.add(codes)
        return []

    def _consequences(self, premise: Codes) -> Sequence[Codes]:
        """Return the triples that rules derive from this one together with other facts.

        Raises:
            TooMuch: there are more of them than may be checked one by one.
        """
        heads = list(islice(self._heads(premise), self._max_visited + 1))
        if len(heads) > self._max_visited:
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
