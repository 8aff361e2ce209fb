"""A triple without a proof -> the rules whose bodies lack one premise for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from pyoxigraph import Literal, Variable

from kg.explain.view import View
from kg.namespaces import RULE, shorten
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.matching import (
    CodedRule,
    CodedRules,
    Pattern,
    fill,
    ground,
    is_present,
    solutions,
)
from kg.reasoning.rules.patterns import Negation, Term, filled
from kg.reasoning.rules.rule import Rule

# Of one rule and missing premise, so many bindings of the others are looked at.
_MOST_BINDINGS: Final = 50


@dataclass(frozen=True)
class NearMiss:
    """A rule that would give the triple, the premise that is missing, and those that are there.

    What is missing may be an absence: the rule negates something that is there.
    """

    rule: Rule
    missing: Pattern | Negation
    present: tuple[Codes, ...]

    @property
    def distance(self) -> tuple[int, int, str]:
        """Nearest first: more premises there, less open in the missing one, then by name."""
        slots = () if isinstance(self.missing, Negation) else self.missing
        is_open = sum(1 for slot in slots if isinstance(slot, Variable))
        return -len(self.present), is_open, self.rule.name

    def document(self, vocabulary: Vocabulary) -> dict[str, object]:
        """The same in words."""
        return {
            "rule": shorten(RULE[self.rule.name].value),
            "sentence": dict(self.rule.sentence),
            "missing": _missing(self.missing, vocabulary),
            "present": [_text(codes, vocabulary) for codes in self.present],
        }


def nearest(view: View, rules: CodedRules, goal: Codes, most: int) -> list[NearMiss]:
    """The nearest misses among what holds, one for each premise of each rule."""
    found: dict[tuple[str, int], NearMiss] = {}
    for coded, binding in rules.ending_in(goal):
        for place, miss in _misses(view, rules, coded, binding):
            known = found.get((coded.rule.name, place))
            if goal != miss.missing and (known is None or miss.distance < known.distance):
                found[coded.rule.name, place] = miss
    return sorted(found.values(), key=lambda miss: miss.distance)[:most]


def _misses(
    view: View, rules: CodedRules, coded: CodedRule, binding: dict[Variable, int]
) -> Iterator[tuple[int, NearMiss]]:
    matches = partial(view.matches, 2)
    if coded.rule.aggregate is not None:
        # A group is what it is: no one premise would give it the value that is asked for.
        return
    for values in islice(solutions(coded.body, binding, matches), _MOST_BINDINGS):
        present = tuple(ground(pattern, values) for pattern in coded.body)
        found = [one for one in coded.rule.negated if is_present(rules, one, values, matches)]
        if len(found) == 1 and rules.passes(coded.rule.filters, values):
            absence = filled(found[0], rules.terms(values))
            yield len(coded.body), NearMiss(coded.rule, absence, present)
    for place, missing in enumerate(coded.body):
        others = [*coded.body[:place], *coded.body[place + 1 :]]
        for values in islice(solutions(others, binding, matches), _MOST_BINDINGS):
            is_near = rules.passes(coded.rule.filters, values) and not any(
                is_present(rules, one, values, matches) for one in coded.rule.negated
            )
            if is_near:
                present = tuple(ground(pattern, values) for pattern in others)
                yield place, NearMiss(coded.rule, fill(missing, values), present)


def _missing(missing: Pattern | Negation, vocabulary: Vocabulary) -> str:
    if isinstance(missing, Negation):
        return f"the absence of {missing}"
    return _text(missing, vocabulary)


def _text(pattern: Pattern, vocabulary: Vocabulary) -> str:
    return " ".join(
        str(slot) if isinstance(slot, Variable) else term_text(vocabulary.decode(slot))
        for slot in pattern
    )


def term_text(term: Term) -> str:
    """A CURIE, or the literal as in Turtle."""
    return str(term) if isinstance(term, Literal) else shorten(term.value)
