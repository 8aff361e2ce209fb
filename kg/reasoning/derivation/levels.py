"""The results of reasoning: derived triples with their rules and statuses, and contradictions.

Derive triples from asserted triples and rules, each with its rule and status.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple, Variable

from kg.errors import Contradiction
from kg.namespaces import shorten
from kg.reasoning.derivation.fixpoint import CodedContradiction, FixpointEvaluator, TriplesByRule
from kg.reasoning.derivation.joins import JoinPlan, PlanIndex, make_plans
from kg.reasoning.derivation.limits import DerivationLimits, garbage_collection_paused
from kg.reasoning.derivation.strata import NonMonotoneStrata
from kg.reasoning.facts.dictionary import CodedTriple, TermDictionary
from kg.reasoning.facts.relations import Changes, Facts
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status


@dataclass(frozen=True, slots=True)
class Derivation:
    """A triple that a rule derives, with the first level at which the triple appears."""

    triple: Triple
    rule: str
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Triples that contradict each other by a rule, at a level that does not hold."""

    rule: str
    triples: tuple[Triple, ...]
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True)
class Closure:
    """All derivations, and the contradictions at levels that do not hold."""

    derivations: tuple[Derivation, ...]
    contradictions: tuple[Clash, ...]


# The levels that hold, strongest first: each is derived on top of the one before.
_LEVELS = (Status.FACT, Status.BACKGROUND, Status.THESIS)


@dataclass(frozen=True, slots=True)
class Premise:
    """An asserted triple with its status and, if it is a claim, its holder."""

    triple: Triple
    status: Status
    holder: NamedNode | None = None


def derive(
    premises: Iterable[Premise],
    rules: Sequence[Rule],
    *,
    max_triples: int = 5_000_000,
    max_seconds: float = 600,
) -> Closure:
    """Derive every triple that follows, once per rule, at the strongest level possible.

    Derivation starts from the facts, then adds the background, then the theses. On top of these
    three levels, which hold, it derives separately from the claims of each holder, from the
    hypotheses and from the plans. A rule applies from the level of its own status onwards.
    Recommendations and counterfactuals are ignored.

    A rule with NOT EXISTS or an aggregate needs everything that holds, so it applies from the
    level of the theses onwards, stratum by stratum, after all other rules have reached their
    fixpoint. It applies again at each level that does not hold; triples derived at the levels
    that hold are kept there.

    A triple asserted or derived at one level is not reported again at that level or a weaker one.

    Args:
        premises: in any order; duplicates are allowed.
        rules: a neutral rule (status None) does not weaken its conclusions.
        max_triples: the maximum number of derived triples, for all levels together.
        max_seconds: for all levels together.

    Raises:
        Contradiction: a rule with an empty head matched at a level that holds.
        LimitExceeded: the derivation exceeds `max_triples` or `max_seconds`.
        UnstratifiedRules: a rule depends on its own negation or aggregate.

    Source: semi-naive evaluation and strata, as in Abiteboul, Hull and Vianu, Foundations of
    Databases, sections 13.1 and 15.2.
    """
    with garbage_collection_paused():
        reasoner = _Reasoner(rules, DerivationLimits(max_triples, max_seconds))
        reasoner.read(premises)
        reasoner.derive_what_holds()
        reasoner.derive_what_does_not_hold()
    return Closure(tuple(reasoner.derivations), tuple(reasoner.clashes))


class _Reasoner:
    """Groups premises and rules by level and derives one level after another."""

    def __init__(self, rules: Sequence[Rule], limits: DerivationLimits) -> None:
        self._vocabulary = TermDictionary()
        self._facts = Facts()
        self._fixpoint = FixpointEvaluator(self._facts, self._vocabulary, limits)
        self.derivations: list[Derivation] = []
        self.clashes: list[Clash] = []
        self._asserted: dict[tuple[Status, NamedNode | None], list[CodedTriple]] = defaultdict(list)
        self._plans: dict[Status, tuple[list[JoinPlan], list[JoinPlan]]] = defaultdict(
            lambda: ([], [])
        )
        self._active: list[JoinPlan] = []
        self._upper = NonMonotoneStrata(rules, self._vocabulary)
        for rule in rules:
            if not rule.is_monotone:
                continue
            full, incremental = make_plans(rule, self._vocabulary)
            self._plans[_rule_level(rule)][0].extend(full)
            self._plans[_rule_level(rule)][1].extend(incremental)
        self._predicates = predicates_of(rules)

    def read(self, premises: Iterable[Premise]) -> None:
        """Read the premises whose predicates some rule mentions."""
        predicates, encode = self._predicates, self._vocabulary.encode_triple
        for premise in premises:
            triple = premise.triple
            if predicates is None or triple.predicate in predicates:
                group = _group_of(premise)
                self._asserted[group].append(encode(triple))

    def derive_what_holds(self) -> None:
        """Derive from the facts, then add the background, then the theses."""
        for status in _LEVELS:
            self._derive(status, None, PlanIndex(self._active, self._vocabulary))

    def derive_what_does_not_hold(self) -> None:
        """Derive separately from the claims of each holder, the hypotheses and the plans."""
        base = PlanIndex(self._active, self._vocabulary)
        groups = {group for group in self._asserted if group[0] is Status.CLAIM}
        groups |= {(Status.HYPOTHESIS, None), (Status.PLAN, None)}
        for status, holder in sorted(groups, key=_order):
            with self._facts.undo_on_exit():
                active_count = len(self._active)
                self._derive(status, holder, base)
                del self._active[active_count:]

    def _derive(self, status: Status, holder: NamedNode | None, known: PlanIndex) -> None:
        """Add one group of premises and the rules of that status, and run to the fixpoint.

        Args:
            status: of the level.
            holder: of the claims; None at every other level.
            known: triggers of the plans that are active before this level's rules are added.
        """
        # The first level only has plans that read all facts, so it needs no list of changes.
        is_first = not self._active
        added = [codes for codes in self._asserted[status, holder] if self._facts.add(codes)]
        changes = Changes() if is_first else Changes(added)
        full, incremental = self._plans[status] if status is not Status.CLAIM else ([], [])
        self._active += incremental
        triggers = PlanIndex(self._active, self._vocabulary) if incremental else known
        ledger = TriplesByRule()
        clashes = self._fixpoint.run(
            changes, full + known.plans_for(changes), triggers, ledger, stops_at_clash=status.holds
        )
        for first, following in self._upper.plans_for(status, self._active):
            if not (clashes and status.holds):
                clashes |= self._fixpoint.run(
                    Changes(),
                    first,
                    PlanIndex(following, self._vocabulary),
                    ledger,
                    stops_at_clash=status.holds,
                )
        self._record(ledger, clashes, status, holder)

    def _record(
        self,
        ledger: TriplesByRule,
        clashes: Iterable[CodedContradiction],
        status: Status,
        holder: NamedNode | None,
    ) -> None:
        """Decode the results of a level, or raise the first contradiction if the level holds."""
        decode = self._vocabulary.decode_triple
        decoded = [
            Clash(rule, tuple(map(decode, codes)), status, holder)
            for rule, codes in sorted(clashes)
        ]
        if decoded and status.holds:
            raise _contradiction(decoded[0])
        self.clashes += decoded
        self.derivations += (
            Derivation(decode(codes), rule, status, holder) for rule, codes in ledger
        )


def _contradiction(clash: Clash) -> Contradiction:
    terms = [" ".join(shorten(term.value) for term in triple) for triple in clash.triples]
    return Contradiction(clash.rule, terms, clash.triples)


def _rule_level(rule: Rule) -> Status:
    """Return the level from which the rule applies."""
    if rule.status is None:
        return Status.FACT
    return _LEVELS[rule.status.level] if rule.status.holds else rule.status


def _group_of(premise: Premise) -> tuple[Status, NamedNode | None]:
    """Return the level and holder that the premise is grouped by; only claims have a holder."""
    status = premise.status
    if status.holds:
        return _LEVELS[status.level], None
    return status, premise.holder if status is Status.CLAIM else None


def _order(group: tuple[Status, NamedNode | None]) -> tuple[int, str]:
    status, holder = group
    return list(Status).index(status), holder.value if holder else ""


def predicates_of(rules: Iterable[Rule]) -> set[NamedNode] | None:
    """Return the predicates that the rules mention, or None if one has a variable predicate."""
    predicates = {atom.predicate for rule in rules for atom in (*rule.head, *rule.matched_atoms)}
    if any(isinstance(predicate, Variable) for predicate in predicates):
        return None
    return {predicate for predicate in predicates if isinstance(predicate, NamedNode)}
