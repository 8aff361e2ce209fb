"""Proofs of one triple at one level, the smallest first, none of which rests on itself."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Final, NamedTuple

from kg.explain.costs import Costs, Options
from kg.explain.proofs import Proof
from kg.explain.view import Instance, View
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.statuses import Status

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
