"""Derive triples from asserted triples and rules, at each base and in each world.

`derive` is the reasoner of a release: each derived triple comes with its rules and its standing,
and contradictions are found everywhere. `materialisation.py` is the faster one without standings.

Reasoning uses the words of `kg.statuses`, and these:

facts: in lower case, all triples that are reasoned over, of any status.
layer: the triples that stand at one base or a stronger one outside of worlds, closed under the
    rules of these bases.
addition: the triples that a world adds to a layer, asserted or derived. Worlds never use each
    other's triples.
stratum: rules that run together at a base. Rules with NOT EXISTS or an aggregate run in an upper
    stratum, after the strata below have derived all that they negate or count.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from pyoxigraph import NamedNode, Triple

from kg.errors import Contradiction
from kg.namespaces import shorten
from kg.reasoning.derivation.fixpoint import CodedContradiction, FixpointEvaluator, TriplesByRule
from kg.reasoning.derivation.joins import (
    JoinPlan,
    NonMonotoneStrata,
    PlanIndex,
    Plans,
    make_plans,
)
from kg.reasoning.derivation.limits import DerivationLimits, garbage_collection_paused
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.matching import CodedRules, ground
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.rules.rule import Rule, predicates_of
from kg.statuses import HYPOTHESES, PLANS, Base, Standing, Status, World, standing_of

# Rules themselves may conclude hypotheses and plans, even where none is asserted.
WORLDS_OF_RULES = (HYPOTHESES, PLANS)


@dataclass(frozen=True, slots=True)
class Premise:
    """An asserted triple with its status and, if it is a claim, its holder."""

    triple: Triple
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """A triple that a rule derives, with one of its strongest standings.

    `restates` says that the triple only puts an asserted claim in other words. `qualifiers` are
    those of the premises; `derive` knows none.
    """

    triple: Triple
    rule: str
    standing: Standing
    restates: bool = False
    qualifiers: tuple[NamedNode, ...] = ()


@dataclass(frozen=True, slots=True)
class WorldContradiction:
    """Triples that contradict each other by a rule in a world, with the strongest base for it."""

    rule: str
    triples: tuple[Triple, ...]
    standing: Standing


@dataclass(frozen=True)
class Derivations:
    """All derivations, and the contradictions in worlds."""

    derivations: tuple[Derivation, ...]
    contradictions: tuple[WorldContradiction, ...]


def derive(
    premises: Iterable[Premise],
    rules: Sequence[Rule],
    *,
    max_triples: int = 5_000_000,
    max_seconds: float = 600,
) -> Derivations:
    """Derive every triple that follows, once per rule and strongest standing.

    A rule applies from its base onwards, a hypothesis or plan only in the world of these; a neutral
    one (status None) does not weaken its conclusions. A rule with NOT EXISTS or an aggregate needs
    everything that stands, so it applies at the base of the readings, stratum by stratum, after all
    other rules have reached their fixpoint, and again in each world; triples derived outside of
    worlds are kept there.

    Raises:
        Contradiction: a rule with an empty head matched outside of worlds.
        LimitExceeded: all together exceeds `max_triples` (derived) or `max_seconds`.
        UnstratifiedRules: a rule depends on its own negation or aggregate.

    Source: semi-naive evaluation and strata, as in Abiteboul, Hull and Vianu, Foundations of
    Databases, sections 13.1 and 15.2.
    """
    with garbage_collection_paused():
        reasoner = _Reasoner(rules, DerivationLimits(max_triples, max_seconds))
        reasoner.read(premises)
        reasoner.derive_everything()
    return Derivations(tuple(reasoner.derivations), tuple(reasoner.clashes))


class _Reasoner:
    def __init__(self, rules: Sequence[Rule], limits: DerivationLimits) -> None:
        self._vocabulary = TermDictionary()
        self._facts = TripleIndex()
        self._fixpoint = FixpointEvaluator(self._facts, self._vocabulary, limits)
        self.derivations: list[Derivation] = []
        self.clashes: list[WorldContradiction] = []
        self._asserted: dict[Base, list[CodedTriple]] = defaultdict(list)
        # What each world adds to the facts so far, and its claims alone.
        self._additions: dict[World, set[CodedTriple]] = {world: set() for world in WORLDS_OF_RULES}
        self._claims: dict[World, frozenset[CodedTriple]] = {}
        self._seen_clashes: set[tuple[World, CodedContradiction]] = set()
        self._non_monotone_strata = NonMonotoneStrata(rules, self._vocabulary)
        self._predicates = predicates_of(rules)
        restating = (rule for rule in rules if rule.restates)
        self._restating = CodedRules(restating, self._vocabulary)
        by_standing: dict[Standing, list[Rule]] = defaultdict(list)
        for rule in rules:
            if rule.is_monotone:
                by_standing[Standing(rule.base, rule.world)].append(rule)
        self._plans = {key: make_plans(own, self._vocabulary) for key, own in by_standing.items()}

    def read(self, premises: Iterable[Premise]) -> None:
        """Read the premises whose predicates some rule mentions."""
        predicates, encode = self._predicates, self._vocabulary.encode_triple
        for premise in premises:
            standing = standing_of(premise.status, premise.holder)
            if standing and (predicates is None or premise.triple.predicate in predicates):
                codes = encode(premise.triple)
                if standing.world is None:
                    self._asserted[standing.base].append(codes)
                else:
                    self._additions.setdefault(standing.world, set()).add(codes)
        for world, own in self._additions.items():
            self._claims[world] = frozenset(own if world.holder else ())

    def derive_everything(self) -> None:
        active: list[JoinPlan] = []
        older = PlanIndex(active, self._vocabulary)
        for base in Base:
            full, incremental = self._plans_at(base)
            active += incremental
            triggers = PlanIndex(active, self._vocabulary)
            added = [codes for codes in self._asserted[base] if self._facts.add(codes)]
            # Changes serve the rules that were added before: they have seen the older facts and
            # look only at the new ones. Rules that are added now read all facts. At the first
            # base all rules are added now, so nothing would read the changes.
            changes = Changes(added if base is not Base.FACT else ())
            first = full + older.plans_for(changes)
            self._derive(Standing(base), changes, first, active, triggers)
            for world in sorted(self._additions, key=lambda each: Standing(base, each).rank):
                self._derive_world(base, world, active, triggers)
            older = triggers

    def _plans_at(self, base: Base, world: World | None = None) -> Plans:
        return self._plans.get(Standing(base, world), ([], []))

    def _derive_world(
        self, base: Base, world: World, active: list[JoinPlan], triggers: PlanIndex
    ) -> None:
        """Derive what a world adds to the layer of a base; then take it back from the facts.

        `active` and `triggers` have the plans of the layer's rules.
        """
        own: Plans = ([], [])
        for stronger in Base:
            if stronger <= base:
                for plans, more in zip(own, self._plans_at(stronger, world), strict=True):
                    plans += more
        if own[1]:
            active = active + own[1]
            triggers = PlanIndex(active, self._vocabulary)
        with self._facts.undo_on_exit():
            added = [codes for codes in self._additions[world] if self._facts.add(codes)]
            changes = Changes(added)
            first = own[0] + triggers.plans_for(changes)
            self._derive(Standing(base, world), changes, first, active, triggers)

    def _derive(
        self,
        standing: Standing,
        changes: Changes,
        first: Sequence[JoinPlan],
        active: Sequence[JoinPlan],
        triggers: PlanIndex,
    ) -> None:
        """Run plans to the fixpoint, then those of the upper strata; record what they derive.

        `triggers` has the `active` plans, which start from changes.
        """
        recorder, stops_at_clash = TriplesByRule(), standing.world is None
        run = partial(self._fixpoint.run, recorder=recorder, stops_at_clash=stops_at_clash)
        clashes = run(changes, first, triggers)
        for plans, following in self._non_monotone_strata.plans_for(standing, active):
            if not (clashes and stops_at_clash):
                clashes |= run(Changes(), plans, PlanIndex(following, self._vocabulary))
        for clash in sorted(clashes):
            self._report(clash, standing)
        decode, world = self._vocabulary.decode_triple, standing.world
        for rule, codes in recorder:
            restates = world is not None and self._restates(rule, codes, world)
            self.derivations.append(Derivation(decode(codes), rule, standing, restates))
            if world is not None:
                self._additions[world].add(codes)

    def _report(self, clash: CodedContradiction, standing: Standing) -> None:
        """Raise a contradiction outside of worlds; record one in a world once."""
        rule, codes = clash
        triples = tuple(map(self._vocabulary.decode_triple, codes))
        if standing.world is None:
            terms = [" ".join(shorten(term.value) for term in triple) for triple in triples]
            raise Contradiction(rule, terms, triples)
        if (standing.world, clash) not in self._seen_clashes:
            self._seen_clashes.add((standing.world, clash))
            self.clashes.append(WorldContradiction(rule, triples, standing))

    def _restates(self, rule: str, codes: CodedTriple, world: World) -> bool:
        """Return whether the rule only puts a claim of this world in other words."""
        return any(
            coded.rule.name == rule and ground(coded.body[0], binding) in self._claims[world]
            for coded, binding in self._restating.find_by_head(codes)
        )
