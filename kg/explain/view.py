"""What counts at one level: what holds, and perhaps one holder's claims or all hypotheses."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from kg.explain.proofs import BEYOND, HOLDING, Evidence, Standing
from kg.explain.release_facts import ReleaseFacts
from kg.reasoning.facts.dictionary import Codes
from kg.reasoning.facts.matching import CodedRules, steps
from kg.reasoning.facts.relations import Index, matching
from kg.reasoning.rules.patterns import Negation
from kg.reasoning.rules.rule import Rule


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
