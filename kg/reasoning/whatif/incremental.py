"""Facts that are closed under rules and updated incrementally, at the cost of the change.

After assertions are removed, each triple that may have lost its proof is searched for another one
or, if these triples are many, all are withdrawn and what still follows is derived again.

Sources: for single triples, Motik, Nenov, Piro and Horrocks, Incremental Update of Datalog
Materialisation: the Backward/Forward Algorithm, AAAI 2015. For many, delete and rederive; Gupta,
Mumick and Subrahmanian, Maintaining Views Incrementally, SIGMOD 1993.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Final

from kg.reasoning.derivation.fixpoint import (
    AddedTriples,
    CodedContradiction,
    FixpointEvaluator,
    group_by_predicate,
)
from kg.reasoning.derivation.joins import JoinPlan, PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.matching import CodedRules, ground, solve
from kg.reasoning.facts.relations import AdjacencyMap, Changes, Facts, TripleIndex, match_triples
from kg.reasoning.rules.rule import Rule

# Checking triples one by one is fast for few triples. Past this number, all triples that may have
# lost their proof are withdrawn at once and derived again.
MAX_CHECKED_TRIPLES: Final = 2_000

# Triples to prove, each with its premises that are still to be visited.
_Stack = list[tuple[CodedTriple, Iterator[CodedTriple]]]


@dataclass
class Delta:
    """The triples that a change adds to a layer and removes from it, and the new clashes."""

    gained: set[CodedTriple] = field(default_factory=set)
    lost: set[CodedTriple] = field(default_factory=set)
    clashes: set[CodedContradiction] = field(default_factory=set)


class Layer:
    """Facts that are closed under rules, and kept so when assertions change."""

    def __init__(
        self,
        facts: Facts,
        rules: Sequence[Rule],
        vocabulary: TermDictionary,
        *,
        is_asserted: Callable[[CodedTriple], bool],
        max_checked: int = MAX_CHECKED_TRIPLES,
        max_triples: int = 5_000_000,
        max_seconds: float = 60,
    ) -> None:
        """Prepare a layer whose facts are already closed under its rules.

        Args:
            facts: `change` modifies them; `facts.undo_on_exit` restores them.
            rules: all rules under which the facts are closed.
            vocabulary: of the facts.
            is_asserted: returns whether a triple is asserted now.
            max_checked: the largest number of triples to check one by one.
            max_triples: how many triples one change may derive.
            max_seconds: time limit for one change.
        """
        self.facts, self._vocabulary, self._is_asserted = facts, vocabulary, is_asserted
        self._max_checked = max_checked
        self._limits = partial(DerivationLimits, max_triples, max_seconds)
        self._rules = CodedRules(rules, vocabulary)
        self._triggers = PlanIndex(make_plans(rules, vocabulary)[1], vocabulary)
        self._doubts = _Rederivation(facts, rules, vocabulary, self._triggers, is_asserted)

    def change(self, added: Iterable[CodedTriple], removed: Iterable[CodedTriple]) -> Delta:
        """Close the facts under the rules again after assertions were added and removed.

        Raises:
            LimitExceeded: more would be derived than allowed, or it takes too long.
        """
        limits = self._limits()
        lost: set[CodedTriple] = set()
        undecided = self._retract(removed, lost)
        withdrawn, restored = set[CodedTriple](), set[CodedTriple]()
        if undecided:
            withdrawn, restored = self._doubts.delete_and_rederive(undecided, limits)
        new = {codes for codes in added if self.facts.add(codes)}
        recorder, changes = AddedTriples(), Changes([*new, *restored])
        fixpoint = FixpointEvaluator(self.facts, self._vocabulary, limits)
        first = self._triggers.plans_for(changes)
        clashes = fixpoint.run(changes, first, self._triggers, recorder)
        present = {*new, *restored, *recorder.index}
        gone = lost | withdrawn
        return Delta(present - gone, gone - present, clashes)

    def _retract(self, removed: Iterable[CodedTriple], lost: set[CodedTriple]) -> list[CodedTriple]:
        """Remove the triples that no longer have a proof, and add them to `lost`.

        Returns:
            The triples left to decide when there were too many to check one by one.
        """
        prover = _Prover(self.facts, self._rules, self._is_asserted, self._max_checked)
        waiting = deque(removed)
        while waiting:
            codes = waiting.popleft()
            try:
                if codes not in self.facts or prover.proves(codes):
                    continue
            except _TooManyTriples:
                return [codes, *waiting]
            consequences = list(islice(self._consequences(codes), self._max_checked + 1))
            if len(consequences) > self._max_checked:
                return [codes, *waiting]
            waiting += consequences
            self.facts.remove(codes)
            lost.add(codes)
        return []

    def _consequences(self, premise: CodedTriple) -> Iterator[CodedTriple]:
        """Yield the triples that rules derive from this one together with other facts."""
        matches = partial(match_triples, self.facts)
        for coded, index, binding in self._rules.find_by_premise(premise):
            others = [*coded.body[:index], *coded.body[index + 1 :]]
            for values in solve(others, binding, matches):
                if self._rules.passes(coded.rule.filters, values):
                    for head in coded.heads:
                        yield ground(head, values)


class _TooManyTriples(Exception):
    """More triples depend on the removed ones than may be checked one by one."""


class _Prover:
    """Searches for proofs backwards from a goal triple and remembers what it has proved.

    For each visited triple that is not asserted, every rule instance that concludes it is
    recorded, until one proves it. An instance fires once all its premises are proved, so no
    triple is ever proved from itself.
    """

    def __init__(
        self,
        facts: Facts,
        rules: CodedRules,
        is_asserted: Callable[[CodedTriple], bool],
        max_visited: int,
    ) -> None:
        self._rules, self._is_asserted, self._max_visited = rules, is_asserted, max_visited
        self._matches = partial(match_triples, facts)
        self._visited: set[CodedTriple] = set()
        self._proved: set[CodedTriple] = set()
        # For each premise, the rule instances that wait for it: a shared one-element counter of
        # the premises that the instance still lacks, and its conclusion.
        self._waiting: dict[CodedTriple, list[tuple[list[int], CodedTriple]]] = defaultdict(list)

    def proves(self, goal: CodedTriple) -> bool:
        """Return whether the facts contain a proof of the goal.

        Raises:
            _TooManyTriples: the search would visit more triples than allowed.
        """
        stack: _Stack = []
        self._visit(goal, stack)
        while stack:
            codes, premises = stack[-1]
            premise = None if codes in self._proved else next(premises, None)
            if premise is None:
                stack.pop()
            else:
                self._visit(premise, stack)
        return goal in self._proved

    def _visit(self, codes: CodedTriple, stack: _Stack) -> None:
        if codes in self._visited:
            return
        self._visited.add(codes)
        if len(self._visited) > self._max_visited:
            raise _TooManyTriples
        if self._is_asserted(codes):
            self._mark_proved(codes)
        else:
            stack.append((codes, self._unproved_premises(codes)))

    def _unproved_premises(self, codes: CodedTriple) -> Iterator[CodedTriple]:
        """Yield the premises that may prove the triple, after recording their rule instance."""
        for coded, binding in self._rules.find_by_head(codes):
            for values in solve(coded.body, binding, self._matches):
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

    def _mark_proved(self, codes: CodedTriple) -> None:
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


class _Rederivation:
    """Withdraws everything that may rest on some triples, then restores what has another proof."""

    def __init__(
        self,
        facts: Facts,
        rules: Sequence[Rule],
        vocabulary: TermDictionary,
        triggers: PlanIndex,
        is_asserted: Callable[[CodedTriple], bool],
    ) -> None:
        self._facts, self._vocabulary = facts, vocabulary
        self._triggers, self._is_asserted = triggers, is_asserted
        # Each rule with its own head as an additional premise, which matches the withdrawn triples:
        # it derives again exactly those of them that one step proves.
        restoring_plans = [
            JoinPlan(replace(rule, head=(head,), body=(head, *rule.body)), head, 0, vocabulary)
            for rule in rules
            for head in rule.head
        ]
        self._restoring = PlanIndex(restoring_plans, vocabulary)

    def delete_and_rederive(
        self, doubted: Iterable[CodedTriple], limits: DerivationLimits
    ) -> tuple[set[CodedTriple], set[CodedTriple]]:
        """Withdraw the doubted triples and all that may rest on them, then restore some.

        Only triples that one rule application proves are restored; more of the withdrawn ones may
        follow from them.

        Returns:
            The withdrawn triples, and those of them that were restored.
        """
        withdrawn = self._dependents(doubted, limits)
        for predicate in withdrawn.predicates():
            self._facts.remove_pairs(predicate, withdrawn.forward(predicate))
        changes = Changes(withdrawn)
        restored = TripleIndex()
        for plan in self._restoring.plans_for(changes):
            for predicate, pairs, is_forward in self._run(plan, changes, limits):
                restored.add_pairs(predicate, pairs, is_forward=is_forward, is_owned=True)
        for codes in restored:
            self._facts.add(codes)
        return set(withdrawn), set(restored)

    def _dependents(self, doubted: Iterable[CodedTriple], limits: DerivationLimits) -> TripleIndex:
        """Return the doubted triples and all derived triples that may rest on them."""
        dependents = TripleIndex(
            codes for codes in doubted if codes in self._facts and not self._is_asserted(codes)
        )
        changes = Changes(dependents)
        while queue := self._triggers.plans_for(changes):
            following = Changes()
            for plan in queue:
                for predicate, pairs, is_forward in self._run(plan, changes, limits):
                    doubtful = self._doubtful(predicate, pairs, is_forward=is_forward)
                    new = dependents.add_pairs(
                        predicate, doubtful, is_forward=is_forward, is_owned=True
                    )
                    following.add(predicate, new, is_forward=is_forward)
            changes = following
        return dependents

    def _run(
        self, plan: JoinPlan, changes: Changes, limits: DerivationLimits
    ) -> Iterable[tuple[int, AdjacencyMap, bool]]:
        """Return what the plan derives from the changes; nothing if it looks for contradictions."""
        if plan.head is None:
            return ()
        limits.start_rule(plan.rule.name, 0)
        derived = plan.run(changes, self._facts, limits)
        return group_by_predicate(plan, derived, self._vocabulary)

    def _doubtful(self, predicate: int, pairs: AdjacencyMap, *, is_forward: bool) -> AdjacencyMap:
        """Return the pairs that are facts and are not asserted."""
        relation = self._facts.relations.get(predicate)
        known = relation.side(is_forward=is_forward) if relation is not None else {}
        doubtful: AdjacencyMap = {}
        for key, values in pairs.items():
            present = values & known[key] if key in known else set()
            if is_forward:
                derived = {end for end in present if not self._is_asserted((key, predicate, end))}
            else:
                derived = {end for end in present if not self._is_asserted((end, predicate, key))}
            if derived:
                doubtful[key] = derived
        return doubtful
