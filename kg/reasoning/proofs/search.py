"""Search for the proofs of one triple at one standing, the smallest first.

In a search, the level of a triple is the strongest base at which it stands or, if it stands only in
the world of the search, `IN_WORLD`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Final, NamedTuple

from kg.errors import LimitExceeded
from kg.reasoning.facts.dictionary import CodedTriple
from kg.reasoning.facts.matching import CodedRules, RuleInstance, match_body
from kg.reasoning.facts.relations import TripleIndex, match_triples
from kg.reasoning.proofs.proof import EvidenceGraph, Proof
from kg.reasoning.proofs.release_facts import ReleaseFacts
from kg.statuses import Attribution, Base, Standing, Status, attribute

# How many options (rule instances and asserted triples) are examined for one goal, which takes one
# or two seconds.
MAX_EXAMINED_OPTIONS: Final = 200_000
# Once the smallest proof has been found, the search ends when it has generated this many unfinished
# proofs since its start. Those examined after the smallest proof count a second time.
MAX_STATES: Final = 20_000

# For how many goals the rule instances are kept for further proofs.
_MAX_KEPT: Final = 50_000

IN_WORLD: Final = len(Base)

# The ways to prove a triple; None means that it is asserted, so that it is a leaf.
Options = Sequence[RuleInstance | None]
# A triple still to be proved, and its ancestors in the proof tree: a proof that used one of these
# would be circular.
_Open = tuple[CodedTriple, frozenset[CodedTriple]]


class FactsAndRules:
    """The facts and rules at one standing: those of its base, and those that its world adds.

    It keeps the rule instances that it has found, so the facts must stay as they are.
    """

    def __init__(self, facts: ReleaseFacts, rules: CodedRules, standing: Standing) -> None:
        self.facts, self.rules, self.standing = facts, rules, standing
        additions = facts.additions.get(standing.world) if standing.world else None
        self._additions = additions[standing.base] if additions else TripleIndex()
        self._found: dict[tuple[CodedTriple, int], list[RuleInstance]] = {}

    @property
    def weakest_level(self) -> int:
        """The level at which everything stands that stands here."""
        return self.standing.base if self.standing.world is None else IN_WORLD

    def level(self, codes: CodedTriple) -> int:
        """Return the strongest level of a triple that stands here."""
        base = self.facts.base(codes)
        return IN_WORLD if base is None or base > self.standing.base else base

    def evidence(self, codes: CodedTriple, level: int) -> tuple[EvidenceGraph, ...]:
        """Return the evidence that asserts the triple at this level."""
        standing = self.standing if level == IN_WORLD else Standing(Base(level))
        return self.facts.evidence(codes, standing)

    def match(
        self, max_level: int, subject: int | None, predicate: int | None, object_: int | None
    ) -> Iterator[CodedTriple]:
        """Yield the matching triples of all levels up to `max_level`; None matches any term."""
        layer = self.facts.layers[min(max_level, self.standing.base)]
        yield from match_triples(layer, subject, predicate, object_)
        if max_level == IN_WORLD:
            additions = match_triples(self._additions, subject, predicate, object_)
            yield from (codes for codes in additions if codes not in layer)

    def instances(self, goal: CodedTriple, level: int) -> list[RuleInstance]:
        """Return each rule instance that derives the triple at exactly this level, once."""
        found = self._found.get((goal, level))
        if found is None:
            if len(self._found) >= _MAX_KEPT:
                self._found.clear()
            found = self._found[goal, level] = self._find_instances(goal, level)
        return found

    def _find_instances(self, goal: CodedTriple, level: int) -> list[RuleInstance]:
        instances: dict[RuleInstance, None] = {}
        for coded, binding in self.rules.find_by_head(goal):
            rule = coded.rule
            own_level = rule.base if rule.world is None else IN_WORLD
            if own_level > level or not self.standing.includes(Standing(rule.base, rule.world)):
                continue
            for instance in match_body(self.rules, coded, binding, partial(self.match, level)):
                weakest = max([own_level, *map(self.level, instance.premises)])
                if weakest == level and goal not in instance.premises:
                    instances[instance] = None
        return list(instances)


class ProofSizes:
    """Computes the sizes of the smallest proofs of a goal and of its possible premises.

    Sizes count the nodes of the proof tree. A proof is larger than each of its parts, so the
    smallest one is never circular. `smallest` has the sizes found so far; a triple without a proof
    is not in it.

    Source: Knuth, A Generalization of Dijkstra's Algorithm, 1977. The algorithm runs again with
    each bound, because the graph of rules and premises is built only as far as needed. The bound of
    a premise is the least size of a proof of the goal in which it occurs: each rule instance on the
    way to it adds all its premises.
    """

    def __init__(self, options_of: Callable[[CodedTriple], Options]) -> None:
        self._options_of = options_of
        self.options: dict[CodedTriple, Options] = {}
        self.smallest: dict[CodedTriple, int] = {}
        # For each premise, the triples that use it, with the rule instances.
        self._used_by = defaultdict[CodedTriple, list[tuple[CodedTriple, RuleInstance]]](list)
        self._examined = 0

    def smallest_by(self, option: RuleInstance | None) -> int | None:
        """Return the size of the smallest proof that ends with this option; None if unknown."""
        total = 1
        for premise in option.premises if option else ():
            size = self.smallest.get(premise)
            if size is None:
                return None
            total += size
        return total

    def compute(self, goal: CodedTriple, *, is_full: bool) -> None:
        """Examine premises of ever greater bound until no smaller proof of the goal is possible.

        If `is_full`, everything that the goal may rest on is examined, as further proofs need it.
        Raises LimitExceeded if there is no proof among the first `MAX_EXAMINED_OPTIONS` options.
        """
        waiting = {1: [goal]}
        while waiting:
            bound = min(waiting)
            best = self.smallest.get(goal)
            # Those of the same size are examined, too: which one comes first is not left to chance.
            if not is_full and best is not None and best < bound:
                return
            frontier = waiting.pop(bound)
            for codes in frontier:
                self._expand(codes, bound, waiting)
                if self._examined > MAX_EXAMINED_OPTIONS:
                    break
            self._relax(frontier)
            if self._examined > MAX_EXAMINED_OPTIONS:
                if goal in self.smallest:
                    return
                raise LimitExceeded("rule instances examined for a proof", MAX_EXAMINED_OPTIONS)

    def _expand(
        self, codes: CodedTriple, bound: int, waiting: dict[int, list[CodedTriple]]
    ) -> None:
        if codes in self.options:
            return
        self.options[codes] = self._options_of(codes)
        self._examined += len(self.options[codes])
        for option in filter(None, self.options[codes]):
            further = waiting.setdefault(bound + len(option.premises), [])
            for premise in option.premises:
                self._used_by[premise].append((codes, option))
                if premise not in self.options:
                    further.append(premise)

    def _relax(self, changed: Sequence[CodedTriple]) -> None:
        """Update the sizes of the changed triples and of all that use them, smallest first."""
        queue: list[tuple[int, CodedTriple]] = []

        def offer(codes: CodedTriple, option: RuleInstance | None) -> None:
            size = self.smallest_by(option)
            if size is not None and size < self.smallest.get(codes, size + 1):
                self.smallest[codes] = size
                heappush(queue, (size, codes))

        for codes in changed:
            for option in self.options.get(codes, ()):
                offer(codes, option)
        while queue:
            size, codes = heappop(queue)
            if size == self.smallest[codes]:
                for user, instance in self._used_by[codes]:
                    offer(user, instance)


class _State(NamedTuple):
    """An unfinished proof, sorted by the smallest total size it can reach; `number` breaks ties."""

    size: int
    number: int
    chosen: dict[CodedTriple, RuleInstance | None]
    open: tuple[_Open, ...]
    leaves: frozenset[CodedTriple]


class ProofSearch:
    """Finds proofs of a triple in which each premise is proved at its strongest level."""

    def __init__(self, view: FactsAndRules, goal: CodedTriple, *, smallest_only: bool) -> None:
        """Prepare a search for proofs of the goal at exactly the weakest level of the view.

        With `smallest_only`, asserted triples are never proved from others.
        """
        self._view, self._goal, self._smallest_only = view, goal, smallest_only
        self._sizes = ProofSizes(self._options_of)

    def proofs(self) -> Iterator[Proof]:
        """Yield proofs by size; none is circular or has all the leaves of an earlier one.

        This is a best-first search. Each triple still to be proved counts with the size of its
        smallest proof, so smaller proofs come first. Raises LimitExceeded as `ProofSizes.compute`.
        """
        self._sizes.compute(self._goal, is_full=not self._smallest_only)
        size = self._sizes.smallest.get(self._goal)
        if size is None:
            return
        numbers, yielded = count(), list[frozenset[CodedTriple]]()
        start = ((self._goal, frozenset[CodedTriple]()),)
        queue = [_State(size, 0, {}, start, frozenset())]
        seen: set[object] = set()
        while queue and (not yielded or next(numbers) < MAX_STATES):
            state = heappop(queue)
            # States with the same open triples and leaves lead to proofs with the same leaves.
            key = (tuple(sorted(codes for codes, _ in state.open)), state.leaves)
            if key in seen or any(leaves <= state.leaves for leaves in yielded):
                continue
            seen.add(key)
            if not state.open:
                yielded.append(state.leaves)
                yield self._proof(self._goal, state.chosen)
                continue
            for successor in self._successors(state, numbers):
                heappush(queue, successor)

    def _successors(self, state: _State, numbers: Iterator[int]) -> Iterator[_State]:
        """Yield the unfinished proof extended by each option for its first open triple."""
        (codes, ancestors), *rest = state.open
        is_chosen = codes in state.chosen
        options = [state.chosen[codes]] if is_chosen else self._sizes.options.get(codes, ())
        best, path = self._sizes.smallest.get(codes), ancestors | {codes}
        for option in options:
            size = self._sizes.smallest_by(option)
            if best is None or size is None or (option and not path.isdisjoint(option.premises)):
                continue
            premises = option.premises if option else ()
            yield _State(
                state.size - best + size,
                # Of states of equal size, the latest comes first: it is nearest to completion.
                -next(numbers),
                state.chosen if is_chosen else {**state.chosen, codes: option},
                (*((premise, path) for premise in premises), *rest),
                state.leaves if option else state.leaves | {codes},
            )

    def _options_of(self, codes: CodedTriple) -> Options:
        """Return the ways to prove a triple at its level; None stands for its evidence."""
        level = self._level_of(codes)
        leaf: list[RuleInstance | None] = [None] if self._view.evidence(codes, level) else []
        if leaf and self._smallest_only:
            return leaf
        return [*leaf, *self._view.instances(codes, level)]

    def _level_of(self, codes: CodedTriple) -> int:
        return self._view.weakest_level if codes == self._goal else self._view.level(codes)

    def _proof(self, codes: CodedTriple, chosen: dict[CodedTriple, RuleInstance | None]) -> Proof:
        level, option, view = self._level_of(codes), chosen[codes], self._view
        world = view.standing.world if level == IN_WORLD else None
        triple = view.rules.vocabulary.decode_triple(codes)
        if option is None:
            evidence = view.evidence(codes, level)
            standing = Standing(Base.FACT if world else Base(level), world)
            # Statuses of one level differ, for example Fact and CitedData: the strongest counts.
            strongest = min(evidence, key=lambda graph: graph.status.rank if graph.status else 0)
            is_held = strongest.status in {Status.CLAIM, Status.READING}
            status = strongest.status or standing.base.status
            attribution = Attribution(status, strongest.holder if is_held else None)
            return Proof(triple, standing, attribution, evidence=evidence)
        premises = tuple(self._proof(premise, chosen) for premise in option.premises)
        bases = [proof.standing.base for proof in premises if proof.standing]
        standing = Standing(max([option.rule.base, *bases]), world)
        may_restate = world is not None and option.rule.restates
        restates = may_restate and bool(view.evidence(option.premises[0], IN_WORLD))
        attribution = attribute(standing, view.facts.curators, restates=restates)
        return Proof(triple, standing, attribution, option.rule, premises, absent=option.absent)
