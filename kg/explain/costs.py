"""How few triples the smallest proof of each triple shows."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Final

from kg.errors import LimitExceeded
from kg.explain.view import Instance
from kg.reasoning.facts.dictionary import Codes

# None stands for a leaf: the triple is asserted.
Options = Sequence[Instance | None]

# Ways to prove one of the triples that a proof may rest on; a second or two.
MAX_LOOKED_AT: Final = 200_000


class Costs:
    """The size of the smallest proof of each triple that the goal may rest on.

    A proof is larger than each of its parts, so the smallest one never rests on itself.

    Source: Knuth, A Generalization of Dijkstra's Algorithm, 1977; here run again at each depth,
    since the graph of rules and premises is only made as far as it is needed.
    """

    def __init__(self, options_of: Callable[[Codes], Options]) -> None:
        self._options_of = options_of
        self.options: dict[Codes, Options] = {}
        self._cost: dict[Codes, int] = {}
        self._users: dict[Codes, list[tuple[Codes, Instance | None]]] = defaultdict(list)
        self._looked_at = 0

    def get(self, codes: Codes) -> int | None:
        """The size of its smallest proof, None where none has been found."""
        return self._cost.get(codes)

    def of(self, option: Instance | None) -> int | None:
        """The size of the smallest proof that begins so."""
        if option is None:
            return 1
        total = 1
        for premise in option.premises:
            cost = self._cost.get(premise)
            if cost is None:
                return None
            total += cost
        return total

    def settle(self, goal: Codes, *, is_full: bool) -> None:
        """Looks at ever deeper premises until no smaller proof of the goal can come.

        Args:
            goal: what is to be proved.
            is_full: goes on to all that the goal may rest on, for proofs that are not smallest.

        Raises:
            LimitExceeded: the goal may rest on more than is looked at.
        """
        frontier, depth = [goal], 0
        # A proof as deep as this shows more triples than the best one found so far.
        while frontier and (is_full or self._cost.get(goal, depth + 1) > depth):
            following: dict[Codes, None] = {}
            for codes in frontier:
                self._expand(codes, following)
                if self._looked_at > MAX_LOOKED_AT:
                    break
            self._relax(frontier)
            frontier, depth = list(following), depth + 1
            if self._looked_at > MAX_LOOKED_AT:
                if goal in self._cost:
                    return
                raise LimitExceeded("premises looked at for a proof", MAX_LOOKED_AT)

    def _expand(self, codes: Codes, following: dict[Codes, None]) -> None:
        if codes in self.options:
            return
        self.options[codes] = self._options_of(codes)
        self._looked_at += len(self.options[codes])
        for option in self.options[codes]:
            for premise in option.premises if option else ():
                self._users[premise].append((codes, option))
                if premise not in self.options:
                    following[premise] = None

    def _relax(self, changed: Sequence[Codes]) -> None:
        """Takes in the proofs that have become possible, the smallest first."""
        queue: list[tuple[int, Codes]] = []

        def offer(codes: Codes, option: Instance | None) -> None:
            cost = self.of(option)
            if cost is not None and cost < self._cost.get(codes, cost + 1):
                self._cost[codes] = cost
                heappush(queue, (cost, codes))

        for codes in changed:
            for option in self.options.get(codes, ()):
                offer(codes, option)
        while queue:
            cost, codes = heappop(queue)
            if cost == self._cost[codes]:
                for user, instance in self._users[codes]:
                    offer(user, instance)
