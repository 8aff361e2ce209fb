"""Plans and changes -> their fixpoint on the facts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from pyoxigraph import Variable

from kg.reason.estimates import foreseen
from kg.reason.joins import Found, Plan, Triggers
from kg.reason.ledgers import Gain, Ledger
from kg.reason.limits import Limits
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.relations import Changes, Facts, Side
from kg.reasoning.rules.patterns import Slot

# The rule of a contradiction and the triples that its body matched.
CodedClash = tuple[str, tuple[Codes, ...]]


class Fixpoint:
    """Runs plans until nothing is added."""

    def __init__(
        self,
        facts: Facts,
        vocabulary: Vocabulary,
        limits: Limits,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """On these facts.

        Args:
            facts: what is derived is added to them.
            vocabulary: of the facts and the plans.
            limits: for all that is derived here, in one call of `reach` or several.
            tell: is told of each round, and how much has been derived so far.
        """
        self._facts, self._vocabulary, self._limits, self._tell = facts, vocabulary, limits, tell
        self.derived = 0
        self.rounds = 0

    def reach(
        self,
        changes: Changes,
        first: Sequence[Plan],
        triggers: Triggers,
        ledger: Ledger,
        *,
        stops_at_clash: bool = False,
    ) -> set[CodedClash]:
        """Runs the first plans on the changes, then whatever their results set off.

        Returns:
            The contradictions that were found.

        Raises:
            LimitExceeded: see `Limits`.
        """
        clashes: set[CodedClash] = set()
        queue: Sequence[Plan] = first
        while queue and not (clashes and stops_at_clash):
            following = Changes()
            for plan in queue:
                self._limits.begin(
                    plan.rule.name, self.derived, partial(foreseen, plan, self._facts)
                )
                found = plan.run(changes, self._facts, self._limits)
                if plan.head is None:
                    clashes.update((plan.rule.name, self._matched(plan, each)) for each in found)
                else:
                    self._keep(plan, found, following, ledger)
            self.rounds += 1
            self._tell(f"round {self.rounds}: {self.derived:,} derived")
            changes = following
            queue = triggers.of(changes)
        return clashes

    def _keep(self, plan: Plan, found: Found, following: Changes, ledger: Ledger) -> None:
        """Adds what is new."""
        is_owned = not plan.is_copy
        for predicate, pairs, is_forward in parts_of(plan, found, self._vocabulary):
            new = self._facts.absorb(predicate, pairs, is_forward=is_forward, is_owned=is_owned)
            self.derived += sum(map(len, new.values()))
            following.note(predicate, new, is_forward=is_forward)
            ledger.note(Gain(plan.rule.name, predicate, pairs, new, is_forward))

    def _matched(self, plan: Plan, codes: tuple[int, ...]) -> tuple[Codes, ...]:
        """The triples that the body of a contradiction matched."""
        values = dict(zip(plan.variables, codes, strict=True))

        def code(slot: Slot) -> int:
            return values[slot] if isinstance(slot, Variable) else self._vocabulary.encode(slot)

        return tuple(
            (code(atom.subject), code(atom.predicate), code(atom.object)) for atom in plan.rule.body
        )


def parts_of(plan: Plan, found: Found, vocabulary: Vocabulary) -> Iterable[tuple[int, Side, bool]]:
    """What a plan found, as pairs of each predicate; true where the keys are subjects.

    Without triples that RDF does not have: of a literal as subject, or of a predicate that is
    no IRI.
    """
    if plan.shape != "triples":
        return [(plan.predicate, found, plan.shape == "objects")]
    grouped: dict[int, Side] = defaultdict(lambda: defaultdict(set))
    for subject, predicate, object_ in found:
        if subject > 0 and vocabulary.is_iri(predicate):
            grouped[predicate][subject].add(object_)
    return [(predicate, pairs, True) for predicate, pairs in grouped.items()]
