"""What was derived: by which rule, how strongly, and what clashed.

Asserted triples and rules -> derived triples, each with its rule and status.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple, Variable

from kg.errors import Contradiction
from kg.namespaces import shorten
from kg.reasoning.derivation.fixpoint import CodedClash, Credits, Fixpoint
from kg.reasoning.derivation.joins import Plan, Triggers, plans
from kg.reasoning.derivation.limits import Limits, no_garbage_collection
from kg.reasoning.derivation.strata import UpperStrata
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.relations import Changes, Facts
from kg.reasoning.rules.rule import Rule
from kg.statuses import Status


@dataclass(frozen=True, slots=True)
class Derivation:
    """A triple that a rule derives, at the level at which the triple first appears."""

    triple: Triple
    rule: str
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True, slots=True)
class Clash:
    """Triples that, with a rule, make a contradiction at a level that does not hold."""

    rule: str
    triples: tuple[Triple, ...]
    status: Status
    holder: NamedNode | None = None


@dataclass(frozen=True)
class Closure:
    """All that was derived, and the contradictions of levels that do not hold."""

    derivations: tuple[Derivation, ...]
    contradictions: tuple[Clash, ...]


# What holds, strongest first: each level is derived on top of the one before.
_LEVELS = (Status.FACT, Status.BACKGROUND, Status.THESIS)


@dataclass(frozen=True, slots=True)
class Premise:
    """An asserted triple, how strongly it stands, and who holds it if it is a claim."""

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
    """All that follows, each triple once per rule, at the strongest level at which it follows.

    First from facts, then from background on top, then from theses; then, each alone on top of
    these, from the claims of each holder, from the hypotheses and from the plans. A rule takes
    part from the level of its own status on. Recommendations and counterfactuals are left out.
    A rule with NOT EXISTS or an aggregate reads all that holds, so it takes part from the theses
    on, when all others have come to their end there: stratum by stratum, and again at each level
    that does not hold, where what was derived among what holds stays.
    What is asserted or derived at a level is not reported again at that level or a weaker one.

    Args:
        premises: in any order, repeated or not.
        rules: a neutral rule (status None) weakens nothing.
        max_triples: of the derived ones, of all levels together.
        max_seconds: for all levels together.

    Raises:
        Contradiction: a rule with an empty head fired among what holds.
        LimitExceeded: there is more to derive than allowed.
        UnstratifiedRules: a rule depends on its own negation or aggregate.

    Source: semi-naive evaluation and strata, as in Abiteboul, Hull and Vianu, Foundations of
    Databases, sections 13.1 and 15.2.
    """
    with no_garbage_collection():
        reasoner = _Reasoner(rules, Limits(max_triples, max_seconds))
        reasoner.read(premises)
        reasoner.derive_what_holds()
        reasoner.derive_what_does_not_hold()
    return Closure(tuple(reasoner.derivations), tuple(reasoner.clashes))


class _Reasoner:
    """Sorts premises and rules by level and takes them to the fixpoint one after another."""

    def __init__(self, rules: Sequence[Rule], limits: Limits) -> None:
        self._vocabulary = Vocabulary()
        self._facts = Facts()
        self._fixpoint = Fixpoint(self._facts, self._vocabulary, limits)
        self.derivations: list[Derivation] = []
        self.clashes: list[Clash] = []
        self._asserted: dict[tuple[Status, NamedNode | None], list[Codes]] = defaultdict(list)
        self._plans: dict[Status, tuple[list[Plan], list[Plan]]] = defaultdict(lambda: ([], []))
        self._active: list[Plan] = []
        self._upper = UpperStrata(rules, self._vocabulary)
        for rule in rules:
            if not rule.is_monotone:
                continue
            full, incremental = plans(rule, self._vocabulary)
            self._plans[_rule_level(rule)][0].extend(full)
            self._plans[_rule_level(rule)][1].extend(incremental)
        self._predicates = predicates_of(rules)

    def read(self, premises: Iterable[Premise]) -> None:
        """Takes in the premises with predicates that some rule reads or makes."""
        predicates, encode = self._predicates, self._vocabulary.encode_triple
        for premise in premises:
            triple = premise.triple
            if predicates is None or triple.predicate in predicates:
                group = _premise_level(premise)
                self._asserted[group].append(encode(triple))

    def derive_what_holds(self) -> None:
        """Facts, then background on top, then theses."""
        for status in _LEVELS:
            self._derive(status, None, Triggers(self._active, self._vocabulary))

    def derive_what_does_not_hold(self) -> None:
        """The claims of each holder, then hypotheses, then plans: each alone."""
        base = Triggers(self._active, self._vocabulary)
        groups = {group for group in self._asserted if group[0] is Status.CLAIM}
        groups |= {(Status.HYPOTHESIS, None), (Status.PLAN, None)}
        for status, holder in sorted(groups, key=_order):
            with self._facts.supposing():
                active = len(self._active)
                self._derive(status, holder, base)
                del self._active[active:]

    def _derive(self, status: Status, holder: NamedNode | None, known: Triggers) -> None:
        """Adds one group of premises and the rules of that status, to the fixpoint."""
        # Plans that read all facts need no list of changes: the first level has only these.
        is_first = not self._active
        added = [codes for codes in self._asserted[status, holder] if self._facts.add(codes)]
        changes = Changes() if is_first else Changes(added)
        full, incremental = self._plans[status] if status is not Status.CLAIM else ([], [])
        self._active += incremental
        triggers = Triggers(self._active, self._vocabulary) if incremental else known
        ledger = Credits()
        clashes = self._fixpoint.reach(
            changes, full + known.of(changes), triggers, ledger, stops_at_clash=status.holds
        )
        for first, following in self._upper.of(status, self._active):
            if not (clashes and status.holds):
                clashes |= self._fixpoint.reach(
                    Changes(),
                    first,
                    Triggers(following, self._vocabulary),
                    ledger,
                    stops_at_clash=status.holds,
                )
        self._note(ledger, clashes, status, holder)

    def _note(
        self,
        ledger: Credits,
        clashes: Iterable[CodedClash],
        status: Status,
        holder: NamedNode | None,
    ) -> None:
        decode = self._vocabulary.decode_triple
        found = [
            Clash(rule, tuple(map(decode, codes)), status, holder)
            for rule, codes in sorted(clashes)
        ]
        if found and status.holds:
            raise _contradiction(found[0])
        self.clashes += found
        self.derivations += (
            Derivation(decode(codes), rule, status, holder) for rule, codes in ledger
        )


def _contradiction(clash: Clash) -> Contradiction:
    terms = [" ".join(shorten(term.value) for term in triple) for triple in clash.triples]
    return Contradiction(clash.rule, terms, clash.triples)


def _rule_level(rule: Rule) -> Status:
    """The level at which the rule comes in."""
    if rule.status is None:
        return Status.FACT
    return _LEVELS[rule.status.level] if rule.status.holds else rule.status


def _premise_level(premise: Premise) -> tuple[Status, NamedNode | None]:
    """The group the premise is reasoned over with; only claims are told apart by holder."""
    status = premise.status
    if status.holds:
        return _LEVELS[status.level], None
    return status, premise.holder if status is Status.CLAIM else None


def _order(group: tuple[Status, NamedNode | None]) -> tuple[int, str]:
    status, holder = group
    return list(Status).index(status), holder.value if holder else ""


def predicates_of(rules: Iterable[Rule]) -> set[NamedNode] | None:
    """The predicates that any rule mentions; None where one has a variable there."""
    predicates = {atom.predicate for rule in rules for atom in (*rule.head, *rule.atoms_read)}
    if any(isinstance(predicate, Variable) for predicate in predicates):
        return None
    return {predicate for predicate in predicates if isinstance(predicate, NamedNode)}
