"""Whether a triple still has a proof once assertions are gone.

Source: Motik, Nenov, Piro and Horrocks, Incremental Update of Datalog Materialisation: the
Backward/Forward Algorithm, AAAI 2015.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.facts.matching import CodedRules, ground, solutions
from kg.reasoning.facts.relations import Facts, matching


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
