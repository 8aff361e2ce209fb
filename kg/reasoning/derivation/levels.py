"""Derive triples from asserted triples and rules, one level after another.

`derive` is the reasoner of a release: each derived triple comes with its rules and its status, and
contradictions are found at every level. `materialisation.py` is the faster one without levels.

Reasoning uses these words:

facts: in lower case, all triples that are reasoned over, of any status.
status: how strongly an asserted triple or a rule is stated; one of the ten in `kg.statuses`. A
    triple holds if it is accepted as true; what does not hold is only reported.
level: the strength of a status, 0 for the strongest. Each level is derived on top of all levels
    with a smaller number:

    level                status
    0                    Fact, CitedData, Bibliographic
    1                    Background
    2                    Thesis
    3 (does not hold)    Claim, Hypothesis, Plan
    ignored              Recommendation, Counterfactual

standing: a set of triples that are reasoned over together. Each level that holds is one standing,
    named by the first status of the level. At level 3 there are several, which never use each
    other's triples: the claims of each holder (who makes them), the hypotheses, and the plans.
layer: the triples of one level that holds and of all stronger ones, closed under the rules of
    these levels.
group: the triples that one standing at level 3 adds to what holds, asserted or derived.
stratum: rules that run together within a level. Rules with NOT EXISTS or an aggregate run in an
    upper stratum, after the strata below have derived all that they negate or count.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from pyoxigraph import NamedNode, Triple

from kg.errors import Contradiction
from kg.namespaces import shorten
from kg.reasoning.derivation.fixpoint import FixpointEvaluator, TriplesByRule
from kg.reasoning.derivation.joins import JoinPlan, PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits, garbage_collection_paused
from kg.reasoning.derivation.strata import NonMonotoneStrata
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.relations import Changes, TripleIndex
from kg.reasoning.rules.rule import Rule, predicates_of
from kg.statuses import Status


@dataclass(frozen=True)
class Standing:
    """How a triple stands in reasoning: a status that represents its level; a claim's holder."""

    status: Status
    holder: NamedNode | None = None

    @property
    def rank(self) -> tuple[int, str]:
        """The sort key: the smallest is the strongest."""
        return self.status.rank, self.holder.value if self.holder else ""


# The standings that hold, strongest first; the index is the level. Each is derived on top of the
# one before.
HOLDING_STANDINGS = (Standing(Status.FACT), Standing(Status.BACKGROUND), Standing(Status.THESIS))
# The level of triples that do not hold; they are derived on top of all levels that do.
NOT_HOLDING = len(HOLDING_STANDINGS)
# Rules themselves may conclude hypotheses and plans, even where none is asserted.
STANDINGS_OF_RULES = (Standing(Status.HYPOTHESIS), Standing(Status.PLAN))


def standing_of(status: Status, holder: NamedNode | None = None) -> Standing:
    """Return the standing of statements with this status; only claims are kept apart by holder."""
    if status.holds:
        return HOLDING_STANDINGS[status.level]
    return Standing(status, holder if status is Status.CLAIM else None)


@dataclass(frozen=True, slots=True)
class Premise:
    """An asserted triple with its status and, if it is a claim, its holder."""

    triple: Triple
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """A triple that a rule derives, with the standing in which it first appears."""

    triple: Triple
    rule: str
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class NotHoldingContradiction:
    """Triples that contradict each other by a rule, at a level that does not hold."""

    rule: str
    triples: tuple[Triple, ...]
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True)
class Derivations:
    """All derivations, and the contradictions at levels that do not hold."""

    derivations: tuple[Derivation, ...]
    contradictions: tuple[NotHoldingContradiction, ...]


def derive(
    premises: Iterable[Premise],
    rules: Sequence[Rule],
    *,
    max_triples: int = 5_000_000,
    max_seconds: float = 600,
) -> Derivations:
    """Derive every triple that follows, once per rule, at the strongest level possible.

    A rule applies from the level of its own status onwards; a neutral one (status None) does not
    weaken its conclusions. A triple that holds is not reported again at a weaker level. Of the
    levels that do not hold, each standing reports its own triples.

    A rule with NOT EXISTS or an aggregate needs everything that holds, so it applies from the
    level of the theses onwards, stratum by stratum, after all other rules have reached their
    fixpoint. It applies again at each level that does not hold; triples derived at the levels
    that hold are kept there.

    Raises:
        Contradiction: a rule with an empty head matched at a level that holds.
        LimitExceeded: all levels together exceed `max_triples` (derived) or `max_seconds`.
        UnstratifiedRules: a rule depends on its own negation or aggregate.

    Source: semi-naive evaluation and strata, as in Abiteboul, Hull and Vianu, Foundations of
    Databases, sections 13.1 and 15.2.
    """
    with garbage_collection_paused():
        reasoner = _Reasoner(rules, DerivationLimits(max_triples, max_seconds))
        reasoner.read(premises)
        reasoner.derive_levels()
    return Derivations(tuple(reasoner.derivations), tuple(reasoner.clashes))


class _Reasoner:
    def __init__(self, rules: Sequence[Rule], limits: DerivationLimits) -> None:
        self._vocabulary = TermDictionary()
        self._facts = TripleIndex()
        self._fixpoint = FixpointEvaluator(self._facts, self._vocabulary, limits)
        self.derivations: list[Derivation] = []
        self.clashes: list[NotHoldingContradiction] = []
        self._asserted: dict[Standing, list[CodedTriple]] = defaultdict(list)
        self._active: list[JoinPlan] = []
        self._non_monotone_strata = NonMonotoneStrata(rules, self._vocabulary)
        self._predicates = predicates_of(rules)
        by_status: dict[Status, list[Rule]] = defaultdict(list)
        for rule in rules:
            if rule.is_monotone:
                by_status[standing_of(rule.status or Status.FACT).status].append(rule)
        self._plans = {key: make_plans(group, self._vocabulary) for key, group in by_status.items()}

    def read(self, premises: Iterable[Premise]) -> None:
        """Read the premises whose predicates some rule mentions."""
        predicates, encode = self._predicates, self._vocabulary.encode_triple
        for premise in premises:
            if predicates is None or premise.triple.predicate in predicates:
                standing = standing_of(premise.status, premise.holder)
                self._asserted[standing].append(encode(premise.triple))

    def derive_levels(self) -> None:
        for standing in HOLDING_STANDINGS:
            self._derive(standing, PlanIndex(self._active, self._vocabulary))
        base = PlanIndex(self._active, self._vocabulary)
        claims = {standing for standing in self._asserted if standing.status is Status.CLAIM}
        for standing in sorted(claims.union(STANDINGS_OF_RULES), key=lambda each: each.rank):
            with self._facts.undo_on_exit():
                active_count = len(self._active)
                self._derive(standing, base)
                del self._active[active_count:]

    def _derive(self, standing: Standing, active_plans: PlanIndex) -> None:
        """Add the premises of one standing and the rules of its status, and run to the fixpoint.

        The active plans are those that start from changes, of the rules added before this level.
        If the level holds, its first contradiction is raised.
        """
        # Changes serve the rules that were added before: they have seen the older facts and look
        # only at the new ones. Rules that are added now read all facts. At the first level all
        # rules are added now, so nothing would read the changes.
        is_first = not self._active
        added = [codes for codes in self._asserted[standing] if self._facts.add(codes)]
        changes = Changes() if is_first else Changes(added)
        status, holder = standing.status, standing.holder
        full, incremental = self._plans.get(status, ([], []))
        self._active += incremental
        triggers = PlanIndex(self._active, self._vocabulary) if incremental else active_plans
        recorder = TriplesByRule()
        run = partial(self._fixpoint.run, recorder=recorder, stops_at_clash=status.holds)
        clashes = run(changes, full + active_plans.plans_for(changes), triggers)
        for first, following in self._non_monotone_strata.plans_for(status, self._active):
            if not (clashes and status.holds):
                clashes |= run(Changes(), first, PlanIndex(following, self._vocabulary))
        decode = self._vocabulary.decode_triple
        for rule, codes in sorted(clashes):
            triples = tuple(map(decode, codes))
            if status.holds:
                terms = [" ".join(shorten(term.value) for term in triple) for triple in triples]
                raise Contradiction(rule, terms, triples)
            self.clashes.append(NotHoldingContradiction(rule, triples, status, holder))
        self.derivations += (
            Derivation(decode(codes), rule, status, holder) for rule, codes in recorder
        )
