"""What counts at one level: what holds, and perhaps one holder's claims or all hypotheses.

How few triples the smallest proof of each triple shows.

Proofs of one triple at one level, the smallest first, none of which rests on itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Final, NamedTuple

from kg.errors import LimitExceeded
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.matching import CodedRules, steps
from kg.reasoning.facts.relations import Index, matching
from kg.reasoning.proofs.proof import BEYOND, HOLDING, Evidence, Proof, Standing
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.reasoning.rules.patterns import Negation
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status


@dataclass(frozen=True)
class Instance:
    """A rule and the triples that its body is, once its variables have values.

    `absent` is what it negates, with these values.
    """

    rule: Rule
    premises: tuple[Codes, ...]
    absent: tuple[Negation, ...] = ()


class View:
    """The facts and rules of what holds, with those of one standing that does not on top."""

    def __init__(
        self, facts: ReleaseFacts, rules: CodedRules, standing: Standing | None = None
    ) -> None:
        self._facts, self._rules, self._beyond = facts, rules, standing
        self._extra = facts.groups.get(standing, Index()) if standing else Index()

    def standing(self, level: int) -> Standing:
        """The status, and of a claim the holder, that this level means here."""
        return self._beyond if level == BEYOND and self._beyond else HOLDING[level]

    def level(self, codes: Codes) -> int:
        """The strongest level at which the triple is asserted or derived."""
        return self._facts.level(codes)

    def evidence(self, codes: Codes, level: int) -> tuple[Evidence, ...]:
        """Where the triple is asserted at this level."""
        return self._facts.evidence(codes, self.standing(level))

    def matches(
        self, most: int, subject: int | None, predicate: int | None, object_: int | None
    ) -> Iterator[Codes]:
        """The triples of levels up to `most` that fit; None fits anything."""
        holding = self._facts.layers[min(most, BEYOND - 1)]
        yield from matching(holding, subject, predicate, object_)
        if most == BEYOND:
            for codes in matching(self._extra, subject, predicate, object_):
                if codes not in holding:
                    yield codes

    def instances(self, goal: Codes, level: int) -> list[Instance]:
        """Every rule and premises that give the triple at exactly this level, each once."""
        found: dict[Instance, None] = {}
        for coded, binding in self._rules.ending_in(goal):
            if coded.level > level or not self._takes(coded.rule):
                continue
            for step in steps(self._rules, coded, binding, partial(self.matches, level)):
                reached = max(coded.level, *map(self.level, step.premises))
                if reached == level and goal not in step.premises:
                    found[Instance(coded.rule, step.premises, step.absent)] = None
        return list(found)

    def _takes(self, rule: Rule) -> bool:
        is_beyond = rule.status is not None and not rule.status.holds
        return not is_beyond or (self._beyond is not None and rule.status is self._beyond.status)


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


# How many unfinished proofs are looked at when more than the smallest one is asked for.
MAX_STATES: Final = 20_000

_Open = tuple[Codes, frozenset[Codes]]


class _State(NamedTuple):
    """A proof in the making: by total size when done at best; `number` orders what is equal."""

    size: int
    number: int
    chosen: dict[Codes, Instance | None]
    open: tuple[_Open, ...]
    leaves: frozenset[Codes]


class Search:
    """Finds proofs of a triple whose every premise is proved as strongly as it stands."""

    def __init__(
        self, view: View, goal: Codes, level: int, vocabulary: Vocabulary, *, smallest_only: bool
    ) -> None:
        """A search at one level.

        Args:
            view: what counts.
            goal: what is to be proved.
            level: how strong the proofs are, exactly.
            vocabulary: the terms.
            smallest_only: what is asserted is then never proved from anything else.
        """
        self._view, self._goal, self._level = view, goal, level
        self._vocabulary, self._smallest_only = vocabulary, smallest_only
        self._costs = Costs(self._options_of)

    def proofs(self) -> Iterator[Proof]:
        """By size; none has all the leaves of an earlier one.

        Source: best-first search; what is still to be proved counts with the size of its own
        smallest proof, so no proof comes before a smaller one.
        """
        self._costs.settle(self._goal, is_full=not self._smallest_only)
        cost = self._costs.get(self._goal)
        if cost is None:
            return
        numbers, found = count(), list[frozenset[Codes]]()
        start = ((self._goal, frozenset[Codes]()),)
        queue = [_State(cost, 0, {}, start, frozenset())]
        seen: set[object] = set()
        while queue and (not found or next(numbers) < MAX_STATES):
            state = heappop(queue)
            # What is still open and what it rests on decide the leaves, however it came to that.
            key = (tuple(sorted(codes for codes, _ in state.open)), state.leaves)
            if key in seen or any(leaves <= state.leaves for leaves in found):
                continue
            seen.add(key)
            if not state.open:
                found.append(state.leaves)
                yield self._proof(self._goal, state.chosen)
                continue
            for following in self._continued(state, numbers):
                heappush(queue, following)

    def _continued(self, state: _State, numbers: Iterator[int]) -> Iterator[_State]:
        """The proof in the making with each way to prove the first triple that is open."""
        (codes, above), *rest = state.open
        is_chosen = codes in state.chosen
        options = [state.chosen[codes]] if is_chosen else self._costs.options.get(codes, ())
        best, path = self._costs.get(codes), above | {codes}
        for option in options:
            cost = self._costs.of(option)
            if best is None or cost is None or (option and not path.isdisjoint(option.premises)):
                continue
            premises = option.premises if option else ()
            yield _State(
                state.size - best + cost,
                # Of equal size, the latest first: it is nearest to being done.
                -next(numbers),
                state.chosen if is_chosen else {**state.chosen, codes: option},
                (*((each, path) for each in premises), *rest),
                state.leaves if option else state.leaves | {codes},
            )

    def _options_of(self, codes: Codes) -> Options:
        level = self._level_of(codes)
        is_asserted = bool(self._view.evidence(codes, level))
        if is_asserted and self._smallest_only:
            return [None]
        leaf: list[Instance | None] = [None] if is_asserted else []
        return [*leaf, *self._view.instances(codes, level)]

    def _level_of(self, codes: Codes) -> int:
        return self._level if codes == self._goal else self._view.level(codes)

    def _proof(self, codes: Codes, chosen: dict[Codes, Instance | None]) -> Proof:
        level, option = self._level_of(codes), chosen[codes]
        standing = self._view.standing(level)
        triple = self._vocabulary.decode_triple(codes)
        if option is None:
            evidence = self._view.evidence(codes, level)
            status = min((one.status for one in evidence if one.status), key=list(Status).index)
            return Proof(triple, status, standing.holder, evidence=evidence)
        premises = tuple(self._proof(premise, chosen) for premise in option.premises)
        rule, absent = option.rule, option.absent
        return Proof(triple, standing.status, standing.holder, rule, premises, absent=absent)
