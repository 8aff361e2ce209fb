"""Many triples that may have lost their proofs -> those that have another one, by whole sets.

Source: delete and rederive; Gupta, Mumick and Subrahmanian, Maintaining Views Incrementally,
SIGMOD 1993.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from kg.reasoning.derivation.fixpoint import parts_of
from kg.reasoning.derivation.joins import Plan, Triggers
from kg.reasoning.derivation.limits import Limits
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.relations import Changes, Facts, Index, Side
from kg.reasoning.rules.rule import Rule


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
