"""Plans and changes -> their fixpoint on the facts, with what each rule derived."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from pyoxigraph import NamedNode, Variable

from kg.errors import Contradiction
from kg.facts import Codes, Facts, Index, Vocabulary
from kg.namespaces import shorten
from kg.reason.derivations import Clash, Derivation, Ledger
from kg.reason.joins import Found, Plan, Triggers
from kg.reason.limits import Limits
from kg.rules.patterns import Slot
from kg.statuses import Status

_EMPTY: Final[frozenset[int]] = frozenset()


class Fixpoint:
    """Runs plans until nothing is added; gathers derivations and clashes of all levels."""

    def __init__(self, facts: Facts, vocabulary: Vocabulary, limits: Limits) -> None:
        self._facts, self._vocabulary, self._limits = facts, vocabulary, limits
        self.derivations: list[Derivation] = []
        self.clashes: list[Clash] = []

    def reach(
        self,
        changes: Index,
        strata: Sequence[tuple[Sequence[Plan], Triggers]],
        status: Status,
        holder: NamedNode | None,
    ) -> None:
        """In each stratum, runs its first plans, then whatever their results set off.

        The first plans of the lowest stratum read the changes, those of all others all facts.

        Raises:
            Contradiction: one with an empty head fired, and the status holds.
            LimitExceeded: see `Limits`.
        """
        level = _Level(self._facts, holds=status.holds)
        for first, triggers in strata:
            self._run(level, changes, first, triggers)
            changes = Index()
        self.derivations += level.ledger.derivations(self._vocabulary, status, holder)
        for rule, codes in sorted(level.clashes):
            triples = tuple(map(self._vocabulary.decode_triple, codes))
            self.clashes.append(Clash(rule, triples, status, holder))

    def _run(
        self, level: "_Level", changes: Index, queue: Sequence[Plan], triggers: Triggers
    ) -> None:
        """Takes one stratum to its fixpoint."""
        while queue:
            level.changes = Index()
            for plan in queue:
                derived = len(self.derivations) + level.derived.size
                self._limits.begin(plan.rule.name, derived)
                found = plan.run(changes, self._facts, self._limits.tick)
                if plan.head is None:
                    matched = (self._matched(plan, each) for each in found)
                    level.clashes.update((plan.rule.name, each) for each in matched)
                else:
                    self._keep(level, plan, found)
            if level.holds and level.clashes:
                self._contradict(level.clashes)
            changes = level.changes
            queue = triggers.of(changes)

    def _keep(self, level: "_Level", plan: Plan, found: Found) -> None:
        rule, predicate = plan.rule.name, plan.predicate
        if plan.shape == "subjects":
            for object_, subjects in found.items():
                named = {each for each in subjects if each > 0} if plan.is_guarded else subjects
                level.keep_subjects(rule, named, predicate, object_)
        elif plan.shape == "objects":
            for subject, objects in found.items():
                if subject > 0:
                    level.keep_objects(rule, subject, predicate, objects)
        else:
            grouped: dict[tuple[int, int], set[int]] = defaultdict(set)
            for subject, each, object_ in found:
                if subject > 0 and self._vocabulary.is_iri(each):
                    grouped[subject, each].add(object_)
            for (subject, each), objects in grouped.items():
                level.keep_objects(rule, subject, each, objects)

    def _matched(self, plan: Plan, codes: tuple[int, ...]) -> tuple[Codes, ...]:
        """The triples that the body of a contradiction matched."""
        values = dict(zip(plan.variables, codes, strict=True))

        def code(slot: Slot) -> int:
            return values[slot] if isinstance(slot, Variable) else self._vocabulary.encode(slot)

        return tuple(
            (code(atom.subject), code(atom.predicate), code(atom.object)) for atom in plan.rule.body
        )

    def _contradict(self, clashes: set[tuple[str, tuple[Codes, ...]]]) -> None:
        rule, triples = min(clashes)
        decode = self._vocabulary.decode
        raise Contradiction(
            rule,
            [" ".join(shorten(decode(code).value) for code in triple) for triple in triples],
            [self._vocabulary.decode_triple(codes) for codes in triples],
        )


class _Level:
    """What is derived at one level: new triples, which rules derive each, and what clashes."""

    def __init__(self, facts: Facts, *, holds: bool) -> None:
        self._facts, self.holds = facts, holds
        self.clashes: set[tuple[str, tuple[Codes, ...]]] = set()
        self.derived, self.changes, self.ledger = Index(), Index(), Ledger()

    def keep_objects(self, rule: str, subject: int, predicate: int, objects: set[int]) -> None:
        """Adds what is new and notes the rule for all that this level derives."""
        known = self._facts.forward.get(predicate, {}).get(subject, _EMPTY)
        again = objects & self.derived.forward.get(predicate, {}).get(subject, _EMPTY)
        new = objects - known
        if new:
            for index in (self._facts, self.changes, self.derived):
                index.insert_objects(subject, predicate, new)
        if new or again:
            self.ledger.note(rule, ((subject, predicate, object_) for object_ in new | again))

    def keep_subjects(self, rule: str, subjects: set[int], predicate: int, object_: int) -> None:
        """Adds what is new and notes the rule for all that this level derives."""
        known = self._facts.backward.get(predicate, {}).get(object_, _EMPTY)
        again = subjects & self.derived.backward.get(predicate, {}).get(object_, _EMPTY)
        new = subjects - known
        if new:
            for index in (self._facts, self.changes, self.derived):
                index.insert_subjects(new, predicate, object_)
        if new or again:
            self.ledger.note(rule, ((subject, predicate, object_) for subject in new | again))
