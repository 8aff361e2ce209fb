"""Run plans on changed facts until no new triples appear (a fixpoint)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from random import Random
from typing import Final, NamedTuple, cast

from pyoxigraph import NamedNode, Variable

from kg.errors import LimitExceeded
from kg.reasoning.derivation.joins import JoinPlan, JoinResult, PlanIndex
from kg.reasoning.derivation.limits import DerivationLimits
from kg.reasoning.facts.adjacency import EMPTY, AdjacencyMap, Values, intersect
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.rules.patterns import TermOrVariable

# The name of the rule with an empty head, and the triples that its body matched.
CodedContradiction = tuple[str, tuple[CodedTriple, ...]]

# Numbers of subjects to sample, tried in this order: if a hub makes the join of one sample too
# large, the next one is smaller.
_SAMPLE_SIZES: Final = (500, 50, 5, 1)
_MAX_TRIPLES: Final = 5_000_000
_MAX_SECONDS: Final = 3


class RuleOutput(NamedTuple):
    """The result of one run of a rule: pairs of one predicate, and which of them were new.

    The keys are subjects if `is_forward`, else objects.
    """

    rule: str
    predicate: int
    pairs: Mapping[int, Values]
    new: AdjacencyMap
    is_forward: bool


# A predicate with pairs, and whether their keys are its subjects.
PredicatePairs = tuple[int, Mapping[int, Values], bool]
# Receives all that the rules derive, and keeps what its caller wants to know of it.
Recorder = Callable[[RuleOutput], None]


class CountsByRule:
    """Counts the triples that each rule was the first to derive, and keeps their predicates."""

    def __init__(self) -> None:
        self.by_rule: Counter[str] = Counter()
        self.predicates: set[int] = set()

    def __call__(self, output: RuleOutput) -> None:
        """Count the new triples."""
        if output.new:
            self.by_rule[output.rule] += sum(map(len, output.new.values()))
            self.predicates.add(output.predicate)


class AddedTriples(TripleIndex):
    """Keeps all triples that were added."""

    def __call__(self, output: RuleOutput) -> None:
        """Keep the new triples."""
        self.add_pairs(output.predicate, output.new, is_forward=output.is_forward, is_owned=False)


class TriplesByRule:
    """Keeps, for each rule, the triples added at this level that it derives, first or not."""

    def __init__(self) -> None:
        self._derived = AddedTriples()
        self._by_rule: dict[str, TripleIndex] = defaultdict(TripleIndex)

    def __call__(self, output: RuleOutput) -> None:
        """Credit the rule with every triple it found that this level has added so far."""
        predicate, is_forward = output.predicate, output.is_forward
        self._derived(output)
        side = self._derived.side(predicate, is_forward=is_forward)
        credited = {
            key: intersect(ends, side[key]) for key, ends in output.pairs.items() if key in side
        }
        index = self._by_rule[output.rule]
        index.add_pairs(predicate, credited, is_forward=is_forward, is_owned=True)

    def __iter__(self) -> Iterator[tuple[str, CodedTriple]]:
        return ((rule, codes) for rule in sorted(self._by_rule) for codes in self._by_rule[rule])


class FixpointEvaluator:
    """Runs plans until they add nothing more to the facts.

    `derived` and `rounds` count the triples that were added and the rounds of all runs so far. The
    limits are for all runs together; `tell` gets a line after each round.
    """

    def __init__(
        self,
        facts: TripleIndex,
        vocabulary: TermDictionary,
        limits: DerivationLimits,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._facts, self._vocabulary, self._limits, self._tell = facts, vocabulary, limits, tell
        self.derived = self.rounds = 0

    def run(
        self,
        changes: Changes,
        first: Sequence[JoinPlan],
        triggers: PlanIndex,
        recorder: Recorder,
        *,
        stops_at_clash: bool = False,
    ) -> set[CodedContradiction]:
        """Run the first plans on the changes, then every plan that their results trigger.

        Returns the contradictions found, or raises `LimitExceeded` as `DerivationLimits` does.
        """
        clashes: set[CodedContradiction] = set()
        queue: Sequence[JoinPlan] = first
        while queue and not (clashes and stops_at_clash):
            next_changes = Changes()
            for plan in queue:
                foresee = partial(estimate_derivations, plan, self._facts)
                self._limits.start_rule(plan.rule.name, self.derived, foresee)
                if plan.head is None:
                    found = plan.run(changes, self._facts, self._limits)
                    clashes.update(self._clash(plan, binding) for binding in found)
                else:
                    self._add(plan, changes, next_changes, recorder)
            self.rounds += 1
            self._tell(f"round {self.rounds}: {self.derived:,} derived")
            changes = next_changes
            queue = triggers.plans_for(changes)
        return clashes

    def _add(
        self, plan: JoinPlan, changes: Changes, next_changes: Changes, recorder: Recorder
    ) -> None:
        """Add what the plan derives from the changes; its result is freed at the end."""
        result = plan.run(changes, self._facts, self._limits)
        is_owned = not plan.is_copy
        for predicate, pairs, is_forward in group_by_predicate(plan, result):
            new = self._facts.add_pairs(predicate, pairs, is_forward=is_forward, is_owned=is_owned)
            self.derived += sum(map(len, new.values()))
            next_changes.add(predicate, new, is_forward=is_forward)
            recorder(RuleOutput(plan.rule.name, predicate, pairs, new, is_forward))

    def _clash(self, plan: JoinPlan, binding: tuple[int, ...]) -> CodedContradiction:
        """Return the contradiction that the plan finds with this binding of its variables."""
        values = dict(zip(plan.variables, binding, strict=True))

        def code(slot: TermOrVariable) -> int:
            return values[slot] if isinstance(slot, Variable) else self._vocabulary.encode(slot)

        triples = (cast(CodedTriple, tuple(map(code, atom))) for atom in plan.rule.body)
        return plan.rule.name, tuple(triples)


def group_by_predicate(plan: JoinPlan, result: JoinResult) -> Iterable[PredicatePairs]:
    """Return the result of a plan by predicate.

    Triples that RDF does not allow are left out where the head's predicate is a variable: those
    with a literal as subject or with a predicate that is not an IRI.
    """
    if plan.shape != "triples":
        return [(plan.predicate, result, plan.shape == "objects")]
    grouped: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for subject, predicate, object_ in result:
        if subject > 0 and plan.vocabulary.is_iri(predicate):
            grouped[predicate][subject].add(object_)
    return [(predicate, pairs, True) for predicate, pairs in grouped.items()]


def estimate_derivations(plan: JoinPlan, facts: TripleIndex) -> int:
    """Estimate how many triples the rule derives from all facts, known triples included.

    The join is run for a random sample of the head's subjects with everything that they match,
    so the estimate is unbiased. It is 0 if the rule has no head or is not monotone, if its head's
    subject is not one end of a pattern with a named predicate, or if a single subject exceeds the
    limits.
    """
    rule, head = plan.rule, plan.head
    if head is None or not rule.is_monotone:
        return 0
    indexes = [
        index
        for index, atom in enumerate(rule.body)
        if isinstance(atom.predicate, NamedNode)
        and (atom.subject, atom.object).count(head.subject) == 1
    ]
    for size in _SAMPLE_SIZES if indexes else ():
        sample, weight = _draw_sample(plan, indexes[0], facts, size)
        sample_plan = JoinPlan(rule, head, indexes[0], plan.vocabulary)
        with suppress(LimitExceeded):
            result = sample_plan.run(sample, facts, DerivationLimits(_MAX_TRIPLES, _MAX_SECONDS))
            sets = result.values() if isinstance(result, dict) else [result]
            return round(sum(map(len, sets)) * weight)
    return 0


def _draw_sample(
    plan: JoinPlan, index: int, facts: TripleIndex, size: int
) -> tuple[Changes, float]:
    """Return the pattern's matches for a sample of subjects, and how many each stands for."""
    encode, atom = plan.vocabulary.encode, plan.rule.body[index]
    is_forward = plan.head is not None and atom.subject == plan.head.subject
    other = atom.object if is_forward else atom.subject
    predicate = encode(atom.predicate)  # type: ignore[arg-type]
    constant = None if isinstance(other, Variable) else encode(other)
    side = facts.side(predicate, is_forward=is_forward == (constant is None))
    population: Collection[int] = side if constant is None else side.get(constant, EMPTY)
    # A fixed seed, so that the same facts always give the same estimate.
    keys = Random(0).sample(sorted(population), min(size, len(population)))  # noqa: S311
    sample = Changes()
    if constant is None:
        sample.add(predicate, {key: side[key] for key in keys}, is_forward=is_forward)
    else:
        sample.add(predicate, {constant: set(keys)}, is_forward=not is_forward)
    return sample, len(population) / max(len(keys), 1)
