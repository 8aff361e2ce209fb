"""The order in which a page shows the statements about a resource: each once, by pattern."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple

from kg.describe.glossary import RelationPatterns
from service.pages.terms import Term


@dataclass(frozen=True)
class Statement:
    """A triple as seen from its subject, or from its object if `is_incoming`."""

    triple: Triple
    is_incoming: bool = False

    @property
    def other(self) -> Term:
        """The term at the other end."""
        return self.triple.subject if self.is_incoming else self.triple.object


class StatementGroups:
    """Orders statements by the patterns of a release."""

    def __init__(self, patterns: RelationPatterns) -> None:
        self._patterns = patterns

    def leave_out_twins(
        self, statements: Iterable[Statement], is_derived: Callable[[Triple], bool]
    ) -> list[Statement]:
        """Return each statement once, however its property and the inverse of that say it.

        What is asserted stays, or else the statement about the resource of the page.
        """

        def rank(statement: Statement) -> tuple[bool, bool]:
            return is_derived(statement.triple), statement.is_incoming

        kept: dict[object, Statement] = {}
        for statement in statements:
            subject, predicate, object_ = statement.triple
            way: object = statement.triple
            if inverses := self._patterns.inverses.get(predicate):
                ways = [(str(object_), str(inverse), str(subject)) for inverse in inverses]
                way = min((str(subject), str(predicate), str(object_)), *ways)
            best = kept.setdefault(way, statement)
            if best is not statement and rank(statement) < rank(best):
                kept[way] = statement
        return [*kept.values()]

    def group_by_pattern(
        self, statements: Sequence[Statement]
    ) -> list[tuple[NamedNode | None, list[Statement]]]:
        """Group statements by pattern, in order of the patterns' names; those without come last.

        A relation belongs to the first of the patterns above it. If it has none, it belongs to that
        in which other statements relate the same two ends. A statement that only names a pattern or
        a mode is left out if the same two ends have a more specific one.
        """
        patterns, annotated = self._patterns.patterns, self._patterns.annotated
        by_other_end: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for statement in statements:
            by_other_end[statement.other] |= patterns.get(statement.triple.predicate, frozenset())
        by_pattern: defaultdict[NamedNode | None, list[Statement]] = defaultdict(list)
        specific: set[tuple[NamedNode | None, Term]] = set()
        for statement in statements:
            predicate = statement.triple.predicate
            for pattern in patterns.get(predicate) or by_other_end[statement.other] or (None,):
                by_pattern[pattern].append(statement)
                if predicate not in annotated:
                    specific.add((pattern, statement.other))
        groups: list[tuple[NamedNode | None, list[Statement]]] = []
        told: set[Statement] = set()
        for pattern in sorted(by_pattern, key=lambda one: (one is None, one.value if one else "")):
            kept = [
                member
                for member in by_pattern[pattern]
                if member not in told
                and (
                    member.triple.predicate not in annotated
                    or (pattern, member.other) not in specific
                )
            ]
            told.update(kept)
            groups += [(pattern, kept)] if kept else []
        return groups

    def modes_of(self, statements: Iterable[Statement]) -> Mapping[Term, Sequence[NamedNode]]:
        """Return for each other end the modes, if any, in which it and the resource relate."""
        modes: defaultdict[Term, set[NamedNode]] = defaultdict(set)
        for statement in statements:
            predicate = statement.triple.predicate
            modes[statement.other] |= self._patterns.modes.get(predicate, frozenset())
        return {other: sorted(several, key=str) for other, several in modes.items() if several}
