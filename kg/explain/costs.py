"""How few triples the smallest proof of each triple shows."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from kg.errors import LimitExceeded
from kg.explain.view import Instance
from kg.facts import Codes

# None stands for a leaf: the triple is asserted.
Options = Sequence[Instance | None]

MAX_EXPANDED: Final = 20_000


class Costs:
    """The size of the smallest proof of each triple that the goal may rest on.

    A proof is larger than each of its parts, so the smallest one never rests on itself.

    Source: Knuth, A Generalization of Dijkstra's Algorithm, 1977; here label-correcting, since
    the graph of rules and premises is only made as far as it is needed.
    """

    def __init__(self, options_of: Callable[[Codes], Options]) -> None:
        self._options_of = options_of
        self.options: dict[Codes, Options] = {}
        self._cost: dict[Codes, int] = {}
        self._users: dict[Codes, list[tuple[Codes, Instance]]] = defaultdict(list)

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
            LimitExceeded: the goal may rest on more triples than are looked at.
        """
        frontier, depth = [goal], 0
        # A proof as deep as this shows more triples than the best one found so far.
        while frontier and (is_full or self._cost.get(goal, depth + 1) > depth):
            following: dict[Codes, None] = {}
            for codes in frontier:
                self._expand(codes, following)
            frontier, depth = list(following), depth + 1
            if len(self.options) > MAX_EXPANDED:
                if goal in self._cost:
                    return
                raise LimitExceeded("triples looked at for a proof", MAX_EXPANDED)

    def _expand(self, codes: Codes, following: dict[Codes, None]) -> None:
        if codes in self.options:
            return
        self.options[codes] = self._options_of(codes)
        for option in self.options[codes]:
            self._relax(codes, option)
            for premise in option.premises if option else ():
                self._users[premise].append((codes, option))  # type: ignore[arg-type]
                if premise not in self.options:
                    following[premise] = None

    def _relax(self, codes: Codes, option: Instance | None) -> None:
        """Takes in a smaller proof, and what becomes smaller by it."""
        waiting = [(codes, option)]
        while waiting:
            each, chosen = waiting.pop()
            cost = self.of(chosen)
            if cost is not None and cost < self._cost.get(each, cost + 1):
                self._cost[each] = cost
                waiting += self._users[each]
