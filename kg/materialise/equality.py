"""owl:sameAs by representatives: of equal things one stands for all while rules run.

Source: Motik, Nenov, Piro and Horrocks, Handling owl:sameAs via Rewriting, AAAI 2015.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from kg.namespaces import OWL
from kg.reasoning.facts.dictionary import Codes, Vocabulary
from kg.reasoning.facts.relations import Changes, Facts, Side


class Representatives:
    """Which things are equal, and the one that stands for each group of them."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._same_as = vocabulary.encode(OWL["sameAs"])
        self._members: dict[int, list[int]] = {}

    def __bool__(self) -> bool:
        return bool(self._members)

    def members(self, code: int) -> list[int]:
        """All things that the code stands for, itself included."""
        return self._members.get(code, [code])

    def equal(self) -> Side:
        """Each thing that has others equal to it, with these."""
        return {one: set(members) - {one} for members in self._members.values() for one in members}

    def merge(self, facts: Facts) -> tuple[Changes, set[int]]:
        """Rewrites the facts by what `owl:sameAs` says in them.

        What is left of it is `r owl:sameAs r` for each representative, so that rules which ask
        whether two things are equal find them so.

        Returns:
            The rewritten triples, and what is now written as its representative.
        """
        groups = self._groups(facts.forward(self._same_as).items())
        changes, merged = Changes(), set[int]()
        for members in groups:
            representative, *others = sorted(members)
            for other in others:
                # Those that it stands for already, too.
                for each in self.members(other):
                    self._vocabulary.equate(each, representative)
                merged.add(other)
                self._rewrite(facts, other, representative, changes)
            joined = [self._members.pop(member, [member]) for member in members]
            self._members[representative] = sorted(chain.from_iterable(joined))
        return changes, merged

    def _groups(self, pairs: Iterable[tuple[int, set[int]]]) -> list[set[int]]:
        """The groups of two and more that the pairs connect; literals are equal by value alone."""
        group_of: dict[int, set[int]] = {}
        for one, others in pairs:
            for other in others:
                if one == other or other < 0:
                    continue
                first, second = group_of.get(one, {one}), group_of.get(other, {other})
                if first is not second:
                    small, large = sorted((first, second), key=len)
                    large |= small
                    group_of |= dict.fromkeys(small, large)
                    group_of[one] = group_of[other] = large
        return list({id(group): group for group in group_of.values()}.values())

    def _rewrite(self, facts: Facts, old: int, new: int, changes: Changes) -> None:
        """Puts one code in place of another wherever it stands."""
        for codes in set(_mentioning(facts, old)):
            facts.remove(codes)
            subject, predicate, object_ = (new if code == old else code for code in codes)
            facts.add((subject, predicate, object_))
            changes.note(predicate, {subject: {object_}}, is_forward=True)


def _mentioning(facts: Facts, code: int) -> Iterator[Codes]:
    for predicate in facts.predicates():
        if predicate == code:
            yield from ((one, predicate, other) for one, other in facts.relations[predicate])
        for object_ in facts.forward(predicate).get(code, ()):
            yield code, predicate, object_
        for subject in facts.backward(predicate).get(code, ()):
            yield subject, predicate, code
